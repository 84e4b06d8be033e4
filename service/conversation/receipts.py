"""The one text that acknowledges an account, with the question where it happened if we do not know."""

from __future__ import annotations

from datetime import datetime

import nlp.analysis as nlp
from service import choices, outbox, reporters, reports
from service.conversation.values import Outcome
from service.models import Report, Reporter
from service.programme import Programme

COARSE_KM = 10.0
"""A location less exact than this says where to look, not where it is: we ask."""


def receipt(
    programme: Programme,
    reporter: Reporter,
    report: Report,
    analysis: nlp.Analysis,
    note: str,
    first: bool,
    now: datetime,
) -> Outcome:
    """What a new account is answered with. `note` is added to the cause."""
    more = f"; {note}" if note else ""
    slots = {"reference": report.reference}
    if report.sensitive:
        return Outcome("account", f"an account; sensitive{more}", "receipt_sensitive", slots, report)
    if analysis.kind == "question" and not (
        analysis.categories or analysis.places or report.urgent or report.place_name
    ):
        # "Where is it?" would be no answer to "is this the county?"
        key = "attention" if first else "attention_report"
        return Outcome("account", f"a question without a topic, for a person to read{more}", key, slots, report)
    suffix = "_first" if first else ""
    if is_placed(report, analysis):
        return Outcome("account", f"an account with a place{more}", f"receipt{suffix}", slots, report)
    if reporter.question == "forget":
        # A YES means that for a day, as we told them. Another question would take its place.
        return Outcome(
            "account", f"an account; the place is not asked for, as FORGET is open{more}", "receipt", slots, report
        )
    candidates = choices.of(analysis)
    key = f"ask_place{suffix}"
    language = outbox.language_of(programme, reporter)
    listed, offered = choices.fit(programme, language, key, slots, candidates)
    reporters.ask(reporter, "place", report.id, offered, now)
    if not offered:
        return Outcome("account", f"an account; the place is missing{more}", f"ask_where{suffix}", slots, report)
    return Outcome("account", f"an account; the place is unclear{more}", key, slots | {"choices": listed}, report)


def is_placed(report: Report, analysis: nlp.Analysis) -> bool:
    """Do we know where it happened well enough not to ask?"""
    return report.place_name is not None and (report.radius_km or 0) <= COARSE_KM and not _is_guess(report, analysis)


def _is_guess(report: Report, analysis: nlp.Analysis) -> bool:
    """Is the place one that no word of theirs names, and of which the machine is not sure either? Then we ask."""
    return report.place_by == "machine" and not analysis.places and (report.place_score or 0) < reports.SURE_PLACE
