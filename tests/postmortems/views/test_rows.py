"""Adding, editing, moving, deleting and restoring rows through the pages."""

import html
import io
import json
import re

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from PIL import Image
from pytest_django.fixtures import DjangoAssertNumQueries

from actions.models import CorrectiveAction
from postmortems.domain.document import State
from postmortems.domain.markdown.render import render
from postmortems.forms.rows import row_form
from postmortems.forms.timeline import EventForm
from postmortems.models import (
    ROW_KINDS,
    Annex,
    Change,
    ContributingFactor,
    ImpactMetric,
    Lesson,
    Postmortem,
    Row,
    TimelineEvent,
    Why,
    WhyChain,
)
from postmortems.selectors.document import load_document
from postmortems.services.rows import add_row, delete_row
from tests.factories import Cast, complete_postmortem, postmortem_with_roles

HTMX = {"HX-Request": "true"}
METRIC = {"label": "Orders lost", "value": "312", "source": "Order database"}


@pytest.fixture
def cast(db: None) -> Cast:
    return postmortem_with_roles()


def address(row: Row | None, postmortem: Postmortem, act: str, kind: str = "metric") -> str:
    base = f"/postmortems/{postmortem.pk}/rows/{row.kind if row else kind}/"
    return f"{base}{row.pk}/{act}" if row else f"{base}{act}"


def metric(cast: Cast, label: str = "Orders lost") -> ImpactMetric:
    row = ImpactMetric(postmortem=cast.postmortem, label=label, value="312")
    add_row(row, actor=cast.author)
    return row


def labels(cast: Cast) -> list[str]:
    return [row.label for row in ImpactMetric.objects.live().filter(postmortem=cast.postmortem)]


def signed_in(client: Client, cast: Cast, who: str = "participant") -> Client:
    client.force_login(getattr(cast, who))
    return client


def test_without_script_adding_leads_to_the_row_in_its_section(client: Client, cast: Cast) -> None:
    response = signed_in(client, cast).post(address(None, cast.postmortem, "add/"), METRIC)
    row = ImpactMetric.objects.get(postmortem=cast.postmortem)
    assert response.status_code == 302
    assert response["Location"] == f"/postmortems/{cast.postmortem.pk}/edit/impact/#metric-{row.pk}"
    assert (row.label, row.value, row.source) == ("Orders lost", "312", "Order database")


def test_with_script_adding_answers_with_the_row_and_the_next_form(client: Client, cast: Cast) -> None:
    response = signed_in(client, cast).post(address(None, cast.postmortem, "add/"), METRIC, headers=HTMX)
    row = ImpactMetric.objects.get(postmortem=cast.postmortem)
    page = response.content.decode()
    assert response.status_code == 200
    assert page.index(f'id="metric-{row.pk}"') < page.index('class="row add"')
    assert "document-changed" in response["HX-Trigger"]
    assert "autofocus" in page.partition('class="row add"')[2]


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["plain", "htmx"])
def test_a_refused_row_keeps_what_was_typed_beside_the_reason(
    client: Client, cast: Cast, headers: dict[str, str]
) -> None:
    typed = {"label": "Kept label", "value": "a\x07b", "source": "s" * 501}
    response = signed_in(client, cast).post(address(None, cast.postmortem, "add/"), typed, headers=headers)
    page = response.content.decode()
    assert response.status_code == 422
    assert "Kept label" in page
    assert "s" * 501 in page
    assert "Character 2 is an invisible control character (U+0007)" in page
    assert "501 characters; 500 are the most" in page
    assert labels(cast) == []


def test_over_the_limit_of_rows_the_text_stays_and_the_limit_is_told(
    client: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    metric(cast)
    monkeypatch.setattr(ImpactMetric, "limit", 1)
    response = signed_in(client, cast).post(
        address(None, cast.postmortem, "add/"), {**METRIC, "label": "One more"}, headers=HTMX
    )
    assert response.status_code == 422
    assert "at most 1 rows" in response.content.decode()
    assert "One more" in response.content.decode()


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["plain", "htmx"])
def test_the_form_of_a_row_holds_its_values(client: Client, cast: Cast, headers: dict[str, str]) -> None:
    row = metric(cast, "Baskets abandoned")
    response = signed_in(client, cast).get(address(row, cast.postmortem, "edit/"), headers=headers)
    page = response.content.decode()
    assert 'value="Baskets abandoned"' in page
    assert ("<html" in page) is not bool(headers)


def test_an_edit_is_saved_and_the_row_comes_back_in_place(client: Client, cast: Cast) -> None:
    row = metric(cast)
    act = address(row, cast.postmortem, "edit/")
    answer = signed_in(client, cast).post(act, {**METRIC, "value": "313", "version": 1}, headers=HTMX)
    row.refresh_from_db()
    assert (answer.status_code, row.value, row.version) == (200, "313", 2)
    assert f'id="metric-{row.pk}"' in answer.content.decode()
    assert "document-changed" in answer["HX-Trigger"]
    plain = client.post(act, {**METRIC, "value": "314", "version": 2})
    assert (plain.status_code, plain["Location"].endswith(f"/edit/impact/#metric-{row.pk}")) == (302, True)


def test_a_save_costs_nine_queries(
    client: Client, cast: Cast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    row = metric(cast)
    signed_in(client, cast)
    for version, headers in ((1, HTMX), (2, {})):
        with django_assert_num_queries(9):
            client.post(
                address(row, cast.postmortem, "edit/"),
                {**METRIC, "value": f"v{version}", "version": version},
                headers=headers,
            )


@pytest.mark.django_db
@pytest.mark.parametrize("kind", sorted(ROW_KINDS.keys() - {"annex", "diagram", "recommendation"}))
def test_saving_any_row_stays_within_nine_queries(client: Client, kind: str) -> None:
    """Those that begin and end transactions aside, which depend on where a test runs."""
    cast = complete_postmortem()
    row = row_form(kind).stored(cast.postmortem).filter(deleted_at__isnull=True)[0]
    row.postmortem = cast.postmortem
    form = row_form(kind)(postmortem=cast.postmortem, row=row)
    data = {field.html_name: "" if field.value() is None else field.value() for field in form}
    words = next(
        name for name in ("text", "title", "label", "question", "factor", "stop_reason") if name in data
    )
    signed_in(client, cast)
    with CaptureQueriesContext(connection) as captured:
        answer = client.post(
            address(row, cast.postmortem, "edit/"), {**data, words: "Reworded"}, headers=HTMX
        )
    asked = [query for query in captured if not query["sql"].startswith(("SAVEPOINT", "RELEASE"))]
    row.refresh_from_db()
    assert (answer.status_code, getattr(row, words)) == (200, "Reworded")
    assert len(asked) <= 9, asked


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["plain", "htmx"])
def test_two_people_saving_one_row_see_both_versions(
    client: Client, cast: Cast, headers: dict[str, str]
) -> None:
    row = metric(cast)
    act = address(row, cast.postmortem, "edit/")
    signed_in(client, cast, "author").post(act, {**METRIC, "value": "theirs", "version": 1})
    answer = signed_in(client, cast).post(act, {**METRIC, "value": "mine", "version": 1}, headers=headers)
    page = answer.content.decode()
    row.refresh_from_db()
    assert (answer.status_code, row.value) == (409, "theirs")
    assert "theirs" in page
    assert 'value="mine"' in page
    assert 'name="version" value="2"' in page
    client.post(act, {**METRIC, "value": "mine", "version": 2})
    row.refresh_from_db()
    assert row.value == "mine"


def test_an_edit_of_a_row_deleted_meanwhile_can_bring_it_back(client: Client, cast: Cast) -> None:
    row = metric(cast)
    delete_row(row, actor=cast.author)
    act = address(row, cast.postmortem, "edit/")
    answer = signed_in(client, cast).post(act, {**METRIC, "value": "mine", "version": 1}, headers=HTMX)
    assert answer.status_code == 409
    assert 'value="mine"' in answer.content.decode()
    assert 'name="restore"' in answer.content.decode()
    client.post(act, {**METRIC, "value": "mine", "version": 1, "restore": 1}, headers=HTMX)
    row.refresh_from_db()
    assert (row.deleted_at, row.value) == (None, "mine")


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["plain", "htmx"])
def test_a_deleted_row_stays_deleted_when_what_was_typed_is_refused(
    client: Client, cast: Cast, headers: dict[str, str]
) -> None:
    row = metric(cast)
    delete_row(row, actor=cast.author)
    changes = Change.objects.count()
    typed = {**METRIC, "value": "a\x07b", "version": 1, "restore": 1}
    act = address(row, cast.postmortem, "edit/")

    answer = signed_in(client, cast).post(act, typed, headers=headers)

    assert answer.status_code == 422
    assert 'name="restore"' in answer.content.decode()
    assert (labels(cast), Change.objects.count()) == ([], changes)
    client.post(act, {**typed, "value": "mended"}, headers=headers)
    row.refresh_from_db()
    assert (row.deleted_at, row.value) == (None, "mended")


def test_a_deleted_event_stays_deleted_when_its_milestone_is_taken(client: Client, cast: Cast) -> None:
    """What only the save finds out undoes the restoring, too."""
    event = TimelineEvent.objects.get(postmortem=cast.postmortem, milestone="restored")
    delete_row(event, actor=cast.author)
    form = EventForm(postmortem=cast.postmortem, row=event)
    typed = {name: form[name].value() or "" for name in form.fields}
    changes = Change.objects.count()

    answer = signed_in(client, cast).post(
        address(event, cast.postmortem, "edit/"), {**typed, "milestone": "detected", "restore": 1}
    )

    assert answer.status_code == 422
    event.refresh_from_db()
    assert event.deleted_at
    assert Change.objects.count() == changes


def test_a_deleted_chain_comes_back_with_what_was_typed(client: Client, cast: Cast) -> None:
    chain = WhyChain(postmortem=cast.postmortem)
    add_row(chain, actor=cast.author)
    factor = ContributingFactor(postmortem=cast.postmortem, factor="No alert")
    add_row(factor, actor=cast.author)
    delete_row(chain, actor=cast.author)

    answer = signed_in(client, cast).post(
        address(chain, cast.postmortem, "edit/"),
        {"stop_reason": "", "leads_to": factor.ref, "version": 1, "restore": 1},
        headers=HTMX,
    )

    assert answer.status_code == 200
    chain.refresh_from_db()
    assert (chain.deleted_at, chain.factor) == (None, factor)


def test_moving_by_one_and_to_a_place(client: Client, cast: Cast) -> None:
    first, second, third = (metric(cast, label) for label in "abc")
    signed_in(client, cast)
    answer = client.post(address(first, cast.postmortem, "move/"), {"by": 1}, headers=HTMX)
    assert labels(cast) == ["b", "a", "c"]
    assert answer.status_code == 204
    assert f'"after": "metric-{second.pk}"' in answer["HX-Trigger"]
    plain = client.post(address(third, cast.postmortem, "move/"), {"to": 0})
    assert labels(cast) == ["c", "b", "a"]
    assert plain["Location"].endswith(f"#metric-{third.pk}")
    client.post(address(third, cast.postmortem, "move/"), {"by": -1})
    assert labels(cast) == ["c", "b", "a"]


@pytest.mark.parametrize("values", [{}, {"to": "x"}, {"by": ""}])
def test_a_move_to_nowhere_is_refused(client: Client, cast: Cast, values: dict[str, str]) -> None:
    row = metric(cast)
    assert signed_in(client, cast).post(address(row, cast.postmortem, "move/"), values).status_code == 422


def test_a_deleted_row_leaves_an_undo_in_its_place(client: Client, cast: Cast) -> None:
    row = metric(cast)
    answer = signed_in(client, cast).post(address(row, cast.postmortem, "delete/"), headers=HTMX)
    assert labels(cast) == []
    assert f'id="metric-{row.pk}"' in answer.content.decode()
    assert address(row, cast.postmortem, "restore/") in answer.content.decode()
    back = client.post(address(row, cast.postmortem, "restore/"), headers=HTMX)
    assert labels(cast) == ["Orders lost"]
    assert "Orders lost" in back.content.decode()


def test_without_script_the_section_offers_the_undo(client: Client, cast: Cast) -> None:
    row = metric(cast)
    page = signed_in(client, cast).post(address(row, cast.postmortem, "delete/"), follow=True)
    assert address(row, cast.postmortem, "restore/") in page.content.decode()
    left = f"/postmortems/{cast.postmortem.pk}/edit/impact/?deleted=metric-{row.pk}"
    assert "restore/" not in signed_in(client, cast, "reader").get(left).content.decode()
    signed_in(client, cast)
    back = client.post(address(row, cast.postmortem, "restore/"))
    assert back["Location"].endswith(f"/edit/impact/#metric-{row.pk}")
    assert labels(cast) == ["Orders lost"]


def test_a_row_shows_alone_or_leads_to_its_section(client: Client, cast: Cast) -> None:
    row = metric(cast)
    signed_in(client, cast, "reader")
    fragment = client.get(address(row, cast.postmortem, ""), headers=HTMX)
    assert "Orders lost" in fragment.content.decode()
    assert "<button" not in fragment.content.decode()
    assert client.get(address(row, cast.postmortem, ""))["Location"].endswith(f"#metric-{row.pk}")


ACTS = ("edit/", "move/", "delete/", "restore/")


@pytest.mark.parametrize("act", ["add/", *ACTS])
def test_readers_write_nothing(client: Client, cast: Cast, act: str) -> None:
    row = None if act == "add/" else metric(cast)
    answer = signed_in(client, cast, "reader").post(
        address(row, cast.postmortem, act), {**METRIC, "version": 1, "by": 1}
    )
    assert answer.status_code == 403


@pytest.mark.parametrize("act", ["add/", "", *ACTS])
def test_a_restricted_post_mortem_does_not_exist_for_strangers(client: Client, db: None, act: str) -> None:
    cast = postmortem_with_roles(visibility=Postmortem.RESTRICTED)
    row = None if act == "add/" else metric(cast)
    signed_in(client, cast, "outsider")
    url = address(row, cast.postmortem, act)
    answer = client.get(url) if act == "" else client.post(url, METRIC)
    assert answer.status_code == 404


@pytest.mark.parametrize("act", ACTS)
def test_a_row_is_found_only_under_its_own_post_mortem(client: Client, cast: Cast, act: str) -> None:
    row, other = metric(cast), postmortem_with_roles()
    signed_in(client, other)
    assert client.post(address(row, other.postmortem, act), {**METRIC, "by": 1}).status_code == 404


def test_unknown_kinds_and_deleted_rows_are_not_found(client: Client, cast: Cast) -> None:
    row = metric(cast)
    delete_row(row, actor=cast.author)
    signed_in(client, cast)
    assert client.post(address(None, cast.postmortem, "add/", kind="poem"), METRIC).status_code == 404
    assert client.get(address(row, cast.postmortem, "")).status_code == 404
    assert client.get(address(row, cast.postmortem, "edit/")).status_code == 404
    assert client.post(address(row, cast.postmortem, "move/"), {"by": 1}).status_code == 404
    assert client.post(address(row, cast.postmortem, "delete/")).status_code == 404


@pytest.mark.parametrize("act", ["move/", "delete/", "restore/"])
def test_reading_changes_nothing(client: Client, cast: Cast, act: str) -> None:
    row = metric(cast)
    assert signed_in(client, cast).get(address(row, cast.postmortem, act)).status_code == 405


def test_a_validated_post_mortem_says_so_and_keeps_the_text(client: Client, cast: Cast) -> None:
    row = metric(cast)
    Postmortem.objects.filter(pk=cast.postmortem.pk).update(state=State.VALIDATED)
    signed_in(client, cast)
    answers = [
        client.post(address(None, cast.postmortem, "add/"), {**METRIC, "label": "Too late"}, headers=HTMX),
        client.post(
            address(row, cast.postmortem, "edit/"),
            {**METRIC, "label": "Too late", "version": 1},
            headers=HTMX,
        ),
    ]
    for answer in answers:
        assert answer.status_code == 409
        assert "Validated, actions in progress" in answer.content.decode()
        assert 'value="Too late"' in answer.content.decode()
    for headers in ({}, HTMX):
        answer = client.post(address(row, cast.postmortem, "delete/"), headers=headers)
        assert answer.status_code == 409
        assert "Validated, actions in progress" in answer.content.decode()
    assert labels(cast) == ["Orders lost"]


def test_a_lesson_stays_in_the_list_where_it_was_added_and_may_change_it(client: Client, cast: Cast) -> None:
    signed_in(client, cast)
    add = address(None, cast.postmortem, "add/", kind="lesson")
    answer = client.post(add, {"list": "lucky", "title": "It was noon"}, headers=HTMX)
    lesson = Lesson.objects.get(postmortem=cast.postmortem)
    assert lesson.list == "lucky"
    assert 'name="list" value="lucky"' in answer.content.decode()
    moved = client.post(
        address(lesson, cast.postmortem, "edit/"),
        {"list": "well", "title": "It was noon", "version": 1},
        headers=HTMX,
    )
    assert '"list": "rows-lesson-well"' in moved["HX-Trigger-After-Swap"]
    page = client.get(f"/postmortems/{cast.postmortem.pk}/edit/lessons/").content.decode()
    well = page.partition('id="rows-lesson-well"')[2].partition("</ol>")[0]
    assert "It was noon" in well


def why(cast: Cast, client: Client, chain: WhyChain, answer: str) -> HttpResponse:
    form = client.get(
        address(None, cast.postmortem, f"add/?chain={chain.pk}&open=1", kind="why"), headers=HTMX
    ).content.decode()
    question = re.search(r'name="question"[^>]*>\n([^<]*)<', form)
    assert question
    response = client.post(
        address(None, cast.postmortem, "add/", kind="why"),
        {"chain": chain.pk, "question": html.unescape(question[1]), "answer": answer},
        headers=HTMX,
    )
    assert isinstance(response, HttpResponse)
    return response


def test_each_why_asks_about_the_answer_before_it(client: Client, cast: Cast) -> None:
    signed_in(client, cast)
    created = client.post(address(None, cast.postmortem, "add/", kind="chain"), headers=HTMX)
    chain = WhyChain.objects.get(postmortem=cast.postmortem)
    title = cast.postmortem.incident.title
    assert f"Why did “{title}” happen?" in html.unescape(created.content.decode())
    assert "0 of 5" in created.content.decode()
    why(cast, client, chain, "The queue was full.")
    second = why(cast, client, chain, "Nothing watched it")
    assert "“Nothing watched it”: why?" in html.unescape(second.content.decode())
    assert '"progress": "2 of 5"' in second["HX-Trigger-After-Swap"]
    last = Why.objects.filter(chain=chain)[1]
    assert last.question == "“The queue was full”: why?"
    gone = client.post(address(last, cast.postmortem, "delete/"), headers=HTMX)
    assert '"progress": "1 of 5"' in gone["HX-Trigger-After-Swap"]
    asked = json.loads(gone["HX-Trigger-After-Swap"])["why-asked"]
    assert asked["question"] == "“The queue was full”: why?"


def test_five_answers_do_not_prompt_for_a_sixth_but_allow_one(client: Client, cast: Cast) -> None:
    signed_in(client, cast)
    chain = WhyChain.objects.create(postmortem=cast.postmortem)
    for number in range(5):
        answered = why(cast, client, chain, f"Answer {number}").content.decode()
        assert ('name="answer"' in answered) == (number < 4)
    opening = f"{address(None, cast.postmortem, 'add/', kind='why')}?chain={chain.pk}&open=1"
    assert opening in html.unescape(answered)
    assert "Ask another why" in answered
    assert answered.count("autofocus") == 1
    opened = client.get(opening, headers=HTMX).content.decode()
    assert "“Answer 4”: why?" in html.unescape(opened)
    assert 'name="answer"' in opened
    assert html.escape(opening.removesuffix("&open=1")) in opened
    assert "6 answers" in why(cast, client, chain, "Answer 5")["HX-Trigger-After-Swap"]


def test_a_why_goes_into_a_chain_of_its_own_post_mortem_only(client: Client, cast: Cast) -> None:
    stranger = WhyChain(postmortem=postmortem_with_roles().postmortem)
    add_row(stranger, actor=cast.author)
    answer = signed_in(client, cast).post(
        address(None, cast.postmortem, "add/", kind="why"),
        {"chain": stranger.pk, "question": "Why?", "answer": "kept"},
    )
    assert answer.status_code == 422
    assert "kept" in answer.content.decode()
    assert not Why.objects.exists()


def test_the_end_of_a_chain_leads_to_a_factor_then_to_an_action(client: Client, cast: Cast) -> None:
    signed_in(client, cast)
    chain = WhyChain(postmortem=cast.postmortem)
    factor = ContributingFactor(postmortem=cast.postmortem, factor="No alert")
    action = CorrectiveAction(postmortem=cast.postmortem, horizon="short", title="Add an alert")
    for row in (chain, factor, action):
        add_row(row, actor=cast.author)
    act = address(chain, cast.postmortem, "edit/")
    values = {"stop_reason": "Known", "version": 1, "leads_to": f"factor-{factor.pk}"}
    answer = client.post(act, values, headers=HTMX)
    chain.refresh_from_db()
    assert (chain.stop_reason, chain.factor_id) == ("Known", factor.pk)
    assert f'value="factor-{factor.pk}" selected' in answer.content.decode()
    values = {"stop_reason": "Known", "version": 2, "leads_to": f"action-{action.pk}"}
    client.post(act, values, headers=HTMX)
    chain.refresh_from_db()
    action.refresh_from_db()
    assert (chain.factor_id, action.chain_id) == (None, chain.pk)


@pytest.mark.parametrize(
    ("kind", "asked", "not_asked"),
    [
        ("log", {"title", "body"}, {"url", "label", "upload", "outcome"}),
        ("link", {"title", "label", "url"}, {"body", "upload", "outcome"}),
        ("image", {"title", "label", "upload"}, {"body", "url", "outcome"}),
        ("note", {"title", "body"}, {"url", "label", "upload", "outcome"}),
        ("related", {"title", "url"}, {"body", "label", "upload", "outcome"}),
        ("testimony", {"title", "label", "body"}, {"url", "upload", "outcome"}),
        ("runbook", {"title", "url", "upload", "outcome", "body"}, {"label"}),
    ],
)
def test_an_annex_asks_for_what_its_kind_needs(
    client: Client, cast: Cast, kind: str, asked: set[str], not_asked: set[str]
) -> None:
    signed_in(client, cast)
    add = address(None, cast.postmortem, "add/", kind="annex")
    assert f"{add}?type={kind}" in client.get(add).content.decode()
    page = client.get(f"{add}?type={kind}", headers=HTMX).content.decode()
    assert all(f'name="{name}"' in page for name in asked)
    assert not any(f'name="{name}"' in page for name in not_asked)


def test_a_log_is_kept_as_it_is(client: Client, cast: Cast) -> None:
    signed_in(client, cast).post(
        address(None, cast.postmortem, "add/", kind="annex"),
        {"type": "log", "title": "Gateway", "body": "    indented\n  <b>&amp;\n"},
    )
    assert Annex.objects.get().body == "    indented\n  <b>&amp;"


@pytest.mark.parametrize("url", ["javascript:alert(1)", "ftp://files.example.org/x", "//example.org", "x y"])
def test_only_web_addresses_become_links(client: Client, cast: Cast, url: str) -> None:
    answer = signed_in(client, cast).post(
        address(None, cast.postmortem, "add/", kind="annex"),
        {"type": "link", "title": "Dashboard", "url": url},
        headers=HTMX,
    )
    assert answer.status_code == 422
    assert "This is not a web address" in answer.content.decode()
    assert f'value="{url}"' in answer.content.decode()


def picture() -> SimpleUploadedFile:
    content = io.BytesIO()
    Image.new("RGB", (4, 3), "teal").save(content, "PNG")
    return SimpleUploadedFile("../../Capture d'écran.png", content.getvalue())


def test_a_picture_is_stored_under_its_title_and_can_be_replaced(client: Client, cast: Cast) -> None:
    add = address(None, cast.postmortem, "add/", kind="annex")
    values = {"type": "image", "title": "Payments graph", "label": "Payments drop to zero"}
    answer = signed_in(client, cast).post(add, {**values, "upload": picture()}, headers=HTMX)
    annex = Annex.objects.get()
    assert answer.status_code == 200
    assert annex.file.startswith("payments-graph-")
    assert default_storage.exists(f"{cast.postmortem.pk}/{annex.file}")
    before = annex.file
    edit = {"title": "Graph", "label": "Payments drop to zero", "version": 1}
    client.post(address(annex, cast.postmortem, "edit/"), edit, headers=HTMX)
    annex.refresh_from_db()
    assert (annex.title, annex.file) == ("Graph", before)
    replaced = {**edit, "version": 2, "upload": picture()}
    client.post(address(annex, cast.postmortem, "edit/"), replaced, headers=HTMX)
    annex.refresh_from_db()
    assert annex.file not in {"", before}


def test_a_copy_of_the_runbook_is_kept_and_only_ever_saved(client: Client, cast: Cast) -> None:
    add = address(None, cast.postmortem, "add/", kind="annex")
    values = {"type": "runbook", "title": "Payments", "outcome": "followed"}
    upload = SimpleUploadedFile("steps.md", b"# Steps\n<script>alert(1)</script>\n")
    answer = signed_in(client, cast).post(add, {**values, "upload": upload}, headers=HTMX)
    annex = Annex.objects.get()
    file = reverse("postmortems:attachment", args=[cast.postmortem.pk, annex.file])
    assert f'<a href="{file}" download>{annex.file}</a>' in answer.content.decode()
    saved = client.get(file)
    assert saved["Content-Type"] == "application/octet-stream"
    assert saved["Content-Disposition"] == f'attachment; filename="{annex.file}"'
    assert f", [{annex.file}](images/" in render(load_document(cast.postmortem.pk))
    edit = address(annex, cast.postmortem, "edit/")
    assert "Replace the copy of the runbook" in client.get(edit, headers=HTMX).content.decode()
    client.post(edit, {"title": "Pay", "outcome": "wrong", "version": 1}, headers=HTMX)
    kept = annex.file
    annex.refresh_from_db()
    assert (annex.title, annex.file) == ("Pay", kept)
    upload = SimpleUploadedFile("steps.pdf", b"PK\x03\x04")
    answer = client.post(add, {**values, "upload": upload}, headers=HTMX)
    assert answer.status_code == 422
    assert "neither a PDF nor text" in answer.content.decode()


def test_a_file_that_is_no_picture_is_refused_by_its_content(client: Client, cast: Cast) -> None:
    answer = signed_in(client, cast).post(
        address(None, cast.postmortem, "add/", kind="annex"),
        {
            "type": "image",
            "title": "Kept title",
            "label": "x",
            "upload": SimpleUploadedFile("graph.png", b"<svg onload='alert(1)'/>", "image/png"),
        },
        headers=HTMX,
    )
    assert answer.status_code == 422
    assert "not a picture that can be read" in answer.content.decode()
    assert "Kept title" in answer.content.decode()
    assert not Annex.objects.exists()


def test_the_queries_of_a_section_do_not_grow_with_its_rows(
    client: Client, cast: Cast, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    signed_in(client, cast)
    for _ in range(3):
        chain = WhyChain(postmortem=cast.postmortem)
        add_row(chain, actor=cast.author)
        for _ in range(2):
            row = Why(postmortem=cast.postmortem, chain=chain, question="Why?", answer="Because")
            add_row(row, actor=cast.author)
    with django_assert_max_num_queries(12):
        page = client.get(f"/postmortems/{cast.postmortem.pk}/edit/root-cause/")
    assert page.content.decode().count("Because") >= 6


def test_two_people_ending_one_chain_see_both_versions(client: Client, cast: Cast) -> None:
    chain = WhyChain(postmortem=cast.postmortem)
    add_row(chain, actor=cast.author)
    act = address(chain, cast.postmortem, "edit/")
    signed_in(client, cast)
    client.post(act, {"stop_reason": "theirs", "version": 1}, headers=HTMX)
    answer = client.post(act, {"stop_reason": "mine", "version": 1}, headers=HTMX)
    assert answer.status_code == 409
    assert "theirs" in answer.content.decode()
    assert "mine" in answer.content.decode()
    assert 'name="version" value="2"' in answer.content.decode()
