"""What the logs say about a request, and what they never say."""

import json
import logging
import sys
from collections.abc import Iterator

import pytest
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import include, path

from config import urls
from config.logs import JSONFormatter
from postmortems.models import User


@login_not_required
def failing_view(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("document text")


urlpatterns = [path("test/failing", failing_view), path("", include(urls))]
handler404, handler500 = urls.handler404, urls.handler500

pytestmark = [pytest.mark.urls(__name__), pytest.mark.django_db]


class Lines(logging.Handler):
    """Collects what the JSON formatter writes."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.setFormatter(JSONFormatter())
        self.text: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.text.append(self.format(record))


@pytest.fixture
def lines() -> Iterator[list[str]]:
    handler = Lines()
    logging.getLogger().addHandler(handler)
    yield handler.text
    logging.getLogger().removeHandler(handler)


def test_one_line_a_request(client: Client, lines: list[str]) -> None:
    response = client.get("/accounts/login/", headers={"X-Request-ID": "from-the-proxy"})
    (line,) = map(json.loads, lines)
    assert line.pop("time").endswith("+00:00")
    assert line.pop("duration_ms") > 0
    assert line == {
        "level": "INFO",
        "logger": "sansblame.request",
        "message": "GET /accounts/login/ 200",
        "request_id": "from-the-proxy",
        "event": "request",
        "method": "GET",
        "path": "/accounts/login/",
        "status": 200,
    }
    assert response["X-Request-ID"] == "from-the-proxy"


@pytest.mark.parametrize("given", ["", "two words", "x" * 65, "é"])
def test_an_odd_request_id_is_replaced(client: Client, given: str) -> None:
    identifier = client.get("/healthz", headers={"X-Request-ID": given})["X-Request-ID"]
    assert len(identifier) == 16
    assert identifier != given


def test_the_user_is_named_by_key(signed_in: Client, person: User, lines: list[str]) -> None:
    signed_in.get("/resume/")
    assert [json.loads(line)["user_id"] for line in lines] == [person.pk]


def test_nothing_that_was_typed_is_written(client: Client, lines: list[str]) -> None:
    client.post("/language/?q=document+text", {"language": "fr", "next": "/document-text"})
    client.get("/nowhere?q=document+text")
    assert len(lines) == 2
    assert "document" not in "".join(lines)


def test_the_key_of_a_password_reset_is_blanked_out(client: Client, lines: list[str]) -> None:
    client.get("/accounts/password/reset/key/2x-cj4nk5-0123456789abcdef/")
    assert [json.loads(line)["path"] for line in lines] == ["/accounts/password/reset/key/…-…/"]


def test_probes_and_static_files_are_not_worth_a_line(client: Client, lines: list[str]) -> None:
    for address in ("/healthz", "/readyz", "/static/css/base.css"):
        assert client.get(address).status_code == 200
    assert lines == []


def test_a_failure_shows_where_but_not_what_was_being_said(client: Client, lines: list[str]) -> None:
    client.raise_request_exception = False
    client.get("/test/failing?q=document+text")
    failure, request = map(json.loads, lines)
    assert (failure["level"], failure["exception"]) == ("ERROR", "RuntimeError")
    assert failure["frames"][-1].endswith(" failing_view")
    assert failure["path"] == request["path"] == "/test/failing"
    assert failure["request_id"] == request["request_id"]
    assert request["status"] == 500
    assert "document text" not in "".join(lines)


def test_an_exception_outside_of_a_request() -> None:
    try:
        raise ValueError("document text")
    except ValueError:
        record = logging.LogRecord("name", logging.ERROR, __file__, 1, "it failed", None, sys.exc_info())
    line = json.loads(JSONFormatter().format(record))
    assert (line["message"], line["exception"]) == ("it failed", "ValueError")
    assert "request_id" not in line
    assert "document text" not in json.dumps(line)
