"""What each channel can do, for its reference page: as the class says, and as its cases prove."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from channels import CHANNELS
from channels.base import Channel, HasWindows

CASES = Path(__file__).parents[1] / "tests" / "channels" / "cases"
HEAD = (
    *("channel", "files that arrive", "files we send (at most)", "pins", "answered text", "delivered", "read"),
    *("templates", "free to write", "drops what comes twice"),
)


def rows() -> Iterator[list[str]]:
    """One row a channel type."""
    for kind, channel in sorted(CHANNELS.items()):
        cases = json.loads((CASES / f"{kind}.json").read_text("utf-8"))
        inbound = [found for case in cases["receive"] for found in case.get("inbound", [])]
        states = {found["state"] for case in cases["receive"] for found in case.get("deliveries", [])}
        yield [
            f"[{kind}](#{kind})",
            _yes(any(found.get("media") for found in inbound)),
            ", ".join(map(_file, channel.carries.items())) or "no",
            _yes(any(found.get("location") for found in inbound)),
            _yes(any(found.get("replies_to") for found in inbound)),
            _yes("delivered" in states),
            _yes("read" in states),
            _yes(any(map(_by_template, cases["send"]))),
            _window(channel, {found["sender"] for found in inbound}),
            _yes(channel.idempotent),
        ]


def _file(carried: tuple[str, int | None]) -> str:
    kind, most = carried
    return kind if most is None else f"{kind} ({most // 1_000_000} MB)"


def _yes(can: bool) -> str:
    return "yes" if can else "no"


def _by_template(case: dict[str, Any]) -> bool:
    """Whether the template of a send case reached the provider by its name."""
    return "template" in case and case["template"]["name"] in _values(case.get("request", {}))


def _values(value: Any) -> Iterator[Any]:
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    yield value
    for inner in inside:
        yield from _values(inner)


def _window(channel: type[Channel], senders: set[str]) -> str:
    always = "always" if channel.window is None else _hours(channel.window)
    if not issubclass(channel, HasWindows):
        return always
    apps = sorted({sender.partition(":")[0] + ":" for sender in senders if ":" in sender})
    windows = {app: channel.window_to(channel, app) for app in apps}  # type: ignore[arg-type]
    kept = [f"{_hours(window)} at {app}" for app, window in windows.items() if window is not None]
    return "; ".join((always, *kept))


def _hours(window: timedelta) -> str:
    return f"{window // timedelta(hours=1)} hours"
