"""Services are the only writers: nothing else saves, changes or deletes rows."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WRITERS = {
    f"{prefix}{verb}"
    for prefix in ("", "a")
    for verb in (
        "save create bulk_create bulk_update update update_or_create get_or_create delete".split()  # noqa: SIM905
    )
}
ALLOWED_PLACES = {"services", "services.py", "migrations", "collaboration"}
ALLOWED = {
    # The one way in which accounts are made; create_user belongs to Django's interface of managers.
    "postmortems/models/people.py: save",
    # Nobody deletes an incident in the product; only the demo replaces its own.
    "config/demo/__init__.py: delete",
    # allauth's form, which sends a mail.
    "postmortems/views/staff.py: save",
}


def writes(source: str) -> Iterator[str]:
    """The methods called that would write rows. A dictionary's ``update`` takes it by position."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Call(func=ast.Attribute(attr="update" | "aupdate"), args=[_, *_]):
                pass
            case ast.Call(func=ast.Attribute(attr=name)) if name in WRITERS:
                yield name


def test_only_services_write() -> None:
    found = {
        f"{path.relative_to(ROOT)}: {name}"
        for application in ("config", "actions", "postmortems")
        for path in ROOT.glob(f"{application}/**/*.py")
        if not ALLOWED_PLACES & set(path.relative_to(ROOT).parts)
        for name in writes(path.read_text(encoding="utf-8"))
    }
    assert found == ALLOWED


@pytest.mark.parametrize(
    "source",
    [
        "user.save()",
        "User.objects.create(email='')",
        "rows.filter(pk=1).update(position=2)",
        "rows.update(**changes)",
        "await rows.adelete()",
        "Service.objects.get_or_create(name='mail')",
    ],
)
def test_a_writer_is_noticed(source: str) -> None:
    assert list(writes(source))


@pytest.mark.parametrize("source", ["attrs.update(CODE)", "given.update({'a': 1})", "cache.set('a', 1)"])
def test_other_calls_are_not(source: str) -> None:
    assert not list(writes(source))
