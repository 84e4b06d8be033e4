"""The tables. One class a noun of the design; the words on the screen are the words here.

Raw texts and addresses are sealed (see `service/secrets.py`); `Report.text` holds only the redacted text, and nothing
at all for a sensitive account, whose content is sealed in `Vault`.
"""

from __future__ import annotations

from service.models.accounts import Analysis, Decision, Report, ReportCategory, Theme, ThemeWeek, Vault
from service.models.base import Base, Moment
from service.models.offices import Answer, AnsweredReport, Digest
from service.models.sendings import EarlyDelivery
from service.models.staff import Audit, Fingerprint, Lease, LoginFailure, Membership, User
from service.models.texts import Attachment, Forgotten, Line, Message, Quarantine, Reporter, Transcript

__all__ = [
    "Analysis",
    "Answer",
    "AnsweredReport",
    "Attachment",
    "Audit",
    "Base",
    "Decision",
    "Digest",
    "EarlyDelivery",
    "Fingerprint",
    "Forgotten",
    "Lease",
    "Line",
    "LoginFailure",
    "Membership",
    "Message",
    "Moment",
    "Quarantine",
    "Report",
    "ReportCategory",
    "Reporter",
    "Theme",
    "ThemeWeek",
    "Transcript",
    "User",
    "Vault",
]
