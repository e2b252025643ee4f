"""A whole post-mortem as one immutable value.

Criteria, wording checker, export, import and pages all speak this shape. It is built from the
database by ``selectors.load_document`` and from a file by ``domain.markdown.parse``.

Every field that takes part in comparison is written to the exported file and read back from it,
so ``parse(render(document)) == document``. Fields marked ``compare=False`` belong to the
application only (row references, the state of the review) and never reach the file.

Multi-line texts are *canonical* Markdown (see ``domain.markdown.text.canonical_text``), one-line
texts are canonical inline Markdown (``canonical_line``), names and titles are plain text
(``canonical_name``), and code (diagrams, logs) is verbatim (``canonical_code``).
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

TITLE_LIMIT = 200
LINE_LIMIT = 500
TEXT_LIMIT = 100_000
EVENT_LIMIT = 2_000
CHAIN_LIMIT = 20
"""Each chain offers every factor and action to lead to; an analysis of more chains is several analyses."""
ROW_LIMIT = 500
WHYS_EXPECTED = 5
"""The answers that a why chain has before it is complete ("5 Whys", the deliverable's second criterion)."""


class Language(StrEnum):
    """The language of a document decides its headings, dates and numbers."""

    FRENCH = "fr"
    ENGLISH = "en"


class Severity(StrEnum):
    """P1 is the most severe. Each installation describes the four levels in its own words."""

    P1 = "P1"
    P2 = "P2"
    P3 = "P3"
    P4 = "P4"


class State(StrEnum):
    """Where a post-mortem stands; ``domain.status`` holds the transitions between states."""

    DRAFTING = "drafting"
    VALIDATION = "validation"
    CHALLENGE = "challenge"
    FOLLOW_UP = "follow_up"
    VALIDATED = "validated"
    CLOSED = "closed"


class Role(StrEnum):
    """What a person does on one post-mortem. One person may hold several."""

    AUTHOR = "author"
    IC = "ic"
    SME = "sme"
    LEAD = "lead"
    PARTICIPANT = "participant"


class Section(StrEnum):
    """The parts of a post-mortem, in the order in which a team walks through them."""

    SUMMARY = "summary"
    TIMELINE = "timeline"
    IMPACT = "impact"
    ROOT_CAUSE = "root-cause"
    ACTIONS = "actions"
    LESSONS = "lessons"
    ANNEXES = "annexes"


MANDATORY_SECTIONS = tuple(section for section in Section if section is not Section.ANNEXES)


class Milestone(StrEnum):
    """The turning points of an incident, in their natural order. At most one event carries each."""

    START = "start"
    DETECTED = "detected"
    RESPONDED = "responded"
    CAUSE_IDENTIFIED = "cause_identified"
    RESTORED = "restored"
    RESOLVED = "resolved"


class Horizon(StrEnum):
    """When a corrective action is meant to be done: now, < 2 weeks, < 1 month, backlog."""

    IMMEDIATE = "immediate"
    SHORT = "short"
    MEDIUM = "medium"
    LONG = "long"


class ActionStatus(StrEnum):
    """Progress of a corrective action."""

    TODO = "todo"
    DOING = "doing"
    DONE = "done"
    DROPPED = "dropped"


OPEN_STATUSES = frozenset({ActionStatus.TODO, ActionStatus.DOING})
"""An action in one of these still has something to be done about it."""


class ActionKind(StrEnum):
    """What a corrective action does about the incident (Google SRE's classes of action items)."""

    PREVENT = "prevent"
    DETECT = "detect"
    MITIGATE = "mitigate"
    REPAIR = "repair"
    INVESTIGATE = "investigate"


class LessonKind(StrEnum):
    """The three lists of lessons learned."""

    WENT_WELL = "well"
    NOT_WELL = "not_well"
    LUCKY = "lucky"


class AnnexKind(StrEnum):
    """What an annex holds."""

    LOG = "log"
    LINK = "link"
    IMAGE = "image"
    NOTE = "note"
    RELATED = "related"
    TESTIMONY = "testimony"
    RUNBOOK = "runbook"


class RunbookOutcome(StrEnum):
    """How the incident's runbook served: the seed's ``incident-runbook`` comes in with this."""

    FOLLOWED = "followed"
    MISSING = "missing"
    WRONG = "wrong"
    NOT_FOUND = "not_found_in_time"


class TextKey(StrEnum):
    """The texts that a post-mortem has exactly one of. All are kept in one table."""

    SUMMARY_IMPACT = "summary_impact"
    SUMMARY_CAUSE = "summary_cause"
    TLDR = "tldr"
    START_UNKNOWN = "start_unknown"
    DETECTED_UNKNOWN = "detected_unknown"
    RESTORED_UNKNOWN = "restored_unknown"
    IMPACT_USERS = "impact_users"
    IMPACT_REPUTATION = "impact_reputation"
    IMMEDIATE_CAUSE = "immediate_cause"


TEXT_SECTIONS: dict[TextKey, Section] = {
    TextKey.SUMMARY_IMPACT: Section.SUMMARY,
    TextKey.SUMMARY_CAUSE: Section.SUMMARY,
    TextKey.TLDR: Section.SUMMARY,
    TextKey.START_UNKNOWN: Section.TIMELINE,
    TextKey.DETECTED_UNKNOWN: Section.TIMELINE,
    TextKey.RESTORED_UNKNOWN: Section.TIMELINE,
    TextKey.IMPACT_USERS: Section.IMPACT,
    TextKey.IMPACT_REPUTATION: Section.IMPACT,
    TextKey.IMMEDIATE_CAUSE: Section.ROOT_CAUSE,
}

ONE_LINE_TEXTS = frozenset(
    {
        TextKey.SUMMARY_IMPACT,
        TextKey.SUMMARY_CAUSE,
        TextKey.START_UNKNOWN,
        TextKey.DETECTED_UNKNOWN,
        TextKey.RESTORED_UNKNOWN,
    }
)

UNKNOWN_TEXTS: dict[Milestone, TextKey] = {
    Milestone.START: TextKey.START_UNKNOWN,
    Milestone.DETECTED: TextKey.DETECTED_UNKNOWN,
    Milestone.RESTORED: TextKey.RESTORED_UNKNOWN,
}


def text_limit(key: TextKey) -> int:
    """The number of characters that a text may have."""
    return LINE_LIMIT if key in ONE_LINE_TEXTS else TEXT_LIMIT


@dataclass(frozen=True, slots=True)
class Event:
    """One row of the timeline. ``at`` is an aware instant, to the second."""

    at: datetime
    text: str
    milestone: Milestone | None = None
    source: str = ""
    ref: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Timeline:
    """Events by time, and for each milestone that nobody could establish the reason why."""

    events: tuple[Event, ...] = ()
    unknown: tuple[tuple[Milestone, str], ...] = ()

    def milestones(self) -> dict[Milestone, Event]:
        """The events that carry a milestone, in the milestones' natural order."""
        found = {event.milestone: event for event in self.events if event.milestone}
        return {milestone: found[milestone] for milestone in Milestone if milestone in found}


@dataclass(frozen=True, slots=True)
class Summary:
    """The executive summary: two one-line texts and the TL;DR."""

    impact: str = ""
    root_cause: str = ""
    tldr: str = ""


@dataclass(frozen=True, slots=True)
class Metric:
    """A measured effect of the incident, and where the figure comes from."""

    label: str
    value: str
    source: str = ""
    ref: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Impact:
    """Who and what was affected. Durations are not stored: they come from the milestones."""

    metrics: tuple[Metric, ...] = ()
    users: str = ""
    reputation: str = ""


@dataclass(frozen=True, slots=True)
class Why:
    """One question of a why chain, its answer, and the evidence for the answer."""

    question: str
    answer: str = ""
    evidence: str = ""
    ref: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class WhyChain:
    """Questions in order. ``stop_reason`` says why the chain ends before the fifth answer.

    ``linked`` tells whether the last answer leads to a contributing factor or a corrective action.
    """

    whys: tuple[Why, ...]
    stop_reason: str = ""
    linked: bool = field(default=False, compare=False)
    ref: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Diagram:
    """A drawing in text, verbatim. ``syntax`` is the fence's language, such as ``mermaid``."""

    body: str
    caption: str = ""
    syntax: str = ""
    ref: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Factor:
    """Something that made the incident possible or worse, other than the immediate cause."""

    factor: str
    impact: str = ""
    category: str = ""
    ref: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class RootCause:
    """The analysis of the causes."""

    immediate: str = ""
    chains: tuple[WhyChain, ...] = ()
    diagrams: tuple[Diagram, ...] = ()
    factors: tuple[Factor, ...] = ()


@dataclass(frozen=True, slots=True)
class Action:
    """A corrective action. ``owner`` is the name of an account or any other name."""

    title: str
    horizon: Horizon
    status: ActionStatus = ActionStatus.TODO
    owner: str = ""
    deadline: date | None = None
    description: str = ""
    kind: ActionKind | None = None
    verification: str = ""
    tracker: str = ""
    backlog_accepted: bool = field(default=False, compare=False)
    relaunched_at: datetime | None = field(default=None, compare=False)
    ref: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Lesson:
    """One thing that went well, did not, or was luck: a title and optionally what happened."""

    title: str
    text: str = ""
    ref: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Recommendation:
    """An advice that outlives the incident, under the domain it concerns."""

    domain: str
    text: str
    ref: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Lessons:
    """Lessons learned."""

    went_well: tuple[Lesson, ...] = ()
    not_well: tuple[Lesson, ...] = ()
    lucky: tuple[Lesson, ...] = ()
    recommendations: tuple[Recommendation, ...] = ()


@dataclass(frozen=True, slots=True)
class Annex:
    """Supporting material. Which fields count depends on the kind:

    * log: title, body (verbatim)
    * link: title (the heading), label, url
    * image: title, label (what the picture shows), file (a file name without folders)
    * note: title, body (Markdown)
    * related: title (an earlier incident), url
    * testimony: title (who speaks), label (from where they saw it), body (Markdown)
    * runbook: title, url or file, outcome, body (Markdown)
    """

    kind: AnnexKind
    title: str
    label: str = ""
    url: str = ""
    body: str = ""
    file: str = ""
    outcome: RunbookOutcome | None = None
    ref: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Metadata:
    """Who wrote and reviewed, and when. Dates are days in the post-mortem's time zone."""

    author: str = ""
    reviewers: tuple[str, ...] = ()
    written_on: date | None = None
    updated_on: date | None = None
    next_review_on: date | None = None
    next_review_note: str = ""


@dataclass(frozen=True, slots=True)
class Holder:
    """A person in a role. ``account`` is None for a name without an account."""

    role: Role
    name: str
    account: int | None = None


@dataclass(frozen=True, slots=True)
class Approval:
    """A section approved in one role, with the document revision that was seen."""

    section: Section
    role: Role
    account: int
    revision: int
    current: bool = True


@dataclass(frozen=True, slots=True)
class Challenge:
    """A question or objection of the team about a section."""

    section: Section
    settled: bool
    account: int | None = None
    ref: str = ""


@dataclass(frozen=True, slots=True)
class ReviewForm:
    """One reviewer's answer in the challenge round; ``blameless`` False is an objection."""

    account: int
    blameless: bool
    settled: bool = False
    ref: str = ""


@dataclass(frozen=True, slots=True)
class Review:
    """What the gates need to know beside the text. Reasons are empty when nobody gave one."""

    holders: tuple[Holder, ...] = ()
    approvals: tuple[Approval, ...] = ()
    challenges: tuple[Challenge, ...] = ()
    forms: tuple[ReviewForm, ...] = ()
    contributors: int = 0
    no_action_reason: str = ""
    no_sme_reason: str = ""
    late_reason: str = ""
    validated_at: datetime | None = None

    def accounts(self, role: Role) -> frozenset[int]:
        """The accounts that hold a role."""
        return frozenset(
            holder.account for holder in self.holders if holder.role is role and holder.account is not None
        )


@dataclass(frozen=True, slots=True)
class Document:
    """A whole post-mortem.

    ``date`` is the day of the incident's start in ``zone`` (an IANA name). ``services`` and
    ``public`` describe the incident and appear in the front matter only.
    """

    title: str
    date: date
    language: Language
    severity: Severity
    zone: str = "UTC"
    organisation: str = ""
    state: State = State.DRAFTING
    summary: Summary = Summary()
    timeline: Timeline = Timeline()
    impact: Impact = Impact()
    root_cause: RootCause = RootCause()
    actions: tuple[Action, ...] = ()
    lessons: Lessons = Lessons()
    annexes: tuple[Annex, ...] = ()
    metadata: Metadata = Metadata()
    services: tuple[str, ...] = field(default=(), compare=False)
    public: bool = field(default=False, compare=False)
    identifier: str = field(default="", compare=False)
    revision: int = field(default=0, compare=False)
    review: Review = field(default=Review(), compare=False)

    def has_content(self, section: Section) -> bool:
        """Whether anything was written in a section."""
        match section:
            case Section.SUMMARY:
                return any((self.summary.impact, self.summary.root_cause, self.summary.tldr))
            case Section.TIMELINE:
                return bool(self.timeline.events)
            case Section.IMPACT:
                return any((self.impact.metrics, self.impact.users, self.impact.reputation))
            case Section.ROOT_CAUSE:
                cause = self.root_cause
                return any((cause.immediate, cause.chains, cause.diagrams, cause.factors))
            case Section.ACTIONS:
                return bool(self.actions) or bool(self.review.no_action_reason)
            case Section.LESSONS:
                lessons = self.lessons
                return any((lessons.went_well, lessons.not_well, lessons.lucky, lessons.recommendations))
            case Section.ANNEXES:
                return bool(self.annexes)

    def reviewed_sections(self) -> tuple[Section, ...]:
        """The sections that IC and SME approve: the mandatory ones, and the annexes if there are any."""
        return tuple(s for s in Section if s is not Section.ANNEXES or self.has_content(s))
