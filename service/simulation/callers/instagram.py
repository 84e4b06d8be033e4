"""Instagram calling, several texts a request."""

from __future__ import annotations

from service.simulation.callers import meta

CALLER = meta.conversation("instagram", "instagram", "account_id", account="17841405822304914")
