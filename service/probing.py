"""Calling our own door from outside, as a provider would: does it lead to us, and not to somebody else?"""

from __future__ import annotations

import asyncio

from aiohttp import ClientError, ClientSession, ClientTimeout

SERVER = "X-Answerable-Channel"
"""What our door answers with on every request, so that a stranger's 403 is not taken for ours."""
SECONDS = 10.0


async def probe(http: ClientSession, address: str) -> tuple[str, ...]:
    """Why a call to a channel's address does not reach us; empty when it does. The call carries no proof, so it is refused."""
    try:
        async with asyncio.timeout(SECONDS):
            request = http.post(address, data=b"", allow_redirects=False, timeout=ClientTimeout(total=SECONDS))
            async with request as response:
                status, ours, sent_on = response.status, SERVER in response.headers, "Location" in response.headers
    except (ClientError, TimeoutError, OSError):
        return ("Nothing answers at our address: check that the service runs, and the proxy before it.",)
    if not ours:
        what = "sends callers elsewhere" if sent_on else f"answers {status}"
        return (
            f"Something else than this service {what} at our address: let the proxy hand /channels/ on to us, with"
            " every method and the path as it is.",
        )
    if status == 404:
        return (
            "The service at our address does not know this channel: start it again, so that it reads the programme.",
        )
    if status >= 500:
        return (f"Our service answered {status}: look at its log.",)
    return ()
