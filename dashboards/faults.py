"""What we say when something goes wrong: what it is, and what to do now."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """An error in words for a person."""

    status: int
    title: str
    advice: str


FAULTS = {
    fault.status: fault
    for fault in (
        Fault(400, "We could not read that", "Something in it was not as we expect. Go back and try again."),
        Fault(401, "Please log in", "This page is for people who have logged in."),
        Fault(403, "This is not open to you", "The link or form has run out, or was not ours. Begin again."),
        Fault(404, "There is nothing here", "The page may have moved, or a piece of its address is missing."),
        Fault(405, "That does not work here", "This address exists, but not for what was asked of it."),
        Fault(
            408,
            "It took too long",
            "Too little of it came. Is your connection weak? Send it again, with a smaller file.",
        ),
        Fault(409, "That is no longer possible", "Something changed while the page was open. Reload it."),
        Fault(413, "That is too large", "Send less at once."),
        Fault(429, "Too many tries", "Wait a few minutes, then try again."),
        Fault(500, "That was our fault", "We have noted what happened. Try again in a moment."),
        Fault(503, "We are busy just now", "Nothing is lost. Try again in a moment."),
    )
}
"""By HTTP status."""
