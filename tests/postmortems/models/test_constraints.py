"""What the database itself refuses, and that no form asks it about that."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from actions.models import CorrectiveAction
from postmortems.domain.document import Horizon, Role, Section, State
from postmortems.forms.rows import row_form
from postmortems.models import (
    Annex,
    Approval,
    Challenge,
    Decision,
    Diagram,
    Incident,
    Postmortem,
    Row,
    TimelineEvent,
    TransitionRecord,
)
from tests.factories import PostmortemFactory, UserFactory
from tests.factories.postmortems import yesterday

pytestmark = pytest.mark.django_db

APPROVAL = {"section": Section.SUMMARY, "role": Role.IC, "revision": 1}


@pytest.mark.parametrize(
    ("model", "values"),
    [
        (TimelineEvent, {"at": yesterday(10), "text": "x", "milestone": "poem"}),
        (TimelineEvent, {"at": yesterday(10), "text": ""}),
        (Annex, {"type": "runbook", "title": "x", "outcome": "poem"}),
        (Annex, {"type": "poem", "title": "x"}),
        (Diagram, {"body": "x", "syntax": "poem"}),
        (CorrectiveAction, {"horizon": Horizon.SHORT, "title": "x", "action_kind": "poem"}),
        (CorrectiveAction, {"horizon": Horizon.SHORT, "title": ""}),
        (Approval, {**APPROVAL, "section": "poem"}),
        (Approval, {**APPROVAL, "role": "poem"}),
        (Challenge, {"section": "poem", "body": "x"}),
        (Decision, {"about": "poem", "reason": "x"}),
        (TransitionRecord, {"name": "x", "source": "poem", "target": State.DRAFTING}),
        (TransitionRecord, {"name": "x", "source": State.DRAFTING, "target": "poem"}),
    ],
)
def test_what_no_form_lets_through_is_refused_by_the_database_too(model: Any, values: dict[str, Any]) -> None:
    person = {} if issubclass(model, Row) else {"user": UserFactory()}
    with pytest.raises(IntegrityError), transaction.atomic():
        model.objects.create(postmortem=PostmortemFactory(), **values, **person)


def test_an_incident_has_a_title() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Incident.objects.create(title="", severity="P1")


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("event", {"moment": "2024-02-15 14:35", "text": "x"}),
        ("action", {"horizon": "short", "title": "x", "status": "todo"}),
        ("annex", {"type": "note", "title": "x", "body": "y"}),
        ("diagram", {"body": "x"}),
        ("lesson", {"list": "well", "title": "x"}),
    ],
)
def test_a_form_asks_the_database_about_no_constraint(
    kind: str, values: dict[str, str], django_assert_max_num_queries: Any
) -> None:
    postmortem: Postmortem = PostmortemFactory()
    form = row_form(kind)(values, postmortem=postmortem)
    with django_assert_max_num_queries(1) as asked:
        form.is_valid()
    assert not [query for query in asked if "SAVEPOINT" in query["sql"]]
