"""What every test may use: databases of its own, a running server, a real browser, signed-in people."""

import os
import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest
import uvicorn
from django.conf import settings
from django.core.cache import cache
from django.db import connections
from django.test import Client

from postmortems.models import User

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright

REQUIRE_ALL = bool(os.environ.get("REQUIRE_ALL"))
PATIENCE = 30_000
"""Milliseconds that a browser test waits for what it expects: a busy machine is no reason to fail."""
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

# A busy machine is slow at making examples, too; that says nothing about the code.
SLOW_IS_FINE = [hypothesis.HealthCheck.too_slow]
hypothesis.settings.register_profile(
    "ci", derandomize=True, deadline=None, suppress_health_check=SLOW_IS_FINE
)
hypothesis.settings.register_profile(
    "explore", max_examples=5_000, deadline=None, suppress_health_check=SLOW_IS_FINE
)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--database-only",
        action="store_true",
        help="run only the tests that use the database, without a browser but where they ask for it",
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        if "browse" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.e2e)
    if not config.getoption("--database-only"):
        return
    selected = [
        item
        for item in items
        if uses_database(item)
        and (not item.get_closest_marker("e2e") or item.get_closest_marker("both_databases"))
    ]
    config.hook.pytest_deselected(items=[item for item in items if item not in selected])
    items[:] = selected


def uses_database(item: pytest.Item) -> bool:
    fixtures = getattr(item, "fixturenames", ())
    return bool(item.get_closest_marker("django_db") or {"db", "transactional_db"} & set(fixtures))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Name what earlier steps of `make test` could not check, just above pytest's own last line."""
    report = Path(os.environ.get("NOT_CHECKED", os.devnull))
    lines = report.read_text(encoding="utf-8").splitlines() if report.is_file() else []
    if lines:
        terminalreporter.section("not checked")
        for line in lines:
            terminalreporter.line(line)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    tmp_path_factory: pytest.TempPathFactory, testrun_uid: str, worker_id: str
) -> None:
    """Give each run and worker a database of its own; SQLite in a file, as threads have to share it."""
    database = settings.DATABASES["default"]
    if database["ENGINE"].endswith("sqlite3"):
        name = str(tmp_path_factory.mktemp("database") / "test.sqlite3")
        # No test cuts the power, and waiting for the disk is most of what migrating costs.
        database["OPTIONS"]["init_command"] = "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF"
    else:
        name = f"test_{database['NAME']}_{testrun_uid[:12]}_{worker_id}"
    database.setdefault("TEST", {})["NAME"] = name


@pytest.fixture(autouse=True)
def _empty_cache() -> None:
    """Forget the rate limits that an earlier test used up."""
    cache.clear()


@pytest.fixture
def person(db: None) -> User:
    """Return somebody with an account and nothing else."""
    return User.objects.create_user("person@example.org", "correct horse", display_name="Camille Person")


@pytest.fixture
def signed_in(client: Client, person: User) -> Client:
    """Return the test client, signed in as `person`."""
    client.force_login(person)
    return client


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """Return the path of a Chromium: CHROMIUM, the system's, or the one Playwright has downloaded."""
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)
    if not found:
        downloaded = sorted(Path.home().glob(".cache/ms-playwright/chromium-*/chrome-linux*/chrome"))
        found = str(downloaded[-1]) if downloaded else None
    if found:
        return found
    lacking = "no Chromium found: install the package chromium, or set CHROMIUM to its path"
    if REQUIRE_ALL:
        pytest.fail(lacking)
    pytest.skip(lacking)


@pytest.fixture(scope="session")
def server(django_db_setup: None) -> Iterator[str]:
    """Serve the application, pages and socket, from a thread; return its address.

    A test that uses it needs `transactional_db`, because the server sees committed data only.
    """
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(
        "config.asgi:application", log_config=None, access_log=False, lifespan="off", ws="websockets-sansio"
    )
    instance = uvicorn.Server(config)
    thread = threading.Thread(target=instance.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    instance.should_exit = True
    thread.join(timeout=10)
    listener.close()


@pytest.fixture(scope="session")
def base_url(server: str) -> str:
    """Tell pytest-playwright where relative addresses lead."""
    return server


@pytest.fixture(scope="session")
def _queries_beside_playwright(playwright: "Playwright") -> Iterator[None]:
    """Allow queries although Playwright's event loop runs in the thread of the tests until they end.

    Django gives a thread with such a loop connections of its own, so they are closed while it runs:
    afterwards nobody could reach them, and PostgreSQL would refuse to drop the database.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        yield
        connections.close_all()


@pytest.fixture(scope="session")
def browser_type_launch_args(chromium_path: str, _queries_beside_playwright: None) -> dict[str, Any]:
    """Tell pytest-playwright which browser to start, quiet and without the network."""
    quiet = (
        "--no-sandbox",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
    )
    return {"executable_path": chromium_path, "args": list(quiet)}


@pytest.fixture
def browse(
    transactional_db: None,
    server: str,
    browser: "Browser",
    new_context: "Callable[..., BrowserContext]",
) -> "Iterator[Callable[..., Page]]":
    """Return a function that opens a page in a browser of its own: ``browse(user=None, **options)``.

    The page is signed in as ``user``; ``options`` are Playwright's for a context (``viewport``,
    ``java_script_enabled``, ``locale``, ``color_scheme``…). The test fails when a page raises an
    exception in its script or breaks the Content-Security-Policy.
    """
    from playwright.sync_api import expect

    expect.set_options(timeout=PATIENCE)
    complaints: list[str] = []

    def note_breach(message: "ConsoleMessage") -> None:
        if "Content Security Policy" in message.text:
            complaints.append(message.text)

    def open_page(user: User | None = None, **options: Any) -> "Page":
        context = new_context(**options)
        context.set_default_timeout(PATIENCE)
        context.on("weberror", lambda error: complaints.append(str(error.error)))
        context.on("console", note_breach)
        if user:
            client = Client()
            client.force_login(user)
            session = client.cookies[settings.SESSION_COOKIE_NAME].value
            context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": server}])
        return context.new_page()

    yield open_page
    assert complaints == []
