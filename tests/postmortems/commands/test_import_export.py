"""What was exported comes back by import, and what comes back is exported the same."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from postmortems.domain.document import Language, Role, State
from postmortems.domain.markdown.render import render
from postmortems.models import Approval, Change, OutsideReviewer, Postmortem
from postmortems.selectors.document import load_document
from tests.factories import UserFactory, complete_postmortem
from tests.postmortems.domain.markdown.examples import ENGLISH_EXAMPLE, FRENCH_EXAMPLE

pytestmark = pytest.mark.django_db
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
    file.write_text(render(FRENCH_EXAMPLE), encoding="utf-8")
    report = json.loads(run("import_postmortem", file, "--dry-run", "--json"))
    assert report["language"] == Language.FRENCH
    assert report["timeline"] == len(FRENCH_EXAMPLE.timeline.events)
    assert report["actions"] == len(FRENCH_EXAMPLE.actions)
    assert not Postmortem.objects.exists()


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


def test_a_draft_is_checked_and_its_gate_is_closed() -> None:
    cast = complete_postmortem()
    assert "Ready." in run("check_postmortem", cast.postmortem.slug)
    Postmortem.objects.update(state=State.CHALLENGE)
    out = StringIO()
    with pytest.raises(SystemExit) as closed:
        call_command("check_postmortem", cast.postmortem.slug, "--json", stdout=out)
    assert closed.value.code == 1
    assert json.loads(out.getvalue())["open"] is False
