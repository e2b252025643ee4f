"""The list: order, filters, pages, and what it costs."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from actions.models import CorrectiveAction
from postmortems.domain.document import ActionStatus, State
from postmortems.models import Organisation, User
from tests.factories import (
    PostmortemFactory,
    ServiceFactory,
    UserFactory,
    complete_postmortem,
    postmortem_with_roles,
)

pytestmark = pytest.mark.django_db

MOMENTS = ("started", "detected", "restored")


def titles(client: Client, query: str = "") -> list[str]:
    """Return the titles that the list shows."""
    response = client.get(f"/postmortems/{query}")
    assert response.status_code == 200
    return [line["entry"].title for line in response.context["lines"]]


def on(year: int, month: int, day: int) -> dict[str, datetime]:
    """Return the moments of an incident of that day."""
    at = datetime(year, month, day, 12, tzinfo=UTC)
    return {f"incident__{name}_at": at for name in ("started", "detected", "restored")}


def test_newest_incident_first_with_its_facts(signed_in: Client) -> None:
    shop = ServiceFactory(name="Checkout")
    PostmortemFactory(incident__title="Older", **on(2024, 2, 14))
    PostmortemFactory(incident__title="Newer", incident__services=[shop], **on(2024, 2, 15))
    PostmortemFactory(incident__title="Oldest", **on(2023, 12, 31))
    assert titles(signed_in) == ["Newer", "Older", "Oldest"]
    page = signed_in.get("/postmortems/").content.decode()
    assert "15 Feb 2024" in page
    assert "severity-P2" in page
    assert "state-drafting" in page
    assert 'data-state="late"' in page
    assert page.count("Checkout") == 2


def test_each_filter_narrows_and_its_link_takes_it_off_again(signed_in: Client) -> None:
    shop = ServiceFactory(name="Checkout")
    PostmortemFactory(incident__title="Payment down", incident__severity="P1", **on(2024, 2, 15))
    PostmortemFactory(incident__title="Search slow", incident__services=[shop], **on(2024, 5, 2))
    PostmortemFactory(incident__title="Mail down", state=State.CLOSED, **on(2025, 1, 1))
    assert titles(signed_in, "?severity=P1") == ["Payment down"]
    assert titles(signed_in, "?state=closed") == ["Mail down"]
    assert titles(signed_in, f"?service={shop.pk}") == ["Search slow"]
    assert titles(signed_in, "?q=DOWN") == ["Mail down", "Payment down"]
    assert titles(signed_in, "?q=down+pay") == ["Payment down"]
    assert titles(signed_in, "?period=2024") == ["Search slow", "Payment down"]
    assert titles(signed_in, "?period=2024-Q1") == ["Payment down"]
    assert titles(signed_in, "?period=2024-Q4") == []
    assert titles(signed_in, "?since=2024-02-15&until=2024-05-01") == ["Payment down"]
    assert titles(signed_in, "?until=2024-02-15") == ["Payment down"]
    assert titles(signed_in, "?severity=P1&state=closed") == []
    page = signed_in.get("/postmortems/?severity=P1&state=drafting")
    severities = dict(page.context["filters"])["Severity"]
    assert [(choice.text, choice.query, choice.chosen) for choice in severities][:2] == [
        ("P1", "state=drafting", True),
        ("P2", "state=drafting&severity=P2", False),
    ]


def test_late_means_past_the_deadline_or_with_a_late_action(signed_in: Client) -> None:
    long_ago = timezone.now() - timedelta(days=30)
    ended = {f"incident__{name}_at": long_ago for name in ("started", "detected", "restored")}
    PostmortemFactory(incident__title="Overdue", **ended)
    PostmortemFactory(incident__title="Minor", incident__severity="P3", **ended)
    PostmortemFactory(incident__title="Validated", state=State.VALIDATED, **ended)
    PostmortemFactory(incident__title="In time")
    cast = complete_postmortem(incident__title="Late action", state=State.VALIDATED)
    actions = CorrectiveAction.objects.filter(postmortem=cast.postmortem, status=ActionStatus.TODO)
    actions.update(deadline=timezone.now().date() - timedelta(days=1))
    assert titles(signed_in, "?late=1") == ["Late action", "Overdue"]
    Organisation.objects.create(pk=1, deadline_calendar="business", deadline_days=25)
    assert titles(signed_in, "?late=1") == ["Late action"]


@pytest.mark.parametrize(("zone", "late"), [("Pacific/Kiritimati", ["Here"]), ("Pacific/Pago_Pago", [])])
@pytest.mark.parametrize("calendar", ["calendar", "business"])
def test_days_are_those_of_the_incidents_zone(
    client: Client, zone: str, late: list[str], calendar: str
) -> None:
    """2030-06-17 is a Monday; at noon in UTC the Tuesday has begun at UTC+14, and not at UTC-11."""
    Organisation.objects.create(pk=1, deadline_calendar=calendar, deadline_days=1)
    cast = complete_postmortem(
        incident__title="Here", incident__zone=zone, incident__severity="P3", state=State.VALIDATED
    )
    actions = CorrectiveAction.objects.filter(postmortem=cast.postmortem, status=ActionStatus.TODO)
    actions.update(deadline="2030-06-17")
    ended = {f"incident__{name}_at": datetime(2030, 6, 14, 12, tzinfo=UTC) for name in MOMENTS}
    PostmortemFactory(incident__title="Friday", incident__zone=zone, **ended)
    with time_machine.travel("2030-06-17T12:00:00Z", tick=False):
        client.force_login(cast.reader)
        entries = [line["entry"] for line in client.get("/postmortems/").context["lines"]]
        overdue = [entry.title for entry in entries if entry.clock and entry.clock.late]
        assert [entry.title for entry in entries if entry.late_actions] == late
        assert overdue == (["Friday"] if calendar == "calendar" or late else [])
        assert titles(client, "?late=1") == overdue + late


@pytest.mark.parametrize(("language", "words"), [("en", "2024-Q1"), ("fr", "T1 2024")])
def test_a_quarter_has_the_name_of_the_readers_language(
    signed_in: Client, person: User, language: str, words: str
) -> None:
    User.objects.filter(pk=person.pk).update(language=language)
    with time_machine.travel("2024-02-15T12:00:00Z", tick=False):
        signed_in.force_login(person)
        page = signed_in.get("/postmortems/").content.decode()
    assert f'<a href="?period=2024-Q1">{words}</a>' in page


@pytest.mark.parametrize(
    "query",
    [
        "?state=lost",
        "?severity=P9",
        "?service=checkout",
        "?service=999999",
        "?period=lately",
        "?period=2024-Q5",
        "?since=31/12/2024",
        "?until=2024-02-31",
        "?page=0",
        "?page=many",
        "?page=99999999999999999999",
        "?q=" + "x" * 201,
    ],
)
def test_a_filter_that_makes_no_sense_is_ignored_and_named(signed_in: Client, query: str) -> None:
    PostmortemFactory(incident__title="Still here")
    assert titles(signed_in, query) == ["Still here"]
    assert "this filter is ignored" in signed_in.get(f"/postmortems/{query}").content.decode()


def test_strangers_do_not_see_restricted_ones(client: Client) -> None:
    cast = postmortem_with_roles(visibility="restricted", incident__title="Kept quiet")
    for user, seen in ((cast.outsider, []), (cast.participant, ["Kept quiet"])):
        client.force_login(user)
        assert titles(client) == seen
        assert titles(client, "?q=quiet") == seen


def test_pages_of_25(signed_in: Client) -> None:
    author = UserFactory()
    for day in range(26):
        PostmortemFactory(
            incident__title=f"Day {day:02}", incident__declared_by=author, **on(2024, 1, day + 1)
        )
    first = titles(signed_in)
    assert (len(first), first[0], first[-1]) == (25, "Day 25", "Day 01")
    assert (
        'rel="next" href="?severity=P2&amp;page=2"'
        in signed_in.get("/postmortems/?severity=P2").content.decode()
    )
    assert titles(signed_in, "?page=2") == ["Day 00"]
    assert 'rel="next"' not in signed_in.get("/postmortems/?page=2").content.decode()
    assert "Nothing matches" in signed_in.get("/postmortems/?page=3").content.decode()


def test_an_empty_list_says_how_to_begin(signed_in: Client) -> None:
    assert "No post-mortem yet" in signed_in.get("/postmortems/").content.decode()
    assert "Nothing matches" in signed_in.get("/postmortems/?severity=P1").content.decode()


@pytest.mark.parametrize("count", [1, 3, 30])
def test_the_number_of_queries_does_not_grow(signed_in: Client, count: int) -> None:
    author, service = UserFactory(), ServiceFactory()
    for _ in range(count):
        PostmortemFactory(incident__declared_by=author, incident__services=[service])
    signed_in.get("/postmortems/")
    with CaptureQueriesContext(connection) as queries:
        assert len(titles(signed_in)) == min(count, 25)
    assert len(queries) == 5


def test_the_first_page_reads_along_the_index(signed_in: Client) -> None:
    PostmortemFactory()
    with CaptureQueriesContext(connection) as queries:
        titles(signed_in)
    (listed,) = [query["sql"] for query in queries if "deadlines" in query["sql"]]
    assert "LIMIT 26" in listed
    assert "COUNT(*)" not in listed
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN QUERY PLAN {listed}")
            plan = [row[3] for row in cursor.fetchall()]
        assert not [step for step in plan if "ORDER BY" in step]


def test_only_reading(signed_in: Client) -> None:
    assert signed_in.post("/postmortems/").status_code == 405
