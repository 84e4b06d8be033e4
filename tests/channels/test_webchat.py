from __future__ import annotations

import pytest

from channels import build
from channels.webchat import credentials, token_of

SECRET = "wc-5b1f0e9d8c7b6a594837261504f3e2d1"


def test_every_browser_gets_its_own_sender() -> None:
    one, two = credentials(SECRET), credentials(SECRET)
    assert one.sender != two.sender
    assert len(one.sender) >= 22
    assert one.token == token_of(SECRET, one.sender) != two.token
    assert one.token != token_of(SECRET + "x", one.sender)


@pytest.mark.parametrize("weak", ["short", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "0123456789abcdef0123456789"])
def test_a_weak_secret_is_refused_by_name(weak: str) -> None:
    with pytest.raises(ValueError, match=r"^channel webchat: secret must hold at least 128 random bits") as fault:
        build("webchat", {"secret": weak})
    assert weak not in str(fault.value)
