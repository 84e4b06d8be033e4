"""Opening the channels a programme's channels.yaml names, with secrets from the environment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from channels import CHANNELS, build
from channels.base import Channel
from service.programme import Programme
from service.programme.schema import ChannelEntry
from service.secrets import Secrets


@dataclass(frozen=True)
class Doors:
    """The open channels by <programme>/<name>, and why the others are closed: names of variables, never values."""

    channels: Mapping[str, Channel]
    closed: tuple[str, ...]


def open_doors(programmes: Iterable[Programme], secrets: Secrets, environment: Mapping[str, str]) -> Doors:
    """Every channel whose settings are complete."""
    opened: dict[str, Channel] = {}
    closed = []
    for programme in programmes:
        for entry in programme.channels:
            name = f"{programme.code}/{entry.name}"
            try:
                opened[name] = build(entry.type, _settings(name, entry, secrets, environment))
            except ValueError as error:
                closed.append(f"{name} is closed: {error}")
    return Doors(opened, tuple(closed))


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
