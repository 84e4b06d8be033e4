"""A database opens only with the key it was sealed with."""

from __future__ import annotations

import pytest

from service.db import Database
from service.fingerprint import WrongKey, demand_same_key
from service.secrets import Secrets


async def test_the_first_key_is_the_key(database: Database, secrets: Secrets) -> None:
    await demand_same_key(database, secrets)
    await demand_same_key(database, secrets)
    other = Secrets(b"another key, just as long as it must be, and wrong")
    with pytest.raises(WrongKey, match="sealed with another SECRET_KEY") as refusal:
        await demand_same_key(database, other)
    assert other.key("fingerprint").hex() not in str(refusal.value)
    await demand_same_key(database, secrets)
