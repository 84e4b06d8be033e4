"""What one text means in its conversation, and the one reply it gets.

A text is a command, an answer to the question we asked, a part of an account or an addition to one, held back, nothing
readable, or an account. Which, and why, is recorded with the message.
"""

from service.conversation.assembling import Unit, assemble
from service.conversation.reading import is_readable, needs_analysis
from service.conversation.taking import take
from service.conversation.values import MEMBERS, Incoming, Outcome

__all__ = ["MEMBERS", "Incoming", "Outcome", "Unit", "assemble", "is_readable", "needs_analysis", "take"]
