"""What was exported comes back by import, and what comes back is exported the same."""

import io
import json
from dataclasses import replace
from datetime import UTC, date, datetime
from io import StringIO
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from django.core.management import CommandError, call_command
from PIL import Image

from postmortems.domain.document import (
    Action,
    Annex,
    AnnexKind,
    Diagram,
    Event,
    Horizon,
    Impact,
    Language,
    Metadata,
    Milestone,
    Role,
    RootCause,
    RunbookOutcome,
    Section,
    State,
    Summary,
    Timeline,
    Why,
    WhyChain,
)
from postmortems.domain.markdown.render import file_name, render
from postmortems.models import Approval, Change, Incident, OutsideReviewer, Postmortem
from postmortems.selectors.document import load_document
from postmortems.services.attachments import read_picture
from tests.factories import PostmortemFactory, UserFactory, complete_postmortem
from tests.postmortems.domain.markdown.examples import ENGLISH_EXAMPLE, FRENCH_EXAMPLE

pytestmark = pytest.mark.django_db
_ENCODED = io.BytesIO()
Image.new("RGB", (2, 2), "teal").save(_ENCODED, "PNG")
PICTURE = read_picture(io.BytesIO(_ENCODED.getvalue())).content
SEED = Path(__file__).parents[4] / "shared" / "seeds" / "post-mortem-deliverable.fr.md"


def run(*arguments: Any) -> str:
    out = StringIO()
    call_command(*map(str, arguments), stdout=out)
    return out.getvalue()


def imported(path: Path) -> Postmortem:
    run("import_postmortem", path, "--owner", UserFactory().email)
    return Postmortem.objects.get()


@pytest.mark.parametrize("document", [FRENCH_EXAMPLE, ENGLISH_EXAMPLE], ids=["French", "English"])
def test_a_file_that_is_imported_is_exported_to_the_byte(document: Any, tmp_path: Path) -> None:
    file = tmp_path / "file.md"
    file.write_text(render(document), encoding="utf-8")
    postmortem = imported(file)
    if document.state in {State.VALIDATED, State.CLOSED}:
        assert run("export_postmortem", postmortem.slug) == render(document)
    assert load_document(postmortem.pk).timeline == document.timeline


def test_the_seed_s_own_example_comes_back_except_for_its_drawing(tmp_path: Path) -> None:
    if not SEED.exists():
        pytest.skip("the seed documents do not lie beside this repository")
    example = (
        SEED.read_text(encoding="utf-8")
        .split("```markdown\n", 1)[1]
        .rsplit("\n```\n\n## Anti-patterns", 1)[0]
    )
    file = tmp_path / "seed.md"
    file.write_text(example + "\n", encoding="utf-8")
    postmortem = imported(file)
    exported = run("export_postmortem", postmortem.pk)
    assert without_drawing(exported) == without_drawing(example + "\n")


def without_drawing(markdown: str) -> str:
    before, rest = markdown.split("\n```\n", 1)
    return before + rest.split("\n```\n", 1)[1]


def test_what_was_written_here_survives_export_and_import(tmp_path: Path) -> None:
    cast = complete_postmortem(state=State.VALIDATED)
    first = run("export_postmortem", cast.postmortem.pk)
    file = tmp_path / "file.md"
    file.write_text(first, encoding="utf-8")
    run("import_postmortem", file, "--owner", cast.reader.email)
    second = Postmortem.objects.exclude(pk=cast.postmortem.pk).get()
    assert run("export_postmortem", second.pk) == first
    assert second.slug == f"{cast.postmortem.slug}-2"
    assert second.roles.get(role=Role.AUTHOR).user == cast.author


@pytest.mark.parametrize(
    "annex",
    [
        Annex(AnnexKind.IMAGE, "Graph", label="Errors", file="graph 1.png"),
        Annex(AnnexKind.RUNBOOK, "Payments", file="payments.md", outcome=RunbookOutcome.FOLLOWED),
    ],
    ids=["picture", "runbook"],
)
def test_what_an_annex_carries_goes_out_and_comes_back_beside_the_file(annex: Annex, tmp_path: Path) -> None:
    content = PICTURE if annex.kind is AnnexKind.IMAGE else b"# Payments\n"
    document = replace(FRENCH_EXAMPLE, annexes=(annex,))
    file = tmp_path / "docs" / "file.md"
    beside = file.parent / "images" / file_name(document) / annex.file
    beside.parent.mkdir(parents=True)
    file.write_text(render(document), encoding="utf-8")
    beside.write_bytes(content)
    postmortem = imported(file)
    run("export_postmortem", postmortem.pk, "--directory", tmp_path / "out")
    exported = written(tmp_path / "out", f"{postmortem.slug}.md")
    assert f"/{quote(annex.file)})" in exported.decode()
    assert exported == file.read_bytes()
    assert written(tmp_path / "out", annex.file) == content


def written(directory: Path, name: str) -> bytes:
    (path,) = directory.rglob(name)
    return path.read_bytes()


def test_a_file_of_an_annex_that_is_not_there_is_warned_of(tmp_path: Path) -> None:
    annexes = tuple(Annex(AnnexKind.IMAGE, "Graph", label="x", file=name) for name in ("a.png", "b.png"))
    document = replace(FRENCH_EXAMPLE, annexes=annexes)
    file = tmp_path / "file.md"
    file.write_text(render(document), encoding="utf-8")
    beside = tmp_path / "images" / file_name(document) / "b.png"
    beside.parent.mkdir(parents=True)
    beside.write_bytes(b"no picture")
    missing, unreadable = json.loads(run("import_postmortem", file, "--dry-run", "--json"))["warnings"]
    assert "a.png cannot be read: No such file" in missing
    assert "b.png cannot be used: This file is not a picture" in unreadable


def test_no_address_of_a_picture_leads_out_of_its_folder(tmp_path: Path) -> None:
    annex = Annex(AnnexKind.IMAGE, "Graph", label="x", file="x.png")
    file = tmp_path / "file.md"
    text = render(replace(FRENCH_EXAMPLE, annexes=(annex,)))
    file.write_text(text.replace("/x.png)", "/..%2F..%2Fsecret.png)"), encoding="utf-8")
    assert load_document(imported(file).pk).annexes[0].file == "secret.png"


def test_a_document_without_a_known_start_keeps_its_day(tmp_path: Path) -> None:
    event = Event(datetime(2024, 2, 15, 14, 42, tzinfo=UTC), "On-call starts", Milestone.RESPONDED)
    document = replace(FRENCH_EXAMPLE, timeline=Timeline((event,)), date=date(2024, 2, 15))
    file = tmp_path / "file.md"
    file.write_text(render(document), encoding="utf-8")
    postmortem = imported(file)
    assert postmortem.slug.startswith("2024-02-15-")
    assert load_document(postmortem.pk).date == date(2024, 2, 15)


TOO_MANY = tuple(Action(f"a{number}", Horizon.SHORT) for number in range(501))
EVENT = FRENCH_EXAMPLE.timeline.events[0]


@pytest.mark.parametrize(
    ("changes", "trouble"),
    [
        ({"title": "t" * 201}, "Title: Ensure this value has at most 200"),
        ({"metadata": Metadata(next_review_note="n" * 501)}, "What the next review will look at: Ensure"),
        ({"metadata": Metadata(next_review_note="a\x07b")}, "What the next review will look at: Character 2"),
        ({"metadata": Metadata(reviewers=("Ada", "R" * 121))}, "Outside reviewer 2, name: Ensure"),
        ({"metadata": Metadata(author="R" * 121)}, "Author, name: Ensure"),
        ({"organisation": "o" * 201}, "Organisation line: Ensure"),
        ({"summary": Summary(impact="s" * 501)}, "Summary impact: This text has 501 characters"),
        ({"impact": Impact(users="u" * 100_001)}, "Impact users, body: This text has 100001"),
        (
            {"timeline": Timeline((EVENT, replace(EVENT, source="s" * 501)))},
            "Timeline event 2, source: Ensure",
        ),
        ({"timeline": Timeline((replace(EVENT, text=""),))}, "Timeline event 1, event: This field cannot be"),
        (
            {"root_cause": RootCause(chains=(WhyChain((Why("q"), Why("q" * 501))),))},
            "Why chain 1, why 2, question: Ensure",
        ),
        (
            {"root_cause": RootCause(diagrams=(Diagram("x", syntax="plantuml"),))},
            "Diagram 1, drawn as: Value 'plantuml' is not a valid choice.",
        ),
        (
            {"actions": TOO_MANY},
            "Corrective action: There may be at most 500 rows of this kind; the file has 501.",
        ),
        (
            {"annexes": (Annex(AnnexKind.IMAGE, "a", "a", file="x.png"),) * 2},
            "Annex 2: “x.png” is the file of annex 1 already",
        ),
        ({"date": date(1, 1, 1), "timeline": Timeline()}, "Date: 0001-01-01 is not a day between 1900 and"),
    ],
)
@pytest.mark.parametrize("trial", [True, False], ids=["trial", "import"])
def test_what_no_post_mortem_holds_is_refused_with_its_place(
    changes: dict[str, Any], trouble: str, trial: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "file.md"
    file.write_text(render(replace(FRENCH_EXAMPLE, **changes)), encoding="utf-8")
    how = ["--dry-run"] if trial else ["--owner", UserFactory().email]
    with pytest.raises(CommandError) as refused:
        call_command("import_postmortem", str(file), *how)
    assert refused.value.returncode == 2
    assert trouble in capsys.readouterr().err
    assert not Incident.objects.exists()


def test_a_reviewer_named_twice_is_kept_once(tmp_path: Path) -> None:
    file = tmp_path / "file.md"
    metadata = replace(FRENCH_EXAMPLE.metadata, reviewers=("Ada", "Bo", "Ada"))
    file.write_text(render(replace(FRENCH_EXAMPLE, metadata=metadata)), encoding="utf-8")
    postmortem = imported(file)
    assert [reviewer.name for reviewer in postmortem.outside_reviewers.all()] == ["Ada", "Bo"]


def test_an_import_says_so_in_the_history_and_invents_no_approval(tmp_path: Path) -> None:
    file = tmp_path / "file.md"
    file.write_text(render(FRENCH_EXAMPLE), encoding="utf-8")
    postmortem = imported(file)
    assert Change.objects.filter(postmortem=postmortem, verb=Change.Verb.IMPORTED).exists()
    assert not Approval.objects.exists()
    reviewers = OutsideReviewer.objects.values_list("name", flat=True)
    assert list(reviewers) == list(FRENCH_EXAMPLE.metadata.reviewers)


def test_a_trial_writes_nothing_and_reports_what_it_read(tmp_path: Path) -> None:
    file = tmp_path / "file.md"
    file.write_text(render(replace(FRENCH_EXAMPLE, annexes=())), encoding="utf-8")
    report = json.loads(run("import_postmortem", file, "--dry-run", "--json"))
    sections = report.pop("sections")
    assert set(sections) == {section.value for section in Section}
    assert report == {
        "file": str(file),
        "title": FRENCH_EXAMPLE.title,
        "language": Language.FRENCH,
        "timeline": len(FRENCH_EXAMPLE.timeline.events),
        "actions": len(FRENCH_EXAMPLE.actions),
        "unrecognised_words": 0,
        "warnings": [],
    }
    assert not Postmortem.objects.exists()


def test_without_an_owner_it_is_the_only_staff_s_import(tmp_path: Path) -> None:
    file = tmp_path / "file.md"
    file.write_text(render(FRENCH_EXAMPLE), encoding="utf-8")
    UserFactory()
    UserFactory(is_staff=True, is_active=False)
    with pytest.raises(CommandError, match=r"no staff account: .* --owner EMAIL") as refused:
        run("import_postmortem", file)
    assert refused.value.returncode == 2
    staff = UserFactory(is_staff=True)
    run("import_postmortem", file)
    assert Incident.objects.get().declared_by == staff
    UserFactory(is_staff=True)
    with pytest.raises(CommandError, match=r"several staff accounts: .* --owner EMAIL"):
        run("import_postmortem", file)


def test_a_bad_file_among_good_ones_is_reported_in_json_too(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.md", tmp_path / "bad.md"
    good.write_text(render(FRENCH_EXAMPLE), encoding="utf-8")
    bad.write_text("# Hello\n", encoding="utf-8")
    out = StringIO()
    with pytest.raises(CommandError) as refused:
        call_command("import_postmortem", str(bad), str(good), "--dry-run", "--json", stdout=out)
    assert refused.value.returncode == 2
    first, second = map(json.loads, out.getvalue().splitlines())
    assert first.keys() == {"file", "error"}
    assert first["file"] == str(bad)
    assert second["title"] == FRENCH_EXAMPLE.title


@pytest.mark.parametrize(
    ("content", "reason"), [(b"# Hello\n", "line 1"), (b"\xff\xfe", "not UTF-8"), (None, "cannot be read")]
)
def test_a_file_that_cannot_be_used_is_named_with_the_reason(
    content: bytes | None, reason: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "file.md"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(CommandError) as refused:
        call_command("import_postmortem", str(file), "--dry-run")
    assert refused.value.returncode == 2
    message = capsys.readouterr().err
    assert str(file) in message
    assert reason in message.lower() or reason in message


def test_an_unknown_name_ends_with_two() -> None:
    with pytest.raises(CommandError, match="No post-mortem is called 'nothing'") as refused:
        run("export_postmortem", "nothing")
    assert refused.value.returncode == 2


def test_all_validated_ones_go_into_one_directory(tmp_path: Path) -> None:
    done = complete_postmortem(state=State.VALIDATED).postmortem
    complete_postmortem()
    assert "1/1" in run("export_postmortems", "--directory", tmp_path)
    files = [path.relative_to(tmp_path) for path in tmp_path.rglob("*") if path.is_file()]
    assert files == [Path("docs/post-mortems") / f"{done.slug}.md"]
    assert (tmp_path / files[0]).read_bytes().endswith(b"\n")


def test_a_post_mortem_that_cannot_be_written_keeps_no_other_from_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = (complete_postmortem(state=State.VALIDATED).postmortem for _ in range(2))
    Postmortem.objects.filter(pk=first.pk).update(slug=f"2024-02-15-{'x' * 210}")
    (tmp_path / "docs" / "post-mortems" / f"{second.slug}.md").mkdir(parents=True)
    third = complete_postmortem(state=State.VALIDATED).postmortem
    with pytest.raises(CommandError, match="1 of 3 post-mortems could not be exported") as failed:
        run("export_postmortems", "--directory", tmp_path)
    assert failed.value.returncode == 2
    assert f"{second.slug}.md cannot be written: Is a directory" in capsys.readouterr().err
    names = {path.name for path in tmp_path.rglob("*") if path.is_file()}
    assert names == {f"2024-02-15-{'x' * 210}.md", f"{third.slug}.md"}


def test_a_title_of_letters_that_expand_makes_a_name_that_fits() -> None:
    postmortem = PostmortemFactory(incident__title="ß" * 200)
    assert postmortem.slug.endswith("-" + "s" * 200)


def test_a_draft_is_checked_and_its_gate_is_closed() -> None:
    cast = complete_postmortem()
    assert "Ready." in run("check_postmortem", cast.postmortem.slug)
    Postmortem.objects.update(state=State.CHALLENGE)
    out = StringIO()
    with pytest.raises(SystemExit) as closed:
        call_command("check_postmortem", cast.postmortem.slug, "--json", stdout=out)
    assert closed.value.code == 1
    assert json.loads(out.getvalue())["open"] is False
