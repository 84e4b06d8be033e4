"""What a channel is that talks on a person's own screen: a menu, and where their last report stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from channels.base import Reply, Webhook


@dataclass(frozen=True)
class Speech:
    """A programme's words in one language, for a channel that talks on a screen by itself.

    `screens` are its `ussd` texts and, of its `texts`, status and stopped; `states` the words for the states of a report;
    `stop` the first of its words that end texts.
    """

    language: str
    screens: Mapping[str, str]
    states: Mapping[str, str]
    stop: str


@dataclass(frozen=True)
class Standing:
    """Where a person's last report stands. No reference: we have their text and have not read it yet; no state: we have none.

    `stopped` says whether we text them nothing, as they or their provider asked.
    """

    reference: str = ""
    state: str = ""
    stopped: bool = False


@runtime_checkable
class Shows(Protocol):
    """A channel whose answer is the person's screen, on which they may ask where their last report stands.

    What we say later goes by `sms_channel` of the same programme if that is named: its people are those.
    """

    speech: tuple[Speech, ...]

    @property
    def sms_channel(self) -> str: ...

    def needs_standing(self, hook: Webhook) -> str | None:
        """The sender whose screen says where they stand with us; None where it does not depend on that."""
        ...

    def show_standing(self, hook: Webhook, standing: Standing) -> Reply: ...
