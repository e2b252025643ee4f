"""The reading page, the exported file, its preview and its pictures."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from actions.models import CorrectiveAction
from postmortems.domain.document import Language, State, TextKey
from postmortems.models import Annex, ImpactMetric, Postmortem, TimelineEvent, User
from postmortems.services.attachments import attachment_path
from postmortems.services.rows import add_row, delete_row
from postmortems.services.texts import save_text
from tests.factories import Cast, complete_postmortem, postmortem_with_roles
from tests.factories.postmortems import yesterday

pytestmark = pytest.mark.django_db

PAGES = ("read", "markdown", "preview")
PICTURE = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
def cast() -> Cast:
    return complete_postmortem()


def sign_in(client: Client, user: User) -> Client:
    client.force_login(user)
    return client


def get(client: Client, name: str, postmortem: Postmortem, *args: str) -> Any:
    return client.get(reverse(f"postmortems:{name}", args=[postmortem.pk, *args]))


def picture(cast: Cast, name: str = "graph-1.png") -> Annex:
    default_storage.save(attachment_path(cast.postmortem, name), ContentFile(PICTURE))
    annex = Annex(
        postmortem=cast.postmortem, type="image", title="Graph", label="Errors climb to 100 %", file=name
    )
    add_row(annex, actor=cast.author)
    return annex


@pytest.mark.parametrize("page", PAGES)
def test_everyone_who_signs_in_reads_an_internal_document(client: Client, cast: Cast, page: str) -> None:
    response = get(sign_in(client, cast.reader), page, cast.postmortem)
    assert response.status_code == 200
    assert "The credential of the payment gateway expired" in response.content.decode()


@pytest.mark.parametrize("page", PAGES)
def test_a_restricted_document_does_not_exist_for_others(client: Client, page: str) -> None:
    cast = postmortem_with_roles(visibility=Postmortem.RESTRICTED)
    assert get(sign_in(client, cast.outsider), page, cast.postmortem).status_code == 404
    assert get(sign_in(client, cast.participant), page, cast.postmortem).status_code == 200


@pytest.mark.parametrize("page", PAGES)
def test_an_unknown_document_is_not_found(signed_in: Client, page: str) -> None:
    assert signed_in.get(reverse(f"postmortems:{page}", args=["a" * 12])).status_code == 404


@pytest.mark.parametrize("page", PAGES)
def test_reading_changes_nothing(client: Client, cast: Cast, page: str) -> None:
    address = reverse(f"postmortems:{page}", args=[cast.postmortem.pk])
    assert sign_in(client, cast.author).post(address).status_code == 405


def test_the_page_has_every_section_and_its_outline(client: Client, cast: Cast) -> None:
    content = get(sign_in(client, cast.reader), "read", cast.postmortem).content.decode()
    anchors = ["summary", "timeline", "impact", "root-cause", "actions", "lessons", "metadata"]
    assert re.findall(r'<h2 id="([\w-]+)"', content) == anchors
    assert re.findall(r'<li><a href="#([\w-]+)"', content) == anchors
    for words in (
        "For 47 minutes no order could be paid",
        "312 orders could not be placed",
        "Every customer who tried to pay",
        "Eleven messages on the status page",
        "The payment gateway refused every call",
        "Why did payments fail?",
        "Its renewal is a manual step without a date",
        "Expiry dates are kept in a wiki page",
        "Replace the expired credential",
        "A test credential that expires in 29 days raises the alert",
        "The rollback took two minutes",
        "No alert watches the expiry of credentials",
        "Author Example",
    ):
        assert words in content


def test_a_computed_duration_says_how(client: Client, cast: Cast) -> None:
    content = get(sign_in(client, cast.reader), "read", cast.postmortem).content.decode()
    assert "47 minutes" in content
    assert "restored 10:47 − start 10:00 UTC" in content


def test_a_duration_that_cannot_be_computed_says_why(client: Client) -> None:
    cast = complete_postmortem(incident__detected_at=None)
    content = get(sign_in(client, cast.reader), "read", cast.postmortem).content.decode()
    assert "not computable: no detection time" in content


def test_times_are_those_of_the_documents_zone(client: Client) -> None:
    cast = complete_postmortem(incident__zone="Asia/Kolkata")
    content = get(sign_in(client, cast.reader), "read", cast.postmortem).content.decode()
    assert "All times in Asia/Kolkata" in content
    assert ">15:30</time>" in content


def test_the_document_is_in_its_own_language_whatever_the_readers(client: Client) -> None:
    cast = complete_postmortem(language=Language.FRENCH)
    User.objects.filter(pk=cast.reader.pk).update(language="en")
    content = get(sign_in(client, cast.reader), "read", cast.postmortem).content.decode()
    assert '<html lang="en">' in content
    assert '<article class="document" lang="fr">' in content
    assert "Résumé Exécutif" in content
    assert "History" in content


def test_headings_have_the_apostrophes_of_a_page_and_the_file_those_of_a_file(client: Client) -> None:
    cast = complete_postmortem(language=Language.FRENCH)
    sign_in(client, cast.reader)
    content = get(client, "read", cast.postmortem).content.decode()
    assert "Ce qui n’a pas fonctionné" in content
    assert "n'a pas fonctionné" not in content
    assert "Ce qui n'a pas fonctionné" in get(client, "markdown", cast.postmortem).content.decode()


def test_numbers_of_the_drawing_keep_their_point_in_french(client: Client) -> None:
    cast = complete_postmortem(language=Language.FRENCH)
    User.objects.filter(pk=cast.reader.pk).update(language="fr")
    content = get(sign_in(client, cast.reader), "read", cast.postmortem).content.decode()
    coordinates = re.findall(r'\s(?:cx|x1|x|y|width)="([^"]*)"', content)
    assert coordinates
    assert all(re.fullmatch(r"-?\d+(\.\d+)?", number) for number in coordinates)


def test_the_strip_says_everything_and_leads_to_the_rows(client: Client, cast: Cast) -> None:
    content = get(sign_in(client, cast.reader), "read", cast.postmortem).content.decode()
    assert "detected 10:12 +12 min, restored 10:47 +35 min, total 47 min, 1 other event." in content
    for event in TimelineEvent.objects.filter(postmortem=cast.postmortem):
        assert f'href="#{event.ref}"' in content
        assert f'<tr id="{event.ref}"' in content
    assert 'aria-label="10:12 Detected +12 min: The incident is detected"' in content
    assert 'aria-label="10:25 The on-call engineer reads the error logs"' in content


@pytest.mark.parametrize(
    ("state", "is_draft"), [(State.DRAFTING, True), (State.FOLLOW_UP, True), (State.VALIDATED, False)]
)
def test_a_document_that_is_not_validated_says_so(client: Client, state: State, is_draft: bool) -> None:
    cast = complete_postmortem(state=state)
    for page in PAGES:
        content = get(sign_in(client, cast.reader), page, cast.postmortem).content.decode()
        assert ("not validated yet" in content) == is_draft


def test_an_empty_document_shows_what_is_missing(client: Client) -> None:
    cast = postmortem_with_roles(
        incident__started_at=None, incident__detected_at=None, incident__restored_at=None
    )
    content = get(sign_in(client, cast.reader), "read", cast.postmortem).content.decode()
    assert content.count("To be completed") >= 6
    assert '<svg class="strip' not in content


def test_a_late_action_stands_out_until_it_is_done(client: Client, cast: Cast) -> None:
    action = CorrectiveAction.objects.get(title__startswith="Alert thirty days")
    late = timezone.now().date() - timedelta(days=1)
    CorrectiveAction.objects.filter(pk=action.pk).update(deadline=late)
    assert "Late" in get(sign_in(client, cast.reader), "read", cast.postmortem).content.decode()
    CorrectiveAction.objects.filter(pk=action.pk).update(status="done")
    cache.clear()
    assert "Late" not in get(client, "read", cast.postmortem).content.decode()


def test_only_who_may_edit_is_offered_to(client: Client, cast: Cast) -> None:
    address = reverse("postmortems:edit", args=[cast.postmortem.pk])
    assert address in get(sign_in(client, cast.participant), "read", cast.postmortem).content.decode()
    assert address not in get(sign_in(client, cast.reader), "read", cast.postmortem).content.decode()


def test_a_change_shows_at_once(client: Client, cast: Cast) -> None:
    sign_in(client, cast.reader)
    get(client, "read", cast.postmortem)
    save_text(cast.postmortem, TextKey.TLDR, "Rewritten just now", 2, actor=cast.author)
    assert "Rewritten just now" in get(client, "read", cast.postmortem).content.decode()


def test_what_is_kept_for_the_next_reader_holds_nothing_of_the_first(client: Client, cast: Cast) -> None:
    get(sign_in(client, cast.author), "read", cast.postmortem)
    content = get(sign_in(client, cast.reader), "read", cast.postmortem).content.decode()
    assert cast.author.email not in content
    assert reverse("postmortems:edit", args=[cast.postmortem.pk]) not in content


def test_typed_html_stays_text(client: Client, cast: Cast) -> None:
    hostile = "<script>alert(1)</script>"
    for row in (
        TimelineEvent(at=yesterday(10, 30), text=hostile, source=hostile),
        ImpactMetric(label=hostile, value=hostile, source=hostile),
        Annex(type="log", title=hostile, body=hostile),
        Annex(type="link", title=hostile, label=hostile, url="javascript:alert(1)"),
        Annex(type="testimony", title=hostile, label=hostile, body=hostile),
    ):
        row.postmortem = cast.postmortem
        add_row(row, actor=cast.author)
    for page in ("read", "preview"):
        content = get(sign_in(client, cast.reader), page, cast.postmortem).content.decode()
        assert "<script>alert" not in content
        assert 'href="javascript' not in content


def test_queries_do_not_depend_on_the_length(
    client: Client, cast: Cast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    sign_in(client, cast.reader)
    with django_assert_num_queries(4):
        get(client, "read", cast.postmortem)
    with django_assert_num_queries(3):
        get(client, "read", cast.postmortem)
    for minute in range(30):
        event = TimelineEvent(postmortem=cast.postmortem, at=yesterday(10, minute), text=f"Event {minute}")
        add_row(event, actor=cast.author)
    with django_assert_num_queries(4):
        get(client, "read", cast.postmortem)


def test_the_file_is_a_download_with_the_documents_name(client: Client, cast: Cast) -> None:
    response = get(sign_in(client, cast.reader), "markdown", cast.postmortem)
    assert response["Content-Type"] == "text/markdown; charset=utf-8"
    assert response["Content-Disposition"] == f'attachment; filename="{cast.postmortem.slug}.md"'
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response.content.decode().startswith("# Post-Mortem: Checkout unavailable")


def test_the_file_can_have_front_matter_and_be_shown(client: Client, cast: Cast) -> None:
    address = reverse("postmortems:markdown", args=[cast.postmortem.pk])
    response = sign_in(client, cast.reader).get(f"{address}?front_matter=1&inline=1")
    assert response.content.decode().startswith("---\n")
    assert response["Content-Disposition"].startswith("inline")


def test_the_preview_shows_the_file_as_github_does_and_its_source(client: Client, cast: Cast) -> None:
    annex = picture(cast)
    address = reverse("postmortems:preview", args=[cast.postmortem.pk])
    shown = sign_in(client, cast.reader).get(address).content.decode()
    assert "<h1>Post-Mortem: Checkout unavailable" in shown
    assert f'<img src="{reverse("postmortems:attachment", args=[cast.postmortem.pk, annex.file])}"' in shown
    source = client.get(f"{address}?as=source").content.decode()
    assert "# Post-Mortem: Checkout unavailable" in source
    assert "| **Severity** | P2 |" in source


def test_a_picture_is_shown_to_readers(client: Client, cast: Cast) -> None:
    annex = picture(cast)
    response = get(sign_in(client, cast.reader), "attachment", cast.postmortem, annex.file)
    assert response.content == PICTURE
    assert response["Content-Type"] == "image/png"
    assert response["Content-Disposition"].startswith("inline")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Cache-Control"].startswith("private")
    page = get(client, "read", cast.postmortem).content.decode()
    assert 'alt="Errors climb to 100 %"' in page


def test_a_file_of_another_kind_is_only_saved(client: Client, cast: Cast) -> None:
    annex = picture(cast, "page.html")
    response = get(sign_in(client, cast.reader), "attachment", cast.postmortem, annex.file)
    assert response["Content-Type"] == "application/octet-stream"
    assert response["Content-Disposition"].startswith("attachment")


def test_only_files_that_an_annex_carries_are_given(client: Client, cast: Cast) -> None:
    sign_in(client, cast.reader)
    default_storage.save(attachment_path(cast.postmortem, "stray.png"), ContentFile(PICTURE))
    assert get(client, "attachment", cast.postmortem, "stray.png").status_code == 404
    annex = picture(cast)
    assert get(client, "attachment", complete_postmortem().postmortem, annex.file).status_code == 404
    delete_row(annex, actor=cast.author)
    assert get(client, "attachment", cast.postmortem, annex.file).status_code == 404


def test_a_file_that_is_lost_is_not_found(client: Client, cast: Cast) -> None:
    annex = picture(cast)
    default_storage.delete(attachment_path(cast.postmortem, annex.file))
    assert get(sign_in(client, cast.reader), "attachment", cast.postmortem, annex.file).status_code == 404


def test_files_of_a_restricted_document_are_not_found_by_others(client: Client) -> None:
    cast = postmortem_with_roles(visibility=Postmortem.RESTRICTED)
    annex = picture(cast)
    assert get(sign_in(client, cast.outsider), "attachment", cast.postmortem, annex.file).status_code == 404
    assert get(sign_in(client, cast.sme), "attachment", cast.postmortem, annex.file).status_code == 200


def test_an_action_leads_to_its_follow_up(client: Client, cast: Cast) -> None:
    action = CorrectiveAction.objects.get(title__startswith="Alert thirty days")
    page = get(sign_in(client, cast.reader), "read", cast.postmortem).content.decode()
    assert f'href="{reverse("actions:action", args=[action.pk])}"' in page


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (State.DRAFTING, "Edit"),
        (State.CHALLENGE, "Review"),
        (State.VALIDATED, "Download"),
        (State.CLOSED, "Download"),
    ],
)
def test_the_page_offers_first_what_its_state_is_about(
    client: Client, cast: Cast, state: State, words: str
) -> None:
    Postmortem.objects.filter(pk=cast.postmortem.pk).update(state=state)
    page = get(sign_in(client, cast.author), "read", cast.postmortem).content.decode()
    buttons = re.findall(r'class="button small primary"[^>]*>(?:<svg.*?</svg>)?([^<]+)<', page)
    assert buttons == [words]
