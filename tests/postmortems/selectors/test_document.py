"""Loading a document: complete, in order, and in one query whatever its size."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from postmortems.domain.criteria import evaluate
from postmortems.domain.deadline import Policy
from postmortems.domain.document import Horizon, Milestone, TextKey
from postmortems.domain.status import Transition
from postmortems.models import ImpactMetric, Incident, TimelineEvent
from postmortems.selectors.document import load_document
from postmortems.services.rows import add_row, add_rows, delete_row
from postmortems.services.texts import save_text
from tests.factories import complete_postmortem, postmortem_with_roles
from tests.factories.postmortems import yesterday

pytestmark = pytest.mark.django_db


def test_everything_that_was_entered_is_in_the_document() -> None:
    cast = complete_postmortem()
    document = load_document(cast.postmortem.pk)
    assert list(document.timeline.milestones()) == [Milestone.START, Milestone.DETECTED, Milestone.RESTORED]
    assert document.timeline.milestones()[Milestone.START].at == yesterday(10)
    assert [action.horizon for action in document.actions] == [Horizon.IMMEDIATE, Horizon.SHORT]
    assert document.actions[1].owner == "Sme Example"
    (chain,) = document.root_cause.chains
    assert len(chain.whys) == 5
    assert chain.linked
    assert document.review.contributors == 2
    assert not evaluate(document, yesterday(23), Policy()).blocking(Transition.SUBMIT)


@pytest.mark.parametrize("count", [1, 3, 300])
def test_one_query_whatever_the_size(count: int) -> None:
    cast = postmortem_with_roles()
    rows = [
        TimelineEvent(postmortem=cast.postmortem, at=yesterday(10) + timedelta(seconds=n), text=str(n))
        for n in range(count)
    ]
    add_rows(rows, actor=cast.author)
    with CaptureQueriesContext(connection) as queries:
        document = load_document(cast.postmortem.pk)
    assert len(queries) == 1
    assert len(document.timeline.events) == count + 3


def test_events_stand_by_time_and_within_one_instant_as_they_were_added() -> None:
    cast = postmortem_with_roles()
    for text, minute in (("late", 30), ("early", 5), ("late too", 30)):
        add_row(
            TimelineEvent(postmortem=cast.postmortem, at=yesterday(10, minute), text=text), actor=cast.author
        )
    texts = [event.text for event in load_document(cast.postmortem.pk).timeline.events]
    assert [text for text in texts if text in {"late", "early", "late too"}] == ["early", "late", "late too"]


def test_deleted_rows_are_gone() -> None:
    cast = postmortem_with_roles()
    row = add_row(ImpactMetric(postmortem=cast.postmortem, label="a", value="1"), actor=cast.author)
    delete_row(row, actor=cast.author)
    assert load_document(cast.postmortem.pk).impact.metrics == ()


def test_the_date_is_that_of_the_start_where_the_incident_happened() -> None:
    cast = postmortem_with_roles()
    Incident.objects.update(zone="Pacific/Auckland", started_at=yesterday(23))
    assert load_document(cast.postmortem.pk).date == (yesterday(23) + timedelta(days=1)).date()


def test_a_text_cannot_hold_a_heading_of_the_document() -> None:
    cast = postmortem_with_roles()
    save_text(cast.postmortem, TextKey.TLDR, "# Big\n\nsmall", 1, actor=cast.author)
    assert load_document(cast.postmortem.pk).summary.tldr == "#### Big\n\nsmall"
