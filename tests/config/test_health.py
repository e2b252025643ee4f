"""The probes that tell a supervisor whether the installation lives and is ready."""

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from config.health import UnreachableError, reach_database


def test_alive_needs_neither_session_nor_database(client: Client) -> None:
    response = client.get("/healthz")
    assert (response.status_code, response.content) == (200, b"alive\n")


@pytest.mark.django_db
def test_ready_with_every_migration(client: Client) -> None:
    response = client.get("/readyz")
    assert (response.status_code, response.content) == (200, b"ready\n")


@pytest.mark.django_db
def test_not_ready_while_a_migration_is_missing(client: Client) -> None:
    MigrationRecorder(connection).migration_qs.filter(app="postmortems").delete()
    response = client.get("/readyz")
    assert (response.status_code, response.content) == (503, b"migrations pending\n")


def test_not_ready_without_database(client: Client, unreachable: None) -> None:
    response = client.get("/readyz")
    assert (response.status_code, response.content) == (503, b"database unreachable\n")


def test_unreachable_database_is_explained_in_one_line(unreachable: None) -> None:
    with pytest.raises(UnreachableError, match=r"^The database of DATABASE_URL cannot be reached: [^\n]+$"):
        reach_database()


@pytest.mark.parametrize("probe", ["/healthz", "/readyz"])
def test_probes_are_read_only(client: Client, probe: str) -> None:
    assert client.post(probe).status_code == 405


def test_alive_costs_no_query(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries, db: None
) -> None:
    with django_assert_num_queries(0):
        client.get("/healthz")


@pytest.fixture
def unreachable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Point the connection to where no database is."""
    name, value = ("NAME", "/nonexistent/file") if connection.vendor == "sqlite" else ("HOST", "/nonexistent")
    monkeypatch.setitem(connection.settings_dict, name, value)
