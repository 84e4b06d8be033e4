"""What decisions about places teach: names, phrases and texts that stand for points, and how far to trust them.

Everything follows from the lessons alone, so undoing a decision is training without its lesson.
"""

from nlp.placememory.memory import PlaceMemory
from nlp.placememory.training import train

__all__ = ["PlaceMemory", "train"]
