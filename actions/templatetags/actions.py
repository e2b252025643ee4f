"""What the templates of actions ask for."""

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import template
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from actions import permissions
from actions.forms import OWNERS_LIST
from actions.models import CorrectiveAction
from postmortems.domain.document import ActionStatus, State
from postmortems.forms.fields import Directory
from postmortems.models import Postmortem, User
from postmortems.models.choices import label
from postmortems.rendering import render_plain

register = template.Library()

SOON = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Due:
    """A deadline as seen from today: words, and ``late``, ``soon`` or nothing."""

    text: str
    state: str


@register.filter
def due(action: CorrectiveAction) -> Due | None:
    """How far the deadline of an open action is; None for one without a deadline or finished."""
    left = action.days_left(timezone.now())
    if left is None or not action.is_open:
        return None
    if left < 0:
        return Due(ngettext("%(days)d day late", "%(days)d days late", -left) % {"days": -left}, "late")
    state = "soon" if left <= SOON.days else ""
    if left == 0:
        return Due(_("due today"), state)
    if left == 1:
        return Due(_("due tomorrow"), state)
    return Due(ngettext("due in %(days)d day", "due in %(days)d days", left) % {"days": left}, state)


@register.filter
def relaunched(action: Any) -> str:
    """When an action was last relaunched (``relaunched_at``, None for never), in days of its own zone."""
    if action.relaunched_at is None:
        return _("Never relaunched")
    zone = ZoneInfo(action.postmortem.incident.zone)
    days = (timezone.now().astimezone(zone).date() - action.relaunched_at.astimezone(zone).date()).days
    if days == 0:
        return _("Relaunched today")
    return ngettext("Relaunched %(days)d day ago", "Relaunched %(days)d days ago", days) % {"days": days}


@register.filter
def may_update(action: CorrectiveAction, reader: User) -> bool:
    """Whether the reader may change the status."""
    return permissions.may_update(action, reader)


@register.filter
def other_statuses(action: CorrectiveAction) -> list[tuple[str, str]]:
    """The statuses that an action may change to now, with their labels."""
    state = State(action.postmortem.state)
    return [
        (status.value, label(status))
        for status in ActionStatus
        if status != action.status and state in permissions.states_for(status)
    ]


@register.filter
def plain_line(text: str) -> str:
    """A one-line text without markup, for the text of a link."""
    return render_plain(text)


@register.filter
def plain_address(address: str) -> str:
    """An address as people say it."""
    return address.partition("://")[2] or address


@register.simple_tag(takes_context=True)
def owner_suggestions(context: template.Context, postmortem: Postmortem) -> dict[str, object]:
    """Names for the owner's field: the people of the post-mortem, then everybody with an account.

    They are listed once in an answer, however many forms of actions it has.
    """
    request = context["request"]
    if getattr(request, "owners_listed", False):
        return {}
    request.owners_listed = True
    held = list(postmortem.roles.values_list("user_id", "name"))
    on_it = {account for account, __ in held if account}
    directory = Directory()
    accounts = [user for user in directory.users if user.is_active]
    accounts.sort(key=lambda user: user.pk not in on_it)
    names = [name for __, name in held if name]
    first = sum(user.pk in on_it for user in accounts)
    called = Counter(str(user).casefold() for user in accounts)
    written = [
        str(user) if called[str(user).casefold()] == 1 else directory.written(user) for user in accounts
    ]
    return {"id": OWNERS_LIST, "names": dict.fromkeys([*written[:first], *names, *written[first:]])}
