"""What can be wrong in a programme folder beyond one field: names that point nowhere, doubles, circles."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, dataclass
from typing import TYPE_CHECKING

from channels import CHANNELS, COMMON, settings_of
from channels.addresses import read_networks

if TYPE_CHECKING:
    from service.programme.files import Reader
    from service.programme.schema import Area, Category, ChannelEntry, Official, Place, Question, Rules

AREAS = "areas.csv"
OURS = "secret"
"""The setting that the service fills in where nobody wrote it."""


@dataclass(frozen=True)
class Fault:
    """One thing to mend. `line` is 0 when it is about the whole file."""

    file: str
    line: int
    field: str
    remedy: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        return f"{where}: {self.field}: {self.remedy}" if self.field else f"{where}: {self.remedy}"


def across_files(
    reader: Reader,
    categories: Sequence[Category],
    areas: Sequence[Area],
    places: Sequence[Place],
    officials: Sequence[Official],
) -> list[Fault]:
    """Faults that show only when the files are read together."""
    # A code whose own line is at fault is not missing: it is named once, there.
    broken = {fault.file for fault in reader.faults}
    area_codes = {area.code for area in areas}
    category_codes = {category.code for category in categories}
    found = _doubles(reader, "categories.yaml", "code", [c.code for c in categories], prefix=("categories",))
    found += _doubles(reader, "areas.csv", "code", [area.code for area in areas])
    found += _doubles(reader, "places.csv", "name", [f"{place.name} in {place.area}" for place in places])
    found += _doubles(reader, "officials.csv", "email", [official.email.casefold() for official in officials])
    found += _broken_parents(reader, areas, complete=AREAS not in broken)
    found += _groups_beyond(reader, areas)
    for index, place in enumerate(places):
        if place.area not in area_codes and AREAS not in broken:
            line = reader.line_of("places.csv", (index,))
            found.append(
                Fault("places.csv", line, "area", f"{place.area} is no code in areas.csv; add it there or correct it")
            )
    for index, official in enumerate(officials):
        line = reader.line_of("officials.csv", (index,))
        for field, codes, known, file in (
            ("areas", official.areas, area_codes, "areas.csv"),
            ("categories", official.categories, category_codes, "categories.yaml"),
        ):
            if not codes:
                found.append(Fault("officials.csv", line, field, "is empty; write codes separated by |, or * for all"))
            for code in codes:
                if code != "*" and code not in known and file not in broken:
                    found.append(Fault("officials.csv", line, field, f"{code} is no code in {file}"))
    return found


def of_rules(reader: Reader, rules: Rules, categories: Sequence[Category], *, complete: bool) -> list[Fault]:
    """Faults of the programme against itself: folder name, languages of labels, places on the wrong side of the world."""
    file = "programme.yaml"
    found = []
    if rules.code != reader.folder.name and complete:
        line = reader.line_of(file, ("code",))
        found.append(Fault(file, line, "code", f"must be the folder's name, {reader.folder.name}"))
    found += _doubles(reader, file, "languages", list(rules.languages), prefix=("languages",))
    first = rules.languages[0]
    if first not in rules.consent and complete:
        found.append(
            Fault(file, reader.line_of(file, ("consent",)), "consent", f"write it in {first}, the first language")
        )
    for name, question in rules.questions.items():
        found += _question(reader, rules, name, question)
    if not categories and "categories.yaml" not in {fault.file for fault in reader.faults}:
        found.append(Fault("categories.yaml", 1, "categories", "write at least one"))
    for index, category in enumerate(categories):
        missing = [tag for tag in rules.languages if tag not in category.label]
        if missing and complete:
            line = reader.line_of("categories.yaml", ("categories", index, "label"))
            found.append(
                Fault("categories.yaml", line, f"{category.code}.label", f"write it also in {', '.join(missing)}")
            )
    return found


def _question(reader: Reader, rules: Rules, name: str, question: Question) -> list[Fault]:
    """Languages a question or one of its choices lacks, and choices that stand twice."""
    file = "programme.yaml"
    wordings: dict[tuple[int | str, ...], Mapping[str, str]] = {("ask",): question.ask}
    wordings |= {("choices", index, "label"): choice.label for index, choice in enumerate(question.choices)}
    found = []
    for path, wording in wordings.items():
        missing = [tag for tag in rules.languages if tag not in wording]
        if missing:
            line = reader.line_of(file, ("questions", name, *path))
            field = ".".join(str(part) for part in ("questions", name, *path))
            found.append(Fault(file, line, field, f"write it also in {', '.join(missing)}"))
    codes = [choice.code for choice in question.choices]
    return found + _doubles(reader, file, f"questions.{name}.choices", codes, prefix=("questions", name, "choices"))


def of_channels(reader: Reader, entries: Sequence[ChannelEntry]) -> list[Fault]:
    """Unknown types, unknown or missing settings, secrets written into the file."""
    file = "channels.yaml"
    found = _doubles(reader, file, "name", [entry.name for entry in entries], prefix=("channels",))
    if not entries and file not in {fault.file for fault in reader.faults}:
        found.append(Fault(file, 1, "channels", "write at least one, such as {name: web, type: webchat}"))
    for index, entry in enumerate(entries):
        line = reader.line_of(file, ("channels", index))
        if entry.type not in CHANNELS:
            known = ", ".join(sorted(CHANNELS))
            found.append(Fault(file, line, f"{entry.name}.type", f"{entry.type} is no channel; choose one of {known}"))
            continue
        found += _settings_faults(file, line, entry)
        home = entry.settings.get("sms_channel")
        if home and ("africastalking", home) not in {(other.type, other.name) for other in entries}:
            remedy = f"{home} is no africastalking channel of this programme; name one, or delete the setting"
            found.append(Fault(file, line, f"{entry.name}.settings.sms_channel", remedy))
    return found


def _settings_faults(file: str, line: int, entry: ChannelEntry) -> list[Fault]:
    fields = {field.name: field for field in settings_of(entry.type)}
    known = (*fields, *COMMON)
    found = [
        Fault(file, line, f"{entry.name}.settings.{name}", f"unknown; {entry.type} takes {', '.join(known)}")
        for name in entry.settings
        if name not in known
    ]
    found += [
        Fault(file, line, f"{entry.name}.settings.{name}", "is missing; write it")
        for name, field in fields.items()
        if field.default is MISSING and field.default_factory is MISSING and name not in {*entry.settings, OURS}
    ]
    addresses = str(entry.settings.get("allowed_addresses", ""))
    if not addresses.startswith("$"):
        try:
            read_networks(addresses)
        except ValueError as fault:
            found.append(Fault(file, line, f"{entry.name}.settings.allowed_addresses", str(fault)))
    for name, value in entry.settings.items():
        if value is None or isinstance(value, dict | list) or str(value).strip() in ("", "$"):
            found.append(Fault(file, line, f"{entry.name}.settings.{name}", "is empty; write it, or delete the line"))
        elif name in fields and fields[name].metadata.get("secret") and not str(value).startswith("$"):
            remedy = "is a secret; write the name of an environment variable, such as $TWILIO_AUTH_TOKEN"
            found.append(Fault(file, line, f"{entry.name}.settings.{name}", remedy))
    return found


def _doubles(
    reader: Reader, file: str, field: str, codes: list[str], prefix: tuple[int | str, ...] = ()
) -> list[Fault]:
    found = []
    counts = Counter(codes)
    for index, code in enumerate(codes):
        if counts[code] > 1 and index != codes.index(code):
            found.append(Fault(file, reader.line_of(file, (*prefix, index)), field, f"{code} stands twice; keep one"))
    return found


def _groups_beyond(reader: Reader, areas: Sequence[Area]) -> list[Fault]:
    """Groups of more people than live in the area."""
    return [
        Fault(
            AREAS,
            reader.line_of(AREAS, (index,)),
            f"population_{group}",
            f"is more than the population, {area.population}",
        )
        for index, area in enumerate(areas)
        for group, people in area.populations.items()
        if area.population is not None and people > area.population
    ]


def _broken_parents(reader: Reader, areas: Sequence[Area], *, complete: bool) -> list[Fault]:
    """Parents that are no area, if every area could be read, and circles."""
    parents = {area.code: area.parent for area in areas}
    found = []
    for index, area in enumerate(areas):
        line = reader.line_of("areas.csv", (index,))
        if area.parent is not None and area.parent not in parents:
            if complete:
                found.append(Fault("areas.csv", line, "parent", f"{area.parent} is no code in this file"))
            continue
        seen = [area.code]
        above = area.parent
        while above is not None and above in parents and above not in seen:
            seen.append(above)
            above = parents[above]
        if above == area.code:
            found.append(Fault("areas.csv", line, "parent", f"{' → '.join([*seen, above])} is a circle; break it"))
    return found
