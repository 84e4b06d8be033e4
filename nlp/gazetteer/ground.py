"""The ground of a country, as the box around its towns: what lies far outside was written down wrongly, or is elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from nlp.gazetteer.country import open_country
from nlp.gazetteer.index import Entry

MARGIN = 1.0
"""Degrees around the outermost towns: coasts, islands, and borders without towns."""
MOST = 0.5
"""The share of a file's places out of place from which on the file is wrong, not some rows of it."""


class Misplaced(ValueError):
    """Most places of a file lie where they cannot; the words say what to do."""


@dataclass(frozen=True, slots=True)
class Ground:
    """A box in degrees."""

    south: float
    north: float
    west: float
    east: float

    def holds(self, lat: float, lon: float) -> bool:
        return self.south <= lat <= self.north and self.west <= lon <= self.east


def ground_of(country: str, cache: Path) -> Ground | None:
    """The ground of a country (ISO 3166-1 alpha-2); None where no town of it is known."""
    index = open_country(country, cache)
    if not index.size:
        return None
    towns = [index.entry(number) for number in range(index.size)]
    lats, lons = [town.lat for town in towns], [town.lon for town in towns]
    return Ground(min(lats) - MARGIN, max(lats) + MARGIN, min(lons) - MARGIN, max(lons) + MARGIN)


@dataclass(slots=True)
class Survey:
    """Counts the places of a file outside a country, and those that lie in it when latitude and longitude are exchanged."""

    country: str
    ground: Ground
    places: int = 0
    outside: int = 0
    turned: int = 0

    def pass_on(self, entries: Iterator[Entry]) -> Iterator[Entry]:
        """The same entries. Raises Misplaced after the last if most are out of place."""
        for entry in entries:
            self.places += 1
            if not self.ground.holds(entry.lat, entry.lon):
                self.outside += 1
                self.turned += self.ground.holds(entry.lon, entry.lat)
            yield entry
        if self.turned > MOST * self.places:
            raise Misplaced(
                f"latitude and longitude seem swapped: {self.turned:,} of {self.places:,} places lie in {self.country} only when "
                "the two are exchanged; write the latitude (degrees north) under lat and the longitude (degrees east) under lon, "
                "in GeoJSON the longitude first"
            )
        if self.outside > MOST * self.places:
            raise Misplaced(
                f"{self.outside:,} of {self.places:,} places lie outside {self.country}, the programme's country; is it the "
                "right file? With --every-country all are taken"
            )

    def __str__(self) -> str:
        turned = f", {self.turned:,} of them in it with latitude and longitude exchanged" if self.turned else ""
        return f"{self.outside:,} places lie outside {self.country}{turned}: correct them, or leave them out"
