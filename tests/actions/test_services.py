"""Statuses, relaunches and backlog: what is saved, recorded and sent."""

from collections.abc import Callable
from datetime import timedelta
from smtplib import SMTPServerDisconnected
from typing import Any

import pytest
from django.core import mail
from django.core.mail.backends.base import BaseEmailBackend
from django.utils import timezone

from actions.models import CorrectiveAction
from actions.services import (
    ActionFinished,
    accept_backlog,
    change_status,
    default_message,
    mail_reaches,
    relaunch,
    withdraw_backlog,
)
from postmortems.domain.document import ActionStatus, Horizon, Role, Section, State
from postmortems.forms.causes import ChainForm
from postmortems.models import Change, Postmortem, Why, WhyChain
from postmortems.selectors.document import load_document
from postmortems.services.causes import link_chain
from postmortems.services.changes import NotEditable, RowConflict
from postmortems.services.review import approve_sections
from postmortems.services.rows import add_row
from tests.factories import Cast, complete_postmortem, postmortem_with_roles

pytestmark = pytest.mark.django_db

Committed = Callable[..., Any]


class BrokenServer(BaseEmailBackend):
    def send_messages(self, messages: Any) -> int:
        raise SMTPServerDisconnected("gone")


def action_of(cast: Cast, **values: Any) -> CorrectiveAction:
    defaults = {
        "horizon": Horizon.SHORT,
        "title": "Alert before a credential expires",
        "owner": cast.sme,
        "deadline": timezone.now().date() - timedelta(days=4),
    }
    action = CorrectiveAction(postmortem=cast.postmortem, **{**defaults, **values})
    add_row(action, actor=cast.author)
    return action


def stored(action: CorrectiveAction) -> CorrectiveAction:
    found: CorrectiveAction = CorrectiveAction.objects.get(pk=action.pk)
    return found


@pytest.mark.parametrize("state", list(State))
def test_a_status_changes_in_every_state(state: State) -> None:
    cast = postmortem_with_roles()
    action = action_of(cast)
    Postmortem.objects.filter(pk=cast.postmortem.pk).update(state=state)

    change_status(action, ActionStatus.DROPPED, action.version, actor=cast.sme)

    assert stored(action).status == ActionStatus.DROPPED
    change = Change.objects.latest("id")
    assert (change.target, change.section, change.user) == (action.ref, "", cast.sme)
    assert (change.before, change.after) == ({"status": "todo"}, {"status": "dropped"})


@pytest.mark.parametrize("status", [ActionStatus.TODO, ActionStatus.DOING])
def test_a_closed_post_mortem_keeps_its_actions_finished(status: ActionStatus) -> None:
    cast = postmortem_with_roles()
    action = action_of(cast, status=ActionStatus.DONE)
    Postmortem.objects.filter(pk=cast.postmortem.pk).update(state=State.CLOSED)

    with pytest.raises(NotEditable):
        change_status(action, status, action.version, actor=cast.sme)

    assert stored(action).status == ActionStatus.DONE


def test_done_remembers_when_and_forgets_it_when_it_is_taken_up_again() -> None:
    cast = postmortem_with_roles()
    action = action_of(cast)

    change_status(action, ActionStatus.DONE, action.version, actor=cast.sme)
    assert stored(action).done_at
    change_status(action, ActionStatus.DOING, action.version, actor=cast.sme)
    assert stored(action).done_at is None


def test_a_status_lapses_no_approval() -> None:
    cast = complete_postmortem(state=State.VALIDATION)
    revision = Postmortem.objects.get(pk=cast.postmortem.pk).revision
    approve_sections(cast.postmortem, Role.IC, [Section.ACTIONS], revision, actor=cast.ic)
    action = CorrectiveAction.objects.filter(status=ActionStatus.TODO).get()

    change_status(action, ActionStatus.DONE, action.version, actor=cast.sme)

    assert all(approval.current for approval in load_document(cast.postmortem.pk).review.approvals)


def test_of_two_people_who_change_a_status_the_second_is_told() -> None:
    cast = postmortem_with_roles()
    action = action_of(cast)
    seen = action.version
    change_status(stored(action), ActionStatus.DONE, seen, actor=cast.sme)

    with pytest.raises(RowConflict) as conflict:
        change_status(stored(action), ActionStatus.DROPPED, seen, actor=cast.ic)

    assert conflict.value.current.status == ActionStatus.DONE
    assert stored(action).status == ActionStatus.DONE


def test_a_status_that_it_has_already_is_no_change() -> None:
    cast = postmortem_with_roles()
    action = action_of(cast)
    changes = Change.objects.count()

    change_status(action, ActionStatus.TODO, action.version, actor=cast.sme)

    assert Change.objects.count() == changes


def test_a_chain_that_leads_to_a_dropped_action_alone_leads_nowhere() -> None:
    cast = postmortem_with_roles()
    action, chain = action_of(cast), WhyChain(postmortem=cast.postmortem)
    add_row(chain, actor=cast.author)
    add_row(Why(postmortem=cast.postmortem, chain=chain, question="Why?"), actor=cast.author)
    link_chain(chain, 1, actor=cast.author, action=action.pk)
    action = stored(action)

    for status, leads in (
        (ActionStatus.DONE, True),
        (ActionStatus.DROPPED, False),
        (ActionStatus.TODO, True),
    ):
        change_status(action, status, action.version, actor=cast.sme)
        assert load_document(cast.postmortem.pk).root_cause.chains[0].linked is leads
        read = ChainForm.stored(cast.postmortem).get()
        form = ChainForm(postmortem=cast.postmortem, row=read)
        assert (form["leads_to"].value() == action.ref) is leads
        assert (action.title in str(form)) is leads


def test_a_relaunch_writes_to_the_owner(django_capture_on_commit_callbacks: Committed) -> None:
    cast = postmortem_with_roles()
    action = action_of(cast)

    with django_capture_on_commit_callbacks(execute=True):
        relaunch(action, "What's left & who's on it?", actor=cast.lead)

    (sent,) = mail.outbox
    assert sent.to == [cast.sme.email]
    assert sent.reply_to == [cast.lead.email]
    assert action.title in sent.subject
    assert "What's left & who's on it?" in sent.body
    assert cast.postmortem.incident.title in sent.body
    assert sent.body.count("http") == 1
    assert f"http://testserver/actions/{action.pk}/" in sent.body
    assert load_document(cast.postmortem.pk).actions[0].relaunched_at


def test_nothing_is_written_when_the_relaunch_is_not_kept(
    django_capture_on_commit_callbacks: Committed,
) -> None:
    cast = postmortem_with_roles()
    action = action_of(cast)

    with django_capture_on_commit_callbacks():
        relaunch(action, "How does it stand?", actor=cast.lead)

    assert mail.outbox == []


def test_the_mail_of_a_restricted_post_mortem_says_nothing_of_it(
    django_capture_on_commit_callbacks: Committed,
) -> None:
    cast = postmortem_with_roles(visibility="restricted", incident__title="Salaries in the public folder")
    action = action_of(cast, title="Lock the folder of salaries")

    with django_capture_on_commit_callbacks(execute=True):
        relaunch(action, default_message(action, timezone.now()), actor=cast.lead)

    (sent,) = mail.outbox
    assert "alaries" not in f"{sent.subject} {sent.body}"
    assert f"/actions/{action.pk}/" in sent.body


def test_no_mail_for_who_may_not_open_the_action(django_capture_on_commit_callbacks: Committed) -> None:
    restricted = postmortem_with_roles(visibility="restricted")
    gone = postmortem_with_roles()
    gone.sme.is_active = False
    gone.sme.save()
    actions = [
        action_of(restricted, owner=restricted.outsider),
        action_of(gone),
        action_of(gone, owner=None, owner_name="Payment supplier"),
        action_of(gone, owner=None),
    ]

    with django_capture_on_commit_callbacks(execute=True):
        for action in actions:
            relaunch(action, "How does it stand?", actor=restricted.lead)

    assert mail.outbox == []
    assert [action.relaunches.count() for action in actions] == [1, 1, 1, 1]
    assert not any(mail_reaches(action) for action in actions)


def test_a_mail_server_that_is_down_breaks_nothing(
    django_capture_on_commit_callbacks: Committed, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.EMAIL_BACKEND = f"{__name__}.BrokenServer"
    cast = postmortem_with_roles()
    action = action_of(cast)

    with django_capture_on_commit_callbacks(execute=True):
        relaunch(action, "How does it stand?", actor=cast.lead)

    assert action.relaunches.count() == 1
    assert "SMTPServerDisconnected" in caplog.text
    assert action.title not in caplog.text


@pytest.mark.parametrize("status", [ActionStatus.DONE, ActionStatus.DROPPED])
def test_a_finished_action_is_not_relaunched(status: ActionStatus) -> None:
    cast = postmortem_with_roles()
    action = action_of(cast, status=status)

    with pytest.raises(ActionFinished):
        relaunch(action, "How does it stand?", actor=cast.lead)


def test_a_long_term_action_is_accepted_as_backlog_and_taken_back() -> None:
    cast = postmortem_with_roles()
    action = action_of(cast, horizon=Horizon.LONG, owner=None, deadline=None)

    accept_backlog(action, actor=cast.lead)
    assert load_document(cast.postmortem.pk).actions[0].backlog_accepted
    accept_backlog(stored(action), actor=cast.lead)
    withdraw_backlog(stored(action), actor=cast.lead)
    assert not load_document(cast.postmortem.pk).actions[0].backlog_accepted
    recorded = Change.objects.filter(target=action.ref, verb="changed").values_list("after", "section")
    assert list(recorded) == [({"backlog_accepted": True}, ""), ({"backlog_accepted": False}, "")]


def test_only_the_long_term_is_backlog() -> None:
    cast = postmortem_with_roles()

    with pytest.raises(RowConflict):
        accept_backlog(action_of(cast, horizon=Horizon.MEDIUM), actor=cast.lead)


def test_nothing_is_accepted_in_a_closed_post_mortem() -> None:
    cast = postmortem_with_roles()
    action = action_of(cast, horizon=Horizon.LONG)
    Postmortem.objects.filter(pk=cast.postmortem.pk).update(state=State.CLOSED)

    with pytest.raises(NotEditable):
        accept_backlog(action, actor=cast.lead)


@pytest.mark.parametrize(
    ("zone", "late"), [("Pacific/Kiritimati", True), ("UTC", False), ("Pacific/Pago_Pago", False)]
)
def test_an_action_is_late_by_the_calendar_of_its_post_mortem(zone: str, late: bool) -> None:
    now = timezone.now().replace(hour=12)
    cast = postmortem_with_roles(incident__zone=zone)

    action = action_of(cast, deadline=now.date())
    assert action.is_late(now) is late
    assert CorrectiveAction.objects.late(now).exists() is late


def test_late_is_the_same_word_for_one_action_and_for_a_list() -> None:
    now = timezone.now()
    expected = set()
    for zone in ("Pacific/Kiritimati", "UTC", "Pacific/Pago_Pago"):
        cast = postmortem_with_roles(incident__zone=zone)
        for offset in range(-2, 3):
            for status in ActionStatus:
                action = action_of(cast, deadline=now.date() + timedelta(days=offset), status=status)
                if action.is_late(now):
                    expected.add(action)
        action_of(cast, deadline=None)

    assert set(CorrectiveAction.objects.late(now)) == expected
