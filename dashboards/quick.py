"""The answers a person can give with one tap, in the words their programme understands."""

from __future__ import annotations

from dataclasses import dataclass

from service.chat import Conversation
from service.programme import Programme


@dataclass(frozen=True)
class QuickAnswer:
    """A text to send, and what else to show on its button."""

    text: str
    label: str = ""


def quick_answers(programme: Programme, language: str, conversation: Conversation) -> list[QuickAnswer]:
    """The numbered choices while we ask for the place, YES and NO while we ask that, else the commands."""
    spoken = programme.messages.get(language) or next(iter(programme.messages.values()))
    if conversation.question == "place" and conversation.choices:
        choices = [QuickAnswer(str(number), choice["name"]) for number, choice in enumerate(conversation.choices, 1)]
        return [*choices, QuickAnswer("0")]
    if conversation.question in {"solved", "forget"}:
        keys = ["yes", "no"]
    elif conversation.stopped:
        keys = ["start", "help"]
    else:
        keys = ["status", "help", "stop"]
    return [QuickAnswer(spoken.commands[key][0].upper()) for key in keys]
