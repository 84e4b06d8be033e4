"""Wordings a provider approved beforehand, by which we may write where its window is closed. From channels.yaml."""

from __future__ import annotations

from collections.abc import Sequence

from channels import CHANNELS
from channels.base import HasWindows
from service.programme.faults import Fault
from service.programme.files import Reader
from service.programme.schema import ChannelEntry, Rules
from service.programme.texts import TEXTS

WRITTEN = "written"
"""The key of what a moderator writes to a reporter; no file holds its words."""
SLOTS = {key: slots | {"helpline", "emergency"} for key, slots in TEXTS.items()} | {
    WRITTEN: frozenset({"reference", "text"})
}
"""What the numbered places of an approved wording may be filled with, by the key of the text it stands in for."""


def faults(reader: Reader, rules: Rules, entries: Sequence[ChannelEntry]) -> list[Fault]:
    """Approved wordings for texts we do not send, languages nobody is texted in, places that no slot fills."""
    file = "channels.yaml"
    found = []
    for index, entry in enumerate(entries):
        kind = CHANNELS.get(entry.type)
        for key, wordings in entry.templates.items():
            line = reader.line_of(file, ("channels", index, "templates", key))
            field = f"{entry.name}.templates.{key}"
            slots = SLOTS.get(key)
            if kind is not None and kind.window is None and not issubclass(kind, HasWindows):
                found.append(Fault(file, line, field, f"{entry.type} needs no templates; delete them"))
            if slots is None:
                known = ", ".join(sorted(SLOTS))
                found.append(Fault(file, line, field, f"{key} is no text we send; choose one of {known}"))
                continue
            for tag, wording in wordings.items():
                if tag not in rules.languages:
                    found.append(Fault(file, line, f"{field}.{tag}", "is no language in programme.yaml"))
                for value in wording.values:
                    if value not in slots:
                        named = ", ".join(sorted(slots)) or "none"
                        found.append(Fault(file, line, f"{field}.{tag}.values", f"{value} is no slot; it has {named}"))
    return found
