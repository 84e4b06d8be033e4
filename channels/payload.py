"""Reading what a provider sent. Every wrong shape is a BadPayload that names the field and never shows its value."""

from __future__ import annotations

import base64
import json
import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NoReturn

from channels.base import BadPayload, Delivery, Inbound

Event = Inbound | Delivery
"""What a request may bring."""

MAX_ID = 255
"""The most characters an id or an address may have; longer ones are no provider's."""

MAX_REFERENCE = 4096
"""The most characters the address of a file may have: content networks sign theirs at length."""

_END_OF_TIME = 253_402_300_800  # year 10000, where datetime ends


@dataclass(frozen=True)
class Fields:
    """A form, or one object inside a JSON body. `path` says where it stands, for the message of an error."""

    values: Mapping[str, Any] = field(repr=False)
    path: str = ""

    def has(self, name: str) -> bool:
        return self.values.get(name) is not None

    def text(self, name: str) -> str:
        """The words a person wrote. A surrogate that lost its other half becomes U+FFFD, and so does a NUL byte."""
        value = self._value(name)
        if not isinstance(value, str):
            self._wrong(name, "is not a text")
        return whole(value.replace("\0", "\ufffd"))

    def optional_text(self, name: str) -> str:
        """As `text`, and empty when the field is missing or null."""
        return self.text(name) if self.has(name) else ""

    def id(self, name: str) -> str:
        """An id or an address: a short text without control characters, or a whole number written as one."""
        value = self._value(name)
        if isinstance(value, int) and not isinstance(value, bool):
            if abs(value) >= 10**MAX_ID:
                self._wrong(name, "is too long")
            return str(value)
        if not isinstance(value, str):
            self._wrong(name, "is not an id")
        if not value:
            self._wrong(name, "is empty")
        if len(value) > MAX_ID:
            self._wrong(name, "is too long")
        # isprintable is false for control characters, lone surrogates and line ends.
        if not value.isprintable():
            self._wrong(name, "holds characters no id has")
        return value

    def reference(self, name: str) -> str:
        """What the provider calls a file by: an address or an id."""
        value = self._value(name)
        if isinstance(value, int) and not isinstance(value, bool):
            return self.id(name)
        if not isinstance(value, str) or not value or not value.isprintable():
            self._wrong(name, "is not an address of a file")
        if len(value) > MAX_REFERENCE:
            self._wrong(name, "is too long")
        return value

    def kind(self, name: str) -> str:
        """A media type without its parameters, as `audio/ogg`. It is only said, so what is none is empty, not a fault."""
        value = self.values.get(name)
        said = value.partition(";")[0].strip().lower() if isinstance(value, str) else ""
        return said if len(said) <= 100 and said.isascii() and said.isprintable() else ""

    def base64(self, name: str) -> bytes:
        """A file written in base64."""
        value = self._value(name)
        if not isinstance(value, str):
            self._wrong(name, "is not base64")
        try:
            return base64.b64decode("".join(value.split()), validate=True)
        except ValueError:
            self._wrong(name, "is not base64")

    def integer(self, name: str) -> int:
        """A whole number, also one written in digits."""
        value = self._value(name)
        if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,18}", value):
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int) or abs(value) >= 10**18:
            self._wrong(name, "is not a whole number")
        return value

    def time(self, name: str, *, per_second: int = 1) -> datetime | None:
        """A time counted from 1970 in seconds (or `per_second` parts of one), as number or digits; None if missing, or none:
        it is only said beside the words, and they must not wait for it."""
        if not self.has(name):
            return None
        value = self._value(name)
        if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 20:
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < _END_OF_TIME * per_second:
            return None
        return datetime.fromtimestamp(value / per_second, UTC)

    def iso_time(self, name: str) -> datetime | None:
        """A time written as ISO 8601; without an offset it is UTC. None if missing, or none, as with `time`."""
        value = self.values.get(name)
        if not isinstance(value, str):
            return None
        try:
            moment = datetime.fromisoformat(value)
            return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
        except (ValueError, OverflowError):
            return None

    def place(self, latitude: str, longitude: str) -> tuple[float, float]:
        """A point on Earth from two fields in degrees."""
        return self._degrees(latitude, 90), self._degrees(longitude, 180)

    def object(self, name: str) -> Fields:
        value = self._value(name)
        if not isinstance(value, Mapping):
            self._wrong(name, "is not an object")
        return Fields(value, self._name(name))

    def optional_object(self, name: str) -> Fields:
        """As `object`, and without any field when it is missing or null."""
        return self.object(name) if self.has(name) else Fields({}, self._name(name))

    def objects(self, name: str) -> list[Fields]:
        """The objects of a list; none when it is missing or null."""
        if not self.has(name):
            return []
        value = self._value(name)
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            self._wrong(name, "is not a list of objects")
        return [Fields(item, f"{self._name(name)}[{number}]") for number, item in enumerate(value)]

    def ids(self, name: str) -> list[str]:
        """The ids of a list; none when it is missing or null."""
        if not self.has(name):
            return []
        value = self._value(name)
        if not isinstance(value, list):
            self._wrong(name, "is not a list of ids")
        numbered = {f"{name}[{number}]": item for number, item in enumerate(value)}
        return [Fields(numbered, self.path).id(place) for place in numbered]

    def _value(self, name: str) -> Any:
        value = self.values.get(name)
        if value is None:
            self._wrong(name, "is missing")
        return value

    def _degrees(self, name: str, most: int) -> float:
        value = self._value(name)
        try:
            degrees = float(value) if isinstance(value, (int, float, str)) and len(str(value)) <= 40 else math.nan
        except (ValueError, OverflowError):
            degrees = math.nan
        if not abs(degrees) <= most:
            self._wrong(name, "is not a number of degrees")
        return degrees

    def _name(self, name: str) -> str:
        return f"{self.path}.{name}" if self.path else name

    def _wrong(self, name: str, why: str) -> NoReturn:
        raise BadPayload(f"{self._name(name)} {why}")


def read_json(body: bytes) -> Fields:
    """The JSON object in a request's body."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        raise BadPayload("the body is not JSON") from None
    if not isinstance(value, dict):
        raise BadPayload("the body is not a JSON object")
    return Fields(value)


def read_each(items: Iterable[tuple[Callable[[Fields], Iterable[Event]], Fields]]) -> list[Event]:
    """What happened in each of the objects of a request, by the function that reads it.

    One that cannot be read keeps none of the others back: they are in the BadPayload, which names the first.
    """
    read: list[Event] = []
    faults: list[BadPayload] = []
    for read_one, fields in items:
        try:
            read += list(read_one(fields))
        except BadPayload as fault:
            faults.append(fault)
    if faults:
        raise BadPayload(str(faults[0]) + (f", and {len(faults) - 1} more like it" if faults[1:] else ""), read)
    return read


def whole(text: str) -> str:
    """The same text, with halves of surrogate pairs joined where both are there and U+FFFD where one is lost."""
    if text.isascii():
        return text
    try:
        text.encode()
        return text
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
