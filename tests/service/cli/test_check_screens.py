"""`answerable check` on the screens of a USSD menu."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.service.cli.conftest import Run

CHANNEL = (
    "  - name: ussd\n    type: africastalking_ussd\n"
    "    settings: {username: v, api_key: $KEY, path_secret: $SECRET, allowed_addresses: '%s'}\n"
)


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('ask: "Write', 'ask: "' + "x" * 170 + "Write", "ussd.ask: is longer than one USSD screen (182 characters) by"),
        ('report: "Report"', 'report: "' + "x" * 140 + '"', "ussd.welcome: with its choices is longer than one USSD"),
        ('thanks: "Thank', 'thanks: "धन्यवाद', "ussd.thanks: has letters few phones show"),
        ('  stop: "No more texts"\n', "", "ussd.stop: is missing; write it"),
        ('  language: "English"', '  languag: "English"', "ussd.languag: is not known; check the spelling"),
    ],
)
def test_what_a_screen_cannot_show_is_told(answerable: Run, village: Path, old: str, new: str, fault: str) -> None:
    path = village / "messages" / "en.yaml"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")
    result = answerable("check", village)
    assert (result.exit_code, "messages/en.yaml:" in result.output, fault in result.output) == (1, True, True), (
        result.output
    )


def test_a_menu_needs_words_in_one_language_only(answerable: Run, village: Path) -> None:
    with (village / "channels.yaml").open("a") as file:
        file.write(CHANNEL % "203.0.113.7, 2001:db8::/32")
    for tag in ("sw", "en"):
        assert answerable("check", village).exit_code == 0
        path = village / "messages" / f"{tag}.yaml"
        path.write_text(path.read_text("utf-8").partition("\nussd:")[0] + "\n", "utf-8")
    result = answerable("check", village)
    assert (result.exit_code, "ussd: is missing; the channel ussd needs it" in result.output) == (1, True)


def test_a_channel_for_replies_that_is_none_is_told(answerable: Run, village: Path) -> None:
    path = village / "channels.yaml"
    with path.open("a") as file:
        file.write((CHANNEL % "203.0.113.7").replace("username: v", "username: v, sms_channel: sms"))
    result = answerable("check", village)
    assert (result.exit_code, "settings.sms_channel: sms is no africastalking channel" in result.output) == (1, True)
    short = (
        "  - name: short\n    type: africastalking\n    settings: {username: v, api_key: $KEY, path_secret: $SECRET}\n"
    )
    path.write_text(path.read_text("utf-8").replace("sms_channel: sms", "sms_channel: short") + short, "utf-8")
    assert answerable("check", village).exit_code == 0


def test_an_address_that_is_none_is_told(answerable: Run, village: Path) -> None:
    with (village / "channels.yaml").open("a") as file:
        file.write(CHANNEL % "203.0.113.7, everywhere")
    result = answerable("check", village)
    assert (result.exit_code, "everywhere is no address or network; write such as" in result.output) == (1, True)
