"""What the tutorial tells to do works: its files make a programme that `answerable check` finds in order."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
TUTORIAL = (ROOT / "docs" / "tutorial" / "first-programme.md").read_text("utf-8")
FILES: dict[str, str] = dict(
    re.findall(r"^`(umoja/[\w./]+)`:\n\n```\w+\n(.*?)^```$", TUTORIAL, re.MULTILINE | re.DOTALL)
)
COPIES: list[tuple[str, str]] = re.findall(r"^cp (\S+) ~/programmes/(\S+)$", TUTORIAL, re.MULTILINE)


def _lay_out(folder: Path) -> Path:
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    for source, target in COPIES:
        (folder / target).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / source, folder / target)
    return folder / "umoja"


def _answerable(*words: str, cwd: Path, text: str = "") -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("answerable")), *words]
    return subprocess.run(command, cwd=cwd, input=text, capture_output=True, text=True, check=False)


def test_the_files_of_the_tutorial_make_a_programme(tmp_path: Path) -> None:
    programme = _lay_out(tmp_path)
    result = _answerable("check", str(programme), cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    assert result.stdout in TUTORIAL


def test_the_fault_of_the_tutorial_is_named_as_it_says(tmp_path: Path) -> None:
    programme = _lay_out(tmp_path)
    places = programme / "places.csv"
    places.write_text(places.read_text("utf-8").replace(",kanyama,", ",kanyma,", 1), encoding="utf-8")
    result = _answerable("check", str(programme), cwd=tmp_path)
    assert result.returncode == 1
    assert result.stderr in TUTORIAL


def test_the_text_of_the_tutorial_is_understood_as_it_says(tmp_path: Path) -> None:
    programme = _lay_out(tmp_path)
    (line,) = re.findall(r"^echo '(.*)' \|", TUTORIAL, re.MULTILINE)
    result = _answerable("analyse", "--programme", str(programme), cwd=tmp_path, text=line)
    assert result.returncode == 0, result.stderr
    analysis = json.loads(result.stdout)
    assert [finding["code"] for finding in analysis["categories"]] == ["water"]
    assert analysis["location"]["name"] == "Garden House"
