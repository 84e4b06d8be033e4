"""The answers a person can give with one tap, in the words their programme understands."""

from __future__ import annotations

from dataclasses import dataclass

from service.chat import Conversation
from service.programme import Programme
from service.programme.schema import pick


@dataclass(frozen=True)
class QuickAnswer:
    """A text to send, and what else to show on its button."""

    text: str
    label: str = ""


def quick_answers(programme: Programme, language: str, conversation: Conversation) -> list[QuickAnswer]:
    """The numbered choices while we ask for the place or who they are, YES and NO while we ask that, else the commands."""
    spoken = programme.messages.get(language) or next(iter(programme.messages.values()))
    if conversation.question == "place" and conversation.choices:
        choices = [QuickAnswer(str(number), choice["name"]) for number, choice in enumerate(conversation.choices, 1)]
        return [*choices, QuickAnswer("0")]
    asked = next((asked for code, asked in programme.rules.questions.items() if code == conversation.question), None)
    if asked is not None:
        labels = [pick(choice.label, language, programme.rules.languages) for choice in asked.choices]
        return [*(QuickAnswer(str(number), label) for number, label in enumerate(labels, 1)), QuickAnswer("0")]
    if conversation.question in {"solved", "forget"}:
        keys = ["yes", "no"]
    elif conversation.stopped:
        keys = ["start", "help"]
    else:
        keys = ["status", "help", "stop"]
    return [QuickAnswer(spoken.commands[key][0].upper()) for key in keys]
