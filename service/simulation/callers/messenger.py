"""Messenger calling, several texts a request."""

from __future__ import annotations

from service.simulation.callers import meta

CALLER = meta.conversation("messenger", "page", "page_id", account="682498302938465")
