"""A digest's content as the sentences and rows that its HTML and plain text both show."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dashboards.digest_words import Phrases, number
from service.programme import Programme


def view_digest(content: Mapping[str, Any], programme: Programme) -> dict[str, Any]:
    """Everything the templates need, in the digest's language."""
    words = Phrases(programme, content["language"])
    organisation, official = content["organisation"], content["official"]
    greeting = words.say("greeting", **official) if official["name"] else official["office"]
    return {
        "words": words,
        "language": content["language"],
        "link": content["link"],
        "programme": content["programme_name"],
        "span": words.say("span", first=words.date(content["from"]), last=words.date(content["to"])),
        "greeting": greeting,
        "areas": ", ".join(words.area(area) for area in content["areas"]),
        "headline": _headline(content, words),
        "subjects": [_subject(line, words) for line in content["subjects"] if line["cell"]],
        "hidden": _hidden(content, words),
        "with_areas": any(line["area"] for line in content["subjects"]),
        "places": [_place(line, words) for line in content["places"]["lines"]],
        "other_places": content["places"]["others"],
        "sure": [
            sentence
            for sentence in (
                words.share("located", content["located"]),
                words.share("reviewed", content["reviewed"]),
                words.say("small_note", minimum=content["minimum"]),
            )
            if sentence
        ],
        "waiting": content["waiting"],
        "oldest": [
            {
                "reference": line["reference"],
                "days": words.days(line["days"]),
                "subjects": ", ".join(words.subject(c) for c in line["categories"]) or words.say("nothing"),
                "late": line["overdue"],
            }
            for line in content["waiting"]["oldest"]
        ],
        "quotes": [
            {"text": quote["text"], "language": quote["language"] or "", "about": _about(quote, words)}
            for quote in content["quotes"]
        ],
        "answers": [_answer(line, words, organisation["name"]) for line in content["answers"]],
        "footer": words.say("footer", organisation=organisation["name"], email=organisation["email"]),
    }


def _headline(content: Mapping[str, Any], words: Phrases) -> dict[str, str]:
    """The figure, and the sentences under it."""
    head = content["headline"]
    cell = head["cell"]
    if cell is None:
        note = words.say("headline_hidden_note", minimum=content["minimum"])
        return {"figure": words.say("headline_hidden"), "note": note, "change": ""}
    if not head["exact"]:
        figure = words.say("headline_part", reports=cell["reports"])
        return {"figure": figure, "note": words.say("headline_part_note"), "change": ""}
    texts = words.say("headline_texts", texts=cell["texts"]) if cell["texts"] > cell["reports"] else ""
    figure = words.say("headline", reports=cell["reports"], people=cell["people"])
    return {"figure": figure, "note": texts, "change": _change(head["change"], words)}


def _change(change: Mapping[str, Any] | None, words: Phrases) -> str:
    if change is None:
        return words.say("change_none")
    return words.say(f"change_{change['word']}", mean=number(change["mean"]), **_interval(change))


def _interval(change: Mapping[str, Any]) -> dict[str, str]:
    return {"low": number(change["low"]), "high": "∞" if change["high"] is None else number(change["high"])}


def _subject(line: Mapping[str, Any], words: Phrases) -> dict[str, Any]:
    change = line["change"]
    return {
        "subject": words.subject(line["category"]),
        "area": words.area(line["area"]) if line["area"] else "",
        "reports": line["cell"]["reports"],
        "people": line["cell"]["people"],
        "word": words.say(f"short_{change['word']}" if change else "short_none"),
        "times": words.say("short_times", **_interval(change)) if change else "",
        "tone": change["word"] if change else "none",
    }


def _hidden(content: Mapping[str, Any], words: Phrases) -> str:
    """The subjects that are not shown, by name; only how many where each is in several areas."""
    lines = [line for line in content["subjects"] if not line["cell"]]
    if not lines:
        return ""
    if any(line["area"] for line in lines):
        return words.say("subjects_hidden_count", count=len(lines))
    return words.say("subjects_hidden", list=", ".join(words.subject(line["category"]) for line in lines))


def _place(line: Mapping[str, Any], words: Phrases) -> dict[str, Any]:
    name = words.area(line["area"])
    if line["category"]:
        name = f"{name}: {words.subject(line['category'])}"
    return {"name": name, "reports": line["cell"]["reports"], "people": line["cell"]["people"]}


def _about(quote: Mapping[str, Any], words: Phrases) -> str:
    parts = [words.subject(quote["category"])] if quote["category"] else []
    if quote["area"]:
        parts.append(words.area(quote["area"]))
    return ", ".join(parts) or words.say("everywhere")


def _answer(line: Mapping[str, Any], words: Phrases, organisation: str) -> dict[str, str]:
    about = [words.subject(line["category"])] if line["category"] else []
    if line["area"]:
        about.append(words.area(line["area"]))
    if line["state"] == "held":
        outcome = words.say("answer_held", organisation=organisation)
    else:
        outcome = words.share("agreed", line["agreed"]) or words.say("agreed_few")
    return {
        "line": words.say("answer_line", date=words.date(line["on"]), count=line["reports"]),
        "about": ", ".join(about),
        "text": line["text"],
        "outcome": outcome,
    }
