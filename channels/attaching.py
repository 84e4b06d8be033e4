"""What a channel can send along with a text, and what becomes of the words."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Literal

from channels.base import Attachment, SendFailed

Kind = Literal["image", "audio", "document"]


def kind_of(attachment: Attachment) -> Kind:
    """Image, audio, or else document."""
    said = attachment.content_type.partition("/")[0]
    return "image" if said == "image" else "audio" if said == "audio" else "document"


def demand(attachment: Attachment, carries: frozenset[str]) -> Kind:
    """The kind of a file, which the channel carries; else SendFailed."""
    kind = kind_of(attachment)
    if kind not in carries:
        raise SendFailed(f"the channel carries no {kind}", retry=False)
    return kind


async def afterwards(file: Awaitable[object]) -> None:
    """Send a file whose words have gone before. They must not go twice, so a failure here is not tried again."""
    try:
        await file
    except SendFailed as failed:
        raise SendFailed(f"the text went without its file: {failed}", retry=False, uncertain=True) from None
