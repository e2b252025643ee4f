"""What reading a file refuses, and how it says so."""

import pytest

from postmortems.domain.markdown.parse import ParseError, parse
from postmortems.domain.markdown.render import render
from tests.postmortems.domain.markdown.examples import ENGLISH_EXAMPLE, FRENCH_EXAMPLE

FILE = render(FRENCH_EXAMPLE)


def error_for(found: str, instead: str, file: str = FILE) -> tuple[str, str]:
    """The line to which an error points, and its message, after one change in the file."""
    assert file.count(found) >= 1
    changed = file.replace(found, instead, 1)
    with pytest.raises(ParseError) as raised:
        parse(changed)
    return changed.split("\n")[raised.value.line - 1], raised.value.message


@pytest.mark.parametrize(
    ("found", "instead", "line", "message"),
    [
        ("# Post-Mortem : ", "# Incident ", "# Incident Réservations de salles en double", "title"),
        ("## 2024-10-26 - ", "## 26/10/2024 ", "## 26/10/2024 Coopérative des Trois Tilleuls", "YYYY-MM-DD"),
        ("## 📊 Impact", "## Impact", "## Impact", "## 📊 Impact"),
        ("\n---\n\n## 📊 Impact", "\n## 📊 Impact", "## 📊 Impact", "---"),
        ("| **Sévérité** | P2 |", "| **Sévérité** | P9 |", "| **Sévérité** | P9 |", "P1, P2, P3, P4"),
        ("| 26 octobre 2024 |", "| 25 octobre 2024 |", "| **Date** | 25 octobre 2024 |", "2024-10-26"),
        ("en Europe/Paris*", "en Europe/Lutèce*", "*Toutes les heures en Europe/Lutèce*", "time zone"),
        ("**22:40**", "**22h40**", "22h40", "14:23"),
        ("**22:40**", "**25:40**", "25:40", "time of the day"),
        ("**02:30 +02:00**", "**02:30**", "**02:30**", "twice"),
        ("| ✅ Fait |", "| fini |", "| fini |", "⏳ À faire"),
        ("| 06/11 |", "| 31/02 |", "| 31/02 |", "16/02/2024"),
        ("| Incident déclaré clos |", "| Incident | déclaré clos |", "| déclaré clos |", "cells"),
        (
            "| Facteur | Impact |",
            "| Facteur | Effet |",
            "| Facteur | Effet |",
            "| Facteur | Impact | Catégorie |",
        ),
        ("2. **Retour arrière**", "2. Retour arrière", "2. Retour arrière", "**Title**"),
        ("| **Status** |", "| **État** |", "| **État** |", "Prochaine review"),
        ("   → Les deux serveurs", "   Les deux serveurs", "   Les deux serveurs", "answer"),
        ("**Usage :** erroné", "**Usage :** inutile", "**Usage :** inutile", "suivi"),
    ],
)
def test_an_error_names_the_line_and_what_is_expected(
    found: str, instead: str, line: str, message: str
) -> None:
    where, what = error_for(found, instead)
    assert line in where
    assert message in what


def test_a_time_that_the_clock_skips_is_refused() -> None:
    file = render(ENGLISH_EXAMPLE).replace("All times in UTC", "All times in Europe/Paris")
    where, what = error_for("31 Dec 2025 06:00", "29 Mar 2026 02:30", file)
    assert "02:30" in where
    assert "never shows" in what


@pytest.mark.parametrize(
    "text", ["", "\n", "hello", "---\nid: 1\n", "## 2024-01-01 - x\n", "# Post-Mortem : x\n"]
)
def test_a_text_of_another_kind_is_refused(text: str) -> None:
    with pytest.raises(ParseError):
        parse(text)


def line_of_error(file: str) -> int:
    """The line at which reading stops, or 0."""
    try:
        parse(file)
    except ParseError as error:
        return error.line
    return 0


def test_a_file_cut_off_anywhere_is_read_or_refused_with_a_line_of_it() -> None:
    for end in range(0, len(FILE), 7):
        assert 0 <= line_of_error(FILE[:end]) <= FILE[:end].count("\n") + 2


def test_windows_line_ends_and_a_byte_order_mark_make_no_difference() -> None:
    assert parse("\ufeff" + FILE.replace("\n", "\r\n")) == FRENCH_EXAMPLE
