"""Reading names of places from the files that others publish: GeoNames, OpenStreetMap, HDX, any table or GeoJSON."""

from nlp.gazetteer.sources.found import Filter, Refused
from nlp.gazetteer.sources.reading import Unreadable, read

__all__ = ["Filter", "Refused", "Unreadable", "read"]
