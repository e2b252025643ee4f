"""`manage.py serve` as an operator runs it, with a proxy in front or without."""

import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from tests.servers import ROOT, free_port, running

SERVE = (sys.executable, "manage.py", "serve")
BAD_LOGINS = 12
"""More than the installation allows one client in a minute."""


def bad_login(site: str, number: int, forwarded: str) -> str:
    """Try to sign in as somebody new from an address that a proxy, or the client itself, has written."""
    with requests.Session() as session:
        session.headers["X-Forwarded-For"] = forwarded
        session.get(f"{site}/accounts/login/")
        form = {"login": f"person{number}@example.org", "password": "wrong horse"}
        token = session.cookies["csrftoken"]
        return session.post(f"{site}/accounts/login/", {**form, "csrfmiddlewaretoken": token}).text


@pytest.mark.parametrize(("proxies", "limited"), [("0", True), ("1", False)])
def test_a_client_is_told_apart_by_what_a_counted_proxy_says(
    tmp_path: Path, proxies: str, limited: bool
) -> None:
    port = free_port()
    environment = {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DATABASE_URL": f"sqlite:///{tmp_path / 'serve.sqlite3'}",
        "DEBUG": "1",
        "DEMO": "0",
        "PORT": str(port),
        "TRUSTED_PROXIES": proxies,
    }
    with running(SERVE, port, environment):
        answers = [
            bad_login(f"http://127.0.0.1:{port}", number, f"192.0.2.{number}") for number in range(BAD_LOGINS)
        ]
    assert ("Too many attempts failed" in answers[-1]) is limited


def test_listening_everywhere_answers_under_every_name(tmp_path: Path) -> None:
    port = free_port()
    environment = {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DATABASE_URL": f"sqlite:///{tmp_path / 'serve.sqlite3'}",
        "DEBUG": "1",
        "DEMO": "0",
        "BASE_URL": "",
        "HOST": "0.0.0.0",
        "PORT": str(port),
    }
    with running(SERVE, port, environment):
        page = requests.get(f"http://127.0.0.1:{port}/accounts/login/", headers={"Host": "pm.intern"})
    assert page.status_code == 200


def test_a_busy_port_is_said_in_one_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = str(listener.getsockname()[1])
        environment = {
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "DATABASE_URL": f"sqlite:///{tmp_path / 'serve.sqlite3'}",
            "DEBUG": "1",
            "DEMO": "0",
            "PORT": port,
        }
        result = subprocess.run(
            SERVE, cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True, check=False
        )
    assert result.returncode == 1
    assert re.fullmatch(
        rf"CommandError: Nothing can listen on HOST=127\.0\.0\.1 PORT={port}: [^\n()]+\.\n", result.stderr
    )
    assert result.stdout == ""
