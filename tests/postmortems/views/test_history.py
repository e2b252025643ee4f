"""The record of what happened to a post-mortem."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.html import strip_tags
from pytest_django import DjangoAssertNumQueries

from actions.models import CorrectiveAction
from postmortems.domain.document import Role, Section, State, TextKey
from postmortems.domain.status import Transition
from postmortems.models import ImpactMetric, Postmortem, TimelineEvent, User
from postmortems.services.incidents import Person, assign_people
from postmortems.services.review import approve_sections, change_state
from postmortems.services.rows import add_row, delete_row, edit_row, move_row
from postmortems.services.texts import save_text
from tests.factories import Cast, complete_postmortem, postmortem_with_roles
from tests.factories.postmortems import yesterday

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    return postmortem_with_roles()


def page(client: Client, cast: Cast, user: User, query: str = "") -> Any:
    client.force_login(user)
    return client.get(reverse("postmortems:history", args=[cast.postmortem.pk]) + query)


def entries(response: Any) -> list[str]:
    """The entries in plain words, newest first."""
    items = re.findall(r'<li class="change">(.*?)</li>', response.content.decode(), re.DOTALL)
    return [" ".join(strip_tags(item).split()) for item in items]


def add_metric(cast: Cast, **values: str) -> ImpactMetric:
    metric = ImpactMetric(postmortem=cast.postmortem, **values)
    add_row(metric, actor=cast.author)
    return metric


def test_every_reader_sees_who_changed_what_and_when(client: Client, cast: Cast) -> None:
    save_text(cast.postmortem, TextKey.TLDR, "The gateway refused calls", 1, actor=cast.author)
    save_text(cast.postmortem, TextKey.TLDR, "The gateway refused every call", 2, actor=cast.sme)
    response = page(client, cast, cast.reader)
    newest = entries(response)[0]
    assert "Sme Example – changed · Executive summary" in newest
    assert "TL;DR" in newest
    assert "UTC" in newest
    content = response.content.decode()
    assert "<del>calls</del>" in content
    assert "<ins>every call</ins>" in content


def test_times_are_those_of_the_documents_zone(client: Client) -> None:
    cast = postmortem_with_roles(incident__zone="Asia/Kolkata")
    assert all("IST" in entry for entry in entries(page(client, cast, cast.reader)))


def test_rows_are_named_and_their_values_written_in_words(client: Client, cast: Cast) -> None:
    event = TimelineEvent(postmortem=cast.postmortem, at=yesterday(10, 20), text="A call fails")
    add_row(event, actor=cast.author)
    action = CorrectiveAction(
        postmortem=cast.postmortem, horizon="short", title="Watch expiry dates", owner=cast.lead
    )
    add_row(action, actor=cast.author)
    action.status, action.owner = "doing", cast.sme
    edit_row(action, action.version, actor=cast.lead)
    changed, created, added, *_ = entries(page(client, cast, cast.reader))
    assert "Corrective action “Watch expiry dates”" in changed
    assert "Status: To do In progress" in " ".join(changed.replace("doIn", "do In").split())
    assert "Lead Sme" in changed.replace("LeadSme", "Lead Sme")
    assert "Owner: Lead Example" in created
    assert "Horizon: Short term" in created
    assert "Timeline event “A call fails”" in added
    assert "10:20" in added


def test_moves_deletions_and_people_are_told(client: Client, cast: Cast) -> None:
    add_metric(cast, label="Orders", value="1")
    second = add_metric(cast, label="Refunds", value="2")
    move_row(second, 0, actor=cast.author)
    delete_row(second, actor=cast.author)
    assign_people(cast.postmortem, [Person(Role.AUTHOR, user=cast.author)], actor=cast.ic)
    people, deleted, moved, *_ = entries(page(client, cast, cast.reader))
    assert "People" in people
    assert "Lead: Lead Example" in people
    assert "deleted" in deleted
    assert "Impact metric “Refunds”" in deleted
    assert "From place 2 to place 1" in moved


def test_steps_and_approvals_stand_in_order(client: Client) -> None:
    cast = complete_postmortem()
    change_state(cast.postmortem, Transition.SUBMIT, actor=cast.author)
    postmortem = Postmortem.objects.get(pk=cast.postmortem.pk)
    approve_sections(
        postmortem, Role.IC, [Section.SUMMARY, Section.TIMELINE], postmortem.revision, actor=cast.ic
    )
    change_state(
        postmortem, Transition.COMPLETE, actor=cast.sme, note="Which gateway?", sections=[Section.IMPACT]
    )
    sent_back, approved, submitted, *_ = entries(page(client, cast, cast.reader))
    assert "IC + SME validation → Drafting" in sent_back
    assert "Which gateway?" in sent_back
    assert "Impact" in sent_back
    assert "approved as Incident commander" in approved
    assert "Executive summary, Timeline" in approved
    assert "Author Example" in submitted
    assert "Drafting → IC + SME validation" in submitted


def test_fifty_entries_stand_on_a_page(client: Client, cast: Cast) -> None:
    for number in range(60):
        add_metric(cast, label=f"Metric {number}", value="1")
    first, second = (page(client, cast, cast.reader, query) for query in ("", "?page=2"))
    assert len(entries(first)) == 50
    assert "Metric 59" in entries(first)[0]
    assert "Metric 9”" in entries(second)[0]
    assert "Page 1 of 2" in first.content.decode()
    assert entries(page(client, cast, cast.reader, "?page=nonsense")) == entries(first)


def test_queries_do_not_depend_on_the_length(
    client: Client, cast: Cast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client.force_login(cast.reader)
    address = reverse("postmortems:history", args=[cast.postmortem.pk])
    with django_assert_num_queries(9):
        client.get(address)
    complete_postmortem()
    for number in range(60):
        add_metric(cast, label=f"Metric {number}", value="1")
    with django_assert_num_queries(9):
        client.get(address)


def test_typed_html_stays_text(client: Client, cast: Cast) -> None:
    add_metric(cast, label="<script>alert(1)</script>", value="<b>")
    assert "<script>alert" not in page(client, cast, cast.reader).content.decode()


def test_the_history_is_read_only_and_behind_the_door(client: Client) -> None:
    cast = postmortem_with_roles(visibility=Postmortem.RESTRICTED, state=State.DRAFTING)
    assert page(client, cast, cast.outsider).status_code == 404
    assert page(client, cast, cast.participant).status_code == 200
    address = reverse("postmortems:history", args=[cast.postmortem.pk])
    assert client.post(address).status_code == 405
    assert client.get(reverse("postmortems:history", args=["a" * 12])).status_code == 404
