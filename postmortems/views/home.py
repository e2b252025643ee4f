"""What waits for the person who signed in."""

from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext
from django.views.decorators.http import require_safe

from postmortems.domain.criteria import ROLE_DETAILS
from postmortems.domain.document import Section, Severity
from postmortems.messages import FINDINGS, ClockWords, describe_clock
from postmortems.models.choices import label
from postmortems.selectors.home import Item, Waiting, latest_validated, waiting_for
from postmortems.views.requests import SignedInRequest

NOTE_SHOWN = 160


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that waits, in words: what it is, why now, and the one verb that leads to it."""

    item: Item
    what: str
    verb: str
    address: str
    clock: ClockWords | None


@require_safe
def home(request: SignedInRequest) -> HttpResponse:
    """One list of what waits, most urgent first; when nothing does, something to read."""
    lines = [_line(item) for item in waiting_for(request.user, timezone.now())]
    latest = None if lines else latest_validated(request.user)
    return render(request, "postmortems/home.html", {"lines": lines, "latest": latest})


def _line(item: Item) -> Line:
    clock = describe_clock(item.clock) if item.clock else None
    if item.due:
        late = ngettext("%(days)d day late", "%(days)d days late", item.count) % {"days": item.count}
        clock = ClockWords(late, date_format(item.due, "DATE_FORMAT"), "late")
    return Line(item, _what(item), *_step(item), clock)


def _what(item: Item) -> str:
    role = label(item.role) if item.role else ""
    params = {"count": item.count, "role": role, "by": item.by, "action": item.action}
    match item.kind:
        case Waiting.VALIDATE:
            text = ngettext(
                "%(count)d section to validate as %(role)s",
                "%(count)d sections to validate as %(role)s",
                item.count,
            )
        case Waiting.VALIDATE_AGAIN:
            text = ngettext(
                "%(count)d section changed since it was approved: validate it again as %(role)s",
                "%(count)d sections changed since they were approved: validate them again as %(role)s",
                item.count,
            )
        case Waiting.ANSWER_FORM:
            text = _("Challenge it: the team waits for your review")
        case Waiting.ANSWER_CHALLENGES:
            text = ngettext(
                "%(count)d challenge has no answer yet", "%(count)d challenges have no answer yet", item.count
            )
        case Waiting.SETTLE_CHALLENGES:
            text = ngettext(
                "%(count)d challenge of yours was answered: settle it, or raise another",
                "%(count)d challenges of yours were answered: settle them, or raise another",
                item.count,
            )
        case Waiting.SETTLE_OBJECTIONS:
            text = ngettext(
                "%(count)d reviewer does not find it blameless",
                "%(count)d reviewers do not find it blameless",
                item.count,
            )
        case Waiting.NAME_REVIEWER if item.role:
            nobody, *_rest = ROLE_DETAILS[item.role]
            text = str(FINDINGS[nobody])
        case Waiting.CLOSE_ROUND:
            text = _("The challenge round is done: close it")
        case Waiting.SIGN_OFF:
            text = _("The actions are in follow-up: sign off when they are in hand")
        case Waiting.SENT_BACK:
            text = _("Sent back by %(by)s") if item.by else _("Sent back")
        case Waiting.LATE_ACTION:
            text = _("Your action is late: %(action)s")
        case Waiting.DRAFT:
            text = _("Your draft")
        case Waiting.CLOSE:
            text = _("Every action is finished: close the post-mortem")
        case Waiting.DEBT:
            text = _debt(item)
    words = text % params
    colon = pgettext("before a value", ":")
    return f"{words}{colon} {Truncator(item.note).chars(NOTE_SHOWN)}" if item.note else words


def _debt(item: Item) -> str:
    if item.severity != Severity.P1:
        return _("A public incident requires a post-mortem: none is started yet")
    if item.public:
        return _("A P1, and public: it requires a post-mortem, none is started yet")
    return _("A P1 requires a post-mortem: none is started yet")


def _step(item: Item) -> tuple[str, str]:
    """The verb, and where it leads."""
    review = reverse("postmortems:review", args=[item.target]) if item.kind is not Waiting.DEBT else ""
    match item.kind:
        case Waiting.VALIDATE | Waiting.VALIDATE_AGAIN:
            return _("Validate"), review
        case Waiting.ANSWER_FORM:
            return pgettext("button", "Challenge"), review
        case Waiting.ANSWER_CHALLENGES:
            return _("Answer"), review
        case Waiting.SETTLE_CHALLENGES | Waiting.SETTLE_OBJECTIONS:
            return _("Settle"), review
        case Waiting.NAME_REVIEWER:
            return _("Name somebody"), f"{reverse('postmortems:people', args=[item.target])}#{item.role}"
        case Waiting.CLOSE_ROUND:
            return _("Close the round"), review
        case Waiting.SIGN_OFF:
            return _("Sign off"), review
        case Waiting.CLOSE:
            return _("Close"), review
        case Waiting.LATE_ACTION:
            return _("Update"), reverse("actions:action", args=[item.action_id])
        case Waiting.SENT_BACK:
            return _("Complete"), reverse("postmortems:edit", args=[item.target])
        case Waiting.DRAFT:
            return _("Write"), reverse("postmortems:section", args=[item.target, Section.SUMMARY])
        case Waiting.DEBT:
            return _("Start"), reverse("postmortems:postmortem-start", args=[item.target])
