"""The other side of the generic channel: what we send can be checked by anyone who knows Standard Webhooks."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import re
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiohttp import ClientSession, web

from channels import build
from channels.base import Inbound, Outbound, Webhook
from channels.generic import Generic
from tests.channels.case import load
from tests.channels.contract import Serve

SETTINGS = load("generic")["settings"]


async def test_what_we_send_is_signed_and_dated(aiohttp_server: Serve) -> None:
    checked: list[bool] = []

    async def provide(request: web.Request) -> web.Response:
        id, timestamp = request.headers["webhook-id"], request.headers["webhook-timestamp"]
        key = base64.b64decode(SETTINGS["signing_secret"].removeprefix("whsec_"))
        signed = f"{id}.{timestamp}.".encode() + await request.read()
        wanted = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        checked.append(request.headers["webhook-signature"] == wanted)
        checked.append(abs(int(timestamp) - datetime.now(UTC).timestamp()) < 60)
        return web.json_response({"id": "g1"})

    app = web.Application()
    app.router.add_post("/in", provide)
    address = str((await aiohttp_server(app)).make_url("/in"))
    async with ClientSession() as http:
        assert (
            await build("generic", SETTINGS | {"api_url": address}).send(http, Outbound("+254", "Asante 🙏", "k1"))
            == "g1"
        )
    assert checked == [True, True]


@pytest.mark.parametrize("weak", ["whsec_", "whsec_c2hvcnQ=", "whsec_not base64 at all!", "x" * 100])
def test_a_weak_secret_is_refused_by_name(weak: str) -> None:
    with pytest.raises(ValueError, match=r"^channel generic: signing_secret must be whsec_") as fault:
        build("generic", {**SETTINGS, "signing_secret": weak})
    assert weak == "whsec_" or weak not in str(fault.value)


def test_the_example_for_the_command_line_is_signed_as_we_demand() -> None:
    text = (Path(__file__).parents[2] / "docs" / "how-to" / "connect-any-gateway.md").read_text("utf-8")
    script = next(block for block in re.findall(r"```sh\n(.*?)```", text, re.S) if "signature=" in block)
    shown = 'printf "%s\\n" "$id" "$time" "$signature" "$body"'
    run = ["bash", "-euc", f"{script}\n{shown}"]
    out = subprocess.run(
        run,
        env={**os.environ, "GATEWAY_SECRET": SETTINGS["signing_secret"]},
        capture_output=True,
        text=True,
        check=True,
    )
    id, time, signature, body = out.stdout.splitlines()
    headers = {"webhook-id": id, "webhook-timestamp": time, "webhook-signature": f"v1,{signature}"}
    channel = Generic(SETTINGS["signing_secret"], "https://gateway.test/in")
    hook = Webhook("POST", "https://reports.test/", {}, headers, {}, body.encode())
    channel.authenticate(hook)
    assert channel.parse(hook) == [Inbound("+254700000001", "No water since Monday", "881")]


def test_the_bridge_for_jasmin_is_python() -> None:
    text = (Path(__file__).parents[2] / "docs" / "how-to" / "connect-any-gateway.md").read_text("utf-8")
    (bridge,) = re.findall(r"```python\n(.*?)```", text, re.S)
    compile(bridge, "bridge.py", "exec")
