"""What somebody wrote in a form that could not be done: the page that says why shows it once more, to copy.

A report may go into the vault, be erased, or be decided by another while they write. Only a form of ours, in their own
session, is shown so: nobody else reads it, and no other site can put words on our page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aiohttp import web

BY_HAND = ("text", "words", "note", "to", "place_words")
"""Fields that people fill with words of their own; in all others they choose, or say who they are."""
WRITTEN = web.RequestKey("written", tuple[str, ...])
GONE = (
    "It is no longer here, or no longer open to you: it may have been erased at the person's wish, gone into the vault, where "
    "only focal points read it, or moved. Nothing you did just now was stored."
)
"""The same words whatever happened: who may not see the vault does not learn here what is in it."""
AWAY = "The database does not answer just now. Nothing you did was stored. Try again in a few minutes, with the words below."


def note_written(request: web.Request, form: Mapping[str, object]) -> None:
    """Remember what the form says, once it is known to be of this session, for `written_in`."""
    said = (str(form.get(name, "")) for name in BY_HAND)
    request[WRITTEN] = tuple(words for words in said if words.strip())


def written_in(request: web.Request) -> Sequence[str]:
    """What was written by hand in the form of this request; empty without one, or where it is not of this session."""
    written: Sequence[str] = request.get(WRITTEN, ())
    return written
