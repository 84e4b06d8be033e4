"""What every test may ask for: real databases, migrated once and copied; a small programme; secrets; a fixed now."""

from __future__ import annotations

import asyncio
import gc
import os
import shutil
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from hypothesis import settings

from nlp.knowledge import Knowledge
from nlp.store import Store
from service.db import Database, open_database
from service.programme import Programme
from service.programme import load as load_programme
from service.secrets import Secrets
from tests.databases import Server, address_of, fresh_sqlite, memory_folder, migrate
from tests.order import deal, is_first, is_house
from tests.passwords import NOBODYS, QUICK

VILLAGE = Path(__file__).parent / "village"

# An example may take longer than Hypothesis likes where other tests keep the cores busy; in CI it knows.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")


@pytest.fixture(scope="session")
def sqlite_template() -> Iterator[Path]:
    with memory_folder() as folder:
        path = folder / "template.db"
        asyncio.run(migrate(f"sqlite+aiosqlite:///{path}"))
        yield path


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """PostgreSQL. A machine without it skips and says so; CI must have one."""
    opened = Server()
    try:
        opened.make_template()
    except (OSError, asyncpg.PostgresError, TimeoutError) as error:
        opened.close()
        if os.environ.get("CI"):
            raise
        pytest.skip(f"no PostgreSQL at TEST_POSTGRESQL ({type(error).__name__}): its half of the tests is left out")
    yield opened
    opened.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_template(request: pytest.FixtureRequest) -> Path | Server:
    """What a test's own database is copied from: a SQLite file, or a server that has a migrated database."""
    template: Path | Server = request.getfixturevalue("server" if request.param == "postgresql" else "sqlite_template")
    return template


@pytest.fixture(scope="session")
def sqlite_folder() -> Iterator[Path]:
    """Where each test finds a new SQLite file under the same name, as `engines` are kept by address."""
    with memory_folder() as folder:
        yield folder


@pytest.fixture
def database_url(database_template: Path | Server, sqlite_folder: Path) -> Iterator[str]:
    """The address of a fresh, migrated database."""
    if isinstance(database_template, Path):
        yield fresh_sqlite(database_template, sqlite_folder)
        return
    name = database_template.take()
    yield address_of(name)
    database_template.give_back(name)


@pytest.fixture(scope="session")
def engines() -> dict[str, Database]:
    """Databases by address, whose engines know the SQL of statements that other tests used: making it anew for each test took
    longer than running it. Connections are the test's own."""
    return {}


@pytest.fixture
async def database(database_url: str, engines: dict[str, Database]) -> AsyncIterator[Database]:
    if database_url not in engines:
        engines[database_url] = open_database(database_url)
    known = engines[database_url]
    # Each test has a loop of its own, and a lock belongs to one.
    opened = known if known.is_postgresql else replace(known, turn=asyncio.Lock())
    yield opened
    await opened.close()


@pytest.fixture(scope="session")
def programme() -> Programme:
    return load_programme(VILLAGE)


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Models that tests only read with. Training one, or indexing a country's names, takes seconds: each is made once a session,
    by whoever needs it first, as the processes of one house share a folder. What teaches a model does so in a folder of its own.
    """
    base = tmp_path_factory.getbasetemp()
    return (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "models"


@pytest.fixture(scope="session")
def trained(models: Path, programme: Programme) -> Path:
    """A folder with the programme's model alone, for houses that are started: each would first train the same for seconds. That
    they do is part of the rehearsals.
    """
    from nlp.pipeline import load  # heavy to import, and most tests read no text

    folder = models.with_name("trained")
    lend_hearing(programme.knowledge, models, folder)
    load(programme.knowledge, folder)
    return folder


def lend_hearing(knowledge: Knowledge, models: Path, folder: Path) -> None:
    """Give another folder of models what no decision changes of a programme's (`nlp/hearing.py`): to learn it takes most of a
    training, and it was learned for `models`.
    """
    from nlp.pipeline import load  # as above

    load(knowledge, models)
    own = Store(folder, knowledge.programme).folder
    own.mkdir(parents=True, exist_ok=True)
    for heard in Store(models, knowledge.programme).folder.glob("hearing-*.pickle"):
        shutil.copy(heard, own)


@pytest.fixture
def var(trained: Path, tmp_path: Path) -> Path:
    """Where a house keeps its own, a model among it."""
    shutil.copytree(trained, tmp_path / "var" / "models")
    return tmp_path / "var"


@pytest.fixture(scope="session")
def secrets() -> Secrets:
    return Secrets(b"a key that only the tests know, 32 bytes or more")


@pytest.fixture
def now() -> datetime:
    """A Monday morning in Nairobi: 09:00 there."""
    return datetime(2026, 11, 23, 6, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def patient_intake(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that is busy with other tests may be slow for longer than a provider waits: its database is not away."""
    monkeypatch.setattr("service.intake.PATIENCE", 30.0)


@pytest.fixture(autouse=True)
def quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hash of ours takes a fifth of a second, on purpose; tests that log in need none of that."""
    monkeypatch.setattr("service.passwords._hashing", QUICK)
    monkeypatch.setattr("service.passwords._decoy", lambda: NOBODYS)


def pytest_collection_finish() -> None:
    """As the service does when it has started: what was loaded until here stays, so nobody need look for garbage in it."""
    gc.freeze()
    gc.set_threshold(10_000)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "house: starts a whole house of ours, or several; `make quick` leaves it out")


def pytest_itemcollected(item: pytest.Item) -> None:
    if is_house(item.nodeid):
        item.add_marker("house")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Long tests first, on each of xdist's workers alike."""
    workers: int = getattr(config, "workerinput", {}).get("workercount", 1)
    first = [item for item in items if is_first(item.nodeid)]
    items[:] = deal(first, [item for item in items if not is_first(item.nodeid)], workers)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say which tests were left out, and why."""
    reasons = {report.longrepr[2] for report in terminalreporter.stats.get("skipped", [])}
    for reason in sorted(reasons):
        terminalreporter.write_line(f"left out: {reason.removeprefix('Skipped: ')}")
