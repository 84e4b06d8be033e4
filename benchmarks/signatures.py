"""Twilio's signature, checked by our one pass and by Twilio's own library on the same request, side by side.

Run: python -m benchmarks.signatures [--rounds N].
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from statistics import median

from multidict import CIMultiDict, MultiDict
from rich.console import Console
from rich.table import Table
from twilio.request_validator import RequestValidator

from benchmarks.doors import ADDRESS, PATH, TOKEN, make_form
from channels.base import Webhook
from channels.twilio import Twilio

REQUESTS = 2_000


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args().rounds
    form, url = MultiDict(make_form(1)), ADDRESS + PATH
    library, channel = RequestValidator(TOKEN), Twilio("AC1", TOKEN, "+254700000000")
    signature = library.compute_signature(url, form)
    hook = Webhook("POST", url, {}, CIMultiDict({"X-Twilio-Signature": signature}), form, b"")
    ways: dict[str, Callable[[], object]] = {
        "Twilio's library": lambda: library.validate(url, form, signature),
        "ours": lambda: channel.authenticate(hook),
    }
    took: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            took[name].append(_seconds(way))
    table = Table("check", "µs a request", "times", title="A signed request of nineteen fields")
    for name, seconds in took.items():
        times = median(one / other for one, other in zip(seconds, took["Twilio's library"], strict=True))
        table.add_row(name, f"{median(seconds) / REQUESTS * 1e6:.0f}", f"{times:.2f}")
    Console(width=100).print(table)


def _seconds(way: Callable[[], object]) -> float:
    begun = time.process_time()
    for _ in range(REQUESTS):
        way()
    return time.process_time() - begun


if __name__ == "__main__":
    main()
