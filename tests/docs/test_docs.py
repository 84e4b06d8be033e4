"""The documents are true: links resolve, what they name exists, generated pages are fresh, every part has its line."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import typer

from channels import CHANNELS
from dashboards.pages import PAGES
from nlp.steps.registry import STEPS
from service.cli.commands import app
from service.jobs import JOBS
from service.settings import Settings
from tools import reference

ROOT = Path(__file__).parents[2]
PAGES_OF_DOCS = sorted(
    [*(ROOT / "docs").rglob("*.md"), *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md"))]
)
SETTINGS = {name.upper() for name in Settings.model_fields}
GENERATED = reference.pages()
WORDS = {name: (ROOT / name).read_text("utf-8") for name in ("README.md", "Makefile")}


def _identify(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


documents = pytest.mark.parametrize("path", PAGES_OF_DOCS, ids=_identify)


def _slug(heading: str) -> str:
    """The anchor that GitHub gives a heading."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def _anchors(path: Path) -> set[str]:
    return {_slug(heading) for heading in re.findall(r"^#+ (.+)$", path.read_text("utf-8"), re.MULTILINE)}


def _outside_code(text: str) -> str:
    return re.sub(r"```.*?```", "", text, flags=re.DOTALL)


@documents
def test_links_lead_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", _outside_code(path.read_text("utf-8"))):
        if "://" in target or target.startswith("mailto:"):
            continue
        name, _, anchor = target.partition("#")
        found = (path.parent / name).resolve() if name else path
        assert found.exists(), target
        if anchor:
            assert anchor in _anchors(found), target


@documents
def test_files_that_are_named_exist(path: Path) -> None:
    """Paths in backticks that begin with one of our folders; those with <, * or a made-up name are patterns."""
    folders = "service|channels|nlp|dashboards|migrations|programmes|benchmarks|tests|docs|tools"
    for name in re.findall(rf"`((?:{folders})/[\w./-]+)`", path.read_text("utf-8")):
        if not any(made_up in name for made_up in ("pigeon", "notices", "shouting", "count_waiting", "umoja")):
            assert (ROOT / name).exists(), name


def _resolve(words: list[str]) -> Any:
    """The command that words lead to, as far as they are names of commands."""
    command: Any = typer.main.get_command(app)
    for word in words:
        children = getattr(command, "commands", None)
        if children is None:
            return command
        assert word in children, f"answerable {' '.join(words)}"
        command = children[word]
    return command


@documents
def test_commands_exist_with_their_options(path: Path) -> None:
    spoken = re.findall(
        r"(?:`|^\s*(?:\$ )?(?:\.venv/bin/)?|exec \w+ |run --rm \w+ )answerable ((?:[\w./|-]+ ?)+)",
        path.read_text("utf-8"),
        re.MULTILINE,
    )
    for line in spoken:
        words = line.split()
        commands = [word for word in words if re.fullmatch(r"[a-z]+", word)]
        command = _resolve(commands)
        known = {
            name
            for parameter in getattr(command, "params", ())
            for name in (*parameter.opts, *parameter.secondary_opts)
        }
        assert {word for word in words if word.startswith("--")} <= known | {"--help"}, line


@documents
def test_make_words_exist(path: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", WORDS["Makefile"], re.MULTILINE))
    named = set(re.findall(r"(?:`|^)make ([a-z]+)", path.read_text("utf-8"), re.MULTILINE))
    assert named <= targets


@documents
def test_settings_that_are_named_exist(path: Path) -> None:
    """Whatever is written like a setting, in backticks and capitals, is one, or a known name of another kind."""
    others = {
        "POSTGRES_PASSWORD",
        "TEST_POSTGRESQL",
        "CI",
        "ANSWERABLE_DATA",
        "PYTHON",
        "STOP",
        "START",
        "HELP",
        "STATUS",
    }
    others |= {"FORGET", "QUOTE", "YES", "NO", "CHANNELS", "STEPS", "PAGES", "JOBS", "PRAGMA", "SIGTERM", "SIGKILL"}
    others |= {"NAME", "MOVES", "SUMMARY", "GET", "POST", "RETRY_AFTER", "DEMO", "DATABASE", "INTAKE", "SECRETS"}
    for name in re.findall(r"`\$?([A-Z][A-Z_]+)(?:=[^`]*)?`", path.read_text("utf-8")):
        assert name in SETTINGS | others or name.startswith(("NAIROBI_", "BIHAR_", "UMOJA_", "PIGEON_")), name


@pytest.mark.parametrize("name", sorted(GENERATED))
def test_reference_is_fresh(name: str) -> None:
    path = ROOT / "docs" / "reference" / name
    assert path.is_file(), "run: make docs"
    assert path.read_text("utf-8") == GENERATED[name], "run: make docs"


def test_reference_has_a_line_for_every_part() -> None:
    text = {name: (ROOT / "docs" / "reference" / name).read_text("utf-8") for name in GENERATED}
    wanted = {
        "settings.md": [f"| `{name}` |" for name in sorted(SETTINGS)],
        "channels.md": [f"## {kind}\n" for kind in CHANNELS],
        "jobs.md": [f"| `{job.name}` |" for job in JOBS],
        "steps.md": [f"| `{step.name}` |" for step in STEPS],
        "pages.md": [f"## {page.__name__.rpartition('.')[2]}\n" for page in PAGES],
        "commands.md": [f"## answerable {name}" for name in getattr(typer.main.get_command(app), "commands", {})],
    }
    assert wanted.keys() == GENERATED.keys()
    missing = [(name, line) for name, lines in wanted.items() for line in lines if line not in text[name]]
    assert missing == []


@pytest.mark.parametrize("name", sorted(GENERATED))
def test_reference_leaves_nothing_unsaid(name: str) -> None:
    """No empty cell where a description belongs."""
    rows = re.findall(r"^\|.*\|$", GENERATED[name], re.MULTILINE)
    assert [row for row in rows if row.endswith("|  |")] == []


def test_index_leads_to_every_document() -> None:
    index = (ROOT / "docs" / "README.md").read_text("utf-8")
    linked = {(ROOT / "docs" / target.partition("#")[0]).resolve() for target in re.findall(r"\]\(([^)\s]+)\)", index)}
    documents = {path.resolve() for path in (ROOT / "docs").rglob("*.md")} - {(ROOT / "docs" / "README.md").resolve()}
    assert documents - linked == set()


def test_every_dependency_has_its_reason() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    lines = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    names = {match[0] for line in lines if (match := re.match(r"[\w.-]+", line))}
    record = (ROOT / "docs" / "decisions" / "0001-dependencies.md").read_text("utf-8")
    assert set(re.findall(r"^\| `([\w.-]+)` \|", record, re.MULTILINE)) == names


def test_decisions_are_numbered_without_gaps() -> None:
    names = sorted(path.name for path in (ROOT / "docs" / "decisions").glob("*.md"))
    assert [name[:4] for name in names] == [f"{number:04d}" for number in range(1, len(names) + 1)]


def test_readme_is_short_and_makes_no_claims_in_figures() -> None:
    lines = WORDS["README.md"].splitlines()
    assert len(lines) <= 120
    prose = re.sub(r"```.*?```|\([^)]*\)|`[^`]*`", "", WORDS["README.md"], flags=re.DOTALL)
    assert re.findall(r"\d+(?:\.\d+)? ?(?:%|ms|MB|texts|requests|times)", prose) == []


@documents
def test_no_registry_and_no_machine_is_named(path: Path) -> None:
    text = path.read_text("utf-8")
    assert re.findall(r"py" + r"pi\.org|python" + r"hosted|registry\.npm|/root/|/home/\w+/|/work/", text) == []


def test_pictures_are_small_and_used() -> None:
    pictures = list((ROOT / "docs" / "pictures").iterdir())
    text = "".join(path.read_text("utf-8") for path in PAGES_OF_DOCS)
    assert pictures
    for picture in pictures:
        assert picture.stat().st_size < 300_000, picture.name
        assert picture.name in text
