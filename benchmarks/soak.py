"""The soak: half of the most that goes the whole way, a fault every minute, on both databases; lost, doubled, memory.

Run: python -m benchmarks.soak [--minutes 30] [--programme DIR]. It is `answerable simulate soak`; with fewer minutes its faults
come closer together, so that all of them come. PostgreSQL is soaked where TEST_POSTGRESQL, or a local one, answers.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml

from service.simulation.scenario import Scenario, shipped

POSTGRESQL = os.environ.get("TEST_POSTGRESQL", "postgresql://postgres@127.0.0.1:5432")
PROGRAMME = Path(__file__).parents[1] / "programmes" / "nairobi"


def shortened(soak: Scenario, minutes: float) -> Scenario:
    """The same in fewer minutes: every fault, at the same share of the time; how long each lasts stays."""
    share = minutes / (soak.minutes or minutes)
    troubles = [
        trouble.model_copy(
            update={"at": trouble.at * share, "every": None if trouble.every is None else trouble.every * share}
        )
        for trouble in soak.troubles
    ]
    limits = soak.limits.model_copy(update={"settle": max(5.0, soak.limits.settle * share)})
    return soak.model_copy(update={"minutes": minutes, "troubles": troubles, "limits": limits})


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--programme", type=Path, default=PROGRAMME)
    given = parser.parse_args()
    failed = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "soak.yaml"
        scenario = shortened(shipped()["soak"], given.minutes)
        path.write_text(yaml.safe_dump(scenario.model_dump(by_alias=True, exclude_none=True)), "utf-8")
        for name, database in (("SQLite", []), ("PostgreSQL", ["--database", POSTGRESQL])):
            command = [Path(sys.executable).with_name("answerable"), "simulate", path, "--programme", given.programme]
            if subprocess.run([*map(str, command), *database], check=False).returncode != 0:
                failed.append(name)
    if failed:
        raise SystemExit(f"the soak did not pass on {', '.join(failed)}")


if __name__ == "__main__":
    main()
