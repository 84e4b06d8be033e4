"""Every provider as it calls us, by the type of its channel. A channel without one fails a test."""

from __future__ import annotations

from service.simulation.callers import (
    africastalking,
    africastalking_ussd,
    envayasms,
    generic,
    infobip,
    instagram,
    messenger,
    smsgateway,
    smssync,
    telegram,
    twilio,
    viber,
    vonage,
    webchat,
    whatsapp,
)
from service.simulation.callers.base import Caller

CALLERS: dict[str, Caller] = {
    module.CALLER.type: module.CALLER
    for module in (
        *(africastalking, africastalking_ussd, envayasms, generic, infobip, instagram, messenger, smsgateway, smssync),
        *(telegram, twilio, viber, vonage, webchat, whatsapp),
    )
}
