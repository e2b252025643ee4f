"""The incident's own times follow its timeline, and everybody counts the deadline from the same end."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from postmortems.domain.deadline import incident_end
from postmortems.domain.document import Milestone, TextKey
from postmortems.models import Postmortem, Text, TimelineEvent
from postmortems.selectors.document import load_document
from postmortems.services.review import evaluate_now
from postmortems.services.rows import add_row, delete_row, edit_row, restore_row
from postmortems.services.texts import save_text
from tests.factories import Cast, postmortem_with_roles

pytestmark = pytest.mark.django_db

LONG_AGO = (timezone.now() - timedelta(days=20)).replace(microsecond=0)


@pytest.fixture
def cast() -> Cast:
    """An incident that began long ago and of which nobody has said yet that it is over."""
    return postmortem_with_roles(
        incident__started_at=LONG_AGO, incident__detected_at=LONG_AGO, incident__restored_at=None
    )


def add(cast: Cast, minutes: int, milestone: Milestone | str = "") -> TimelineEvent:
    at = LONG_AGO + timedelta(minutes=minutes)
    return add_row(
        TimelineEvent(postmortem=cast.postmortem, at=at, text="Something", milestone=milestone),
        actor=cast.author,
    )


def declare_unknown(cast: Cast, reason: str) -> None:
    version = Text.objects.get(postmortem=cast.postmortem, key=TextKey.RESTORED_UNKNOWN).version
    save_text(cast.postmortem, TextKey.RESTORED_UNKNOWN, reason, version, actor=cast.author)


def end(cast: Cast) -> datetime | None:
    """What the incident keeps, which is always what the document says."""
    kept = Postmortem.objects.select_related("incident").get(pk=cast.postmortem.pk).incident.ended_at
    assert kept == incident_end(load_document(cast.postmortem.pk).timeline)
    return kept


def after(minutes: int) -> datetime:
    return LONG_AGO + timedelta(minutes=minutes)


def test_the_end_is_the_restoration_else_the_resolution(cast: Cast) -> None:
    assert end(cast) is None
    resolved = add(cast, 90, Milestone.RESOLVED)
    assert end(cast) == after(90)
    restored = add(cast, 60, Milestone.RESTORED)
    assert end(cast) == after(60)
    restored.at = after(70)
    edit_row(restored, restored.version, actor=cast.author)
    assert end(cast) == after(70)
    delete_row(restored, actor=cast.author)
    assert end(cast) == after(90)
    restore_row(restored, actor=cast.author)
    assert end(cast) == after(70)
    restored.milestone = ""
    edit_row(restored, restored.version, actor=cast.author)
    delete_row(resolved, actor=cast.author)
    assert end(cast) is None


def test_the_last_event_stands_in_for_a_restoration_that_nobody_knows(cast: Cast) -> None:
    add(cast, 30)
    assert end(cast) is None
    declare_unknown(cast, "No dashboard covers this service")
    assert end(cast) == after(30)
    last = add(cast, 45)
    assert end(cast) == after(45)
    delete_row(last, actor=cast.author)
    assert end(cast) == after(30)
    declare_unknown(cast, "")
    assert end(cast) is None


def test_an_unknown_restoration_is_declared_before_anything_happened() -> None:
    cast = postmortem_with_roles(
        incident__started_at=None, incident__detected_at=None, incident__restored_at=None
    )
    declare_unknown(cast, "No dashboard covers this service")
    assert end(cast) is None
    add(cast, 15)
    assert end(cast) == after(15)


@pytest.mark.parametrize(
    "finish",
    [lambda cast: add(cast, 60, Milestone.RESOLVED), lambda cast: declare_unknown(cast, "No dashboard")],
)
def test_panel_home_and_list_tell_the_same_deadline(
    client: Client, cast: Cast, finish: Callable[[Cast], Any]
) -> None:
    finish(cast)
    panel = evaluate_now(cast.postmortem.pk).report.clock
    assert panel.late
    client.force_login(cast.author)
    (line,) = client.get("/").context["lines"]
    assert (line.item.clock.due, line.item.clock.late) == (panel.due, True)
    (listed,) = client.get("/postmortems/?late=1").context["lines"]
    assert (listed["entry"].clock.due, listed["entry"].clock.late) == (panel.due, True)
