"""What people set for themselves."""

import pytest
from django.test import Client

from postmortems.models import User

pytestmark = pytest.mark.django_db


def test_name_language_and_zone_are_saved(signed_in: Client, person: User) -> None:
    assert 'value="Camille Person"' in signed_in.get("/profile/").content.decode()
    typed = {"display_name": "  Camille   Rivière ", "language": "fr", "time_zone": "europe/paris"}
    assert signed_in.post("/profile/", typed)["Location"] == "/profile/"
    person.refresh_from_db()
    assert (person.display_name, person.language, person.time_zone) == (
        "Camille Rivière",
        "fr",
        "Europe/Paris",
    )
    assert '<html lang="fr">' in signed_in.get("/profile/").content.decode()


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("display_name", "", "Write the name that others will see."),
        ("display_name", "x" * 121, "at most 120 characters"),
        ("language", "de", "Select a valid choice"),
        ("time_zone", "Paris", "“Paris” is not a time zone"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_saved(
    signed_in: Client, person: User, field: str, value: str, message: str
) -> None:
    typed = {"display_name": "Another Name", "language": "", "time_zone": "UTC", field: value}
    response = signed_in.post("/profile/", typed)
    assert response.status_code == 422
    page = response.content.decode()
    assert message in page
    assert "Camille Person" in page.split("<main")[0]
    person.refresh_from_db()
    assert person.display_name == "Camille Person"


def test_rights_cannot_be_taken_through_the_profile(signed_in: Client, person: User) -> None:
    typed = {"display_name": "Me", "language": "", "time_zone": "UTC", "is_staff": "on", "email": "a@b.org"}
    signed_in.post("/profile/", typed)
    person.refresh_from_db()
    assert (person.is_staff, person.email) == (False, "person@example.org")


def test_wrong_method(signed_in: Client) -> None:
    assert signed_in.delete("/profile/").status_code == 405
