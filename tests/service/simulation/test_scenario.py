"""A scenario that cannot be used is refused with file, line, field and remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from channels import CHANNELS
from service.simulation.scenario import BrokenScenario, Scenario, Trouble, find, read, shipped

GOOD = """\
about: A test.
texts: 10
rate: 5
channels: {twilio: 1}
troubles:
  - {at: 2, kill: web, for: 1}
"""
BREAKS = [
    ("rate: 5", "rat: 5", "town.yaml:3: rat", "check the spelling in docs/how-to/rehearse-trouble.md"),
    ("rate: 5", "rate: many", "town.yaml:3: rate", "number"),
    ("rate: 5", "rate: -1", "town.yaml:3: rate", "greater than 0"),
    ("rate: 5", "rate: 5\nshare_of_top: 0.5", "town.yaml:4: rate or share_of_top", "one of the two"),
    ("texts: 10\n", "", "texts or minutes", "one of the two"),
    ("twilio: 1", "pigeon: 1", "town.yaml:4: channels.pigeon", "is no channel"),
    ("twilio: 1", "twilio: 0", "town.yaml:4: channels.twilio", "greater than 0"),
    ("{twilio: 1}", "{}", "town.yaml:4: channels", "at least one"),
    ("kill: web", "kill: pigeon", "town.yaml:6: troubles.0.kill", "'web'"),
    ("kill: web", "kill: run", "town.yaml:6: troubles.0.kill", "processes: apart"),
    ("kill: web", "database: gone", "town.yaml:6: troubles.0.database", "away"),
    ("kill: web, for: 1", "for: 1", "town.yaml:6: troubles.0", "one of kill, database, provider or disk"),
    ("kill: web", "kill: web, disk: full", "town.yaml:6: troubles.0", "one of kill, database, provider or disk"),
    ("kill: web", "kill: web, until: 9", "town.yaml:6: troubles.0.until", "`every`"),
    ("about: A test.", "about: A test.\ndelivery: {duplicates: {share: 2}}", "delivery.duplicates.share", "less than"),
    ("about: A test.", "about: 'A test", "town.yaml:", "YAML"),
]


def _write(folder: Path, text: str) -> Path:
    path = folder / "town.yaml"
    path.write_text(text, "utf-8")
    return path


@pytest.mark.parametrize(("good", "bad", "where", "remedy"), BREAKS, ids=[f"{b[1]!r}" for b in BREAKS])
def test_a_fault_names_line_field_and_remedy(tmp_path: Path, good: str, bad: str, where: str, remedy: str) -> None:
    assert good in GOOD
    with pytest.raises(BrokenScenario) as broken:
        read(_write(tmp_path, GOOD.replace(good, bad, 1)))
    assert any(where in line and remedy in line for line in str(broken.value).splitlines()), broken.value


def test_a_good_one_is_read(tmp_path: Path) -> None:
    scenario = read(_write(tmp_path, GOOD))
    assert (scenario.roles, scenario.troubles[0].what, scenario.troubles[0].lasts) == (
        ("web", "work", "schedule"),
        "kill web",
        1,
    )


def test_a_name_of_ours_goes_before_a_path_and_anything_else_is_said_to_be_missing(tmp_path: Path) -> None:
    assert find("short").is_file()
    with pytest.raises(BrokenScenario, match="is no file and no scenario of ours"):
        read(find(str(tmp_path / "nowhere.yaml")))


def test_ours_are_in_order_and_the_short_one_has_every_channel_and_every_fault() -> None:
    ours = shipped()
    assert {"short", "town", "soak", "storm", "dark"} <= set(ours)
    short = ours["short"]
    assert set(short.channels) == set(CHANNELS)
    assert {(trouble.kill, trouble.database, trouble.disk) for trouble in short.troubles} >= {
        ("web", None, None),
        ("work", None, None),
        ("schedule", None, None),
        ("analysis", None, None),
        (None, "away", None),
        (None, None, "full"),
    }
    assert {trouble.provider for trouble in short.troubles} >= {"timeout", "broken", "busy", "error"}
    flaws = short.delivery
    shares = [flaws.duplicates.share, flaws.reordering.share, flaws.clock_skew.share, flaws.torn_parts]
    assert min(*shares, flaws.torn_requests, flaws.base64, flaws.batches) > 0


def test_the_soak_is_half_an_hour_at_half_the_top_with_a_fault_every_minute() -> None:
    soak = shipped()["soak"]
    assert (soak.minutes, soak.share_of_top, soak.limits.memory_growth) == (30, 0.5, 0.05)
    moments = sorted(at for trouble in soak.troubles for at in trouble.moments(30 * 60))
    gaps = [later - before for before, later in zip([0.0, *moments], [*moments, 1800.0], strict=True)]
    assert max(gaps) <= 60


@pytest.mark.parametrize(
    ("fields", "end", "moments"),
    [
        ({"at": 5}, 10, [5]),
        ({"at": 15}, 10, []),
        ({"at": 2, "every": 4}, 10, [2, 6, 10]),
        ({"at": 2, "every": 4, "until": 7}, 10, [2, 6]),
    ],
)
def test_troubles_come_at_their_moments(fields: dict[str, float], end: float, moments: list[float]) -> None:
    trouble = Trouble.model_validate({**fields, "disk": "full"})
    assert trouble.moments(end) == moments


def test_unknown_words_are_refused_at_every_depth() -> None:
    for model in (Scenario, Trouble):
        assert model.model_config["extra"] == "forbid"
