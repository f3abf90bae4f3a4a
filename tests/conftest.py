"""Servers for all tests. PostgreSQL starts here, before Django reads its settings.

The settings module is named here and not in pyproject.toml, because pytest-django would read it before this
file is imported, and the address of the test server would come too late.
"""

import atexit
import contextlib
import gc
import os
import random
import secrets
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence

import django
import pytest
from django.conf import settings as django_settings
from django.contrib.staticfiles import handlers as staticfiles
from django.core.signals import request_finished, request_started
from django.db import connection
from django.dispatch import receiver
from django.test import testcases
from django.utils import translation
from hypothesis import HealthCheck, settings
from hypothesis.internal.conjecture import providers
from pytest_django import DjangoDbBlocker

from evalsite.local.paths import paths
from tests.servers import LiveStack, live_stack_in, temporary_postgres, temporary_valkey

# Compiled modules are kept, whatever the environment says: tests start many processes, and compiling takes
# each of them longer than importing.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

_servers = contextlib.ExitStack()

# Our matrices are small: threads of BLAS cost more than twice the time here, and take it from other tests.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# The controller of pytest-xdist comes here first, and its workers inherit what it has set.
if "PYTEST_XDIST_WORKER" not in os.environ:
    folder = _servers.enter_context(
        tempfile.TemporaryDirectory(prefix="evalsite-var-", ignore_cleanup_errors=True)
    )
    os.environ["EVALSITE_VAR"] = folder
    paths(folder).make()
    os.environ.setdefault("TEST_SEED", str(secrets.randbelow(10**6)))
    os.environ["TEST_RUN"] = secrets.token_hex(4)
    os.environ["SECRET_KEY"] = "for tests only, and longer than fifty characters as Django wants"
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # Playwright's event loop runs beside ORM calls
    os.environ.pop("PUBLIC_URL", None)
    if owner := os.environ.pop("DATABASE_OWNER_URL", ""):
        os.environ["DATABASE_URL"] = owner
    if "DATABASE_URL" in os.environ:
        _servers.callback(lambda: drop_migrated_database())
    else:
        os.environ["DATABASE_URL"] = _servers.enter_context(temporary_postgres())
    os.environ["SHOW_FAKE_SYSTEMS"] = "true"
    os.environ["ALLOW_INTERNAL_ADDRESSES"] = "true"
    os.environ["UNBLIND_SECOND_FACTOR"] = "off"
    os.environ["STAFF_MAY_JUDGE"] = "true"
    os.environ.pop("API_KEYS_FILE", None)
    os.environ["API_KEY_VARIABLES"] = "SOME_KEY, TEACHER_KEY, TEST_KEY"
    # Wakes go nowhere, except in tests that ask for `broker_url`.
    os.environ.setdefault("BROKER_URL", "memory://")
    atexit.register(_servers.close)

os.environ["DJANGO_SETTINGS_MODULE"] = "evalsite.settings"
django.setup()

from evalsite.core.statics import CompressedStatics  # noqa: E402
from generation.screenplay.child import Child  # noqa: E402
from generation.screenplay.formats import child_parsers  # noqa: E402
from tests import pace  # noqa: E402
from tests.readers import HereInsteadOfChild  # noqa: E402

# The same examples each time, however slow the machine is: what fails here fails everywhere. For others:
# `--hypothesis-profile default`. None are taken from constants of this repository's modules, for those that
# a worker happens to have imported are others each time.
settings.register_profile(
    "same", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("same")
providers._get_local_constants = lambda: providers._local_constants  # type: ignore[method-assign]


def drop_migrated_database() -> None:
    """Drop what `django_db_setup` made on a server that goes on."""
    with connection._nodb_cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "test_evalsite_{os.environ["TEST_RUN"]}"')


# Hundreds of thousands of rounds a password are for those who steal them.
django_settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

# Live servers send styles and scripts as the site does, through its middleware and not past it. And nothing
# else: without a folder for media they would serve the working directory.
staticfiles.StaticFilesHandler = testcases._MediaFilesHandler = lambda application: application


# Of the slow tests, what takes longest goes first, or one worker ends long after the others.
LONG = (
    "stats/test_coverage",
    "paper_study/test_kills",
    "local/test_stack",
    "invariants/",
    "api/test_fuzz",
    "clients/",
    "browser",
    "bench/",
    "local/",
    "training_data/test_docs",
)
NOT_FOR_EVERY_COMMIT = {"live_server", "live_stack", "broker_url"}
"""Fixtures that start a web server or a broker."""


def pytest_configure(config: pytest.Config) -> None:
    if config.option.markexpr == "not slow":
        pace.share = pace.EVERYDAY


def pytest_report_header() -> str:
    return f"files in random order: repeat it with TEST_SEED={os.environ['TEST_SEED']}"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark slow tests, before pytest leaves them out, and shuffle the files."""
    for item in items:
        needs_program = item.get_closest_marker("browser") or item.get_closest_marker("skipif")
        if needs_program or NOT_FOR_EVERY_COMMIT.intersection(getattr(item, "fixturenames", ())):
            item.add_marker("slow")
        if getattr(getattr(item, "obj", None), "is_hypothesis_test", False):
            item.add_marker("property")
    files = sorted({item.nodeid.split("::")[0] for item in items})
    random.Random(os.environ["TEST_SEED"]).shuffle(files)
    if config.option.markexpr != "not slow":
        files.sort(key=lambda file: not any(name in file for name in LONG))
    place = {file: number for number, file in enumerate(files)}
    items.sort(key=lambda item: place[item.nodeid.split("::")[0]])


# Each client of a test has middleware of its own, which looks for the same hundreds of files. They are looked
# for once, as long as the settings stay.
_look_for_files = CompressedStatics.add_files_from_finders
_files_found: dict[tuple[object, ...], dict[str, object]] = {}


def _files_from_finders(self: CompressedStatics) -> None:
    key = (self.static_prefix, self.max_age, tuple(map(str, django_settings.STATICFILES_DIRS)))
    if key not in _files_found:
        _look_for_files(self)
        _files_found[key] = dict(self.files)
    self.files.update(_files_found[key])


CompressedStatics.add_files_from_finders = _files_from_finders  # type: ignore[method-assign]


child_parsers.Child = HereInsteadOfChild  # type: ignore[misc,assignment]


def pytest_collection_finish() -> None:
    """What is loaded by now stays, and the collector need not look through it again and again."""
    gc.collect()
    gc.freeze()


@pytest.fixture
def reader_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Foreign files are read as the site does it, each in a process of its own."""
    monkeypatch.setattr(child_parsers, "Child", Child)


@pytest.fixture(autouse=True)
def _own_language() -> Iterator[None]:
    """A page asked for in Chinese leaves its language to the thread, and so to the next test."""
    yield
    translation.deactivate()


@pytest.fixture(scope="session")
def broker_url() -> Iterator[str]:
    """The URL of a real Valkey server, started for the first test that asks."""
    with temporary_valkey() as url:
        yield url


@pytest.fixture(scope="session")
def live_stack() -> Iterator[LiveStack]:
    """All that `make run` starts, on data of its own, demo studies loaded, for browser and kill tests.

    One stack a worker: `make test` gives whole files to workers (`--dist loadfile`; under pytest 9.2 the
    groups of xdist have no effect), so tests that are to share a stack stand in one file.
    """
    with live_stack_in() as stack:
        yield stack


# TRUNCATE makes the files of a table anew, and there are fifty tables; few of them hold rows after a test.
EMPTY = """
DO $$
DECLARE
    name text;
    found boolean;
BEGIN
    SET LOCAL session_replication_role = replica;
    FOREACH name IN ARRAY ARRAY[{tables}] LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM %I)', name) INTO found;
        IF found THEN
            EXECUTE format('DELETE FROM %I', name);
        END IF;
    END LOOP;
    DELETE FROM core_team WHERE slug <> 'team';
END $$
"""
# What migrations wrote. Snapshots of rows point to the site's team.
KEPT = {"django_content_type", "auth_permission", "core_team"}


# The threads of a live server in which a request is under way.
_serving: set[threading.Thread] = set()
_served = threading.Condition()


@receiver(request_started)
def _serve(**kwargs: object) -> None:
    if threading.current_thread() is not threading.main_thread():
        with _served:
            _serving.add(threading.current_thread())


@receiver(request_finished)
def _serve_no_more(**kwargs: object) -> None:
    with _served:
        _serving.discard(threading.current_thread())
        _served.notify_all()


def _empty_tables(ops: object, style: object, tables: Sequence[str], **options: bool) -> list[str]:
    """The SQL that empties the tables which hold rows, past the triggers that refuse it.

    A browser may be gone and its last request still be under way: it would be a deadlock, or leave rows.
    """
    with _served:
        _served.wait_for(lambda: not any(thread.is_alive() for thread in _serving), timeout=30)
    # The cache has a table but no model.
    names = sorted({*tables, "core_cache"} - KEPT)
    return [EMPTY.format(tables=", ".join(f"'{table}'" for table in names))]


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Give this process a copy of one migrated database, which the first process to come here makes.

    Tests that commit clean up in milliseconds, where the server lets us past its triggers.
    """
    creation, worker = connection.creation, os.environ.get("PYTEST_XDIST_WORKER", "alone")
    with django_db_blocker.unblock():
        original = connection.settings_dict["NAME"]
        connection.settings_dict["TEST"]["NAME"] = migrated = f"test_evalsite_{os.environ['TEST_RUN']}"
        with connection._nodb_cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(1)")
            if creation._database_exists(cursor, migrated):
                connection.settings_dict["NAME"] = migrated
            else:
                creation.create_test_db(verbosity=0)
            creation.clone_test_db(suffix=worker, verbosity=0)
        connection.settings_dict["NAME"] = creation.get_test_db_clone_settings(worker)["NAME"]
        with connection.cursor() as cursor:
            cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
            if cursor.fetchone() == (True,):
                # Of the class: a browser's event loop gives the main thread another connection.
                type(connection.ops).sql_flush = _empty_tables  # type: ignore[method-assign]
    yield
    with django_db_blocker.unblock():
        connection.close()
        # Threads of a live server may still be connected.
        with connection._nodb_cursor() as cursor:
            cursor.execute(f'DROP DATABASE "{connection.settings_dict["NAME"]}" WITH (FORCE)')
        connection.settings_dict["NAME"] = original
