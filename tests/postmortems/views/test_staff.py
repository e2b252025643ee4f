"""What staff administer, and that nobody else can."""

from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from postmortems.models import Organisation, Service, SeverityDescription, User
from postmortems.selectors.organisation import deadline_policy
from tests.factories import ServiceFactory, UserFactory

pytestmark = pytest.mark.django_db

ACCOUNT = {"email": "New.Person@Example.org", "display_name": "New Person", "time_zone": "Europe/Paris"}


@pytest.fixture
def staff(client: Client) -> User:
    """Sign in as staff."""
    user: User = UserFactory(is_staff=True, display_name="Administrator")
    client.force_login(user)
    return user


def test_only_staff(signed_in: Client, person: User) -> None:
    service = ServiceFactory()
    for address in (
        "/staff/",
        "/staff/users/add/",
        f"/staff/users/{person.pk}/",
        "/staff/services/add/",
        f"/staff/services/{service.pk}/",
        "/staff/organisation/",
        "/staff/severities/",
    ):
        refused = signed_in.get(address)
        assert refused.status_code == 403
        assert "This is for whoever runs this installation" in refused.content.decode()
        assert signed_in.post(address, {"is_staff": "on", "name": "Mine"}).status_code in {403, 405}
    person.refresh_from_db()
    assert not person.is_staff
    assert "/staff/" not in signed_in.get("/").content.decode()


def test_staff_find_their_pages_in_the_menu(client: Client, staff: User) -> None:
    assert 'href="/staff/"' in client.get("/").content.decode()
    page = client.get("/staff/").content.decode()
    assert "Administrator" in page
    assert "No services yet" in page


def test_an_account_is_created_and_its_owner_invited(client: Client, staff: User) -> None:
    response = client.post("/staff/users/add/", {**ACCOUNT, "invite": "on"})
    assert response["Location"] == "/staff/"
    user = User.objects.get(email="new.person@example.org")
    assert (user.display_name, user.is_staff, user.is_active) == ("New Person", False, True)
    assert not user.has_usable_password()
    (message,) = mail.outbox
    assert message.to == ["new.person@example.org"]
    assert message.subject == "Your account on Sans Blâme"
    assert "An account was created for you" in message.body
    assert "/accounts/password/reset/key/" in message.body
    assert "An invitation is on its way" in client.get("/staff/").content.decode()


def test_an_account_for_single_sign_on_gets_no_invitation(client: Client, staff: User) -> None:
    client.post("/staff/users/add/", ACCOUNT)
    assert User.objects.filter(email="new.person@example.org").exists()
    assert mail.outbox == []


def test_an_invitation_can_be_sent_again_but_not_to_a_deactivated_account(
    client: Client, staff: User
) -> None:
    user = UserFactory()
    client.post(f"/staff/users/{user.pk}/", {"invite": "1"})
    assert [message.to for message in mail.outbox] == [[user.email]]
    user.is_active = False
    user.save()
    client.post(f"/staff/users/{user.pk}/", {"invite": "1"})
    assert len(mail.outbox) == 1
    assert "cannot be invited" in client.get("/staff/").content.decode()


def test_a_mail_server_that_refuses_is_told_and_the_account_stays(
    client: Client, staff: User, settings: Any
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    client.post("/staff/users/add/", {**ACCOUNT, "invite": "on"})
    assert User.objects.filter(email="new.person@example.org").exists()
    assert "was not sent. Check the mail settings" in client.get("/staff/").content.decode()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"email": "taken@EXAMPLE.org"}, "taken@example.org has an account already."),
        ({"email": "nowhere"}, "Enter a valid email address"),
        ({"display_name": ""}, "This field is required"),
        ({"time_zone": "Moon"}, "“Moon” is not a time zone"),
    ],
)
def test_a_refused_account_keeps_what_was_typed(
    client: Client, staff: User, changes: dict[str, str], message: str
) -> None:
    UserFactory(email="taken@example.org")
    response = client.post("/staff/users/add/", {**ACCOUNT, **changes, "language": "fr"})
    assert response.status_code == 422
    page = response.content.decode()
    assert message in page
    assert '<option value="fr" selected>' in page
    assert User.objects.count() == 2


def test_deactivating_ends_the_session(client: Client, staff: User) -> None:
    user = UserFactory()
    theirs = Client()
    theirs.force_login(user)
    assert theirs.get("/profile/").status_code == 200
    typed = {"email": user.email, "display_name": "Renamed", "time_zone": "UTC"}
    assert client.post(f"/staff/users/{user.pk}/", typed)["Location"] == "/staff/"
    user.refresh_from_db()
    assert (user.is_active, user.display_name) == (False, "Renamed")
    assert theirs.get("/profile/").status_code == 302
    assert "deactivated" in client.get("/staff/").content.decode()


def test_a_changed_address_is_the_only_login(client: Client, staff: User) -> None:
    user = UserFactory(email="before@example.org")
    EmailAddress.objects.create(user=user, email="before@example.org", verified=True, primary=True)
    typed = {"email": "After@example.org", "display_name": "Same", "time_zone": "UTC", "is_active": "on"}
    client.post(f"/staff/users/{user.pk}/", typed)
    user.refresh_from_db()
    assert user.email == "after@example.org"
    assert not EmailAddress.objects.filter(email="before@example.org").exists()


def test_staff_cannot_lock_themselves_out(client: Client, staff: User) -> None:
    typed = {"email": staff.email, "display_name": "Administrator", "time_zone": "UTC"}
    response = client.post(f"/staff/users/{staff.pk}/", typed)
    assert response.status_code == 422
    page = response.content.decode()
    assert "You cannot take staff rights from yourself" in page
    assert "You cannot deactivate your own account" in page
    staff.refresh_from_db()
    assert staff.is_staff
    assert staff.is_active


def test_services_are_added_renamed_and_retired(client: Client, staff: User) -> None:
    assert client.post("/staff/services/add/", {"name": " Check  out ", "active": "on"}).status_code == 302
    service = Service.objects.get()
    assert service.name == "Check out"
    twice = client.post("/staff/services/add/", {"name": "CHECK OUT", "active": "on"})
    assert twice.status_code == 422
    assert "There is a service of this name already." in twice.content.decode()
    client.post(f"/staff/services/{service.pk}/", {"name": "Checkout"})
    service.refresh_from_db()
    assert (service.name, service.active) == ("Checkout", False)
    assert "inactive" in client.get("/staff/").content.decode()


def test_the_deadline_policy_takes_effect(client: Client, staff: User) -> None:
    assert "within 5 days" in client.get("/staff/organisation/").content.decode()
    typed = {
        "name": "Acme Shop",
        "language": "fr",
        "deadline_days": "3",
        "deadline_calendar": "business",
        "holidays": "2026-12-25\n\n 2026-01-01 \n2026-12-25",
    }
    assert client.post("/staff/organisation/", typed).status_code == 302
    assert Organisation.objects.get().holidays == "2026-01-01\n2026-12-25"
    policy = deadline_policy()
    assert (policy.days, policy.business, len(policy.holidays)) == (3, True, 2)
    assert "within 3 business days" in client.get("/staff/organisation/").content.decode()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"holidays": "2026-12-25\n25/12/2027\n2026-02-30"}, "Line 2, “25/12/2027”, is not a date"),
        ({"holidays": "2026-12-25\n25/12/2027\n2026-02-30"}, "Line 3, “2026-02-30”, is not a date"),
        ({"deadline_days": "0"}, "greater than or equal to 1"),
        ({"deadline_days": "91"}, "less than or equal to 90"),
    ],
)
def test_a_wrong_policy_is_refused_line_by_line(
    client: Client, staff: User, changes: dict[str, str], message: str
) -> None:
    response = client.post("/staff/organisation/", {"name": "Kept name", **changes})
    assert response.status_code == 422
    assert message in response.content.decode()
    assert "Kept name" in response.content.decode()
    assert not Organisation.objects.exists()


def test_severities_are_described_in_both_languages(client: Client, staff: User) -> None:
    SeverityDescription.objects.create(severity="P2", description_en="Before")
    assert "\nBefore</textarea>" in client.get("/staff/severities/").content.decode()
    typed = {"P1_fr": "La boutique est fermée", "P1_en": "The shop is closed", "P2_en": ""}
    assert client.post("/staff/severities/", typed).status_code == 302
    assert "The shop is closed" in client.get("/incidents/declare/").content.decode()
    assert SeverityDescription.objects.get(severity="P2").description_en == ""
    refused = client.post("/staff/severities/", {"P1_fr": "x" * 501, "P1_en": "Kept"})
    assert refused.status_code == 422
    assert "at most 500 characters" in refused.content.decode()
    assert "\nKept</textarea>" in refused.content.decode()


def test_unknown_ids_and_wrong_methods(client: Client, staff: User) -> None:
    assert client.get("/staff/users/999999/").status_code == 404
    assert client.get("/staff/services/999999/").status_code == 404
    assert client.post("/staff/").status_code == 405
    assert client.put("/staff/organisation/").status_code == 405
    assert client.get("/staff/?page=many").status_code == 200


@pytest.mark.parametrize("count", [1, 3, 60])
def test_the_number_of_queries_does_not_grow(client: Client, staff: User, count: int) -> None:
    for _ in range(count):
        UserFactory()
        ServiceFactory()
    with CaptureQueriesContext(connection) as queries:
        client.get("/staff/")
    assert len(queries) == 5
