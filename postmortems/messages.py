"""The sentences of the interface for what the rules say: findings, refusals, deadlines, and where to mend.

The domain speaks codes (``findings.Detail``, ``gate.Obstacle``, ``deadline.Phase``); every page, mail and
command that shows them to a person takes the words from here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.text import Truncator
from django.utils.translation import get_language, gettext_lazy, ngettext, ngettext_lazy
from django.utils.translation import gettext as _

from postmortems.domain.deadline import Clock, Phase
from postmortems.domain.document import (
    TEXT_SECTIONS,
    Horizon,
    Language,
    Milestone,
    Role,
    Section,
    State,
    TextKey,
)
from postmortems.domain.findings import FORMS, LATE_REASON, NEXT_REVIEW, ROLES, Detail, Finding, Param
from postmortems.domain.gate import Obstacle, Refusal
from postmortems.domain.status import Transition
from postmortems.domain.timeline import short_duration
from postmortems.guidance import TEXTS
from postmortems.models import Postmortem
from postmortems.models.choices import label

SOON = timedelta(hours=24)
TITLE_SHOWN = 80

FINDINGS: dict[Detail, str | Promise] = {
    Detail.SECTION_EMPTY: gettext_lazy("Nothing is written yet"),
    Detail.TEXT_MISSING: gettext_lazy("“%(key)s” is empty"),
    Detail.MILESTONE_MISSING: gettext_lazy(
        "“%(milestone)s” has no time: mark an event with it, or write why nobody knows"
    ),
    Detail.OUT_OF_ORDER: gettext_lazy(
        "“%(milestone)s” is %(gap)s before “%(other)s”: correct one of the two times"
    ),
    Detail.IN_FUTURE: gettext_lazy("An event is %(gap)s in the future: correct its time"),
    Detail.LONG_BEFORE_START: gettext_lazy("An event is %(gap)s before the start of impact: check its date"),
    Detail.SILENT_GAP: gettext_lazy("Nothing is recorded for %(gap)s: what happened meanwhile?"),
    Detail.SOURCES_MISSING: ngettext_lazy(
        "%(count)d event has no source", "%(count)d events have no source", "count"
    ),
    Detail.IMMEDIATE_CAUSE_MISSING: gettext_lazy("The immediate cause is not written yet"),
    Detail.CHAIN_MISSING: gettext_lazy("There is no why chain yet: start one from the immediate cause"),
    Detail.CHAIN_TOO_SHORT: gettext_lazy(
        "The why chain has %(answered)d of %(expected)d answers: go on, or write why it stops there"
    ),
    Detail.CHAIN_UNFINISHED: gettext_lazy(
        "Another why chain has %(answered)d of %(expected)d answers: go on, or write why it stops there"
    ),
    Detail.WHY_UNANSWERED: gettext_lazy("Why number %(position)d has no answer"),
    Detail.CHAIN_ENDS_ON_PERSON: gettext_lazy(
        "The why chain ends on a person (“%(words)s”): ask what made that possible"
    ),
    Detail.CHAIN_NOT_LINKED: gettext_lazy(
        "The last answer of the why chain leads nowhere: link it to a contributing factor or an action"
    ),
    Detail.NO_ACTION: gettext_lazy("There is no corrective action: add one, or record why none is needed"),
    Detail.OWNER_MISSING: gettext_lazy("“%(title)s” has no owner"),
    Detail.DEADLINE_MISSING: gettext_lazy("“%(title)s” has no deadline"),
    Detail.IMMEDIATE_NOT_DONE: gettext_lazy(
        "“%(title)s” is an immediate action and not done: finish it, or move it to a later horizon"
    ),
    Detail.BACKLOG_NOT_ACCEPTED: gettext_lazy(
        "“%(title)s” needs an owner and a deadline, or has to be accepted as backlog"
    ),
    Detail.BLAME_OPEN: gettext_lazy(
        "“%(words)s” seems to blame a person: rewrite it, or keep it with a reason"
    ),
    Detail.OBJECTION_OPEN: gettext_lazy("A reviewer does not find the text blameless: settle the objection"),
    Detail.IC_MISSING: gettext_lazy("Nobody with an account is the incident commander"),
    Detail.SME_MISSING: gettext_lazy(
        "There is no subject-matter expert: name one, or record why there is none"
    ),
    Detail.IC_APPROVAL_MISSING: gettext_lazy("Not yet approved by the incident commander"),
    Detail.SME_APPROVAL_MISSING: gettext_lazy("Not yet approved by a subject-matter expert"),
    Detail.IC_APPROVAL_LAPSED: gettext_lazy("Changed since the incident commander approved it"),
    Detail.SME_APPROVAL_LAPSED: gettext_lazy("Changed since a subject-matter expert approved it"),
    Detail.AUTHOR_ONLY_APPROVER: gettext_lazy(
        "Approved by the author only: somebody else has to approve it too"
    ),
    Detail.CHALLENGE_OPEN: gettext_lazy("A challenge is not settled yet"),
    Detail.FORMS_MISSING: gettext_lazy("The review form has %(answered)d of %(expected)d answers"),
    Detail.LATE_WITHOUT_REASON: gettext_lazy("It was due by %(last_day)s: record why it is late"),
    Detail.NEXT_REVIEW_MISSING: gettext_lazy("The next review has no date"),
    Detail.ACTION_LATE: ngettext_lazy(
        "“%(title)s” is %(days)d day late, and its owner was not relaunched this week",
        "“%(title)s” is %(days)d days late, and its owner was not relaunched this week",
        "days",
    ),
    Detail.ACTION_OPEN: gettext_lazy("“%(title)s” is not finished"),
    Detail.VAGUE_ACTION: gettext_lazy("“%(words)s” is hard to check: write what will be different"),
    Detail.CHANGES_PEOPLE: gettext_lazy(
        "“%(words)s” asks people to be better: what could the system do instead?"
    ),
    Detail.NOT_VERIFIABLE: gettext_lazy("“%(title)s”: how will you know that it worked?"),
    Detail.ONLY_MITIGATIONS: gettext_lazy(
        "Every action repairs or mitigates: what would prevent or detect the next one?"
    ),
    Detail.SINGLE_HORIZON: gettext_lazy(
        "All %(count)d actions have the same horizon (%(horizon)s): is nothing due sooner or later?"
    ),
    Detail.NO_PREVENTION: gettext_lazy("Users felt this P1, and no action would prevent the next one"),
    Detail.FEW_CONTRIBUTORS: ngettext_lazy(
        "%(count)d person has written so far: ask the others what they saw",
        "%(count)d people have written so far: ask the others what they saw",
        "count",
    ),
    Detail.FIGURE_WITHOUT_SOURCE: gettext_lazy("“%(label)s”: where does the figure come from?"),
}

TRANSITION_LABELS: dict[Transition, str | Promise] = {
    Transition.SUBMIT: gettext_lazy("Submit for validation"),
    Transition.COMPLETE: gettext_lazy("Send back to complete"),
    Transition.OPEN_ROUND: gettext_lazy("Open the challenge round"),
    Transition.CLOSE_ROUND: gettext_lazy("Close the challenge round"),
    Transition.SEND_BACK: gettext_lazy("Send back to drafting"),
    Transition.SIGN_OFF: gettext_lazy("Sign off"),
    Transition.CLOSE: gettext_lazy("Close the post-mortem"),
    Transition.REOPEN: gettext_lazy("Reopen the post-mortem"),
}
"""The verb on the button of a transition."""

NEXT_STEPS: dict[State, Transition] = {
    State.DRAFTING: Transition.SUBMIT,
    State.VALIDATION: Transition.OPEN_ROUND,
    State.CHALLENGE: Transition.CLOSE_ROUND,
    State.FOLLOW_UP: Transition.SIGN_OFF,
    State.VALIDATED: Transition.CLOSE,
}
"""The transition that leads on from a state; a closed post-mortem has none."""

BEFORE: dict[Transition, str | Promise] = {
    Transition.SUBMIT: gettext_lazy("Before submitting"),
    Transition.OPEN_ROUND: gettext_lazy("Before the team challenges it"),
    Transition.CLOSE_ROUND: gettext_lazy("Before closing the round"),
    Transition.SIGN_OFF: gettext_lazy("Before signing off"),
    Transition.CLOSE: gettext_lazy("Before closing"),
}
"""The heading over what still blocks a transition."""


def describe(finding: Finding) -> str:
    """One sentence: what is missing or doubtful, and how to mend it. In the active language."""
    params = {name: _shown(name, value) for name, value in finding.params}
    return str(FINDINGS[finding.detail] % params if params else FINDINGS[finding.detail])


def _shown(name: str, value: Param) -> str | int:
    if isinstance(value, timedelta):
        return short_duration(value, reader_language())
    if isinstance(value, date):
        return date_format(value, "DATE_FORMAT")
    if isinstance(value, int):
        return value
    if name in WORDED:
        return WORDED[name](value)
    return Truncator(value).chars(TITLE_SHOWN)


WORDED: dict[str, Callable[[str], str]] = {
    "milestone": lambda value: label(Milestone(value)),
    "other": lambda value: label(Milestone(value)),
    "horizon": lambda value: label(Horizon(value)),
    "key": lambda value: str(TEXTS[TextKey(value)].label),
}
"""Parameters that are codes: they are shown in words."""


def reader_language() -> Language:
    """The language in which the interface speaks now."""
    return Language.FRENCH if (get_language() or "").startswith("fr") else Language.ENGLISH


def finding_url(postmortem: Postmortem, finding: Finding) -> str:
    """The address of the very field, row or card that mends a finding."""
    identifier, anchor = postmortem.pk, finding.anchor
    match finding.detail:
        case Detail.ACTION_LATE | Detail.ACTION_OPEN | Detail.BACKLOG_NOT_ACCEPTED:
            return reverse("actions:action", args=[anchor.rpartition("-")[2]])
        case (
            Detail.IC_APPROVAL_MISSING
            | Detail.SME_APPROVAL_MISSING
            | Detail.IC_APPROVAL_LAPSED
            | Detail.SME_APPROVAL_LAPSED
            | Detail.AUTHOR_ONLY_APPROVER
            | Detail.CHALLENGE_OPEN
            | Detail.OBJECTION_OPEN
        ):
            return f"{reverse('postmortems:review', args=[identifier])}#{anchor}"
    if finding.section is None or anchor in PAGES:
        return f"{reverse(PAGES[anchor], args=[identifier])}#{anchor}"
    return section_url(postmortem, finding.section, anchor)


PAGES = {
    ROLES: "postmortems:people",
    NEXT_REVIEW: "postmortems:properties",
    LATE_REASON: "postmortems:review",
    FORMS: "postmortems:review",
}
"""Fields that are not in the sections of the workspace, and the page that each one is on."""


def section_url(postmortem: Postmortem, section: Section, anchor: str = "") -> str:
    """The address of a section in the workspace, of one field or row in it with ``anchor``."""
    address = reverse("postmortems:section", args=[postmortem.pk, section.value])
    return f"{address}#{anchor}" if anchor else address


def text_url(postmortem: Postmortem, key: TextKey) -> str:
    """The address of the field of a text in the workspace."""
    return section_url(postmortem, TEXT_SECTIONS[key], key)


def name_roles(roles: tuple[Role, ...]) -> str:
    """Roles in words, joined: who can mend something, or take a step."""
    return ", ".join(label(role) for role in roles)


def describe_refusal(refusal: Refusal) -> list[str]:
    """Why a step was refused, a sentence for each obstacle; its findings are described one by one."""
    return [_obstacle(obstacle, refusal) for obstacle in refusal.obstacles]


def _obstacle(obstacle: Obstacle, refusal: Refusal) -> str:
    params: dict[str, Any] = {
        "step": TRANSITION_LABELS[refusal.transition],
        "state": label(refusal.state),
        "states": ", ".join(label(state) for state in refusal.states),
        "roles": name_roles(refusal.roles),
        "count": len(refusal.findings),
    }
    match obstacle:
        case Obstacle.WRONG_STATE:
            return (
                _("“%(step)s” is possible from: %(states)s. This post-mortem is now in: %(state)s.") % params
            )
        case Obstacle.WRONG_ROLE:
            return _("“%(step)s” is for: %(roles)s.") % params
        case Obstacle.REASON_MISSING:
            return _("Write the reason: the team reads it with the post-mortem.")
        case Obstacle.SECTIONS_MISSING:
            return _("Choose at least one section that has to be completed.")
        case Obstacle.CRITERIA:
            sentence = ngettext(
                "%(count)d point is left to mend:", "%(count)d points are left to mend:", params["count"]
            )
            return sentence % params


def describe_not_editable(state: State) -> str:
    """Why a change was refused in a state; nothing of it was saved."""
    return _(
        "This post-mortem is now in the state “%(state)s”, in which this cannot be changed. "
        "Nothing was saved."
    ) % {"state": label(state)}


def describe_limit(limit: int) -> str:
    """Why one more row was refused."""
    return ngettext(
        "There is already %(limit)d row, the most that this list may have. Delete one first.",
        "There are already %(limit)d rows, the most that this list may have. Delete one first.",
        limit,
    ) % {"limit": limit}


@dataclass(frozen=True, slots=True)
class ClockWords:
    """The deadline for a page: a few words, the whole explanation, and ``ok``, ``soon`` or ``late``."""

    text: str
    detail: str
    state: str


def describe_clock(clock: Clock) -> ClockWords | None:
    """The deadline in words; None when there is none. Instants are shown in the document's zone."""
    days = clock.policy.days
    if clock.phase is Phase.NOT_SEVERE:
        return None
    if clock.phase is Phase.NOT_ENDED:
        detail = ngettext(
            "A P1 or P2 is validated within %(days)d day after it ended; its end is not known yet.",
            "A P1 or P2 is validated within %(days)d days after it ended; its end is not known yet.",
            days,
        ) % {"days": days}
        return ClockWords(_("No deadline yet"), detail, "ok")
    detail = _rule(clock)
    left = clock.remaining or timedelta()
    if clock.phase is Phase.STOPPED:
        text = _("Validated late") if clock.late else _("Validated in time")
        return ClockWords(text, detail, "late" if clock.late else "ok")
    params = {"time": coarse_duration(abs(left))}
    if clock.late:
        return ClockWords(_("%(time)s late") % params, detail, "late")
    return ClockWords(_("due in %(time)s") % params, detail, "soon" if left <= SOON else "ok")


def _rule(clock: Clock) -> str:
    params = {
        "days": clock.policy.days,
        "last_day": date_format(clock.last_day, "DATE_FORMAT") if clock.last_day else "",
        "due": zoned(clock.due),
        "ended": zoned(clock.ended),
        "hours": clock.policy.target_hours,
        "target": zoned(clock.target),
    }
    if clock.policy.business:
        rule = _(
            "To be validated by the end of %(last_day)s: "
            "%(days)d working days after the incident ended (%(ended)s)."
        )
    else:
        rule = _("To be validated before %(due)s: %(days)d days after the incident ended (%(ended)s).")
    aim = _("The target of %(hours)d hours: %(target)s.")
    return f"{rule} {aim}" % params


def zoned(instant: datetime | None) -> str:
    """Date and time by the clock of the instant's own zone, with the zone's name."""
    if instant is None:
        return ""
    return f"{date_format(instant, 'DATETIME_FORMAT')} {instant.tzname()}"


def coarse_duration(duration: timedelta) -> str:
    """A duration of no less than zero as one says it: its two largest units, never seconds."""
    minutes = int(duration.total_seconds()) // 60
    days, hours = divmod(minutes // 60, 24)
    params = {"days": days, "hours": hours, "minutes": minutes % 60}
    if days:
        return (
            _("%(days)d d %(hours)d h") if hours else ngettext("%(days)d day", "%(days)d days", days)
        ) % params
    if hours:
        return _("%(hours)d h %(minutes)02d min") % params
    return _("%(minutes)d min") % params
