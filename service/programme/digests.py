"""The phrases of the weekly digest and its answer page: which there are, and the slots each has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from service.programme.faults import Fault
from service.programme.files import Reader
from service.programme.texts import slots

PHRASES: dict[str, frozenset[str]] = {
    key: frozenset(names)
    for key, *names in (
        line.split()
        for line in """
months
subject programme week
title
span first last
greeting name office
everywhere
headline reports people
headline_texts texts
headline_part reports
headline_part_note
headline_hidden
headline_hidden_note minimum
change_more mean low high
change_fewer mean low high
change_unclear mean low high
change_none
short_more
short_fewer
short_unclear
short_none
short_times low high
subjects_title
column_subject
column_area
column_reports
column_people
column_change
subjects_hidden list
subjects_hidden_count count
places_title
places_others count
sure_title
located_about percent
located_most
located_least
reviewed_about percent
reviewed_most
reviewed_least
small_note minimum
waiting_title
waiting_count
waiting_overdue
waiting_returned
waiting_none
oldest_title
day_one
day_many count
late
nothing
button
button_note
quotes_title
quotes_note
answers_title
answer_line date count
answer_held organisation
agreed_about percent
agreed_most
agreed_least
agreed_few
answers_none
footer organisation email
page_title
page_lead office
page_empty
page_empty_note
page_new count
page_all
page_one
page_group subject area
page_yours
page_unanswered date
page_words
page_no_words organisation
page_back
field_answer
field_hint limit
field_left count
field_short
field_long count limit
button_check
confirm_title
confirm_note count
button_send
button_change
sent_held organisation
sent_released
said_title
said_held organisation
said_released date
state_held organisation
state_returned
used_title
used_note email
expired_title
expired_note email
gone_title
gone_note
unsent_title
unsent_note
language_note
""".strip().splitlines()
    )
}
"""By key; what each is for stands in the file of the example programme."""


def faults(reader: Reader, digests: Mapping[str, Mapping[str, str]]) -> Iterator[Fault]:
    """Phrases that are missing, that nobody says, or whose slots are others. A file nobody could read was named before."""
    broken = {fault.file for fault in reader.faults}
    for tag, phrases in digests.items():
        file = f"digests/{tag}.yaml"
        if file in broken and not phrases:
            continue
        for key in PHRASES.keys() - phrases.keys():
            yield Fault(file, 1, key, "is missing; take it from the file of an example programme")
        for key, phrase in phrases.items():
            if key not in PHRASES:
                yield Fault(file, reader.line_of(file, (key,)), key, "is not known; check the spelling")
            elif slots(phrase) != PHRASES[key]:
                named = ", ".join(sorted(f"{{{slot}}}" for slot in PHRASES[key])) or "none"
                yield Fault(file, reader.line_of(file, (key,)), key, f"must have these slots: {named}")
