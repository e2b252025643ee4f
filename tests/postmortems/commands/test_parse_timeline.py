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


def typed(monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content)))


def test_rows_come_out_by_the_clocks_of_the_zone(tmp_path: Path) -> None:
    file = tmp_path / "chat.txt"
    file.write_text(CHAT, encoding="utf-8")
    said = run("--date", "2024-02-15", "--zone", "Europe/Paris", str(file))
    assert "2024-02-15 14:35:00  a user reports a blocked order" in said
    assert "line 1 has no time: Incident channel" in said


def test_json_holds_instants_lines_and_what_has_no_place(monkeypatch: pytest.MonkeyPatch) -> None:
    typed(monkeypatch, CHAT.encode())
    read = json.loads(run("--date", "2024-02-15", "--zone", "Europe/Paris", "--json"))
    assert [(row["at"], row["line"]) for row in read["rows"]] == [
        ("2024-02-15T13:35:00+00:00", 2),
        ("2024-02-15T13:42:00+00:00", 3),
    ]
    assert read["unplaced"] == [{"line": 1, "text": "Incident channel"}]


def test_without_any_time_the_answer_is_no(monkeypatch: pytest.MonkeyPatch) -> None:
    typed(monkeypatch, b"nothing here\n")
    with pytest.raises(SystemExit) as ended:
        run()
    assert ended.value.code == 1


def test_what_is_not_utf_8_ends_with_two(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    typed(monkeypatch, b"14:35 \xff")
    (tmp_path / "chat.txt").write_bytes(b"14:35 \xff")
    for arguments in ([], [str(tmp_path / "chat.txt")]):
        with pytest.raises(CommandError, match="cannot be read as UTF-8 text") as refused:
            run(*arguments)
        assert refused.value.returncode == 2


def test_a_file_that_cannot_be_read_ends_with_two(tmp_path: Path) -> None:
    with pytest.raises(CommandError) as refused:
        run(str(tmp_path / "missing.txt"))
    assert refused.value.returncode == 2
    with pytest.raises(CommandError, match="not an IANA time zone"):
        run("--zone", "Paris")
