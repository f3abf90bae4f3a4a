"""Upgrades: the database of a released version gets the same tables as a new one of this version."""

import io
import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

ROOT = Path(__file__).parents[2]
RELEASES = {
    "0.3.0": "adf2e2b924ee02f566c7db6f539586c05b7e165e",
    "0.5.0": "57cab61d86a6bc17320f21b5830c3aecbb1c33fc",
}
"""Commits by version. Later versions must upgrade from each of them."""
SCHEMA = """
SELECT table_name, column_name, data_type, is_nullable FROM information_schema.columns
WHERE table_schema = 'public' ORDER BY 1, 2
"""
CONSTRAINTS = """
SELECT conrelid::regclass::text, pg_get_constraintdef(oid) FROM pg_constraint
WHERE connamespace = 'public'::regnamespace AND contype <> 'n' ORDER BY 1, 2
"""
TRIGGERS = "SELECT tgrelid::regclass::text, tgname FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1, 2"

pytestmark = pytest.mark.slow


@pytest.fixture
def database(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of an empty database on the tests' server."""
    url = urlsplit(os.environ["DATABASE_URL"])
    name = f"upgrade_{os.getpid()}"
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")
        yield url._replace(path=f"/{name}").geturl()
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")


def migrate(code: Path, database: str) -> None:
    manage(code, database, "migrate", "--verbosity", "0")


def manage(code: Path, database: str, *arguments: str) -> None:
    environment = {**os.environ, "DATABASE_URL": database, "PYTHONPATH": ""}
    command = [sys.executable, "manage.py", *arguments]
    subprocess.run(command, cwd=code, env=environment, check=True, timeout=300)


def check_restored_backup(database: str, folder: Path) -> None:
    """This version backs up the tables of a released one, and upgrades them when it restores them."""
    key, file, url = folder / "backup.key", folder / "site.backup", urlsplit(database)
    subprocess.run(["age-keygen", "-o", key], check=True, capture_output=True)
    public = subprocess.run(["age-keygen", "-y", key], check=True, capture_output=True, text=True).stdout
    name = f"{url.path.lstrip('/')}_restored"
    restored = url._replace(path=f"/{name}").geturl()
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")
        try:
            manage(ROOT, database, "backup", str(file), "--recipient", public.strip())
            manage(ROOT, restored, "restore", str(file), "--identity", str(key))
            with psycopg.connect(restored) as connection:
                found = connection.execute("SELECT verb FROM core_auditevent").fetchall()
            assert found == [("restore backup",)]
        finally:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)")


def tables(database: str) -> list[list[tuple[object, ...]]]:
    with psycopg.connect(database) as connection:
        return [connection.execute(query).fetchall() for query in (SCHEMA, CONSTRAINTS, TRIGGERS)]


@pytest.mark.parametrize("version", RELEASES)
def test_a_released_version_is_upgraded(version: str, database: str, tmp_path: Path) -> None:
    archive = subprocess.run(
        ["git", "-C", ROOT, "archive", RELEASES[version]], check=False, capture_output=True, timeout=60
    )
    if archive.returncode:
        pytest.skip(f"this clone does not have commit {RELEASES[version]}")
    with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as code:
        code.extractall(tmp_path, filter="data")
    migrate(tmp_path, database)
    if has_age := shutil.which("age") is not None:
        check_restored_backup(database, tmp_path)
    migrate(ROOT, database)
    with psycopg.connect(database, autocommit=True) as connection:
        upgraded = tables(database)
        connection.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    migrate(ROOT, database)
    assert upgraded == tables(database)
    if not has_age:
        pytest.skip("the program age is not installed: the upgrade holds, but no backup was restored")
