"""import, user and replay on a database of their own."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from tests.service.cli.conftest import Run

CSV = (
    "sender,text,sent_at,id\r\n"
    "amina,No water in Gatwekera,2026-01-05T08:00:00+03:00,1\r\n"
    "baraka,,2026-01-05T09:00:00+03:00,2\r\n"
    'chebet,"Roads, again",yesterday,3\r\n'
    "dalili,too,many,cells,here\r\n"
    "fatuma,Long ago,0001-01-01T00:00:00+14:00,6\r\n"
    'esther,"Two\r\nlines",2026-01-06T08:00:00+03:00,5\r\n'
)


def test_good_rows_go_in_and_bad_ones_are_named_by_line(answerable: Run, village: Path, tmp_path: Path) -> None:
    file = tmp_path / "past.csv"
    file.write_bytes(b"\xef\xbb\xbf" + CSV.encode())
    result = answerable("import", file, "--programme", village)
    assert result.exit_code == 1
    assert "2 texts are new" in result.stdout
    for line in (
        "past.csv:3: text is empty",
        "past.csv:4: sent_at is no date",
        "past.csv:5: 5 cells",
        "past.csv:6: sent_at is no date",
    ):
        assert line in result.stderr
    again = answerable("import", file, "--programme", village)
    assert "0 texts are new" in again.stdout


def test_json_lines_are_taken_too(answerable: Run, village: Path, tmp_path: Path) -> None:
    file = tmp_path / "past.jsonl"
    file.write_text('{"sender": "amina", "text": "No water"}\n{"sender": "amina"}\nbroken\n')
    result = answerable("import", file, "--programme", village)
    assert "1 texts are new" in result.stdout
    assert "past.jsonl:2: text is empty" in result.stderr
    assert "past.jsonl:3: not JSON" in result.stderr


def test_a_file_of_another_kind_is_refused(answerable: Run, village: Path, tmp_path: Path) -> None:
    for name, content, said in (
        ("a.xlsx", "PK", "must end in .csv or .jsonl"),
        ("a.csv", "who,what\n", "must name the columns"),
    ):
        (tmp_path / name).write_text(content)
        result = answerable("import", tmp_path / name, "--programme", village)
        assert (result.exit_code, said in result.stderr) == (1, True)


def test_replay_says_what_is_left(answerable: Run) -> None:
    assert "0 dead texts will be tried again" in answerable("replay").stdout


def test_a_newer_database_is_refused_with_what_to_do(answerable: Run, tmp_path: Path) -> None:
    assert answerable("migrate").exit_code == 0
    with sqlite3.connect(tmp_path / "var" / "answerable.db") as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    database.close()
    result = answerable("migrate")
    assert result.exit_code == 1
    assert "restore a backup" in result.stderr


def test_what_stands_in_the_way_of_the_database_is_said(answerable: Run, tmp_path: Path) -> None:
    (tmp_path / "var").mkdir()
    (tmp_path / "var" / "answerable.db").write_bytes(b"no database " * 1000)
    result = answerable("migrate")
    assert (result.exit_code, "file is not a database. Check the folder VAR" in result.stderr) == (1, True), result


def test_a_key_that_is_none_is_not_replaced(answerable: Run, tmp_path: Path) -> None:
    (tmp_path / "var").mkdir()
    (tmp_path / "var" / "secret.key").write_bytes(b"")
    result = answerable("migrate")
    assert (result.exit_code, "Put it back from your backup" in result.stderr) == (1, True), result
    assert (tmp_path / "var" / "secret.key").read_bytes() == b""


def test_a_folder_that_cannot_be_made_is_named(answerable: Run, tmp_path: Path) -> None:
    (tmp_path / "var").write_bytes(b"a file")
    result = answerable("migrate")
    assert (result.exit_code, "cannot be made" in result.stderr) == (1, True), result
