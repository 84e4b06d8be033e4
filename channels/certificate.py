"""What providers will find when they call our address: whether our certificate can be trusted, tried from here.

Providers call HTTPS addresses only if the certificate names the host, is valid now, and leads to an authority known to
all. Few of them say so when it does not; then texts stop arriving, and nothing shows why.
"""

from __future__ import annotations

import asyncio
import ssl
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

SOON = timedelta(days=7)
_SECONDS = 10.0
# X509_V_ERR_* of OpenSSL: https://docs.openssl.org/master/man3/X509_STORE_CTX_get_error/
_CAUSES = {
    9: "is not valid yet: check the clocks of this machine and of the one that made it",
    10: "has expired: renew it, and let that happen by itself",
    18: "is signed by nobody but itself: get one from a public authority",
    19: "leads to an authority nobody knows: get one from a public authority",
    20: "cannot be followed to an authority: serve the whole chain, not the last certificate alone",
    21: "cannot be followed to an authority: serve the whole chain, not the last certificate alone",
    62: "is for another name: get one that names this host",
    64: "is for another name: get one that names this address",
}


async def certificate_faults(address: str, *, now: datetime, trust: ssl.SSLContext | None = None) -> tuple[str, ...]:
    """Why a provider would not trust our address, a line each with what to do; empty when it would.

    An address without HTTPS has none, and one that cannot be read is for `connecting.address_faults` to tell.
    `trust` knows the authorities; left out, those this machine knows.
    """
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port or 443
    except ValueError:
        return ()
    if parts.scheme != "https" or not host:
        return ()
    try:
        async with asyncio.timeout(_SECONDS):
            _, writer = await asyncio.open_connection(
                host, port, ssl=trust or ssl.create_default_context(), server_hostname=host
            )
            told = writer.get_extra_info("peercert")
            writer.transport.abort()
    except ssl.SSLCertVerificationError as fault:
        cause = _CAUSES.get(fault.verify_code, "cannot be trusted: look at it in a browser")
        return (f"The certificate of {host} {cause}.",)
    except ssl.SSLError:
        return (f"What answers at {host} speaks no TLS: let the proxy serve HTTPS on that port.",)
    except (TimeoutError, OSError):
        return (f"From here {host} could not be reached: check DNS, firewall and proxy, and that the service runs.",)
    return _ends_soon(host, told, now)


def _ends_soon(host: str, told: object, now: datetime) -> tuple[str, ...]:
    end = told.get("notAfter") if isinstance(told, dict) else None
    if not isinstance(end, str):
        return ()
    left = datetime.fromtimestamp(ssl.cert_time_to_seconds(end), UTC) - now
    if left > SOON:
        return ()
    return (f"The certificate of {host} ends in {max(left.days, 0)} days: renew it, and let that happen by itself.",)
