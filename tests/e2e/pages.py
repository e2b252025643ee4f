"""The pages as people find their way in them: by the words on labels, buttons and headings.

The words come from the catalogue, so that a test follows the interface's language.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext, override
from playwright.sync_api import Locator, Page, expect

from postmortems.domain.document import Language, Section
from postmortems.models.choices import LABELS

Browse = Callable[..., Page]
Text = str | Promise

LOCALES = {Language.FRENCH: "fr-FR", Language.ENGLISH: "en-GB"}
WORKING = 20_000
"""Milliseconds after which a page that answers nothing has failed, on a busy machine too."""


@dataclass(frozen=True, slots=True)
class Words:
    """What the interface says in a language, and patterns that find it in a page."""

    language: Language

    def __call__(self, text: Text, **values: object) -> str:
        """A message in the language, as labels write it: with a capital."""
        with override(self.language):
            found = gettext(text) if isinstance(text, str) else str(text)
        return str(capfirst(found % values if values else found))

    def of(self, member: object) -> str:
        """The label of a domain value."""
        return self(LABELS[member])  # type: ignore[index]

    def exactly(self, text: Text, **values: object) -> re.Pattern[str]:
        """The message whole, with or without the mark of an optional field."""
        return re.compile(rf"^\s*{_spaced(self(text, **values))}(\s+{_spaced(self.optional)})?\s*$")

    def start_of(self, text: Text, **values: object) -> re.Pattern[str]:
        """The message where something else may follow."""
        return re.compile(rf"^\s*{_spaced(self(text, **values))}")

    def around(self, text: Text) -> re.Pattern[str]:
        """A message with whatever stands in for its placeholders."""
        parts = re.split(r"%\(\w+\)[sd]", self(text))
        return re.compile(rf"^\s*{'.*'.join(map(_spaced, parts))}\s*$")

    @property
    def optional(self) -> str:
        """The mark of a field that may stay empty."""
        with override(self.language):
            return gettext("optional")


def _spaced(text: str) -> str:
    return r"\s+".join(map(re.escape, text.split()))


@dataclass(frozen=True, slots=True)
class Desk:
    """Somebody in front of a browser: their page, and the words of their language."""

    page: Page
    words: Words

    def button(self, name: Text, scope: Locator | None = None) -> Locator:
        """The button of that name, in the whole page or a part of it."""
        return (scope or self.page).get_by_role("button", name=self.words.exactly(name))

    def link(self, name: Text, scope: Locator | None = None) -> Locator:
        """The link of that name."""
        return (scope or self.page).get_by_role("link", name=self.words.exactly(name))

    def heading(self, name: Text, scope: Locator | None = None) -> Locator:
        """The heading of that name."""
        return (scope or self.page).get_by_role("heading", name=self.words.exactly(name))

    def field(self, name: Text, scope: Locator | None = None) -> Locator:
        """The control with that label."""
        return (scope or self.page).get_by_label(self.words.exactly(name))

    def enter(self, name: Text, value: object, scope: Locator | None = None) -> None:
        """Gives a control its value: a text, a date, or the words of a choice."""
        control = self.field(name, scope)
        if control.evaluate("control => control.matches('select')"):
            control.select_option(label=str(value))
        elif isinstance(value, date):
            control.fill(value.isoformat())
        else:
            control.fill(str(value))

    def group(self, name: Text) -> Locator:
        """The controls under one legend."""
        return self.page.get_by_role("group", name=self.words.exactly(name))

    def send(self, button: Locator) -> None:
        """Presses a button that answers with a page, and waits for that page."""
        with self.page.expect_navigation():
            button.click()

    def saved(self) -> None:
        """Waits until the page says that every text is saved."""
        mark = self.page.get_by_role("region", name=self.words.exactly("This post-mortem"))
        expect(mark.get_by_text(self.words.exactly("Saved"))).to_be_visible(timeout=WORKING)

    def write(self, texts: Mapping[str, str]) -> None:
        """Types texts into fields that save themselves, and waits until they have."""
        for name, text in texts.items():
            self.field(name).fill(text)
        self.saved()

    def to_section(self, section: Section) -> None:
        """Goes on to a section by the link at the foot of the one before it."""
        walk = self.page.get_by_role("navigation", name=self.words.exactly("Sections in order"))
        walk.locator("[rel=next]").click()
        self.expect_section(section)

    def expect_section(self, section: Section) -> None:
        """Waits for the page of a section."""
        expect(self.page.get_by_role("heading", level=2, name=self.words.of(section))).to_be_visible()

    def part(self, heading: Text) -> Locator:
        """The part of a section under a heading."""
        return self.page.locator(".part-list").filter(has=self.heading(heading))

    def adding(self, add: Text, scope: Locator) -> Locator:
        """The form, in a list, whose button adds to that list."""
        return scope.get_by_role("listitem").filter(has=self.button(add)).last

    def add(self, add: Text, scope: Locator, values: Mapping[str, object]) -> None:
        """Fills in a list's form, adds the row, and waits for it."""
        form = self.adding(add, scope)
        rows = self.page.locator(f"#{form.locator('xpath=..').get_attribute('id')} > li[id]")
        before = rows.count()
        for name, value in values.items():
            self.enter(name, value, form)
        self.button(add, form).click()
        expect(rows).to_have_count(before + 1, timeout=WORKING)
