"""Static files under /static, with the hash of their content in the address so that browsers may keep them for a year.

Leaflet comes from the XStatic wheel; nothing of others is committed here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web
from xstatic.pkg import leaflet

OWN = Path(__file__).parent / "static"
YEAR = "public, max-age=31536000, immutable"
TYPES = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".webmanifest": "application/manifest+json",
}
"""What we serve. Named here, because what a machine says of a file name differs from machine to machine."""


@dataclass(frozen=True)
class Assets:
    """Every static file by name, such as css/base.css, with its path and the hash of its content."""

    paths: Mapping[str, Path]
    hashes: Mapping[str, str]

    def url(self, name: str) -> str:
        """The address of a file. An unknown name is a KeyError, so that a misspelt one breaks the page's test."""
        return f"/static/{name}?v={self.hashes[name]}"

    async def serve(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        path = self.paths.get(name)
        if path is None:
            raise web.HTTPNotFound
        current = request.query.get("v") == self.hashes[name]
        kind = TYPES[path.suffix]
        text = "" if path.suffix == ".png" else "; charset=utf-8"
        return web.FileResponse(
            path, headers={"Content-Type": kind + text, "Cache-Control": YEAR if current else "no-cache"}
        )


def find_assets() -> Assets:
    """Read our own folder and Leaflet's, and hash each file."""
    paths: dict[str, Path] = {}
    for prefix, folder in (("", OWN), ("leaflet/", Path(leaflet.BASE_DIR))):
        for path in sorted(folder.rglob("*")):
            if path.suffix in TYPES:
                paths[prefix + path.relative_to(folder).as_posix()] = path
    hashes = {name: hashlib.sha256(path.read_bytes()).hexdigest()[:12] for name, path in paths.items()}
    return Assets(paths, hashes)


def add_assets(app: web.Application) -> Assets:
    """Serve the files and return them, so that templates can name them."""
    assets = find_assets()
    app.router.add_get("/static/{name:.+}", assets.serve, name="static")
    return assets
