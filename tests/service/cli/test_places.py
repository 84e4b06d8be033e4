"""places import, list and remove, as people type them."""

from __future__ import annotations

import json
from pathlib import Path

from tests.service.cli.conftest import Run


def test_names_are_imported_used_listed_and_removed(answerable: Run, village: Path, tmp_path: Path) -> None:
    file = tmp_path / "stages.csv"
    file.write_text("name,lat,lon\nZanzibari Corner,-1.31,36.79\nnowhere,,\n")
    result = answerable("places", "import", file, "--programme", village)
    assert result.exit_code == 0, result.stderr
    assert "1 places imported, 1 rows passed over" in result.stdout
    assert "row 3: its latitude is not a number" in result.stderr
    assert "stages.csv" in answerable("places", "list", "--programme", village).stdout
    text = json.dumps({"id": "1", "text": "No light at Zanzibari Corner"})
    line = json.loads(answerable("analyse", "--programme", village, input=text).stdout)
    assert line["location"]["name"] == "Zanzibari Corner"
    assert answerable("places", "remove", "stages", "--programme", village).exit_code == 0
    line = json.loads(answerable("analyse", "--programme", village, input=text).stdout)
    assert line["location"] is None
    assert answerable("places", "remove", "stages", "--programme", village).exit_code == 1


def test_a_file_that_is_none_is_refused_with_what_to_do(answerable: Run, village: Path, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text("person,phone\nx,y\n")
    result = answerable("places", "import", file, "--programme", village)
    assert result.exit_code == 1
    assert "name them name, lat and lon in the first line" in result.stderr


def test_exchanged_degrees_are_named_and_nothing_is_imported(answerable: Run, village: Path, tmp_path: Path) -> None:
    file = tmp_path / "stages.csv"
    file.write_text("name,lat,lon\nZanzibari Corner,36.79,-1.31\nOther Corner,36.80,-1.32\n")
    result = answerable("places", "import", file, "--programme", village)
    assert result.exit_code == 1
    assert (
        "latitude and longitude seem swapped: 2 of 2 places lie in KE only when the two are exchanged" in result.stderr
    )
    file.write_text("name,lat,lon\nZanzibari Corner,-1.31,36.79\nB Corner,-1.31,36.79\nOther Corner,36.80,-1.32\n")
    result = answerable("places", "import", file, "--programme", village)
    assert result.exit_code == 0
    assert "1 places lie outside KE, 1 of them in it with latitude and longitude exchanged" in result.stderr
