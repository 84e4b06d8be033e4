"""Every way a text can come in and go out. To add one: docs/how-to/add-a-channel.md."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field
from typing import Any

from channels.africastalking import AfricasTalking
from channels.africastalking_ussd import AfricasTalkingUssd
from channels.base import Channel
from channels.envayasms import EnvayaSms
from channels.generic import Generic
from channels.infobip import Infobip
from channels.instagram import Instagram
from channels.messenger import Messenger
from channels.smsgateway import SmsGateway
from channels.smssync import SmsSync
from channels.telegram import Telegram
from channels.twilio import Twilio
from channels.viber import Viber
from channels.vonage import Vonage
from channels.webchat import WebChat
from channels.whatsapp import WhatsApp

_CLASSES: tuple[type[Channel], ...] = (
    *(AfricasTalking, AfricasTalkingUssd, EnvayaSms, Generic, Infobip, Instagram, Messenger, SmsGateway, SmsSync),
    *(Telegram, Twilio, Viber, Vonage, WebChat, WhatsApp),
)

CHANNELS: dict[str, type[Channel]] = {channel.type: channel for channel in _CLASSES}
"""Every channel by its type, the word in a programme's channels.yaml."""

COMMON = {
    "allowed_addresses": "Addresses and networks its calls may come from, such as 203.0.113.7, 2001:db8::/32; empty for any.",
}
"""Settings that every channel may have beside its own; who opens it keeps to them."""


def settings_of(type: str) -> list[Field[Any]]:
    """The settings of a channel type: name, default, and metadata with `help` and `secret`. ValueError if unknown."""
    if type not in CHANNELS:
        raise ValueError(f"unknown channel type; known are {', '.join(sorted(CHANNELS))}")
    return [field for field in CHANNELS[type].__dataclass_fields__.values() if "help" in field.metadata]


def build(type: str, settings: Mapping[str, str]) -> Channel:
    """A channel from its settings. An empty one counts as missing. ValueError names what is wrong, never a value."""
    fields = {field.name: field for field in settings_of(type)}
    given = {name: value.strip() for name, value in settings.items() if value.strip()}
    required = {name for name, field in fields.items() if field.default is MISSING}
    faults = [
        f"{what} {', '.join(sorted(names))}"
        for what, names in (("missing", required - given.keys()), ("unknown", settings.keys() - fields.keys()))
        if names
    ]
    if faults:
        raise ValueError(f"channel {type}: {'; '.join(faults)}")
    make: Callable[..., Channel] = CHANNELS[type]
    try:
        return make(**{name: _read(fields[name], value) for name, value in given.items()})
    except ValueError as fault:
        raise ValueError(f"channel {type}: {fault}") from None


def _read(field: Field[Any], value: str) -> str | float:
    if field.name.endswith("_url") and not value.startswith(("https://", "http://")):
        raise ValueError(f"{field.name} does not begin with https://")
    if not isinstance(field.default, float):
        return value
    try:
        number = float(value)
    except ValueError:
        number = 0.0
    if not 0 < number < 3600:
        raise ValueError(f"{field.name} is not a number of seconds")
    return number
