"""The form of a corrective action: what it asks for, and how an owner is found."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from actions.forms import ActionForm
from actions.models import CorrectiveAction
from postmortems.domain.document import ActionStatus, Horizon
from postmortems.selectors.document import incident_date
from postmortems.services.rows import add_row
from tests.factories import Cast, UserFactory, postmortem_with_roles

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    return postmortem_with_roles()


def filled(cast: Cast, **values: Any) -> ActionForm:
    data = {"horizon": "short", "title": "Alert before a credential expires", "status": "todo", **values}
    return ActionForm(data, postmortem=cast.postmortem)


def saved(cast: Cast, **values: Any) -> CorrectiveAction:
    action = CorrectiveAction(
        postmortem=cast.postmortem, **{"horizon": Horizon.SHORT, "title": "An action", **values}
    )
    add_row(action, actor=cast.author)
    return action


def edited(cast: Cast, action: CorrectiveAction, **values: Any) -> ActionForm:
    data = {"horizon": action.horizon, "title": action.title, "version": action.version, **values}
    return ActionForm(data, postmortem=cast.postmortem, row=action)


@pytest.mark.parametrize(
    "typed", ["Ic Example", "  ic  EXAMPLE ", "{email}", "Ic Example <{email}>"], ids=str.strip
)
def test_an_owner_with_an_account_is_found_by_name_or_address(cast: Cast, typed: str) -> None:
    form = filled(cast, owner=typed.format(email=cast.ic.email.upper()))

    assert form.is_valid(), form.errors
    assert (form.instance.owner, form.instance.owner_name) == (cast.ic, "")


def test_any_other_name_stays_a_name(cast: Cast) -> None:
    form = filled(cast, owner="Payment   supplier")

    assert form.is_valid(), form.errors
    assert (form.instance.owner, form.instance.owner_name) == (None, "Payment supplier")


def test_an_address_without_an_account_is_an_error(cast: Cast) -> None:
    form = filled(cast, owner="nobody@example.org")

    assert "has no account" in str(form.errors["owner"])


def test_an_owner_need_not_be_on_a_restricted_post_mortem() -> None:
    cast = postmortem_with_roles(visibility="restricted")

    assert filled(cast, owner=cast.outsider.email).is_valid()


def test_an_untouched_owner_stays_although_two_accounts_have_the_name(cast: Cast) -> None:
    action = saved(cast, owner=cast.ic)
    UserFactory(display_name=cast.ic.display_name)

    form = edited(cast, action, owner=str(cast.ic), title="Another title")

    assert form.is_valid(), form.errors
    assert form.instance.owner == cast.ic


def test_an_owner_can_be_taken_away(cast: Cast) -> None:
    action = saved(cast, owner=cast.ic)

    form = edited(cast, action, owner="")

    assert form.is_valid(), form.errors
    assert (form.instance.owner, form.instance.owner_name) == (None, "")


def test_a_deadline_before_the_incident_is_an_error(cast: Cast) -> None:
    day = incident_date(cast.postmortem)

    assert filled(cast, deadline=day.isoformat()).is_valid()
    form = filled(cast, deadline=(day - timedelta(days=1)).isoformat())
    assert "before the incident" in str(form.errors["deadline"])


@pytest.mark.parametrize("address", ["javascript:alert(1)", "ftp://example.org/1", "T-12", "https://"])
def test_a_ticket_is_a_web_address(cast: Cast, address: str) -> None:
    assert "web address" in str(filled(cast, tracker=address).errors["tracker"])


def test_a_ticket_may_be_inside_the_network(cast: Cast) -> None:
    assert filled(cast, tracker="http://tickets/T-12").is_valid()


def test_an_immediate_action_is_proposed_as_done_and_remembers_when(cast: Cast) -> None:
    form = ActionForm(postmortem=cast.postmortem, initial={"horizon": "immediate", "open": "1"})
    assert form["status"].value() == ActionStatus.DONE

    before = timezone.now()
    form = filled(cast, horizon="immediate", status="done")
    assert form.is_valid(), form.errors
    assert form.instance.done_at >= before


@pytest.mark.parametrize(
    ("horizon", "absent"),
    [
        (Horizon.IMMEDIATE, {"deadline", "verification", "description"}),
        (Horizon.SHORT, {"description"}),
        (Horizon.MEDIUM, {"description"}),
        (Horizon.LONG, set()),
    ],
)
def test_a_new_action_is_asked_for_what_its_horizon_needs(
    cast: Cast, horizon: Horizon, absent: set[str]
) -> None:
    form = ActionForm(postmortem=cast.postmortem, initial={"horizon": horizon})

    assert {"deadline", "verification", "description"} - set(form.fields) == absent
    assert form.fields["horizon"].widget.is_hidden


def test_a_stored_action_keeps_what_its_new_horizon_would_not_ask_for(cast: Cast) -> None:
    action = saved(cast, horizon=Horizon.SHORT, description="Written when it was long term")

    assert "description" in ActionForm(postmortem=cast.postmortem, row=action).fields


def test_the_form_of_a_new_action_waits_behind_a_button_until_it_is_opened(cast: Cast) -> None:
    assert ActionForm(postmortem=cast.postmortem, initial={"horizon": "short"}).menu
    assert not ActionForm(postmortem=cast.postmortem, initial={"horizon": "short", "open": "1"}).menu
    assert not filled(cast, title="").menu
