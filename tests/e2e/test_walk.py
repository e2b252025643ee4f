"""The whole main job in a real browser: from the declaration of an incident to the published file."""

import pytest

from postmortems.domain.document import Horizon, Language, LessonKind, Section, State
from postmortems.domain.markdown.render import file_name, render
from postmortems.domain.status import Transition
from tests.e2e.pages import Browse
from tests.e2e.stories import story
from tests.e2e.walk import Reviewing, Writing, hire, sit_down


@pytest.mark.both_databases
@pytest.mark.parametrize("language", list(Language))
def test_a_team_takes_an_incident_to_its_published_file(browse: Browse, language: Language) -> None:
    told = story(language)
    document = told.document
    staff = hire(told)
    learnt = document.lessons.not_well[-1]

    writing = Writing(sit_down(browse, staff["author"], language), told, later=[learnt])
    writing.declare()
    writing.write()
    writing.complete_properties(outside=document.metadata.reviewers[2:])
    writing.submit()

    author = Reviewing(writing.desk, told)
    author.expect_state(State.VALIDATION)
    ic, sme, participant, reader, lead = (
        Reviewing(sit_down(browse, staff[part], language), told)
        for part in ("ic", "sme", "participant", "reader", "lead")
    )
    for approver in (ic, sme):
        approver.open_what_waits()
        approver.approve_everything()
    sme.expect_state(State.CHALLENGE)

    participant.open_what_waits()
    participant.challenge(Section.LESSONS, told.challenge)
    reader.find()
    reader.fill_in_form(objection=told.objection)

    author.open_what_waits()
    author.answer(told.answer)
    writing.go_to("Whole document")
    writing.write_lesson(LessonKind.NOT_WELL, learnt)
    for approver in (ic, sme):
        approver.open_what_waits()
        approver.approve(Section.LESSONS)
    participant.open_what_waits()
    participant.settle(told.outcome)
    participant.fill_in_form()
    ic.open_what_waits()
    ic.settle_objection()

    author.open_what_waits()
    author.step(Transition.CLOSE_ROUND)
    author.expect_state(State.FOLLOW_UP)

    lead.open_follow_up_desk()
    for action in document.actions:
        if action.horizon is Horizon.LONG:
            lead.accept_backlog(action)
    lead.page.get_by_role("link", name=lead.words.start_of("Review and sign off")).click()
    lead.step(Transition.SIGN_OFF)
    lead.expect_state(State.VALIDATED)

    name, text = lead.download()
    assert name == f"{file_name(document)}.md"
    assert text == render(document)
