"""Writing the timeline: the section, one line, a chat or a log, and the chart that follows."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from postmortems.domain.document import EVENT_LIMIT, Milestone, State
from postmortems.models import Annex, Change, Postmortem, TimelineEvent, User
from tests.factories import postmortem_with_roles
from tests.factories.postmortems import Cast

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}
START = datetime(2026, 3, 1, 13, 23, tzinfo=UTC)
CHAT = "#ops\n14:41 first\nstill first\n14:42 second"


def cast_in_paris(**fields: Any) -> Cast:
    """Milestones at 14:23, 14:35 and 15:10 of 1 March 2026."""
    return postmortem_with_roles(
        incident__zone="Europe/Paris",
        incident__started_at=START,
        incident__detected_at=START + timedelta(minutes=12),
        incident__restored_at=START + timedelta(minutes=47),
        **fields,
    )


@pytest.fixture
def cast() -> Cast:
    """A draft whose incident was in Paris."""
    return cast_in_paris()


def url(name: str, postmortem: Postmortem) -> str:
    return reverse(f"postmortems:timeline-{name}", args=[postmortem.pk])


def typed_in(page: str, row: int) -> str:
    """The text of a pasted row."""
    found = re.search(rf'<textarea name="text-{row}"[^>]*>\n([^<]*)</textarea>', page)
    return found[1] if found else ""


def section(postmortem: Postmortem) -> str:
    return reverse("postmortems:section", args=[postmortem.pk, "timeline"])


def page_of(client: Client, cast: Cast) -> str:
    client.force_login(cast.author)
    return client.get(section(cast.postmortem)).content.decode()


def enter(client: Client, cast: Cast, line: str, *, htmx: bool = True, **data: str) -> Any:
    client.force_login(cast.author)
    return client.post(
        url("quick", cast.postmortem),
        {"line": line, "day": "2026-03-01", **data},
        headers=HTMX if htmx else {},
    )


def paste(client: Client, cast: Cast, text: str, **data: Any) -> Any:
    client.force_login(cast.author)
    return client.post(url("paste", cast.postmortem), {"text": text, **data})


def accept(client: Client, cast: Cast, text: str, **data: Any) -> Any:
    """Reads a paste, then adds its rows as they are unless ``data`` says otherwise."""
    preview = paste(client, cast, text).content.decode()
    found = re.search(r'name="digest" value="(\w+)"', preview)
    assert found
    keep = re.findall(r'name="keep" value="(\d+)" checked', preview)
    return paste(client, cast, text, **{"digest": found[1], "keep": keep, "add": "1", **data})


def texts(cast: Cast) -> list[str]:
    return list(
        TimelineEvent.objects.live().filter(postmortem=cast.postmortem).values_list("text", flat=True)
    )


def test_the_section_shows_the_chart_the_durations_and_the_rows_by_the_documents_clocks(
    client: Client, cast: Cast
) -> None:
    page = page_of(client, cast)
    assert "All times in Europe/Paris." in page
    assert "<svg" in page
    assert "47 min" in page
    assert "“Restored” minus “Start of impact”" in page
    rows = re.findall(r'<time class="row-time".*?</time>', page)
    assert [re.sub("<[^>]+>", "", row).split()[-1] for row in rows] == ["14:23", "14:35", "15:10"]


def test_the_date_stands_where_it_changes(client: Client, cast: Cast) -> None:
    enter(client, cast, "09:00 review", day="2026-03-02")
    page = page_of(client, cast)
    days = re.findall(r'<span class="row-day"( hidden)?>(.*?)</span>', page)
    assert [(day, not hidden) for hidden, day in days] == [
        ("Sun 1 March", True),
        ("Sun 1 March", False),
        ("Sun 1 March", False),
        ("Mon 2 March", True),
    ]


def test_a_french_weekday_is_abbreviated_as_in_french(client: Client, cast: Cast) -> None:
    User.objects.filter(pk=cast.author.pk).update(language="fr")
    assert ">dim. 1 mars</span>" in page_of(client, cast)


def test_a_finding_stands_at_its_row(client: Client, cast: Cast) -> None:
    page = page_of(client, cast)
    row = page[page.index('<p class="row-note') :]
    assert "Nothing is recorded for 35 min" in row[: row.index("</p>")]


def test_a_reason_is_asked_only_for_a_milestone_without_a_time(client: Client, cast: Cast) -> None:
    TimelineEvent.objects.filter(milestone=Milestone.DETECTED).update(milestone="")
    page = page_of(client, cast)
    assert "not computable: no time for “Detected”" in page
    asked = re.findall(r'data-unknown="(\w+)"( hidden)?', page)
    assert [(name, not hidden) for name, hidden in asked] == [
        ("start", False),
        ("detected", True),
        ("restored", False),
    ]


def test_an_event_entered_in_another_zone_shows_both_times(client: Client, cast: Cast) -> None:
    TimelineEvent.objects.filter(milestone=Milestone.DETECTED).update(zone="America/New_York")
    page = page_of(client, cast)
    assert "Entered as 08:35 America/New_York" in page


def test_both_times_of_the_repeated_hour_carry_their_offset(client: Client, cast: Cast) -> None:
    for fold in "01":
        enter(client, cast, "02:30 alarm", day="2026-10-25", fold=fold)
    page = page_of(client, cast)
    assert page.index("UTC+02:00</small>") < page.index("UTC+01:00</small>")


def test_an_empty_timeline_says_what_goes_there(client: Client, cast: Cast) -> None:
    TimelineEvent.objects.all().delete()
    page = page_of(client, cast)
    assert "What was the very first sign" in page


def test_a_reader_sees_the_rows_and_no_form(client: Client, cast: Cast) -> None:
    client.force_login(cast.reader)
    page = client.get(section(cast.postmortem)).content.decode()
    assert "The impact begins" in page
    assert url("quick", cast.postmortem) not in page


def test_a_line_becomes_a_row_and_the_form_is_ready_for_the_next(client: Client, cast: Cast) -> None:
    response = enter(client, cast, "14:42 on-call looks", milestone="responded")
    event = TimelineEvent.objects.get(milestone=Milestone.RESPONDED)
    assert event.at == datetime(2026, 3, 1, 13, 42, tzinfo=UTC)
    assert response.headers["HX-Trigger"] == '{"document-changed": {}}'
    html = response.content.decode()
    assert f'id="event-{event.pk}"' in html
    field = re.search(r'<textarea[^>]*name="line"[^>]*>([^<]*)', html)
    assert field
    assert "autofocus" in field[0]
    assert field[1].strip() == ""
    assert 'value="2026-03-01"' in html
    assert "Added: 1 March 2026 14:42 Europe/Paris (UTC+01:00)." in html
    assert Change.objects.filter(target=f"event-{event.pk}", user=cast.author).exists()


def test_the_next_line_goes_on_with_the_day_of_the_last_one(client: Client, cast: Cast) -> None:
    html = enter(client, cast, "2026-03-02 09:00 review").content.decode()
    assert 'name="day" value="2026-03-02"' in html
    assert 'name="day" value="2026-03-02"' in page_of(client, cast)
    fragment = client.get(url("quick", cast.postmortem), headers=HTMX).content.decode()
    assert 'name="day" value="2026-03-02"' in fragment


def test_the_source_of_a_line_is_kept_and_proposed_for_the_next(client: Client, cast: Cast) -> None:
    html = enter(client, cast, "14:42 on-call looks", source="#ops ").content.decode()
    assert TimelineEvent.objects.get(text="on-call looks").source == "#ops"
    assert re.search(r'name="source"[^>]* value="#ops"|value="#ops"[^>]* name="source"', html)
    assert '<option value="#ops">' in page_of(client, cast)
    refused = enter(client, cast, "14:43 next", source="s" * 501)
    assert refused.status_code == 422
    assert "501 characters; 500 are the most" in refused.content.decode()


def test_several_lines_without_script_are_read_as_a_paste_and_not_as_one_event(
    client: Client, cast: Cast
) -> None:
    response = enter(client, cast, "14:41 first\r\n14:42 second", htmx=False, source="#ops")
    page = response.content.decode()
    assert f'action="{url("paste", cast.postmortem)}"' in page
    assert typed_in(page, 0) == "first"
    assert typed_in(page, 1) == "second"
    assert 'value="#ops"' in page
    assert not TimelineEvent.objects.filter(text__contains="first").exists()


def test_without_script_a_line_leads_back_to_its_row(client: Client, cast: Cast) -> None:
    response = enter(client, cast, "Friday 2026-03-01 14:42 on-call looks", htmx=False)
    event = TimelineEvent.objects.get(text="on-call looks")
    assert response.status_code == 302
    assert response.headers["Location"] == f"{section(cast.postmortem)}#event-{event.pk}"
    assert "not on that weekday" in client.get(section(cast.postmortem)).content.decode()


@pytest.mark.parametrize("htmx", [True, False])
@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("on-call looks", "No time stands at the beginning"),
        ("14:42 " + "é" * 600, "600 characters; 500 are the most"),
        ("14:42 a\x00b <i>", "invisible control character (U+0000)"),
    ],
)
def test_a_line_that_cannot_be_read_is_kept_with_the_reason(
    client: Client, cast: Cast, line: str, error: str, htmx: bool
) -> None:
    response = enter(client, cast, line, htmx=htmx, milestone="resolved")
    assert response.status_code == 422
    page = response.content.decode()
    assert error in page
    assert f"{line.replace('<', '&lt;').replace('>', '&gt;')}</textarea>" in page
    assert '<option value="resolved" selected' in page
    assert ("<html" in page) is not htmx
    assert len(texts(cast)) == 3


def test_an_ambiguous_line_offers_both_times(client: Client, cast: Cast) -> None:
    response = enter(client, cast, "02:30 alarm", day="2026-10-25")
    assert response.status_code == 422
    page = response.content.decode()
    assert "the first 02:30 (UTC+02:00)" in page
    assert 'name="fold" value="1"' in page
    assert "02:30 alarm</textarea>" in page
    assert enter(client, cast, "02:30 alarm", day="2026-10-25", fold="1").status_code == 200


def test_a_future_event_is_added_and_found(client: Client, cast: Cast) -> None:
    tomorrow = timezone.now() + timedelta(days=1)
    assert enter(client, cast, "12:00 planned", day=f"{tomorrow:%Y-%m-%d}").status_code == 200
    head = client.get(url("strip", cast.postmortem), headers=HTMX).content.decode()
    assert "in the future" in head


def test_a_milestone_that_another_event_has_names_that_event(client: Client, cast: Cast) -> None:
    response = enter(client, cast, "14:42 alert", milestone="detected")
    assert response.status_code == 422
    page = response.content.decode()
    assert "“Detected” is already the event of 2026-03-01 14:35, “The incident is detected”" in page
    assert "14:42 alert</textarea>" in page
    assert len(texts(cast)) == 3


def test_a_full_timeline_says_its_limit_and_keeps_the_line(client: Client, cast: Cast) -> None:
    fill(cast.postmortem, EVENT_LIMIT - 3)
    response = enter(client, cast, "14:42 one more")
    assert response.status_code == 422
    page = response.content.decode()
    assert "already 2000 rows" in page
    assert "14:42 one more</textarea>" in page


@pytest.mark.parametrize("htmx", [True, False])
def test_what_the_state_refuses_is_kept_too(client: Client, htmx: bool) -> None:
    cast = cast_in_paris(state=State.CLOSED)
    response = enter(client, cast, "14:42 too late", htmx=htmx)
    assert response.status_code == 409
    page = response.content.decode()
    assert "“Closed”" in page
    assert "14:42 too late</textarea>" in page


def test_a_line_costs_nine_queries_however_many_rows_there_are(
    client: Client, cast: Cast, django_assert_max_num_queries: Any
) -> None:
    fill(cast.postmortem, 30)
    client.force_login(cast.author)
    with django_assert_max_num_queries(9):
        assert enter_again(client, cast).status_code == 200


def enter_again(client: Client, cast: Cast) -> Any:
    data = {"line": "14:42 on-call looks", "day": "2026-03-01"}
    return client.post(url("quick", cast.postmortem), data, headers=HTMX)


def fill(postmortem: Postmortem, count: int) -> None:
    TimelineEvent.objects.bulk_create(
        TimelineEvent(postmortem=postmortem, at=START, text=f"row {n}") for n in range(count)
    )


def test_a_paste_is_shown_before_anything_is_added(client: Client, cast: Cast) -> None:
    response = paste(client, cast, CHAT)
    assert response.status_code == 200
    page = response.content.decode()
    assert 'name="at-0" value="2026-03-01T14:41:00"' in page
    assert typed_in(page, 0) == "first still first"
    assert "1 line without a time" in page
    assert "#ops\n" in page
    assert len(texts(cast)) == 3


def test_accepted_rows_are_added_together_with_a_note_of_the_rest(client: Client, cast: Cast) -> None:
    response = accept(client, cast, CHAT, source="#ops channel")
    assert response.status_code == 302
    assert response.headers["Location"] == section(cast.postmortem)
    assert "2 events added." in client.get(section(cast.postmortem)).content.decode()
    event = TimelineEvent.objects.get(text="first still first")
    assert (event.at, event.source) == (datetime(2026, 3, 1, 13, 41, tzinfo=UTC), "#ops channel")
    assert Annex.objects.get(postmortem=cast.postmortem).body.strip() == "#ops"


def test_unticked_rows_are_left_out_and_corrections_count(client: Client, cast: Cast) -> None:
    accept(
        client,
        cast,
        CHAT,
        keep=["1"],
        unplaced="leave",
        **{"text-1": "the second", "at-1": "2026-03-01T14:50"},
    )
    assert "the second" in texts(cast)
    assert not [text for text in texts(cast) if text.startswith("first")]
    assert TimelineEvent.objects.get(text="the second").at == datetime(2026, 3, 1, 13, 50, tzinfo=UTC)
    assert not Annex.objects.exists()


def test_one_wrong_row_and_nothing_is_added(client: Client, cast: Cast) -> None:
    response = accept(client, cast, CHAT, **{"text-1": "x" * 501})
    assert response.status_code == 422
    page = response.content.decode()
    assert "1 row needs a correction. Nothing was added yet." in page
    assert "x" * 501 in page
    assert len(texts(cast)) == 3


def test_no_row_and_nothing_is_added(client: Client, cast: Cast) -> None:
    assert "No row is chosen." in accept(client, cast, CHAT, keep=[]).content.decode()


def test_a_text_changed_after_its_preview_is_shown_again(client: Client, cast: Cast) -> None:
    response = paste(client, cast, "14:50 third", digest="0" * 64, keep=["0"], add="1")
    assert response.status_code == 200
    assert typed_in(response.content.decode(), 0) == "third"
    assert len(texts(cast)) == 3


@pytest.mark.parametrize(
    ("data", "error"),
    [
        ({"text": ""}, "Paste the lines first."),
        ({"text": "nothing with a time"}, "No line begins with a time"),
        ({"text": "14:41 a\x00b"}, "Line 1: Character 8 is an invisible control character"),
        ({"text": "14:41 a", "day": "soon"}, "This is not a date."),
        ({"text": "14:41 a", "zone": "Mars"}, "is not a time zone"),
        ({"text": "14:41 a", "source": "s" * 501}, "500 are the most"),
        ({"text": "14:41 a", "unplaced": "burn"}, "not one of the available choices"),
    ],
)
def test_a_paste_that_cannot_be_read_is_kept_with_the_reason(
    client: Client, cast: Cast, data: dict[str, str], error: str
) -> None:
    client.force_login(cast.author)
    response = client.post(url("paste", cast.postmortem), data)
    assert response.status_code == 422
    page = response.content.decode()
    assert error in page
    assert data["text"] in page


def test_two_thousand_lines_are_too_many_for_a_timeline_that_has_some(client: Client, cast: Cast) -> None:
    text = "\n".join(f"14:41 row {n}" for n in range(3_000))
    response = accept(client, cast, text)
    assert response.status_code == 422
    page = response.content.decode()
    assert "These are 3000 rows; a timeline has 2000 at most, and this one 3 already. Leave 1003 out." in page
    assert "14:41 row 2999" in page
    assert len(texts(cast)) == 3


def test_as_many_lines_as_a_timeline_may_have_are_added(client: Client, cast: Cast) -> None:
    text = "\n".join(f"14:41 row {n}" for n in range(EVENT_LIMIT - 3))
    assert "Add 1997 events" in paste(client, cast, text).content.decode()
    assert accept(client, cast, text).status_code == 302
    assert len(texts(cast)) == EVENT_LIMIT


def test_five_megabytes_are_refused_and_kept(client: Client, cast: Cast) -> None:
    response = paste(client, cast, "14:41 row\n" * 500_000)
    assert response.status_code == 422
    page = response.content.decode()
    assert "1000000 are the most it may have" in page
    assert page.count("14:41 row\n") > 499_000


def test_a_paste_that_the_state_refuses_is_kept(client: Client) -> None:
    cast = cast_in_paris(state=State.CLOSED)
    response = paste(client, cast, CHAT)
    assert response.status_code == 409
    assert "still first" in response.content.decode()


def test_the_chart_follows_the_rows(client: Client, cast: Cast) -> None:
    client.force_login(cast.reader)
    head = client.get(url("strip", cast.postmortem), headers=HTMX)
    assert head.status_code == 200
    assert "<svg" in head.content.decode()
    assert 'data-found="start detected restored"' in head.content.decode()
    TimelineEvent.objects.all().delete()
    empty = client.get(url("strip", cast.postmortem), headers=HTMX).content.decode()
    assert "<svg" not in empty
    assert "not computable" in empty


def test_the_chart_alone_is_no_page(client: Client, cast: Cast) -> None:
    client.force_login(cast.author)
    response = client.get(url("strip", cast.postmortem))
    assert response.headers["Location"] == section(cast.postmortem)


READ = ["strip"]
WRITE = ["quick", "paste"]


@pytest.mark.parametrize("name", READ + WRITE)
def test_to_a_stranger_a_restricted_timeline_does_not_exist(client: Client, name: str) -> None:
    cast = cast_in_paris(visibility=Postmortem.RESTRICTED)
    client.force_login(cast.outsider)
    assert client.get(url(name, cast.postmortem)).status_code == 404
    if name in WRITE:
        assert client.post(url(name, cast.postmortem), {"line": "14:42 x"}).status_code == 404


@pytest.mark.parametrize("name", WRITE)
def test_a_reader_cannot_write(client: Client, cast: Cast, name: str) -> None:
    client.force_login(cast.reader)
    data = {"line": "14:42 x", "day": "2026-03-01", "text": CHAT}
    assert client.get(url(name, cast.postmortem)).status_code == 403
    assert client.post(url(name, cast.postmortem), data).status_code == 403
    assert len(texts(cast)) == 3


@pytest.mark.parametrize("name", READ + WRITE)
def test_there_is_nothing_at_an_unknown_address(client: Client, person: User, name: str) -> None:
    client.force_login(person)
    assert client.get(reverse(f"postmortems:timeline-{name}", args=["a" * 12])).status_code == 404


@pytest.mark.parametrize(("name", "method"), [("strip", "post"), ("quick", "put"), ("paste", "delete")])
def test_other_methods_are_not_allowed(client: Client, cast: Cast, name: str, method: str) -> None:
    client.force_login(cast.author)
    assert getattr(client, method)(url(name, cast.postmortem)).status_code == 405


def test_an_event_is_edited_where_it_stands(client: Client, cast: Cast) -> None:
    event = TimelineEvent.objects.get(milestone=Milestone.DETECTED)
    address = reverse("postmortems:row-edit", args=[cast.postmortem.pk, "event", event.pk])
    client.force_login(cast.author)
    form = client.get(address, headers=HTMX).content.decode()
    assert 'value="14:35:00"' in form
    data = {
        "day": "2026-03-01",
        "clock": "14:38",
        "zone": "Europe/Paris",
        "text": "A user reports a blocked order",
        "milestone": "detected",
        "source": "Support",
        "version": "1",
    }
    response = client.post(address, data, headers=HTMX)
    assert response.status_code == 200
    assert "14:38" in response.content.decode()
    event.refresh_from_db()
    assert event.at == datetime(2026, 3, 1, 13, 38, tzinfo=UTC)
    cast.postmortem.incident.refresh_from_db()
    assert cast.postmortem.incident.detected_at == event.at
    stale = client.post(address, {**data, "clock": "14:40"}, headers=HTMX)
    assert stale.status_code == 409
    assert "1 March 2026 14:38" in stale.content.decode()
