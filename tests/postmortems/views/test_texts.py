"""Saving texts, as they are typed and by the Save button."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from postmortems.domain.document import LINE_LIMIT, TEXT_LIMIT, State, TextKey
from postmortems.forms.texts import TextEntry
from postmortems.models import Postmortem, Text
from postmortems.services.texts import save_text
from tests.factories import complete_postmortem, postmortem_with_roles

pytestmark = pytest.mark.django_db

SCRIPT = {"HX-Request": "true"}


def address(postmortem: Postmortem, key: str = "tldr") -> str:
    return reverse("postmortems:text-save", args=[postmortem.pk, key])


def body_of(postmortem: Postmortem, key: TextKey = TextKey.TLDR) -> str:
    return Text.objects.get(postmortem=postmortem, key=key).body


def test_the_save_button_saves_and_leads_back_to_the_field(client: Client) -> None:
    cast = postmortem_with_roles()
    client.force_login(cast.participant)
    response = client.post(address(cast.postmortem), {"body": "What happened.", "version": 1})
    assert response.status_code == 302
    assert response["Location"] == f"/postmortems/{cast.postmortem.pk}/edit/summary/#tldr"
    assert body_of(cast.postmortem) == "What happened."


def test_the_script_gets_the_new_version_and_tells_the_page(client: Client) -> None:
    cast = postmortem_with_roles()
    client.force_login(cast.author)
    response = client.post(address(cast.postmortem), {"body": "One", "version": 1}, headers=SCRIPT)
    assert response.status_code == 200
    assert response["HX-Trigger"] == "document-changed"
    answer = response.content.decode()
    assert 'data-outcome="saved" data-version="2"' in answer
    assert "<form" not in answer
    again = client.post(address(cast.postmortem), {"body": "One two", "version": 2}, headers=SCRIPT)
    assert 'data-version="3"' in again.content.decode()


def test_a_save_costs_few_queries(client: Client, django_assert_max_num_queries: Any) -> None:
    cast = postmortem_with_roles()
    client.force_login(cast.author)
    with django_assert_max_num_queries(9):
        client.post(address(cast.postmortem), {"body": "One", "version": 1}, headers=SCRIPT)


def test_a_one_line_text_stays_on_one_line(client: Client) -> None:
    cast = postmortem_with_roles()
    client.force_login(cast.author)
    client.post(
        address(cast.postmortem, "summary_impact"), {"body": "All\r\npayments  failed ", "version": 1}
    )
    assert body_of(cast.postmortem, TextKey.SUMMARY_IMPACT) == "All payments failed"


def test_a_lost_race_shows_both_texts_and_saves_neither(client: Client) -> None:
    cast = postmortem_with_roles()
    save_text(cast.postmortem, TextKey.TLDR, "Same\nTheirs", 1, actor=cast.ic)
    client.force_login(cast.author)
    typed = {"body": "Same\r\nMine", "version": 1}
    for headers in ({}, SCRIPT):
        response = client.post(address(cast.postmortem), typed, headers=headers)
        assert response.status_code == 409
        page = response.content.decode()
        assert "Same\nMine</pre>" in page
        assert "Same\nTheirs</pre>" in page
        assert "Same\nTheirs\nMine</textarea>" in page
        assert '"2"' in page
        assert "HX-Trigger" not in response
    assert body_of(cast.postmortem) == "Same\nTheirs"
    assert client.post(address(cast.postmortem), {**typed, "version": 2}).status_code == 302
    assert body_of(cast.postmortem) == "Same\nMine"


@pytest.mark.parametrize(
    ("key", "limit"), [("tldr", TEXT_LIMIT), ("summary_impact", LINE_LIMIT)], ids=["text", "line"]
)
def test_a_text_over_its_limit_is_refused_and_kept(client: Client, key: str, limit: int) -> None:
    cast = postmortem_with_roles()
    client.force_login(cast.author)
    typed = "x" * (limit + 3)
    plain = client.post(address(cast.postmortem, key), {"body": typed, "version": 1})
    assert plain.status_code == 422
    assert typed in plain.content.decode()
    assert "Shorten it by 3" in plain.content.decode()
    script = client.post(address(cast.postmortem, key), {"body": typed, "version": 1}, headers=SCRIPT)
    assert script.status_code == 422
    assert 'data-outcome="invalid"' in script.content.decode()
    assert body_of(cast.postmortem, TextKey(key)) == ""


@pytest.mark.parametrize("data", [{"body": "Text"}, {"body": "Te\x00xt", "version": 1}])
def test_unusable_input_is_refused_and_kept(client: Client, data: dict[str, Any]) -> None:
    cast = postmortem_with_roles()
    client.force_login(cast.author)
    response = client.post(address(cast.postmortem), data)
    assert response.status_code == 422
    assert "xt</textarea>" in response.content.decode()
    assert body_of(cast.postmortem) == ""


@pytest.mark.parametrize("headers", [{}, SCRIPT], ids=["plain", "script"])
def test_a_text_that_came_too_late_is_given_back(client: Client, headers: dict[str, str]) -> None:
    cast = complete_postmortem(state=State.VALIDATED)
    client.force_login(cast.author)
    response = client.post(address(cast.postmortem), {"body": "Too <late>", "version": 2}, headers=headers)
    assert response.status_code == 409
    assert "“Validated, actions in progress”" in response.content.decode()
    if not headers:
        assert "Too &lt;late&gt;" in response.content.decode()
    assert body_of(cast.postmortem).startswith("For 47 minutes")


def test_readers_do_not_write(client: Client) -> None:
    cast = postmortem_with_roles()
    client.force_login(cast.reader)
    assert client.post(address(cast.postmortem), {"body": "Mine", "version": 1}).status_code == 403
    assert body_of(cast.postmortem) == ""


def test_nobody_outside_knows_of_a_restricted_one(client: Client) -> None:
    cast = postmortem_with_roles(visibility=Postmortem.RESTRICTED)
    client.force_login(cast.outsider)
    preview = reverse("postmortems:text-preview", args=[cast.postmortem.pk])
    assert client.post(address(cast.postmortem), {"body": "Mine", "version": 1}).status_code == 404
    assert client.post(preview, {"body": "Mine"}).status_code == 404


def test_unknown_texts_and_other_methods(client: Client) -> None:
    cast = postmortem_with_roles()
    client.force_login(cast.author)
    assert client.post(address(cast.postmortem, "blame"), {"body": "", "version": 1}).status_code == 404
    assert client.post("/postmortems/222222222222/texts/tldr/", {"body": ""}).status_code == 404
    assert client.get(address(cast.postmortem)).status_code == 405


def test_an_ended_session_is_told_to_the_script(client: Client) -> None:
    cast = postmortem_with_roles()
    response = client.post(address(cast.postmortem), {"body": "Mine", "version": 1}, headers=SCRIPT)
    assert response.status_code == 401
    assert response["HX-Trigger"] == "session-expired"


def test_the_preview_shows_the_text_as_readers_see_it(client: Client) -> None:
    cast = postmortem_with_roles()
    client.force_login(cast.author)
    url = reverse("postmortems:text-preview", args=[cast.postmortem.pk])
    shown = client.post(url, {"body": "A **bold** claim <script>alert(1)</script>"}).content.decode()
    assert "<strong>bold</strong>" in shown
    assert "<script" not in shown
    assert body_of(cast.postmortem) == ""
    assert client.get(url).status_code == 405


@pytest.mark.parametrize(
    ("theirs", "mine", "both"),
    [
        ("a\nb", "a\nb", "a\nb"),
        ("a\nTHEIRS\nz", "a\nMINE\nz", "a\nTHEIRS\nMINE\nz"),
        ("a\nz", "a\nnew\nz", "a\nnew\nz"),
        ("a\nnew\nz", "a\nz", "a\nnew\nz"),
        ("", "mine", "mine"),
    ],
)
def test_both_texts_in_one_lose_no_line(theirs: str, mine: str, both: str) -> None:
    assert TextEntry(TextKey.TLDR, mine, 2, theirs=theirs).both == both
