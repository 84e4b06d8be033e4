"""What a process that only trains loads."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from service import teaching

TASKS = (teaching.learn_decided, teaching.learn_anew, teaching.forget_erased)


def test_a_process_that_trains_loads_no_database_and_no_web() -> None:
    (module,) = {task.__module__ for task in TASKS}
    code = f"import sys, {module}, nlp.amending, nlp.forgetting; print(*sys.modules)"
    root = Path(__file__).parents[2]
    loaded = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True).stdout
    assert "nlp.learning" in loaded.split()
    assert {"sqlalchemy", "aiohttp", "structlog", "service.models", "service.jobs"}.isdisjoint(loaded.split())
