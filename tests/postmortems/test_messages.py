"""What people read about findings, refusals and deadlines."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.urls import reverse

from postmortems.domain.deadline import Policy, clock
from postmortems.domain.document import Role, Section, Severity, State, TextKey
from postmortems.domain.findings import FORMS, LATE_REASON, NEXT_REVIEW, ROLES, Detail, Finding, Param
from postmortems.domain.gate import Obstacle, Refusal
from postmortems.domain.status import Transition
from postmortems.messages import (
    NEXT_STEPS,
    TRANSITION_LABELS,
    coarse_duration,
    describe,
    describe_clock,
    describe_refusal,
    finding_url,
)
from postmortems.models import Postmortem

TITLE: dict[str, Param] = {"title": "Rotate the credential"}
GAP: dict[str, Param] = {"gap": timedelta(minutes=42)}
ANSWERS: dict[str, Param] = {"answered": 2, "expected": 5}
WORDS: dict[str, Param] = {"words": "be more careful"}

PARAMS: dict[Detail, dict[str, Param]] = {
    Detail.TEXT_MISSING: {"key": "tldr"},
    Detail.MILESTONE_MISSING: {"milestone": "detected"},
    Detail.OUT_OF_ORDER: {"milestone": "restored", "other": "start", **GAP},
    Detail.IN_FUTURE: GAP,
    Detail.LONG_BEFORE_START: GAP,
    Detail.SILENT_GAP: {**GAP, "other_ref": "event-2"},
    Detail.SOURCES_MISSING: {"count": 3},
    Detail.CHAIN_TOO_SHORT: ANSWERS,
    Detail.CHAIN_UNFINISHED: ANSWERS,
    Detail.WHY_UNANSWERED: {"position": 2},
    Detail.CHAIN_ENDS_ON_PERSON: WORDS,
    Detail.OWNER_MISSING: TITLE,
    Detail.DEADLINE_MISSING: TITLE,
    Detail.IMMEDIATE_NOT_DONE: TITLE,
    Detail.BACKLOG_NOT_ACCEPTED: TITLE,
    Detail.BLAME_OPEN: {"category": "individual", **WORDS},
    Detail.FORMS_MISSING: ANSWERS,
    Detail.LATE_WITHOUT_REASON: {"days": 5, "last_day": date(2024, 2, 20)},
    Detail.ACTION_LATE: {**TITLE, "owner": "Camille", "deadline": date(2024, 2, 20), "days": 9},
    Detail.ACTION_OPEN: {**TITLE, "owner": "Camille"},
    Detail.VAGUE_ACTION: WORDS,
    Detail.CHANGES_PEOPLE: WORDS,
    Detail.NOT_VERIFIABLE: TITLE,
    Detail.SINGLE_HORIZON: {"horizon": "short", "count": 4},
    Detail.FEW_CONTRIBUTORS: {"count": 1, "expected": 2},
    Detail.FIGURE_WITHOUT_SOURCE: {"label": "Orders"},
}


def finding(detail: Detail, section: Section | None = None, anchor: str = "") -> Finding:
    return Finding(detail, section, anchor, tuple(PARAMS.get(detail, {}).items()))


@pytest.mark.parametrize("detail", Detail)
def test_every_finding_has_a_sentence_that_names_what_it_is_about(detail: Detail) -> None:
    sentence = describe(finding(detail))
    assert "%" not in sentence
    for name in ("title", "words", "label", "answered", "position"):
        if name in PARAMS.get(detail, {}):
            assert str(PARAMS[detail][name]) in sentence


def test_codes_are_shown_in_words() -> None:
    assert describe(finding(Detail.OUT_OF_ORDER)) == (
        "“Restored” is 42 min before “Start of impact”: correct one of the two times"
    )
    assert describe(finding(Detail.TEXT_MISSING)) == "“TL;DR” is empty"
    assert "Short term" in describe(finding(Detail.SINGLE_HORIZON))


def test_a_percent_sign_in_a_title_is_only_a_character() -> None:
    sentence = describe(Finding(Detail.OWNER_MISSING, params=(("title", "Alert at 90% (s)"),)))
    assert sentence == "“Alert at 90% (s)” has no owner"


def test_a_long_title_is_shortened() -> None:
    assert len(describe(Finding(Detail.OWNER_MISSING, params=(("title", "x" * 500),)))) < 120


@pytest.mark.parametrize(
    ("detail", "section", "anchor", "name", "last"),
    [
        (Detail.TEXT_MISSING, Section.SUMMARY, TextKey.TLDR, "section", "tldr"),
        (Detail.SILENT_GAP, Section.TIMELINE, "event-12", "section", "event-12"),
        (Detail.NO_ACTION, Section.ACTIONS, "no_action_reason", "section", "no_action_reason"),
        (Detail.IC_MISSING, None, ROLES, "people", "roles"),
        (Detail.NEXT_REVIEW_MISSING, None, NEXT_REVIEW, "properties", "next_review_on"),
        (Detail.LATE_WITHOUT_REASON, None, LATE_REASON, "review", "late_reason"),
        (Detail.FORMS_MISSING, None, FORMS, "review", "forms"),
        (Detail.CHALLENGE_OPEN, Section.IMPACT, "challenge-3", "review", "challenge-3"),
        (Detail.OBJECTION_OPEN, None, "review-4", "review", "review-4"),
        (Detail.IC_APPROVAL_LAPSED, Section.IMPACT, "impact", "review", "impact"),
    ],
)
def test_a_finding_leads_to_the_place_that_mends_it(
    detail: Detail, section: Section | None, anchor: str, name: str, last: str
) -> None:
    postmortem = Postmortem()
    args = [postmortem.pk, section.value] if name == "section" and section else [postmortem.pk]
    address = reverse(f"postmortems:{name}", args=args)
    assert finding_url(postmortem, finding(detail, section, anchor)) == f"{address}#{last}"


def test_a_late_action_leads_to_its_own_page() -> None:
    late = finding(Detail.ACTION_LATE, Section.ACTIONS, "action-12")
    assert finding_url(Postmortem(), late) == reverse("actions:action", args=[12])


@pytest.mark.parametrize("obstacle", Obstacle)
def test_every_obstacle_has_a_sentence(obstacle: Obstacle) -> None:
    refusal = Refusal(
        Transition.SUBMIT, (obstacle,), State.CLOSED, (State.DRAFTING,), (Role.AUTHOR, Role.IC), ()
    )
    (sentence,) = describe_refusal(refusal)
    assert sentence
    assert "%" not in sentence


def test_a_refusal_names_who_may_and_where_it_stands() -> None:
    def told(*obstacles: Obstacle) -> str:
        return " ".join(
            describe_refusal(
                Refusal(Transition.SIGN_OFF, obstacles, State.DRAFTING, (State.FOLLOW_UP,), (Role.LEAD,))
            )
        )

    assert "Lead" in told(Obstacle.WRONG_ROLE)
    assert "Action follow-up" in told(Obstacle.WRONG_STATE)
    assert "Drafting" in told(Obstacle.WRONG_STATE)


def test_every_step_has_a_verb() -> None:
    assert set(TRANSITION_LABELS) == set(Transition)
    assert set(NEXT_STEPS) == set(State) - {State.CLOSED}


ENDED = datetime(2024, 2, 15, 15, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("after", "text", "state"),
    [
        (timedelta(days=2, hours=20), "due in 2 d 4 h", "ok"),
        (timedelta(days=4, hours=12), "due in 12 h 00 min", "soon"),
        (timedelta(days=6), "1 day late", "late"),
    ],
)
def test_the_clock_tells_the_time_left_and_why(after: timedelta, text: str, state: str) -> None:
    words = describe_clock(clock(ENDED, Severity.P1, ENDED + after, Policy(), "Europe/Paris"))
    assert words is not None
    assert (words.text, words.state) == (text, state)
    assert "20 February 2024 16:10 CET" in words.detail
    assert "72 hours" in words.detail


def test_a_clock_that_does_not_run_says_so() -> None:
    assert describe_clock(clock(ENDED, Severity.P3, ENDED, Policy(), "UTC")) is None
    waiting = describe_clock(clock(None, Severity.P1, ENDED, Policy(), "UTC"))
    assert waiting is not None
    assert waiting.text == "No deadline yet"
    assert "its end is not known" in waiting.detail
    validated = ENDED + timedelta(days=1)
    stopped = describe_clock(
        clock(ENDED, Severity.P1, ENDED + timedelta(days=9), Policy(), "UTC", validated_at=validated)
    )
    assert stopped is not None
    assert (stopped.text, stopped.state) == ("Validated in time", "ok")


def test_working_days_are_named_as_such() -> None:
    words = describe_clock(clock(ENDED, Severity.P1, ENDED, Policy(business=True), "UTC"))
    assert words is not None
    assert "5 working days" in words.detail


@pytest.mark.parametrize(
    ("duration", "words"),
    [
        (timedelta(), "0 min"),
        (timedelta(minutes=47, seconds=59), "47 min"),
        (timedelta(hours=4, minutes=5), "4 h 05 min"),
        (timedelta(days=1, hours=4), "1 d 4 h"),
        (timedelta(days=2), "2 days"),
    ],
)
def test_a_duration_is_said_in_its_two_largest_units(duration: timedelta, words: str) -> None:
    assert coarse_duration(duration) == words
