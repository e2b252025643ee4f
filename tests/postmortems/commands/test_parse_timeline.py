"""Times out of pasted lines, from the shell."""

import io
import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

CHAT = "Incident channel\n14:35 a user reports a blocked order\n14:42 on-call starts\n"


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("parse_timeline", *arguments, stdout=out)
    return out.getvalue()


def test_rows_come_out_by_the_clocks_of_the_zone(tmp_path: Path) -> None:
    file = tmp_path / "chat.txt"
    file.write_text(CHAT, encoding="utf-8")
    said = run("--date", "2024-02-15", "--zone", "Europe/Paris", str(file))
    assert "2024-02-15 14:35:00  a user reports a blocked order" in said
    assert "line 1 has no time: Incident channel" in said


def test_json_holds_instants_lines_and_what_has_no_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(CHAT))
    read = json.loads(run("--date", "2024-02-15", "--zone", "Europe/Paris", "--json"))
    assert [(row["at"], row["line"]) for row in read["rows"]] == [
        ("2024-02-15T13:35:00+00:00", 2),
        ("2024-02-15T13:42:00+00:00", 3),
    ]
    assert read["unplaced"] == [{"line": 1, "text": "Incident channel"}]


def test_without_any_time_the_answer_is_no(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("nothing here\n"))
    with pytest.raises(SystemExit) as ended:
        run()
    assert ended.value.code == 1


def test_a_file_that_cannot_be_read_ends_with_two(tmp_path: Path) -> None:
    with pytest.raises(CommandError) as refused:
        run(str(tmp_path / "missing.txt"))
    assert refused.value.returncode == 2
    with pytest.raises(CommandError, match="not an IANA time zone"):
        run("--zone", "Paris")
