from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from postmortems.domain import hints
from postmortems.domain.criteria import evaluate
from postmortems.domain.deadline import Phase, Policy
from postmortems.domain.document import (
    Action,
    ActionKind,
    ActionStatus,
    Annex,
    AnnexKind,
    Approval,
    Challenge,
    Document,
    Event,
    Factor,
    Holder,
    Horizon,
    Impact,
    Language,
    Lesson,
    Lessons,
    Metadata,
    Metric,
    Milestone,
    Review,
    ReviewForm,
    Role,
    RootCause,
    Section,
    Severity,
    State,
    Summary,
    Timeline,
    Why,
    WhyChain,
)
from postmortems.domain.findings import (
    RULES,
    Criterion,
    Detail,
    Finding,
    Level,
    OpenBlame,
    Report,
    SectionState,
)
from postmortems.domain.status import Transition

START = datetime(2024, 3, 4, 9, 0, tzinfo=UTC)
NOW = datetime(2024, 3, 6, 9, 0, tzinfo=UTC)
TODAY = NOW.date()
POLICY = Policy()
AUTHOR, COMMANDER, EXPERT, BOSS = 1, 2, 3, 4

Change = Callable[[Document], Document]


def event(minutes: int, milestone: Milestone | None = None, ref: str = "") -> Event:
    return Event(START + timedelta(minutes=minutes), "Queue grows", milestone, source="graph", ref=ref)


EVENTS = (
    event(0, Milestone.START, "e1"),
    event(10, Milestone.DETECTED, "e2"),
    event(30, None, "e3"),
    event(50, Milestone.RESTORED, "e4"),
)


def chain(
    answers: int, *, stop: str = "", linked: bool = True, last: str = "No alert watched it"
) -> WhyChain:
    texts = ["The queue was full"] * (answers - 1) + [last] * bool(answers)
    whys = tuple(Why("Why?", text, ref=f"w{number}") for number, text in enumerate(texts, 1))
    return WhyChain(whys or (Why("Why?", ref="w1"),), stop, linked, ref="c1")


ACTIONS = (
    Action(
        "Restart the consumer", Horizon.IMMEDIATE, ActionStatus.DONE, "Ada", kind=ActionKind.REPAIR, ref="a1"
    ),
    Action(
        "Alert on the age of the oldest message",
        Horizon.SHORT,
        ActionStatus.DOING,
        "Ada",
        date(2024, 3, 15),
        kind=ActionKind.DETECT,
        verification="The alert rings in a drill",
        ref="a2",
    ),
    Action(
        "Bound the queue",
        Horizon.MEDIUM,
        owner="Noor",
        deadline=date(2024, 3, 29),
        kind=ActionKind.PREVENT,
        verification="A load test is refused politely",
        ref="a3",
    ),
)


def approvals(
    *roles: tuple[Role, int], sections: tuple[Section, ...] = tuple(Section)[:6]
) -> tuple[Approval, ...]:
    return tuple(Approval(section, role, account, 7) for section in sections for role, account in roles)


BOTH = approvals((Role.IC, COMMANDER), (Role.SME, EXPERT))

# Nothing is missing in it and nothing is to be said about it, whatever the transition but the last.
WHOLE = Document(
    title="Orders delayed",
    date=START.date(),
    language=Language.ENGLISH,
    severity=Severity.P1,
    summary=Summary("Orders waited 50 minutes", "An unbounded queue", "Orders waited, none was lost."),
    timeline=Timeline(EVENTS),
    impact=Impact((Metric("Orders delayed", "212", "order table", ref="m1"),), users="Buyers waited"),
    root_cause=RootCause("The queue was full", (chain(5),), factors=(Factor("No bound"),)),
    actions=ACTIONS,
    lessons=Lessons(went_well=(Lesson("The runbook helped"),)),
    metadata=Metadata(author="Ada Byron", next_review_on=date(2024, 4, 2)),
    revision=7,
    review=Review(
        holders=(
            Holder(Role.AUTHOR, "Ada Byron", AUTHOR),
            Holder(Role.IC, "Noor Haddad", COMMANDER),
            Holder(Role.SME, "Lin Tan", EXPERT),
            Holder(Role.LEAD, "Kofi Owusu", BOSS),
        ),
        approvals=BOTH,
        forms=(ReviewForm(COMMANDER, blameless=True), ReviewForm(EXPERT, blameless=True)),
        contributors=2,
    ),
)


def report(document: Document, **kwargs: Any) -> Report:
    return evaluate(document, NOW, POLICY, **kwargs)


def seen(document: Document) -> set[tuple[Detail, str]]:
    """What is said about a document, beside that its actions are still open."""
    return {(f.detail, f.anchor) for f in report(document).findings if f.detail is not Detail.ACTION_OPEN}


def with_(part: str, **changes: Any) -> Change:
    """Change fields of one part of a document, or of the document itself for an empty part."""

    def change(document: Document) -> Document:
        if not part:
            return replace(document, **changes)
        return replace(document, **{part: replace(getattr(document, part), **changes)})

    return change


def with_action(position: int, **changes: Any) -> Change:
    def change(document: Document) -> Document:
        actions = list(document.actions)
        actions[position] = replace(actions[position], **changes)
        return replace(document, actions=tuple(actions))

    return change


def with_chains(*chains: WhyChain) -> Change:
    return with_("root_cause", chains=chains)


def long(**changes: Any) -> Change:
    """A fourth action, for the long term, without owner or deadline."""
    action = Action("Split the service", Horizon.LONG, verification="Two deployments", ref="a4")
    return lambda document: replace(document, actions=(*document.actions, replace(action, **changes)))


def test_nothing_is_said_about_a_whole_document() -> None:
    assert seen(WHOLE) == set()
    found = report(WHOLE)
    for transition in set(Transition) - {Transition.CLOSE}:
        assert found.blocking(transition) == ()
    assert {section: found.section_state(section) for section in Section} == {
        **dict.fromkeys(Section, SectionState.COMPLETE),
        Section.ANNEXES: SectionState.EMPTY,
    }


FAILINGS: list[tuple[Change, set[tuple[Detail, str]]]] = [
    # sections
    (with_("", summary=Summary()), {(Detail.SECTION_EMPTY, "summary")}),
    (with_("", impact=Impact()), {(Detail.SECTION_EMPTY, "impact")}),
    (with_("", lessons=Lessons()), {(Detail.SECTION_EMPTY, "lessons")}),
    (with_("summary", tldr=""), {(Detail.TEXT_MISSING, "tldr")}),
    # timeline
    (with_("timeline", events=EVENTS[:3]), {(Detail.MILESTONE_MISSING, "restored_unknown")}),
    (
        with_("timeline", events=EVENTS[:3], unknown=((Milestone.RESTORED, "Logs were lost"),)),
        set(),
    ),
    (
        with_(
            "timeline",
            events=(event(5, Milestone.START, "e1"), event(1, Milestone.DETECTED, "e2"), EVENTS[3]),
        ),
        {(Detail.OUT_OF_ORDER, "e2"), (Detail.SILENT_GAP, "e1")},
    ),
    (with_("timeline", events=(*EVENTS, event(9_000, ref="e5"))), {(Detail.IN_FUTURE, "e5")}),
    (with_("timeline", events=(event(-1_500, ref="e0"), *EVENTS)), {(Detail.LONG_BEFORE_START, "e0")}),
    (with_("timeline", events=(*EVENTS[:2], EVENTS[3])), {(Detail.SILENT_GAP, "e2")}),
    (
        with_("timeline", events=(replace(EVENTS[0], source=""), *EVENTS[1:])),
        {(Detail.SOURCES_MISSING, "timeline")},
    ),
    # root cause
    (with_("root_cause", immediate=""), {(Detail.IMMEDIATE_CAUSE_MISSING, "immediate_cause")}),
    (with_chains(), {(Detail.CHAIN_MISSING, "root-cause")}),
    (with_chains(chain(4)), {(Detail.CHAIN_TOO_SHORT, "c1")}),
    (with_chains(chain(4, linked=False)), {(Detail.CHAIN_TOO_SHORT, "c1")}),
    (with_chains(chain(2, stop="The supplier does not say")), set()),
    (with_chains(chain(0, stop="Nobody knows")), {(Detail.CHAIN_TOO_SHORT, "c1")}),
    (with_chains(chain(5), replace(chain(2), ref="c2")), {(Detail.CHAIN_UNFINISHED, "c2")}),
    (
        with_chains(chain(5), replace(chain(2, linked=False), ref="c2")),
        {(Detail.CHAIN_UNFINISHED, "c2"), (Detail.CHAIN_NOT_LINKED, "c2")},
    ),
    (with_chains(chain(5, linked=False)), {(Detail.CHAIN_NOT_LINKED, "c1")}),
    (with_chains(chain(5, last="Noor was asleep")), {(Detail.CHAIN_ENDS_ON_PERSON, "w5")}),
    (
        with_chains(chain(2, last="Human error")),
        {(Detail.CHAIN_TOO_SHORT, "c1"), (Detail.CHAIN_ENDS_ON_PERSON, "w2")},
    ),
    (
        with_chains(
            replace(chain(5), whys=(*chain(5).whys[:4], Why("Why?", ref="w0"), Why("Why?", "No alert")))
        ),
        {(Detail.WHY_UNANSWERED, "w0")},
    ),
    (with_chains(replace(chain(5), whys=(*chain(5).whys, Why("And why that?", ref="w6")))), set()),
    # actions
    (with_("", actions=()), {(Detail.SECTION_EMPTY, "actions"), (Detail.NO_ACTION, "no_action_reason")}),
    (
        lambda d: with_("review", no_action_reason="The service is being retired")(
            replace(d, actions=(), severity=Severity.P2)
        ),
        set(),
    ),
    (with_action(0, owner=""), {(Detail.OWNER_MISSING, "a1")}),
    (with_action(0, status=ActionStatus.DOING), {(Detail.IMMEDIATE_NOT_DONE, "a1")}),
    (
        with_action(1, owner="", deadline=None),
        {(Detail.OWNER_MISSING, "a2"), (Detail.DEADLINE_MISSING, "a2")},
    ),
    (with_action(2, deadline=None), {(Detail.DEADLINE_MISSING, "a3")}),
    (with_action(1, owner="", deadline=None, status=ActionStatus.DROPPED), set()),
    (long(), {(Detail.BACKLOG_NOT_ACCEPTED, "a4")}),
    (long(owner="Noor"), {(Detail.BACKLOG_NOT_ACCEPTED, "a4")}),
    (long(owner="Noor", deadline=date(2024, 6, 1)), set()),
    (long(backlog_accepted=True), set()),
    (long(status=ActionStatus.DROPPED), set()),
    # follow-up
    (with_("metadata", next_review_on=None), {(Detail.NEXT_REVIEW_MISSING, "next_review_on")}),
    (with_action(1, deadline=TODAY - timedelta(days=1)), {(Detail.ACTION_LATE, "a2")}),
    (with_action(1, deadline=TODAY), set()),
    (with_action(1, deadline=TODAY - timedelta(days=9), status=ActionStatus.DONE), set()),
    (with_action(1, deadline=TODAY - timedelta(days=9), relaunched_at=NOW - timedelta(days=7)), set()),
    (
        with_action(1, deadline=TODAY - timedelta(days=9), relaunched_at=NOW - timedelta(days=7, seconds=1)),
        {(Detail.ACTION_LATE, "a2")},
    ),
    # the round
    (
        with_("review", challenges=(Challenge(Section.IMPACT, settled=False, ref="q1"),)),
        {(Detail.CHALLENGE_OPEN, "q1")},
    ),
    (with_("review", challenges=(Challenge(Section.IMPACT, settled=True, ref="q1"),)), set()),
    (with_("review", forms=()), {(Detail.FORMS_MISSING, "forms")}),
    (
        with_("review", forms=(ReviewForm(COMMANDER, blameless=True), ReviewForm(AUTHOR, blameless=True))),
        {(Detail.FORMS_MISSING, "forms")},
    ),
    (
        with_("review", forms=(ReviewForm(COMMANDER, True), ReviewForm(EXPERT, False, ref="f2"))),
        {(Detail.OBJECTION_OPEN, "f2")},
    ),
    (
        with_(
            "review", forms=(ReviewForm(COMMANDER, True), ReviewForm(EXPERT, False, settled=True, ref="f2"))
        ),
        set(),
    ),
    # hints
    (with_action(1, title="Improve the monitoring"), {(Detail.VAGUE_ACTION, "a2")}),
    (with_action(1, title="Train the operators"), {(Detail.CHANGES_PEOPLE, "a2")}),
    (with_action(1, verification=""), {(Detail.NOT_VERIFIABLE, "a2")}),
    (with_action(2, kind=ActionKind.DETECT), {(Detail.NO_PREVENTION, "actions")}),
    (
        lambda d: with_action(2, kind=ActionKind.DETECT)(with_("impact", users="")(d)),
        set(),
    ),
    (
        lambda d: with_action(2, kind=ActionKind.DETECT)(with_("impact", users="")(replace(d, public=True))),
        {(Detail.NO_PREVENTION, "actions")},
    ),
    (
        lambda d: with_action(2, kind=ActionKind.DETECT)(replace(d, severity=Severity.P2)),
        set(),
    ),
    (
        lambda d: with_("review", no_action_reason="The service is being retired")(replace(d, actions=())),
        {(Detail.NO_PREVENTION, "actions")},
    ),
    (
        lambda d: replace(d, actions=ACTIONS[:1], severity=Severity.P2),
        {(Detail.ONLY_MITIGATIONS, "actions")},
    ),
    (
        lambda d: replace(
            d, actions=(*(replace(a, horizon=Horizon.SHORT) for a in ACTIONS[1:]), *ACTIONS[1:2])
        ),
        {(Detail.SINGLE_HORIZON, "actions")},
    ),
    (with_("review", contributors=1), {(Detail.FEW_CONTRIBUTORS, "roles")}),
    (with_("impact", metrics=(Metric("Lost", "~12 %", ref="m9"),)), {(Detail.FIGURE_WITHOUT_SOURCE, "m9")}),
    (with_("impact", metrics=(Metric("Lost", "none"),)), set()),
]


@pytest.mark.parametrize(("change", "expected"), FAILINGS)
def test_each_rule_says_what_is_wrong_and_where(change: Change, expected: set[tuple[Detail, str]]) -> None:
    assert seen(change(WHOLE)) == expected


def test_an_empty_draft_fails_every_criterion_that_submitting_asks_for() -> None:
    draft = Document("Orders delayed", START.date(), Language.ENGLISH, Severity.P1)
    found = report(draft)
    assert {finding.code for finding in found.blocking(Transition.SUBMIT)} == {
        Criterion.SECTIONS,
        Criterion.TIMELINE,
        Criterion.ROOT_CAUSE,
        Criterion.ACTIONS,
    }
    assert {found.section_state(section) for section in Section} == {SectionState.EMPTY}


# Only what the design names: everything else must not gate.
GATES = {
    "submit close_round sign_off": {
        Detail.SECTION_EMPTY,
        Detail.MILESTONE_MISSING,
        Detail.OUT_OF_ORDER,
        Detail.IN_FUTURE,
        Detail.IMMEDIATE_CAUSE_MISSING,
        Detail.CHAIN_MISSING,
        Detail.CHAIN_TOO_SHORT,
        Detail.WHY_UNANSWERED,
        Detail.CHAIN_ENDS_ON_PERSON,
        Detail.CHAIN_NOT_LINKED,
        Detail.NO_ACTION,
        Detail.OWNER_MISSING,
        Detail.DEADLINE_MISSING,
        Detail.IMMEDIATE_NOT_DONE,
        Detail.BLAME_OPEN,
    },
    "open_round close_round sign_off": {
        Detail.IC_MISSING,
        Detail.SME_MISSING,
        Detail.IC_APPROVAL_MISSING,
        Detail.SME_APPROVAL_MISSING,
        Detail.IC_APPROVAL_LAPSED,
        Detail.SME_APPROVAL_LAPSED,
        Detail.AUTHOR_ONLY_APPROVER,
    },
    "close_round": {Detail.OBJECTION_OPEN, Detail.CHALLENGE_OPEN, Detail.FORMS_MISSING},
    "sign_off": {Detail.BACKLOG_NOT_ACCEPTED},
    "sign_off close": {Detail.NEXT_REVIEW_MISSING, Detail.ACTION_LATE},
    "close": {Detail.ACTION_OPEN},
}


@pytest.mark.parametrize("detail", Detail)
def test_each_detail_gates_what_the_design_says(detail: Detail) -> None:
    expected = {
        Transition(word) for words, details in GATES.items() if detail in details for word in words.split()
    }
    finding = Finding(detail)
    assert finding.gates == expected
    assert (finding.level is Level.BLOCKER) == bool(expected)
    assert (finding.level is Level.HINT) == (finding.code is Criterion.HINT)
    assert finding.who


def test_every_detail_is_produced_by_some_document() -> None:
    produced = {detail for _, expected in FAILINGS for detail, _ in expected}
    elsewhere = {
        Detail.ACTION_OPEN,
        Detail.BLAME_OPEN,
        Detail.LATE_WITHOUT_REASON,
        *(detail for detail, rule in RULES.items() if Transition.OPEN_ROUND in rule.gates),
    }
    assert produced | elsewhere == set(Detail)


# Approvals


def approved(given: tuple[Approval, ...], **changes: Any) -> set[tuple[Detail, str]]:
    return seen(with_("review", approvals=given, **changes)(WHOLE))


def without(role: Role) -> tuple[Holder, ...]:
    return tuple(holder for holder in WHOLE.review.holders if holder.role is not role)


def test_each_section_needs_the_commander_and_an_expert() -> None:
    assert approved(BOTH[:-1]) == {(Detail.SME_APPROVAL_MISSING, "lessons")}
    assert approved(BOTH[1:]) == {(Detail.IC_APPROVAL_MISSING, "summary")}
    assert len(approved(())) == 12


def test_one_expert_of_several_is_enough() -> None:
    second = Holder(Role.SME, "Mina Roy", 5)
    assert approved(BOTH, holders=(*WHOLE.review.holders, second)) == set()


def test_a_lapsed_approval_is_told_from_a_missing_one() -> None:
    lapsed = (replace(BOTH[0], current=False), *BOTH[1:])
    assert approved(lapsed) == {(Detail.IC_APPROVAL_LAPSED, "summary")}


def test_annexes_are_approved_when_there_are_some() -> None:
    annexed = replace(WHOLE, annexes=(Annex(AnnexKind.NOTE, "Query plan", body="A scan"),))
    assert seen(annexed) == {
        (Detail.IC_APPROVAL_MISSING, "annexes"),
        (Detail.SME_APPROVAL_MISSING, "annexes"),
    }


def test_a_team_without_an_expert_says_why() -> None:
    alone = approvals((Role.IC, COMMANDER))
    assert approved(alone, holders=without(Role.SME)) == {(Detail.SME_MISSING, "roles")}
    assert approved(alone, holders=without(Role.SME), no_sme_reason="Team of three") == set()


def test_the_reason_does_not_excuse_an_expert_who_is_there() -> None:
    assert len(approved(approvals((Role.IC, COMMANDER)), no_sme_reason="Team of three")) == 6


def test_without_a_commander_somebody_must_be_named() -> None:
    for expert in (EXPERT, AUTHOR):
        given = approvals((Role.SME, expert))
        assert approved(given, holders=without(Role.IC)) == {(Detail.IC_MISSING, "roles")}


def test_the_author_may_approve_in_another_role_but_not_alone() -> None:
    also_commander = (*without(Role.IC), Holder(Role.IC, "Ada Byron", AUTHOR))
    assert approved(approvals((Role.IC, AUTHOR), (Role.SME, EXPERT)), holders=also_commander) == set()
    alone = approvals((Role.IC, AUTHOR))
    holders = tuple(holder for holder in also_commander if holder.role is not Role.SME)
    assert approved(alone, holders=holders, no_sme_reason="Team of two") == {
        (Detail.AUTHOR_ONLY_APPROVER, section) for section in list(Section)[:6]
    }


def test_a_lapsed_approval_of_somebody_else_does_not_stand_beside_the_author_s() -> None:
    holders = (*without(Role.IC), Holder(Role.IC, "Ada Byron", AUTHOR), Holder(Role.SME, "Ada Byron", AUTHOR))
    own = approvals((Role.IC, AUTHOR), (Role.SME, AUTHOR))
    lapsed = Approval(Section.IMPACT, Role.SME, EXPERT, 6, current=False)
    assert (Detail.AUTHOR_ONLY_APPROVER, "impact") in approved((*own, lapsed), holders=holders)


def test_two_roles_of_one_person_are_two_approvals() -> None:
    both = (*without(Role.SME), Holder(Role.SME, "Noor Haddad", COMMANDER))
    assert len(approved(approvals((Role.IC, COMMANDER)), holders=both)) == 6


def test_an_approval_outlives_the_handing_over_of_its_role() -> None:
    assert approved(BOTH, holders=(*without(Role.IC), Holder(Role.IC, "Mina Roy", 5))) == set()


def test_all_answer_where_the_team_is_smaller() -> None:
    pair = tuple(holder for holder in WHOLE.review.holders if holder.role in {Role.AUTHOR, Role.IC})
    review = with_("review", holders=pair, forms=(), no_sme_reason="Team of two")(WHOLE)
    [missing] = report(review).blocking(Transition.CLOSE_ROUND)
    assert missing.params == (("answered", 0), ("expected", 1))
    assert seen(with_("review", forms=(ReviewForm(COMMANDER, blameless=True),))(review)) == set()


def test_a_form_of_a_reader_counts() -> None:
    forms = (ReviewForm(COMMANDER, blameless=True), ReviewForm(99, blameless=True))
    assert seen(with_("review", forms=forms)(WHOLE)) == set()


# Blame, deadline, follow-up


def test_open_blame_blocks_and_shows_in_its_section() -> None:
    blame = OpenBlame(Section.IMPACT, "impact_users", "individual_blame", "Sam broke")
    found = report(WHOLE, blame=(blame,))
    [finding] = found.blocking(Transition.SUBMIT)
    assert finding == Finding(
        Detail.BLAME_OPEN,
        Section.IMPACT,
        "impact_users",
        (("category", "individual_blame"), ("words", "Sam broke")),
    )
    assert finding.code is Criterion.BLAMELESS
    assert found.section_state(Section.IMPACT) is SectionState.FINDINGS


def test_a_late_document_asks_for_the_reason_and_blocks_nothing() -> None:
    later = START + timedelta(minutes=50, days=5)
    found = evaluate(WHOLE, later, POLICY)
    [late] = [finding for finding in found.findings if finding.code is Criterion.DEADLINE]
    assert (late.detail, late.level, late.gates) == (Detail.LATE_WITHOUT_REASON, Level.WARNING, frozenset())
    assert late.params == (("days", 5), ("last_day", date(2024, 3, 9)))
    for excused in (
        with_("review", late_reason="Year-end freeze")(WHOLE),
        with_("review", validated_at=NOW)(WHOLE),
        replace(WHOLE, severity=Severity.P3),
    ):
        findings = evaluate(excused, later, POLICY).findings
        assert not [finding for finding in findings if finding.code is Criterion.DEADLINE]


def test_the_report_carries_the_clock() -> None:
    assert report(WHOLE).clock.due == START + timedelta(minutes=50, days=5)
    assert report(replace(WHOLE, severity=Severity.P4)).clock.phase is Phase.NOT_SEVERE


def test_closing_waits_for_every_action() -> None:
    validated = replace(WHOLE, state=State.VALIDATED)
    assert [finding.anchor for finding in report(validated).blocking(Transition.CLOSE)] == ["a2", "a3"]
    finished = with_action(1, status=ActionStatus.DONE)(
        with_action(2, status=ActionStatus.DROPPED)(validated)
    )
    assert report(finished).blocking(Transition.CLOSE) == ()


def test_a_deadline_passes_at_midnight_in_the_document_s_zone() -> None:
    due = with_action(1, deadline=TODAY)(WHOLE)
    evening = datetime(2024, 3, 6, 12, 0, tzinfo=UTC)
    assert not late(due, evening)
    assert late(replace(due, zone="Pacific/Auckland"), evening)


def late(document: Document, now: datetime) -> list[Finding]:
    return [
        finding
        for finding in evaluate(document, now, POLICY).findings
        if finding.detail is Detail.ACTION_LATE
    ]


@pytest.mark.parametrize(
    ("change", "section", "state"),
    [
        (with_("timeline", events=EVENTS[:3]), Section.TIMELINE, SectionState.IN_PROGRESS),
        (with_("timeline", events=(*EVENTS[:2], EVENTS[3])), Section.TIMELINE, SectionState.FINDINGS),
        (with_("timeline", events=(EVENTS[0], EVENTS[3])), Section.TIMELINE, SectionState.IN_PROGRESS),
        (with_("summary", impact=""), Section.SUMMARY, SectionState.IN_PROGRESS),
        (with_chains(chain(5, last="Human error")), Section.ROOT_CAUSE, SectionState.FINDINGS),
        (with_("review", approvals=()), Section.IMPACT, SectionState.COMPLETE),
        (with_action(1, deadline=TODAY - timedelta(days=9)), Section.ACTIONS, SectionState.COMPLETE),
        (with_action(1, title="Improve the monitoring"), Section.ACTIONS, SectionState.COMPLETE),
    ],
)
def test_the_state_of_a_section(change: Change, section: Section, state: SectionState) -> None:
    assert report(change(WHOLE)).section_state(section) is state


# Wording

NAMES = (
    *("Ada Byron", "Pierre Noël", "Max Weber", "Will Stone", "Grace Hill", "May", "Rose"),
    *("Support", "Équipe Réseau", "Payment supplier"),
)


@pytest.mark.parametrize(
    ("language", "answer"),
    [
        (Language.ENGLISH, "Human error during the rollout"),
        (Language.ENGLISH, "An operator mistake"),
        (Language.ENGLISH, "Someone forgot to renew it"),
        (Language.ENGLISH, "The on-call engineer did not check the graph"),
        (Language.ENGLISH, "A slip by the release coordinator"),
        (Language.ENGLISH, "Ada had not seen the message"),
        (Language.ENGLISH, "It was merged by Ada Byron"),
        (Language.ENGLISH, "Max pushed the change on a Friday"),
        (Language.ENGLISH, "Because Grace had just misconfigured the proxy"),
        (Language.ENGLISH, "Will forgot to renew it"),
        (Language.ENGLISH, "May didn't read the warning"),
        (Language.ENGLISH, "Rose was asleep"),
        (Language.FRENCH, "Erreur humaine"),
        (Language.FRENCH, "Une mauvaise manipulation pendant la bascule"),
        (Language.FRENCH, "L’opérateur a oublié de relancer le service"),
        (Language.FRENCH, "Un technicien de nuit s'est trompé de baie"),
        (Language.FRENCH, "Une erreur de l'agent de nuit"),
        (Language.FRENCH, "Pierre a lancé la commande"),
        (Language.FRENCH, "Max avait complètement oublié le certificat"),
        (Language.FRENCH, "Rose s’est trompée de serveur"),
        (Language.FRENCH, "Grace n'avait pas vu l'alerte"),
        (Language.FRENCH, "La bascule a été faite par Pierre Noël"),
        (Language.FRENCH, "Manque de vigilance"),
    ],
)
def test_a_last_answer_about_a_person_is_flagged(language: Language, answer: str) -> None:
    words = hints.ends_on_person(answer, language, NAMES)
    assert words
    assert words in answer


@pytest.mark.parametrize(
    ("language", "answer"),
    [
        (Language.ENGLISH, "No alert watched the expiry date"),
        (Language.ENGLISH, "The risk had not been identified when it was set up"),
        (Language.ENGLISH, "The admin console dropped the setting"),
        (Language.ENGLISH, "Fault tolerance was never tested"),
        (Language.ENGLISH, "The operator guide has no step for renewal"),
        (Language.ENGLISH, "Support has no access to the queue"),
        (Language.ENGLISH, "Adaptive backoff was switched off"),
        (Language.ENGLISH, "Max connections was set to 10"),
        (Language.ENGLISH, "Max missed heartbeats was set to 3"),
        (Language.ENGLISH, "Max should have been 100"),
        (Language.ENGLISH, "Max had never been raised"),
        (Language.ENGLISH, "Max failed to load and fell back to 10"),
        (Language.ENGLISH, "Will not retry on 5xx"),
        (Language.ENGLISH, "Will never check the expiry date"),
        (Language.ENGLISH, "Will also have forgotten its state after a restart"),
        (Language.ENGLISH, "Will misread the header when it has a mark"),
        (Language.ENGLISH, "Grace period was zero"),
        (Language.ENGLISH, "Grace has expired and nothing renews it"),
        (Language.ENGLISH, "May have dropped packets under load"),
        (Language.ENGLISH, "Rose above the limit within a minute"),
        (Language.ENGLISH, "Payment supplier has no status page"),
        (Language.FRENCH, "Aucune alerte ne surveillait l'expiration"),
        (Language.FRENCH, "Il avait expiré sans bruit"),
        (Language.FRENCH, "Le disque a manqué de place"),
        (Language.FRENCH, "La procédure ne prévoyait pas ce cas"),
        (Language.FRENCH, "Une pierre d'achoppement de l'architecture"),
        (Language.FRENCH, "Max connexions valait 10"),
        (Language.FRENCH, "Max aurait dû être relevé à 100"),
        (Language.FRENCH, "Max oublié dans la configuration du relais"),
        (Language.FRENCH, "Max n'a pas été relevé"),
        (Language.FRENCH, "Max n’a pas suivi la charge"),
        (Language.FRENCH, "Rose des vents : le tableau de bord pivote seul"),
        (Language.FRENCH, "Will n'est qu'un mot du fichier"),
        (Language.FRENCH, "Le risque n'avait pas été identifié à l'installation"),
        (Language.FRENCH, "Par défaut de mémoire, le processus s'arrête"),
    ],
)
def test_a_last_answer_about_the_system_is_not(language: Language, answer: str) -> None:
    assert hints.ends_on_person(answer, language, NAMES) == ""


@pytest.mark.parametrize(
    ("language", "title", "vague", "people"),
    [
        (Language.ENGLISH, "Improve the dashboards", "Improve", ""),
        (Language.ENGLISH, "Make sure that it is renewed", "Make sure", ""),
        (Language.ENGLISH, "Be careful with renewals", "Be careful", "Be careful"),
        (Language.ENGLISH, "Remind the team of the rule", "", "Remind the"),
        (Language.ENGLISH, "Retrain operators", "", "Retrain operators"),
        (Language.ENGLISH, "Add a calendar reminder", "", ""),
        (Language.ENGLISH, "Train the fraud model weekly", "", ""),
        (Language.ENGLISH, "Add an index to improve the search", "", ""),
        (Language.ENGLISH, "We must improve the dashboards", "improve", ""),
        (Language.ENGLISH, "We should make sure that it is renewed", "make sure", ""),
        (Language.ENGLISH, "The team needs to be more careful", "be more careful", "more careful"),
        (Language.ENGLISH, "It is necessary to ensure a renewal", "ensure", ""),
        (Language.ENGLISH, "We must add an alert to improve the search", "", ""),
        (Language.ENGLISH, "We need to bound the queue", "", ""),
        (Language.FRENCH, "Améliorer la supervision", "Améliorer", ""),
        (Language.FRENCH, "Veiller à renouveler", "Veiller", ""),
        (Language.FRENCH, "Sensibiliser les équipes", "Sensibiliser", "Sensibiliser"),
        (Language.FRENCH, "Rappeler les consignes", "", "Rappeler les consignes"),
        (Language.FRENCH, "Être plus vigilant", "Être plus vigilant", "plus vigilant"),
        (Language.FRENCH, "Il faut veiller à renouveler", "veiller", ""),
        (Language.FRENCH, "Il faudrait s’assurer du renouvellement", "s’assurer", ""),
        (Language.FRENCH, "Nous devons améliorer la supervision", "améliorer", ""),
        (Language.FRENCH, "On doit être plus vigilant", "être plus vigilant", "plus vigilant"),
        (Language.FRENCH, "L'équipe devra optimiser la reprise", "optimiser", ""),
        (Language.FRENCH, "Il convient d’éviter les oublis", "éviter", ""),
        (Language.FRENCH, "Il faut ajouter une alerte pour améliorer la reprise", "", ""),
        (Language.FRENCH, "Nous devons borner la file", "", ""),
        (Language.FRENCH, "Ajouter un rappel automatique", "", ""),
        (Language.FRENCH, "Installer un système de veille", "", ""),
        (Language.FRENCH, "Créer une alerte d'expiration", "", ""),
    ],
)
def test_wording_of_actions(language: Language, title: str, vague: str, people: str) -> None:
    assert hints.vague(title, language) == vague
    assert hints.changes_people(title, language) == people


def test_the_language_of_the_document_decides() -> None:
    french = replace(with_action(1, title="Améliorer la supervision")(WHOLE), language=Language.FRENCH)
    assert seen(french) == {(Detail.VAGUE_ACTION, "a2")}
    assert seen(replace(french, language=Language.ENGLISH)) == set()
