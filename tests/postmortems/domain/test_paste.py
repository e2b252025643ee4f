"""Pasted text read as rows."""

import re
from collections import Counter
from datetime import UTC, date, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from postmortems.domain.document import Language
from postmortems.domain.paste import PasteResult, UnplacedLine, parse_paste
from postmortems.domain.times import Doubt

DAY = date(2024, 2, 15)


def read(text: str, zone: str = "UTC", language: Language = Language.FRENCH) -> PasteResult:
    return parse_paste(text, DAY, zone, language)


def rows(text: str) -> list[tuple[str, str]]:
    return [(f"{row.at:%d %H:%M}", row.text) for row in read(text).rows]


def test_bullets_become_rows_with_their_lines() -> None:
    result = read("- 14:23 first failure\n\n- 14:35 a user reports\n")
    assert [(row.line, row.text) for row in result.rows] == [(1, "first failure"), (3, "a user reports")]
    assert not result.unplaced


def test_a_table_gives_the_words_of_its_cells() -> None:
    result = read("| Heure | Événement |\n|---|---|\n| **14:23** | Échec | chat |\n| 14:35 | **a** \\| b |")
    assert [row.text for row in result.rows] == ["Échec — chat", "**a** \\| b"]
    assert result.unplaced == (UnplacedLine(1, "| Heure | Événement |"),)


def test_a_table_may_have_its_times_in_any_column() -> None:
    assert rows("| Detected | **2024-02-15 14:35** | by a user |") == [("15 14:35", "Detected — by a user")]


def test_csv_gives_its_cells() -> None:
    text = 'time,who,what\n2024-02-15 14:35,ana,"blocked, again"\n"2024-02-15 14:36","bo","x"\n14:37;cy;z'
    assert rows(text) == [
        ("15 14:35", "ana — blocked, again"),
        ("15 14:36", "bo — x"),
        ("15 14:37", "cy — z"),
    ]


def test_a_chat_puts_the_name_before_the_message() -> None:
    text = "Ana Lopez  2:35 PM\nthe checkout is blocked\nwe restarted at 14:20\n\nBo [14:38]\nlooking"
    assert rows(text) == [
        ("15 14:35", "Ana Lopez: the checkout is blocked we restarted at 14:20"),
        ("15 14:38", "Bo: looking"),
    ]


def test_a_time_at_the_head_is_no_name() -> None:
    assert rows("à 14h35 restart planned 15:10") == [("15 14:35", "restart planned 15:10")]


def test_lines_without_time_continue_the_row_above() -> None:
    assert rows("14:35 failure\n  Traceback\n  KeyError") == [("15 14:35", "failure Traceback KeyError")]


@pytest.mark.parametrize(
    "inside", ["» 14:40 x", "we restarted at 14:20", "the 2 pm restart", "14.40 x", "reprise 14 h 40, puis"]
)
def test_a_time_in_a_line_that_was_added_to_a_row_is_doubted_once(inside: str) -> None:
    (row,) = read(f"14:35 failure\n{inside}\nthen {inside}").rows
    assert row.doubts == (Doubt.TIME_BELOW,)


@pytest.mark.parametrize(
    "inside", ["after 2 h of work", "version 2.14", "ratio 16:9", "10.1.2.3:8888", "Error: 7"]
)
def test_other_figures_in_such_a_line_are_not(inside: str) -> None:
    (row,) = read(f"14:35 failure\n{inside}").rows
    assert row.doubts == ()


def test_a_numbered_list_and_a_list_of_boxes_give_rows() -> None:
    text = "1. 14:35 a\n2) 14:36 b\n- [x] 14:37 c\n- [ ] **14:38** d\n10. 2024-02-15 14:39 e\n3 14:40 f"
    assert rows(text) == [
        ("15 14:35", "a"),
        ("15 14:36", "b"),
        ("15 14:37", "c"),
        ("15 14:38", "d"),
        ("15 14:39", "e 3 14:40 f"),
    ]
    assert read(text).rows[0].stamp == "1. 14:35"


def test_a_chat_copied_from_a_browser_names_who_speaks_above_the_time() -> None:
    text = "Ana Lopez\n  14:35\nthe checkout is blocked\nfor everybody\nbo.diaz\n14 h 38\nlooking"
    assert rows(text) == [
        ("15 14:35", "Ana Lopez: the checkout is blocked for everybody"),
        ("15 14:38", "bo.diaz: looking"),
    ]


def test_a_list_with_times_on_lines_of_their_own_names_nobody() -> None:
    assert rows("14:35\nFailure\n14:38\nRestart\n14:40\nAll well") == [
        ("15 14:35", "Failure"),
        ("15 14:38", "Restart"),
        ("15 14:40", "All well"),
    ]


def test_a_chat_that_says_today_and_yesterday() -> None:
    text = (
        "ana — Yesterday at 11:50 PM\nblocked\nbo — Yesterday at 11:55 PM\nlooking\n"
        "ana — Today at 12:05 AM\nbetter\nbo — Aujourd’hui à 00:10\nfini\ncy — Hier à 00:15\nx"
    )
    result = read(text)
    assert [(f"{row.at:%d %H:%M}", row.text, row.doubts) for row in result.rows] == [
        ("15 23:50", "ana: blocked", (Doubt.RELATIVE_DAY,)),
        ("15 23:55", "bo: looking", ()),
        ("16 00:05", "ana: better", (Doubt.RELATIVE_DAY,)),
        ("16 00:10", "bo: fini", ()),
        ("16 00:15", "cy: x", (Doubt.RELATIVE_DAY,)),
    ]


def test_logs_of_servers() -> None:
    text = (
        "[Thu Feb 16 14:35:01.123 2023] [core:error] a\n"
        '192.0.2.1 - - [15/Feb/2024:14:36:02 +0000] "GET /" 500\n'
        '{"time": "2024-02-15T14:37:03.5Z", "level": "error", "msg": "b \\n c", "user": {"id": 1.50}}\n'
        '{"ts": 1708007884, "message": "d"}\n{"ts": 1708007885123, "message": "e"}'
    )
    result = read(text)
    assert [(f"{row.at:%Y-%m-%d %H:%M:%S}", row.text) for row in result.rows] == [
        ("2023-02-16 14:35:01", "[core:error] a"),
        ("2024-02-15 14:36:02", '192.0.2.1 - - [ ] "GET /" 500'),
        ("2024-02-15 14:37:03", 'b   c (level=error, user={"id": "1.50"})'),
        ("2024-02-15 14:38:04", "d"),
        ("2024-02-15 14:38:05", "e"),
    ]


@pytest.mark.parametrize(
    "line",
    [
        '{"time": "soon", "msg": "x"}',
        '{"time": "14:35"}',
        '{"msg": "x"}',
        '{"time": "14:35", "time": "14:36", "msg": "x"}',
        '{"time": "2024-02-30T14:35", "msg": "x"}',
        "{not json}",
        "{}",
        '{"ts": 1e999, "msg": "x"}',
    ],
)
def test_other_lines_in_braces_stay_as_they_are(line: str) -> None:
    assert read(line) == PasteResult((), (UnplacedLine(1, line),))


def test_headings_end_a_row() -> None:
    result = read("14:35 failure\n## Analysis\nlong text")
    assert [row.text for row in result.rows] == ["failure"]
    assert [line.text for line in result.unplaced] == ["## Analysis", "long text"]


def test_a_date_alone_holds_for_the_lines_below() -> None:
    text = "## Vendredi 16 février 2024 :\n14:00 a\n15:00 b\n\n**17/02**\n09:00 c"
    assert rows(text) == [("16 14:00", "a"), ("16 15:00", "b"), ("17 09:00", "c")]
    assert read(text).rows[0].stamp == "## Vendredi 16 février 2024 : 14:00"


def test_a_heading_may_go_back_in_time() -> None:
    result = read("14:00 a\n## 14/02\nfirst signs\n07:00 b\n16/02")
    assert [(f"{row.at:%d %H:%M}", row.text, row.doubts) for row in result.rows] == [
        ("15 14:00", "a", ()),
        ("14 07:00", "b", ()),
    ]
    assert [line.text for line in result.unplaced] == ["first signs", "16/02"]


def test_punctuation_alone_is_a_text() -> None:
    assert rows("14:35 ???") == [("15 14:35", "???")]


def test_a_date_in_a_row_holds_for_the_rows_below() -> None:
    assert rows("16/02 14:00 a\n15:00 b") == [("16 14:00", "a"), ("16 15:00", "b")]


def test_after_midnight_comes_the_next_day() -> None:
    result = read("23:50 a\n00:10 b\n00:05 c")
    assert [f"{row.at:%d %H:%M}" for row in result.rows] == ["15 23:50", "16 00:10", "16 00:05"]
    assert [row.doubts for row in result.rows] == [(), (Doubt.DAY_ROLLED,), ()]


def test_a_weekday_that_contradicts_the_heading_is_doubted_once() -> None:
    result = read("lundi 16 février 2024\n14:00 a\n14:05 b")
    assert [row.doubts for row in result.rows] == [(Doubt.WEEKDAY,), ()]


def test_the_repeated_hour_keeps_the_rows_in_order() -> None:
    result = read("27/10/2024 02:50 a\n02:10 b", zone="Europe/Paris")
    assert [row.at for row in result.rows] == [
        datetime(2024, 10, 27, 0, 50, tzinfo=UTC),
        datetime(2024, 10, 27, 1, 10, tzinfo=UTC),
    ]
    assert all(row.doubts == (Doubt.AMBIGUOUS_TIME,) for row in result.rows)


def test_a_skipped_time_is_doubted() -> None:
    (row,) = read("31/03/2024 02:30 a", zone="Europe/Paris").rows
    assert row.doubts == (Doubt.NONEXISTENT_TIME,)


@pytest.mark.parametrize("text", ["", "\n\n", "no time\nat all"])
def test_text_without_times_gives_no_rows(text: str) -> None:
    assert not read(text).rows


def words(text: str) -> Counter[str]:
    return Counter(re.findall(r"[^\W_]+", text))


FRAGMENTS = st.sampled_from(
    [
        *(
            "14:35",
            "2:35 PM",
            "2024-02-15T14:35:12Z",
            "15/02",
            "Mon 15 Feb 2024",
            "lundi",
            "UTC",
            "CST",
            "31/03/2024 02:30",
        ),
        *(
            "|",
            ",",
            ";",
            "\t",
            '"',
            '""',
            "**",
            "- ",
            "#",
            "## ",
            "[",
            "]",
            ":",
            "~",
            "à ",
            " ",
            "  ",
            "\n",
            "\n\n",
        ),
        *("Ana", "Bo Diaz", "failed", "x", "\\|", "\x85", "\x00", "٣:٣٥", "é", "İ", "+0200", "12", "-"),
    ]
)
PASTES = st.lists(FRAGMENTS | st.text(max_size=4), max_size=40).map("".join) | st.text()


@given(PASTES, st.sampled_from(Language), st.sampled_from(["UTC", "Europe/Paris"]))
@example('14:35,"a"b', Language.FRENCH, "UTC")
@example("14:3514:35|2024-02-15T14:35:12Z", Language.FRENCH, "UTC")
def test_not_one_word_is_lost(text: str, language: Language, zone: str) -> None:
    result = read(text, zone, language)
    kept = [*(f"{row.stamp} {row.text}" for row in result.rows), *(line.text for line in result.unplaced)]
    assert not words(text) - words(" ".join(kept))


@pytest.mark.parametrize(
    "unit",
    [
        "[",
        "*",
        " ",
        "14:35 ",
        "14:35\n",
        "|",
        '"',
        "1",
        "a ",
        "15/02 ",
        "- ",
        "Mon ",
        ",",
        '14:35,"\n',
        '{"a":',
        "Ana\n14:35\n",
        "#",
        "2024-",
    ],
)
def test_long_hostile_text_is_read_to_its_end(unit: str) -> None:
    text = unit * 20_000
    result = read(text)
    kept = sum(len(row.text) + len(row.stamp) for row in result.rows) + sum(
        len(u.text) for u in result.unplaced
    )
    assert kept <= len(text) + 20_000
