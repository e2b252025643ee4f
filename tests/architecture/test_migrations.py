"""An upgrade that went wrong can be taken back."""

from django.db.migrations.loader import MigrationLoader

OWN = ("postmortems", "actions")


def test_every_migration_can_be_undone() -> None:
    nodes = MigrationLoader(None, ignore_no_migrations=True).disk_migrations
    own = {key: migration for key, migration in nodes.items() if key[0] in OWN}
    assert {app for app, _ in own} == set(OWN)
    steps = [(key, step) for key, migration in own.items() for step in migration.operations]
    assert [key for key, step in steps if not step.reversible] == []
