"""What a channel can send along with a text, and what becomes of the words."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Container
from typing import Any, Literal

from channels.base import Attachment, SendFailed

Kind = Literal["image", "audio", "document"]


def kind_of(attachment: Attachment) -> Kind:
    """Image, audio, or else document."""
    said = attachment.content_type.partition("/")[0]
    return "image" if said == "image" else "audio" if said == "audio" else "document"


def demand(attachment: Attachment, carries: Container[str]) -> Kind:
    """The kind of a file, which the channel carries; else SendFailed."""
    kind = kind_of(attachment)
    if kind not in carries and attachment.content_type not in carries:
        raise SendFailed(f"the channel carries no {kind} of this type", retry=False)
    return kind


async def apart(send: Callable[[Any], Awaitable[str]], words: Any, file: Any) -> str:
    """Send the words, then the file in a text of its own; the id of the words.

    The words must not go twice, so that a failure of the file is not tried again.
    """
    external_id = await send(words)
    try:
        await send(file)
    except SendFailed as failed:
        raise SendFailed(f"the text went without its file: {failed}", retry=False, uncertain=True) from None
    return external_id
