"""The history of a post-mortem in words: changes, transitions and approvals, newest first."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django.core.exceptions import FieldDoesNotExist
from django.core.paginator import Page, Paginator
from django.db.models import Field, Max, Model, OuterRef, Q, Value
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from postmortems.domain.differences import Piece, compare, excerpt
from postmortems.domain.document import Role, Section, State, TextKey
from postmortems.guidance import TEXTS
from postmortems.messages import TRANSITION_LABELS, zoned
from postmortems.models import (
    ROW_KINDS,
    Approval,
    Change,
    Decision,
    Incident,
    Postmortem,
    TransitionRecord,
    User,
)
from postmortems.models.choices import label
from postmortems.models.json_rows import JsonRows

PER_PAGE = 50
TOGETHER = timedelta(seconds=2)
"""Approvals of one person in one role within this time were given by one click."""

TITLES = {
    "event": "text",
    "metric": "label",
    "factor": "factor",
    "why": "question",
    "diagram": "caption",
    "lesson": "title",
    "recommendation": "text",
    "annex": "title",
    "action": "title",
}
"""The field by which people recognise a row of each kind."""

CHANGE, TRANSITION, APPROVAL = "change", "transition", "approval"

PEOPLE_PAGE = ("people", "outside_reviewers")
FACTS_PAGE = ("incident", "postmortem")
"""What the changes made on a page are changes of."""

Names = dict[str, str]

if TYPE_CHECKING:
    AnyField = Field[Any, Any]
else:
    AnyField = Field


@dataclass(frozen=True, slots=True)
class FieldChange:
    """What changed in one field; ``label`` is empty for a text, which has only one."""

    label: str
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that happened to the post-mortem. ``at`` is in the document's zone.

    ``who`` is empty for what the application did by itself, ``anchor`` for what has no place in the
    document.
    """

    at: datetime
    who: str
    verb: str
    what: str
    section: str = ""
    anchor: str = ""
    note: str = ""
    fields: tuple[FieldChange, ...] = ()


def last_change(targets: Collection[str], **subject: Any) -> int:
    """The revision of the last change of some targets of a post-mortem, or of an incident; else 0.

    Read before what a page shows, it tells a later save whether that was changed meanwhile.
    """
    found = Change.objects.filter(target__in=targets, **subject).aggregate(last=Max("revision"))
    return found["last"] or 0


def load_history(postmortem: Postmortem, page_number: str | int | None) -> Page[Entry]:
    """One page of the history, in a number of queries that does not depend on its length.

    It begins with what was changed in the incident before it had a post-mortem. A page number that makes
    no sense gives the nearest page.
    """
    here, before = Q(postmortem=postmortem), Q(incident=postmortem.incident_id)
    happened = [
        model.objects.filter(condition).order_by().annotate(what=Value(kind)).values_list("at", "what", "pk")
        for kind, model, condition in (
            (CHANGE, Change, here | before),
            (TRANSITION, TransitionRecord, here),
            (APPROVAL, Approval, here),
        )
    ]
    ordered = happened[0].union(*happened[1:], all=True).order_by("-at", "what", "-pk")
    page: Page[Any] = Paginator(ordered, PER_PAGE).get_page(page_number)
    keys: defaultdict[str, list[int]] = defaultdict(list)
    order = [(kind, pk) for _at, kind, pk in page.object_list]
    for kind, pk in order:
        keys[kind].append(pk)
    zone = ZoneInfo(postmortem.incident.zone)
    changes = list(Change.objects.filter(pk__in=keys[CHANGE] or [0]).select_related("user"))
    names = _names(postmortem, changes)
    transitions = TransitionRecord.objects.filter(pk__in=keys[TRANSITION] or [0]).select_related("user")
    approvals = Approval.objects.filter(pk__in=keys[APPROVAL] or [0]).select_related("user")
    entries: dict[tuple[str, int], Entry] = {
        **{(CHANGE, change.pk): _change(change, names, zone) for change in changes},
        **{(TRANSITION, step.pk): _transition(step, zone) for step in transitions},
        **{(APPROVAL, approval.pk): _approval(approval, zone) for approval in approvals},
    }
    page.object_list = list(_merged((kind, entries[kind, pk]) for kind, pk in order))
    return page


def describe_changes(postmortem: Postmortem, changes: list[Change]) -> list[Entry]:
    """Some changes in words, in their own order; one query for the names in them."""
    names, zone = _names(postmortem, changes), ZoneInfo(postmortem.incident.zone)
    return [_change(change, names, zone) for change in changes]


def incident_history(incident: Incident) -> list[Entry]:
    """What was changed in an incident without a post-mortem, newest first; the last 50 changes."""
    changes = Change.objects.filter(incident=incident).select_related("user").order_by("-id")[:PER_PAGE]
    return [_change(change, {}, ZoneInfo(incident.zone)) for change in changes]


def _merged(entries: Iterable[tuple[str, Entry]]) -> Iterator[Entry]:
    """Approvals of several sections at once become one entry."""
    waiting: Entry | None = None
    for kind, entry in entries:
        if kind == APPROVAL and waiting and _together(waiting, entry):
            waiting = replace(waiting, what=f"{entry.what}, {waiting.what}")
            continue
        if waiting:
            yield waiting
        waiting = entry if kind == APPROVAL else None
        if not waiting:
            yield entry
    if waiting:
        yield waiting


def _together(later: Entry, earlier: Entry) -> bool:
    same = (later.who, later.verb) == (earlier.who, earlier.verb)
    return same and later.at - earlier.at <= TOGETHER


def _names(postmortem: Postmortem, changes: list[Change]) -> Names:
    """What rows (by anchor) and accounts (by ``user-`` and key) are called now, in one query."""
    wanted: defaultdict[str, set[int]] = defaultdict(set)
    for change in changes:
        kind, pk = _row(change.target)
        if kind:
            wanted[kind].add(pk)
            for values in (change.before, change.after):
                for name in values:
                    field = _field(ROW_KINDS[kind], name)
                    if field is not None and field.is_relation and values[name]:
                        wanted[_kind_of(field)].add(int(values[name]))
    here = OuterRef("pk")
    rows = {
        kind: JsonRows(
            ROW_KINDS[kind].objects.filter(postmortem=here, pk__in=keys), id="pk", name=TITLES[kind]
        )
        for kind, keys in wanted.items()
        if kind in TITLES
    }
    rows["user"] = JsonRows(User.objects.filter(pk__in=wanted["user"] or [0]), id="pk", name="display_name")
    found: Any = Postmortem.objects.filter(pk=postmortem.pk).values(
        **{f"called_{kind}": rows[kind] for kind in rows}
    )
    loaded = found.get()
    return {f"{kind}-{row['id']}": row["name"] for kind in rows for row in loaded[f"called_{kind}"]}


def _row(target: str) -> tuple[str, int]:
    """The kind and key in a row's anchor; an empty kind for any other target."""
    kind, _dash, pk = target.rpartition("-")
    return (kind, int(pk)) if kind in ROW_KINDS and pk.isdecimal() else ("", 0)


def _field(model: type[Model], name: str) -> AnyField | None:
    try:
        field = model._meta.get_field(name)
    except FieldDoesNotExist:
        return None
    return field if isinstance(field, Field) else None


def _kind_of(field: AnyField) -> str:
    return getattr(field.related_model, "kind", "user")


def _change(change: Change, names: Names, zone: ZoneInfo) -> Entry:
    kind, _pk = _row(change.target)
    model: type[Model] | None = ROW_KINDS.get(kind)
    if model is not None:
        title = names.get(change.target, "")
        noun = str(model._meta.verbose_name)
        what = _("%(kind)s “%(title)s”") % {"kind": noun, "title": title} if title else noun
    else:
        what = _target(change.target)
        model = {"incident": Incident, "postmortem": Postmortem}.get(change.target)
    moved = change.verb == Change.Verb.MOVED
    return Entry(
        at=change.at.astimezone(zone),
        who=str(change.user) if change.user else "",
        verb=str(Change.Verb(change.verb).label),
        what=what[:1].upper() + what[1:],
        section=label(Section(change.section)) if change.section else "",
        anchor=change.target if kind or change.target in set(TextKey) else "",
        note=_move(change) if moved else "",
        fields=() if moved else tuple(_fields(change, model, names, zone)),
    )


def _target(target: str) -> str:
    if target in set(TextKey):
        return str(TEXTS[TextKey(target)].label)
    about = dict(Decision._meta.get_field("about").flatchoices)
    fixed = {
        "incident": _("incident"),
        "postmortem": _("properties"),
        "people": _("people"),
        "outside_reviewers": _("reviewers named by hand"),
        **{f"decision-{key}": _("decision: %(about)s") % {"about": text} for key, text in about.items()},
    }
    return fixed.get(target, target)


def _move(change: Change) -> str:
    places = {"before": change.before.get("position", 0) + 1, "after": change.after.get("position", 0) + 1}
    return _("From place %(before)d to place %(after)d") % places


def _fields(change: Change, model: type[Model] | None, names: Names, zone: ZoneInfo) -> Iterator[FieldChange]:
    for name in dict.fromkeys([*change.before, *change.after]):
        before, after = (
            _written(values.get(name), _field(model, name) if model else None, names, zone)
            for values in (change.before, change.after)
        )
        if before != after:
            yield FieldChange(_label(name, model), excerpt(compare(before, after)))


def _label(name: str, model: type[Model] | None) -> str:
    field = _field(model, name) if model else None
    if field is not None:
        return str(field.verbose_name)
    if name in set(Role):
        return label(Role(name))
    others = {
        "services": _("services"),
        "title": _("title"),
        "people": _("people"),
        "reason": _("reason"),
        "backlog_accepted": _("accepted as backlog"),
    }
    return others.get(name, "")


def _written(value: Any, field: AnyField | None, names: Names, zone: ZoneInfo) -> str:
    """A stored value in words."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return ", ".join(str(item) for item in value)
    if field is not None and field.is_relation:
        kind = _kind_of(field)
        return names.get(f"{kind}-{value}", f"{field.verbose_name} {value}")
    if field is not None and field.choices:
        return str(dict(field.flatchoices).get(value, value))
    if field is not None and field.get_internal_type() == "DateTimeField":
        return zoned(datetime.fromisoformat(value).astimezone(zone))
    if field is not None and field.get_internal_type() == "DateField":
        return date_format(date.fromisoformat(value))
    if isinstance(value, dict):
        colon = pgettext("before a value", ":")
        return "; ".join(f"{_label(role, None)}{colon} {', '.join(held)}" for role, held in value.items())
    return str(value)


def _transition(step: TransitionRecord, zone: ZoneInfo) -> Entry:
    steps = {str(key): str(text) for key, text in TRANSITION_LABELS.items()}
    states = {"source": label(State(step.source)), "target": label(State(step.target))}
    sections = [label(Section(section)) for section in step.sections]
    concerned = (
        ngettext("Section: %(list)s", "Sections: %(list)s", len(sections)) % {"list": ", ".join(sections)}
        if sections
        else ""
    )
    return Entry(
        at=step.at.astimezone(zone),
        who=str(step.user) if step.user else "",
        verb=steps.get(step.name, step.name),
        what=_("%(source)s → %(target)s") % states,
        note=". ".join(filter(None, (step.note, concerned))),
    )


def _approval(approval: Approval, zone: ZoneInfo) -> Entry:
    return Entry(
        at=approval.at.astimezone(zone),
        who=str(approval.user),
        verb=_("approved as %(role)s") % {"role": label(Role(approval.role))},
        what=label(Section(approval.section)),
    )
