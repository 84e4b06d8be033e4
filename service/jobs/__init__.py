"""Work done on a schedule, by the one process that leads. To add one: docs/how-to/add-a-job.md."""

from __future__ import annotations

from datetime import timedelta

from service.jobs.ask_questions import ask_questions
from service.jobs.bring_forward import bring_forward
from service.jobs.context import Context, Job
from service.jobs.end_leases import end_leases
from service.jobs.erase_old import erase_old
from service.jobs.find_themes import find_themes
from service.jobs.learn_decisions import learn_decisions
from service.jobs.send_digests import send_digests
from service.jobs.train_models import train_models

__all__ = ["JOBS", "Context", "Job"]

JOBS: tuple[Job, ...] = (
    Job("learn-decisions", learn_decisions, timedelta(seconds=10)),
    Job("train-models", train_models, timedelta(minutes=30)),
    Job("end-leases", end_leases, timedelta(minutes=5)),
    Job("ask-questions", ask_questions, timedelta(minutes=1)),
    Job("send-digests", send_digests, timedelta(minutes=5), steady=timedelta(hours=1)),
    Job("erase-old", erase_old, timedelta(hours=6), steady=timedelta(days=1)),
    Job("bring-forward", bring_forward, timedelta(minutes=5), steady=timedelta(hours=1)),
    Job("find-themes", find_themes, timedelta(hours=1)),
)
