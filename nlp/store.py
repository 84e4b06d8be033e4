"""Where a programme's models live: `models/<programme>/<version>/`, and `current`, the name of the one in use.

Trained versions stay, up to a number, so that an older one can be compared and used again; `held` keeps one in use until it
is let go. Writing is safe with several processes at once: versions are
written aside and renamed, and a lock file makes others wait while one trains.
"""

from __future__ import annotations

import fcntl
import json
import pickle
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from secrets import token_hex

from nlp.knowledge import Lesson
from nlp.model import Model


@dataclass(frozen=True)
class Card:
    """What is known about a stored version. `knowledge` is the digest of the programme it was trained for; `seen` holds the
    digests of the lessons it learned from; the figures are F1 on texts it had not seen, None where nothing was held out.
    `base` names the trained version it amends (`nlp/amending.py`), None for a training of its own. `instead_of` names the
    version it stands in for because texts that one had learned from were erased (`nlp/forgetting.py`): the first of them,
    which somebody chose."""

    version: str
    knowledge: str
    lessons: int = 0
    seen: tuple[str, ...] = field(default=(), repr=False)
    micro_f1: float | None = None
    macro_f1: float | None = None
    base: str | None = None
    instead_of: str | None = None


class Store:
    """The folder of one programme's models."""

    def __init__(self, models: Path, programme: str) -> None:
        self.folder = models / (programme or "_")
        self.gazetteers = models / "gazetteers"
        """Indexes of names, for all programmes: imported ones, and one a country."""

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Wait until no other process trains for this programme, and make others wait."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def current(self) -> str | None:
        """The version in use, or None when there is none yet."""
        try:
            return (self.folder / "current").read_text(encoding="ascii").strip() or None
        except FileNotFoundError:
            return None

    def versions(self) -> list[Card]:
        """Every stored version, oldest first."""
        found = sorted(self.folder.glob("*/card.json"), key=lambda path: path.stat().st_mtime_ns)
        return [self.card(path.parent.name) for path in found]

    def card(self, version: str) -> Card:
        """What is known about a version. FileNotFoundError when it does not exist."""
        written = json.loads((self.folder / version / "card.json").read_text(encoding="utf-8"))
        return Card(**{**written, "seen": tuple(written["seen"])})

    def read(self, version: str) -> Model:
        """A stored model, unpickled: the folder must be writable by the service alone. FileNotFoundError when missing."""
        with (self.folder / version / "model.pickle").open("rb") as file:
            model = pickle.load(file)  # noqa: S301 (written by us, into a folder that is ours alone)
        if not isinstance(model, Model):
            raise TypeError(f"not a model: {version}")
        return model

    def write(self, model: Model, card: Card) -> None:
        """Store a version beside the others, replacing one of the same name."""
        self.folder.mkdir(parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(prefix=".new-", dir=self.folder))
        try:
            with (aside / "model.pickle").open("wb") as file:
                pickle.dump(model, file, protocol=5)
            (aside / "card.json").write_text(json.dumps(asdict(card)), encoding="utf-8")
            place = self.folder / card.version
            if place.exists():
                shutil.rmtree(place)
            aside.rename(place)
        finally:
            shutil.rmtree(aside, ignore_errors=True)

    def use(self, version: str) -> None:
        """Make a stored version the one in use. FileNotFoundError when it does not exist."""
        self.card(version)
        aside = self.folder / f".current-{token_hex(8)}"
        aside.write_text(version + "\n", encoding="ascii")
        aside.replace(self.folder / "current")

    def held(self) -> bool:
        """Whether the version in use was chosen by hand, to stay whatever is decided meanwhile."""
        return (self.folder / "held").exists()

    def hold(self) -> None:
        """Keep the version in use from being replaced by learning. Whether it knows texts that were erased is looked at anew."""
        (self.folder / "held").touch()
        self.mark.unlink(missing_ok=True)

    def let_go(self) -> None:
        """Let learning replace the version in use again, beginning with what was decided meanwhile."""
        (self.folder / "held").unlink(missing_ok=True)
        self.mark.unlink(missing_ok=True)

    @property
    def mark(self) -> Path:
        """A file for whoever teaches to note what the newest version has seen. Gone when a training began from nothing."""
        return self.folder / "learned"

    def remove(self, version: str) -> None:
        """Take a stored version away."""
        shutil.rmtree(self.folder / version, ignore_errors=True)

    def size(self, version: str) -> int:
        """Bytes on disk."""
        return sum(path.stat().st_size for path in (self.folder / version).iterdir())

    def trained_at(self, version: str) -> float:
        """When it was stored, in seconds since 1970."""
        return (self.folder / version / "card.json").stat().st_mtime

    def prune(self, keep: int) -> None:
        """Remove all but the newest `keep` trained versions; amended ones but that in use, whose base stays too."""
        current = self.current()
        cards = self.versions()
        trained = [card.version for card in cards if card.base is None]
        kept = {current, *trained[-keep:], *(card.base for card in cards if card.version == current)}
        for card in cards:
            if card.version not in kept:
                self.remove(card.version)

    def lessons(self) -> list[Lesson]:
        """The lessons kept with the models, oldest first."""
        path = self.folder / "lessons.jsonl"
        if not path.exists():
            return []
        with path.open(encoding="utf-8") as lines:
            return [_as_lesson(json.loads(line)) for line in lines]

    def keep(self, lessons: Sequence[Lesson]) -> None:
        """Keep these lessons, and no others, for later training."""
        self.folder.mkdir(parents=True, exist_ok=True)
        aside = self.folder / f".lessons-{token_hex(8)}"
        with aside.open("w", encoding="utf-8") as file:
            file.writelines(json.dumps(asdict(lesson)) + "\n" for lesson in lessons)
        aside.replace(self.folder / "lessons.jsonl")


def _as_lesson(line: dict[str, object]) -> Lesson:
    categories, place, translation = line["categories"], line["place"], line.get("translation")
    return Lesson(
        text=str(line["text"]),
        categories=tuple(categories) if isinstance(categories, list) else None,
        place=(str(place[0]), float(place[1]), float(place[2])) if isinstance(place, list) else None,
        place_known=bool(line["place_known"]),
        translation=None if translation is None else str(translation),
        urgent=None if line.get("urgent") is None else bool(line["urgent"]),
        ordinary=bool(line.get("ordinary")),
    )
