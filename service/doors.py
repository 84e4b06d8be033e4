"""Opening the channels a programme's channels.yaml names, with secrets from the environment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from channels import CHANNELS, build
from channels.addresses import Network, read_networks
from channels.base import Channel
from channels.screens import Shows
from channels.webchat import WebChat
from service.programme import Programme
from service.programme.schema import ChannelEntry
from service.programme.screens import speech_of
from service.secrets import Secrets


@dataclass(frozen=True)
class Doors:
    """The open channels by <programme>/<name>, and why the others are closed: names of variables, never values.

    `allowed` are the networks from which calls to an open channel may come; none for any. `homes` names, for a channel
    whose people are those of another, that other.
    """

    channels: Mapping[str, Channel]
    allowed: Mapping[str, tuple[Network, ...]]
    homes: Mapping[str, str]
    why_closed: Mapping[str, str]

    @property
    def closed(self) -> tuple[str, ...]:
        """A line for each closed channel."""
        return tuple(f"{name} is closed: {why}" for name, why in self.why_closed.items())


def open_doors(programmes: Iterable[Programme], secrets: Secrets, environment: Mapping[str, str]) -> Doors:
    """Every channel whose settings are complete."""
    opened: dict[str, Channel] = {}
    allowed: dict[str, tuple[Network, ...]] = {}
    closed: dict[str, str] = {}
    homes: dict[str, str] = {}
    for programme in programmes:
        for entry in programme.channels:
            name = f"{programme.code}/{entry.name}"
            try:
                settings = _settings(name, entry, secrets, environment)
                networks = read_networks(settings.pop("allowed_addresses", ""))
                opened[name] = _with_words(build(entry.type, settings), programme)
                allowed[name] = networks
            except ValueError as error:
                closed[name] = str(error)
    for name, channel in list(opened.items()):
        if isinstance(channel, Shows) and channel.sms_channel:
            home = f"{name.partition('/')[0]}/{channel.sms_channel}"
            if home in opened:
                homes[name] = home
            else:
                del opened[name]
                closed[name] = f"open {home} first, by which its people hear from us"
    return Doors(opened, allowed, homes, closed)


def stand_ins(names: Iterable[str], secrets: Secrets) -> dict[str, Channel]:
    """For each of these channels one that can send without any provider, and reaches nobody: for people who are fiction."""
    channel = WebChat(secret=secrets.key("stand-in").hex())
    return dict.fromkeys(names, channel)


def _with_words(channel: Channel, programme: Programme) -> Channel:
    """A channel that talks by itself gets the programme's words. ValueError if it has none for that."""
    if not isinstance(channel, Shows):
        return channel
    speech = speech_of(programme.rules, programme.messages)
    if not speech:
        raise ValueError("write `ussd` texts in the messages of one language to open it")
    talking: Any = channel
    return replace(talking, speech=speech)  # type: ignore[no-any-return]


def _settings(name: str, entry: ChannelEntry, secrets: Secrets, environment: Mapping[str, str]) -> dict[str, str]:
    """The settings with variables filled in. ValueError names the variables that are not set."""
    given = {key: str(value) for key, value in entry.settings.items()}
    missing = [value for value in given.values() if value.startswith("$") and not environment.get(value[1:])]
    if missing:
        raise ValueError(f"set {', '.join(missing)} to open it")
    filled = {key: environment[value[1:]] if value.startswith("$") else value for key, value in given.items()}
    if "secret" in CHANNELS[entry.type].__dataclass_fields__ and "secret" not in filled:
        # Our own channels sign with a key of ours; no person has to make one up.
        filled["secret"] = secrets.key(f"channel/{name}").hex()
    return filled
