"""What a text carries beside its words: media, its place among the pieces of a long text, the text it answers.

Sealed as one JSON object on the message, so that it is stored in the same commit as the words.
"""

from __future__ import annotations

import base64
import json
from typing import Any

from channels.base import Inbound, Media, Part, Template
from service.secrets import Secrets


def seal(secrets: Secrets, item: Inbound) -> bytes | None:
    """The sealed extras of a text; None if it is words alone."""
    if not item.media and item.part is None and item.replies_to is None:
        return None
    fields: dict[str, Any] = {
        "media": [[media.reference, media.content_type, _encode(media.content)] for media in item.media],
        "part": None if item.part is None else [item.part.reference, item.part.number, item.part.total],
        "replies_to": item.replies_to,
    }
    return secrets.seal(json.dumps(fields))


def unseal(secrets: Secrets, sealed: bytes | None) -> tuple[tuple[Media, ...], Part | None, str | None]:
    """Media, part and `replies_to`, as `seal` was given them. Raises Unsealable."""
    if sealed is None:
        return (), None, None
    fields = json.loads(secrets.unseal(sealed))
    media = tuple(Media(reference, kind, _decode(content)) for reference, kind, content in fields["media"])
    return media, Part(*fields["part"]) if fields["part"] else None, fields["replies_to"]


def seal_template(secrets: Secrets, template: Template | None) -> bytes | None:
    """The sealed template that may stand in for an outgoing text."""
    if template is None:
        return None
    return secrets.seal(json.dumps({"template": [template.name, template.language, list(template.values)]}))


def unseal_template(secrets: Secrets, sealed: bytes | None) -> Template | None:
    """As `seal_template` was given it. Raises Unsealable."""
    if sealed is None:
        return None
    name, language, values = json.loads(secrets.unseal(sealed))["template"]
    return Template(name, language, tuple(values))


def without_media(secrets: Secrets, sealed: bytes | None) -> bytes | None:
    """The same extras once the files have rows of their own; None if nothing else is left."""
    _, part, replies_to = unseal(secrets, sealed)
    return seal(secrets, Inbound("", "", "", part=part, replies_to=replies_to))


def _encode(content: bytes | None) -> str | None:
    return None if content is None else base64.b64encode(content).decode()


def _decode(content: str | None) -> bytes | None:
    return None if content is None else base64.b64decode(content)
