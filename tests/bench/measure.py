"""Measures one database: ``python -m tests.bench.measure RESULT`` with ``DATABASE_URL`` set.

Writes its figures to the file RESULT as JSON. Its tables are made on an empty database of its own.
"""

import http.client
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from tests.bench.figures import Figure
from tests.servers import free_port, own_database, running

ROUNDS = 8
BLOCK = 8
DOCUMENTS = (100, 10_000)
TIMELINE_ROWS = 2_000
GROWTH = 1.25
FILTERS = {
    "state": "state=closed",
    "severity": "severity=P1",
    "service": "service={service}",
    "period": "period={year}",
    "late": "late=1",
    "title": "q=checkout",
}
TOKEN = "abcdefghijklmnopqrstuvwxyz012345"
"""Of the form and of the cookie: they have to agree, and nothing else is asked of them."""

Request = Callable[[], float]


class Browser:
    """Somebody signed in, on one connection that stays open."""

    def __init__(self, port: int, session: str) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.headers = {
            "Cookie": f"sessionid={session}; csrftoken={TOKEN}",
            "X-CSRFToken": TOKEN,
            "Accept-Language": "en",
        }

    def get(self, path: str) -> float:
        """Seconds that a page took."""
        return self._send("GET", path, None, 200)

    def post(self, path: str, data: dict[str, Any]) -> float:
        """Seconds that a form took, whose answer leads elsewhere."""
        return self._send("POST", path, urlencode(data).encode(), 302)

    def _send(self, method: str, path: str, body: bytes | None, expected: int) -> float:
        headers = dict(self.headers)
        if body:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        start = time.perf_counter()
        self.connection.request(method, path, body, headers)
        response = self.connection.getresponse()
        response.read()
        seconds = time.perf_counter() - start
        if response.status != expected:
            raise RuntimeError(f"{method} {path} answered {response.status} instead of {expected}")
        return seconds


def compare(bare: Request, real: Request, rounds: int = ROUNDS) -> tuple[float, float]:
    """Median seconds of both, measured in blocks by turns, so that what else the machine does hits both."""
    seconds: dict[Request, list[float]] = {bare: [], real: []}
    for request in (bare, real):
        request()
        request()
    for _ in range(rounds):
        for request, taken in seconds.items():
            taken += [request() for _ in range(BLOCK)]
    return statistics.median(seconds[bare]), statistics.median(seconds[real])


def ratio(name: str, measured: tuple[float, float], target: float, words: str) -> Figure:
    """How many requests the page answers for each that the bare view answers."""
    bare, real = measured
    return Figure(name, f"{bare / real:.2f} ({real * 1000:.1f} ms)", words, bare / real >= target)


def bound(name: str, seconds: list[float], milliseconds: float) -> Figure:
    """A median with an upper bound."""
    median = statistics.median(seconds) * 1000
    return Figure(name, f"{median:.1f} ms", f"≤ {milliseconds:g} ms", median <= milliseconds)


def timed(act: Callable[[], Any], times: int) -> list[float]:
    """Seconds that each of some runs took, after one that does not count."""
    act()
    seconds = []
    for _ in range(times):
        start = time.perf_counter()
        act()
        seconds.append(time.perf_counter() - start)
    return seconds


class Subject:
    """What is measured, on a server that runs: a document, a scratch one for bare inserts, a long one."""

    def __init__(self) -> None:
        from postmortems.models import Postmortem, Service, User
        from postmortems.services.imports import import_document
        from tests.bench import data

        self.users = [
            User.objects.create_user(f"p{number}@example.org", None, display_name=f"Person {number}")
            for number in range(20)
        ]
        self.services = [Service.objects.create(name=word) for word in data.WORDS]
        document = data.usual_document()
        self.postmortem, self.scratch, self.long = (
            import_document(each, actor=self.users[0], keep_state=False)
            for each in (document, document, data.long_timeline(document, TIMELINE_ROWS))
        )
        self.grow(DOCUMENTS[0] - Postmortem.objects.count())

    def grow(self, count: int) -> None:
        """Puts so many more documents beside them."""
        from tests.bench import data

        data.fill(count, self.users, self.services)

    def session(self) -> str:
        """The key of a session in which the author is signed in."""
        from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
        from django.contrib.sessions.backends.db import SessionStore

        session = SessionStore()
        session[SESSION_KEY] = str(self.users[0].pk)
        session[BACKEND_SESSION_KEY] = "config.auth.AccountBackend"
        session[HASH_SESSION_KEY] = self.users[0].get_session_auth_hash()
        session.create()
        return str(session.session_key)


def pages(subject: Subject, browser: Browser) -> Iterator[Figure]:
    """Reading one document, and the list of many."""
    from django.db import connection
    from django.db.models import F
    from django.urls import reverse
    from django.utils import timezone

    from postmortems.domain.markdown.render import render
    from postmortems.models import Postmortem
    from postmortems.selectors.document import load_document

    postmortem = subject.postmortem

    def bare() -> float:
        return browser.get(f"/bench/read/{postmortem.incident_id}/")

    def read() -> float:
        return browser.get(reverse("postmortems:read", args=[postmortem.pk]))

    def first_read() -> float:
        Postmortem.objects.filter(pk=postmortem.pk).update(revision=F("revision") + 1)
        return read()

    def list_page(query: str = "") -> Request:
        address = f"{reverse('postmortems:list')}?{query}"
        return lambda: browser.get(address)

    kept = compare(bare, read)
    kilobytes = len(render(load_document(postmortem.pk)).encode()) / 1000
    yield Figure("bare read, 30 kB", f"{kept[0] * 1000:.1f} ms", "", None)
    yield ratio(f"read {kilobytes:.0f} kB, kept rendering", kept, 3 / 4, "≥ 0.75 × bare read")
    yield ratio("read, first time of a revision", compare(bare, first_read), 1 / 4, "≥ 0.25 × bare read")

    small = compare(bare, list_page())
    subject.grow(DOCUMENTS[1] - Postmortem.objects.count())
    if connection.vendor == "postgresql":
        # What its own daemon does some minutes after such a growth.
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    large = compare(bare, list_page())
    yield ratio(f"list, 25 of {DOCUMENTS[1]:,}", large, 1 / 3, "≥ 0.33 × bare read")
    for name, query in FILTERS.items():
        chosen = query.format(service=subject.services[0].pk, year=timezone.now().year)
        filtered = compare(bare, list_page(chosen), ROUNDS // 2)
        yield ratio(f"list, by {name}", filtered, 1 / 3, "≥ 0.33 × bare read")
    growth = (large[1] / large[0]) / (small[1] / small[0])
    name = f"list, {DOCUMENTS[1]:,} against {DOCUMENTS[0]}"
    yield Figure(name, f"{growth:.2f}", f"≤ {GROWTH}", growth <= GROWTH)


def saves(subject: Subject, browser: Browser) -> Iterator[Figure]:
    """Saving one row and one text, as a form without script does."""
    from django.urls import reverse

    from postmortems.domain.document import TextKey
    from postmortems.models import ImpactMetric, Text

    postmortem = subject.postmortem
    metric = ImpactMetric.objects.filter(postmortem=postmortem)[0]
    text = Text.objects.get(postmortem=postmortem, key=TextKey.IMPACT_USERS)
    row = reverse("postmortems:row-edit", args=[postmortem.pk, "metric", metric.pk])
    field = reverse("postmortems:text-save", args=[postmortem.pk, TextKey.IMPACT_USERS])
    row_versions, text_versions = count(metric.version), count(text.version)

    def bare() -> float:
        return browser.post(f"/bench/insert/{subject.scratch.pk}/", {"label": "Orders", "value": "312"})

    def save_row() -> float:
        version = next(row_versions)
        return browser.post(row, {"label": "Orders", "value": f"{version} lost", "version": version})

    def save_text() -> float:
        version = next(text_versions)
        return browser.post(field, {"body": f"{version} people could not pay.", "version": version})

    saved = compare(bare, save_row)
    yield Figure("bare insert", f"{saved[0] * 1000:.1f} ms", "", None)
    yield ratio("save a row", saved, 1 / 2, "≥ 0.50 × bare insert")
    yield ratio("save a text", compare(bare, save_text), 1 / 2, "≥ 0.50 × bare insert")


def rules(subject: Subject) -> Iterator[Figure]:
    """The domain without a page around it."""
    from postmortems.domain.markdown.parse import parse
    from postmortems.domain.markdown.render import render
    from postmortems.selectors.document import load_document
    from postmortems.services.review import evaluate_now

    def whole(identifier: str) -> Callable[[], Any]:
        return lambda: render(evaluate_now(identifier).document)

    yield bound("load, evaluate, render Markdown", timed(whole(subject.postmortem.pk), 20), 15)
    yield bound(f"the same with {TIMELINE_ROWS:,} rows", timed(whole(subject.long.pk), 5), 250)
    text = render(load_document(subject.postmortem.pk))
    yield bound("parse the file back", timed(lambda: parse(text), 20), 20)


def measure(directory: Path) -> Iterator[Figure]:
    """Every figure, in the order in which the table shows them."""
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    call_command("collectstatic", verbosity=0, interactive=False)
    from tests.bench import data

    data.write_bare_page(directory)
    subject = Subject()
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "config.wsgi", "--bind", f"127.0.0.1:{port}"]
    command += ["--workers", "1", "--worker-class", "gthread", "--threads", "1", "--keep-alive", "60"]
    with running(command, port, {}):
        browser = Browser(port, subject.session())
        yield from pages(subject, browser)
        yield from saves(subject, browser)
    yield from rules(subject)


def main(result: Path) -> None:
    """Measure, and write what was found."""
    with tempfile.TemporaryDirectory(prefix="sansblame-", ignore_cleanup_errors=True) as name:
        directory = Path(name)
        with own_database(os.environ["DATABASE_URL"], directory) as url:
            os.environ.update(
                DATABASE_URL=url,
                BENCH_DIRECTORY=name,
                DJANGO_SETTINGS_MODULE="tests.bench.settings",
            )
            for variable in ("DEBUG", "DEMO", "ALLOWED_HOSTS", "BASE_URL"):
                os.environ.pop(variable, None)
            figures = [figure._asdict() for figure in measure(directory)]
            from django.db import connection

            connection.close()
    result.write_text(json.dumps(figures), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
