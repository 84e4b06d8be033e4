"""The weekly digest of an official: when it is due, what it says, and freezing it so that it never changes."""

from __future__ import annotations

from service.digests.freezing import freeze
from service.digests.previewing import preview

__all__ = ["freeze", "preview"]
