"""model list, compare and use: versions seen, measured side by side, and put to use."""

from __future__ import annotations

import json
from pathlib import Path

from nlp.forgetting import forget
from nlp.knowledge import Lesson
from nlp.store import Store
from service.programme import load
from tests.service.cli.conftest import Run

FERRIES = [{"text": f"the ferry number {n} is late again", "categories": ["roads"]} for n in range(6)]


def _learn(answerable: Run, village: Path, file: Path, entries: list[dict[str, object]]) -> str:
    file.write_text("".join(json.dumps(entry) + "\n" for entry in entries))
    result = answerable("learn", "--programme", village, file)
    assert result.exit_code == 0
    return result.stdout.splitlines()[-1].split()[0]


def test_versions_are_listed_compared_and_put_to_use(answerable: Run, village: Path, tmp_path: Path) -> None:
    missing = answerable("model", "list", "--programme", village)
    assert missing.exit_code == 1 and "no model yet" in missing.stderr
    first = _learn(answerable, village, tmp_path / "one.jsonl", list(FERRIES[:2]))
    second = _learn(answerable, village, tmp_path / "two.jsonl", list(FERRIES[2:]))
    listed = answerable("model", "list", "--programme", village).stdout
    assert first in listed
    assert "in use" in next(line for line in listed.splitlines() if second in line)

    seen = answerable("model", "compare", "--programme", village, first, second)
    assert seen.exit_code == 1 and "--gold" in seen.stderr
    gold = tmp_path / "gold.jsonl"
    gold.write_text(json.dumps({"text": "when comes the ferry", "categories": ["roads"]}) + "\n")
    compared = answerable("model", "compare", "--programme", village, first, second, "--gold", gold)
    assert compared.exit_code == 0
    assert "all, micro" in compared.stdout and "roads" in compared.stdout

    store = Store(tmp_path / "var" / "models", "village")
    used = answerable("model", "use", "--programme", village, first)
    assert used.exit_code == 0 and store.current() == first and store.held()
    assert "held in use" in answerable("model", "list", "--programme", village).stdout
    assert answerable("model", "use", "--programme", village, "latest").exit_code == 0
    assert store.current() == second and not store.held()


def test_a_version_that_is_not_there_or_does_not_fit_is_refused(answerable: Run, village: Path, tmp_path: Path) -> None:
    first = _learn(answerable, village, tmp_path / "one.jsonl", list(FERRIES))
    unknown = answerable("model", "use", "--programme", village, "2020.01-ffffff")
    assert unknown.exit_code == 1 and first in unknown.stderr
    categories = village / "categories.yaml"
    categories.write_text(categories.read_text().replace("water", "waters").replace("code: waters", "code: water"))
    other = answerable("model", "use", "--programme", village, first)
    assert other.exit_code == 1 and "other files" in other.stderr


def test_what_stands_in_for_a_held_version_is_told(answerable: Run, village: Path, tmp_path: Path) -> None:
    held = _learn(answerable, village, tmp_path / "one.jsonl", list(FERRIES))
    assert answerable("model", "use", "--programme", village, held).exit_code == 0
    knowledge, models = load(village).knowledge, tmp_path / "var" / "models"
    lessons = [Lesson(str(each["text"]), ("roads",)) for each in FERRIES]
    # Two erasures: what somebody chose is still named.
    for kept in (lessons[:4], lessons[:2]):
        stands_in = forget(knowledge, kept, models)
    listed = answerable("model", "list", "--programme", village).stdout
    assert f"{stands_in} stands in for {held}." in listed and "held in use" in listed
    assert "were erased" in listed
    asked = answerable("model", "use", "--programme", village, held)
    assert asked.exit_code == 1 and f"{stands_in} stands in for {held}." in asked.stderr


def test_decisions_neither_has_learned_are_compared_on(answerable: Run, village: Path, tmp_path: Path) -> None:
    first = _learn(answerable, village, tmp_path / "one.jsonl", list(FERRIES[:2]))
    compared = answerable("model", "compare", "--programme", village, first, first)
    assert compared.exit_code == 1
    _learn(answerable, village, tmp_path / "two.jsonl", list(FERRIES[2:]))
    compared = answerable("model", "compare", "--programme", village, first, first)
    assert compared.exit_code == 0 and "On 4 texts" in compared.stdout


def test_gold_lines_with_faults_are_named_and_the_others_compared_on(
    answerable: Run, village: Path, tmp_path: Path
) -> None:
    first = _learn(answerable, village, tmp_path / "one.jsonl", list(FERRIES))
    gold = tmp_path / "gold.jsonl"
    faults: list[object] = [
        {"text": "a", "categories": [["roads"]]}, {"text": "a", "categories": ["ferries"]}, {"text": 5},
        {"text": "a", "kind": "song"}, {"text": "a", "sensitive": ["noise"]}, {"text": "a", "urgent": "yes"},
        {"text": "a", "personal": [5]}, {"text": "a", "language": 5}, {"text": "a", "place": {"lat": True, "lon": 1}},
        {"text": "a", "place": {"lat": 10**400, "lon": 1}}, {"text": "a", "place": {"lat": float("nan"), "lon": 1}},
        {"text": "when comes the ferry", "categories": ["roads"]},
    ]  # fmt: skip
    gold.write_text("".join(json.dumps(entry) + "\n" for entry in faults))
    arguments = ("model", "compare", "--programme", village, first, first, "--gold", gold)
    compared = answerable(*arguments)
    assert compared.exit_code == 1 and "On 1 texts" in compared.stdout
    assert "11 lines refused (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)" in compared.stderr
    for number, why in (
        (1, "list of codes"),
        (2, "ferries"),
        (3, '"text"'),
        (4, "question"),
        (5, "noise"),
        (6, "true"),
    ):
        assert why in next(line for line in compared.stderr.splitlines() if line.startswith(f"line {number}:"))
    assert answerable(*arguments, "--allow-refused").exit_code == 0
