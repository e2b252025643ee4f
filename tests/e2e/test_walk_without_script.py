"""The same job with scripts switched off: every step is a link to follow or a plain form to send."""

from collections.abc import Mapping
from dataclasses import replace

from playwright.sync_api import Locator

from postmortems.domain.document import (
    Document,
    Horizon,
    Impact,
    Language,
    LessonKind,
    Lessons,
    RootCause,
    Section,
    TextKey,
    Timeline,
)
from postmortems.domain.markdown.render import render
from postmortems.domain.status import Transition
from tests.e2e.pages import Browse, Desk
from tests.e2e.stories import Story, story
from tests.e2e.walk import DECLARED, Reviewing, Writing, hire, sit_down


def short(told: Story) -> Story:
    """The story with no more than the gates ask for, and one thing of every kind."""
    whole = told.document
    shown = (whole.timeline.events[0], *whole.timeline.events[1:4], whole.timeline.events[5])
    cause = whole.root_cause
    document = replace(
        whole,
        timeline=Timeline(shown),
        impact=Impact(whole.impact.metrics[:1], whole.impact.users),
        root_cause=RootCause(cause.immediate, cause.chains[1:], (), cause.factors[:1]),
        actions=(whole.actions[0], whole.actions[3], whole.actions[5]),
        lessons=Lessons(whole.lessons.went_well[:1], whole.lessons.not_well[:1]),
        annexes=whole.annexes[:1],
        metadata=replace(whole.metadata, reviewers=whole.metadata.reviewers[:2], next_review_note=""),
    )
    return replace(told, document=document)


class PlainWriting(Writing):
    """Writes by the forms that scripts only make more comfortable."""

    def save(self, key: TextKey, text: str) -> None:
        """Types a text and saves it by its button."""
        field = self.desk.field(self.text(key))
        field.fill(text)
        form = self.page.locator("form").filter(has=field)
        self.desk.send(self.desk.button("Save", form))

    def send(self, button: str, scope: Locator, values: Mapping[str, object]) -> None:
        """Fills in a form and sends it."""
        for name, value in values.items():
            self.desk.enter(name, value, scope)
        self.desk.send(self.desk.button(button, scope))

    def write(self) -> None:
        desk, document, main = self.desk, self.document, self.page.get_by_role("main")
        self.save(TextKey.SUMMARY_IMPACT, document.summary.impact)
        self.save(TextKey.SUMMARY_CAUSE, document.summary.root_cause)
        self.save(TextKey.TLDR, document.summary.tldr)

        desk.to_section(Section.TIMELINE)
        for event in document.timeline.events:
            if event.milestone in DECLARED:
                self.row(f"{event.at:%H:%M}").get_by_role(
                    "link", name=self.words.around("Edit “%(name)s”")
                ).click()
                self.send("Save", main, {"event": event.text, "source": event.source})
            else:
                line = {"Time and what happened": self.line(event), "Milestone": self.milestone(event)}
                self.send("Add", desk.adding("Add", main), line)

        desk.to_section(Section.IMPACT)
        metric = document.impact.metrics[0]
        values = {"metric": metric.label, "value": metric.value, "source": metric.source}
        self.send("Add a metric", desk.part("Metrics"), values)
        self.save(TextKey.IMPACT_USERS, document.impact.users)

        desk.to_section(Section.ROOT_CAUSE)
        self.save(TextKey.IMMEDIATE_CAUSE, document.root_cause.immediate)
        factor, chain = document.root_cause.factors[0], document.root_cause.chains[0]
        values = {
            "contributing factor": factor.factor,
            "effect": factor.impact,
            "category": factor.category,
        }
        self.send("Add a contributing factor", desk.part("Contributing factors"), values)
        whys = desk.part("Five whys")
        desk.send(desk.button("New chain", whys))
        for why in chain.whys:
            self.send("Add this why", whys, {"question": why.question, "answer": why.answer})
        end = self.page.locator("form").filter(has=desk.field("The last answer leads to"))
        leads = {"The last answer leads to": factor.factor, "Reason to stop early": chain.stop_reason}
        self.send("Save", end, leads)

        desk.to_section(Section.ACTIONS)
        for action in document.actions:
            desk.link("Add an action", desk.part(self.words.of(action.horizon))).click()
            self.send("Add an action", main, self.action(action))

        desk.to_section(Section.LESSONS)
        for kind, lesson in (
            (LessonKind.WENT_WELL, document.lessons.went_well[0]),
            (LessonKind.NOT_WELL, document.lessons.not_well[0]),
        ):
            values = {"in a few words": lesson.title, "what happened": lesson.text}
            self.send("Add a lesson", desk.part(self.words.of(kind)), values)

        desk.to_section(Section.ANNEXES)
        annex = document.annexes[0]
        desk.link(self.words.of(annex.kind), main).click()
        self.send("Add an annex", main, {"Title": annex.title, "Log lines": annex.body})

    def row(self, clock: str) -> Locator:
        """The row of the timeline with that time."""
        time = self.page.get_by_role("time").filter(has_text=clock)
        return self.page.get_by_role("listitem").filter(has=time)


def test_a_team_takes_an_incident_to_its_file_without_any_script(browse: Browse) -> None:
    language = Language.ENGLISH
    told = short(story(language))
    document: Document = told.document
    staff = hire(told)

    def desk(part: str) -> Desk:
        return sit_down(browse, staff[part], language, java_script_enabled=False)

    writing = PlainWriting(desk("author"), told)
    writing.declare()
    writing.write()
    writing.complete_properties(outside=())
    writing.submit()

    author = Reviewing(writing.desk, told)
    ic, sme, participant, reader, lead = (
        Reviewing(desk(part), told) for part in ("ic", "sme", "participant", "reader", "lead")
    )
    for approver in (ic, sme):
        approver.open_what_waits()
        approver.approve_everything()
    reader.find()
    reader.challenge(Section.TIMELINE, told.challenge)
    reader.fill_in_form()
    author.open_what_waits()
    author.answer(told.answer)
    reader.find()
    reader.settle(told.outcome)
    participant.open_what_waits()
    participant.fill_in_form()
    author.open_what_waits()
    author.step(Transition.CLOSE_ROUND)
    lead.open_follow_up_desk()
    lead.accept_backlog(next(each for each in document.actions if each.horizon is Horizon.LONG))
    lead.page.get_by_role("link", name=lead.words.start_of("Review and sign off")).click()
    lead.step(Transition.SIGN_OFF)

    _name, text = lead.download()
    assert text == render(document)
