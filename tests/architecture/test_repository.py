"""The repository says nothing of the machine that it was written on."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NOT_OURS = {".git", ".hypothesis", ".venv", "var", "node_modules", "__pycache__"}
FORBIDDEN = {
    "a path of one machine": re.compile(r"(?<![\w.])/(?:work|root|home/\w+|opt/pypi[\w-]*)/"),
    "the address of a package index": re.compile(
        r"--(?:extra-)?index[-]url|--find[-]links|registry\.npmjs|pypi\.org"
    ),
    "a conflict of versions": re.compile(r"^(?:<{7}|>{7}) ", re.MULTILINE),
}


def own_files() -> Iterator[Path]:
    for directory, subdirectories, names in os.walk(ROOT):
        subdirectories[:] = [
            name for name in subdirectories if name not in NOT_OURS and not name.endswith("_cache")
        ]
        yield from (Path(directory, name) for name in names)


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_file_holds(what: str) -> None:
    found = []
    for path in own_files():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        found += [f"{path.relative_to(ROOT)}: {match.group()}" for match in FORBIDDEN[what].finditer(text)]
    assert found == []


def test_the_files_are_looked_at() -> None:
    assert ROOT / "manage.py" in own_files()
