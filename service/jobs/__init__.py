"""Work done on a schedule, by the one process that leads. To add one: docs/how-to/add-a-job.md."""

from __future__ import annotations

from datetime import timedelta

from service.jobs.context import Context, Job
from service.jobs.erase_old import erase_old
from service.jobs.learn_decisions import learn_decisions

__all__ = ["JOBS", "Context", "Job"]

JOBS: tuple[Job, ...] = (
    Job("learn-decisions", learn_decisions, timedelta(minutes=1)),
    Job("erase-old", erase_old, timedelta(hours=6)),
)
