"""Which texts the analysis must read."""

from __future__ import annotations

from service import commands
from service.programme import Programme
from service.programme.words import words_of


def needs_analysis(programme: Programme, text: str) -> bool:
    """Commands, numbers, greetings, yes or no, and calls for a person need none."""
    return not (
        commands.command(programme, text)
        or commands.yes_or_no(programme, text)
        or commands.language(programme, text)
        or commands.skips(programme, text)
        or commands.chosen(programme, text) is not None
        or commands.courtesy(programme, text)
        or commands.attention(programme, text)
        or not is_readable(text)
    )


def is_readable(text: str) -> bool:
    """Are there words or digits in it? A text of emoji alone is answered with how to report."""
    return bool(words_of(text))
