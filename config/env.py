"""Typed reading of the process environment.

Every value is read through :class:`Environment`, which refuses what it cannot use with one line
that names the variable, says what is wrong and shows a value that would be accepted. A refusal
never repeats the value of a secret.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.core.exceptions import ImproperlyConfigured

TRUE = frozenset({"1", "true", "yes", "on"})
FALSE = frozenset({"0", "false", "no", "off"})


def refusal(name: str, problem: str, example: str) -> ImproperlyConfigured:
    """Return the error for one variable: its name, the problem, and a value that would do."""
    return ImproperlyConfigured(f"{name}: {problem}. Example: {name}={example}")


@contextmanager
def plain_refusals() -> Iterator[None]:
    """Turn a refused configuration into one line on standard error and exit status 1."""
    try:
        yield
    except ImproperlyConfigured as error:
        raise SystemExit(f"Configuration refused. {error}") from None


class Environment:
    """The variables of one process. An empty variable counts as absent.

    Each method raises :class:`django.core.exceptions.ImproperlyConfigured` for a value it cannot use.
    """

    def __init__(self, variables: Mapping[str, str] = os.environ) -> None:
        self._variables = variables

    def text(self, name: str, default: str = "") -> str:
        """Return the variable without surrounding blanks, or ``default``."""
        return self._variables.get(name, "").strip() or default

    def secret(self, name: str, default: str = "", *, example: str) -> str:
        """Return a secret from ``name`` or from the file that ``name_FILE`` points to."""
        value, file_name = self.text(name), self.text(f"{name}_FILE")
        if value and file_name:
            raise refusal(f"{name}_FILE", f"is set together with {name}; keep one of the two", example)
        if not file_name:
            return value or default
        try:
            value = Path(file_name).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
            raise refusal(f"{name}_FILE", f"cannot be read ({reason})", "/run/secrets/value") from None
        if not value:
            raise refusal(f"{name}_FILE", "points to an empty file", "/run/secrets/value")
        return value

    def flag(self, name: str, *, default: bool = False) -> bool:
        """Return a yes or no, written 1/0, true/false, yes/no or on/off."""
        value = self.text(name).lower()
        if not value:
            return default
        if value not in TRUE | FALSE:
            raise refusal(name, f"{value!r} is neither yes nor no", "1")
        return value in TRUE

    def choice(self, name: str, default: str, choices: Sequence[str]) -> str:
        """Return one of ``choices``."""
        value = self.text(name, default)
        if value not in choices:
            raise refusal(name, f"{value!r} is not one of {', '.join(choices)}", default)
        return value

    def integer(self, name: str, default: int, *, minimum: int, maximum: int) -> int:
        """Return a whole number between ``minimum`` and ``maximum``, both included."""
        value = self.text(name, str(default))
        if not (value.isascii() and value.isdigit() and minimum <= int(value) <= maximum):
            raise refusal(name, f"{value!r} is not a whole number from {minimum} to {maximum}", str(default))
        return int(value)

    def words(self, name: str, default: Sequence[str] = ()) -> list[str]:
        """Return the parts of a list separated by commas."""
        return [word.strip() for word in self.text(name).split(",") if word.strip()] or list(default)

    def dates(self, name: str) -> frozenset[date]:
        """Return ISO 8601 dates separated by commas."""
        found = set()
        for word in self.words(name):
            try:
                found.add(date.fromisoformat(word))
            except ValueError:
                raise refusal(
                    name, f"{word!r} is not a date written year-month-day", "2026-01-01,2026-05-01"
                ) from None
        return frozenset(found)

    def time_zone(self, name: str, default: str) -> str:
        """Return the name of a zone of the IANA time zone database."""
        value = self.text(name, default)
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise refusal(name, f"{value!r} is not a known time zone", "Europe/Paris") from None
        return value

    def web_address(self, name: str, default: str, *, example: str) -> str:
        """Return an http or https address without its trailing slash."""
        value = self.text(name, default)
        if not value:
            raise refusal(name, "is required", example)
        parts = split_address(name, value, example)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
            raise refusal(name, "is not a web address", example)
        return value.rstrip("/")

    def database(self, default: str) -> dict[str, Any]:
        """Return Django's description of the database in ``DATABASE_URL`` (or ``DATABASE_URL_FILE``)."""
        name, example = "DATABASE_URL", "postgresql://sansblame:password@localhost:5432/sansblame"
        parts = split_address(name, self.secret(name, default, example=example), example)
        path = unquote(parts.path.removeprefix("/"))
        if not path:
            raise refusal(name, "names no database", example)
        if parts.scheme == "sqlite":
            return sqlite(path)
        if parts.scheme not in {"postgres", "postgresql"}:
            raise refusal(name, "is neither sqlite:///… nor postgresql://…", example)
        options = dict(parse_qsl(parts.query))
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": path,
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": options.pop("host", parts.hostname or ""),
            "PORT": options.pop("port", str(parts.port or "")),
            # Under ASGI each request may run in a thread of its own: without a pool every one of
            # them would open a connection.
            "OPTIONS": {**options, "pool": {"min_size": 1, "max_size": 16, "timeout": 10}},
        }

    def mail(self, default: str, *, sender: str) -> dict[str, Any]:
        """Return Django's mail settings for ``EMAIL_URL`` (or ``EMAIL_URL_FILE``).

        ``console:`` prints, ``file:///directory`` writes files, ``smtp://`` upgrades to TLS when asked
        (``?tls=1``), ``smtps://`` speaks TLS from the start. ``?from=`` sets the sender's address.
        """
        name, example = "EMAIL_URL", "smtp://user:password@mail.example.org:587?tls=1"
        parts = split_address(name, self.secret(name, default, example=example), example)
        options = dict(parse_qsl(parts.query))
        unknown = sorted(options.keys() - {"from", "tls"})
        if unknown:
            raise refusal(name, f"has an unknown option {unknown[0]!r}", example)
        backend = {"console": "console", "file": "filebased", "smtp": "smtp", "smtps": "smtp"}.get(
            parts.scheme
        )
        if not backend:
            raise refusal(name, "is none of console:, file://, smtp://, smtps://", example)
        if backend == "smtp" and not parts.hostname:
            raise refusal(name, "names no mail server", example)
        if backend == "filebased" and not parts.path:
            raise refusal(name, "names no directory", "file:///var/mail/outgoing")
        return {
            "EMAIL_BACKEND": f"django.core.mail.backends.{backend}.EmailBackend",
            "EMAIL_FILE_PATH": unquote(parts.path) if backend == "filebased" else None,
            "EMAIL_HOST": parts.hostname or "",
            "EMAIL_PORT": parts.port or (465 if parts.scheme == "smtps" else 25),
            "EMAIL_HOST_USER": unquote(parts.username or ""),
            "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
            "EMAIL_USE_SSL": parts.scheme == "smtps",
            "EMAIL_USE_TLS": parts.scheme == "smtp" and options.get("tls", "0") in TRUE,
            "DEFAULT_FROM_EMAIL": options.get("from", sender),
        }


def split_address(name: str, value: str, example: str) -> SplitResult:
    """Split an address; a refusal does not repeat it, for it may hold a password."""
    try:
        parts = urlsplit(value)
        _ = parts.port
    except ValueError:
        raise refusal(name, "is not a valid address", example) from None
    return parts


def sqlite(path: str) -> dict[str, Any]:
    """Return Django's description of a SQLite file that survives a power cut and concurrent writers.

    A write transaction takes its lock at once (IMMEDIATE), since one that starts by reading could
    not wait for the lock later; another writer waits for it up to 20 s.
    """
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": path,
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL",
        },
    }
