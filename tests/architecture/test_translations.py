"""The French catalogue holds every string of the interface; English is the language of the source."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import polib
import pytest

ROOT = Path(__file__).parents[2]
CATALOGUE = Path("postmortems/locale/fr/LC_MESSAGES/django.po")
SOURCES = ("config", "postmortems", "actions", "templates", "manage.py")


@pytest.fixture(scope="module")
def catalogue() -> polib.POFile:
    return polib.pofile(str(ROOT / CATALOGUE))


def test_every_string_is_translated(catalogue: polib.POFile) -> None:
    assert [entry.msgid for entry in catalogue if not entry.translated()] == []


def test_the_compiled_catalogue_is_the_written_one(catalogue: polib.POFile) -> None:
    compiled = polib.mofile(str((ROOT / CATALOGUE).with_suffix(".mo")))
    assert {(entry.msgctxt, entry.msgid, entry.msgstr) for entry in compiled} == {
        (entry.msgctxt, entry.msgid, entry.msgstr) for entry in catalogue
    }


def test_the_catalogue_holds_the_strings_of_the_source(catalogue: polib.POFile, tmp_path: Path) -> None:
    if not shutil.which("xgettext"):
        lacking = "no xgettext found: install the package gettext"
        if os.environ.get("REQUIRE_ALL"):
            pytest.fail(lacking)
        pytest.skip(lacking)
    for name in SOURCES:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, tmp_path)
    subprocess.run(
        [sys.executable, "manage.py", "makemessages", "--locale=fr", "--no-obsolete", "--no-location"],
        cwd=tmp_path,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings"},
        check=True,
        capture_output=True,
    )
    extracted = polib.pofile(str(tmp_path / CATALOGUE))
    assert {(entry.msgctxt, entry.msgid, entry.msgid_plural) for entry in extracted} == {
        (entry.msgctxt, entry.msgid, entry.msgid_plural) for entry in catalogue
    }


def test_no_name_hides_a_string_from_the_extraction() -> None:
    """xgettext knows the functions by their own names and by ``_``; another alias leaves strings out."""
    modules = [path for name in SOURCES for path in (ROOT / name).rglob("*.py")]
    alias = re.compile(r"\bn?p?n?gettext(?:_lazy)? as (?!_\b)")
    assert [path.name for path in modules if alias.search(path.read_text(encoding="utf-8"))] == []
