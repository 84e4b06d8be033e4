"""Instagram calling, several texts a request."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from service.simulation.callers import meta
from service.simulation.callers.base import Call, Caller, Settings, Text, digits, secret

ACCOUNT = "17841405822304914"


def _settings() -> dict[str, str]:
    return {"account_id": ACCOUNT, "access_token": secret(), "app_secret": secret(), "verify_token": secret()}


def _call(settings: Settings, texts: Sequence[Text], address: str, now: datetime) -> Call:
    return meta.conversation(settings, "instagram", ACCOUNT, texts)


CALLER = Caller(
    type="instagram",
    settings=_settings,
    person=digits,
    call=_call,
    external_id=lambda settings, text: meta.mid(text),
    arrived=meta.arrived,
    accepted=meta.accepted,
    most=5,
)
