"""What to write instead of a value that does not do, in the words of whoever edits a programme."""

from __future__ import annotations

import re

REMEDIES = {
    "missing": "is missing; write it",
    "extra_forbidden": "is not known here; check the spelling in {guide}, or delete it",
    "string_type": "must be text; put it in quotes",
    "string_too_short": "is empty; write it",
    "int_parsing": "must be a whole number",
    "float_parsing": "must be a number such as -1.2921, with a point",
    "list_type": "must be a list, such as [one, two]",
    "dict_type": "must be keys and values, such as {{en: …}}",
    "model_type": "must be keys and values; see {guide} for an example",
    "bool_parsing": "must be true or false",
    "bool_type": "must be true or false",
    "finite_number": "must be a number such as -1.2921, with a point",
    "too_short": "is empty; write at least one",
}


FIELDS = {
    "hour": "must be a whole hour, 0 to 23, such as 8",
}
"""Where more can be said of a number that is none."""

PATTERNS = {
    "sdg": 'must be an SDG target in quotes, such as "6.1"',
    "currency": "must be the three capital letters of ISO 4217, such as KES",
    "code": "must be lower case letters, digits, hyphens or underscores",
    "name": "must be lower case letters, digits, hyphens or underscores",
}


def remedy_for(field: str, kind: str, message: str, guide: str) -> str:
    """What to write instead. `kind` and `message` are pydantic's, `guide` the document that says what the file holds."""
    if kind == "string_pattern_mismatch":
        return PATTERNS.get(field.rpartition(".")[2], "must be a language tag such as en, sw or hi-Latn")
    if kind == "int_parsing" and field in FIELDS:
        return FIELDS[field]
    # What pydantic says of the rest: "Input should be less than or equal to 90".
    message = re.sub(r"^\w+ should (be|have)\b", r"must \1", message)
    return REMEDIES[kind].format(guide=guide) if kind in REMEDIES else message.removeprefix("Value error, ")
