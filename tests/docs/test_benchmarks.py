"""`make bench` runs every benchmark, also after one failed, and says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.__main__ import FOLDER, benchmarks, run


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    folder = tmp_path / "measured"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    (folder / "helper.py").write_text("def measure(): ...\n")
    (folder / "broken.py").write_text("def main(): ...\nraise SystemExit(3)\n")
    (folder / "sound.py").write_text("def main(): print('a table')\nmain()\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return folder.name


def test_every_module_with_a_main_is_a_benchmark(tmp_path: Path, package: str) -> None:
    assert benchmarks(tmp_path / package) == ["broken", "sound"]
    assert benchmarks(FOLDER)


def test_a_failing_benchmark_is_named_and_the_next_one_runs(
    tmp_path: Path, package: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run(package, benchmarks(tmp_path / package)) == ["broken"]
    assert "a table" in capfd.readouterr().out
