"""Adding, changing, moving, deleting and restoring rows of every kind."""

from collections.abc import Sequence
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import Count, F, Max, Q
from django.utils import timezone

from postmortems.domain.document import Section, State
from postmortems.domain.status import BEFORE_VALIDATED
from postmortems.models import Change, Row, User
from postmortems.services.changes import (
    LimitReached,
    RowConflict,
    advance,
    change_of,
    clean_only,
    differences,
    record,
    values_of,
)
from postmortems.services.review import open_round_if_ready
from postmortems.services.timeline import follow_milestones, refuse_taken_milestones

RowT = TypeVar("RowT", bound=Row)


def add_row(row: RowT, *, actor: User) -> RowT:
    """Puts a new row at the end of its group.

    Raises LimitReached, NotEditable, or ValidationError for a field that breaks its limits.
    """
    return add_rows([row], actor=actor)[0]


@transaction.atomic
def add_rows(rows: Sequence[RowT], *, actor: User) -> list[RowT]:
    """Puts new rows of one kind and one post-mortem at the end of their groups, all or none."""
    if not rows:
        return []
    model, postmortem = type(rows[0]), rows[0].postmortem
    advance(postmortem)
    groups = {tuple(sorted(row.group().items())) for row in rows}
    ends = {}
    for group in groups:
        held = model.objects.filter(**dict(group)).aggregate(
            count=Count("pk", filter=Q(deleted_at__isnull=True)), last=Max("position")
        )
        ends[group] = held["last"] if held["last"] is not None else -1
        if held["count"] + len(rows) > model.limit:
            raise LimitReached(model.limit)
    for row in rows:
        clean_only(row, *_typed(row))
        group = tuple(sorted(row.group().items()))
        ends[group] += 1
        row.position = ends[group]
    refuse_taken_milestones(rows)
    model.objects.bulk_create(rows)
    Change.objects.bulk_create(
        change_of(
            postmortem, actor, Change.Verb.CREATED, row.ref, row.section, after=values_of(row, row.content)
        )
        for row in rows
    )
    follow_milestones(rows)
    return list(rows)


@transaction.atomic
def edit_row(
    row: Row,
    base_version: int,
    *,
    actor: User,
    states: frozenset[State] = BEFORE_VALIDATED,
    before: Row | None = None,
    restore: bool = False,
) -> Row:
    """Saves the content of ``row``, which its editor read at ``base_version``.

    ``row`` carries the new values; ``before`` the stored ones where the caller has read them. With
    ``restore`` a row that is deleted comes back first, whatever its version: both happen, or neither.
    Raises RowConflict when somebody saved or deleted it since, NotEditable, ValidationError.
    """
    model = type(row)
    clean_only(row, *_typed(row))
    stored = before or model.objects.get(pk=row.pk)
    if restore and stored.deleted_at is not None:
        restore_row(stored, actor=actor)
        base_version = stored.version
    old, new = differences(values_of(stored, row.content), values_of(row, row.content))
    if not new and stored.version == base_version and stored.deleted_at is None:
        row.version, row.deleted_at = base_version, None
        return row
    advance(row.postmortem, states)
    if "milestone" in new:
        refuse_taken_milestones([row])
    moved_group = stored.group() != row.group()
    if moved_group:
        last = model.objects.filter(**row.group()).aggregate(last=Max("position"))["last"]
        row.position = 0 if last is None else last + 1
    fields = (*row.content, "position") if moved_group else row.content
    columns = [model._meta.get_field(name).attname for name in fields]  # type: ignore[union-attr]
    saved = (
        model.objects.live()
        .filter(pk=row.pk, version=base_version)
        .update(version=F("version") + 1, **{column: getattr(row, column) for column in columns})
    )
    if not saved:
        raise RowConflict(model.objects.live().filter(pk=row.pk).first())
    row.version, row.deleted_at = base_version + 1, None
    record(row.postmortem, actor, Change.Verb.CHANGED, row.ref, row.section, old, new)
    if new.keys() & {"at", "milestone"}:
        follow_milestones([row, stored])
    return row


@transaction.atomic
def move_row(row: Row, to: int | None = None, *, by: int = 0, actor: User) -> list[int]:
    """Moves a row ``to`` a place in its group, counted from 0, or ``by`` some places; not beyond the ends.

    Returns the keys of the group in their new order. Raises NotEditable, or RowConflict when the row is
    deleted.
    """
    advance(row.postmortem)
    model = type(row)
    order = list(
        model.objects.live().filter(**row.group()).order_by("position", "id").values_list("pk", flat=True)
    )
    if row.pk not in order:
        raise RowConflict(None)
    place = order.index(row.pk)
    target = min(max(place + by if to is None else to, 0), len(order) - 1)
    if place == target:
        return order
    order.insert(target, order.pop(place))
    rows = [model(pk=pk, position=position) for position, pk in enumerate(order)]  # type: ignore[misc]
    model.objects.bulk_update(rows, ["position"])
    record(
        row.postmortem,
        actor,
        Change.Verb.MOVED,
        row.ref,
        row.section,
        {"position": place},
        {"position": target},
    )
    return order


@transaction.atomic
def delete_row(row: Row, *, actor: User) -> None:
    """Hides a row; ``restore_row`` brings it back.

    Raises RowConflict when it is deleted already, NotEditable.
    """
    advance(row.postmortem)
    hidden = (
        type(row).objects.live().filter(pk=row.pk).update(deleted_at=timezone.now(), version=F("version") + 1)
    )
    if not hidden:
        raise RowConflict(None)
    record(row.postmortem, actor, Change.Verb.DELETED, row.ref, row.section, values_of(row, row.content))
    follow_milestones([row])
    if row.section is Section.ANNEXES and row.postmortem.state == State.VALIDATION:
        # With the last annex goes a section that had to be approved.
        open_round_if_ready(row.postmortem, actor=actor)


@transaction.atomic
def restore_row(row: Row, *, actor: User) -> None:
    """Brings a deleted row back to where it was.

    A timeline event whose milestone another event has taken meanwhile comes back without it.
    Raises NotEditable.
    """
    advance(row.postmortem)
    model = type(row)
    values: dict[str, Any] = {"deleted_at": None, "version": F("version") + 1}
    milestone = getattr(row, "milestone", "")
    if milestone and model.objects.live().filter(postmortem=row.postmortem, milestone=milestone).exists():
        values["milestone"] = ""
    if model.objects.filter(pk=row.pk, deleted_at__isnull=False).update(**values):
        row.refresh_from_db()
        record(
            row.postmortem,
            actor,
            Change.Verb.RESTORED,
            row.ref,
            row.section,
            after=values_of(row, row.content),
        )
        follow_milestones([row])


def _typed(row: Row) -> list[str]:
    return [name for name in row.content if not row._meta.get_field(name).is_relation]
