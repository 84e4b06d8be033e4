"""The copy of a programme that is rehearsed: all as it is, but for its channels and its nights."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from service.programme import load
from service.simulation.grounds import lay_out, open_grounds
from tests.conftest import VILLAGE

NIGHT = (
    'quiet_hours: {from: "21:00", to: "07:00"}\ncost_per_segment: {amount: 0.80, currency: KES}\nemergency: "0999"\n'
)


async def test_the_copy_knows_no_night_and_is_else_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By night, news that waits for the morning kept the rehearsal from beginning."""
    theirs = tmp_path / "theirs" / "village"
    shutil.copytree(VILLAGE, theirs)
    with (theirs / "programme.yaml").open("a", encoding="utf-8") as file:
        file.write(NIGHT)
    programme = load(theirs)
    assert programme.rules.quiet_hours is not None
    async with open_grounds(tmp_path, theirs, "") as grounds:
        environment = lay_out(grounds, programme, {"webchat": {"secret": "s" * 32}}, 8080, "k" * 32)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    copy = load(tmp_path / "programmes" / "village")
    assert copy.rules == programme.rules.model_copy(update={"quiet_hours": None})
    assert [entry.name for entry in copy.channels] == ["webchat"]
    assert (copy.categories, copy.messages) == (programme.categories, programme.messages)
