"""Reading YAML, CSV and GeoJSON so that every fault knows its line."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from service.programme.faults import Fault
from service.programme.plaintext import Unreadable, text_of
from service.programme.plainyaml import Loader
from service.programme.remedies import remedy_for

Model = TypeVar("Model", bound=BaseModel)
LARGEST_BYTES = 50_000_000
LARGEST_YAML_BYTES = 5_000_000
"""Reading a megabyte of YAML takes more than a second."""
SEPARATORS = {";": "semicolons", "\t": "tabs"}
LOOK = "look for a missing quote, colon or indentation"
COMMAS = "put cells with commas in quotes, and write numbers as 9.41 and 12000"
QUOTE = 'look for a quotation mark (") too many or missing from this line on'
GUIDE = "docs/reference/programme-folder.md"


def _also_called(file: str) -> tuple[str, ...]:
    """What a file is called by mistake: editors add .txt and hide it, and YAML has two endings."""
    return f"{file}.txt", file.replace(".yaml", ".yml")


@dataclass(frozen=True)
class Sheet(Generic[Model]):
    """A CSV file: its model, how a row becomes the model's fields, its columns and the prefix further ones may have."""

    model: type[Model]
    fields: Callable[[dict[str, str]], dict[str, Any]]
    columns: tuple[str, ...]
    open_prefix: str | None = None


class Reader:
    """Reads the files of one folder and collects what is wrong with them. `guide` is the document that says what they hold."""

    def __init__(self, folder: Path, guide: str = GUIDE) -> None:
        self.folder = folder
        self._guide = guide
        self.faults: list[Fault] = []
        self._nodes: dict[str, yaml.Node] = {}
        self._rows: dict[str, list[int]] = {}

    def fault(self, file: str, line: int, field: str, remedy: str) -> None:
        self.faults.append(Fault(file, line, field, remedy))

    def text(self, file: str, *, optional: bool = False) -> str | None:
        """The file as text without byte-order mark, or None with a fault noted."""
        path = self.folder / file
        if not path.is_file():
            if not optional:
                other = next((name for name in _also_called(file) if (self.folder / name).is_file()), None)
                do = f"{other} is there: rename it" if other else f"see {self._guide} for what it holds"
                self.fault(file, 0, "", f"the file is missing; {do}")
            return None
        largest = LARGEST_YAML_BYTES if path.suffix == ".yaml" else LARGEST_BYTES
        if path.stat().st_size > largest:
            self.fault(file, 0, "", f"the file is larger than {largest // 1_000_000} MB")
            return None
        try:
            return text_of(path.read_bytes())
        except Unreadable as unreadable:
            self.fault(file, unreadable.line, "", str(unreadable))
            return None

    def _yaml(self, file: str, *, optional: bool = False) -> Any:
        text = self.text(file, optional=optional)
        if text is None:
            return None
        try:
            loader = Loader(text)  # used for both, as reading a file twice takes twice as long
            node = loader.get_single_node()
            doubled = list(_doubled_keys(node))
            value = None if node is None else loader.construct_document(node)
        except yaml.MarkedYAMLError as error:
            line = error.problem_mark.line + 1 if error.problem_mark else 1
            look = "indent with spaces, not with tabs" if "'\\t'" in str(error.problem) else LOOK
            self.fault(file, line, "", f"not YAML: {error.problem}; {look}")
            return None
        except (yaml.YAMLError, ValueError, RecursionError):
            self.fault(file, 1, "", f"not YAML that can be read; see {self._guide} for an example")
            return None
        if node is not None:
            self._nodes[file] = node
        for line, key in doubled:
            self.fault(file, line, key, "this key stands twice; keep one")
        return value

    def line_of(self, file: str, path: tuple[int | str, ...]) -> int:
        """The line where a value of a YAML file, or row of a CSV file, stands; the nearest one above if it is absent."""
        if file in self._rows:
            rows = self._rows[file]
            index = path[0] if path else 0
            return rows[index] if isinstance(index, int) and index < len(rows) else 1
        node = self._nodes.get(file)
        line = 1
        for step in path:
            found = None
            if isinstance(node, yaml.MappingNode):
                for key, value in node.value:
                    if key.value == str(step):
                        found, line = value, key.start_mark.line + 1
            elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
                found = node.value[step]
                line = found.start_mark.line + 1
            if found is None:
                break
            node = found
        return line

    def _validate(
        self, file: str, model: type[Model], value: Any, path: tuple[int | str, ...], row: str = ""
    ) -> Model | None:
        try:
            return model.model_validate(value)
        except ValidationError as error:
            for detail in error.errors(include_url=False, include_input=False):
                where = tuple(part for part in detail["loc"] if part != "[key]")
                field = row + ".".join(str(part) for part in where)
                remedy = remedy_for(field, detail["type"], detail["msg"], self._guide)
                self.fault(file, self.line_of(file, (*path, *where)), field, remedy)
            return None

    def model(self, file: str, model: type[Model]) -> Model | None:
        """A YAML file that is one mapping."""
        known = len(self.faults)
        value = self._yaml(file)
        if value is None and len(self.faults) > known:
            return None
        if not isinstance(value, dict):
            self.fault(file, 1, "", "the file must be keys and values, such as `name: Nairobi Voices`")
            return None
        return self._validate(file, model, value, ())

    def models(self, file: str, key: str, model: type[Model], *, optional: bool = False) -> list[Model]:
        """A YAML file with one key that holds a list."""
        known = len(self.faults)
        value = self._yaml(file, optional=optional)
        if value is None and (optional or len(self.faults) > known):
            return []
        entries = value.get(key) if isinstance(value, dict) else None
        if not isinstance(entries, list) or len(value) != 1:
            self.fault(file, 1, key, f"the file must be `{key}:` with a list below it, and nothing else")
            return []
        found = [
            self._validate(file, model, entry, (key, index), f"{_title(entry, index)}.")
            for index, entry in enumerate(entries)
        ]
        return [entry for entry in found if entry is not None]

    def mapping(self, file: str) -> dict[str, str]:
        """A YAML file of keys and phrases."""
        known = len(self.faults)
        value = self._yaml(file)
        if value is None and len(self.faults) > known:
            return {}
        if not isinstance(value, dict):
            self.fault(file, 1, "", "the file must be keys and phrases, such as `title: Weekly digest`")
            return {}
        for key, phrase in value.items():
            if not isinstance(phrase, str):
                self.fault(file, self.line_of(file, (key,)), str(key), "must be a phrase; put it in quotes")
        return {str(key): phrase for key, phrase in value.items() if isinstance(phrase, str)}

    def rows(self, file: str, sheet: Sheet[Model], *, optional: bool = False) -> list[Model]:
        """A CSV file with a header; empty lines are passed over."""
        text = self.text(file, optional=optional)
        if text is None:
            return []
        lines = csv.reader(io.StringIO(text, newline=""), strict=True)
        found: list[Model] = []
        numbers: list[int] = []
        self._rows[file] = numbers
        begins = 1
        try:
            header = [column.strip() for column in next(lines, [])]
            if not self._header_fits(file, header, sheet):
                return []
            begins = lines.line_num + 1
            for cells in lines:
                first, begins = begins, lines.line_num + 1
                if not any(cell.strip() for cell in cells):
                    continue
                if any("\n" in cell or "\r" in cell for cell in cells):
                    self.fault(file, first, "", f"not CSV: a cell goes on over several lines; {QUOTE}")
                    continue
                entry = self._row(file, lines.line_num, header, cells, sheet)
                if entry is not None:
                    found.append(entry)
                    numbers.append(lines.line_num)
        except csv.Error as error:
            self.fault(file, begins, "", f"not CSV: {error}; {QUOTE}")
        return found

    def _header_fits(self, file: str, header: list[str], sheet: Sheet[Model]) -> bool:
        if len(header) <= 1 and not "".join(header):
            self.fault(file, 1, "", f"the file is empty; its first line must be {','.join(sheet.columns)}")
            return False
        for separator, name in SEPARATORS.items():
            if len(header) == 1 and separator in header[0]:
                self.fault(file, 1, "", f"its columns are parted by {name}; save it again with commas")
                return False
        missing = [column for column in sheet.columns if column not in header]
        prefix = sheet.open_prefix
        unknown = [c for c in header if c not in sheet.columns and not (prefix and c.startswith(prefix))]
        twice = {column for column in header if header.count(column) > 1}
        for column in missing:
            self.fault(file, 1, column, "this column is missing; add it to the first line")
        for column in unknown:
            self.fault(file, 1, column or "(empty)", f"unknown column; the columns are {','.join(sheet.columns)}")
        for column in sorted(twice - set(unknown)):
            self.fault(file, 1, column, "this column stands twice; keep one")
        return not (missing or unknown or twice)

    def _row(self, file: str, line: int, header: list[str], cells: list[str], sheet: Sheet[Model]) -> Model | None:
        if len(cells) != len(header):
            remedy = f"{len(cells)} cells where the first line has {len(header)}; {COMMAS}"
            self.fault(file, line, "", remedy)
            return None
        row = {column: cell.strip() for column, cell in zip(header, cells, strict=True)}
        wrong = [c for c, cell in row.items() if c.startswith("population") and cell and not _counts(cell)]
        for column in wrong:
            self.fault(file, line, column, "must be a whole number of people, such as 12000, or empty")
        if wrong:
            return None
        try:
            return sheet.model.model_validate(sheet.fields(row))
        except ValidationError as error:
            for detail in error.errors(include_url=False, include_input=False):
                field = str(detail["loc"][0]) if detail["loc"] else ""
                self.fault(file, line, field, remedy_for(field, detail["type"], detail["msg"], self._guide))
            return None

    def geojson(self, file: str) -> dict[str, Any] | None:
        """A GeoJSON FeatureCollection, if the file is there."""
        text = self.text(file, optional=True)
        if text is None:
            return None
        try:
            value = json.loads(text)
        except (ValueError, RecursionError) as error:
            line = getattr(error, "lineno", 1)
            self.fault(file, line, "", "not JSON; export the boundaries again as GeoJSON")
            return None
        if not isinstance(value, dict) or value.get("type") != "FeatureCollection":
            self.fault(file, 1, "type", "must be a GeoJSON FeatureCollection")
            return None
        return value


def _counts(cell: str) -> bool:
    """Whether a cell is a number of people: no more than ten digits."""
    return cell.isdecimal() and len(cell) <= 10


def _title(entry: object, index: int) -> str:
    """What people call an entry of a list: its code, its name, or its number."""
    named = entry.get("code") or entry.get("name") if isinstance(entry, dict) else None
    return str(named or index + 1)


def _doubled_keys(node: yaml.Node | None) -> Iterator[tuple[int, str]]:
    """The lines and names of keys that stand for the second time in their mapping."""
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if str(key.value) in seen:
                yield key.start_mark.line + 1, str(key.value)
            seen.add(str(key.value))
            yield from _doubled_keys(value)
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            yield from _doubled_keys(value)
