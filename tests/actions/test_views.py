"""The board, the desk, the page of an action and what is done from them."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from actions.models import CorrectiveAction
from postmortems.domain.differences import Kind, Piece
from postmortems.domain.document import ActionStatus, Horizon, Role, State
from postmortems.models import Postmortem, User
from postmortems.services.rows import add_row, delete_row, edit_row
from tests.factories import Cast, ServiceFactory, UserFactory, postmortem_with_roles

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


@pytest.fixture
def cast() -> Cast:
    return postmortem_with_roles()


@pytest.fixture
def restricted() -> Cast:
    return postmortem_with_roles(visibility="restricted", incident__title="Secret incident")


def day(offset: int) -> date:
    return timezone.now().date() + timedelta(days=offset)


def action_of(
    cast: Cast, title: str = "Alert before a credential expires", **values: Any
) -> CorrectiveAction:
    defaults = {"horizon": Horizon.SHORT, "owner": cast.sme, "deadline": day(-4)}
    action = CorrectiveAction(postmortem=cast.postmortem, title=title, **{**defaults, **values})
    add_row(action, actor=cast.author)
    return action


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def address(name: str, action: CorrectiveAction | None = None) -> str:
    return reverse(f"actions:{name}", args=[action.pk] if action else [])


def stored(action: CorrectiveAction) -> CorrectiveAction:
    found: CorrectiveAction = CorrectiveAction.objects.get(pk=action.pk)
    return found


def titles(response: Any) -> list[str]:
    return [action.title for action in response.context["board"].page.object_list]


POSTS = {
    "status": {"status": "done", "version": 1},
    "relaunch": {"message": "How does it stand?"},
    "accept-backlog": {"accept": "yes"},
}


# --- The door ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["action", "relaunch"])
def test_a_stranger_to_a_restricted_post_mortem_reads_nothing(restricted: Cast, name: str) -> None:
    action = action_of(restricted)

    assert signed_in(restricted.outsider).get(address(name, action)).status_code == 404


@pytest.mark.parametrize("name", POSTS)
def test_a_stranger_to_a_restricted_post_mortem_writes_nothing(restricted: Cast, name: str) -> None:
    action = action_of(restricted, horizon=Horizon.LONG)

    assert signed_in(restricted.outsider).post(address(name, action), POSTS[name]).status_code == 404
    assert stored(action).version == 1


@pytest.mark.parametrize("name", POSTS)
def test_a_reader_writes_nothing(cast: Cast, name: str) -> None:
    action = action_of(cast, horizon=Horizon.LONG)

    assert signed_in(cast.reader).post(address(name, action), POSTS[name]).status_code == 403
    assert stored(action).version == 1
    assert not action.relaunches.exists()


@pytest.mark.parametrize("state", [State.DRAFTING, State.FOLLOW_UP, State.VALIDATED, State.CLOSED])
def test_an_owner_without_a_role_updates_their_own_action_and_no_other(cast: Cast, state: State) -> None:
    mine, other = action_of(cast, owner=cast.reader), action_of(cast, horizon=Horizon.LONG)
    Postmortem.objects.filter(pk=cast.postmortem.pk).update(state=state)
    client = signed_in(cast.reader)

    for action, may in ((mine, True), (other, False)):
        form = f'action="{address("status", action)}"'
        pages = [client.get(address("action", action)), client.get(address("board"))]
        assert [form in page.content.decode() for page in pages] == [may, may]
        answer = client.post(address("status", action), POSTS["status"])
        assert answer.status_code == (302 if may else 403)
    assert (stored(mine).status, stored(other).status) == (ActionStatus.DONE, ActionStatus.TODO)
    for name in ("relaunch", "accept-backlog"):
        assert client.post(address(name, mine), POSTS[name]).status_code == 403
    assert client.get(row_url(mine, "row-edit")).status_code == 403


def test_an_owner_who_changes_the_status_in_place_may_change_it_again(cast: Cast) -> None:
    action = action_of(cast, owner=cast.reader)

    answer = signed_in(cast.reader).post(address("status", action), POSTS["status"], headers=HTMX)

    assert f'action="{address("status", action)}"' in answer.content.decode()


def test_an_owner_who_is_not_on_a_restricted_post_mortem_stays_a_stranger(restricted: Cast) -> None:
    action = action_of(restricted, owner=restricted.outsider)
    client = signed_in(restricted.outsider)

    assert client.get(address("action", action)).status_code == 404
    assert client.post(address("status", action), POSTS["status"]).status_code == 404
    assert titles(client.get(address("board"))) == []
    assert stored(action).status == ActionStatus.TODO


@pytest.mark.parametrize("name", ["relaunch", "accept-backlog"])
def test_only_the_lead_relaunches_and_accepts(cast: Cast, name: str) -> None:
    action = action_of(cast, horizon=Horizon.LONG)

    assert signed_in(cast.author).post(address(name, action), POSTS[name]).status_code == 403


@pytest.mark.parametrize("name", POSTS)
def test_an_action_that_is_not_there(cast: Cast, name: str) -> None:
    action = action_of(cast)
    delete_row(action, actor=cast.author)
    client = signed_in(cast.lead)

    assert client.post(address(name, action), POSTS[name]).status_code == 404
    assert client.post(reverse(f"actions:{name}", args=[10**12]), POSTS[name]).status_code == 404


@pytest.mark.parametrize(
    ("name", "method"),
    [
        ("board", "post"),
        ("desk", "post"),
        ("action", "post"),
        ("status", "put"),
        ("relaunch", "put"),
        ("accept-backlog", "delete"),
    ],
)
def test_the_wrong_method(cast: Cast, name: str, method: str) -> None:
    action = None if name in {"board", "desk"} else action_of(cast)

    assert getattr(signed_in(cast.lead), method)(address(name, action)).status_code == 405


@pytest.mark.parametrize("name", ["status", "accept-backlog"])
def test_the_address_of_a_form_leads_back_to_its_action(cast: Cast, name: str) -> None:
    found = action_of(cast)
    response = signed_in(cast.lead).get(address(name, found))
    assert (response.status_code, response["Location"]) == (302, address("action", found))


@pytest.mark.parametrize("name", ["board", "desk"])
def test_lists_ask_for_a_sign_in(client: Client, db: None, name: str) -> None:
    assert client.get(address(name)).status_code == 302


# --- The board ---------------------------------------------------------------------------------------


def test_the_board_shows_late_actions_first_and_finished_ones_last(cast: Cast) -> None:
    action_of(cast, "No deadline", deadline=None)
    action_of(cast, "In a week", deadline=day(7))
    action_of(cast, "Long late", deadline=day(-9))
    action_of(cast, "Finished", deadline=day(-30), status=ActionStatus.DONE)
    action_of(cast, "Late", deadline=day(-1))
    client = signed_in(cast.reader)

    assert titles(client.get(address("board"))) == ["Long late", "Late", "In a week", "No deadline"]
    assert titles(client.get(address("board"), {"status": "any"}))[-1] == "Finished"


def test_the_board_hides_what_a_stranger_may_not_know(restricted: Cast) -> None:
    action_of(restricted)

    response = signed_in(restricted.outsider).get(address("board"), {"status": "any"})
    assert titles(response) == []
    assert [choice.count for choice in response.context["board"].views] == [0, 0, 0]
    assert "Secret incident" not in response.content.decode()
    assert titles(signed_in(restricted.participant).get(address("board"))) != []


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"view": "mine"}, ["Mine"]),
        ({"view": "late"}, ["Late"]),
        ({"status": "doing"}, ["Begun"]),
        ({"status": "done"}, ["Finished"]),
        ({"horizon": "long"}, ["Later"]),
        ({"view": "mine", "horizon": "long"}, []),
        ({"view": "nonsense", "status": "<b>", "horizon": "0", "service": "x", "page": "-"}, None),
    ],
)
def test_the_board_narrows_to(cast: Cast, query: dict[str, str], expected: list[str] | None) -> None:
    action_of(cast, "Late")
    action_of(cast, "Begun", deadline=None, status=ActionStatus.DOING)
    action_of(cast, "Finished", status=ActionStatus.DONE)
    action_of(cast, "Later", deadline=None, horizon=Horizon.LONG)
    action_of(cast, "Mine", deadline=None, owner=cast.reader)

    found = titles(signed_in(cast.reader).get(address("board"), query))

    assert found == (["Late", "Begun", "Later", "Mine"] if expected is None else expected)


def test_the_board_narrows_to_a_service() -> None:
    service = ServiceFactory()
    touched = postmortem_with_roles(incident__services=[service])
    action_of(touched, "Touched")
    action_of(postmortem_with_roles(), "Elsewhere")

    assert titles(signed_in(touched.reader).get(address("board"), {"service": service.pk})) == ["Touched"]


def test_the_links_of_the_board_keep_what_was_chosen_before(cast: Cast) -> None:
    board = signed_in(cast.reader).get(address("board"), {"view": "mine", "horizon": "long"}).context["board"]

    assert {choice.address for choice in board.views} == {
        "horizon=long",
        "view=mine&horizon=long",
        "view=late&horizon=long",
    }


@pytest.mark.parametrize(
    ("query", "heading"), [({}, "No open action"), ({"view": "mine"}, "No action matches")]
)
def test_an_empty_board_says_how_to_go_on(cast: Cast, query: dict[str, str], heading: str) -> None:
    assert heading in signed_in(cast.reader).get(address("board"), query).content.decode()


def test_the_board_turns_pages_after_fifty(cast: Cast) -> None:
    for number in range(51):
        action_of(cast, f"Action {number}")
    client = signed_in(cast.reader)

    assert len(titles(client.get(address("board")))) == 50
    assert titles(client.get(address("board"), {"page": 2})) == ["Action 50"]


def test_who_is_on_the_post_mortem_changes_a_status_from_the_board(cast: Cast) -> None:
    action = action_of(cast)
    form = f'action="{address("status", action)}"'

    assert form in signed_in(cast.participant).get(address("board")).content.decode()
    assert form not in signed_in(cast.reader).get(address("board")).content.decode()


@pytest.mark.parametrize("count", [1, 3])
def test_the_board_asks_seven_queries(
    cast: Cast, count: int, django_assert_num_queries: Callable[[int], Any]
) -> None:
    for number in range(count):
        action_of(postmortem_with_roles(), f"Action {number}")
    client = signed_in(cast.lead)

    with django_assert_num_queries(7):
        assert len(titles(client.get(address("board")))) == count


# --- The desk ----------------------------------------------------------------------------------------


def test_the_desk_shows_what_waits_for_the_lead(cast: Cast) -> None:
    Postmortem.objects.filter(pk=cast.postmortem.pk).update(state=State.FOLLOW_UP)
    action_of(cast, "Late by four", deadline=day(-4))
    action_of(cast, "Late by nine", deadline=day(-9), owner=None, owner_name="Payment supplier")
    action_of(cast, "Late by two", deadline=day(-2))
    action_of(cast, "Not late", deadline=day(3))
    action_of(cast, "Finished", deadline=day(-9), status=ActionStatus.DONE)
    action_of(cast, "Some day", horizon=Horizon.LONG, owner=None, deadline=None)
    other = postmortem_with_roles()
    action_of(other, "Of another lead")

    desk = signed_in(cast.lead).get(address("desk")).context["desk"]

    assert [(group.owner, [action.title for action in group.actions]) for group in desk.late] == [
        ("Payment supplier", ["Late by nine"]),
        ("Sme Example", ["Late by four", "Late by two"]),
    ]
    assert [action.title for action in desk.backlog] == ["Some day"]
    assert [waiting.pk for waiting in desk.to_sign_off] == [cast.postmortem.pk]


def test_the_desk_shows_what_can_be_closed(cast: Cast) -> None:
    Postmortem.objects.filter(pk=cast.postmortem.pk).update(state=State.VALIDATED)
    client = signed_in(cast.lead)
    assert [found.pk for found in client.get(address("desk")).context["desk"].to_close] == [
        cast.postmortem.pk
    ]

    action_of_validated = CorrectiveAction(postmortem=cast.postmortem, title="Open", horizon=Horizon.SHORT)
    action_of_validated.save()
    assert client.get(address("desk")).context["desk"].to_close == []


def test_the_desk_leaves_out_what_is_closed(cast: Cast) -> None:
    action_of(cast)
    Postmortem.objects.filter(pk=cast.postmortem.pk).update(state=State.CLOSED)

    assert signed_in(cast.lead).get(address("desk")).context["desk"].empty


def test_an_empty_desk_says_what_it_is_for(cast: Cast) -> None:
    assert "late actions come here" in signed_in(cast.lead).get(address("desk")).content.decode().lower()
    assert "You are not the lead" in signed_in(cast.reader).get(address("desk")).content.decode()


@pytest.mark.parametrize("count", [1, 3])
def test_the_desk_asks_four_queries(
    cast: Cast, count: int, django_assert_num_queries: Callable[[int], Any]
) -> None:
    for number in range(count):
        action_of(cast, f"Action {number}", owner=UserFactory())
    client = signed_in(cast.lead)

    with django_assert_num_queries(4):
        assert len(client.get(address("desk")).context["desk"].late) == count


# --- The page of an action ---------------------------------------------------------------------------


def sides(pieces: tuple[Piece, ...]) -> tuple[str, str]:
    """What a field held before, and after."""
    before = "".join(piece.text for piece in pieces if piece.kind is not Kind.ADDED)
    after = "".join(piece.text for piece in pieces if piece.kind is not Kind.REMOVED)
    return before, after


def test_an_action_tells_what_happened_to_it(cast: Cast) -> None:
    action = action_of(cast, deadline=day(2))
    action.owner, action.deadline = cast.ic, day(9)
    edit_row(action, action.version, actor=cast.author)
    lead = signed_in(cast.lead)
    lead.post(address("relaunch", action), {"message": "How does it stand?"})
    lead.post(address("status", action), {"status": "doing", "version": action.version})

    history = lead.get(address("action", action)).context["history"]

    told = [
        (entry.who, entry.verb, [(line.label, *sides(line.pieces)) for line in entry.fields])
        for entry in history
    ]
    assert told[0] == ("Lead Example", "changed", [("status", "To do", "In progress")])
    assert told[1] == ("Lead Example", "asked the owner", [])
    assert history[1].note == "How does it stand?"
    assert told[2][2][0] == ("owner", "Sme Example", "Ic Example")
    assert told[2][2][1][0] == "deadline"
    assert told[3] == ("Author Example", "created", [])


def test_every_reader_sees_an_action_but_the_lead_alone_relaunches(cast: Cast) -> None:
    action = action_of(cast)
    button = f'href="{address("relaunch", action)}"'

    assert button in signed_in(cast.lead).get(address("action", action)).content.decode()
    page = signed_in(cast.reader).get(address("action", action))
    assert page.status_code == 200
    assert button not in page.content.decode()


def test_an_owner_who_left_is_told_from_one_who_can_still_be_asked(cast: Cast) -> None:
    action = action_of(cast)
    lead = signed_in(cast.lead)
    words = "This account is deactivated"
    assert words not in lead.get(address("action", action)).content.decode()

    User.objects.filter(pk=cast.sme.pk).update(is_active=False)

    assert words in lead.get(address("action", action)).content.decode()
    assert words in lead.get(address("desk")).content.decode()
    assert "has no active account" in lead.get(address("relaunch", action)).content.decode()


def test_markup_in_an_action_is_shown_and_never_runs(cast: Cast) -> None:
    action = action_of(cast, "Rotate `keys` <script>alert(1)</script>", tracker="javascript:alert(1)")
    client = signed_in(cast.lead)

    for page in ("action", "board", "desk"):
        html = client.get(address(page, action if page == "action" else None)).content.decode()
        assert "<script>alert" not in html
        assert 'href="javascript' not in html
    assert "<code>keys</code>" in client.get(address("action", action)).content.decode()


@pytest.mark.parametrize("changes", [1, 3])
def test_an_action_asks_seven_queries(
    cast: Cast, changes: int, django_assert_num_queries: Callable[[int], Any]
) -> None:
    action = action_of(cast)
    for number in range(changes):
        action.owner = UserFactory()
        action.title = f"Title {number}"
        edit_row(action, action.version, actor=UserFactory())
    client = signed_in(cast.lead)

    with django_assert_num_queries(7):
        client.get(address("action", action))


# --- Status ------------------------------------------------------------------------------------------


def test_a_status_changes_without_script_and_leads_back(cast: Cast) -> None:
    action = action_of(cast)
    back = f"{address('board')}?view=late#{action.ref}"

    response = signed_in(cast.participant).post(
        address("status", action), {"status": "done", "version": 1, "next": back}
    )

    assert (response.status_code, response["Location"]) == (302, back)
    assert stored(action).status == ActionStatus.DONE


@pytest.mark.parametrize("elsewhere", ["https://example.org/", "//example.org/", "javascript:alert(1)", ""])
def test_a_status_never_leads_elsewhere(cast: Cast, elsewhere: str) -> None:
    action = action_of(cast)

    response = signed_in(cast.sme).post(
        address("status", action), {"status": "done", "version": 1, "next": elsewhere}
    )

    assert response["Location"] == address("action", action)


def test_a_status_changes_with_htmx_in_its_place(cast: Cast) -> None:
    action = action_of(cast)

    response = signed_in(cast.sme).post(
        address("status", action), {"status": "done", "version": 1}, headers=HTMX
    )

    html = response.content.decode()
    assert response["HX-Trigger"] == '{"document-changed": {}}'
    assert f'id="{action.ref}-state"' in html
    assert "<html" not in html
    assert 'name="version" value="2"' in html
    assert "late" not in html


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["plain", "htmx"])
def test_a_status_that_somebody_changed_first_is_shown_as_it_is(cast: Cast, headers: dict[str, str]) -> None:
    action = action_of(cast)
    client = signed_in(cast.sme)
    client.post(address("status", action), {"status": "doing", "version": 1})

    response = client.post(address("status", action), {"status": "dropped", "version": 1}, headers=headers)

    assert response.status_code == 409
    assert "Somebody changed this action meanwhile" in response.content.decode()
    assert "In progress" in response.content.decode()
    assert stored(action).status == ActionStatus.DOING


@pytest.mark.parametrize("data", [{}, {"status": "late", "version": 1}, {"status": "done", "version": "x"}])
def test_a_status_that_does_not_exist_is_refused(cast: Cast, data: dict[str, Any]) -> None:
    action = action_of(cast)

    response = signed_in(cast.sme).post(address("status", action), data)

    assert response.status_code == 422
    assert stored(action).status == ActionStatus.TODO


def test_the_status_of_a_closed_post_mortem_can_be_mended(cast: Cast) -> None:
    action = action_of(cast)
    Postmortem.objects.filter(pk=cast.postmortem.pk).update(state=State.CLOSED)

    signed_in(cast.sme).post(address("status", action), {"status": "done", "version": 1})

    assert stored(action).status == ActionStatus.DONE


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["plain", "htmx"])
def test_a_closed_post_mortem_has_no_action_that_is_taken_up_again(
    cast: Cast, headers: dict[str, str]
) -> None:
    action = action_of(cast, status=ActionStatus.DONE)
    client = signed_in(cast.sme)
    Postmortem.objects.filter(pk=cast.postmortem.pk).update(state=State.CLOSED)
    assert client.get(address("action", action)).content.decode().count('name="status"') == 1

    response = client.post(address("status", action), {"status": "doing", "version": 1}, headers=headers)

    html = response.content.decode()
    assert response.status_code == 409
    assert ("<html" in html) is not bool(headers)
    assert html.count("This post-mortem is closed") == 1
    assert stored(action).status == ActionStatus.DONE


def test_a_change_of_status_asks_nine_queries(
    cast: Cast, django_assert_num_queries: Callable[[int], Any]
) -> None:
    action = action_of(cast)
    client = signed_in(cast.sme)

    with django_assert_num_queries(9):
        client.post(address("status", action), {"status": "done", "version": 1}, headers=HTMX)


# --- Relaunch ----------------------------------------------------------------------------------------


def test_the_lead_reads_what_will_be_sent_in_the_owners_language(cast: Cast) -> None:
    action = action_of(cast)

    page = signed_in(cast.lead).get(address("relaunch", action)).content.decode()

    assert "This action was due 4 days ago and is still open." in page
    assert cast.sme.email in page
    assert "Send the relaunch" in page


def test_a_relaunch_is_sent_and_leads_back_to_the_desk(
    cast: Cast, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    action = action_of(cast)
    client = signed_in(cast.lead)

    with django_capture_on_commit_callbacks(execute=True):
        response = client.post(address("relaunch", action), {"message": "How does it stand?"})

    assert (response.status_code, response["Location"]) == (302, address("desk"))
    assert len(mail.outbox) == 1
    assert "Relaunched today" in client.get(address("desk")).content.decode()
    action.relaunches.update(at=timezone.now() - timedelta(days=3))
    assert "Relaunched 3 days ago" in client.get(address("desk")).content.decode()


@pytest.mark.parametrize("message", ["", "x" * 5001, "bell \x07"], ids=["empty", "long", "control"])
def test_a_message_that_cannot_be_sent_is_kept_in_the_form(cast: Cast, message: str) -> None:
    action = action_of(cast)

    response = signed_in(cast.lead).post(address("relaunch", action), {"message": message})

    assert response.status_code == 422
    assert response.context["form"]["message"].value() == message
    assert not action.relaunches.exists()


def test_the_lead_is_told_when_no_mail_will_be_sent(restricted: Cast) -> None:
    lead = signed_in(restricted.lead)
    owners: dict[str, dict[str, Any]] = {
        "is not on it": {"owner": restricted.outsider},
        "has no active account": {"owner": None, "owner_name": "Payment supplier"},
        "nobody owns this action": {"owner": None},
    }

    for words, owner in owners.items():
        page = lead.get(address("relaunch", action_of(restricted, **owner))).content.decode()
        assert words in page
        assert "Record the relaunch" in page


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_finished_action_is_not_relaunched(cast: Cast, method: str) -> None:
    action = action_of(cast, status=ActionStatus.DONE)

    response = getattr(signed_in(cast.lead), method)(address("relaunch", action), {"message": "Well?"})

    assert response.status_code == 409
    assert "This action is finished" in response.content.decode()
    assert not action.relaunches.exists()


# --- Backlog -----------------------------------------------------------------------------------------


def test_the_lead_accepts_a_backlog_and_takes_it_back(cast: Cast) -> None:
    action = action_of(cast, horizon=Horizon.LONG, owner=None, deadline=None)
    client = signed_in(cast.lead)

    response = client.post(address("accept-backlog", action), {"accept": "yes"})
    assert response["Location"] == f"{address('desk')}?accepted={action.pk}"
    assert stored(action).backlog_accepted_by == cast.lead
    page = client.get(response["Location"])
    assert page.context["desk"].backlog == []
    assert "is accepted as backlog" in page.content.decode()

    client.post(address("accept-backlog", action), {"accept": "no"})
    assert stored(action).backlog_accepted_at is None
    assert stored(action).backlog_accepted_by is None


@pytest.mark.parametrize("key", ["0", "x", "9" * 30, "{other}"])
def test_the_desk_offers_no_undo_of_what_was_not_accepted(cast: Cast, key: str) -> None:
    other = action_of(cast, horizon=Horizon.LONG)

    page = signed_in(cast.lead).get(address("desk"), {"accepted": key.format(other=other.pk)})

    assert page.status_code == 200
    assert "is accepted as backlog" not in page.content.decode()


def test_the_desk_names_nothing_to_a_lead_who_was_removed(restricted: Cast) -> None:
    action = action_of(restricted, "Lock the folder", horizon=Horizon.LONG, owner=None, deadline=None)
    client = signed_in(restricted.lead)
    desk = client.post(address("accept-backlog", action), {"accept": "yes"})["Location"]
    assert "Lock the folder" in client.get(desk).content.decode()

    restricted.postmortem.roles.filter(user=restricted.lead).delete()

    assert "Lock the folder" not in client.get(desk).content.decode()


def test_an_action_of_another_horizon_is_not_accepted(cast: Cast) -> None:
    action = action_of(cast)

    response = signed_in(cast.lead).post(address("accept-backlog", action), {"accept": "yes"})

    assert response.status_code == 409
    assert stored(action).backlog_accepted_at is None


def test_an_acceptance_says_yes_or_no(cast: Cast) -> None:
    action = action_of(cast, horizon=Horizon.LONG)

    assert signed_in(cast.lead).post(address("accept-backlog", action), {}).status_code == 400


# --- In the workspace --------------------------------------------------------------------------------


def row_url(action: CorrectiveAction, name: str = "row-show") -> str:
    return reverse(f"postmortems:{name}", args=[action.postmortem_id, "action", action.pk])


def test_a_row_of_the_workspace_shows_owner_deadline_status_and_ticket(cast: Cast) -> None:
    action = action_of(cast, action_kind="prevent", tracker="https://tracker.example.org/T-12")

    html = signed_in(cast.author).get(row_url(action), headers=HTMX).content.decode()

    for words in ("Sme Example", "4 days late", "To do", "Prevent", "tracker.example.org/T-12"):
        assert words in html


def test_the_form_of_an_action_proposes_the_people_of_the_post_mortem_first(cast: Cast) -> None:
    early = UserFactory(display_name="Aaron Early")
    address_ = reverse("postmortems:row-add", args=[cast.postmortem.pk, "action"])

    html = signed_in(cast.author).get(f"{address_}?horizon=short&open=1", headers=HTMX).content.decode()

    assert html.count("<datalist") == 1
    assert html.index('value="Sme Example"') < html.index(f'value="{early.display_name}"')


def test_an_action_is_added_in_its_horizon_and_the_form_stays_open(cast: Cast) -> None:
    client = signed_in(cast.author)
    data = {
        "horizon": "medium",
        "title": "Renew credentials from the vault",
        "owner": "Sme Example",
        "deadline": day(20).isoformat(),
        "status": "todo",
        "action_kind": "prevent",
        "verification": "",
        "tracker": "",
    }

    response = client.post(
        reverse("postmortems:row-add", args=[cast.postmortem.pk, "action"]), data, headers=HTMX
    )

    assert response.status_code == 200
    action = CorrectiveAction.objects.get()
    assert (action.horizon, action.owner, action.action_kind) == (Horizon.MEDIUM, cast.sme, "prevent")
    html = response.content.decode()
    assert f'id="{action.ref}"' in html
    assert 'name="title"' in html


def test_the_section_of_actions_keeps_within_its_queries(
    cast: Cast, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    for number in range(3):
        action_of(cast, f"Action {number}", owner=UserFactory())
    client = signed_in(cast.author)

    with django_assert_max_num_queries(12):
        client.get(reverse("postmortems:section", args=[cast.postmortem.pk, "actions"]))


def test_the_lead_role_is_what_counts(cast: Cast) -> None:
    """A lead of one post-mortem is a reader of another."""
    other = postmortem_with_roles()
    other.postmortem.roles.filter(role=Role.PARTICIPANT).update(user=cast.lead)

    assert signed_in(cast.lead).get(address("relaunch", action_of(other))).status_code == 403
