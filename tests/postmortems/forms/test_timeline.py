"""What is typed into a timeline: a line, the fields of an event, a chat or a log."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.forms import BaseForm
from django.http import QueryDict

from postmortems.domain.document import Language, Milestone
from postmortems.forms.paste import EDITABLE_ROWS, PasteForm
from postmortems.forms.timeline import EventForm, QuickEntryForm
from postmortems.models import Postmortem, TimelineEvent
from tests.factories import PostmortemFactory

pytestmark = pytest.mark.django_db

SPRING, AUTUMN = "2026-03-29", "2026-10-25"


@pytest.fixture
def postmortem() -> Postmortem:
    """A post-mortem in Paris whose milestones are at 14:23, 14:35 and 15:10 of 1 March 2026."""
    found: Postmortem = PostmortemFactory(
        incident__zone="Europe/Paris",
        incident__started_at=datetime(2026, 3, 1, 13, 23, tzinfo=UTC),
        incident__detected_at=datetime(2026, 3, 1, 13, 35, tzinfo=UTC),
        incident__restored_at=datetime(2026, 3, 1, 14, 10, tzinfo=UTC),
    )
    return found


def said(form: BaseForm, field: str) -> str:
    """The errors of a field in one text."""
    return " ".join(map(str, form.errors[field]))


def quick(postmortem: Postmortem, line: str, day: str = "2026-03-01", **data: str) -> QuickEntryForm:
    return QuickEntryForm({"line": line, "day": day, **data}, postmortem=postmortem)


@pytest.mark.parametrize(
    ("line", "at", "text"),
    [
        ("14:42 on-call looks", datetime(2026, 3, 1, 13, 42, tzinfo=UTC), "on-call looks"),
        ("14h42 : on-call looks", datetime(2026, 3, 1, 13, 42, tzinfo=UTC), "on-call looks"),
        ("14:42:07 - on-call looks", datetime(2026, 3, 1, 13, 42, 7, tzinfo=UTC), "on-call looks"),
        ("2:42 pm on-call looks", datetime(2026, 3, 1, 13, 42, tzinfo=UTC), "on-call looks"),
        ("2026-03-02 09:00 review", datetime(2026, 3, 2, 8, 0, tzinfo=UTC), "review"),
        ("14:42Z on-call looks", datetime(2026, 3, 1, 14, 42, tzinfo=UTC), "on-call looks"),
        ("\u200f\u202a14:42 on-call looks", datetime(2026, 3, 1, 13, 42, tzinfo=UTC), "on-call looks"),
    ],
)
def test_a_line_is_read_by_the_documents_clocks(
    postmortem: Postmortem, line: str, at: datetime, text: str
) -> None:
    form = quick(postmortem, line)
    assert form.is_valid(), form.errors
    assert (form.event.at, form.event.text) == (at, text)


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("", "Begin with a time"),
        ("on-call looks", "No time stands at the beginning"),
        ("25:99 on-call looks", "No time stands at the beginning"),
        ("14:42", "Write what happened after the time"),
        ("14:42 " + "x" * 501, "501 characters; 500 are the most"),
        ("14:42 on\x00call", "Character 9 is an invisible control character (U+0000)"),
        ("14:42 on\ud800call", "Character 9 is an invisible control character (U+D800)"),
    ],
)
def test_a_line_that_cannot_be_an_event_says_why(postmortem: Postmortem, line: str, error: str) -> None:
    form = quick(postmortem, line)
    assert error in said(form, "line")


@pytest.mark.parametrize(
    ("day", "error"),
    [("", "Give the date"), ("soon", "This is not a date"), ("0001-01-01", "check the year")],
)
def test_a_date_that_cannot_be_says_why(postmortem: Postmortem, day: str, error: str) -> None:
    assert error in said(quick(postmortem, "14:42 x", day), "day")


def test_a_skipped_time_is_refused_with_its_neighbours(postmortem: Postmortem) -> None:
    error = said(quick(postmortem, "02:30 alarm", SPRING), "line")
    assert "from 01:59 to 03:00" in error


def test_a_time_that_occurs_twice_is_asked_about(postmortem: Postmortem) -> None:
    form = quick(postmortem, "02:30 alarm", AUTUMN)
    assert "occurs twice" in said(form, "line")
    assert [words for _fold, words in form.folds] == [
        "the first 02:30 (UTC+02:00)",
        "the second 02:30 (UTC+01:00)",
    ]
    for fold, hour in (("0", 0), ("1", 1)):
        chosen = quick(postmortem, "02:30 alarm", AUTUMN, fold=fold)
        assert chosen.is_valid()
        assert chosen.event.at == datetime(2026, 10, 25, hour, 30, tzinfo=UTC)


def test_a_doubtful_reading_is_told(postmortem: Postmortem) -> None:
    form = quick(postmortem, "Friday 1 March 2026 14:42 on-call looks")
    assert form.is_valid()
    assert "not on that weekday" in form.doubts[0]


def edit(postmortem: Postmortem, event: TimelineEvent | None = None, **changes: str) -> EventForm:
    values = {
        "day": "2026-03-01",
        "clock": "14:35",
        "zone": "Europe/Paris",
        "text": "An alert",
        "milestone": "",
        "source": "",
        "version": "1",
    }
    return EventForm({**values, **changes}, postmortem=postmortem, row=event)


def test_an_event_may_be_entered_by_the_clocks_of_another_zone(postmortem: Postmortem) -> None:
    form = edit(postmortem, clock="08:35:20", zone="america/new_york")
    assert form.is_valid(), form.errors
    assert form.instance.at == datetime(2026, 3, 1, 13, 35, 20, tzinfo=UTC)
    assert form.instance.zone == "America/New_York"


def test_the_form_of_such_an_event_shows_its_own_time_and_the_timelines(postmortem: Postmortem) -> None:
    event = TimelineEvent.objects.create(
        postmortem=postmortem, at=datetime(2026, 3, 1, 13, 35, tzinfo=UTC), zone="America/New_York", text="x"
    )
    html = EventForm(postmortem=postmortem, row=event).as_p()
    assert 'value="08:35:00"' in html
    assert "1 March 2026 14:35 in Europe/Paris" in html


@pytest.mark.parametrize(
    ("field", "value", "error"),
    [
        ("clock", "", "Give the time"),
        ("clock", "99:00", "This is not a time"),
        ("day", "31/31/2026", "This is not a date"),
        ("zone", "Mars/Olympus", "is not a time zone"),
        ("text", "", "required"),
        ("text", "x" * 501, "500 are the most"),
        ("text", "a\x07b", "control character"),
        ("source", "x" * 501, "500 are the most"),
        ("milestone", "party", "not one of the available choices"),
    ],
)
def test_a_field_that_is_wrong_says_why(postmortem: Postmortem, field: str, value: str, error: str) -> None:
    assert error in said(edit(postmortem, None, **{field: value}), field)


def test_an_event_keeps_its_own_milestone(postmortem: Postmortem) -> None:
    event = TimelineEvent.objects.get(milestone=Milestone.DETECTED)
    form = edit(postmortem, event, milestone="detected", text="Somebody calls")
    assert form.is_valid(), form.errors


def test_the_second_of_two_equal_times_stays_the_second_when_only_the_text_changes(
    postmortem: Postmortem,
) -> None:
    second = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    event = TimelineEvent.objects.create(postmortem=postmortem, at=second, zone="Europe/Paris", text="x")
    form = edit(postmortem, event, day=AUTUMN, clock="02:30:00", text="y")
    assert form.is_valid(), form.errors
    assert form.instance.at == second


def test_an_event_at_a_time_that_occurs_twice_is_asked_about(postmortem: Postmortem) -> None:
    form = edit(postmortem, day=AUTUMN, clock="02:30")
    assert "occurs twice" in said(form, "fold")
    chosen = edit(postmortem, day=AUTUMN, clock="02:30", fold="1")
    assert chosen.is_valid(), chosen.errors
    assert chosen.instance.at == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    assert "from 01:59 to 03:00" in said(edit(postmortem, day=SPRING, clock="02:30"), "clock")


def test_what_was_begun_in_the_one_line_form_goes_on_in_the_other(postmortem: Postmortem) -> None:
    form = EventForm(postmortem=postmortem, initial={"line": "14:42 on-call looks", "day": "2026-03-02"})
    html = form.as_p()
    assert 'value="2026-03-02"' in html
    assert 'value="14:42:00"' in html
    assert "on-call looks</textarea>" in html
    unread = EventForm(postmortem=postmortem, initial={"line": "on-call looks", "day": "tomorrow"})
    assert "on-call looks</textarea>" in unread.as_p()


def pasted(postmortem: Postmortem, text: str, **data: Any) -> PasteForm:
    query = QueryDict(mutable=True)
    query["text"] = text
    for name, value in data.items():
        query.setlist(name.replace("_", "-"), value if isinstance(value, list) else [value])
    form = PasteForm(query, postmortem=postmortem)
    assert form.is_valid(), form.errors
    return form


CHAT = "#ops\n14:41 first\nstill first\n14:42 second\n# Notes\nno time here"


def test_a_paste_becomes_rows_and_the_rest_stays_verbatim(postmortem: Postmortem) -> None:
    form = pasted(postmortem, CHAT)
    assert [(row.at, row.text) for row in form.rows] == [
        ("2026-03-01T14:41:00", "first still first"),
        ("2026-03-01T14:42:00", "second"),
    ]
    assert [line.text for line in form.result.unplaced] == ["#ops", "# Notes", "no time here"]
    assert form.note() == "    #ops\n    # Notes\n    no time here"


def test_lines_without_a_time_can_be_attached_to_the_row_above(postmortem: Postmortem) -> None:
    form = pasted(postmortem, CHAT, unplaced="attach")
    assert [event.text for event in form.events()] == [
        "first still first #ops",
        "second # Notes no time here",
    ]
    assert not form.note()


def test_a_corrected_row_is_added_as_corrected(postmortem: Postmortem) -> None:
    digest = pasted(postmortem, CHAT).digest
    form = pasted(
        postmortem,
        CHAT,
        digest=digest,
        keep=["0"],
        at_0="2026-03-01T15:00",
        text_0="first",
        source="#ops",
        unplaced="leave",
    )
    assert [(e.at, e.text, e.source) for e in form.events()] == [
        (datetime(2026, 3, 1, 14, 0, tzinfo=UTC), "first", "#ops")
    ]


def test_corrections_of_another_text_do_not_count(postmortem: Postmortem) -> None:
    digest = pasted(postmortem, CHAT).digest
    form = pasted(postmortem, CHAT + "\n14:50 third", digest=digest, keep=["0"], text_0="corrected")
    assert not form.corrected
    assert form.rows[0].text == "first still first"


@pytest.mark.parametrize(
    ("corrections", "error"),
    [
        ({"at_0": "yesterday"}, "This is not a date with a time"),
        ({"at_0": "0001-01-01T00:00"}, "check the year"),
        ({"at_0": f"{SPRING}T02:30"}, "from 01:59 to 03:00"),
        ({"at_0": f"{AUTUMN}T02:30"}, "occurs twice"),
        ({"text_0": " "}, "Write what happened"),
        ({"text_0": "x" * 501}, "500 are the most"),
        ({"text_0": "a\x00b"}, "control character"),
    ],
)
def test_a_wrong_correction_says_why_and_keeps_it(
    postmortem: Postmortem, corrections: dict[str, str], error: str
) -> None:
    digest = pasted(postmortem, "14:41 first").digest
    form = pasted(postmortem, "14:41 first", digest=digest, keep=["0"], **corrections)
    assert error in " ".join(form.rows[0].errors)
    assert {form.rows[0].at, form.rows[0].text} & set(corrections.values())


def test_a_pasted_time_that_occurs_twice_offers_both(postmortem: Postmortem) -> None:
    text = f"{AUTUMN} 02:30 alarm"
    form = pasted(postmortem, text)
    assert form.rows[0].fold == "0"
    assert len(form.rows[0].folds) == 2
    second = pasted(postmortem, text, digest=form.digest, keep=["0"], fold_0="1")
    assert second.events()[0].at == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


def test_a_paste_from_another_zone_shows_both_times(postmortem: Postmortem) -> None:
    row = pasted(postmortem, "14:41 first", zone="UTC").rows[0]
    assert (row.at, row.elsewhere) == ("2026-03-01T14:41:00", "2026-03-01 15:41 Europe/Paris")


def test_what_the_timeline_has_already_is_not_ticked(postmortem: Postmortem) -> None:
    form = pasted(postmortem, "14:35 The incident is detected\n14:36 new")
    assert [row.kept for row in form.rows] == [False, True]
    assert "already" in form.rows[0].doubts[0]


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("  \n ", "Paste the lines first"),
        ("14:41 ok\n14:42 a\x1b[31m", "Line 2: Character 8 is an invisible control character"),
        ("x" * 5_000_000, "1000000 are the most it may have"),
    ],
)
def test_a_paste_that_cannot_be_read_says_why(postmortem: Postmortem, text: str, error: str) -> None:
    form = PasteForm(QueryDict(mutable=True) | {"text": text}, postmortem=postmortem)
    assert error in said(form, "text")


def test_english_documents_doubt_dates_that_read_either_way(postmortem: Postmortem) -> None:
    postmortem.language = Language.ENGLISH
    row = pasted(postmortem, "03/04/2026 14:41 first").rows[0]
    assert "the other way round" in " ".join(row.doubts)


def test_many_rows_are_corrected_in_the_text(postmortem: Postmortem) -> None:
    text = "\n".join(f"14:41 row {n}" for n in range(EDITABLE_ROWS + 1))
    form = pasted(postmortem, text, day="2026-03-01")
    assert not form.editable
    again = pasted(postmortem, text, digest=form.digest, text_0="ignored")
    assert len(again.events()) == EDITABLE_ROWS + 1
    assert again.events()[0].at == datetime(2026, 3, 1, 13, 41, tzinfo=UTC)
    assert date(2026, 3, 1) == again.cleaned_data["day"]
