from __future__ import annotations

from channels.webchat import credentials, token_of

SECRET = "wc-5b1f0e9d8c7b6a594837261504f3e2d1"


def test_every_browser_gets_its_own_sender() -> None:
    one, two = credentials(SECRET), credentials(SECRET)
    assert one.sender != two.sender
    assert len(one.sender) >= 22
    assert one.token == token_of(SECRET, one.sender) != two.token
    assert one.token != token_of(SECRET + "x", one.sender)
