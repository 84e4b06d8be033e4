"""Extras survive their sealing, whatever they hold."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from channels.base import Inbound, Media, Part
from service import extras
from service.secrets import Secrets

SECRETS = Secrets(b"k" * 32)
MEDIA = st.builds(Media, st.text(), st.text(), st.none() | st.binary())


@given(
    media=st.lists(MEDIA).map(tuple),
    part=st.none() | st.builds(Part, st.text(), st.integers(1, 255), st.integers(1, 255)),
    replies_to=st.none() | st.text(),
)
def test_what_is_sealed_comes_back(media: tuple[Media, ...], part: Part | None, replies_to: str | None) -> None:
    item = Inbound("someone", "words", "1", media=media, part=part, replies_to=replies_to)
    assert extras.unseal(SECRETS, extras.seal(SECRETS, item)) == (media, part, replies_to)


def test_words_alone_cost_nothing() -> None:
    assert extras.seal(SECRETS, Inbound("someone", "words", "1")) is None


def test_files_go_and_the_rest_stays() -> None:
    item = Inbound("a", "b", "c", media=(Media("x"),), part=Part("p", 1, 2), replies_to="r")
    assert extras.unseal(SECRETS, extras.without_media(SECRETS, extras.seal(SECRETS, item))) == (
        (),
        Part("p", 1, 2),
        "r",
    )
    assert extras.without_media(SECRETS, extras.seal(SECRETS, Inbound("a", "b", "c", media=(Media("x"),)))) is None
