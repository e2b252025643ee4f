"""What every write has in common: it moves the revision on, and it is recorded."""

from datetime import date, datetime
from typing import Any

from django.db.models import F, Model, Subquery
from django.utils import timezone

from postmortems.domain.document import Section, State
from postmortems.domain.status import BEFORE_VALIDATED
from postmortems.models import Change, Postmortem, User

Values = dict[str, Any]


class ServiceError(Exception):
    """A write that was refused; nothing was saved."""


class NotEditable(ServiceError):
    """The post-mortem's state does not allow the change (any more)."""


class RowConflict(ServiceError):
    """Somebody saved the row first. ``current`` is what it holds now, None when it was deleted."""

    def __init__(self, current: Any) -> None:
        super().__init__("conflict")
        self.current = current


class TextConflict(ServiceError):
    """Somebody saved the text first; ``body`` and ``version`` are what it holds now."""

    def __init__(self, body: str, version: int) -> None:
        super().__init__("conflict")
        self.body = body
        self.version = version


class Stale(ServiceError):
    """What the person saw was changed by somebody else before they saved."""


class LimitReached(ServiceError):
    """The post-mortem has as many rows of this kind as it may have."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"limit of {limit} rows")
        self.limit = limit


def advance(postmortem: Postmortem, states: frozenset[State] = BEFORE_VALIDATED) -> None:
    """Moves the revision on by one and locks the post-mortem until the transaction ends.

    Raises NotEditable when its state, as it is now, is none of ``states``.
    """
    moved = Postmortem.objects.filter(pk=postmortem.pk, state__in=states).update(
        revision=F("revision") + 1, updated_at=timezone.now()
    )
    if not moved:
        raise NotEditable(postmortem.state)


def lock(postmortem: Postmortem) -> Postmortem:
    """The post-mortem and its incident as they are stored, locked until the transaction ends."""
    return Postmortem.objects.select_for_update(of=("self",)).select_related("incident").get(pk=postmortem.pk)


def refuse_stale(seen: int | None, now: int) -> None:
    """Raises Stale unless the last change that somebody saw is the last one now; None saw them all."""
    if seen is not None and seen != now:
        raise Stale(str(now))


def record(
    postmortem: Postmortem,
    actor: User | None,
    verb: Change.Verb,
    target: str,
    section: Section | None,
    before: Values | None = None,
    after: Values | None = None,
) -> Change:
    """Writes a change into the history, under the revision that ``advance`` made."""
    change = change_of(postmortem, actor, verb, target, section, before, after)
    change.save(force_insert=True)
    return change


def change_of(
    postmortem: Postmortem,
    actor: User | None,
    verb: Change.Verb,
    target: str,
    section: Section | None,
    before: Values | None = None,
    after: Values | None = None,
) -> Change:
    """The change that ``record`` writes, for those who write many at once."""
    return Change(
        postmortem=postmortem,
        revision=current_revision(postmortem),
        user=actor,
        verb=verb,
        target=target,
        section=section or "",
        before=before or {},
        after=after or {},
    )


def current_revision(postmortem: Postmortem) -> Any:
    """The post-mortem's revision at the moment of the write, as an expression."""
    return Subquery(Postmortem.objects.filter(pk=postmortem.pk).values("revision"))


def clean_only(instance: Model, *fields: str) -> None:
    """Normalises and checks these fields; relations and unique values are the database's to check.

    Raises ValidationError by field.
    """
    instance.clean_fields(exclude={field.name for field in instance._meta.fields} - set(fields))


def values_of(instance: Model, fields: tuple[str, ...]) -> Values:
    """The fields' values as the history keeps them."""
    return {name: _plain(getattr(instance, instance._meta.get_field(name).attname)) for name in fields}  # type: ignore[union-attr]


def differences(before: Values, after: Values) -> tuple[Values, Values]:
    """Only what changed, on both sides."""
    names = [name for name in after if before.get(name) != after[name]]
    return {name: before.get(name) for name in names}, {name: after[name] for name in names}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date | datetime) else value
