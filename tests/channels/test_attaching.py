"""What channels say they can send, they send; and a text is never sent twice for the sake of its file."""

from __future__ import annotations

from datetime import timedelta

import pytest
from aiohttp import ClientSession

from channels import CHANNELS, build
from channels.attaching import kind_of
from channels.base import Attachment, HoldsFiles, Outbound, SendFailed, Template
from tests.channels.case import channel_of, load
from tests.channels.provider import Provider, Serve, channel_at

KINDS = frozenset({"image", "audio", "document"})
PICTURE = Attachment("https://reports.test/f/1.jpg", "image/jpeg", "map.jpg")
SOUND = Attachment("https://reports.test/f/1.ogg", "audio/ogg", "answer.ogg")
APART = [("telegram", PICTURE), ("whatsapp", PICTURE), ("whatsapp", SOUND), ("viber", PICTURE)]
APART += [("messenger", PICTURE), ("instagram", PICTURE)]
"""Channels that send a long text, or any text with a file, as two."""
ACCEPTED = {
    "telegram": {"ok": True, "result": {"message_id": 5}},
    "whatsapp": {"messages": [{"id": "w"}]},
    "viber": {"status": 0, "message_token": 5},
    "messenger": {"message_id": "m"},
    "instagram": {"message_id": "m"},
}


def kinds_of(type: str) -> set[str]:
    return {entry.partition("/")[0] for entry in CHANNELS[type].carries}


@pytest.mark.parametrize("type", CHANNELS)
def test_what_a_channel_can_do_is_told(type: str) -> None:
    channel = CHANNELS[type]
    assert kinds_of(type) <= KINDS
    assert all(most is None or most > 0 for most in channel.carries.values())
    assert isinstance(channel.idempotent, bool)
    assert channel.window is None or channel.window > timedelta(0)


@pytest.mark.parametrize("type", CHANNELS)
def test_a_channel_whose_requests_hold_files_says_so(type: str) -> None:
    brought = [
        media for case in load(type)["receive"] for text in case.get("inbound", ()) for media in text.get("media", ())
    ]
    holds = any(media.get("content") is not None for media in brought)
    # The web chat draws pictures anew, small, before they leave the phone.
    assert isinstance(channel_of(type), HoldsFiles) == (holds and type != "webchat")


@pytest.mark.parametrize("type", CHANNELS)
def test_every_kind_of_file_a_channel_carries_has_a_case(type: str) -> None:
    files = [Attachment(**case["attachment"]) for case in load(type)["send"] if "attachment" in case and "id" in case]
    sent = {kind_of(file) for file in files} | {file.content_type for file in files}
    assert sent >= CHANNELS[type].carries.keys()


@pytest.mark.parametrize(
    "type", [type for type in CHANNELS if CHANNELS[type].carries and CHANNELS[type].carries.keys() != KINDS]
)
async def test_a_file_a_channel_does_not_carry_is_refused_before_anything_is_sent(
    type: str, aiohttp_server: Serve
) -> None:
    provider = Provider({})
    channel = channel_at(type, {}, await provider.start(aiohttp_server))
    kind = min(KINDS - CHANNELS[type].carries.keys())
    file = Attachment(
        "https://reports.test/f/1", {"image": "image/png", "audio": "audio/ogg"}.get(kind, "text/csv"), "f"
    )
    async with ClientSession() as http:
        with pytest.raises(SendFailed, match=f"the channel carries no {kind}") as failed:
            await channel.send(http, Outbound("254700000002", "hello", "key-1", attachment=file))
    assert not failed.value.retry
    assert provider.asked == []


@pytest.mark.parametrize("type, file", APART)
async def test_the_words_go_first_and_their_id_is_the_texts(type: str, file: Attachment, aiohttp_server: Serve) -> None:
    provider = Provider({"*": {"json": ACCEPTED[type]}})
    channel = channel_at(type, {}, await provider.start(aiohttp_server))
    words = "word " * 300
    async with ClientSession() as http:
        external_id = await channel.send(http, Outbound("254700000002", words, "key-1", attachment=file))
    first, second = (str(asked["json"]) for asked in provider.asked)
    assert words in first and file.url not in first
    assert file.url in second and words not in second
    assert external_id


@pytest.mark.parametrize("type, file", APART)
async def test_words_that_went_do_not_go_again_when_the_file_fails(
    type: str, file: Attachment, aiohttp_server: Serve
) -> None:
    provider = Provider({"*": {"json": ACCEPTED[type]}})

    def refuse_the_second() -> None:
        provider.answers["*"] = {"status": 503}

    provider.after_each = refuse_the_second
    channel = channel_at(type, {}, await provider.start(aiohttp_server))
    async with ClientSession() as http:
        with pytest.raises(SendFailed, match="the text went without its file: the provider answered 503") as failed:
            await channel.send(http, Outbound("254700000002", "word " * 300, "key-1", attachment=file))
    assert not failed.value.retry
    assert failed.value.uncertain
    assert len(provider.asked) == 2


async def test_words_that_did_not_go_are_tried_again_with_their_file(aiohttp_server: Serve) -> None:
    provider = Provider({"*": {"status": 503}})
    channel = channel_at("messenger", {}, await provider.start(aiohttp_server))
    async with ClientSession() as http:
        with pytest.raises(SendFailed, match=r"^the provider answered 503$") as failed:
            await channel.send(http, Outbound("1", "hello", "key-1", attachment=PICTURE))
    assert failed.value.retry
    assert len(provider.asked) == 1


async def test_a_template_that_cannot_have_the_file_is_refused() -> None:
    template = Template("HX1", "en", ())
    async with ClientSession() as http:
        for type in ("twilio", "messenger"):
            with pytest.raises(SendFailed, match="carries no file") as failed:
                await channel_of(type).send(
                    http, Outbound("whatsapp:+1", "hello", "key-1", attachment=PICTURE, template=template)
                )
            assert not failed.value.retry


def test_twilio_has_a_window_where_the_app_behind_it_has_one() -> None:
    twilio, day = load("twilio")["settings"], timedelta(hours=24)
    for sender, window in (
        *(("+15005550006", None), ("MG0123456789", None), ("rcs:brand", None)),
        *(("whatsapp:+15005550006", day), ("messenger:682498302938465", day)),
    ):
        assert build("twilio", twilio | {"from_number": sender}).window == window
