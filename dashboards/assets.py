"""Static files under /static, with the hash of their content in the address so that browsers may keep them for a year.

A folder of style sheets is served as one, so that a page asks once: css/desk/*.css as css/desk.css. Leaflet comes from
the XStatic wheel; nothing of others is committed here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePosixPath

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
    """Every static file by name, such as css/base.css, with its path, or its content where it is joined, and its hash."""

    paths: Mapping[str, Path]
    joined: Mapping[str, bytes]
    hashes: Mapping[str, str]

    def url(self, name: str) -> str:
        """The address of a file. An unknown name is a KeyError, so that a misspelt one breaks the page's test."""
        return f"/static/{name}?v={self.hashes[name]}"

    async def serve(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        if name not in self.hashes:
            raise web.HTTPNotFound
        current = request.query.get("v") == self.hashes[name]
        suffix = PurePosixPath(name).suffix
        text = "" if suffix == ".png" else "; charset=utf-8"
        headers = {"Content-Type": TYPES[suffix] + text, "Cache-Control": YEAR if current else "no-cache"}
        if name in self.joined:
            return web.Response(body=self.joined[name], headers=headers)
        return web.FileResponse(self.paths[name], headers=headers)


@cache
def find_assets() -> Assets:
    """Read our own folder and Leaflet's, join what stands in a folder of css/, and hash each file: once a process."""
    paths: dict[str, Path] = {}
    joined: dict[str, bytes] = {}
    for prefix, folder in (("", OWN), ("leaflet/", Path(leaflet.BASE_DIR))):
        for path in sorted(folder.rglob("*")):
            name = prefix + path.relative_to(folder).as_posix()
            if name.startswith("css/") and path.is_dir():
                joined[f"{name}.css"] = b"\n".join(sheet.read_bytes() for sheet in sorted(path.glob("*.css")))
            elif path.suffix in TYPES and path.parent.parent != OWN / "css":
                paths[name] = path
    contents = {name: path.read_bytes() for name, path in paths.items()} | joined
    hashes = {name: hashlib.sha256(content).hexdigest()[:12] for name, content in contents.items()}
    return Assets(paths, joined, hashes)


def add_assets(app: web.Application) -> None:
    """Serve the files."""
    app.router.add_get("/static/{name:.+}", find_assets().serve, name="static")
