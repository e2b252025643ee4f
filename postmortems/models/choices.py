"""The words that the interface uses for the domain's fixed sets.

The exported file has its own words (``domain.markdown.labels``): they follow the document's
language, these follow the reader's.
"""

from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from postmortems.domain.document import (
    ActionKind,
    ActionStatus,
    AnnexKind,
    Horizon,
    Language,
    LessonKind,
    Milestone,
    Role,
    RunbookOutcome,
    Section,
    Severity,
    State,
)

LABELS: dict[StrEnum, str | Promise] = {
    Language.FRENCH: "Français",
    Language.ENGLISH: "English",
    Severity.P1: "P1",
    Severity.P2: "P2",
    Severity.P3: "P3",
    Severity.P4: "P4",
    State.DRAFTING: _("Drafting"),
    State.VALIDATION: _("IC + SME validation"),
    State.CHALLENGE: _("Team challenge"),
    State.FOLLOW_UP: _("Action follow-up"),
    State.VALIDATED: _("Validated, actions in progress"),
    State.CLOSED: _("Closed"),
    Role.AUTHOR: _("Author"),
    Role.IC: _("Incident commander"),
    Role.SME: _("Subject-matter expert"),
    Role.LEAD: _("Lead"),
    Role.PARTICIPANT: _("Participant"),
    Section.SUMMARY: _("Executive summary"),
    Section.TIMELINE: _("Timeline"),
    Section.IMPACT: _("Impact"),
    Section.ROOT_CAUSE: _("Root cause"),
    Section.ACTIONS: _("Corrective actions"),
    Section.LESSONS: _("Lessons learned"),
    Section.ANNEXES: _("Annexes"),
    Milestone.START: _("Start of impact"),
    Milestone.DETECTED: _("Detected"),
    Milestone.RESPONDED: _("Response begins"),
    Milestone.CAUSE_IDENTIFIED: _("Cause identified"),
    Milestone.RESTORED: _("Restored"),
    Milestone.RESOLVED: _("Declared resolved"),
    Horizon.IMMEDIATE: _("Immediate"),
    Horizon.SHORT: _("Short term (< 2 weeks)"),
    Horizon.MEDIUM: _("Medium term (< 1 month)"),
    Horizon.LONG: _("Long term (backlog)"),
    ActionStatus.TODO: _("To do"),
    ActionStatus.DOING: _("In progress"),
    ActionStatus.DONE: pgettext_lazy("action status", "Done"),
    ActionStatus.DROPPED: _("Dropped"),
    ActionKind.PREVENT: _("Prevent"),
    ActionKind.DETECT: _("Detect"),
    ActionKind.MITIGATE: _("Mitigate"),
    ActionKind.REPAIR: _("Repair"),
    ActionKind.INVESTIGATE: _("Investigate"),
    LessonKind.WENT_WELL: _("What went well"),
    LessonKind.NOT_WELL: _("What did not go well"),
    LessonKind.LUCKY: _("Where we got lucky"),
    AnnexKind.LOG: _("Log"),
    AnnexKind.LINK: _("Link"),
    AnnexKind.IMAGE: _("Image"),
    AnnexKind.NOTE: _("Note"),
    AnnexKind.RELATED: _("Related incident"),
    AnnexKind.TESTIMONY: _("Testimony"),
    AnnexKind.RUNBOOK: _("Runbook used"),
    RunbookOutcome.FOLLOWED: _("It was followed"),
    RunbookOutcome.MISSING: _("There was none"),
    RunbookOutcome.WRONG: _("It was wrong"),
    RunbookOutcome.NOT_FOUND: _("It was not found in time"),
}


def choices(kind: type[StrEnum]) -> list[tuple[str, str | Promise]]:
    """The (stored value, label) pairs of a domain enumeration, in its own order."""
    return [(member.value, LABELS[member]) for member in kind]


def label(member: StrEnum) -> str:
    """The interface's word for a member, in the active language."""
    return str(LABELS[member])
