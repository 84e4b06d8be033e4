"""The one command line, `answerable`.

Its commands are loaded when it is called, not when it is imported: each process that reads texts begins by running the file again
that started its parent, as far as its imports, and held all that they bring, the database and the pages too, for nothing.
"""

from __future__ import annotations


def app() -> None:
    """Run the command that was typed."""
    from service.cli import commands

    commands.app()
