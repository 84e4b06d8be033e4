"""A scenario: who texts how often, and what goes wrong when. A YAML file, read as strictly as a programme's."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from channels import CHANNELS
from service.programme.faults import Fault
from service.programme.files import Reader
from service.programme.schema import Strict
from service.programme.sorts import Words

GUIDE = "docs/how-to/rehearse-trouble.md"
SHIPPED = resources.files("service.simulation") / "scenarios"

Share = Annotated[float, Field(ge=0, le=1)]
Seconds = Annotated[float, Field(ge=0, le=14_400)]
Process = Literal["run", "web", "work", "schedule", "analysis"]
Ill = Literal["timeout", "deaf", "error", "busy", "broken", "garbage"]


class BrokenScenario(Exception):
    """The scenario cannot be used; the message names file, line, field and what to write instead."""


class Duplicates(Strict):
    """The provider delivers a text again though it was acknowledged."""

    share: Share = 0
    times: Annotated[int, Field(ge=2, le=50)] = 2
    """Most deliveries of one text."""
    together: bool = False
    """All at the same moment, over several connections."""


class Reordering(Strict):
    """Texts that come later than those sent after them."""

    share: Share = 0
    seconds: Seconds = 5


class ClockSkew(Strict):
    """Providers and phones whose clock is wrong, in what they say and in the times they sign.

    One whose signed time was refused sets its clock before it tries again.
    """

    share: Share = 0
    seconds: Annotated[float, Field(ge=0, le=86_400)] = 240


class Delivery(Strict):
    """What goes wrong between a phone and our door, as shares of texts."""

    duplicates: Duplicates = Duplicates()
    reordering: Reordering = Reordering()
    clock_skew: ClockSkew = ClockSkew()
    torn_parts: Share = 0
    """Long texts in numbered parts, of which one comes late or never."""
    torn_requests: Share = 0
    """Requests whose connection breaks in the middle of the body, before they are made again."""
    base64: Share = 0
    """Long texts handed over base64-encoded, where carriers do that."""
    batches: Share = 0
    """Requests that bring several texts, where the provider does that."""


class Conversation(Strict):
    """How people talk with us, as shares of texts."""

    answers: Share = 0.7
    """Of our questions for the place, how many are answered."""
    commands: Share = 0.05
    follow_ups: Share = 0.1
    fragments: Share = 0.1
    """Accounts sent in two texts right after each other."""


class Provider(Strict):
    """The other side of every channel."""

    latency: Annotated[float, Field(ge=0, le=60)] = 0.02
    """Seconds until it takes a text of ours."""
    timeout: Annotated[float, Field(gt=0, le=60)] = 3
    """Seconds we wait for it."""


class Trouble(Strict):
    """One thing that goes wrong at a moment, in seconds from the first text; with `every`, again and again until `until`."""

    at: Seconds
    lasts: Annotated[float, Field(ge=0, le=3600, alias="for")] = 1
    every: Annotated[float, Field(gt=0, le=14_400)] | None = None
    until: Seconds | None = None
    kill: Process | None = None
    """SIGKILL; it is started again after `for` seconds. `analysis` is the child process of the worker."""
    database: Literal["away"] | None = None
    provider: Ill | None = None
    """timeout: takes the text and answers too late. deaf: neither. error: 500. busy: 429. broken: takes it and hangs up.
    garbage: takes it and answers nonsense."""
    disk: Literal["full"] | None = None

    @model_validator(mode="after")
    def _one_thing(self) -> Trouble:
        if sum(what is not None for what in (self.kill, self.database, self.provider, self.disk)) != 1:
            raise ValueError("must name one of kill, database, provider or disk, such as {at: 10, kill: web, for: 2}")
        return self

    @property
    def what(self) -> str:
        """In words, such as `kill web`."""
        return next(
            f"{name} {value}" for name in ("kill", "database", "provider", "disk") if (value := getattr(self, name))
        )

    def moments(self, end: float) -> list[float]:
        """When it happens, before the last text at `end`."""
        last = min(end, self.until if self.until is not None else end)
        if self.every is None:
            return [self.at] if self.at <= end else []
        return [self.at + self.every * turn for turn in range(int(max(0, last - self.at) // self.every) + 1)]


class Limits(Strict):
    """What the scenario may not pass."""

    drain: Annotated[float, Field(gt=0, le=3600)] = 60
    """Seconds all that waits may take to its end once the last text was sent, each time something waits for its hour."""
    memory_growth: Annotated[float, Field(gt=0, le=10)] | None = None
    """Most growth of any process, of its memory once settled: 0.05 is 5 %."""
    settle: Annotated[float, Field(ge=5, le=3600)] = 60
    """Seconds a process has to settle; what it holds over the next as many seconds is compared with its last."""


class Scenario(Strict):
    about: Words
    seed: int = 1
    texts: Annotated[int, Field(ge=1, le=2_000_000)] | None = None
    minutes: Annotated[float, Field(gt=0, le=240)] | None = None
    rate: Annotated[float, Field(gt=0, le=5_000)] | None = None
    """Texts a second."""
    share_of_top: Annotated[float, Field(gt=0, le=1)] | None = None
    """Texts a second as a share of the most that were taken to their end, measured first."""
    reporters: Annotated[int, Field(ge=1, le=200_000)] = 100
    processes: Literal["one", "apart"] = "apart"
    channels: dict[str, Annotated[float, Field(gt=0)]]
    """By channel type, how often it is used."""
    conversation: Conversation = Conversation()
    delivery: Delivery = Delivery()
    provider: Provider = Provider()
    troubles: list[Trouble] = []
    limits: Limits = Limits()

    @property
    def roles(self) -> tuple[str, ...]:
        """The processes it runs."""
        return ("run",) if self.processes == "one" else ("web", "work", "schedule")


def read(path: Path) -> Scenario:
    """A scenario's file. Raises BrokenScenario with all its faults."""
    if not path.is_file():
        raise BrokenScenario(f"{path} is no file and no scenario of ours; `answerable simulate --list` names those.")
    reader = Reader(path.parent, GUIDE)
    scenario = reader.model(path.name, Scenario)
    faults = reader.faults if scenario is None else list(_faults(reader, path.name, scenario))
    if scenario is None or faults:
        raise BrokenScenario("\n".join(map(str, faults)))
    return scenario


def find(name: str) -> Path:
    """The file of a scenario: ours by its name, else the path itself."""
    ours = Path(str(SHIPPED)) / f"{name}.yaml"
    return ours if ours.is_file() else Path(name)


def shipped() -> dict[str, Scenario]:
    """Our scenarios by name."""
    return {path.stem: read(path) for path in sorted(Path(str(SHIPPED)).glob("*.yaml"))}


def _faults(reader: Reader, file: str, scenario: Scenario) -> Iterator[Fault]:
    """What shows only when the fields are read together."""
    for pair in (("texts", "minutes"), ("rate", "share_of_top")):
        if sum(getattr(scenario, name) is not None for name in pair) != 1:
            line = max(reader.line_of(file, (name,)) for name in pair)
            yield Fault(file, line, " or ".join(pair), "write one of the two")
    if not scenario.channels:
        yield Fault(file, reader.line_of(file, ("channels",)), "channels", "name at least one, such as {twilio: 1}")
    for type in scenario.channels:
        if type not in CHANNELS:
            known = ", ".join(sorted(CHANNELS))
            line = reader.line_of(file, ("channels", type))
            yield Fault(file, line, f"channels.{type}", f"is no channel; choose of {known}")
    for index, trouble in enumerate(scenario.troubles):
        line = reader.line_of(file, ("troubles", index))
        if trouble.kill is not None and trouble.kill not in (*scenario.roles, "analysis"):
            known = ", ".join((*scenario.roles, "analysis"))
            remedy = f"does not run with `processes: {scenario.processes}`; choose of {known}"
            yield Fault(file, line, f"troubles.{index}.kill", remedy)
        if trouble.until is not None and trouble.every is None:
            yield Fault(file, line, f"troubles.{index}.until", "needs `every`")
