"""The spool on disk: bounded, for us alone, taken over from the dead and from nobody else."""

from __future__ import annotations

import os
import resource
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from service.spool import ASIDE, Spool, SpoolFile, SpoolFull, SpoolUnusable, read

ROOM = 1_000_000


def _contents(spool: Spool) -> list[bytes]:
    spool.roll()
    found = []
    while (file := spool.oldest()) is not None:
        found += [piece.content for piece in read(file) if piece.content is not None]
        spool.drop(file)
    return found


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and path.suffix == ".records"]


def test_what_is_appended_waits_in_order(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool", ROOM)
    spool.append([b"one", b"two"])
    spool.append([b"three"])
    assert spool.waiting == 3
    assert _contents(spool) == [b"one", b"two", b"three"]
    assert (spool.waiting, spool.size) == (0, 0)
    spool.close()


def test_it_is_on_disk_before_append_returns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []
    monkeypatch.setattr("service.spool._flush", lambda descriptor: synced.append(os.fstat(descriptor).st_size))
    spool = Spool(tmp_path / "spool", ROOM)
    spool.append([b"one", b"two", b"three"])
    # One sync for all that waited together, after the last byte.
    assert synced == [spool.size]
    spool.close()


def test_files_are_for_us_alone(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool", ROOM)
    spool.append([b"sealed"])
    spool.roll()
    file = spool.oldest()
    assert file is not None
    spool.put_aside(file, read(file)[0], "refused")
    for path in (tmp_path / "spool").rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path
    assert spool.set_aside == 1
    assert [path.read_bytes() for path in (tmp_path / "spool" / ASIDE).iterdir()] == [file.path.read_bytes()]
    spool.close()


def test_it_has_an_end(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool", 100)
    spool.append([b"x" * 50])
    with pytest.raises(SpoolFull):
        spool.append([b"x" * 50])
    assert _contents(spool) == [b"x" * 50]
    spool.append([b"x" * 50])
    spool.close()


def test_large_spools_are_many_files_drained_one_by_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.spool.FILE_BYTES", 100)
    spool = Spool(tmp_path / "spool", ROOM)
    for number in range(10):
        spool.append([b"%03d" % number * 20])
    assert len(_files(tmp_path)) == 5
    first = spool.oldest()
    assert first is not None
    spool.drop(first)
    assert (len(_files(tmp_path)), spool.waiting) == (4, 8)
    spool.close()


def test_an_empty_spool_leaves_nothing(tmp_path: Path) -> None:
    Spool(tmp_path / "spool", ROOM).close()
    assert [path.name for path in (tmp_path / "spool").iterdir()] == [ASIDE]


def test_the_living_keep_theirs_and_the_dead_are_taken_over_oldest_first(tmp_path: Path) -> None:
    first, second = Spool(tmp_path / "spool", ROOM), Spool(tmp_path / "spool", ROOM)
    first.append([b"of the first"])
    second.append([b"of the second"])
    third = Spool(tmp_path / "spool", ROOM)
    assert third.waiting == 0
    second.close()
    first.close()
    heir = Spool(tmp_path / "spool", ROOM)
    heir.append([b"new"])
    assert _contents(heir) == [b"of the first", b"of the second", b"new"]
    third.close()
    heir.close()
    assert [path.name for path in (tmp_path / "spool").iterdir()] == [ASIDE]


def test_what_was_taken_over_counts_against_the_room(tmp_path: Path) -> None:
    first = Spool(tmp_path / "spool", ROOM)
    first.append([b"x" * 80])
    first.close()
    heir = Spool(tmp_path / "spool", 120)
    with pytest.raises(SpoolFull):
        heir.append([b"x" * 80])
    heir.close()


def test_a_torn_end_is_found_by_the_next_start(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool", ROOM)
    spool.append([b"acknowledged", b"torn"])
    spool.close()
    (path,) = _files(tmp_path)
    path.write_bytes(path.read_bytes()[:-1])
    heir = Spool(tmp_path / "spool", ROOM)
    file = heir.oldest()
    assert file is not None
    assert [(piece.content, piece.torn) for piece in read(file)] == [(b"acknowledged", False), (None, True)]
    heir.put_aside(file, read(file)[1], "torn")
    assert heir.set_aside == 0
    heir.close()


@pytest.mark.parametrize("obstacle", ["file", "read-only"])
def test_a_spool_that_cannot_be_written_refuses_the_start(tmp_path: Path, obstacle: str) -> None:
    folder = tmp_path / "spool"
    if obstacle == "file":
        folder.write_text("not a folder")
    else:
        folder = Path("/proc/answerable-spool")
    with pytest.raises(SpoolUnusable, match="Make VAR a folder"):
        Spool(folder, ROOM)


def test_a_full_disk_takes_nothing_and_loses_nothing(tmp_path: Path) -> None:
    """Past RLIMIT_FSIZE the system refuses to write, half-way through a record as on a full disk."""
    spool = Spool(tmp_path / "spool", ROOM)
    spool.append([b"before" * 100])
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (spool.size + 300, limits[1]))
    try:
        with pytest.raises(OSError, match="too large"):
            spool.append([b"refused" * 100])
        with pytest.raises(SpoolUnusable, match="too large"):
            Spool(tmp_path / "other", ROOM)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)
    spool.append([b"after"])
    assert spool.waiting == 2
    spool.roll()
    file = spool.oldest()
    assert file is not None
    assert [piece.content for piece in read(file)] == [b"before" * 100, b"after"]
    spool.close()


def test_the_lock_of_a_killed_process_is_free(tmp_path: Path) -> None:
    program = (
        "import sys, pathlib, service.spool as s\n"
        "spool = s.Spool(pathlib.Path(sys.argv[1]), 10**6); spool.append([b'left'])\n"
        "print('ready', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "spool")]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None and process.stdin is not None
    assert process.stdout.readline() == "ready\n"
    beside = Spool(tmp_path / "spool", ROOM)
    assert beside.waiting == 0
    process.kill()
    process.communicate()
    heir = Spool(tmp_path / "spool", ROOM)
    assert _contents(heir) == [b"left"]
    beside.close()
    heir.close()


def test_a_file_that_is_gone_is_no_matter(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool", ROOM)
    spool.append([b"one"])
    spool.roll()
    file = spool.oldest()
    assert isinstance(file, SpoolFile)
    file.path.unlink()
    spool.drop(file)
    assert spool.waiting == 0
    spool.close()
