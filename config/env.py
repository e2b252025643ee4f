"""Typed reading of the process environment.

Every value is read through :class:`Environment`, which refuses what it cannot use with one line
that names the variable, says what is wrong and shows a value that would be accepted. A refusal
never repeats the value of a secret.
"""

import os
import re
from collections.abc import Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from datetime import date
from email.utils import parseaddr
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.validators import validate_email

TRUE = frozenset({"1", "true", "yes", "on"})
FALSE = frozenset({"0", "false", "no", "off"})
HOST = re.compile(r"[\w.-]+|\[[0-9a-fA-F:.]+\]", re.ASCII)
EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - the operator's choice
"""Addresses that stand for all of this machine's, with the one under which it finds itself."""
LONGEST_SHOWN = 60


def refusal(name: str, problem: str, example: str) -> ImproperlyConfigured:
    """Return the error for one variable: its name, the problem, and a value that would do."""
    return ImproperlyConfigured(f"{name}: {problem}. Example: {name}={example}")


def shown(value: str) -> str:
    """Return a value as a refusal quotes it, cut where it would fill the screen."""
    return repr(value if len(value) <= LONGEST_SHOWN else f"{value[:LONGEST_SHOWN]}…")


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
            raise refusal(name, f"{shown(value)} is neither yes nor no", "1")
        return value in TRUE

    def choice(self, name: str, default: str, choices: Sequence[str]) -> str:
        """Return one of ``choices``."""
        value = self.text(name, default)
        if value not in choices:
            raise refusal(name, f"{shown(value)} is not one of {', '.join(choices)}", default)
        return value

    def integer(self, name: str, default: int, *, minimum: int, maximum: int) -> int:
        """Return a whole number between ``minimum`` and ``maximum``, both included."""
        value = self.text(name, str(default))
        # Python reads no number of thousands of digits.
        plain = value.isascii() and value.isdigit() and len(value) < 10
        if not (plain and minimum <= int(value) <= maximum):
            problem = f"{shown(value)} is not a whole number from {minimum} to {maximum}"
            raise refusal(name, problem, str(default))
        return int(value)

    def words(self, name: str, default: Sequence[str] = ()) -> list[str]:
        """Return the parts of a list separated by commas."""
        return [word.strip() for word in self.text(name).split(",") if word.strip()] or list(default)

    def hosts(self, name: str) -> list[str]:
        """Return host names separated by commas; one that begins with a dot means its subdomains, too."""
        found = self.words(name)
        for word in found:
            if not HOST.fullmatch(word):
                raise refusal(name, f"{shown(word)} is not a host name", "localhost,postmortems.example.org")
        return found

    def host(self, name: str, default: str) -> str:
        """Return a host name or an IP address to listen on; one of version 6 stands without brackets."""
        value = self.text(name, default)
        try:
            ip_address(value)
        except ValueError:
            if ":" in value or not HOST.fullmatch(value):
                problem = f"{shown(value)} is neither a host name nor an IP address"
                raise refusal(name, problem, default) from None
        return value

    def dates(self, name: str) -> frozenset[date]:
        """Return ISO 8601 dates separated by commas."""
        found = set()
        for word in self.words(name):
            try:
                found.add(date.fromisoformat(word))
            except ValueError:
                problem = f"{shown(word)} is not a date written year-month-day"
                raise refusal(name, problem, "2026-01-01,2026-05-01") from None
        return frozenset(found)

    def time_zone(self, name: str, default: str) -> str:
        """Return the name of a zone of the IANA time zone database."""
        value = self.text(name, default)
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise refusal(name, f"{shown(value)} is not a known time zone", "Europe/Paris") from None
        return value

    def web_address(self, name: str, default: str, *, example: str) -> str:
        """Return an http or https address without its trailing slash. It names no account."""
        value = self.text(name, default)
        if not value:
            raise refusal(name, "is required", example)
        parts = split_address(name, value, example)
        if "@" in parts.netloc:
            raise refusal(name, "holds a user name or a password", example)
        readable = value.isprintable() and " " not in value
        host = HOST.fullmatch(url_host(parts.hostname or ""))
        if parts.scheme not in {"http", "https"} or not (host and readable) or parts.query or parts.fragment:
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
            read_options(name, parts, set(), "sqlite:////var/lib/sansblame/data.sqlite3")
            return sqlite(path)
        if parts.scheme not in {"postgres", "postgresql"}:
            raise refusal(name, "is neither sqlite:///… nor postgresql://…", example)
        options = read_options(name, parts, libpq_options(), example)
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
        options = read_options(name, parts, {"from", "tls"}, example)
        tls = options.get("tls", "0").lower()
        if tls not in TRUE | FALSE:
            raise refusal(name, "has an option tls that is neither yes nor no", example)
        if "from" in options and not is_sender(options["from"]):
            problem = "has an option from that is no e-mail address"
            raise refusal(name, problem, f"{example}&from=pm@example.org")
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
            "EMAIL_USE_TLS": parts.scheme == "smtp" and tls in TRUE,
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


def url_host(host: str) -> str:
    """Return a host as web addresses and HTTP write it: IP version 6 in brackets."""
    return f"[{host}]" if ":" in host else host


def local_url(host: str, port: int) -> str:
    """Return the web address under which this machine finds what listens on a host and a port."""
    return f"http://{url_host(EVERYWHERE.get(host, host))}:{port}"


def read_options(name: str, parts: SplitResult, known: Set[str], example: str) -> dict[str, str]:
    """Return what follows the question mark of an address.

    The refusal of an option that is not ``known`` quotes a word only: anything else may be the end of
    a password with a question mark in it.
    """
    found = dict(parse_qsl(parts.query, keep_blank_values=True))
    unknown = sorted(found.keys() - known)
    if unknown:
        quoted = f" {shown(unknown[0])}" if unknown[0].isidentifier() else ""
        raise refusal(name, f"has an unknown option{quoted}", example)
    return found


def libpq_options() -> Set[str]:
    """Return the names of the options that PostgreSQL's own library takes."""
    from psycopg.pq import Conninfo  # noqa: PLC0415 - costs time that SQLite does not need

    return {option.keyword.decode() for option in Conninfo.get_defaults()}


def is_sender(value: str) -> bool:
    """Return whether mails can come from an address, with a name before it or without."""
    try:
        validate_email(parseaddr(value)[1])
    except ValidationError:
        return False
    return value.isprintable()


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
