"""analyse, learn and evaluate over lines, good and bad."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from nlp.knowledge import Knowledge
from tests.conftest import lend_hearing
from tests.service.cli.conftest import Run


def _lines(*entries: object) -> str:
    return "".join(json.dumps(entry, ensure_ascii=False) + "\n" for entry in entries)


def test_a_line_in_is_a_line_out_and_bad_ones_are_named(answerable: Run, village: Path) -> None:
    texts = _lines({"id": "a", "text": "No water in Gatwekera"}, {"id": "b"}, {"id": 3, "text": ""}) + "not json\n"
    result = answerable("analyse", "--programme", village, input=texts)
    assert result.exit_code == 1
    found = [json.loads(line) for line in result.stdout.splitlines()]
    assert [line["id"] for line in found] == ["a", 3]
    assert found[0]["location"]["area"] == "upper"
    assert set(found[0]) == {
        "id", "language", "names_sought", "redacted",
        "kind", "categories", "places", "location", "urgent", "sensitive", "version",
    }  # fmt: skip
    assert 'line 2: must be an object with "text"' in result.stderr
    assert "line 4: not JSON" in result.stderr


def test_a_file_is_analysed_as_standard_input_is(answerable: Run, village: Path, tmp_path: Path) -> None:
    texts = _lines({"id": "a", "text": "No water in Gatwekera"}, {"id": "b", "text": "the road in Soko"})
    file = tmp_path / "texts.jsonl"
    file.write_text(texts)
    named = answerable("analyse", "--programme", village, file, input="")
    assert named.stdout == answerable("analyse", "--programme", village, input=texts).stdout
    assert len(named.stdout.splitlines()) == 2
    missing = answerable("analyse", tmp_path / "text.jsonl")
    assert (missing.exit_code, missing.stdout) == (2, "") and "does not exist" in missing.stderr


@pytest.mark.parametrize("text", ["the road to Soko is broken", "hello", "!!!"])
def test_all_scores_are_printed_when_asked(text: str, answerable: Run, village: Path) -> None:
    result = answerable("analyse", "--programme", village, "--scores", "all", input=_lines({"id": "a", "text": text}))
    scores = {finding["code"]: finding["score"] for finding in json.loads(result.stdout)["categories"]}
    assert scores.keys() == {"water", "roads", "clinic", "fire", "violence_home"}
    assert any(scores.values()) == text.startswith("the road")


def test_without_a_programme_there_is_still_an_analysis(answerable: Run, models: Path, tmp_path: Path) -> None:
    lend_hearing(Knowledge(), models, tmp_path / "var" / "models")
    result = answerable("analyse", input=_lines({"id": "a", "text": "call me on +254 712 345 678 about the water"}))
    line = json.loads(result.stdout)
    assert "712" not in line["redacted"]
    assert line["categories"] == []


def test_learning_says_what_was_gained_and_the_next_analysis_knows(
    answerable: Run, village: Path, tmp_path: Path
) -> None:
    decisions = tmp_path / "decisions.jsonl"
    zuwani = {"name": "Zuwani", "lat": -1.31, "lon": 36.79}
    good: list[dict[str, object]] = [
        {"text": "the ferry at Zuwani is late", "categories": ["roads"], "place": zuwani},
        {"text": "again no ferry in Zuwani today", "categories": ["roads"], "place": zuwani},
        {"text": "we wait for the ferry since morning", "categories": ["roads"], "place": None},
        {"text": "the captain of the ferry is drunk", "categories": ["roads"], "place": zuwani | {"name": None}},
        {"text": "ferry ticket is too expensive", "categories": ["roads"]},
        {"text": "good morning to you all", "translation": "habari za asubuhi", "categories": []},
    ]
    decisions.write_text(
        _lines(*good, {"text": "x", "categories": ["ferries"]}, {"text": "y", "place": {"lat": 99, "lon": 1}})
        + _lines({"text": "z", "translation": ["kivuko"], "categories": []}, {"text": "z", "translation": " "})
    )
    result = answerable("learn", "--programme", village, decisions)
    assert result.exit_code == 1, result.output
    assert "4 lines refused (7, 8, 9, 10); the other 6 are learned" in result.stderr
    assert "6 decisions known, 6 of them new" in result.stdout
    assert "line 7: ferries: no such code" in result.stderr
    assert 'line 8: "place": latitude' in result.stderr
    assert 'line 9: "translation" must be the text in another language' in result.stderr
    assert 'line 10: "translation"' in result.stderr
    found = json.loads(
        answerable("analyse", "--programme", village, input=_lines({"text": "ferry at Zuwani sank"})).stdout
    )
    assert [finding["code"] for finding in found["categories"]] == ["roads"]
    assert found["location"] is not None


def test_what_is_urgent_and_what_is_not_sensitive_is_learned_and_sensitive_accounts_are_not(
    answerable: Run, village: Path, tmp_path: Path
) -> None:
    calm, alarming = (
        "the wrestlers beat each other at the fair and all of us cheered",
        "the ferry bell has fallen silent",
    )
    secret = "zuwena says the storekeeper wants a kiss for a bag of salt"
    decisions, var = tmp_path / "decisions.jsonl", tmp_path / "var"
    decisions.write_text(
        _lines(
            *({"text": f"{calm}{mark}", "categories": [], "sensitive": [], "urgent": False} for mark in ("", ".", "!"))
        )
        + _lines(*({"text": f"{alarming}{mark}", "urgent": True} for mark in ("", ".", "!")))
        + _lines(
            {"text": secret, "sensitive": ["sexual_exploitation"], "categories": []}, {"text": "x", "urgent": "yes"}
        )
        + _lines({"text": "x", "sensitive": ["gossip"]})
    )

    def ask() -> list[dict[str, Any]]:
        asked = _lines({"text": calm}, {"text": alarming})
        return [
            json.loads(line) for line in answerable("analyse", "--programme", village, input=asked).stdout.splitlines()
        ]

    before = ask()
    assert [bool(answer["sensitive"]) for answer in before] == [True, False]
    assert [answer["urgent"]["score"] >= 0.5 for answer in before] == [False, False]
    result = answerable("learn", "--programme", village, decisions)
    assert 'line 8: "urgent" must be true or false' in result.stderr and "line 9: gossip" in result.stderr
    assert "6 decisions known" in result.stdout and "Sensitive accounts: 1. They teach nothing" in result.stdout
    assert not any(b"zuwena" in path.read_bytes() for path in var.rglob("*") if path.is_file())
    after = ask()
    assert [bool(answer["sensitive"]) for answer in after] == [False, False]
    assert [answer["urgent"]["score"] >= 0.5 for answer in after] == [False, True]


def test_a_text_that_is_found_sensitive_later_is_forgotten(answerable: Run, village: Path, tmp_path: Path) -> None:
    decisions, lessons = tmp_path / "decisions.jsonl", tmp_path / "var" / "models" / "village" / "lessons.jsonl"
    told = {"text": "zuwena wept at the ferry", "categories": ["roads"]}
    decisions.write_text(_lines(told, {"text": "the ferry is late", "categories": ["roads"]}))
    answerable("learn", "--programme", village, decisions)
    assert "zuwena" in lessons.read_text()
    decisions.write_text(_lines(told, {"text": told["text"], "sensitive": ["violence"]}))
    result = answerable("learn", "--programme", village, decisions)
    assert result.exit_code == 0 and "1 decisions known, 0 of them new" in result.stdout, result.output
    assert "zuwena" not in lessons.read_text() and "ferry is late" in lessons.read_text()


def test_evaluation_puts_the_baselines_first(answerable: Run, village: Path, tmp_path: Path) -> None:
    gold = tmp_path / "gold.jsonl"
    gold.write_text(
        _lines(
            {
                "text": "No water in Gatwekera",
                "language": "en",
                "categories": ["water"],
                "place": {"lat": -1.313, "lon": 36.783},
            },
            {"text": "shimo kubwa barabarani", "language": "sw", "categories": ["roads"], "place": None},
        )
    )
    result = answerable("evaluate", "--programme", village, gold)
    assert result.exit_code == 0, result.output
    assert result.stdout.index("baseline: majority category") < result.stdout.index("categories, micro F1")


def test_evaluation_in_time_order_learns_for_this_once(answerable: Run, village: Path, tmp_path: Path) -> None:
    lines = [
        {"text": f"the ferry is late {number}", "time": f"2026-01-{number:02}", "categories": ["roads"], "place": None}
        for number in [*range(1, 29)] * 2
    ]
    gold = tmp_path / "gold.jsonl"
    gold.write_text(
        _lines(*sorted(lines, key=lambda line: str(line["time"])), {"text": "x", "categories": ["ferries"]})
    )
    result = answerable("evaluate", "--programme", village, "--split", "0.5", gold, "--allow-refused")
    assert result.exit_code == 0, result.output
    assert "1 line refused (57); these are the figures on the other 56" in result.stderr
    assert "line 57: ferries: no such code" in result.stderr
    assert "28 texts" in result.stdout
    assert "baseline: the programme's files alone, micro F1" in result.stdout
    assert '"categories": []' in answerable("analyse", "--programme", village, input=_lines({"text": "ferry"})).stdout


def test_lines_out_of_order_are_not_split(answerable: Run, village: Path, tmp_path: Path) -> None:
    gold = tmp_path / "gold.jsonl"
    gold.write_text("\n" + _lines({"text": "a", "time": "2026-01-02"}, {"text": "b", "time": "2026-01-01"}))
    result = answerable("evaluate", "--programme", village, "--split", "0.6", gold)
    assert result.exit_code == 1
    assert 'line 3: its "time" is before that of the line above' in result.stderr
    assert answerable("evaluate", "--programme", village, "--split", "1.5", gold).exit_code == 2


def test_hostile_lines_are_refused_in_words(answerable: Run, village: Path, tmp_path: Path) -> None:
    hostile = tmp_path / "hostile"
    lines = [
        b"", bytes(range(256)), '{"text": "a"}\n'.encode("utf-16"), b"null", b"[1]", b'{"text": null}',
        b'{"text": "a", "id": NaN}',
        b'{"text": "a", "id": ' + b"9" * 5000 + b"}", b"[" * 100_000, b'{"text": "a", "place": {"lat": 1e999, "lon": 1}}',
        b'{"text": "a", "place": {"lat": ' + b"9" * 400 + b', "lon": 1}}', b'{"text": "a", "categories": {"water": 1}}',
        b'{"text": "a", "categories": ["\\ud800"]}',
    ]  # fmt: skip
    for line in lines:
        hostile.write_bytes(line + b"\n")
        for command in (("learn",), ("evaluate",), ("evaluate", "--split", "0.5")):
            result = answerable(*command, "--programme", village, hostile)
            assert result.exit_code == 1 and isinstance(result.exception, SystemExit), (command, line[:40])
            assert str(hostile) in result.stderr


def test_windows_marks_and_lone_surrogates_are_read(answerable: Run, village: Path, tmp_path: Path) -> None:
    decisions = tmp_path / "decisions.jsonl"
    decisions.write_bytes(b'\xef\xbb\xbf{"text": "tap \\ud800 dry", "categories": ["water"]}\r\n\r\n')
    assert answerable("learn", "--programme", village, decisions).exit_code == 0
    analysed = answerable("analyse", "--programme", village, input=decisions.read_bytes())
    assert analysed.exit_code == 0 and len(analysed.stdout.splitlines()) == 1


def test_a_folder_that_cannot_be_written_is_named(answerable: Run, village: Path, tmp_path: Path) -> None:
    (tmp_path / "var").write_text("a file where a folder should be")
    decisions = tmp_path / "decisions.jsonl"
    decisions.write_text(_lines({"text": "no water", "categories": ["water"]}))
    for command in (("learn", decisions), ("evaluate", decisions), ("analyse",)):
        result = answerable(*command, "--programme", village, input="")
        assert result.exit_code == 1 and isinstance(result.exception, SystemExit), command
        assert str(tmp_path / "var") in result.stderr and "VAR" in result.stderr
