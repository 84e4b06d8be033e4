"""The link in a digest: signed, and good for four weeks. Whoever holds it acts for that digest's official."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from channels.base import NotAuthentic
from service.secrets import Secrets

LIFE = timedelta(days=28)
_PURPOSE = "digest"


class Expired(Exception):
    """The link was ours, and its time is over. Answered with 410; `digest_id` says whose it was."""

    def __init__(self, digest_id: int) -> None:
        super().__init__("This link has run out.")
        self.digest_id = digest_id


def make_token(secrets: Secrets, digest_id: int, now: datetime) -> str:
    """A token for a digest. It holds the digest's number and when it ends, no name."""
    return secrets.sign(_PURPOSE, f"{digest_id}:{int((now + LIFE).timestamp())}")


def read_token(secrets: Secrets, token: str, now: datetime) -> int:
    """The digest's id. Raises NotAuthentic for a token that is not ours, Expired for one whose time is over."""
    payload = secrets.verify(_PURPOSE, token)
    if payload is None:
        raise NotAuthentic("This link is not one of ours.")
    digest_id, _, end = payload.partition(":")
    if datetime.fromtimestamp(int(end), UTC) <= now:
        raise Expired(int(digest_id))
    return int(digest_id)
