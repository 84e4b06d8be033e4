"""The places a moderator chooses among: what the machine proposes, what a search finds, and a pin."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from nlp.geo import between_km
from service import spots
from service.models import Report
from service.programme import Programme
from service.spots import Spot
from service.workflow import NotAllowed

MOST_CANDIDATES = 6
AROUND = 120
"""Places of the programme drawn around, the nearest."""


@dataclass(frozen=True)
class Choice:
    """A numbered button for a spot. `score` is the machine's, or None for what a person searched."""

    value: str
    spot: Spot
    where: str
    score: float | None = None


def current_spot(report: Report) -> Spot | None:
    """Where the report says it happened; None without coordinates."""
    if report.lat is None or report.lon is None:
        return None
    return Spot(report.place_name or "", report.lat, report.lon, report.area, report.radius_km)


def candidates(programme: Programme, analysis: Mapping[str, Any] | None, current: Spot | None) -> list[Choice]:
    """What the names in the text may mean, best first, without the one that is chosen already."""
    found: dict[tuple[float, float], Choice] = {}
    taken = None if current is None else (current.lat, current.lon)
    proposed = [c for mention in (analysis or {}).get("places", ()) for c in mention["candidates"]]
    for entry in sorted(proposed, key=lambda candidate: -candidate["score"]):
        at = (entry["lat"], entry["lon"])
        area = entry.get("area") if entry.get("area") in programme.area_by_code else None
        if at != taken and at not in found:
            spot = Spot(entry["name"], *at, area, entry.get("radius_km"))
            found[at] = _choice(programme, spot, entry["level"], entry["score"])
    return list(found.values())[:MOST_CANDIDATES]


def searched(programme: Programme, words: str) -> list[Choice]:
    """What a search for these words offers."""
    kinds = {(place.name, place.latitude, place.longitude): place.kind for place in programme.places}
    return [
        _choice(programme, spot, kinds.get((spot.name, spot.lat, spot.lon), "area"))
        for spot in spots.search(programme, words)
    ]


def read_choice(programme: Programme, form: Mapping[str, Any], current: Spot | None) -> Spot | None:
    """The spot a form chose: keep, none, pin with coordinates, or the value of a Choice. NotAllowed if unreadable."""
    value = str(form.get("place", "keep"))
    if value == "keep":
        return current
    if value == "none":
        return None
    if value == "pin":
        return spots.pin(programme, *_coordinates(str(form.get("lat", "")), str(form.get("lon", ""))))
    parts = value.split("|", 4)
    if len(parts) != 5:
        raise NotAllowed("Choose one of the places, or write coordinates.")
    lat, lon = _coordinates(parts[0], parts[1])
    radius = _number(parts[2]) if parts[2] else None
    return Spot(parts[4], lat, lon, parts[3] or None, radius)


def map_data(
    programme: Programme, current: Spot | None, choices: Iterable[Choice], tiles: str = ""
) -> Mapping[str, Any]:
    """What `static/desk-map.js` draws: the chosen spot, the numbered ones, and the programme's places around."""
    numbered = [{"name": c.spot.name, "lat": c.spot.lat, "lon": c.spot.lon, "value": c.value} for c in choices]
    middle = current or next((choice.spot for choice in choices), None)
    places = sorted(
        programme.places,
        key=lambda p: 0.0 if middle is None else between_km(middle.lat, middle.lon, p.latitude, p.longitude),
    )
    chosen: dict[str, Any] | None = None
    if current is not None:
        chosen = {"name": current.name, "lat": current.lat, "lon": current.lon, "radius_km": current.radius_km}
        chosen["fallback"] = spots.is_fallback(programme, current)
    around = [{"name": p.name, "lat": p.latitude, "lon": p.longitude} for p in places[:AROUND]]
    return {"current": chosen, "candidates": numbered, "places": around, "tiles": tiles}


def _choice(programme: Programme, spot: Spot, kind: str, score: float | None = None) -> Choice:
    radius = "" if spot.radius_km is None else f"{spot.radius_km:.3f}"
    value = f"{spot.lat}|{spot.lon}|{radius}|{spot.area or ''}|{spot.name}"
    area = programme.area_name(spot.area) if spot.area else ""
    return Choice(value, spot, ", ".join(part for part in (kind, area) if part and part != spot.name), score)


def _coordinates(lat: str, lon: str) -> tuple[float, float]:
    one, other = _number(lat), _number(lon)
    if abs(one) > 90 or abs(other) > 180:
        raise NotAllowed("Latitude lies between -90 and 90, longitude between -180 and 180.")
    return one, other


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise NotAllowed("Write coordinates as numbers in degrees, such as -1.3130 and 36.7830.")
    return value
