"""The places a resident may choose from when we ask where: plain data, kept with the question until it is answered.

A choice is {"name", "lat", "lon", "radius_km", "area"}.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import nlp.analysis as nlp
from channels.segments import fits_one_segment, shorten
from service import outbox, spots
from service.names import place_name
from service.programme import Programme

MOST_CHOICES = 9


def of(analysis: nlp.Analysis) -> list[dict[str, Any]]:
    """What the mentioned places may mean, best first, each name and area once."""
    found: dict[tuple[str, str | None], dict[str, Any]] = {}
    ranked = sorted((c for mention in analysis.places for c in mention.candidates), key=lambda c: -c.score)
    for candidate in ranked:
        choice = {
            "name": candidate.name,
            "lat": candidate.lat,
            "lon": candidate.lon,
            "radius_km": 1.0,
            "area": candidate.area,
        }
        found.setdefault((candidate.name, candidate.area), choice)
    return list(found.values())[:MOST_CHOICES]


def called(programme: Programme, text: str) -> list[dict[str, Any]]:
    """The places and areas that have the text for a name, letter by letter. Gaya, "gone", is a town to whom we asked where."""
    return [asdict(spot) for spot in spots.called(programme, text)][:MOST_CHOICES]


def located(location: nlp.Location) -> dict[str, Any]:
    """What the analysis settled on as a choice."""
    return {
        "name": location.name,
        "lat": location.lat,
        "lon": location.lon,
        "radius_km": location.radius_km,
        "area": location.area,
    }


def pinned(programme: Programme, pin: tuple[float, float]) -> dict[str, Any]:
    """A shared pin as a choice."""
    return asdict(spots.pin(programme, *pin))


def fit(
    programme: Programme, language: str, key: str, slots: dict[str, str], candidates: list[dict[str, Any]]
) -> tuple[str, list[dict[str, Any]]]:
    """As many numbered places as fit into one segment with the rest of the text, and those places."""
    names = [choice["name"] for choice in candidates]
    listed = ""
    for count, choice in enumerate(candidates, start=1):
        name = _readable(programme, language, choice)
        if names.count(choice["name"]) > 1 and choice["area"]:
            name = f"{name} {programme.area_name(choice['area'])}"
        longer = f"{listed} {count} {shorten(name, 20)}".strip()
        if not fits_one_segment(outbox.render(programme, language, key, slots | {"choices": longer})):
            return listed, candidates[: count - 1]
        listed = longer
    return listed, candidates


def _readable(programme: Programme, language: str, choice: dict[str, Any]) -> str:
    """A choice in the script of the text it stands in, where the programme knows the name so."""
    for place in programme.places:
        if place.name == choice["name"] and place.area == choice["area"]:
            return place_name(programme, language, place)
    return str(choice["name"])
