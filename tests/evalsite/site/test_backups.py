"""Backups: one encrypted file, which gives the same database again or is refused."""

import os
import shutil
import stat
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper

from evalsite.core.errors import OperationError, ServiceMissing
from evalsite.core.management.commands.migrate import own_labels
from evalsite.core.models import Team, record
from evalsite.local.paths import APPLICATION_ROLE, REPOSITORY
from evalsite.site import backups
from evalsite.site.backups import DUMP, MANIFEST, BackupFile, Manifest, old_backups, read_tables, write_backup

needs_age = pytest.mark.skipif(shutil.which("age") is None, reason="the program age is not installed")
pytestmark = [pytest.mark.django_db(transaction=True), needs_age]
WORDS = "words that no one else may read"


def make_key(folder: Path) -> tuple[Path, str]:
    """A private key's file, and its public key."""
    file = folder / "backup.key"
    subprocess.run(["age-keygen", "-o", file], check=True, capture_output=True)
    public = subprocess.run(["age-keygen", "-y", file], check=True, capture_output=True, text=True)
    return file, public.stdout.strip()


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    return make_key(tmp_path_factory.mktemp("key"))


@pytest.fixture
def backup(key: tuple[Path, str], tmp_path: Path) -> Path:
    """A backup of a database with a team and a line of the audit trail."""
    Team.objects.create(slug="one", name=WORDS)
    record(who="mara", verb="close", about="night-bus", before="open")
    write_backup(tmp_path / "site.backup", [key[1]], connection)
    return tmp_path / "site.backup"


@pytest.fixture
def empty() -> Iterator[BaseDatabaseWrapper]:
    """A connection to an empty database on the same server."""
    name = f"restored_{os.getpid()}"
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")
        restored = connection.copy()
        restored.settings_dict["NAME"] = name
        yield restored
        restored.close()
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")


def altered(file: Path, name: str, change) -> Path:
    """A copy of an archive, whole in itself, with one member changed."""
    copy = file.with_name("altered")
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(copy, "w") as new:
        for each in old.namelist():
            new.writestr(each, change(old.read(each)) if each == name else old.read(each))
    return copy


def flipped(content: bytes) -> bytes:
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]


def test_a_restored_database_equals_the_manifest(backup, key, empty) -> None:
    with BackupFile(backup, key[0]) as file:
        file.check_digest()
        file.load_into(empty)
        assert file.differences(empty) == []
        assert file.manifest.tables == read_tables(connection) == read_tables(empty)
        assert file.manifest.tables["core_team"].rows == Team.objects.count()
        assert file.manifest.audit_head.startswith("1:")
        with empty.cursor() as cursor:
            cursor.execute("UPDATE core_team SET name = 'Another' WHERE slug = 'one'")
        (difference,) = file.differences(empty)
        assert difference.startswith("table core_team has")


def test_the_database_keeps_its_triggers_and_sequences(backup, key, empty) -> None:
    with BackupFile(backup, key[0]) as file:
        file.load_into(empty)
    with empty.cursor() as cursor:
        with pytest.raises(Exception, match="core_auditevent"):
            cursor.execute("DELETE FROM core_auditevent")
        cursor.execute(
            "INSERT INTO core_team (slug, name, created_at) VALUES ('two', '', now()) RETURNING id"
        )
        assert cursor.fetchone()[0] > Team.objects.latest("pk").pk


def test_nobody_else_can_read_the_file(backup) -> None:
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    content = backup.read_bytes()
    assert WORDS.encode() not in content
    assert b"core_team" not in content
    with zipfile.ZipFile(backup) as archive:
        assert archive.namelist() == [DUMP, MANIFEST]
        assert all(archive.read(name).startswith(b"age-encryption.org/") for name in archive.namelist())


def test_a_changed_dump_is_refused(backup, key) -> None:
    changed = altered(backup, DUMP, flipped)
    with BackupFile(changed, key[0]) as file, pytest.raises(OperationError, match="SHA-256 of its dump"):
        file.check_digest()


def test_a_damaged_file_is_refused(backup, key, tmp_path) -> None:
    damaged = tmp_path / "damaged"
    damaged.write_bytes(flipped(backup.read_bytes()))
    with BackupFile(damaged, key[0]) as file, pytest.raises(OperationError, match="is damaged"):
        file.check_digest()
    damaged.write_bytes(backup.read_bytes()[:-100])
    with pytest.raises(OperationError, match="not a whole backup"):
        BackupFile(damaged, key[0])
    with pytest.raises(OperationError, match="age failed"):
        BackupFile(altered(backup, MANIFEST, flipped), key[0])


def test_a_failed_restore_leaves_the_database_empty(backup, key, empty) -> None:
    changed = altered(backup, DUMP, flipped)
    with BackupFile(changed, key[0]) as file, pytest.raises(OperationError, match="age failed"):
        file.load_into(empty)
    assert read_tables(empty) == {}


def test_the_right_key_is_needed(backup, tmp_path) -> None:
    other, _public = make_key(tmp_path)
    with pytest.raises(OperationError, match=r"no identity matched .* --identity"):
        BackupFile(backup, other)
    with pytest.raises(OperationError, match="there is no key file"):
        BackupFile(backup, tmp_path / "missing")


def test_a_database_with_tables_is_refused(backup, key) -> None:
    before = read_tables(connection)
    with BackupFile(backup, key[0]) as file, pytest.raises(OperationError, match="is not empty"):
        file.load_into(connection)
    assert read_tables(connection) == before


def test_a_later_version_is_recognised(backup, key) -> None:
    with BackupFile(backup, key[0]) as file:
        assert file.manifest.unknown_migrations(connection, own_labels()) == []
        later = replace(
            file.manifest, migrations=[*file.manifest.migrations, "core.0999_later", "axes.0001_x"]
        )
        assert later.unknown_migrations(connection, own_labels()) == ["core.0999_later"]
    with pytest.raises(OperationError, match="a later version"):
        Manifest.from_bytes(b'{"format": 2, "evalsite": "9.0"}')


def test_a_failed_backup_leaves_the_earlier_one(backup, tmp_path) -> None:
    before = backup.read_bytes()
    with pytest.raises(OperationError, match="malformed recipient"):
        write_backup(backup, ["age1nonsense"], connection)
    assert backup.read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["site.backup"]
    with pytest.raises(OperationError, match="can't be written"):
        write_backup(tmp_path / "missing" / "site.backup", ["age1nonsense"], connection)


def test_what_is_missing_is_named(tmp_path, monkeypatch, settings) -> None:
    with pytest.raises(CommandError, match="no key is given") as refused:
        call_command("backup", tmp_path / "x")
    assert refused.value.returncode == 2
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ServiceMissing, match="apt-get install age"):
        write_backup(tmp_path / "x", ["age1x"], connection)
    program = tmp_path / "pg_dump"
    program.write_text('#!/bin/sh\necho "pg_dump (PostgreSQL) 9.6.24"\n')
    program.chmod(0o755)
    monkeypatch.setattr(backups, "binary_folders", list)
    with pytest.raises(ServiceMissing, match="only version 9 is installed here"):
        backups._program("pg_dump", connection)


def test_old_backups_are_deleted_and_nothing_else(backup, key, tmp_path, settings, capsys) -> None:
    settings.BACKUP_AGE_RECIPIENT = [key[1]]
    for age, name in enumerate(("third", "second", "notes.zip", "readme")):
        shutil.copyfile(backup, tmp_path / name)
        os.utime(tmp_path / name, ns=(age, age))
    with zipfile.ZipFile(tmp_path / "notes.zip", "w") as notes:
        notes.writestr("a", "b")
    (tmp_path / "readme").write_text("Nothing here is a backup.")
    for path in (tmp_path / "notes.zip", tmp_path / "readme"):
        os.utime(path, ns=(0, 0))
    assert [path.name for path in old_backups(tmp_path, 2)] == ["third"]
    call_command("backup", tmp_path / "new", "--keep", "2")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["new", "notes.zip", "readme", "site.backup"]
    assert "Deleted" in capsys.readouterr().out


def with_another_row(file: Path, key: tuple[Path, str]) -> Path:
    """A copy whose manifest says that the table of teams has one row more."""

    def change(encrypted: bytes) -> bytes:
        decrypt, encrypt = ["age", "-d", "-i", key[0]], ["age", "-r", key[1]]
        plain = subprocess.run(decrypt, input=encrypted, capture_output=True, check=True).stdout
        manifest = Manifest.from_bytes(plain)
        teams = manifest.tables["core_team"]
        manifest.tables["core_team"] = replace(teams, rows=teams.rows + 1)
        return subprocess.run(encrypt, input=manifest.to_bytes(), capture_output=True, check=True).stdout

    return altered(file, MANIFEST, change)


@pytest.mark.slow
def test_the_commands_with_two_roles(backup, key, empty, tmp_path) -> None:
    """`restore` works as the owner and gives the application's role its rights."""
    url = urlsplit(os.environ["DATABASE_URL"])
    owner = url._replace(path=f"/{empty.settings_dict['NAME']}")
    application = owner._replace(netloc=f"{APPLICATION_ROLE}@")
    roles = {"DATABASE_OWNER_URL": owner.geturl(), "DATABASE_URL": application.geturl()}

    def manage(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "manage.py", *map(str, arguments)]
        env = {**os.environ, **environment}
        return subprocess.run(command, cwd=REPOSITORY, env=env, capture_output=True, text=True, timeout=300)

    different = manage("restore", with_another_row(backup, key), "--identity", key[0], **roles)
    assert different.returncode == 4
    assert "table core_team has" in different.stderr
    with empty.cursor() as cursor:
        cursor.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    empty.close()
    done = manage("restore", backup, "--identity", key[0], **roles, SECRET_KEY="another " * 9)
    assert done.returncode == 0, done.stderr
    assert "rows equal the manifest" in done.stdout
    assert "The chain holds" in done.stdout
    assert "warning: the SECRET_KEY here is not the one of the backup" in done.stderr
    with psycopg.connect(application.geturl()) as site:
        found = site.execute("SELECT verb FROM core_auditevent ORDER BY sequence").fetchall()
        assert found == [("close",), ("restore backup",)]
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            site.execute("DELETE FROM annotations_judgment")
    # The application's role can write a backup, too.
    again = manage("backup", tmp_path / "again", "--recipient", key[1], DATABASE_URL=application.geturl())
    assert again.returncode == 0, again.stderr
    refused = manage("restore", backup, "--identity", key[0], **roles)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "is not empty" in refused.stderr
