"""A read-only index of named places in one file, opened by mapping it into memory: names to entries in microseconds.

Tables of 32-bit hashes in sorted order point to names, names to entries. A bitmap in front of each table answers most
questions about words that are no names with one look. Nothing is parsed when the file is opened, so opening takes the
same time for a hundred names and for a million, and only the pages that are looked at are read.
"""

from __future__ import annotations

import json
import mmap
from array import array
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from typing import Any, Literal, TypeAlias
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from nlp.fold import words
from nlp.gazetteer.spelling import initials, slips, sound, spellings

FORMAT = 6
_MAGIC = b"ANSWERABLE-PLACES"
_SECTIONS: dict[str, Literal["B", "H", "I", "f", "d"]] = {
    "strings": "B", "keys": "I", "postings": "I", "posting_starts": "I", "hashes": "I", "hash_keys": "I", "bits": "B",
    "loose": "I", "loose_keys": "I", "loose_bits": "B", "names": "I", "points": "d", "people": "I", "words": "H",
    "radii": "f", "parts": "B",
    "starts": "B",
}  # fmt: skip
CONFIRMED = "confirmed"
"""The level of an entry that people taught us by their decisions."""
MOST_NAMESAKES = 60
"""Places of one name that are kept, the largest first."""
SHORTEST_PART = 4
START, LONG_START = 4, 8
"""Letters of the beginning of a spelling by which most words are known to begin no name."""
_FULL, _INITIALS = 1 << 31, 1 << 30
"""In a posting: the entry was named in full; by its initials."""
_NUMBER = _INITIALS - 1


@dataclass(frozen=True, slots=True)
class Entry:
    """A place. `level` is its kind; `area` a code of the programme; `radius_km` how far it reaches, None if unknown."""

    name: str
    lat: float
    lon: float
    level: str
    population: int = 0
    area: str | None = None
    radius_km: float | None = None
    other_names: tuple[str, ...] = ()
    """Only when an index is made; entries read from one have none."""


@dataclass(frozen=True, slots=True)
class Hit:
    """An entry found under a joined, folded spelling; `full` is False where a part of the name was left out."""

    key: str
    entry: Entry
    full: bool
    initials: bool = False


class Index:
    """An index over bytes made by `build`, in memory or mapped from a file."""

    def __init__(self, data: bytes | mmap.mmap) -> None:
        if data[: len(_MAGIC)] != _MAGIC:
            raise ValueError("not an index of places")
        size = int.from_bytes(data[32:40], "little")
        header = json.loads(data[40 : 40 + size])
        if header["format"] != FORMAT:
            raise ValueError("an index of places in another format")
        self.fingerprint: str = header["fingerprint"]
        self._words: list[str] = header["words"]
        self._data = data
        view = memoryview(data)
        sections: dict[str, Any] = {
            name: view[start:end].cast(_SECTIONS[name]) for name, (start, end) in header["sections"].items()
        }
        self._strings = sections["strings"]
        self._keys, self._names = sections["keys"], sections["names"]
        self._postings, self._posting_starts = sections["postings"], sections["posting_starts"]
        self._hashes, self._hash_keys, self._bits = sections["hashes"], sections["hash_keys"], sections["bits"]
        self._loose, self._loose_keys = sections["loose"], sections["loose_keys"]
        self._loose_bits = sections["loose_bits"]
        self._points, self._people = sections["points"], sections["people"]
        self._word_of, self._radii = sections["words"], sections["radii"]
        self._parts, self._starts = sections["parts"], sections["starts"]
        self._mask = len(self._bits) * 8 - 1
        self._loose_mask = len(self._loose_bits) * 8 - 1
        self.size = len(self._people)

    @classmethod
    def open(cls, path: Path) -> Index:
        """The index in the file. Raises OSError when it cannot be read, ValueError when it is not one."""
        with path.open("rb") as file:
            return cls(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))

    def exact(self, key: str, code: int) -> list[Hit]:
        """The entries whose name has this joined, folded spelling; `code` is its CRC-32."""
        if not self._bits[(code & self._mask) >> 3] & (1 << (code & 7)):
            return []
        for number in _run(self._hashes, self._hash_keys, code):
            if self._string(self._keys, number) == key:
                return self._hits(number, key)
        return []

    def near(self, codes: Iterable[int]) -> set[int]:
        """The numbers of the keys that sound like a spelling, or are one slip away from it: `codes` are the CRC-32 of its sound
        and of that with each slip. May hold a few others."""
        found: set[int] = set()
        bits, mask = self._loose_bits, self._loose_mask
        for code in codes:
            if bits[(code & mask) >> 3] & (1 << (code & 7)):
                found.update(_run(self._loose, self._loose_keys, code))
        return found

    def knows_part(self, code: str) -> bool:
        """Whether a name of several words may have one that sounds like this. False is sure, True is likely."""
        return _is_set(self._parts, code)

    def knows_start(self, letters: str) -> bool:
        """Whether a spelling may begin with these START or LONG_START letters. False is sure, True is likely."""
        return _is_set(self._starts, letters)

    def key(self, number: int) -> str:
        """The joined, folded spelling with this number."""
        return self._string(self._keys, number)

    def hits(self, number: int) -> list[Hit]:
        """The entries under the spelling with this number."""
        return self._hits(number, self.key(number))

    def entry(self, number: int) -> Entry:
        """The entry with this number, from 0 to `size`."""
        level, area = self._word_of[2 * number], self._word_of[2 * number + 1]
        radius = self._radii[number]
        return Entry(
            name=self._string(self._names, number),
            lat=self._points[2 * number],
            lon=self._points[2 * number + 1],
            level=self._words[level],
            population=self._people[number],
            area=self._words[area] or None,
            radius_km=radius if radius >= 0 else None,
        )

    def _hits(self, number: int, key: str) -> list[Hit]:
        postings = self._postings[self._posting_starts[number] : self._posting_starts[number + 1]]
        return [
            Hit(key, self.entry(posting & _NUMBER), bool(posting & _FULL), bool(posting & _INITIALS))
            for posting in postings
        ]

    def _string(self, starts: memoryview[int], number: int) -> str:
        return bytes(self._strings[starts[2 * number] : starts[2 * number + 1]]).decode()


def build(entries: Iterable[Entry], fingerprint: str = "") -> bytes:
    """The bytes of an index of the entries. `fingerprint` says what they were made from."""
    strings = bytearray()
    names, people, radii = array("I"), array("I"), array("f")
    points, word_of = array("d"), array("H")
    levels: dict[str, int] = {"": 0}
    postings: dict[str, list[int]] = {}
    parts = array("I")
    starts_of = set[int]()
    for number, entry in enumerate(entries):
        names.extend(_store(strings, entry.name))
        points.extend((entry.lat, entry.lon))
        people.append(min(max(entry.population, 0), 2**32 - 1))
        radii.append(-1.0 if entry.radius_km is None else entry.radius_km)
        word_of.extend(levels.setdefault(word or "", len(levels)) for word in (entry.level, entry.area))
        found: dict[str, bool] = {}
        for name in (entry.name, *entry.other_names):
            for spelling, full in spellings(name).items():
                starts_of.update(crc32(spelling[:size].encode()) for size in (START, LONG_START))
                found[spelling] = found.get(spelling, False) or full
            parts.extend(crc32(sound(word).encode()) for word in words(name) if len(word) >= SHORTEST_PART)
        for spelling, full in found.items():
            postings.setdefault(spelling, []).append(number | (_FULL if full else 0))
        for short in initials(entry.name) - found.keys():
            starts_of.add(crc32(short[:START].encode()))
            postings.setdefault(short, []).append(number | _INITIALS)
    keys, starts, flat = array("I"), array("I", [0]), array("I")
    hashes, loose, loose_keys = array("I"), array("I"), array("I")
    for number, (key, numbers) in enumerate(postings.items()):
        keys.extend(_store(strings, key))
        flat.extend(sorted(numbers, key=lambda number: -people[number & _NUMBER])[:MOST_NAMESAKES])
        starts.append(len(flat))
        hashes.append(crc32(key.encode()))
        for slip in slips(sound(key)):
            loose.append(crc32(slip.encode()))
            loose_keys.append(number)
    exact_table = _table(hashes, array("I", range(len(hashes))))
    loose_table = _table(loose, loose_keys)
    sections: dict[str, Body] = {
        "points": points, "strings": strings, "keys": keys, "names": names, "people": people, "radii": radii,
        "words": word_of, "postings": flat, "posting_starts": starts, "hashes": exact_table[0],
        "hash_keys": exact_table[1], "bits": exact_table[2], "loose": loose_table[0], "loose_keys": loose_table[1],
        "loose_bits": loose_table[2], "parts": _bitmap(np.unique(np.array(parts, dtype=np.uint32))),
        "starts": _bitmap(np.array(sorted(starts_of), dtype=np.uint32)),
    }  # fmt: skip
    return _pack(sections, list(levels), fingerprint)


def write(path: Path, data: bytes) -> None:
    """Put the index in place in one move, so that nobody opens half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    half = _neighbour(path)
    half.write_bytes(data)
    half.replace(path)


def _neighbour(path: Path) -> Path:
    """A neighbour of the path that no other process writes to."""
    return path.with_name(f"{path.name}.{token_hex(8)}")


def _store(strings: bytearray, text: str) -> tuple[int, int]:
    start = len(strings)
    strings += text.encode()
    return start, len(strings)


def _run(hashes: memoryview[int], numbers: memoryview[int], code: int) -> list[int]:
    place = bisect_left(hashes, code)
    found = []
    while place < len(hashes) and hashes[place] == code:
        found.append(numbers[place])
        place += 1
    return found


def _is_set(bits: memoryview[int], letters: str) -> bool:
    hashed = crc32(letters.encode())
    return bool(bits[(hashed & (len(bits) * 8 - 1)) >> 3] & (1 << (hashed & 7)))


def _table(hashes: array[int], numbers: array[int]) -> tuple[bytes, bytes, bytes]:
    codes = np.frombuffer(hashes, dtype=np.uint32) if hashes else _NONE
    order = np.argsort(codes, kind="stable")
    held = np.frombuffer(numbers, dtype=np.uint32) if numbers else _NONE
    return codes[order].tobytes(), held[order].tobytes(), _bitmap(codes)


Body: TypeAlias = "array[int] | array[float] | bytes | bytearray"
_NONE = np.zeros(0, np.uint32)


def _bitmap(codes: NDArray[np.uint32]) -> bytes:
    """Bits of which those at the codes, cut to the size of the map, are set: at most one in sixteen. What they let through by
    chance is asked of each index, so that a denser map costs more than the room it saves."""
    size = 1 << max(10, int(codes.size * 16).bit_length())
    bits = np.zeros(size, dtype=bool)
    bits[codes & (size - 1)] = True
    return np.packbits(bits, bitorder="little").tobytes()


def _pack(sections: dict[str, Body], words: list[str], fingerprint: str) -> bytes:
    bodies = {name: bytes(body) for name, body in sections.items()}
    places = dict.fromkeys(bodies, (2**40, 2**40))
    room = len(_header(places, words, fingerprint))
    position = -(-(40 + room) // 8) * 8
    for name, body in bodies.items():
        places[name] = (position, position + len(body))
        position += -(-len(body) // 8) * 8
    header = _header(places, words, fingerprint).ljust(room)
    data = bytearray(_MAGIC.ljust(32, b"\0") + room.to_bytes(8, "little") + header)
    for name, body in bodies.items():
        data += b"\0" * (places[name][0] - len(data))
        data += body
    return bytes(data)


def _header(places: dict[str, tuple[int, int]], words: list[str], fingerprint: str) -> bytes:
    return json.dumps({"format": FORMAT, "fingerprint": fingerprint, "words": words, "sections": places}).encode()
