"""What the web application carries, by typed key."""

from __future__ import annotations

from asyncio import Semaphore
from collections.abc import Mapping

from aiohttp import ClientSession, web

from channels.addresses import Network
from channels.base import Channel
from service.db import Database
from service.intake import Intake
from service.programme import Programme
from service.secrets import Secrets
from service.settings import Settings

SETTINGS = web.AppKey("settings", Settings)
DATABASE = web.AppKey("database", Database)
SECRETS = web.AppKey("secrets", Secrets)
PROGRAMMES = web.AppKey("programmes", Mapping[str, Programme])
"""By code."""
CHANNELS = web.AppKey("channels", Mapping[str, Channel])
"""By <programme>/<name>."""
ALLOWED = web.AppKey("allowed", Mapping[str, tuple[Network, ...]])
"""By <programme>/<name>: the networks its calls may come from. A channel that is missing or has none is open to all."""
LARGE = web.AppKey("large", Semaphore)
"""Taken while a request that holds a large file is read: few of them are in memory at a time."""
INTAKE = web.AppKey("intake", Intake)
HTTP = web.AppKey("http", ClientSession)
DEMO = web.AppKey("demo", bool)
"""True under `answerable demo`: shows log-ins, mail and the inside of the analysis."""
