"""What the board, the lead's desk and the page of an action show."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Page, Paginator
from django.db.models import Case, Count, F, Max, OuterRef, Q, QuerySet, Subquery, Value, When
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from actions.models import CorrectiveAction, Relaunch, late_at
from actions.permissions import visible_actions
from postmortems.domain.document import OPEN_STATUSES, ActionStatus, Horizon, Role, State
from postmortems.models import Change, Postmortem, RoleAssignment, Service, User
from postmortems.models.choices import label
from postmortems.models.json_rows import JsonRows
from postmortems.selectors.history import Entry, describe_changes

PAGE_SIZE = 50

OPEN = "open"
MINE = "mine"
LATE = "late"
ANY = "any"


@dataclass(frozen=True, slots=True)
class BoardQuery:
    """What the board is narrowed to. It is written in the address, so that a view can be shared."""

    view: str = ""
    status: str = OPEN
    horizon: str = ""
    service: str = ""

    @classmethod
    def read(cls, parameters: Mapping[str, str]) -> "BoardQuery":
        """The query of an address; what it does not know is as if it were not there."""
        known = {
            "view": {MINE, LATE},
            "status": {OPEN, ANY, *ActionStatus},
            "horizon": set(Horizon),
        }
        given = {name: parameters[name] for name, values in known.items() if parameters.get(name) in values}
        service = parameters.get("service", "")
        if service.isascii() and service.isdecimal() and len(service) < 10:
            given["service"] = service
        return cls(**given)

    def address(self, **changes: str) -> str:
        """The query string of this view with something changed, without what is usual."""
        wanted, usual = replace(self, **changes), BoardQuery()
        pairs = {
            name: getattr(wanted, name)
            for name in ("view", "status", "horizon", "service")
            if getattr(wanted, name) != getattr(usual, name)
        }
        return urlencode(pairs)


@dataclass(frozen=True, slots=True)
class Choice:
    """One link of a filter."""

    label: str | Promise
    address: str
    chosen: bool
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Board:
    """A page of actions and the links that narrow it."""

    page: Page[CorrectiveAction]
    views: list[Choice]
    statuses: list[Choice]
    horizons: list[Choice]
    services: list[Choice]
    address: str
    narrowed: bool


def load_board(user: User, query: BoardQuery, number: str, now: datetime) -> Board:
    """The actions that a person may see: open ones first, by deadline, so that late ones lead."""
    visible = visible_actions(user)
    late = late_at(now)
    mine = Q(owner=user)
    opened = Q(status__in=OPEN_STATUSES)
    counts = visible.aggregate(
        all=Count("pk", filter=opened),
        mine=Count("pk", filter=opened & mine),
        late=Count("pk", filter=late),
    )
    wanted = visible
    if query.view == MINE:
        wanted = wanted.filter(mine)
    if query.view == LATE:
        wanted = wanted.filter(late)
    elif query.status == OPEN:
        wanted = wanted.filter(opened)
    elif query.status != ANY:
        wanted = wanted.filter(status=query.status)
    if query.horizon:
        wanted = wanted.filter(horizon=query.horizon)
    if query.service:
        wanted = wanted.filter(postmortem__incident__services=int(query.service))
    ordered = _with_roles(wanted, user).order_by(
        Case(When(opened, then=Value(0)), default=Value(1)), F("deadline").asc(nulls_last=True), "pk"
    )
    page = Paginator(ordered, PAGE_SIZE).get_page(number)
    page.object_list = list(page.object_list)
    _hand_over_roles(page.object_list)
    return Board(
        page=page,
        views=_choices(
            query,
            "view",
            [("", gettext_lazy("All")), (MINE, gettext_lazy("Mine")), (LATE, gettext_lazy("Late"))],
            {"": counts["all"], MINE: counts["mine"], LATE: counts["late"]},
        ),
        statuses=_choices(
            query,
            "status",
            [
                (OPEN, pgettext_lazy("actions", "Open")),
                (ActionStatus.TODO, label(ActionStatus.TODO)),
                (ActionStatus.DOING, label(ActionStatus.DOING)),
                (ActionStatus.DONE, pgettext_lazy("actions", "Done")),
                (ActionStatus.DROPPED, pgettext_lazy("actions", "Dropped")),
                (ANY, pgettext_lazy("actions", "Any")),
            ],
        ),
        horizons=_choices(
            query, "horizon", [("", gettext_lazy("Any")), *[(value, label(value)) for value in Horizon]]
        ),
        services=_choices(query, "service", [("", gettext_lazy("Any")), *_services()]),
        address=query.address(),
        narrowed=query != BoardQuery(),
    )


def _choices(
    query: BoardQuery,
    name: str,
    values: list[tuple[str, str | Promise]],
    counts: Mapping[str, int] | None = None,
) -> list[Choice]:
    return [
        Choice(
            words, query.address(**{name: value}), getattr(query, name) == value, (counts or {}).get(value)
        )
        for value, words in values
    ]


def _services() -> list[tuple[str, str | Promise]]:
    return [(str(pk), name) for pk, name in Service.objects.filter(active=True).values_list("pk", "name")]


def _with_roles(actions: QuerySet[CorrectiveAction], user: User) -> QuerySet[Any]:
    mine = RoleAssignment.objects.filter(postmortem=OuterRef("postmortem"), user_id=user.pk)
    return actions.annotate(my_roles=JsonRows(mine, role="role"))


def _hand_over_roles(actions: list[Any]) -> None:
    """Puts the reader's roles where ``access_postmortem`` puts them."""
    for action in actions:
        action.postmortem.my_roles = action.my_roles


@dataclass(frozen=True, slots=True)
class LateGroup:
    """The late actions of one owner, the oldest first."""

    owner: str
    actions: list[Any]


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything that waits for a lead, the oldest first."""

    leads: bool
    late: list[LateGroup]
    backlog: list[Any]
    to_sign_off: list[Postmortem]
    to_close: list[Postmortem]

    @property
    def empty(self) -> bool:
        """Whether nothing waits."""
        return not (self.late or self.backlog or self.to_sign_off or self.to_close)


def load_desk(user: User, now: datetime) -> Desk:
    """What waits for a person in the post-mortems that they lead and that are not closed."""
    led = Postmortem.objects.filter(roles__role=Role.LEAD, roles__user=user).exclude(state=State.CLOSED)
    postmortems = list(
        led.select_related("incident")
        .annotate(
            open_actions=Count(
                "actions",
                filter=Q(actions__deleted_at__isnull=True, actions__status__in=OPEN_STATUSES),
                distinct=True,
            ),
            since=Max("transitions__at"),
        )
        .order_by("since", "pk")
    )
    # The day has begun somewhere up to 14 hours ahead of UTC; ``is_late`` looks closer.
    last_day = (now + timedelta(hours=14)).date()
    unsettled = Q(horizon=Horizon.LONG, backlog_accepted_at__isnull=True) & (
        Q(owner__isnull=True, owner_name="") | Q(deadline__isnull=True)
    )
    waiting = _with_roles(
        CorrectiveAction.objects.live()
        .filter(postmortem__in=led.values("pk"), status__in=OPEN_STATUSES)
        .filter(Q(deadline__lt=last_day) | unsettled)
        .annotate(
            relaunched_at=Subquery(
                Relaunch.objects.filter(action=OuterRef("pk")).order_by("-at").values("at")[:1]
            )
        )
        .order_by(F("deadline").asc(nulls_last=True), "pk"),
        user,
    )
    actions = list(waiting)
    _hand_over_roles(actions)
    groups: dict[tuple[int | None, str], list[Any]] = {}
    for action in actions:
        if action.is_late(now):
            groups.setdefault((action.owner_id, action.owner_name), []).append(action)
    return Desk(
        leads=bool(postmortems),
        late=[LateGroup(held[0].shown_owner, held) for held in groups.values()],
        backlog=[action for action in actions if action.needs_acceptance],
        to_sign_off=[read for read in postmortems if read.state == State.FOLLOW_UP],
        to_close=[read for read in postmortems if read.state == State.VALIDATED and not read.open_actions],
    )


def accepted_lately(user: User, key: str) -> CorrectiveAction | None:
    """The action that a person accepted as backlog a moment ago, to offer to take it back."""
    if not (key.isascii() and key.isdecimal() and len(key) < 19):
        return None
    return visible_actions(user).filter(pk=key, backlog_accepted_by=user).first()


def load_history(action: CorrectiveAction) -> list[Entry]:
    """What happened to an action, the latest first: owners, deadlines, statuses, relaunches."""
    changes = list(
        Change.objects.filter(postmortem_id=action.postmortem_id, target=action.ref).select_related("user")
    )
    told = zip(changes, describe_changes(action.postmortem, changes), strict=True)
    entries = [
        entry if change.verb == Change.Verb.CHANGED else replace(entry, fields=()) for change, entry in told
    ]
    entries += [
        Entry(at=sent.at, who=str(sent.user), verb=_("asked the owner"), what="", note=sent.message)
        for sent in action.relaunches.select_related("user")
    ]
    return sorted(entries, key=lambda entry: entry.at, reverse=True)
