"""What happens when the application is started with a configuration it cannot use."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GOOD = {
    "SECRET_KEY": "0123456789" * 6,
    "BASE_URL": "https://postmortems.example.org",
    "TRUSTED_PROXIES": "1",
}


def start(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run Python in the project's directory with nothing but ``variables`` in its environment."""
    environment = {"PATH": os.environ["PATH"], **variables}
    return subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({}, "SECRET_KEY: is required unless DEBUG=1. Example: SECRET_KEY="),
        ({"SECRET_KEY": "x"}, "BASE_URL: is required. Example: BASE_URL=https://"),
        ({**GOOD, "BASE_URL": "https://example.org/pm"}, "BASE_URL: has a path; "),
        ({**GOOD, "BASE_URL": "https://me:pw@example.org"}, "BASE_URL: holds a user name or a password."),
        ({**GOOD, "HOST": "my host"}, "HOST: 'my host' is neither a host name nor an IP address."),
        ({**GOOD, "PORT": "abc"}, "PORT: 'abc' is not a whole number from 1 to 65535."),
        ({**GOOD, "PORT": "99999999"}, "PORT: '99999999' is not a whole number from 1 to 65535."),
        (
            {**GOOD, "ALLOWED_HOSTS": "https://pm"},
            "ALLOWED_HOSTS: 'https://pm' is not a host name. Example: ",
        ),
        ({**GOOD, "TRUSTED_PROXIES": "yes"}, "TRUSTED_PROXIES: 'yes' is not a whole number from 0 to 9."),
        ({**GOOD, "TIME_ZONE": "Paris"}, "TIME_ZONE: 'Paris' is not a known time zone. Example: TIME_ZONE="),
        ({**GOOD, "DEADLINE_DAYS": "five"}, "DEADLINE_DAYS: 'five' is not a whole number from 1 to 90."),
        ({**GOOD, "LOG_LEVEL": "LOUD"}, "LOG_LEVEL: 'LOUD' is not one of DEBUG, INFO, WARNING, ERROR."),
        (
            {**GOOD, "DEADLINE_CALENDAR": "lunar"},
            "DEADLINE_CALENDAR: 'lunar' is not one of calendar, business.",
        ),
        ({**GOOD, "HOLIDAYS": "Christmas"}, "HOLIDAYS: 'Christmas' is not a date written year-month-day."),
        ({**GOOD, "OIDC_ISSUER": "https://id.example.org"}, "OIDC_CLIENT_ID: is required with OIDC_ISSUER."),
        ({**GOOD, "OIDC_CLIENT_ID": "x"}, "OIDC_ISSUER: is required with OIDC_CLIENT_ID."),
        ({**GOOD, "OIDC_CLIENT_SECRET": "x"}, "OIDC_ISSUER: is required with OIDC_CLIENT_SECRET."),
    ],
)
def test_refused_configuration(variables: dict[str, str], message: str) -> None:
    result = start("manage.py", "check", **variables)
    assert result.returncode == 1
    assert result.stderr.startswith(f"Configuration refused. {message}")
    assert f" Example: {message.partition(':')[0]}=" in result.stderr
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize("server", ["asgi", "wsgi"])
def test_servers_refuse_in_the_same_words(server: str) -> None:
    result = start("-c", f"import config.{server}")
    assert result.returncode == 1
    assert result.stderr.startswith("Configuration refused. SECRET_KEY: is required unless DEBUG=1.")
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "address", ["postgresql://me:hunter2@127.0.0.1:1/notes", "sqlite:////nonexistent/notes"]
)
def test_unreachable_database_ends_the_start_with_one_line(address: str) -> None:
    result = start("manage.py", "serve", **GOOD, DATABASE_URL=address)
    assert result.returncode == 1
    assert result.stderr.startswith("CommandError: The database of DATABASE_URL cannot be reached: ")
    assert result.stderr.count("\n") == 1
    assert "hunter2" not in result.stderr


def test_production_configuration_passes_the_deployment_checks() -> None:
    result = start("manage.py", "check", "--deploy", "--fail-level", "WARNING", **GOOD)
    assert (result.returncode, result.stderr) == (0, "")


def test_demo_in_production_is_a_warning() -> None:
    result = start("manage.py", "check", "--deploy", "--fail-level", "WARNING", **GOOD, DEMO="1")
    assert result.returncode == 1
    assert "config.W001" in result.stderr


def test_https_without_a_counted_proxy_is_a_warning() -> None:
    production = {**GOOD, "TRUSTED_PROXIES": "0"}
    result = start("manage.py", "check", "--deploy", "--fail-level", "WARNING", **production)
    assert result.returncode == 1
    assert "config.W002" in result.stderr


def test_trying_it_needs_no_other_variable() -> None:
    assert start("manage.py", "check", DEBUG="1").returncode == 0


LOCAL = ["localhost", "127.0.0.1", "[::1]"]


@pytest.mark.parametrize(
    ("variables", "address", "hosts"),
    [
        ({}, "http://127.0.0.1:8000", ["127.0.0.1", *LOCAL]),
        ({"HOST": "127.0.0.2", "PORT": "8104"}, "http://127.0.0.2:8104", ["127.0.0.2", *LOCAL]),
        ({"HOST": "::1"}, "http://[::1]:8000", ["[::1]", *LOCAL]),
        ({"HOST": "0.0.0.0", "PORT": "8104"}, "http://127.0.0.1:8104", ["127.0.0.1", "*"]),
        ({"HOST": "::"}, "http://[::1]:8000", ["[::1]", "*"]),
        ({"HOST": "0.0.0.0", "ALLOWED_HOSTS": "pm"}, "http://127.0.0.1:8000", ["127.0.0.1", "pm"]),
        ({"HOST": "::", "BASE_URL": "http://pm:81"}, "http://pm:81", ["pm", *LOCAL]),
    ],
)
def test_trying_it_under_another_address(variables: dict[str, str], address: str, hosts: list[str]) -> None:
    script = "from config import settings; print(settings.BASE_URL, *settings.ALLOWED_HOSTS)"
    assert start("-c", script, DEBUG="1", **variables).stdout.split() == [address, *hosts]


def test_listening_everywhere_allows_no_other_host_in_production() -> None:
    script = "from config import settings; print(*settings.ALLOWED_HOSTS)"
    assert start("-c", script, **GOOD, HOST="0.0.0.0").stdout.split() == ["postmortems.example.org"]
