"""The life of a text on its way out: one table of allowed moves, one way to make them, and why a text does not go out."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Update, case, literal, update

from service.models import Message
from service.workflow import NotAllowed

MOVES: Mapping[str, frozenset[str]] = {
    "queued": frozenset({"sending", "held", "dead", "dropped", "delivered", "read"}),
    "held": frozenset({"queued", "dead", "dropped"}),
    "sending": frozenset({"queued", "held", "sent", "delivered", "read", "uncertain", "dead", "dropped"}),
    "uncertain": frozenset({"queued", "sent", "delivered", "read", "dead", "dropped"}),
    "sent": frozenset({"delivered", "read", "dead"}),
    "delivered": frozenset({"read"}),
    "read": frozenset(),
    "dead": frozenset({"queued", "dropped", "delivered", "read"}),
    "dropped": frozenset(),
}
"""From each state, the states a text may go to.

queued: waits for its moment. held: may not go out now, and waits until it may. sending: being handed to the provider.
uncertain: the provider may have it. sent, delivered, read: as the provider says. dead: given up, and shown at the desk.
dropped: not sent, on purpose. What arrived has arrived, whatever was believed before; a text tried again after it was
given up may turn out to have arrived the first time.
"""

DELIVERY: Mapping[str, str] = {"sent": "sent", "delivered": "delivered", "read": "read", "failed": "dead"}
"""By a provider's word on a text, the state it means."""
_FAILED_FROM = frozenset({"sent", "uncertain"})
"""The states a provider's word that it failed ends: not that of a text which is tried once more already."""

FAILURES: Mapping[str, str] = {
    "line": "The provider could not be reached",
    "keys": "The provider refuses our keys or account",
    "busy": "The provider wants fewer texts at a time",
    "refused": "The provider refuses this text",
    "undelivered": "The provider took it and could not deliver it",
    "opted_out": "The provider says that the person opted out",
    "unknown": "The provider may have it",
    "broken": "Our channel failed on it",
    "unreadable": "It cannot be opened",
    "erased": "The person's address was erased",
    "stopped": "The person wants no texts",
    "window": "The person wrote too long ago to be texted freely",
    "late": "It waited until it was of no more use",
    "left": "A person decided to leave it",
}
"""Why a text did not go out, or not yet, in words."""

OUT = Message.direction == literal("out", literal_execute=True)
"""Going out. Written out, not bound: only so does SQLite see that the indexes of outgoing texts hold them all."""
REPLY, NEWS, BULK = 0, 1, 2
"""Priorities: what somebody who just texted waits for; what is news to one person; what goes to many."""
USEFUL: Mapping[int, timedelta] = {REPLY: timedelta(days=3), NEWS: timedelta(days=28), BULK: timedelta(days=28)}
"""By priority, how long after it was written a text is still worth sending."""


def change(to: str, *which: ColumnElement[bool], came_from: Collection[str] | None = None, **values: Any) -> Update:
    """The update that moves outgoing texts to a state, from `came_from` or from every state that may go there.

    A text in another state stays as it is; RETURNING or rowcount tell. NotAllowed if the table has no such move.
    """
    allowed = {state for state, following in MOVES.items() if to in following}
    origins = allowed if came_from is None else set(came_from)
    if not origins or not origins <= allowed:
        raise NotAllowed(f"A text that is {', '.join(sorted(origins - allowed)) or 'anything'} cannot become {to}.")
    return (
        update(Message)
        .where(OUT, Message.state.in_(sorted(origins)), *which)
        .values(state=to, **values)
        .execution_options(synchronize_session=False)
    )


def note_delivery(said: str, *which: ColumnElement[bool], reason: str = "") -> Update:
    """The update for a provider's word on texts it took: sent, delivered, read or failed.

    In whatever order the words come, the last state is the same.
    """
    state = DELIVERY[said]
    failed = state == "dead"
    return change(
        state,
        *which,
        came_from=_FAILED_FROM if failed else None,
        error=reason or None,
        failure=case((Message.opted_out_at.is_not(None), "opted_out"), else_="undelivered") if failed else None,
        leased_until=None,
    )
