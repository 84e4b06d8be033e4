from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from channels.base import NotAuthentic
from service import links
from service.secrets import Secrets


def test_a_link_is_good_for_four_weeks(secrets: Secrets, now: datetime) -> None:
    token = links.make_token(secrets, 17, now)
    assert links.read_token(secrets, token, now + timedelta(days=28, seconds=-1)) == 17
    with pytest.raises(links.Expired) as expired:
        links.read_token(secrets, token, now + timedelta(days=28))
    assert expired.value.digest_id == 17


def test_what_is_not_ours_is_refused(secrets: Secrets, now: datetime) -> None:
    token = links.make_token(secrets, 17, now)
    body, _, signature = token.partition(".")
    other = Secrets(b"another key, also of thirty-two bytes or more")
    forged = [
        "",
        ".",
        body,
        f"{body}.",
        f"{body[:-2]}AA.{signature}",
        f"{body}.{signature[::-1]}",
        links.make_token(other, 17, now),
        secrets.sign("phone", "17:9999999999"),
        token + "\u0100",
        "a" * 4000,
    ]
    for attempt in forged:
        with pytest.raises(NotAuthentic):
            links.read_token(secrets, attempt, now)


def test_a_token_names_nobody(secrets: Secrets, now: datetime) -> None:
    token = links.make_token(secrets, 17, now)
    assert token.isascii()
    assert len(token) < 80
