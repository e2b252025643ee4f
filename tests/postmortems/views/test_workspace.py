"""The page on which a post-mortem is written, and the panel that says what is left."""

import re
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.urls import reverse

from postmortems.domain.document import Role, Section, State, TextKey
from postmortems.domain.status import Transition
from postmortems.models import Postmortem, Text, User
from postmortems.services.review import change_state
from postmortems.services.texts import save_text
from tests.factories import PostmortemFactory, complete_postmortem, postmortem_with_roles

pytestmark = pytest.mark.django_db

SUBMIT = "/review/transition/submit/"


def address(postmortem: Postmortem, section: str = "summary") -> str:
    return reverse("postmortems:section", args=[postmortem.pk, section])


def open_page(client: Client, user: User, url: str, **headers: Any) -> str:
    client.force_login(user)
    response = client.get(url, **headers)
    assert response.status_code == 200
    return response.content.decode()


def panel_of(page: str) -> str:
    return page[page.index('id="panel-body"') : page.index("</aside>")]


@pytest.mark.parametrize("section", Section)
def test_every_section_can_be_written(client: Client, section: Section) -> None:
    cast = complete_postmortem()
    page = open_page(client, cast.participant, address(cast.postmortem, section))
    assert f'id="{section}"' in page
    assert "Everybody did what made sense to them" in page
    assert re.search(rf'href="{address(cast.postmortem, section)}" aria-current="page"', page)


@pytest.mark.parametrize("section", Section)
def test_a_section_costs_the_same_few_queries_whatever_is_in_it(
    client: Client, section: Section, django_assert_max_num_queries: Any
) -> None:
    cast = complete_postmortem()
    client.force_login(cast.author)
    with django_assert_max_num_queries(12):
        client.get(address(cast.postmortem, section))


def test_a_draft_that_came_back_says_by_whom_why_and_where(
    client: Client, django_assert_max_num_queries: Any
) -> None:
    cast = complete_postmortem()
    change_state(cast.postmortem, Transition.SUBMIT, actor=cast.author)
    assert "Sent back by" not in open_page(client, cast.author, address(cast.postmortem))
    note, sections = "The figures lack sources", [Section.IMPACT]
    change_state(cast.postmortem, Transition.COMPLETE, actor=cast.ic, note=note, sections=sections)
    with django_assert_max_num_queries(12):
        page = client.get(address(cast.postmortem, "root-cause")).content.decode()
    assert f"Sent back by {cast.ic}" in page
    assert note in page
    assert f'To complete: <a href="{address(cast.postmortem, "impact")}">' in page


def test_the_texts_are_in_fields_that_know_their_version(client: Client) -> None:
    cast = postmortem_with_roles()
    save_text(cast.postmortem, TextKey.TLDR, "Payments <failed>.", 1, actor=cast.author)
    page = open_page(client, cast.author, address(cast.postmortem))
    assert "Payments &lt;failed&gt;.</textarea>" in page
    field = page[page.index('id="tldr"') :]
    assert 'name="version" value="2"' in field


def test_a_text_that_begins_with_an_empty_line_keeps_it(client: Client) -> None:
    cast = postmortem_with_roles()
    Text.objects.filter(postmortem=cast.postmortem, key=TextKey.TLDR).update(body="\nSecond line")
    page = open_page(client, cast.author, address(cast.postmortem))
    assert ">\n\nSecond line</textarea>" in page


def test_sections_are_walked_in_order(client: Client) -> None:
    cast = postmortem_with_roles()
    page = open_page(client, cast.author, address(cast.postmortem, "impact"))
    assert f'rel="prev" href="{address(cast.postmortem, "timeline")}"' in page
    assert f'rel="next" href="{address(cast.postmortem, "root-cause")}"' in page
    assert 'rel="prev"' not in open_page(client, cast.author, address(cast.postmortem, "summary"))
    assert 'rel="next"' not in open_page(client, cast.author, address(cast.postmortem, "annexes"))


def test_all_sections_are_on_one_page_too(client: Client) -> None:
    cast = complete_postmortem()
    page = open_page(client, cast.author, reverse("postmortems:edit", args=[cast.postmortem.pk]))
    assert [f'id="{section}"' in page for section in Section] == [True] * len(Section)


def test_the_panel_lists_what_is_left_and_every_line_leads_to_its_field(client: Client) -> None:
    cast = postmortem_with_roles()
    save_text(cast.postmortem, TextKey.TLDR, "Short.", 1, actor=cast.author)
    panel = panel_of(open_page(client, cast.author, address(cast.postmortem)))
    assert "Before submitting" in panel
    assert "The immediate cause is not written yet" in panel
    assert SUBMIT not in panel
    links = re.findall(r'href="([^"]*/edit/[^"]*#[^"]*)"', panel)
    assert len(links) > 4
    for link in links:
        anchor = urlsplit(link).fragment
        assert f'id="{anchor}"' in open_page(client, cast.author, link)


def test_a_section_is_called_empty_only_where_nothing_else_says_what_it_lacks(client: Client) -> None:
    cast = postmortem_with_roles()
    panel = panel_of(open_page(client, cast.author, address(cast.postmortem)))
    assert f'href="{address(cast.postmortem, "impact")}#impact">Nothing is written yet' in panel
    assert f'href="{address(cast.postmortem, "actions")}#actions">Nothing is written yet' not in panel
    assert "There is no corrective action" in panel


def test_a_complete_draft_offers_its_author_the_next_step(client: Client) -> None:
    cast = complete_postmortem()
    panel = panel_of(open_page(client, cast.author, address(cast.postmortem)))
    assert "Nothing is left" in panel
    assert f'action="/postmortems/{cast.postmortem.pk}{SUBMIT}"' in panel
    assert panel.count("button primary") == 1


def test_a_participant_is_told_who_takes_the_next_step(client: Client) -> None:
    cast = complete_postmortem()
    panel = panel_of(open_page(client, cast.participant, address(cast.postmortem)))
    assert SUBMIT not in panel
    assert "“Submit for validation” is for Author Example, Ic Example" in panel


def test_the_panel_says_who_can_mend_what_the_reader_cannot(client: Client) -> None:
    cast = complete_postmortem(state=State.VALIDATION)
    panel = panel_of(open_page(client, cast.author, address(cast.postmortem)))
    assert re.search(r"6 sections.*Not yet approved by the incident commander.*for Ic Example", panel, re.S)
    own = panel_of(open_page(client, cast.ic, address(cast.postmortem)))
    assert "for Ic Example" not in own
    assert "follows by itself from the last approval" in own
    assert "Review and approve" in own


def test_the_panel_refreshes_itself_and_the_navigation(client: Client) -> None:
    cast = postmortem_with_roles()
    url = reverse("postmortems:panel", args=[cast.postmortem.pk])
    before = open_page(client, cast.author, f"{url}?section=summary")
    assert re.search(r'>1</span>\s*<span class="section-name">Executive summary<', before)
    assert re.search(r'id="to-summary".*?\(empty\)', before, re.S)
    for key in (TextKey.TLDR, TextKey.SUMMARY_CAUSE, TextKey.SUMMARY_IMPACT):
        save_text(cast.postmortem, key, "Written.", 1, actor=cast.author)
    after = open_page(client, cast.author, f"{url}?section=summary")
    assert re.search(r'id="to-summary".*?\(complete\)', after, re.S)
    assert after.count('hx-swap-oob="true"') == 3
    assert "<html" not in after


def test_the_deadline_is_in_the_bar_with_its_reason(client: Client) -> None:
    cast = postmortem_with_roles(incident__severity="P1")
    page = open_page(client, cast.author, address(cast.postmortem))
    assert re.search(r'class="clock" data-state="\w+" title="To be validated before [^"]+UTC', page)


def test_a_reader_sees_the_text_and_no_field(client: Client) -> None:
    cast = complete_postmortem()
    page = open_page(client, cast.reader, address(cast.postmortem))
    assert "For 47 minutes no order could be paid" in page
    assert "<textarea" not in page
    assert "data-autosave" not in page
    assert "autosave.js" not in page
    assert "the people named on it write it" in page


def test_a_validated_text_is_read_only_for_its_author(client: Client) -> None:
    cast = complete_postmortem(state=State.VALIDATED)
    page = open_page(client, cast.author, address(cast.postmortem))
    assert "read-only in the state “Validated, actions in progress”" in page
    assert "data-autosave" not in page


ADDRESSES = ("section", "edit", "panel")


@pytest.mark.parametrize("name", ADDRESSES)
def test_nobody_outside_knows_of_a_restricted_one(client: Client, name: str) -> None:
    cast = postmortem_with_roles(visibility=Postmortem.RESTRICTED)
    args = [cast.postmortem.pk, "summary"] if name == "section" else [cast.postmortem.pk]
    url = reverse(f"postmortems:{name}", args=args)
    client.force_login(cast.outsider)
    assert client.get(url).status_code == 404
    client.force_login(cast.participant)
    assert client.get(url).status_code == 200
    assert client.post(url).status_code == 405


@pytest.mark.parametrize("path", ["edit/", "edit/summary/", "panel/"])
def test_an_unknown_identifier_is_not_found(signed_in: Client, path: str) -> None:
    assert signed_in.get(f"/postmortems/222222222222/{path}").status_code == 404


def test_an_unknown_section_is_not_found(client: Client) -> None:
    postmortem = PostmortemFactory()
    client.force_login(postmortem.roles.get(role=Role.AUTHOR).user)
    assert client.get(address(postmortem, "blame")).status_code == 404
    assert client.get(f"/postmortems/{postmortem.pk}/panel/?section=blame").status_code == 404
