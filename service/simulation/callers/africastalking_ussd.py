"""Africa's Talking calling with what somebody typed in a USSD session. Replies go out by its SMS. It does not call again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from urllib.parse import urlencode

from service.simulation.callers import africastalking
from service.simulation.callers.base import FORM, Call, Caller, Settings, Text, number


def _external_id(settings: Settings, text: Text) -> str:
    return f"report:ATUid_{text.number}"


def _call(settings: Settings, texts: Sequence[Text], address: str, now: datetime) -> Call:
    (text,) = texts
    form = {
        "sessionId": f"ATUid_{text.number}",
        "phoneNumber": text.sender,
        "serviceCode": "*384#",
        "networkCode": "63902",
        "text": f"1*{text.words}",
    }
    return Call(urlencode(form).encode(), FORM, f"?secret={settings['path_secret']}")


CALLER = Caller(
    type="africastalking_ussd",
    settings=africastalking.CALLER.settings,
    person=number,
    call=_call,
    external_id=_external_id,
    arrived=africastalking.CALLER.arrived,
    accepted=africastalking.CALLER.accepted,
    accepted_status=201,
    redelivers="connection",
)
