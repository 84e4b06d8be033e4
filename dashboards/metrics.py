"""What Prometheus may ask (https://prometheus.io/docs/instrumenting/exposition_formats/): how long requests took, and
what waits. Labels are routes, channels and states; never an address, a text or a number.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler
from prometheus_client import CollectorRegistry, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from dashboards.middlewares import route_of
from service.health import Backlog, LineState, Spooled

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
"""Seconds."""


class Meters:
    """The measurements of one application. Its own registry, so that two applications in a process do not mix."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._of: dict[tuple[str, str, int], Histogram] = {}
        self.requests = Histogram(
            "answerable_request_seconds",
            "How long requests took, by route and status.",
            ("method", "route", "status"),
            registry=self.registry,
            buckets=BUCKETS,
        )

    def observe(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request. Its labels are looked up once: that takes longer than to count."""
        try:
            meter = self._of[method, route, status]
        except KeyError:
            meter = self._of[method, route, status] = self.requests.labels(method, route, status)
        meter.observe(seconds)


METERS = web.AppKey("meters", Meters)


def add_metrics(app: web.Application) -> None:
    """Make room for what `measure` finds."""
    app[METERS] = Meters()


async def measure(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Time a request. Outermost, so that it sees the status people see.

    Streams that stay open are not timed: they last as long as somebody looks.
    """
    return await time_request(request.app[METERS], request, handler, route_of)


async def time_request(
    meters: Meters, request: web.Request, handler: Handler, route: Callable[[web.Request], str]
) -> web.StreamResponse:
    """The same for a request that need not have gone through the application."""
    began = time.perf_counter()
    status = 500
    try:
        response = await handler(request)
        stays_open = not isinstance(response, web.Response) and response.content_type == "text/event-stream"
        status = 0 if stays_open else response.status
        return response
    except web.HTTPException as error:
        status = error.status
        raise
    finally:
        if status:
            # There are dozens of methods that nobody uses; a stranger must not fill the registry with them.
            method = request.method if request.method in hdrs.METH_ALL else "other"
            meters.observe(method, route(request), status, time.perf_counter() - began)


def exposition(app: web.Application, backlog: Backlog | None, spooled: Spooled | None) -> bytes:
    """All measurements in the text format. There is no backlog while the database is away."""
    snapshot = CollectorRegistry()
    if spooled is not None:
        snapshot.register(_Spool(spooled))
    if backlog is not None:
        snapshot.register(_Snapshot(backlog))
    return generate_latest(app[METERS].registry) + generate_latest(snapshot)


class _Snapshot(Collector):
    def __init__(self, backlog: Backlog) -> None:
        self._backlog = backlog

    def collect(self) -> Iterator[Metric]:
        backlog = self._backlog
        yield _gauge(
            "answerable_messages",
            "Texts by channel, direction and state.",
            ["channel", "direction", "state"],
            backlog.messages,
        )
        yield _gauge("answerable_reports", "Reports by status.", ["programme", "status"], backlog.reports)
        yield _gauge("answerable_digests", "Digests by state.", ["programme", "state"], backlog.digests)
        yield _gauge("answerable_quarantined", "Requests that wait for replay.", ["channel"], backlog.quarantined)
        yield _gauge(
            "answerable_outbox_oldest_seconds",
            "Wait of the oldest due outgoing text, of channels where one waits.",
            ["channel"],
            backlog.outbox_oldest,
        )
        yield from _lines(backlog.lines)
        yield _gauge("answerable_attachments", "Files that came, by state.", ["channel", "state"], backlog.attachments)
        waits = tuple(backlog.oldest_seconds.items())
        yield _gauge("answerable_oldest_waiting_seconds", "Wait of the oldest due text.", ["direction"], waits)


def _lines(lines: tuple[LineState, ...]) -> Iterator[Metric]:
    failures = tuple((line.channel, line.fault or "none", line.failures) for line in lines)
    resting = tuple((line.channel, line.fault or "none", line.resting_since is not None) for line in lines)
    since = tuple((line.channel, line.resting_since.timestamp()) for line in lines if line.resting_since)
    alarms = tuple((line.channel, line.alarmed) for line in lines)
    reason = ["channel", "fault"]
    yield _gauge("answerable_line_failures", "Failures of the line to a provider in a row.", reason, failures)
    yield _gauge("answerable_line_resting", "1 while nothing is sent because the line failed.", reason, resting)
    yield _gauge("answerable_line_resting_since_seconds", "Since when, in Unix time.", ["channel"], since)
    yield _gauge("answerable_opt_out_alarm", "1 while too many opt-outs came at once.", ["channel"], alarms)


class _Spool(Collector):
    def __init__(self, spooled: Spooled) -> None:
        self._spooled = spooled

    def collect(self) -> Iterator[Metric]:
        spooled = self._spooled
        for name, help, value in (
            ("away", "1 while texts go to the spool because the database is away.", float(spooled.away)),
            ("waiting", "Requests with texts that wait in the spool.", spooled.waiting),
            ("megabytes", "What they take on disk.", spooled.megabytes),
            ("room_megabytes", "What they may take: SPOOL_MEGABYTES.", spooled.room_megabytes),
            ("set_aside", "Pieces of the spool that a person must look at.", spooled.set_aside),
        ):
            yield _gauge(f"answerable_spool_{name}", help, [], ((value,),))


def _gauge(name: str, help: str, labels: list[str], rows: tuple[tuple[str | float, ...], ...]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, help, labels=labels)
    for *words, value in rows:
        family.add_metric([str(word) for word in words], float(value))
    return family
