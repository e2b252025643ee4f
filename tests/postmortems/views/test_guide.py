"""The guide, in both languages."""

import pytest
from django.test import Client

from postmortems.models import User


@pytest.mark.parametrize(
    ("language", "title", "quoted"),
    [("fr", "Rédiger un post-mortem", "72 heures"), ("en", "Writing a post-mortem", "72 hours")],
)
def test_the_guide_opens_in_the_reader_s_language(
    signed_in: Client, person: User, language: str, title: str, quoted: str
) -> None:
    User.objects.filter(pk=person.pk).update(language=language)
    page = signed_in.get("/guide/").content.decode()
    assert f"<h1>{title}</h1>" in page
    assert quoted in page


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_page_has_its_contents_and_its_tables(signed_in: Client, person: User, language: str) -> None:
    User.objects.filter(pk=person.pk).update(language=language)
    for page in ("writing", "blameless"):
        html = signed_in.get(f"/guide/{page}/").content.decode()
        assert '<div class="toc">' in html
        assert "<table>" in html


def test_a_page_that_there_is_not_is_not_found(signed_in: Client) -> None:
    assert signed_in.get("/guide/nothing/").status_code == 404


def test_the_guide_is_read_only(signed_in: Client) -> None:
    assert signed_in.post("/guide/").status_code == 405
