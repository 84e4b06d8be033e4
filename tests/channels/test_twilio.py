"""Twilio's signature: the same answers as Twilio's own library, in a fraction of its work."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlparse

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer
from hypothesis import given, settings
from hypothesis import strategies as st
from multidict import CIMultiDict, MultiDict
from twilio.request_validator import RequestValidator, add_port, remove_port

from channels.base import Inbound, NotAuthentic, Webhook
from channels.twilio import Twilio
from tests.channels.case import hook_of, load
from tests.work import calls

TOKEN = "tw-auth-5f3a9c1e7b2d4860"
CHANNEL = Twilio(account_sid="AC1", auth_token=TOKEN, from_number="+15005550006")

words = st.text(st.characters(codec="utf-8"), max_size=8)
forms = st.lists(st.tuples(st.sampled_from(["Body", "From", "body", "B"]) | words, words), max_size=6).map(MultiDict)
urls = st.builds(
    "{}://{}{}{}{}{}".format,
    st.sampled_from(["http", "https", "HTTPS", "Http", "ftp", "wss", ""]),
    st.sampled_from(
        [
            *("reports.test", "Reports.Test", "REPORTS.TEST.", "münchen.test", "xn--mnchen-3ya.test", "127.0.0.1", ""),
            *(
                "user:word@reports.test",
                "user@reports.test",
                "a@b@reports.test",
                ":@reports.test",
                "us%3Aer@reports.test",
            ),
            *("[::1]", "[fe80::1%25eth0]", "user:word@[::1]"),
        ]
    ),
    st.sampled_from(["", ":80", ":443", ":8080", ":0", ":", ":99999", ":port", ":0443", ":٤٤٣", ":-1"]),
    st.sampled_from(["", "/", "/channels/twilio", "/a;b", "/ä%20", "/%2F..", "//double", "/a:80"]),
    st.sampled_from(["", "?", "?a=1", "?a=2&a=1", "?bodySHA256=00", "?a=b:80", "?q=नमस्ते", "?q=%E0%A4%A8&x=+%2B"]),
    st.sampled_from(["", "#", "#part"]),
)


def ours(url: str, form: Any, signature: str) -> bool:
    hook = Webhook("POST", url, {}, CIMultiDict({"X-Twilio-Signature": signature}), form, b"")
    try:
        CHANNEL.authenticate(hook)
    except NotAuthentic:
        return False
    return True


def theirs(url: str, form: Any, signature: str) -> bool:
    try:
        return RequestValidator(TOKEN).validate(url, form, signature)
    except ValueError:
        return False


def signed(url: str, form: Any) -> str:
    return RequestValidator(TOKEN).compute_signature(url, form)


def variants(url: str) -> list[str]:
    try:
        return [url, add_port(urlparse(url)), remove_port(urlparse(url))]
    except ValueError:
        return [url]


@settings(max_examples=300, deadline=None, derandomize=True, database=None)
@given(data=st.data(), url=urls, form=forms)
def test_the_same_answer_as_twilios_library(data: st.DataObject, url: str, form: MultiDict[str]) -> None:
    right = signed(data.draw(st.sampled_from(variants(url))), form)
    spoil = data.draw(
        st.sampled_from([str, str.lower, str.strip, lambda s: s[:-1], lambda s: s + " ", lambda s: "é" + s[1:]])
    )
    for given_form in (form, dict(form)):
        assert ours(url, given_form, spoil(right)) == theirs(url, given_form, spoil(right))


@pytest.mark.parametrize("port", ["", ":443"])
@pytest.mark.parametrize("signed_port", ["", ":443"])
def test_signed_with_or_without_the_port(port: str, signed_port: str) -> None:
    form = {"Body": "hello", "From": "+1"}
    signature = signed(f"https://reports.test{signed_port}/channels/twilio", form)
    assert ours(f"https://reports.test{port}/channels/twilio", form, signature)


def test_a_name_given_twice_is_signed_with_both_values() -> None:
    form = MultiDict([("a", "2"), ("a", "1"), ("a", "2")])
    assert ours("https://reports.test/", form, signed("https://reports.test/", form))
    assert not ours("https://reports.test/", MultiDict([("a", "1")]), signed("https://reports.test/", form))


async def test_a_request_as_aiohttp_reads_it(aiohttp_server: Callable[..., Awaitable[TestServer]]) -> None:
    seen: list[object] = []

    async def knock(request: web.Request) -> web.Response:
        url = "https://reports.test" + request.raw_path
        form = await request.post()
        hook = Webhook(request.method, url, request.query, request.headers, form, await request.read())  # type: ignore[arg-type]
        CHANNEL.authenticate(hook)
        seen.extend(CHANNEL.parse(hook))
        return web.Response()

    app = web.Application()
    app.router.add_post("/channels/twilio", knock)
    address = (await aiohttp_server(app)).make_url("/channels/twilio?a=b%20c&d=%2B")
    form = {
        "MessageSid": "SM1",
        "From": "+254700000001",
        "Body": "50% + more & नमस्ते 🙏\n=",
        "FromCity": "",
        "AddOns": "{}",
    }
    headers = {"X-Twilio-Signature": signed("https://reports.test" + address.raw_path_qs, form)}
    async with ClientSession() as http, http.post(address, data=form, headers=headers) as response:
        assert response.status == 200
    assert seen == [Inbound(form["From"], form["Body"], "SM1")]


def test_it_takes_less_than_half_of_the_work_of_twilios_library() -> None:
    hook = hook_of("twilio", load("twilio")["receive"][0])
    form, signature = MultiDict(hook.form), hook.headers["X-Twilio-Signature"]
    hook = Webhook("POST", hook.url, {}, hook.headers, form, b"")
    validator = RequestValidator(TOKEN)
    CHANNEL.authenticate(hook)
    library = calls(lambda: validator.validate(hook.url, form, signature))
    assert calls(lambda: CHANNEL.authenticate(hook)) * 2 < library
