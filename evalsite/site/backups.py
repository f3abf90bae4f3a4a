"""Backups: the whole database as one encrypted file, and restoring such a file into an empty database.

A backup is a zip archive of two files that the program `age` has encrypted. `database.dump.age` is what
`pg_dump` writes in its custom format. `manifest.json.age` says what the dump must contain. Everything is
streamed, so memory does not grow with the database. Without evalsite, the programs `unzip`, `age` and
`pg_restore` are enough to restore one.

All queries are plain SQL, for the tables may be those of an older version.
"""

import contextlib
import hashlib
import hmac
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.loader import MigrationLoader
from psycopg import sql

import evalsite
from evalsite.core.errors import REFUSED, WRONG_USAGE, OperationError, ServiceMissing
from evalsite.local.postgres import binary_folders

DUMP, MANIFEST = "database.dump.age", "manifest.json.age"
FORMAT = 1
CHUNK = 1 << 20
MOST_MANIFEST = 64 << 20
FIX_KEY = " Fix: name the private key of one of the backup's recipients with --identity."
FIX_FILE = "use another backup, or copy this one again from where it was stored"


@dataclass(frozen=True)
class TableContent:
    """How many rows a table has, and the SHA-256 of all its rows as COPY writes them, in key order."""

    rows: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """What a backup contains."""

    made_at: str
    evalsite: str
    postgresql: str
    migrations: list[str]
    """As `app.name`."""
    tables: dict[str, TableContent]
    dump_sha256: str
    """Of the encrypted dump, as it is in the archive."""
    secret_key: str
    """Tells whether a site has the same SECRET_KEY, and reveals nothing about it."""
    audit_head: str
    """`NUMBER:DIGEST` of the last line of the audit trail, or empty."""

    def to_bytes(self) -> bytes:
        return json.dumps({"format": FORMAT, **asdict(self)}, indent=1, sort_keys=True).encode()

    @classmethod
    def from_bytes(cls, content: bytes) -> "Manifest":
        """Raises OperationError where the manifest is one of a later format."""
        value = json.loads(content)
        if value.pop("format", None) != FORMAT:
            raise OperationError(
                f"a later version of evalsite ({value.get('evalsite', 'unknown')}) made this backup. "
                "Fix: install that version.",
                REFUSED,
            )
        tables = {name: TableContent(**content) for name, content in value.pop("tables").items()}
        return cls(**value, tables=tables)

    def unknown_migrations(self, connection: BaseDatabaseWrapper, ours: set[str]) -> list[str]:
        """Migrations of our apps that this version does not have."""
        here = {".".join(key) for key in MigrationLoader(connection).disk_migrations}
        return [name for name in self.migrations if name.split(".")[0] in ours and name not in here]


def write_backup(file: Path, recipients: Sequence[str], connection: BaseDatabaseWrapper) -> Manifest:
    """Write a backup of the connection's database, readable by its owner only.

    Parameters
    ----------
    file : is replaced when the backup is complete, and untouched if it fails.
    recipients : public keys of age (`age1...`) or of SSH. Each of their private keys can decrypt the backup.
    connection : outside a transaction. Its role must be able to read all tables and sequences.

    Raises
    ------
    OperationError
        A program is missing or fails, or the file cannot be written.
    """
    if not recipients:
        raise OperationError(
            "no key is given to encrypt the backup with. Fix: make one with `age-keygen -o backup.key`, "
            "store that file elsewhere, and put its public key in BACKUP_AGE_RECIPIENT or --recipient.",
            WRONG_USAGE,
        )
    encrypt = [_age(), "--encrypt", *(part for each in recipients for part in ("--recipient", each))]
    with _replacing(file) as archive, _snapshot(connection) as snapshot:
        dump = _dump_command(connection, snapshot)
        with archive.open(DUMP, "w", force_zip64=True) as out:
            digest = _pipe(dump, encrypt, out, env=_environment(connection))
        manifest = _manifest(connection, digest)
        with archive.open(MANIFEST, "w") as out, tempfile.TemporaryFile() as plain:
            plain.write(manifest.to_bytes())
            plain.seek(0)
            _run(encrypt, stdin=plain, out=out)
    return manifest


@contextlib.contextmanager
def _replacing(file: Path) -> Iterator[zipfile.ZipFile]:
    """A new archive that takes the file's place if all went well."""
    new = file.with_name(f".{file.name}.{os.getpid()}.new")
    try:
        with os.fdopen(os.open(new, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600), "w+b") as handle:
            with zipfile.ZipFile(handle, "w") as archive:
                yield archive
            handle.flush()
            os.fsync(handle.fileno())
        new.replace(file)
    except OSError as error:
        fix = "Fix: check that the folder exists, who may write to it, and how much space is free."
        raise OperationError(f"{file} can't be written: {error.strerror or error}. {fix}", REFUSED) from error
    finally:
        new.unlink(missing_ok=True)


@contextlib.contextmanager
def _snapshot(connection: BaseDatabaseWrapper) -> Iterator[str]:
    """One state of the database, for this connection and for pg_dump."""
    with transaction.atomic(connection.alias, durable=True), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute("SELECT pg_export_snapshot()")
        yield cursor.fetchone()[0]


def _manifest(connection: BaseDatabaseWrapper, dump_sha256: str) -> Manifest:
    tables = read_tables(connection)
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        version = cursor.fetchone()[0]
        migrations, head = [], ""
        if "django_migrations" in tables:
            cursor.execute("SELECT app || '.' || name FROM django_migrations ORDER BY 1")
            migrations = [name for (name,) in cursor.fetchall()]
        cursor.execute(
            "SELECT count(*) FROM information_schema.columns"
            " WHERE table_schema = 'public' AND table_name = 'core_auditevent' AND column_name = 'sequence'"
        )
        if cursor.fetchone()[0]:
            cursor.execute(
                "SELECT sequence || ':' || digest FROM core_auditevent WHERE sequence IS NOT NULL"
                " ORDER BY sequence DESC LIMIT 1"
            )
            head = (cursor.fetchone() or ("",))[0]
    return Manifest(
        made_at=datetime.now(UTC).isoformat(timespec="seconds"),
        evalsite=evalsite.__version__,
        postgresql=version,
        migrations=migrations,
        tables=tables,
        dump_sha256=dump_sha256,
        secret_key=key_fingerprint(settings.SECRET_KEY) if settings.KEPT_SECRET_KEY else "",
        audit_head=head,
    )


def key_fingerprint(key: str) -> str:
    """What a manifest stores of the site's SECRET_KEY."""
    return hmac.digest(key.encode(), b"evalsite backup", "sha256").hex()[:16]


# Each table with its columns, and its primary key as it has to be sorted to be the same on every server.
TABLES = """
SELECT relname, array_agg(attname::text ORDER BY attnum), (
    SELECT array_agg(quote_ident(keyed.attname)
        || CASE WHEN keyed.attcollation <> 0 THEN ' COLLATE "C"' ELSE '' END ORDER BY place)
    FROM pg_index CROSS JOIN unnest(indkey) WITH ORDINALITY AS parts(part, place)
    JOIN pg_attribute keyed ON keyed.attrelid = indrelid AND keyed.attnum = part
    WHERE indrelid = pg_class.oid AND indisprimary)
FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid
WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND attnum > 0 AND NOT attisdropped
GROUP BY pg_class.oid, relname ORDER BY relname
"""


def read_tables(connection: BaseDatabaseWrapper) -> dict[str, TableContent]:
    """Count and digest the rows of every table.

    Returns
    -------
    dict
        By the table's name.
    """
    with connection.cursor() as cursor:
        cursor.execute(TABLES)
        tables = cursor.fetchall()
    return {name: _read_table(connection, name, columns, key) for name, columns, key in tables}


def _read_table(
    connection: BaseDatabaseWrapper, name: str, columns: Sequence[str], key: Sequence[str] | None
) -> TableContent:
    order = sql.SQL(", ".join(key)) if key else sql.SQL('t::text COLLATE "C"')
    query = sql.SQL("COPY (SELECT {} FROM {} t ORDER BY {}) TO STDOUT").format(
        sql.SQL(", ").join(map(sql.Identifier, columns)), sql.Identifier("public", name), order
    )
    rows, digest = 0, hashlib.sha256()
    with connection.connection.cursor() as cursor, cursor.copy(query) as copy:
        for data in copy:
            rows += bytes(data).count(b"\n")
            digest.update(data)
    return TableContent(rows, digest.hexdigest())


class BackupFile:
    """A backup that is being read, with the private key that decrypts it. Use it as a context manager."""

    def __init__(self, file: Path, identity: Path) -> None:
        """Raises OperationError where the file is no backup, or the key is missing or not the right one."""
        self.file = file
        if not identity.is_file():
            raise OperationError(f"there is no key file {identity}. Fix: name it with --identity.", REFUSED)
        self._decrypt = [_age(), "--decrypt", "--identity", str(identity)]
        try:
            self._archive = zipfile.ZipFile(file)
            with self._archive.open(MANIFEST) as encrypted, tempfile.TemporaryFile() as content:
                shutil.copyfileobj(encrypted, content, CHUNK)
                self._archive.getinfo(DUMP)
                content.seek(0)
                with tempfile.TemporaryFile() as plain:
                    _run(self._decrypt, stdin=content, out=plain, fix=FIX_KEY)
                    plain.seek(0)
                    self.manifest = Manifest.from_bytes(plain.read(MOST_MANIFEST))
        except (OSError, zipfile.BadZipFile, KeyError, ValueError, TypeError) as error:
            raise OperationError(
                f"{file} is not a whole backup: {str(error).strip()}. Fix: {FIX_FILE}.", REFUSED
            ) from error

    def __enter__(self) -> "BackupFile":
        return self

    def __exit__(self, *_: object) -> None:
        self._archive.close()

    def check_digest(self) -> None:
        """Compare the dump with its digest in the manifest; raises OperationError."""
        digest = hashlib.sha256()
        try:
            with self._archive.open(DUMP) as dump:
                while data := dump.read(CHUNK):
                    digest.update(data)
        except (OSError, zipfile.BadZipFile) as error:
            raise OperationError(f"{self.file} is damaged: {error}. Fix: {FIX_FILE}.", REFUSED) from error
        if digest.hexdigest() != self.manifest.dump_sha256:
            raise OperationError(
                f"{self.file} was changed: the SHA-256 of its dump differs from its manifest. "
                f"Fix: {FIX_FILE}.",
                REFUSED,
            )

    def load_into(self, connection: BaseDatabaseWrapper) -> None:
        """Restore the dump in one transaction: on an error, the database stays empty.

        Raises
        ------
        OperationError
            The database isn't empty, or a program is missing or fails.
        """
        _refuse_filled(connection)
        restore = [
            _program("pg_restore", connection),
            "--no-password",
            "--single-transaction",
            "--exit-on-error",
            "--no-owner",
            "--no-privileges",
        ]
        restore.append(_address(connection))
        with self._archive.open(DUMP) as dump:
            _feed(dump, self._decrypt, restore, env=_environment(connection))

    def differences(self, connection: BaseDatabaseWrapper) -> list[str]:
        """Compare every table with the manifest; one line for each that differs."""
        found, wanted = read_tables(connection), self.manifest.tables
        nothing = TableContent(0, "")
        return [
            f"table {name} has {found.get(name, nothing).rows} rows with the digest "
            f"{found.get(name, nothing).sha256[:12] or 'none'}, and the backup has "
            f"{wanted.get(name, nothing).rows} with {wanted.get(name, nothing).sha256[:12] or 'none'}"
            for name in sorted(found.keys() | wanted.keys())
            if found.get(name) != wanted.get(name)
        ]


def _refuse_filled(connection: BaseDatabaseWrapper) -> None:
    name = connection.settings_dict["NAME"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace")
        if cursor.fetchone()[0]:
            raise OperationError(
                f"the database {name} is not empty, and restoring would mix its rows with those of the "
                "backup. Fix: name an empty database. To replace this one, stop the site, and as the "
                f"database administrator run `dropdb {name}` and `createdb --owner OWNER {name}`.",
                REFUSED,
            )


def old_backups(folder: Path, keep: int) -> list[Path]:
    """The backups in a folder that are older than the newest `keep`. Other files never count."""
    found = [path for path in folder.iterdir() if path.is_file() and _is_backup(path)]
    return sorted(found, key=lambda path: (path.stat().st_mtime_ns, path.name), reverse=True)[keep:]


def _is_backup(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            return sorted(archive.namelist()) == [DUMP, MANIFEST]
    except (OSError, zipfile.BadZipFile):
        return False


# Programs


def _age() -> str:
    found = shutil.which("age")
    if found is None:
        raise ServiceMissing("the program `age` is not installed. Fix: `apt-get install age`.")
    return found


def _program(name: str, connection: BaseDatabaseWrapper) -> str:
    """`pg_dump` or `pg_restore` of the server's version, or the next later one; raises ServiceMissing."""
    server: int = connection.pg_version // 10_000  # type: ignore[attr-defined]
    folders = [*binary_folders(), *map(Path, os.get_exec_path())]
    found: dict[int, str] = {}
    for path in (folder / name for folder in folders):
        if (version := _major_version(path)) is not None:
            found.setdefault(version, str(path))
    usable = [version for version in found if version >= server]
    if usable:
        return found[min(usable)]
    have = f"only version {max(found)} is" if found else "none is"
    raise ServiceMissing(
        f"{name} must have at least the server's version, {server}, and {have} installed here. "
        f"Fix: `apt-get install postgresql-client-{server}`."
    )


def _major_version(path: Path) -> int | None:
    if not os.access(path, os.X_OK):
        return None
    try:
        asked = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    match = re.search(r"\) (\d+)", asked.stdout)
    return int(match[1]) if match else None


def _address(connection: BaseDatabaseWrapper) -> str:
    """How PostgreSQL's programs find the database; without the password, which others could see."""
    connection.ensure_connection()
    return f"--dbname={connection.connection.info.dsn}"


def _environment(connection: BaseDatabaseWrapper) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    password = connection.connection.info.password
    return {**kept, "PGPASSWORD": password} if password else kept


def _dump_command(connection: BaseDatabaseWrapper, snapshot: str) -> list[str]:
    options = ["--format=custom", f"--snapshot={snapshot}", "--no-password"]
    return [_program("pg_dump", connection), *options, _address(connection)]


def _run(command: Sequence[str], *, stdin: IO[bytes], out: IO[bytes], fix: str = "") -> None:
    """Run a program from a file into a file; raises OperationError."""
    done = subprocess.run(command, stdin=stdin, capture_output=True, check=False)
    if done.returncode:
        raise _failure(command, done.stderr.decode(errors="replace"), fix)
    out.write(done.stdout)


def _pipe(first: Sequence[str], second: Sequence[str], out: IO[bytes], *, env: Mapping[str, str]) -> str:
    """Run one program into another and that into a file; the SHA-256 of what was written."""
    digest = hashlib.sha256()
    with _piped(first, second, env, subprocess.DEVNULL, subprocess.PIPE) as (_source, sink):
        assert sink.stdout is not None
        while data := sink.stdout.read(CHUNK):
            digest.update(data)
            out.write(data)
    return digest.hexdigest()


def _feed(source: IO[bytes], first: Sequence[str], second: Sequence[str], *, env: Mapping[str, str]) -> None:
    """Run one program into another, from an open file."""
    with _piped(first, second, env, subprocess.PIPE, subprocess.DEVNULL) as (reader, _sink):
        assert reader.stdin is not None
        # A program that ends early says why on its standard error.
        with contextlib.suppress(BrokenPipeError):
            shutil.copyfileobj(source, reader.stdin, CHUNK)
        with contextlib.suppress(BrokenPipeError):
            reader.stdin.close()


@contextlib.contextmanager
def _piped(
    first: Sequence[str], second: Sequence[str], env: Mapping[str, str], stdin: int, stdout: int
) -> Iterator[tuple["subprocess.Popen[bytes]", "subprocess.Popen[bytes]"]]:
    """Two programs, one writing into the other. Afterwards OperationError if one of them failed."""
    with tempfile.TemporaryFile() as first_errors, tempfile.TemporaryFile() as second_errors:
        source = subprocess.Popen(first, stdin=stdin, stdout=subprocess.PIPE, stderr=first_errors, env=env)
        sink = subprocess.Popen(second, stdin=source.stdout, stdout=stdout, stderr=second_errors, env=env)
        assert source.stdout is not None
        source.stdout.close()  # so that the first notices when the second ends
        try:
            yield source, sink
        except BaseException:
            source.kill()
            sink.kill()
            raise
        finally:
            if sink.stdout is not None:
                sink.stdout.close()
            source.wait()
            sink.wait()
        faults = []
        for program, errors in ((source, first_errors), (sink, second_errors)):
            errors.seek(0)
            message = errors.read(20_000).decode(errors="replace")
            # One that could not write or read any more is no cause.
            if program.returncode not in (0, -signal.SIGPIPE) and "broken pipe" not in message.lower():
                faults.append(_failure(program.args, message))
        if faults:
            raise OperationError(" ".join(map(str, faults)), REFUSED)


def _failure(command: Any, message: str, fix: str = "") -> OperationError:
    name = Path(command[0]).name
    # `age` ends with a request to report what is unexpected.
    lines = [
        line.strip() for line in message.splitlines() if line.strip() and "report unexpected" not in line
    ]
    text = "; ".join(line.removeprefix(f"{name}: ").removeprefix("error: ") for line in lines)
    return OperationError(f"{name} failed: {text[:1000] or 'it gave no reason'}.{fix}", REFUSED)
