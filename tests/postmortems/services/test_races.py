"""Several people do the same at the same moment: nobody meets an error, and each is told the truth."""

import threading
from collections.abc import Callable, Iterable

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from postmortems.domain.document import Language, Role
from postmortems.models import Postmortem, Service, User
from postmortems.services.accounts import create_account, edit_account
from postmortems.services.changes import Stale
from postmortems.services.incidents import (
    AlreadyStarted,
    Person,
    assign_people,
    edit_properties,
    start_postmortem,
)
from postmortems.services.organisation import save_service
from tests.factories import IncidentFactory, PostmortemFactory, UserFactory, postmortem_with_roles

PEOPLE = 4

together = pytest.mark.django_db(transaction=True)


def at_once(acts: Iterable[Callable[[], object]]) -> list[str]:
    """Do all this at the same moment; return what each came to: ``done`` or the name of the error."""
    waiting = list(acts)
    start, outcomes = threading.Barrier(len(waiting)), []

    def run(act: Callable[[], object]) -> None:
        connection.ensure_connection()
        start.wait()
        try:
            act()
            outcomes.append("done")
        except Exception as error:
            outcomes.append(type(error).__name__)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(act,)) for act in waiting]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(outcomes)


@together
def test_postmortems_of_one_title_started_together_get_names_of_their_own() -> None:
    author = UserFactory()
    incidents = [IncidentFactory(title="Checkout unavailable") for _ in range(PEOPLE)]

    def start(number: int) -> Callable[[], object]:
        return lambda: start_postmortem(
            actor=author,
            incident=incidents[number],
            language=Language.ENGLISH,
            people=[Person(Role.AUTHOR, author)],
        )

    assert at_once(start(number) for number in range(PEOPLE)) == ["done"] * PEOPLE
    slugs = Postmortem.objects.values_list("slug", flat=True).order_by("slug")
    assert [slug.partition("unavailable")[2] for slug in slugs] == ["", "-2", "-3", "-4"]


@together
def test_the_postmortem_of_one_incident_is_started_once() -> None:
    author, incident = UserFactory(), IncidentFactory()

    def start() -> None:
        people = [Person(Role.AUTHOR, author)]
        start_postmortem(actor=author, incident=incident, language=Language.ENGLISH, people=people)

    assert at_once([start] * PEOPLE) == [AlreadyStarted.__name__] * (PEOPLE - 1) + ["done"]
    assert Postmortem.objects.count() == 1


@together
def test_postmortems_renamed_together_get_names_of_their_own() -> None:
    author = UserFactory()
    postmortems = [PostmortemFactory(incident__declared_by=author) for _ in range(PEOPLE)]

    def rename(postmortem: Postmortem) -> Callable[[], object]:
        postmortem.incident.title = "Checkout unavailable"
        return lambda: edit_properties(postmortem, actor=author)

    assert at_once(rename(postmortem) for postmortem in postmortems) == ["done"] * PEOPLE
    assert Postmortem.objects.filter(slug__contains="checkout-unavailable").count() == PEOPLE


@together
def test_of_several_who_change_the_people_together_one_wins() -> None:
    cast = postmortem_with_roles()

    def assign(name: str) -> Callable[[], object]:
        people = [Person(Role.AUTHOR, cast.author), Person(Role.PARTICIPANT, name=name)]
        return lambda: assign_people(cast.postmortem, people, actor=cast.author, seen=0)

    outcomes = at_once(assign(name) for name in ("Ada", "Grace", "Robin", "Sam"))
    assert outcomes == [Stale.__name__] * (PEOPLE - 1) + ["done"]
    assert cast.postmortem.roles.count() == 2


@together
def test_an_address_is_given_to_one_of_the_accounts_created_together() -> None:
    def create() -> None:
        create_account(User(email="new@example.org", display_name="New Person"))

    assert at_once([create] * PEOPLE) == [ValidationError.__name__] * (PEOPLE - 1) + ["done"]


@together
def test_a_name_is_given_to_one_of_the_services_created_together() -> None:
    outcomes = at_once([lambda: save_service(Service(name="Checkout"))] * PEOPLE)
    assert outcomes == [ValidationError.__name__] * (PEOPLE - 1) + ["done"]


@pytest.mark.django_db
def test_what_was_taken_since_the_form_looked_is_an_error_of_the_field() -> None:
    UserFactory(email="taken@example.org")
    other = UserFactory()
    other.email = "Taken@example.org"
    for save, user in (
        (create_account, User(email="taken@example.org", display_name="New")),
        (edit_account, other),
    ):
        with pytest.raises(ValidationError) as refused:
            save(user)
        assert refused.value.message_dict == {"email": ["taken@example.org has an account already."]}
    Service.objects.create(name="Checkout")
    with pytest.raises(ValidationError) as refused:
        save_service(Service(name="Checkout"))
    assert refused.value.message_dict == {"name": ["There is a service of this name already."]}
