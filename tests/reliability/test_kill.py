"""What was answered as saved is there after ``kill -9``, and the document and its history agree.

``KILLS`` in the environment sets how often the server is killed: 3 unless told otherwise.
"""

import http.client
import os
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.urls import reverse

from postmortems.domain.document import TextKey
from postmortems.models import Change, ImpactMetric, Postmortem, Text, User
from tests.factories import Cast, postmortem_with_roles
from tests.servers import free_port, kill, running

KILLS = int(os.environ.get("KILLS", "3"))
LIVES_OF_ONE_DOCUMENT = 20
"""A document takes 500 metrics and no more."""
PATIENCE_SECONDS = 30
"""How long the writers may take to have something saved before the test is given up."""

TOKEN = "abcdefghijklmnopqrstuvwxyz012345"


@dataclass
class Promises:
    """What the server acknowledged, across its lives; ``saved`` is released once for each."""

    metrics: set[str] = field(default_factory=set)
    texts: dict[TextKey, str] = field(default_factory=dict)
    pending: dict[TextKey, str] = field(default_factory=dict)
    unexpected: list[int] = field(default_factory=list)
    saved: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))


class Writer(threading.Thread):
    """Somebody who sends one form after the other until the server is gone."""

    def __init__(self, port: int, session: str, write: Callable[["Writer", int], None]) -> None:
        super().__init__(daemon=True)
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
        self.session = session
        self.write = write

    def run(self) -> None:
        number = 0
        try:
            while True:
                self.write(self, number)
                number += 1
        except (OSError, http.client.HTTPException):
            self.connection.close()

    def post(self, url: str, data: dict[str, object], promises: Promises) -> bool:
        """Whether the server says that it saved."""
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Cookie": f"{settings.SESSION_COOKIE_NAME}={self.session}; csrftoken={TOKEN}",
            "X-CSRFToken": TOKEN,
        }
        self.connection.request("POST", url, urlencode(data), headers)
        response = self.connection.getresponse()
        response.read()
        if response.status != 302:
            promises.unexpected.append(response.status)
        return response.status == 302


def sign_in(user: User) -> str:
    client = Client()
    client.force_login(user)
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def add_metrics(
    postmortem: Postmortem, life: int, who: str, promises: Promises
) -> Callable[[Writer, int], None]:
    url = reverse("postmortems:row-add", args=[postmortem.pk, "metric"])

    def write(writer: Writer, number: int) -> None:
        label = f"{who} {life} {number}"
        if writer.post(url, {"label": label, "value": str(number)}, promises):
            promises.metrics.add(label)
            promises.saved.release()

    return write


def save_texts(
    postmortem: Postmortem, key: TextKey, life: int, promises: Promises
) -> Callable[[Writer, int], None]:
    url = reverse("postmortems:text-save", args=[postmortem.pk, key])
    start = Text.objects.get(postmortem=postmortem, key=key).version

    def write(writer: Writer, number: int) -> None:
        body = promises.pending[key] = f"{key} {life} {number}"
        if writer.post(url, {"body": body, "version": start + number}, promises):
            promises.texts[key] = body
            promises.saved.release()

    return write


def database_url() -> str:
    """The address of the database of this test, for another process."""
    name = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    return urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()


def live_and_die(cast: Cast, life: int, promises: Promises) -> None:
    """Serves four people who write at once, and kills the server while they do."""
    postmortem, port = cast.postmortem, free_port()
    environment = {
        "DATABASE_URL": database_url(),
        "SECRET_KEY": settings.SECRET_KEY,
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "PORT": str(port),
        "DEBUG": "1",
        "DEMO": "0",
    }
    tasks = {
        cast.author: save_texts(postmortem, TextKey.TLDR, life, promises),
        cast.ic: save_texts(postmortem, TextKey.IMPACT_USERS, life, promises),
        cast.sme: add_metrics(postmortem, life, "sme", promises),
        cast.participant: add_metrics(postmortem, life, "participant", promises),
    }
    sessions = {user: sign_in(user) for user in tasks}
    with running([sys.executable, "manage.py", "serve"], port, environment) as server:
        writers = [Writer(port, sessions[user], write) for user, write in tasks.items()]
        for writer in writers:
            writer.start()
        for _ in range(15 + 4 * life % 10):
            assert promises.saved.acquire(timeout=PATIENCE_SECONDS), f"refused with {promises.unexpected}"
        kill(server)
        for writer in writers:
            writer.join(PATIENCE_SECONDS)
            assert not writer.is_alive()


def check(postmortem: Postmortem, promises: Promises) -> None:
    """What was promised is kept, and nothing is there by half."""
    metrics = list(ImpactMetric.objects.filter(postmortem=postmortem))
    assert promises.metrics <= {metric.label for metric in metrics}
    for key, body in promises.texts.items():
        assert Text.objects.get(postmortem=postmortem, key=key).body in {body, promises.pending[key]}

    changes = list(Change.objects.filter(postmortem=postmortem))
    revisions = [change.revision for change in changes]
    assert len(set(revisions)) == len(revisions)
    assert max(revisions) == Postmortem.objects.get(pk=postmortem.pk).revision
    created = {change.target: change.after for change in changes if change.verb == Change.Verb.CREATED}
    assert {metric.ref: metric.label for metric in metrics} == {
        target: after["label"] for target, after in created.items() if target.startswith("metric-")
    }
    assert sorted(metric.position for metric in metrics) == list(range(len(metrics)))
    for key in promises.texts:
        told = [change.after["body"] for change in changes if change.target == key]
        assert told[-1] == Text.objects.get(postmortem=postmortem, key=key).body


@pytest.mark.django_db(transaction=True)
def test_nothing_acknowledged_is_lost_when_the_server_is_killed(client: Client) -> None:
    for first in range(0, KILLS, LIVES_OF_ONE_DOCUMENT):
        cast, promises = postmortem_with_roles(), Promises()
        for life in range(first, min(first + LIVES_OF_ONE_DOCUMENT, KILLS)):
            live_and_die(cast, life, promises)
            check(cast.postmortem, promises)

        assert promises.unexpected == []
        client.force_login(cast.reader)
        document = client.get(reverse("postmortems:read", args=[cast.postmortem.pk])).content.decode()
        assert all(label in document for label in promises.metrics)
