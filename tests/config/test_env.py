"""What each kind of variable accepts, and how a refusal reads."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from config.env import Environment


def refused(method: str, value: str, **arguments: Any) -> str:
    """Return the refusal of ``value`` for the variable NAME."""
    with pytest.raises(ImproperlyConfigured) as refusal:
        getattr(Environment({"NAME": value}), method)("NAME", **arguments)
    return str(refusal.value)


@pytest.mark.parametrize(
    ("value", "expected"), [("1", True), ("Yes", True), ("off", False), ("FALSE", False), ("", True)]
)
def test_flag(value: str, expected: bool) -> None:
    assert Environment({"NAME": value}).flag("NAME", default=True) is expected


def test_flag_refuses_anything_else() -> None:
    assert refused("flag", "maybe") == "NAME: 'maybe' is neither yes nor no. Example: NAME=1"


def test_blank_counts_as_absent() -> None:
    assert Environment({"NAME": "  "}).text("NAME", "default") == "default"


def test_choice_names_the_choices() -> None:
    refusal = refused("choice", "lunar", default="calendar", choices=("calendar", "business"))
    assert refusal == "NAME: 'lunar' is not one of calendar, business. Example: NAME=calendar"


@pytest.mark.parametrize("value", ["0", "91", "-1", "5.5", "five", "٥", "1234567890"])
def test_integer_refuses_what_is_out_of_bounds_or_not_a_number(value: str) -> None:
    refusal = refused("integer", value, default=5, minimum=1, maximum=90)
    assert refusal == f"NAME: {value!r} is not a whole number from 1 to 90. Example: NAME=5"


def test_a_long_value_is_refused_in_a_short_line() -> None:
    refusal = refused("integer", "9" * 5_000, default=5, minimum=1, maximum=90)
    assert refusal.startswith("NAME: '999")
    assert refusal.endswith("…' is not a whole number from 1 to 90. Example: NAME=5")
    assert len(refusal) < 160


@pytest.mark.parametrize("value", ["1", "90"])
def test_integer_accepts_its_bounds(value: str) -> None:
    assert Environment({"NAME": value}).integer("NAME", 5, minimum=1, maximum=90) == int(value)


def test_words_ignore_blanks_and_empty_parts() -> None:
    assert Environment({"NAME": " a, b ,,"}).words("NAME") == ["a", "b"]


def test_hosts() -> None:
    found = Environment({"NAME": ".example.org, 127.0.0.1, [::1]"}).hosts("NAME")
    assert found == [".example.org", "127.0.0.1", "[::1]"]


@pytest.mark.parametrize(
    "value", ["https://example.org", "example.org:8000", "example.org/pm", "two words", "*"]
)
def test_hosts_refuse(value: str) -> None:
    assert refused("hosts", value).startswith(f"NAME: {value!r} is not a host name. Example: NAME=localhost,")


@pytest.mark.parametrize("value", ["127.0.0.2", "0.0.0.0", "::", "2001:db8::1", "localhost", "pm-1.intern"])
def test_host_to_listen_on(value: str) -> None:
    assert Environment({"NAME": value}).host("NAME", "127.0.0.1") == value


@pytest.mark.parametrize("value", ["two words", "127.0.0.1:8000", "[::1]", "http://localhost", "::::"])
def test_host_to_listen_on_refuses(value: str) -> None:
    refusal = refused("host", value, default="127.0.0.1")
    assert refusal == f"NAME: {value!r} is neither a host name nor an IP address. Example: NAME=127.0.0.1"


def test_dates() -> None:
    found = Environment({"NAME": "2026-05-01, 2026-12-25"}).dates("NAME")
    assert found == {date(2026, 5, 1), date(2026, 12, 25)}


def test_dates_name_the_one_that_is_wrong() -> None:
    refusal = refused("dates", "2026-05-01,25/12/2026")
    assert refusal.startswith(
        "NAME: '25/12/2026' is not a date written year-month-day. Example: NAME=2026-01-01"
    )


@pytest.mark.parametrize("value", ["Europe/Atlantis", "../../etc/passwd", "/etc/localtime"])
def test_unknown_time_zone(value: str) -> None:
    assert refused("time_zone", value, default="UTC").endswith(
        "is not a known time zone. Example: NAME=Europe/Paris"
    )


@pytest.mark.parametrize(
    "value",
    [
        "postmortems.example.org",
        "ftp://example.org",
        "https://",
        "https://example.org/?a=1",
        "http://a:b/",
        "https://exam ple.org",
        "https://example.org/two words",
        "https://example.org\n.evil.example",
        "https://:8000",
    ],
)
def test_web_address_refuses(value: str) -> None:
    refusal = refused("web_address", value, default="", example="https://example.org")
    assert refusal.startswith("NAME: ")
    assert refusal.endswith(" Example: NAME=https://example.org")


@pytest.mark.parametrize("value", ["https://me:hunter2@example.org", "https://me@example.org"])
def test_web_address_names_no_account(value: str) -> None:
    refusal = refused("web_address", value, default="", example="https://example.org")
    assert refusal == "NAME: holds a user name or a password. Example: NAME=https://example.org"


def test_web_address_loses_its_trailing_slash() -> None:
    found = Environment({"NAME": "https://example.org/"}).web_address("NAME", "", example="")
    assert found == "https://example.org"


def test_secret_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("from the file\n")
    assert Environment({"NAME_FILE": str(file)}).secret("NAME", example="x") == "from the file"


def test_secret_refuses_two_sources(tmp_path: Path) -> None:
    with pytest.raises(
        ImproperlyConfigured, match=r"^NAME_FILE: is set together with NAME; keep one of the two\."
    ):
        Environment({"NAME_FILE": "file", "NAME": "value"}).secret("NAME", example="x")


@pytest.mark.parametrize("content", [None, b"", b"\n", b"\xff\xfe"])
def test_secret_refuses_a_file_without_a_secret(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "secret"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(ImproperlyConfigured, match=r"^NAME_FILE: "):
        Environment({"NAME_FILE": str(file)}).secret("NAME", example="x")


def test_postgresql_database() -> None:
    address = "postgresql://me:p%40ss@db.example.org:6432/notes?sslmode=require"
    database = Environment({"DATABASE_URL": address}).database("")
    pool = database["OPTIONS"].pop("pool")
    assert pool["max_size"] >= 4
    assert database == {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "notes",
        "USER": "me",
        "PASSWORD": "p@ss",
        "HOST": "db.example.org",
        "PORT": "6432",
        "OPTIONS": {"sslmode": "require"},
    }


@pytest.mark.parametrize(
    "query", ["foo=bar", "foo", "sslmode=require&foo=bar", "pool=1", "autocommit=1", "isolation_level=1"]
)
def test_database_options_are_those_of_libpq(query: str) -> None:
    with pytest.raises(ImproperlyConfigured) as refusal:
        Environment({"DATABASE_URL": f"postgresql://me@host/notes?{query}"}).database("")
    unknown = query.rpartition("&")[2].partition("=")[0]
    assert str(refusal.value).startswith(f"DATABASE_URL: has an unknown option '{unknown}'. Example: ")


def test_a_file_has_no_options() -> None:
    with pytest.raises(ImproperlyConfigured, match=r"^DATABASE_URL: has an unknown option 'mode'\."):
        Environment({"DATABASE_URL": "sqlite:///notes.sqlite3?mode=ro"}).database("")


def test_postgresql_database_behind_a_socket() -> None:
    database = Environment({"DATABASE_URL": "postgresql://me@/notes?host=/run/postgresql"}).database("")
    assert (database["HOST"], database["PORT"]) == ("/run/postgresql", "")


def test_sqlite_database_relative_and_absolute() -> None:
    relative = Environment({"DATABASE_URL": "sqlite:///notes.sqlite3"}).database("")
    absolute = Environment({"DATABASE_URL": "sqlite:////data/notes.sqlite3"}).database("")
    assert (relative["NAME"], absolute["NAME"]) == ("notes.sqlite3", "/data/notes.sqlite3")


@pytest.mark.parametrize(
    "address",
    [
        "mysql://me:hunter2@host/notes",
        "postgresql://me:hunter2@host",
        "postgresql://me:hunter2@host:x/notes",
        "postgresql://me:hunter2@host/notes?sslmod=require",
        "postgresql://host/notes?hunter2@host",
        "sqlite:///notes?hunter2@host",
    ],
)
def test_database_refusal_keeps_the_password_to_itself(address: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"^DATABASE_URL: ") as refusal:
        Environment({"DATABASE_URL": address}).database("")
    assert "hunter2" not in str(refusal.value)


@pytest.mark.parametrize(
    ("address", "port", "tls", "ssl"),
    [
        ("smtp://mail.example.org", 25, False, False),
        ("smtp://mail.example.org:587?tls=1", 587, True, False),
        ("smtps://mail.example.org", 465, False, True),
    ],
)
def test_mail_server(address: str, port: int, tls: bool, ssl: bool) -> None:
    mail = Environment({"EMAIL_URL": address}).mail("console:", sender="from@example.org")
    assert (mail["EMAIL_HOST"], mail["EMAIL_PORT"]) == ("mail.example.org", port)
    assert (mail["EMAIL_USE_TLS"], mail["EMAIL_USE_SSL"]) == (tls, ssl)
    assert mail["DEFAULT_FROM_EMAIL"] == "from@example.org"


@pytest.mark.parametrize("sender", ["team@example.org", "The Team <team@example.org>"])
def test_mail_sender(sender: str) -> None:
    mail = Environment({"EMAIL_URL": f"console:?from={sender}"}).mail("", sender="from@example.org")
    assert mail["DEFAULT_FROM_EMAIL"] == sender


@pytest.mark.parametrize(
    "sender", ["notanaddress", "", "@example.org", "team@", "a@example.org%0ABcc: b@example.org"]
)
def test_mail_sender_is_an_address(sender: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"^EMAIL_URL: has an option from that is no e-mail addr"):
        Environment({"EMAIL_URL": f"console:?from={sender}"}).mail("", sender="from@example.org")


@pytest.mark.parametrize(
    "address",
    [
        "mail.example.org",
        "smtp://",
        "file:",
        "smtp://mail.example.org?ssl=1",
        "smtp://mail.example.org?ssl",
        "smtp://mail.example.org?tls=x",
    ],
)
def test_mail_refuses(address: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"^EMAIL_URL: .* Example: EMAIL_URL="):
        Environment({"EMAIL_URL": address}).mail("console:", sender="")
