"""Who a digest is for, by the programme's files of now: officials leave and change their language while a link is open."""

from __future__ import annotations

from service.models import Digest
from service.programme import Programme
from service.programme.schema import Official


def holder(programme: Programme, digest: Digest) -> Official | None:
    """The official it was made for; None if their address is no longer in officials.csv."""
    return next((official for official in programme.officials if official.email == digest.official), None)


def language_now(programme: Programme, digest: Digest) -> str | None:
    """The language to speak to them in: the digest's; where no official has that any more, their own of now, or any.
    None where the programme has no official left, and so no words for one."""
    if digest.language in programme.digests:
        return digest.language
    official = holder(programme, digest)
    return official.language if official else next(iter(programme.digests), None)
