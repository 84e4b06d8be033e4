"""Runs every benchmark of this folder, each in a process of its own, and prints their tables: `python -m benchmarks`.

A benchmark is a module with a `main`. One that fails does not keep the others from running; the end tells which.
"""

from __future__ import annotations

import ast
import subprocess
import sys
import time
from pathlib import Path

FOLDER = Path(__file__).parent


def benchmarks(folder: Path) -> list[str]:
    """The modules of a folder that have a `main`, by name."""
    return sorted(path.stem for path in folder.glob("[!_]*.py") if _has_main(path))


def _has_main(path: Path) -> bool:
    tree = ast.parse(path.read_text("utf-8"))
    return any(isinstance(node, ast.FunctionDef) and node.name == "main" for node in tree.body)


def run(package: str, names: list[str]) -> list[str]:
    """Run each as `python -m package.name`; returns the names of those that failed."""
    failed = []
    for name in names:
        print(f"== {name}", flush=True)
        began = time.monotonic()
        if subprocess.run([sys.executable, "-m", f"{package}.{name}"], check=False).returncode != 0:
            failed.append(name)
        print(f"== {name} took {time.monotonic() - began:.0f} s", flush=True)
    return failed


def main() -> None:
    failed = run(FOLDER.name, benchmarks(FOLDER))
    if failed:
        raise SystemExit(f"failed: {', '.join(failed)}")


if __name__ == "__main__":
    main()
