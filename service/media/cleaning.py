"""One file made safe to keep and to show, in a process of its own: a hostile file may break that, and nothing else.

The process gets the file and no environment, so no key; what it gives back is a line of JSON and bytes, so that not even
one that a file has taken over can make us run anything.
"""

from __future__ import annotations

import asyncio
import json
import resource
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path

from service.media import films, kinds, pictures, sounds, tracks
from service.media.kinds import KINDS, Kind, Refused, Sort

SECONDS = 30.0
CPU_SECONDS = 20
MEMORY = 768 * 1024 * 1024
"""Bytes that cleaning may take beyond what its process has when it begins."""
MOST_OUTPUT = 80_000_000
ROOT = Path(__file__).parents[2]
COMMAND = (sys.executable, "-E", "-s", "-m", "service.media.cleaning")


class NotCleaned(Exception):
    """The process that cleaned the file died or took too long: the file may be hostile, or the machine in need."""


@dataclass(frozen=True)
class Clean:
    """A file as we keep it; `preview` is a small JPEG of a picture."""

    kind: Kind
    content: bytes = field(repr=False)
    preview: bytes | None = field(default=None, repr=False)


def clean(content: bytes) -> Clean:
    """Recognise a file and take out what it says of people. Raises Refused."""
    kind = kinds.recognise(content)
    if kind is kinds.MP3:
        # Tags may stand before sound of another kind, or before no sound at all.
        content = sounds.strip_mpeg(content)
        kind = kinds.recognise(content)
    if kind.sort == "picture":
        kept, preview = pictures.redraw(content)
        return Clean(kinds.JPEG, kept, preview)
    if kind in (kinds.MP4, kinds.PHONE_VIDEO, kinds.M4A):
        kind, content = tracks.unpack(kind, content)
    if kind is kinds.AMR:
        return Clean(kinds.MP3, _rewrite(content))
    return Clean(kind, _STRIPPERS[kind.content_type](content))


def _rewrite(content: bytes) -> bytes:
    # Loaded only where a file is read: it brings FFmpeg, which is large, and no other process has a use for it.
    from service.media import speech

    return speech.rewrite(content)


def _rebuild(content: bytes) -> bytes:
    # As above: it brings pypdf.
    from service.media import documents

    return documents.rebuild(content)


async def clean_apart(content: bytes) -> Clean:
    """`clean` with limits of time and memory. Raises Refused or NotCleaned."""
    process = await asyncio.create_subprocess_exec(
        *COMMAND,
        str(MEMORY),
        str(CPU_SECONDS),
        stdin=PIPE,
        stdout=PIPE,
        stderr=DEVNULL,
        cwd=ROOT,
        env={},
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(SECONDS):
            output = await _converse(process, content)
        return _read(output)
    except (OSError, TimeoutError, ValueError, KeyError, TypeError):
        raise NotCleaned("Reading the file took too much time or memory.") from None
    finally:
        if process.returncode is None:
            process.kill()
        # To the end of its pipes: only then are they closed, and only then is it known to have ended.
        await process.communicate()


async def _converse(process: Process, content: bytes) -> bytes:
    """Give it the file, take what it says. Raises ValueError if that is no end or too much."""
    assert process.stdin is not None and process.stdout is not None
    process.stdin.write(content)
    await process.stdin.drain()
    process.stdin.close()
    output = bytearray()
    while more := await process.stdout.read(1 << 20):
        output += more
        if len(output) > MOST_OUTPUT:
            raise ValueError("too much")
    if await process.wait() != 0:
        raise ValueError("it died")
    return bytes(output)


def _read(output: bytes) -> Clean:
    """What the process said. Raises Refused, and ValueError, KeyError or TypeError for what is no answer."""
    line, _, body = output.partition(b"\n")
    said = json.loads(line)
    if "refused" in said:
        raise Refused(str(said["refused"])[:200])
    size = int(said["size"])
    return Clean(KINDS[said["content_type"]], body[:size], body[size:] or None)


def main() -> None:
    """What the process does: a file from standard input, its answer on standard output."""
    memory, cpu_seconds = (int(argument) for argument in sys.argv[1:])
    content = sys.stdin.buffer.read()
    _load_for(content)
    _limit(resource.RLIMIT_CPU, cpu_seconds)
    _limit(resource.RLIMIT_FSIZE, 0)
    _limit(resource.RLIMIT_AS, _taken() + memory)
    try:
        done = clean(content)
        said: dict[str, object] = {"content_type": done.kind.content_type, "size": len(done.content)}
        body = (done.content, done.preview or b"")
    except Refused as error:
        said, body = {"refused": str(error)}, (b"", b"")
    except MemoryError:
        said, body = {"refused": "Reading it took too much memory."}, (b"", b"")
    except Exception as error:
        # Its message may quote the file.
        said, body = {"refused": f"Reading it failed with {type(error).__name__}."}, (b"", b"")
    sys.stdout.buffer.write(json.dumps(said).encode() + b"\n" + b"".join(body))


def _load_for(content: bytes) -> None:
    """Load what may be needed now, before memory has a limit: an import that runs out of it fails with any error."""
    try:
        kind = kinds.recognise(content)
    except Refused:
        return  # as `clean` will say
    if kind.sort in _LOADED_LATE:
        import_module(_LOADED_LATE[kind.sort])


def _limit(what: int, most: int) -> None:
    hard = resource.getrlimit(what)[1]
    resource.setrlimit(what, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


def _taken() -> int:
    """Bytes of address space this process has; a guess where the system does not say."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    except OSError:
        return 4 * MEMORY


_STRIPPERS: Mapping[str, Callable[[bytes], bytes]] = {
    "audio/ogg": sounds.strip_ogg,
    "audio/mpeg": sounds.strip_mpeg,
    "audio/aac": sounds.strip_mpeg,
    "audio/wav": sounds.strip_wav,
    "audio/mp4": films.strip_mp4,
    "video/mp4": films.strip_mp4,
    "video/3gpp": films.strip_mp4,
    "audio/webm": films.strip_webm,
    "video/webm": films.strip_webm,
    "application/pdf": _rebuild,
}
"""How each kind that is not drawn anew is cleaned, by content type."""
_LOADED_LATE: Mapping[Sort, str] = {
    "voice note": "service.media.speech",
    "video": "service.media.speech",
    "document": "service.media.documents",
}
"""What takes as long to load as most files take to clean. A video may turn out to be AMR (`tracks.unpack`)."""

if __name__ == "__main__":
    main()
