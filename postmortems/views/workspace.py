"""The workspace: where a post-mortem is written, section by section or on one page."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_safe

from postmortems.domain.document import (
    TEXT_SECTIONS,
    Document,
    Horizon,
    LessonKind,
    Role,
    Section,
    TextKey,
)
from postmortems.domain.findings import Criterion, Detail, Finding, Level, Report, SectionState
from postmortems.domain.status import TRANSITIONS, Ability, Transition, allowed
from postmortems.domain.timeline import MEASURES, Measure, durations, short_duration
from postmortems.forms.texts import TextEntry
from postmortems.guidance import POSTULATE, SECTIONS, SectionGuidance
from postmortems.messages import (
    BEFORE,
    NEXT_STEPS,
    TRANSITION_LABELS,
    describe,
    describe_clock,
    finding_url,
    name_roles,
    reader_language,
    section_url,
)
from postmortems.models import Postmortem, Row
from postmortems.models.choices import label
from postmortems.permissions import Access, access_postmortem
from postmortems.selectors.review import last_send_back
from postmortems.selectors.sections import section_rows, section_texts
from postmortems.services.review import Standing, evaluate_now
from postmortems.views.requests import SignedInRequest

Entries = Mapping[TextKey, TextEntry]


@require_safe
def section(request: SignedInRequest, identifier: str, section: str) -> HttpResponse:
    """One section, to be written."""
    access = access_postmortem(request.user, identifier)
    return section_page(request, access, known_section(section))


@require_safe
def whole(request: SignedInRequest, identifier: str) -> HttpResponse:
    """All sections on one page."""
    access = access_postmortem(request.user, identifier)
    standing = evaluate_now(access.postmortem.pk)
    context = page(access, standing, None)
    return render(request, "postmortems/workspace.html", context)


@require_safe
def panel(request: SignedInRequest, identifier: str) -> HttpResponse:
    """What is left to do, and with it everything else around the form that follows from the content."""
    access = access_postmortem(request.user, identifier)
    current = known_section(request.GET["section"]) if "section" in request.GET else None
    context = frame(access, evaluate_now(access.postmortem.pk), current)
    return render(request, "postmortems/_panel.html#refresh", context)


def section_page(
    request: SignedInRequest,
    access: Access,
    current: Section,
    *,
    typed: Entries | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page of a section; ``typed`` replaces what is saved in the fields of some texts."""
    standing = evaluate_now(access.postmortem.pk)
    context = page(access, standing, current, typed)
    return render(request, "postmortems/workspace.html", context, status=status)


def known_section(value: str) -> Section:
    """The section of that name. Raises Http404."""
    try:
        return Section(value)
    except ValueError:
        raise Http404 from None


@dataclass(frozen=True, slots=True)
class Point:
    """A finding in the panel. ``who`` names the people who can mend it when the reader cannot."""

    id: str
    sentence: str
    url: str
    place: str
    who: str
    mine: bool


@dataclass(frozen=True, slots=True)
class Step:
    """The one thing to do next: a link, or with ``post`` the transition itself."""

    label: str
    url: str
    post: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """A section in the navigation; ``count`` is how many points are left in it."""

    section: Section
    number: int
    url: str
    icon: str
    words: str
    count: int

    @property
    def label(self) -> str:
        """The section's name."""
        return label(self.section)


@dataclass(frozen=True, slots=True)
class Part:
    """A section in the middle of the page."""

    section: Section
    template: str
    guidance: SectionGuidance

    @property
    def label(self) -> str:
        """The section's name."""
        return label(self.section)


@dataclass(frozen=True, slots=True)
class Figure:
    """A computed duration in words, or what is missing to compute it."""

    label: str
    formula: str
    value: str
    missing: bool


@dataclass(frozen=True, slots=True)
class Group:
    """Rows under one heading; ``initial`` is what a row added here starts with."""

    label: str
    rows: Sequence[Row]
    initial: Mapping[str, str]


def page(
    access: Access, standing: Standing, current: Section | None, typed: Entries | None = None
) -> dict[str, Any]:
    """All of a page of the workspace: a section, or with None every one of them."""
    return {
        **frame(access, standing, current),
        **content(access, (current,) if current else tuple(Section), typed),
        "sent_back": last_send_back(access.postmortem),
    }


def frame(access: Access, standing: Standing, current: Section | None) -> dict[str, Any]:
    """What surrounds the form: bar, navigation, panel. ``current`` is None on the page with all sections."""
    postmortem, document, report = access.postmortem, standing.document, standing.report
    transition = NEXT_STEPS.get(document.state)
    blocking = points(access, document, report.blocking(transition)) if transition else []
    others = [f for f in report.findings if f.level is not Level.BLOCKER]
    order = list(Section)
    position = order.index(current) if current else 0
    places = [place_of(postmortem, report, each, whole=current is None) for each in Section]
    return {
        "access": access,
        "postmortem": postmortem,
        "incident": postmortem.incident,
        "document": document,
        "report": report,
        "editable": access.may(Ability.EDIT),
        "state_label": label(document.state),
        "clock": describe_clock(report.clock),
        "postulate": POSTULATE,
        "current": current,
        "places": places,
        "previous": places[position - 1] if current and position else None,
        "next": places[position + 1] if current and position + 1 < len(order) else None,
        "heading": BEFORE[transition] if transition else _("To look at"),
        "blocking": blocking,
        "warnings": points(access, document, [f for f in others if f.level is Level.WARNING]),
        "hints": points(access, document, [f for f in others if f.level is Level.HINT]),
        "measures": figures(document),
        "step": next_step(access, document, blocking),
        "step_label": TRANSITION_LABELS[transition] if transition else "",
        "step_mine": transition in allowed(document.state, access.roles),
        "step_by_itself": transition is Transition.OPEN_ROUND and bool(blocking),
        "step_by": people_who(document, TRANSITIONS[transition].sources[document.state])
        if transition
        else "",
    }


def content(access: Access, sections: Sequence[Section], typed: Entries | None = None) -> dict[str, Any]:
    """The forms of some sections: texts by key, rows by kind, and the lists that rows are divided into."""
    postmortem = access.postmortem
    wanted = any(place in sections for place in TEXT_SECTIONS.values())
    saved = section_texts(postmortem) if wanted else {}
    rows = section_rows(postmortem, sections)
    return {
        "parts": [
            Part(each, f"postmortems/sections/{each.name.lower()}.html", SECTIONS[each]) for each in sections
        ],
        "texts": {
            **{key: TextEntry.of(text) for key, text in saved.items()},
            **{key.value: entry for key, entry in (typed or {}).items()},
        },
        "rows": rows,
        "lesson_lists": divided(rows.get("lesson", []), "list", LessonKind),
        "action_lists": divided(rows.get("action", []), "horizon", Horizon),
    }


def divided(rows: Iterable[Row], field: str, kinds: type[LessonKind] | type[Horizon]) -> list[Group]:
    """Rows by the value of a field, a group for every value that there is."""
    listed = list(rows)
    return [
        Group(label(kind), [row for row in listed if getattr(row, field) == kind], {field: kind.value})
        for kind in kinds
    ]


def figures(document: Document) -> list[Figure]:
    """The durations of the incident, each with how it is computed; never a guess."""
    computed = durations(document.timeline)
    found = []
    for measure, (first, last) in MEASURES.items():
        value, missing = computed[measure], computed.missing[measure]
        formula = _("“%(last)s” minus “%(first)s”") % {"first": label(first), "last": label(last)}
        if value is None:
            lacking = ", ".join(_("“%(name)s”") % {"name": label(milestone)} for milestone in missing)
            words = _("not computable: no time for %(milestones)s") % {"milestones": lacking}
        else:
            words = short_duration(value, reader_language())
        found.append(Figure(str(MEASURE_LABELS[measure]), formula, words, value is None))
    return found


MEASURE_LABELS = {
    Measure.TOTAL: gettext_lazy("Total duration"),
    Measure.TTD: gettext_lazy("Time to detect"),
    Measure.TTR: gettext_lazy("Time to restore"),
}


ORDER: tuple[Section | None, ...] = (*Section, None)


def points(access: Access, document: Document, findings: Iterable[Finding]) -> list[Point]:
    """Findings as the panel shows them: those that the person can mend first, then by section.

    Missing approvals of several sections are one line: they are given together, on the review page. That a
    section is empty goes without saying where its other points name what it lacks.
    """
    alike: dict[tuple[str, str], list[Finding]] = {}
    listed = sorted(findings, key=lambda each: ORDER.index(each.section))
    explained = {each.section for each in listed if each.detail is not Detail.SECTION_EMPTY}
    for finding in listed:
        if finding.detail is Detail.SECTION_EMPTY and finding.section in explained:
            continue
        anchor = "" if finding.code is Criterion.REVIEW else finding.anchor
        alike.setdefault((describe(finding), anchor), []).append(finding)
    found = [point(access, document, sentence, group) for (sentence, _anchor), group in alike.items()]
    return sorted(found, key=lambda each: not each.mine)


def point(access: Access, document: Document, sentence: str, findings: Sequence[Finding]) -> Point:
    """One line of the panel; of several findings that read alike it leads to the first."""
    first, count = findings[0], len(findings)
    if count > 1:
        place = ngettext("%(count)d section", "%(count)d sections", count) % {"count": count}
    else:
        place = label(first.section) if first.section else ""
    mine = not access.roles.isdisjoint(first.who)
    who = people_who(document, first.who) if access.roles and not mine else ""
    identifier = f"point-{first.detail}-{first.anchor}"
    return Point(identifier, sentence, finding_url(access.postmortem, first), place, who, mine)


def people_who(document: Document, roles: Iterable[Role]) -> str:
    """The names of those who hold one of the roles, or the roles' own names when nobody does."""
    wanted = tuple(role for role in Role if role in set(roles))
    names = dict.fromkeys(holder.name for holder in document.review.holders if holder.role in wanted)
    return ", ".join(names) or name_roles(wanted)


def next_step(access: Access, document: Document, blocking: Sequence[Point]) -> Step | None:
    """The primary button of the page for this person; None when others are to act."""
    postmortem, transition = access.postmortem, NEXT_STEPS.get(document.state)
    review = reverse("postmortems:review", args=[postmortem.pk])
    if transition is Transition.OPEN_ROUND and blocking and access.may(Ability.APPROVE):
        return Step(_("Review and approve"), review)
    mine = next((each for each in blocking if each.mine), None)
    if mine and access.roles:
        return Step(_("Go to the next point"), mine.url)
    if transition and not blocking and transition in allowed(document.state, access.roles):
        url = reverse("postmortems:transition", args=[postmortem.pk, transition.value])
        return Step(str(TRANSITION_LABELS[transition]), url, post=True)
    if access.may(Ability.CHALLENGE):
        return Step(_("Challenge the analysis"), review)
    return None


STATE_ICONS = {
    SectionState.COMPLETE: "complete",
    SectionState.IN_PROGRESS: "progress",
    SectionState.FINDINGS: "findings",
    SectionState.EMPTY: "empty",
}


def place_of(postmortem: Postmortem, report: Report, section: Section, *, whole: bool) -> Place:
    """A section in the navigation, with how far it is."""
    state = report.section_state(section)
    count = sum(
        1
        for finding in report.findings
        if finding.section is section
        and (finding.level is Level.WARNING or Transition.SUBMIT in finding.gates)
    )
    optional = section is Section.ANNEXES and state is SectionState.EMPTY
    return Place(
        section,
        list(Section).index(section) + 1,
        f"#{section.value}" if whole else section_url(postmortem, section),
        "optional" if optional else STATE_ICONS[state],
        _("optional") if optional else state_words(state, count),
        count,
    )


def state_words(state: SectionState, count: int) -> str:
    """How far a section is, for those who do not see the icon."""
    if state is SectionState.COMPLETE:
        return _("complete")
    if state is SectionState.EMPTY:
        return _("empty")
    return ngettext("%(count)d point left", "%(count)d points left", count) % {"count": count}
