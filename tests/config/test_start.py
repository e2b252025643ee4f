"""What happens when the application is started with a configuration it cannot use."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GOOD = {"SECRET_KEY": "0123456789" * 6, "BASE_URL": "https://postmortems.example.org"}


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
        (
            {**GOOD, "DEADLINE_CALENDAR": "lunar"},
            "DEADLINE_CALENDAR: 'lunar' is not one of calendar, business.",
        ),
        ({**GOOD, "HOLIDAYS": "Christmas"}, "HOLIDAYS: 'Christmas' is not a date written year-month-day."),
        ({**GOOD, "OIDC_ISSUER": "https://id.example.org"}, "OIDC_CLIENT_ID: is required with OIDC_ISSUER."),
        ({**GOOD, "OIDC_CLIENT_ID": "x"}, "OIDC_ISSUER: is required with OIDC_CLIENT_ID."),
    ],
)
def test_refused_configuration(variables: dict[str, str], message: str) -> None:
    result = start("manage.py", "check", **variables)
    assert result.returncode == 1
    assert result.stderr.startswith(f"Configuration refused. {message}")
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


def test_trying_it_needs_no_other_variable() -> None:
    assert start("manage.py", "check", DEBUG="1").returncode == 0
