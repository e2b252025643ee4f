"""Rows: order, conflicts, tombstones, and the incident's times that follow the milestones."""

import pytest
from django.core.exceptions import ValidationError

from postmortems.domain.document import LessonKind, Milestone, State
from postmortems.models import Change, ImpactMetric, Incident, Lesson, Postmortem, TimelineEvent
from postmortems.services.changes import LimitReached, NotEditable, RowConflict
from postmortems.services.rows import add_row, add_rows, delete_row, edit_row, move_row, restore_row
from tests.factories import Cast, postmortem_with_roles
from tests.factories.postmortems import yesterday

pytestmark = pytest.mark.django_db


def metrics(cast: Cast, *labels: str) -> list[ImpactMetric]:
    return [
        add_row(ImpactMetric(postmortem=cast.postmortem, label=label, value="1"), actor=cast.author)
        for label in labels
    ]


def labels(cast: Cast) -> list[str]:
    return [metric.label for metric in ImpactMetric.objects.live().filter(postmortem=cast.postmortem)]


def event(cast: Cast, milestone: Milestone) -> TimelineEvent:
    return TimelineEvent.objects.get(postmortem=cast.postmortem, milestone=milestone, deleted_at=None)


def test_rows_stand_in_the_order_in_which_they_were_added() -> None:
    cast = postmortem_with_roles()
    metrics(cast, "a", "b", "c")
    assert labels(cast) == ["a", "b", "c"]


@pytest.mark.parametrize(("place", "order"), [(0, "cab"), (1, "acb"), (2, "abc"), (99, "abc"), (-5, "cab")])
def test_a_row_moves_to_a_place_or_to_the_end_of_the_list(place: int, order: str) -> None:
    cast = postmortem_with_roles()
    last = metrics(cast, "a", "b", "c")[2]
    move_row(last, place, actor=cast.author)
    assert "".join(labels(cast)) == order


def test_moving_one_list_leaves_the_others_alone() -> None:
    cast = postmortem_with_roles()
    well = [Lesson(postmortem=cast.postmortem, list=LessonKind.WENT_WELL, title=title) for title in "ab"]
    lucky = [Lesson(postmortem=cast.postmortem, list=LessonKind.LUCKY, title=title) for title in "xy"]
    add_rows([*well, *lucky], actor=cast.author)
    move_row(well[1], 0, actor=cast.author)
    assert [lesson.title for lesson in Lesson.objects.filter(list=LessonKind.LUCKY)] == ["x", "y"]
    assert [lesson.title for lesson in Lesson.objects.filter(list=LessonKind.WENT_WELL)] == ["b", "a"]


def test_of_two_people_who_edit_a_row_the_second_sees_what_the_first_saved() -> None:
    cast = postmortem_with_roles()
    (row,) = metrics(cast, "orders")
    theirs, mine = ImpactMetric.objects.get(pk=row.pk), ImpactMetric.objects.get(pk=row.pk)
    theirs.value, mine.value = "312", "about 300"
    edit_row(theirs, 1, actor=cast.author)
    with pytest.raises(RowConflict) as refused:
        edit_row(mine, 1, actor=cast.ic)
    assert refused.value.current.value == "312"
    assert ImpactMetric.objects.get(pk=row.pk).value == "312"


def test_editing_a_deleted_row_is_a_conflict_with_nothing() -> None:
    cast = postmortem_with_roles()
    (row,) = metrics(cast, "orders")
    mine = ImpactMetric.objects.get(pk=row.pk)
    delete_row(row, actor=cast.author)
    mine.value = "312"
    with pytest.raises(RowConflict) as refused:
        edit_row(mine, 1, actor=cast.ic)
    assert refused.value.current is None


def test_a_deleted_row_comes_back_where_it_was() -> None:
    cast = postmortem_with_roles()
    rows = metrics(cast, "a", "b", "c")
    delete_row(rows[1], actor=cast.author)
    assert labels(cast) == ["a", "c"]
    restore_row(ImpactMetric.objects.get(pk=rows[1].pk), actor=cast.author)
    assert labels(cast) == ["a", "b", "c"]


def test_a_deleted_row_comes_back_with_new_values_in_one_step() -> None:
    cast = postmortem_with_roles()
    (row,) = metrics(cast, "orders")
    delete_row(row, actor=cast.author)
    mine = ImpactMetric.objects.get(pk=row.pk)
    mine.value = "312"
    edit_row(mine, 1, actor=cast.ic, restore=True)
    saved = ImpactMetric.objects.get(pk=row.pk)
    assert (saved.deleted_at, saved.value, saved.version) == (None, "312", mine.version)
    assert [change.verb for change in Change.objects.order_by("-id")[:2]] == ["changed", "restored"]
    assert Change.objects.latest("id").before == {"value": "1"}


def test_what_cannot_be_saved_is_not_brought_back_either() -> None:
    cast = postmortem_with_roles()
    (row,) = metrics(cast, "orders")
    delete_row(row, actor=cast.author)
    changes = Change.objects.count()
    mine = ImpactMetric.objects.get(pk=row.pk)
    mine.value = "a\x07b"
    with pytest.raises(ValidationError):
        edit_row(mine, 1, actor=cast.ic, restore=True)
    assert ImpactMetric.objects.get(pk=row.pk).deleted_at
    assert Change.objects.count() == changes


def test_a_row_that_somebody_else_brought_back_first_is_a_conflict() -> None:
    cast = postmortem_with_roles()
    (row,) = metrics(cast, "orders")
    delete_row(row, actor=cast.author)
    mine, seen = ImpactMetric.objects.get(pk=row.pk), ImpactMetric.objects.get(pk=row.pk)
    restore_row(row, actor=cast.author)
    mine.value = "312"
    with pytest.raises(RowConflict) as refused:
        edit_row(mine, 1, actor=cast.ic, before=seen, restore=True)
    assert refused.value.current.value == "1"


def test_deleting_twice_tells_the_second_person() -> None:
    cast = postmortem_with_roles()
    (row,) = metrics(cast, "a")
    delete_row(row, actor=cast.author)
    with pytest.raises(RowConflict):
        delete_row(row, actor=cast.ic)


def test_the_history_holds_what_changed_and_nothing_else() -> None:
    cast = postmortem_with_roles()
    (row,) = metrics(cast, "orders")
    row.value = "312"
    edit_row(row, 1, actor=cast.ic)
    change = Change.objects.latest("id")
    assert (change.verb, change.target, change.user) == ("changed", row.ref, cast.ic)
    assert (change.before, change.after) == ({"value": "1"}, {"value": "312"})


def test_all_pasted_rows_are_added_or_none() -> None:
    cast = postmortem_with_roles()
    good = TimelineEvent(postmortem=cast.postmortem, at=yesterday(9), text="fine")
    bad = TimelineEvent(postmortem=cast.postmortem, at=yesterday(9), text="x" * 501)
    before = TimelineEvent.objects.count()
    with pytest.raises(ValidationError):
        add_rows([good, bad], actor=cast.author)
    assert TimelineEvent.objects.count() == before


def test_a_list_has_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    cast = postmortem_with_roles()
    monkeypatch.setattr(ImpactMetric, "limit", 2)
    metrics(cast, "a", "b")
    with pytest.raises(LimitReached, match="2"):
        metrics(cast, "c")
    assert labels(cast) == ["a", "b"]


def test_the_incident_and_the_file_name_follow_the_milestones() -> None:
    cast = postmortem_with_roles()
    start = event(cast, Milestone.START)
    start.at = yesterday(9).replace(year=2025, month=3, day=4)
    edit_row(start, 1, actor=cast.author)
    incident = Incident.objects.get(postmortem=cast.postmortem)
    assert incident.started_at == start.at
    assert Postmortem.objects.get().slug.startswith("2025-03-04-")


def test_deleting_the_detection_leaves_the_incident_without_one() -> None:
    cast = postmortem_with_roles()
    delete_row(event(cast, Milestone.DETECTED), actor=cast.author)
    assert Incident.objects.get(postmortem=cast.postmortem).detected_at is None


def test_an_event_comes_back_without_a_milestone_that_another_has_taken() -> None:
    cast = postmortem_with_roles()
    detected = event(cast, Milestone.DETECTED)
    delete_row(detected, actor=cast.author)
    taker = TimelineEvent(
        postmortem=cast.postmortem, at=yesterday(10, 20), text="alert", milestone=Milestone.DETECTED
    )
    add_row(taker, actor=cast.author)
    restore_row(detected, actor=cast.author)
    assert TimelineEvent.objects.get(pk=detected.pk).milestone == ""
    assert event(cast, Milestone.DETECTED) == taker


def test_a_milestone_that_another_event_has_is_refused_and_that_event_named() -> None:
    cast = postmortem_with_roles()
    restored = event(cast, Milestone.RESTORED)
    restored.milestone = Milestone.DETECTED
    with pytest.raises(ValidationError, match=r"already the event of .* 10:12, “The incident is detected”"):
        edit_row(restored, restored.version, actor=cast.author)
    assert event(cast, Milestone.RESTORED) == restored


@pytest.mark.parametrize("state", [State.VALIDATED, State.CLOSED])
def test_rows_of_a_validated_document_stay_as_they_are(state: State) -> None:
    cast = postmortem_with_roles()
    (row,) = metrics(cast, "a")
    Postmortem.objects.update(state=state)
    for change in (
        lambda: metrics(cast, "b"),
        lambda: delete_row(row, actor=cast.author),
        lambda: move_row(row, 3, actor=cast.author),
    ):
        with pytest.raises(NotEditable):
            change()
    assert labels(cast) == ["a"]
