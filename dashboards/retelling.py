"""What happened to a report, in sentences for its history."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from service.audit import Entry
from service.dossier import Dossier, Past
from service.moderation import REJECTIONS
from service.programme import Programme
from service.protection import CONSENTS

SENSITIVE_WORDS: Mapping[str, str] = {
    "sexual_exploitation": "Sexual exploitation, abuse or harassment",
    "gender_based_violence": "Gender-based violence",
    "child_protection": "A child in danger",
    "trafficking": "Trafficking",
    "violence": "Violence or a threat",
    "corruption": "Fraud, corruption or extortion",
    "retaliation": "Retaliation",
    "self_harm": "Self-harm",
    "staff_misconduct": "Misconduct of staff",
}
EVENTS: Mapping[str, str] = {
    "read_vault": "opened the sealed account",
    "open_file": "opened a file of the sealed account",
    "agree": "says it is solved",
    "reply": "wrote to the reporter",
    "dispute": "says it is not solved",
}


@dataclass(frozen=True)
class Event:
    """One line of the history."""

    at: datetime
    who: str
    what: str
    reason: str | None = None


def history(programme: Programme, dossier: Dossier) -> list[Event]:
    """Decisions and the other lines of the audit, oldest first."""
    events = [
        Event(past.at, past.login or "The machine", tell(programme, past), past.reason) for past in dossier.decisions
    ]
    decided = {past.act for past in dossier.decisions}
    events += [
        Event(line.created_at, line.login or _actor(line.actor), _happened(line))
        for line in dossier.audit
        if line.act not in decided
    ]
    return sorted(events, key=lambda event: event.at)


def _happened(line: Entry) -> str:
    what = EVENTS.get(line.act, line.act.replace("_", " "))
    return f"{what}, with a {line.detail['file']}" if line.act == "reply" and "file" in line.detail else what


def tell(programme: Programme, past: Past) -> str:
    """One decision as the end of a sentence that begins with who made it."""
    before, after = past.before, past.after
    match past.act:
        case "accept":
            return "sent it back to the officials" if after.get("status") == "forwarded" else "accepted it"
        case "correct_categories":
            return f"changed the categories from {_labels(programme, before)} to {_labels(programme, after)}"
        case "correct_place":
            return f"changed the place from {_place(programme, before)} to {_place(programme, after)}"
        case "set_urgent":
            return "marked it urgent" if after["urgent"] else "said it is not urgent"
        case "reject":
            return f"set it aside: {REJECTIONS.get(after['because'], after['because'])}"
        case "merge":
            return f"merged it into {after['into']}"
        case "reopen":
            return "took it back into review"
        case "protect":
            kinds = ", ".join(SENSITIVE_WORDS.get(kind, kind) for kind in after["kinds"])
            return f"moved it into the vault: {kinds}"
        case "unprotect":
            return "found it not sensitive and brought it back"
        case "retry_file":
            return "had a file fetched again"
        case "erase_file":
            return "erased a file"
        case "describe_file":
            return "wrote down what a file says"
        case "move_text" if "to" in after:
            return f"moved a text of it to {after['to']}"
        case "move_text":
            return f"moved a text here from {after['from']}"
        case "trust":
            return "trusts whoever wrote it"
        case "distrust":
            return "trusts whoever wrote it no more"
        case "refer":
            return f"referred it to {after['to']}. {CONSENTS.get(after['consent'], after['consent'])}"
    return past.act.replace("_", " ")


def _labels(programme: Programme, values: Mapping[str, Any]) -> str:
    return ", ".join(programme.label(code, "en") for code in values["categories"]) or "none"


def _place(programme: Programme, values: Mapping[str, Any]) -> str:
    place = values["place"]
    if place is None:
        return "no place"
    area = programme.area_name(place["area"]) if place["area"] else ""
    return ", ".join(dict.fromkeys(part for part in (place["name"], area) if part))


def _actor(actor: str) -> str:
    return {"reporter": "The reporter", "official": "An official"}.get(actor.partition(":")[0], "The machine")
