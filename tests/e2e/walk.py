"""A whole post-mortem, written and taken through its review page by page."""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.translation import pgettext_lazy
from playwright.sync_api import Locator, expect

from postmortems.domain.document import (
    Action,
    Annex,
    Event,
    Horizon,
    Language,
    Lesson,
    LessonKind,
    Milestone,
    Role,
    Section,
    State,
    TextKey,
    WhyChain,
)
from postmortems.domain.status import Transition
from postmortems.forms.annexes import ANNEX_FIELDS
from postmortems.guidance import TEXTS
from postmortems.messages import TRANSITION_LABELS
from postmortems.models import User
from postmortems.models.choices import LABELS
from tests.e2e.pages import LOCALES, WORKING, Browse, Desk, Text, Words
from tests.e2e.stories import Story
from tests.factories import UserFactory

DECLARED = (Milestone.START, Milestone.DETECTED, Milestone.RESTORED)
"""The milestones whose times the declaration asks for."""


def hire(story: Story) -> dict[str, User]:
    """An account for everybody of a story who has one, by their part in it."""
    language = story.document.language
    return {
        part: UserFactory(display_name=getattr(story, part), language=language)
        for part in ("author", "ic", "sme", "lead", "participant", "reader")
    }


def sit_down(browse: Browse, user: User, language: Language, **options: object) -> Desk:
    """Opens the home page in a browser of that language."""
    page = browse(user, locale=LOCALES[language], **options)
    page.goto("/")
    return Desk(page, Words(language))


class Writing:
    """The author's part: from the declaration to a draft that holds everything of the story's document.

    ``later`` are lessons that are left for the review.
    """

    def __init__(self, desk: Desk, story: Story, later: Sequence[Lesson] = ()) -> None:
        self.desk, self.page, self.words = desk, desk.page, desk.words
        self.story, self.document, self.later = story, story.document, later

    def local(self, at: datetime) -> datetime:
        """By the clocks of the document's zone."""
        return at.astimezone(ZoneInfo(self.document.zone))

    def declare(self) -> None:
        """Declares the incident and starts its post-mortem, with somebody in every role."""
        desk, document, words = self.desk, self.document, self.words
        desk.link("Declare an incident").click()
        desk.enter("title", document.title)
        self.page.get_by_role("radio", name=words.start_of(document.severity.value)).check()
        milestones = document.timeline.milestones()
        for milestone in DECLARED:
            at = self.local(milestones[milestone].at)
            group = desk.group(words.of(milestone))
            desk.enter("Date", at.date(), group)
            desk.enter("Time", f"{at:%H:%M}", group)
        desk.enter("time zone", document.zone)
        desk.enter(words.of(Role.LEAD), self.story.lead)
        desk.enter(words.of(Role.IC), self.story.ic)
        self.name_people("Subject-matter experts", [self.story.sme])
        self.name_people("Participants", [self.story.participant, self.story.supplier])
        self.page.get_by_role("radio", name=words.of(document.language)).check()
        desk.enter("organisation line", document.organisation)
        desk.send(desk.button("Declare and start the post-mortem"))
        expect(self.page.get_by_role("heading", level=2, name=words.of(Section.SUMMARY))).to_be_visible()

    def name_people(self, role: str, names: Iterable[str]) -> None:
        """Writes names into the fields of a role that several people may hold."""
        for number, name in enumerate(names, 1):
            self.desk.enter(self.words("Person %(number)d", number=number), name, self.desk.group(role))

    def text(self, key: TextKey) -> str:
        """The label of a text."""
        return self.words(TEXTS[key].label)

    def write(self) -> None:
        """Fills in every section in order, as the links at their feet lead through them."""
        desk, document = self.desk, self.document
        summary, impact = document.summary, document.impact
        desk.write(
            {
                self.text(TextKey.SUMMARY_IMPACT): summary.impact,
                self.text(TextKey.SUMMARY_CAUSE): summary.root_cause,
                self.text(TextKey.TLDR): summary.tldr,
            }
        )
        desk.to_section(Section.TIMELINE)
        self.write_timeline()
        desk.to_section(Section.IMPACT)
        for metric in impact.metrics:
            values = {"metric": metric.label, "value": metric.value, "source": metric.source}
            desk.add("Add a metric", desk.part("Metrics"), values)
        desk.write(
            {
                self.text(TextKey.IMPACT_USERS): impact.users,
                self.text(TextKey.IMPACT_REPUTATION): impact.reputation,
            }
        )
        desk.to_section(Section.ROOT_CAUSE)
        self.write_causes()
        desk.to_section(Section.ACTIONS)
        for horizon in Horizon:
            self.write_actions(horizon)
        desk.to_section(Section.LESSONS)
        self.write_lessons()
        desk.to_section(Section.ANNEXES)
        for annex in document.annexes:
            self.write_annex(annex)

    def write_timeline(self) -> None:
        """The declared milestones by editing their rows, most others a line at a time, the rest by paste."""
        desk, story = self.desk, self.story
        events = self.document.timeline.events
        for event in events:
            if event.milestone in DECLARED:
                self.edit_event(event)
            elif event.source != story.pasted:
                desk.add(
                    "Add",
                    self.page.get_by_role("main"),
                    {
                        "Time and what happened": self.line(event),
                        "Milestone": self.milestone(event),
                    },
                )
        pasted = [event for event in events if event.source == story.pasted]
        self.paste(pasted)
        for event in pasted:
            if event.milestone:
                self.edit_event(event)
        times = self.page.get_by_role("listitem").get_by_role("time")
        expect(times).to_have_text([re.compile(f"{self.local(event.at):%H:%M}$") for event in events])

    def milestone(self, event: Event) -> str:
        """The words of its choice."""
        return self.words.of(event.milestone) if event.milestone else self.words("No milestone")

    def line(self, event: Event) -> str:
        """A time, the way the language writes it, and what happened."""
        clock = "%Hh%M" if self.document.language is Language.FRENCH else "%H:%M"
        return f"{self.local(event.at):{clock}} {event.text}"

    def edit_event(self, event: Event) -> None:
        """Opens the row of that time and completes it."""
        desk, clock = self.desk, f"{self.local(event.at):%H:%M}"
        time = self.page.get_by_role("time").filter(has_text=clock)
        row = self.page.get_by_role("listitem").filter(has=time)
        row.get_by_role("link", name=self.words.around("Edit “%(name)s”")).click()
        form = self.page.get_by_role("listitem").filter(has=desk.button("Save"))
        for name, value in {
            "event": event.text,
            "milestone": self.milestone(event),
            "source": event.source,
        }.items():
            desk.enter(name, value, form)
        desk.button("Save", form).click()
        expect(form).to_have_count(0, timeout=WORKING)

    def paste(self, events: Sequence[Event]) -> None:
        """Pastes a chat, and adds the rows that it was read into."""
        desk = self.desk
        desk.link("Paste a chat or a log…").click()
        desk.enter("Chat or log", "\n".join(f"{self.local(event.at):%H:%M} {event.text}" for event in events))
        desk.send(desk.button("Read the lines"))
        desk.enter("Source", self.story.pasted)
        desk.send(desk.button(self.words("Add {count} events").replace("{count}", str(len(events)))))
        expect(
            self.page.get_by_role("heading", level=2, name=self.words.of(Section.TIMELINE))
        ).to_be_visible()

    def write_causes(self) -> None:
        """The immediate cause, the factors, a chain that leads to one of them, an early stop, a diagram."""
        desk, cause = self.desk, self.document.root_cause
        desk.write({self.text(TextKey.IMMEDIATE_CAUSE): cause.immediate})
        for factor in cause.factors:
            values = {
                "contributing factor": factor.factor,
                "effect": factor.impact,
                "category": factor.category,
            }
            desk.add("Add a contributing factor", desk.part("Contributing factors"), values)
        for number, chain in enumerate(cause.chains):
            self.write_chain(chain, cause.factors[number].factor)
        for diagram in cause.diagrams:
            desk.link("Add a diagram", desk.part("Diagram")).click()
            desk.add(
                "Add a diagram", desk.part("Diagram"), {"caption": diagram.caption, "drawing": diagram.body}
            )

    def write_chain(self, chain: WhyChain, factor: str) -> None:
        """A chain, each question proposed from the answer before it, and the factor that it leads to."""
        desk = self.desk
        desk.add("New chain", desk.part("Five whys"), {})
        whys = desk.part("Five whys").get_by_role("listitem").filter(has_text=self.words("Why chain")).last
        for why in chain.whys:
            values = {"question": why.question, "answer": why.answer, "evidence": why.evidence}
            desk.add("Add this why", whys, values)
        desk.enter("The last answer leads to", factor, whys)
        if chain.stop_reason:
            desk.enter("Reason to stop early", chain.stop_reason, whys)
        desk.button("Save", whys).click()
        expect(whys.get_by_role("status").filter(has_text=self.words("Saved"))).to_be_visible(timeout=WORKING)

    def write_actions(self, horizon: Horizon) -> None:
        """The actions of a horizon, whose form opens once and stays open."""
        desk, words = self.desk, self.words
        part = desk.part(words.of(horizon))
        desk.link("Add an action", part).click()
        for action in self.document.actions:
            if action.horizon is horizon:
                desk.add("Add an action", part, self.action(action))

    def action(self, action: Action) -> dict[str, object]:
        """What the form is told of an action; what it leaves out keeps its first value."""
        words = self.words
        values = {
            "What will change": action.title,
            "description": action.description,
            "Owner": action.owner,
            "deadline": action.deadline,
            "status": words.of(action.status),
            "kind": words.of(action.kind) if action.kind else None,
            "how we will know that it worked": action.verification,
            "ticket": action.tracker,
        }
        return {name: value for name, value in values.items() if value}

    def write_lessons(self) -> None:
        """The three lists and the recommendations."""
        desk, lessons = self.desk, self.document.lessons
        for kind, listed in (
            (LessonKind.WENT_WELL, lessons.went_well),
            (LessonKind.NOT_WELL, lessons.not_well),
            (LessonKind.LUCKY, lessons.lucky),
        ):
            for lesson in listed:
                if lesson not in self.later:
                    self.write_lesson(kind, lesson)
        for advice in lessons.recommendations:
            values = {"domain": advice.domain, "recommendation": advice.text}
            desk.add("Add a recommendation", desk.part("Recommendations"), values)

    def write_lesson(self, kind: LessonKind, lesson: Lesson) -> None:
        """One lesson, in its list."""
        values = {"in a few words": lesson.title, "what happened": lesson.text}
        self.desk.add("Add a lesson", self.desk.part(self.words.of(kind)), values)

    def write_annex(self, annex: Annex) -> None:
        """An annex: its kind first, then the fields of that kind."""
        desk, main = self.desk, self.page.get_by_role("main")
        desk.link(self.words.of(annex.kind), main).click()
        labels = ANNEX_FIELDS[annex.kind]
        values = {
            self.words(labels[name]): self.words.of(value) if name == "outcome" else value
            for name in labels
            if name != "upload" and (value := getattr(annex, name))
        }
        desk.add("Add an annex", main, values)

    def complete_properties(self, outside: Sequence[str]) -> None:
        """Sets the next review, and names who reviewed without an account."""
        desk, metadata = self.desk, self.document.metadata
        self.go_to("Properties")
        desk.enter("next review", metadata.next_review_on)
        if metadata.next_review_note:
            desk.enter("what the next review will look at", metadata.next_review_note)
        desk.send(desk.button("Save"))
        self.go_to("People")
        desk.enter("Outside reviewers", "\n".join(outside))
        desk.send(desk.button("Save"))
        self.desk.link("Back to the post-mortem").click()

    def go_to(self, name: str) -> None:
        """Follows one of the links to the other pages of the post-mortem."""
        self.desk.link(name).first.click()

    def submit(self) -> None:
        """Submits the draft by the button that the panel shows once nothing is left."""
        self.desk.link("Edit").click()
        panel = self.page.get_by_role("complementary", name=self.words.exactly("What is left to do"))
        self.desk.send(self.desk.button(TRANSITION_LABELS[Transition.SUBMIT], panel))


class Reviewing:
    """One person's part in the review of a story."""

    def __init__(self, desk: Desk, story: Story) -> None:
        self.desk, self.page, self.words = desk, desk.page, desk.words
        self.story = story

    def open_what_waits(self) -> None:
        """Opens the post-mortem from the list of what waits for this person."""
        self.page.goto("/")
        self.page.get_by_role("link", name=self.story.document.title, exact=True).first.click()

    def find(self) -> None:
        """Opens the post-mortem as a reader does, from the list of all, and its review."""
        self.desk.link("Post-mortems").click()
        self.page.get_by_role("link", name=self.story.document.title, exact=True).click()
        self.desk.link("Review").click()

    def ask(self, name: Text) -> Locator:
        """The part of the page that opens under these words, opened."""
        part = self.page.locator("details.ask").filter(has=self.page.get_by_text(self.words.exactly(name)))
        if part.get_attribute("open") is None:
            part.get_by_text(self.words.exactly(name)).click()
        return part

    def approve_everything(self) -> None:
        """Approves every section at once."""
        self.desk.send(self.desk.button("Approve all: I have read every section"))

    def approve(self, section: Section) -> None:
        """Approves one section, and no other."""
        boxes = self.page.get_by_role("checkbox")
        for box in boxes.all():
            box.uncheck()
        row = self.page.get_by_role("row", name=self.words.start_of(LABELS[section]))
        row.get_by_role("checkbox").check()
        self.desk.send(self.desk.button("Approve selected"))

    def challenge(self, section: Section, text: str) -> None:
        """Raises a challenge."""
        form = self.ask("Raise a challenge")
        self.desk.enter("Section", self.words.of(section), form)
        self.desk.enter("What do you challenge?", text, form)
        self.desk.send(self.desk.button("Raise the challenge", form))

    def answer(self, text: str) -> None:
        """Answers the one challenge."""
        form = self.ask("Answer")
        self.desk.enter(pgettext_lazy("noun", "Answer"), text, form)
        self.desk.send(self.desk.button("Save the answer", form))

    def settle(self, outcome: str) -> None:
        """Settles the one challenge."""
        form = self.ask("Settle")
        self.desk.enter("How it was settled", outcome, form)
        self.desk.send(self.desk.button("Settle the challenge", form))

    def fill_in_form(self, objection: str = "") -> None:
        """Answers the review form: blameless, or an objection."""
        form = self.ask("Your answer")
        choice = "No: I object" if objection else "Yes: no cause is a person"
        form.get_by_role("radio", name=self.words(choice)).check()
        if objection:
            self.desk.enter("What makes you say so", objection, form)
        self.desk.send(self.desk.button("Record my answer", form))

    def settle_objection(self) -> None:
        """Settles the one objection of a review form."""
        self.desk.send(self.desk.button("Settle the objection"))

    def step(self, transition: Transition) -> None:
        """Takes a step of the workflow."""
        self.desk.send(self.desk.button(TRANSITION_LABELS[transition]))

    def expect_state(self, state: State) -> None:
        """Waits until the page shows the post-mortem in that state."""
        bar = self.page.get_by_role("region", name=self.words.exactly("This post-mortem"))
        expect(bar.get_by_text(self.words.of(state), exact=True)).to_be_visible()

    def open_follow_up_desk(self) -> None:
        """Opens the lead's desk from the menu under the person's name."""
        self.page.locator("header").get_by_text(self.story.lead).click()
        self.desk.link("Follow-up desk").click()

    def accept_backlog(self, action: Action) -> None:
        """Accepts a long-term action as backlog."""
        name = f"{self.words('Accept as backlog')} {action.title}"
        self.desk.send(self.page.get_by_role("button", name=name, exact=True))

    def download(self) -> tuple[str, str]:
        """The exported file: its name and its text."""
        with self.page.expect_download() as download:
            self.desk.link("Download Markdown").click()
        return download.value.suggested_filename, download.value.path().read_text(encoding="utf-8")
