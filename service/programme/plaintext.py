"""A file's bytes as text, or what is wrong with them."""

from __future__ import annotations

import re

SPREADSHEET = b"PK\x03\x04"
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class Unreadable(Exception):
    """The bytes are no text. `line` is where; the message says what to do."""

    def __init__(self, line: int, remedy: str) -> None:
        super().__init__(remedy)
        self.line = line


def text_of(data: bytes) -> str:
    """UTF-8 without byte-order mark and without characters that no editor shows."""
    if data.startswith(SPREADSHEET):
        raise Unreadable(1, "this is a spreadsheet; export it as CSV with the encoding UTF-8")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise Unreadable(line, "this line is not UTF-8; save the file again with the encoding UTF-8") from None
    found = CONTROL.search(text)
    if found is not None:
        what = "NUL character" if found[0] == "\0" else f"control character (U+{ord(found[0]):04X})"
        raise Unreadable(text[: found.start()].count("\n") + 1, f"a {what}; delete it")
    return text
