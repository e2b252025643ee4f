"""Whatever a form is sent, the answer says what is wrong: never a 500, and what was typed is still there."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from actions.models import CorrectiveAction
from postmortems.domain.document import Horizon, State
from postmortems.models import Challenge, ImpactMetric, Postmortem, ReviewForm, User, Why, WhyChain
from postmortems.services.rows import add_row
from tests.factories import Cast, IncidentFactory, ServiceFactory, UserFactory, postmortem_with_roles

pytestmark = pytest.mark.django_db

FORM = "application/x-www-form-urlencoded"
KEPT = "what somebody typed"
ANSWERS = {200, 302, 303, 400, 404, 409, 413, 422}

Value = str | bytes | list[str]

TEXTS: dict[str, bytes] = {
    "NUL": f"{KEPT} \x00".encode(),
    "lone surrogate": KEPT.encode() + b" \xed\xa0\x80",
    "not UTF-8": KEPT.encode() + b" \xff\xfe\xc3",
    "control characters": f"{KEPT} \x07\x1b[31m\x9b".encode(),
    "right to left": f"{KEPT} \u202etxet\u2066\u200f".encode(),
    "noncharacters": f"{KEPT} \uffff\U0010ffff".encode(),
    "combining": f"{KEPT} e{chr(0x301) * 500}".encode(),
    "markup": f'{KEPT} "><script>alert(1)</script>{{{{ 7 }}}}{{% now %}}'.encode(),
    "over every limit": f"{KEPT} {'x' * 100_001}".encode(),
}
VALUES: dict[str, Value] = {
    "empty": "",
    "a word": "abc",
    "negative": "-1",
    "zero": "0",
    "huge": "9" * 40,
    "beyond 64 bits": str(2**63),
    "not a number": "NaN",
    "infinite": "1e400",
    "other digits": "١٢",
    "no such day": "2024-02-31",
    "year 0": "0000-00-00",
    "year 99999": "99999-01-01",
    "last day": "9999-12-31",
    "first day": "0001-01-01",
    "no such time": "25:61",
    "twice": ["1", "2"],
    "NUL": b"\x00",
    "lone surrogate": b"\xed\xa0\x80",
    "a path": "../../etc/passwd",
}
FIVE_MEGABYTES = "x" * 5_000_000


@dataclass(frozen=True, slots=True)
class Scene:
    """A post-mortem with somebody in every role and a row of every kind that a form refers to."""

    cast: Cast
    staff: User
    declared: str
    metric: int
    chain: int
    why: int
    action: int
    challenge: int
    objection: int
    service: int

    @property
    def people(self) -> dict[str, Value]:
        """Those who are on it, as the form of the people sends them."""
        return {
            role: getattr(self.cast, role).email for role in ("author", "ic", "lead", "sme", "participant")
        }


@dataclass(frozen=True, slots=True)
class Form:
    """A form: its address, whoever fills it in, valid values, and which of them are free text.

    ``about`` is what stands in the address after the post-mortem, with @ before an attribute of the scene.
    ``own`` tells that the post-mortem does not stand in it, ``in_place`` that the page's script leaves the
    field as it is and only shows what became of it.
    """

    address: str
    texts: tuple[str, ...]
    data: dict[str, Value] = field(default_factory=dict)
    about: tuple[str, ...] = ()
    state: State = State.DRAFTING
    actor: str = "author"
    own: bool = False
    in_place: bool = False
    dynamic: Callable[[Scene], dict[str, Value]] = lambda scene: {}

    def url(self, scene: Scene) -> str:
        parts = [getattr(scene, part[1:]) if part.startswith("@") else part for part in self.about]
        name = self.address if ":" in self.address else f"postmortems:{self.address}"
        return reverse(name, args=parts if self.own else [scene.cast.postmortem.pk, *parts])

    def values(self, scene: Scene) -> dict[str, Value]:
        return {**self.data, **self.dynamic(scene)}


FACTS: dict[str, Value] = {"title": KEPT, "severity": "P2", "zone": "UTC"}
MOMENTS: dict[str, Value] = {
    "started_at_0": "2024-02-15",
    "started_at_1": "10:00",
    "restored_at_0": "2024-02-15",
    "restored_at_1": "11:00",
}
START: dict[str, Value] = {
    "language": "en",
    "organisation": "Acme",
    "visibility": "internal",
    "author": "Ada",
}
ACCOUNT: dict[str, Value] = {"email": "new@example.org", "display_name": "New", "time_zone": "UTC"}
ROUND = State.CHALLENGE


def row(kind: str, texts: tuple[str, ...], **data: Value) -> Form:
    return Form("row-add", texts, data, (kind,))


FORMS: dict[str, Form] = {
    "declare": Form(
        "declare",
        ("title",),
        {**FACTS, **MOMENTS, "public": ""},
        own=True,
        dynamic=lambda scene: {"services": str(scene.service)},
    ),
    "declare and start": Form(
        "declare",
        ("title", "author"),
        {**FACTS, **START, "then": "start"},
        own=True,
        dynamic=lambda scene: {"lead": scene.cast.author.email},
    ),
    "facts": Form("incident-edit", ("title",), {**FACTS, **MOMENTS, "seen": "0"}, ("@declared",), own=True),
    "start": Form(
        "postmortem-start",
        ("organisation", "author", "participant"),
        START,
        ("@declared",),
        own=True,
        dynamic=lambda scene: {"lead": scene.cast.author.email},
    ),
    "people": Form(
        "people",
        ("author", "participant", "outside_reviewers"),
        {"seen": "0"},
        dynamic=lambda scene: scene.people,
    ),
    "properties": Form(
        "properties",
        ("title", "organisation", "next_review_note"),
        {
            **FACTS,
            "language": "en",
            "visibility": "internal",
            "next_review_on": "2030-01-01",
            "seen": "1",
        },
    ),
    "text": Form("text-save", ("body",), {"body": KEPT, "version": "1"}, ("tldr",), in_place=True),
    "line": Form("text-save", ("body",), {"body": KEPT, "version": "1"}, ("summary_impact",), in_place=True),
    "preview of a text": Form("text-preview", ("body",)),
    "metric": row("metric", ("label", "value", "source"), label="Orders", value="312"),
    "factor": row("factor", ("factor", "impact", "category"), factor="A manual step"),
    "chain": row("chain", ()),
    "why": Form(
        "row-add",
        ("question", "answer", "evidence"),
        {"question": "Why?", "answer": "Because"},
        ("why",),
        dynamic=lambda scene: {"chain": str(scene.chain)},
    ),
    "diagram": row("diagram", ("caption", "body"), body="A -> B", syntax="mermaid"),
    "lesson": row("lesson", ("title", "text"), list="well", title="The rollback"),
    "recommendation": row("recommendation", ("domain", "text"), domain="Alerts", text="Watch expiry"),
    "note": row("annex", ("title", "body"), type="note", title="Trace", body="log"),
    "link": row("annex", ("title", "url"), type="link", title="Dashboard", url="https://example.org"),
    "event": row(
        "event", ("text", "source"), day="2024-02-15", clock="10:00", zone="UTC", text="Alert", milestone=""
    ),
    "action": row(
        "action",
        ("title", "owner", "verification", "tracker"),
        horizon="short",
        title="Watch",
        status="todo",
        deadline="2030-01-01",
        action_kind="",
    ),
    "edit of a metric": Form(
        "row-edit",
        ("label", "value", "source"),
        {"label": "Orders", "value": "313", "version": "1"},
        ("metric", "@metric"),
    ),
    "end of a chain": Form(
        "row-edit", ("stop_reason",), {"version": "1", "leads_to": ""}, ("chain", "@chain")
    ),
    "move": Form("row-move", (), {"to": "0", "by": "1"}, ("metric", "@metric")),
    "quick entry": Form(
        "timeline-quick", ("line",), {"line": "10:00 an alert", "day": "2024-02-15", "fold": "0"}
    ),
    "paste": Form(
        "timeline-paste",
        ("text", "source"),
        {"text": "10:00 an alert", "day": "2024-02-15", "zone": "UTC", "unplaced": "note"},
    ),
    "challenge": Form("challenge-add", ("body",), {"section": "timeline", "body": KEPT}, state=ROUND),
    "answer": Form(
        "challenge-answer", ("answer",), {"answer": KEPT, "seen": ""}, ("@challenge",), state=ROUND
    ),
    "outcome": Form(
        "challenge-settle", ("outcome",), {"outcome": KEPT}, ("@challenge",), state=ROUND, actor="participant"
    ),
    "review form": Form(
        "review-form", ("remark",), {"blameless": "no", "remark": KEPT}, state=ROUND, actor="reader"
    ),
    "approval": Form(
        "approve",
        (),
        {"role": "ic", "seen": "1", "sections": ["summary", "timeline"]},
        state=State.VALIDATION,
        actor="ic",
    ),
    "decision": Form("decision", ("reason",), {"reason": KEPT}, ("no_action",)),
    "send back": Form(
        "transition",
        ("note",),
        {"note": KEPT, "sections": ["summary"]},
        ("complete",),
        state=State.VALIDATION,
        actor="ic",
    ),
    "status of an action": Form(
        "actions:status", (), {"status": "done", "version": "1", "next": "/"}, ("@action",), own=True
    ),
    "relaunch": Form(
        "actions:relaunch", ("message",), {"message": KEPT}, ("@action",), actor="lead", own=True
    ),
    "backlog": Form("actions:accept-backlog", (), {"accept": "yes"}, ("@action",), actor="lead", own=True),
    "profile": Form(
        "profile", ("display_name",), {"display_name": "A", "language": "en", "time_zone": "UTC"}, own=True
    ),
    "new account": Form("staff-user-add", ("email", "display_name"), ACCOUNT, actor="staff", own=True),
    "new service": Form("staff-service-add", ("name",), {"name": "mail"}, actor="staff", own=True),
    "service": Form(
        "staff-service-edit", ("name",), {"name": "mail"}, ("@service",), actor="staff", own=True
    ),
    "organisation": Form(
        "staff-organisation",
        ("name", "holidays"),
        {"deadline_days": "5", "deadline_calendar": "business", "language": "fr"},
        actor="staff",
        own=True,
    ),
    "severities": Form("staff-severities", ("P1_fr", "P4_en"), actor="staff", own=True),
}


@pytest.fixture
def scene() -> Scene:
    cast = postmortem_with_roles()
    postmortem = cast.postmortem
    chain = add_row(WhyChain(postmortem=postmortem), actor=cast.author)
    action = CorrectiveAction(
        postmortem=postmortem, horizon=Horizon.LONG, title="Rotate credentials", owner=cast.sme
    )
    metric = ImpactMetric(postmortem=postmortem, label="Orders", value="312")
    challenge = Challenge.objects.create(
        postmortem=postmortem, section="timeline", body="Why so late?", user=cast.participant
    )
    objection = ReviewForm.objects.create(postmortem=postmortem, user=cast.lead, blameless=False, remark="…")
    return Scene(
        cast=cast,
        staff=UserFactory(is_staff=True),
        declared=IncidentFactory(declared_by=cast.author).pk,
        metric=add_row(metric, actor=cast.author).pk,
        chain=chain.pk,
        why=add_row(Why(postmortem=postmortem, chain=chain, question="Why?"), actor=cast.author).pk,
        action=add_row(action, actor=cast.author).pk,
        challenge=challenge.pk,
        objection=objection.pk,
        service=ServiceFactory().pk,
    )


def signed_in(scene: Scene, actor: str) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(scene.staff if actor == "staff" else getattr(scene.cast, actor))
    return client


def send(client: Client, url: str, data: dict[str, Value], **headers: str) -> Any:
    """The answer to a form; whatever it saved is undone."""
    with transaction.atomic():
        response = client.post(url, urlencode(data, doseq=True), content_type=FORM, headers=headers)
        transaction.set_rollback(True)
    return response


def wrong_texts(form: Form, valid: dict[str, Value]) -> Iterator[tuple[str, dict[str, Value], bool]]:
    """Each text of the form, spoilt in each way, and whether htmx sends it."""
    for name in form.texts:
        for problem, text in TEXTS.items():
            yield f"{name}: {problem}", {**valid, name: text}, False
    for name in form.texts[:1]:
        yield f"{name}: NUL, htmx", {**valid, name: TEXTS["NUL"]}, True
        yield f"{name}: 5 MB", {**valid, name: f"{KEPT} {FIVE_MEGABYTES}"}, False


def wrong_values(form: Form, valid: dict[str, Value]) -> Iterator[tuple[str, dict[str, Value]]]:
    """Each field missing, and those that are not free text with values of every other kind."""
    for name in valid:
        yield f"{name}: missing", {other: value for other, value in valid.items() if other != name}
    for name in valid.keys() - set(form.texts):
        for problem, value in VALUES.items():
            yield f"{name}: {problem}", {**valid, name: value}
    yield "nothing at all", {}


@pytest.mark.parametrize("name", FORMS)
def test_no_form_stumbles_over_what_it_is_sent(scene: Scene, name: str) -> None:
    form = FORMS[name]
    url, valid, client = form.url(scene), form.values(scene), signed_in(scene, form.actor)
    Postmortem.objects.filter(pk=scene.cast.postmortem.pk).update(state=form.state)
    assert send(client, url, valid).status_code in {200, 302}
    wrong = []
    for problem, data, htmx in wrong_texts(form, valid):
        response = send(client, url, data, **({"HX-Request": "true"} if htmx else {}))
        if response.status_code not in ANSWERS:
            wrong.append(f"{problem}: {response.status_code}")
        stays = htmx and form.in_place
        if response.status_code in {409, 422} and not stays and KEPT.encode() not in response.content:
            wrong.append(f"{problem}: what was typed is lost")
    for problem, data in wrong_values(form, valid):
        response = send(client, url, data)
        if response.status_code not in ANSWERS:
            wrong.append(f"{problem}: {response.status_code}")
    assert not wrong, "\n".join(wrong)


BODIES: dict[str, tuple[bytes, str]] = {
    "another encoding": ("title=é".encode("utf-16"), f"{FORM}; charset=utf-16"),
    "an unknown encoding": (b"title=x", f"{FORM}; charset=nope"),
    "JSON": (b'{"title": "x"}', "application/json"),
    "cut off": (
        b'--x\r\nContent-Disposition: form-data; name="title"\r\n\r\nabc',
        "multipart/form-data; boundary=x",
    ),
    "without boundary": (b"abc", "multipart/form-data"),
    "noise": (bytes(range(256)) * 20, FORM),
    "too many fields": (b"&".join(b"a%d=1" % number for number in range(5_001)), FORM),
    "too large": (b"title=" + b"x" * 9_000_000, FORM),
}


def test_a_body_that_is_no_form_is_refused(scene: Scene) -> None:
    client = signed_in(scene, "author")
    answers = {
        (problem, name): client.generic("POST", FORMS[name].url(scene), body, content_type=kind).status_code
        for problem, (body, kind) in BODIES.items()
        for name in ("declare", "metric", "text", "paste")
    }
    assert {case: status for case, status in answers.items() if status not in {400, 413, 422}} == {}


ADDRESSES = (
    "/postmortems/?q=%00",
    "/postmortems/?q=%ED%A0%80",
    f"/postmortems/?q={'x' * 5000}",
    "/postmortems/?q=%25_%5C",
    "/postmortems/?page=0",
    "/postmortems/?page=-1",
    f"/postmortems/?page={'9' * 30}",
    "/postmortems/?service=99999999999999999999",
    "/postmortems/?since=0001-01-01&until=9999-12-31",
    "/postmortems/?since=2024-02-31",
    "/postmortems/?period=2024-Q9",
    "/postmortems/?state=%E2%98%83&severity=P9&late=maybe",
    "/actions/?page=zzz&owner=%00&horizon=x&service=99999999999999999999&status=%ED%A0%80",
    "/actions/?q=%00&late=%00&mine=%00",
    "/actions/desk/?accepted=%00",
    "/actions/desk/?accepted=99999999999999999999",
    "/actions/99999999999999999999/",
    "/postmortems/{id}/rows/metric/99999999999999999999/",
    "/postmortems/{id}/rows/metric/99999999999999999999/edit/",
    "/postmortems/{id}/rows/nope/add/",
    "/postmortems/{id}/rows/%00/add/",
    "/postmortems/{id}/rows/why/add/?chain=99999999999999999999",
    "/postmortems/{id}/rows/why/add/?chain=%00",
    "/postmortems/{id}/rows/why/add/?chain=%C2%B2",
    "/postmortems/{id}/rows/lesson/add/?list=%00",
    "/postmortems/{id}/rows/action/add/?horizon=nope&open=1&deadline=x",
    "/postmortems/{id}/rows/annex/add/?type=nope",
    "/postmortems/{id}/rows/event/add/?day=nope&line=%00",
    "/postmortems/{id}/rows/event/add/?day=0001-01-01&line=99:99&zone=Nowhere",
    "/postmortems/{id}/edit/%00/",
    "/postmortems/{id}/edit/timeline/?deleted=metric-99999999999999999999",
    "/postmortems/{id}/edit/timeline/?deleted=%00",
    "/postmortems/{id}/panel/?section=%00",
    "/postmortems/{id}/history/?page=%00",
    f"/postmortems/{{id}}/history/?page={'9' * 30}",
    "/postmortems/{id}/files/%00",
    "/postmortems/{id}/files/..%5C..%5Csettings.py",
    "/postmortems/{id}/files/%FF%FE",
    f"/postmortems/{{id}}/files/{'x' * 3000}",
    "/postmortems/{id}/preview/?as=%00",
    "/postmortems/{id}.md?front_matter=%00",
    "/postmortems/%00/",
    "/staff/?page=%00",
    "/staff/users/99999999999999999999/",
)


def test_no_address_stumbles_over_what_it_names(scene: Scene) -> None:
    author, staff = signed_in(scene, "author"), signed_in(scene, "staff")
    answers = {}
    for address in ADDRESSES:
        client = staff if address.startswith("/staff") else author
        with transaction.atomic():
            response = client.get(address.replace("{id}", scene.cast.postmortem.pk))
            transaction.set_rollback(True)
        answers[address] = response.status_code
    assert {address: status for address, status in answers.items() if status not in ANSWERS} == {}


def test_a_far_deadline_does_not_break_the_pages_that_count_days(scene: Scene) -> None:
    CorrectiveAction.objects.update(deadline=(timezone.now() + timedelta(days=2_900_000)).date())
    client = signed_in(scene, "lead")
    for address in (reverse("actions:board"), reverse("actions:desk")):
        assert client.get(address).status_code == 200
