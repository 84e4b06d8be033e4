"""A request is the same after quarantine, whatever is in it: names that repeat, files, headers, bytes that are no text."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qsl, urlencode

import pytest
from aiohttp import FormData, web
from aiohttp.test_utils import TestClient
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict, MultiDict

from channels.base import BadPayload, Webhook
from service import webhooks
from service.secrets import Secrets
from service.settings import Settings
from service.web import LARGEST_BODY

words = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
FORM = "application/x-www-form-urlencoded"


def _hook(content_type: str, body: bytes) -> Webhook:
    """What was read of a body, by way of quarantine."""
    headers = CIMultiDict([("Content-Type", content_type), ("X-Twice", "1"), ("X-Twice", "2")])
    packed = webhooks.pack(
        Webhook("POST", "https://x.test/a?b=1", MultiDict(b="1"), headers, {}, body, remote="1.2.3.4")
    )
    return webhooks.unpack(packed)


def _multipart(parts: list[tuple[str, bytes, bool]], boundary: str = "b0undary") -> bytes:
    lines = []
    for name, content, is_file in parts:
        filename = '; filename="a.bin"' if is_file else ""
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"{filename}\r\n\r\n'
        lines.append(head.encode() + content + b"\r\n")
    return b"".join(lines) + f"--{boundary}--\r\n".encode()


@given(st.lists(st.tuples(words, words), max_size=6))
def test_a_form_is_read_field_by_field_in_order(fields: list[tuple[str, str]]) -> None:
    hook = _hook(f"{FORM}; charset=utf-8", urlencode(fields).encode())
    assert list(hook.form.items()) == fields
    assert hook.files == {}


@given(
    st.text(st.sampled_from("ab=&%+;2F0é \t\n"), max_size=40) | words,
    st.sampled_from(["utf-8", "latin-1", "utf-16", "ascii"]),
)
def test_a_form_is_read_as_the_standard_library_reads_it(form: str, charset: str) -> None:
    body = form.encode(charset, "ignore")
    wanted = parse_qsl(body.rstrip().decode(charset, "replace"), keep_blank_values=True, encoding=charset)
    try:
        hook = _hook(f"{FORM}; charset={charset}", body)
    except BadPayload:
        return
    assert list(hook.form.items()) == wanted


@given(st.lists(st.binary(max_size=60), min_size=1, max_size=4))
def test_files_come_back_byte_by_byte(contents: list[bytes]) -> None:
    parts = [("picture", content, True) for content in contents]
    hook = _hook("multipart/form-data; boundary=b0undary", _multipart([*parts, ("from", "चाचा".encode(), False)]))
    assert list(hook.files.items()) == [("picture", content) for content in contents]
    assert list(hook.form.items()) == [("from", "चाचा")]


@given(st.binary(max_size=200))
def test_no_multipart_body_is_more_than_unreadable(body: bytes) -> None:
    for content_type in ("multipart/form-data; boundary=x", "multipart/form-data", f"{FORM}; charset=idna"):
        try:
            _hook(content_type, body)
        except BadPayload as fault:
            assert "the form cannot be read" in str(fault)


def test_everything_of_a_request_survives() -> None:
    hook = _hook("application/json", b"\0\xff")
    assert (hook.method, hook.url, hook.body, hook.remote) == ("POST", "https://x.test/a?b=1", b"\0\xff", "1.2.3.4")
    assert list(hook.query.items()) == [("b", "1")]
    assert [value for name, value in hook.headers.items() if name == "X-Twice"] == ["1", "2"]
    assert hook.headers["content-type"] == "application/json"


def test_a_request_that_the_first_release_kept_is_read() -> None:
    packed = (
        '{"method": "POST", "url": "u", "query": {"a": "1"}, "headers": {"Content-Type": "' + FORM + '"}, '
        '"form": {"From": "1"}, "body": "RnJvbT0x"}'
    )
    hook = webhooks.unpack(packed)
    assert (dict(hook.query), dict(hook.form), hook.body) == ({"a": "1"}, {"From": "1"}, b"From=1")


@pytest.mark.parametrize("same", ["boundary", "headers"])
def test_a_redelivery_has_the_same_digest(secrets: Secrets, same: str) -> None:
    parts = [("from", b"1", False), ("picture", b"\0", True)]
    one = _hook("multipart/form-data; boundary=one", _multipart(parts, "one"))
    two = _hook("multipart/form-data; boundary=two", _multipart(parts, "two"))
    other = _hook("multipart/form-data; boundary=two", _multipart([("from", b"2", False), *parts[1:]], "two"))
    digests = [webhooks.digest(secrets, "village/sms", hook) for hook in (one, two, other)]
    assert digests[0] == digests[1] != digests[2]
    assert webhooks.digest(secrets, "village/other", one) != digests[0]


async def test_what_a_browser_sends_is_read(aiohttp_client: object, tmp_path: Path) -> None:
    """aiohttp's own client writes the request: what we read must be what it was given."""
    found: list[Webhook] = []

    async def take(request: web.Request) -> web.Response:
        found.append(
            webhooks.read(
                request,
                await request.read(),
                Settings(var=tmp_path, public_url="https://x.test").address(),
                "127.0.0.1",
            )
        )
        return web.Response()

    app = web.Application(client_max_size=LARGEST_BODY)
    app.router.add_post("/in", take)
    client: TestClient[web.Request, web.Application] = await aiohttp_client(app)  # type: ignore[operator]
    form = FormData()
    form.add_field("from", "+254 700")
    form.add_field("from", "पानी")
    form.add_field("photo", b"\r\n--\xff\0\r\n", filename="a.jpg", content_type="image/jpeg")
    await client.post("/in?a=1&a=2", data=form)
    await client.post("/in", data=[("a", "1"), ("a", "é&=")])
    assert list(found[0].form.items()) == [("from", "+254 700"), ("from", "पानी")]
    assert dict(found[0].files) == {"photo": b"\r\n--\xff\0\r\n"}
    assert (found[0].url, found[0].remote) == ("https://x.test/in?a=1&a=2", "127.0.0.1")
    assert list(found[1].form.items()) == [("a", "1"), ("a", "é&=")]


@pytest.mark.parametrize("charset", ["punycode", "idna", "unicode_escape", "base64", "utf-7", "no such"])
def test_a_charset_of_no_form_is_refused_unread(charset: str) -> None:
    for kind, body in (
        (f"{FORM}; charset={charset}", b"Body=a-" + b"a" * 3_000_000),
        (f"multipart/form-data; boundary=b; charset={charset}", b"--b--\r\n"),
        (
            "multipart/form-data; boundary=b",
            b'--b\r\nContent-Disposition: form-data; name="x"\r\n'
            + f"Content-Type: text/plain; charset={charset}\r\n\r\n".encode()
            + b"a-" * 1_000_000
            + b"\r\n--b--\r\n",
        ),
    ):
        with pytest.raises(BadPayload, match="send it as"):
            _hook(kind, body)
