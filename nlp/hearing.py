"""How a programme's danger and urgency are heard before anybody decided anything.

Learned from invented texts and the programme's own examples alone, which takes most of the time of a training; so it is kept
beside the programme's models until the programme's files or our code change. No word that anybody texted is in it.
"""

from __future__ import annotations

import pickle
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex

from nlp.detecting import learn_alarm, learn_detectors
from nlp.detector import Detector
from nlp.knowledge import Knowledge

_DAMAGED = (pickle.UnpicklingError, EOFError, AttributeError, ImportError, LookupError, TypeError, ValueError)
"""What unpickling raises where a file was cut off or is none of ours."""


@dataclass(frozen=True)
class Hearing:
    """The detectors of sensitive kinds, and that of what is urgent."""

    detectors: tuple[Detector, ...]
    alarm: Detector


def hearing_of(knowledge: Knowledge, digest: str, folder: Path) -> Hearing:
    """That of a programme, whose digest with our code this is, from the folder of its models, or learned and kept there if there
    is one: who only measures leaves nothing behind. Raises OSError where it cannot be kept.
    """
    path = folder / f"hearing-{digest[:16]}.pickle"
    kept = _read(path)
    if kept is not None:
        return kept
    learned = Hearing(learn_detectors(knowledge), learn_alarm(knowledge))
    if folder.is_dir():
        _keep(path, learned)
    return learned


def _keep(path: Path, learned: Hearing) -> None:
    """In one move, in place of what was kept for other files of the programme."""
    aside = path.with_name(f".hearing-{token_hex(8)}")
    aside.write_bytes(pickle.dumps(learned, protocol=5))
    aside.replace(path)
    for old in path.parent.glob("hearing-*.pickle"):
        if old != path:
            old.unlink(missing_ok=True)


def _read(path: Path) -> Hearing | None:
    """None where there is none, or a damaged one."""
    try:
        kept = pickle.loads(path.read_bytes())  # noqa: S301 (written by us, into a folder that is ours alone)
    except (FileNotFoundError, *_DAMAGED):
        return None
    return kept if isinstance(kept, Hearing) else None
