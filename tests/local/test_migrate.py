"""Local stack: `manage.py migrate` refuses a database that another version of the site has made."""

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

pytestmark = pytest.mark.django_db


def migrate() -> None:
    call_command("migrate", verbosity=0)


def test_a_database_of_this_version_is_accepted() -> None:
    migrate()


@pytest.mark.parametrize("url", ["", "postgres://evalsite@db.example.org/evalsite"])
def test_a_migration_that_this_version_lacks_is_refused(
    monkeypatch: pytest.MonkeyPatch, settings, url: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", url or settings.LOCAL.database_url)
    MigrationRecorder(connection).record_applied("generation", "0002_gone")
    with pytest.raises(CommandError) as error:
        migrate()
    assert error.value.returncode == 1
    fix = "name an empty database" if url else f"move {settings.VAR_DIR} away"
    assert fix in str(error.value)


def test_packages_may_drop_their_migrations() -> None:
    MigrationRecorder(connection).record_applied("sessions", "0002_gone")
    migrate()
