"""Whole site: the application's database role cannot change or remove the record, and studies run with it."""

import os
import random
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from pathlib import Path

import psycopg
import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone
from psycopg import errors, sql
from pytest_django import DjangoDbBlocker

from analysis.models import Report
from analysis.reports import services as reports
from annotations import freezing
from annotations.blinding import unblinder_changes, unblinders, unblinding
from annotations.blinding.seal import SealedEntry
from annotations.desk import services
from annotations.errors import WrongState
from annotations.models import Amendment, Assignment, Mark, Study
from annotations.staff.studies import managing, study_states
from annotations.staff.studies.loading import load_study
from evalsite.core.errors import OperationError
from evalsite.core.grants import ADD, ALL, OWN, apply_grants, rights_on
from evalsite.core.models import AuditEvent
from tests.factories import judge, person, write_study

PROTECTED = {
    "annotations_answerrevision",
    "annotations_amendment",
    "annotations_consent",
    "annotations_guess",
    "annotations_judgment",
    "annotations_mark",
    "annotations_raterstatement",
    "annotations_revealedentry",
    "annotations_score",
    "annotations_sealeddraw",
    "annotations_sealedentry",
    "annotations_seatevent",
    "core_auditevent",
    "training_data_dataset",
    "training_data_datasetprofile",
    "training_data_example",
    "training_data_profilereview",
    "training_data_review",
    "training_data_trainedmodel",
}
"""No row of these is removed. By hand, so that a change of the grants alone is noticed."""
ERASED = {
    "annotations_answerrevision": {"earlier_reason"},
    "annotations_mark": {"note"},
    "annotations_raterstatement": {"content"},
    "annotations_seatevent": {"detail"},
    "core_auditevent": {"about", "detail", "salts", "who"},
}
"""The columns that are emptied when a rater or old sign-ins are erased."""
Session = psycopg.Connection[tuple[object, ...]]
ROLE = f"application_{os.getpid()}"
PASSWORD = "for this test"


@pytest.fixture(scope="module")
def role(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """The name of a role with the application's rights on the tests' database."""
    name = sql.Identifier(ROLE)
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(name, PASSWORD))
        apply_grants(connection, ROLE)
        yield ROLE
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(sql.SQL("DROP OWNED BY {}").format(name))
        cursor.execute(sql.SQL("DROP ROLE {}").format(name))


def connect(role: str) -> Session:
    place = {key: connection.settings_dict[key.upper()] for key in ("host", "port")}
    host = place["host"] or connection.settings_dict["OPTIONS"].get("host", "")
    return psycopg.connect(
        dbname=str(connection.settings_dict["NAME"]),
        host=str(host) or None,
        port=place["port"] or None,
        user=role,
        password=PASSWORD,
        autocommit=True,
    )


@pytest.fixture
def intruder(role: str, db: None) -> Iterator[Session]:
    """A connection of the application's role, for statements of an attacker."""
    with connect(role) as opened:
        yield opened


@pytest.fixture
def as_application(role: str, transactional_db: None) -> Iterator[None]:
    """Django works with the application's role until the test ends."""
    owner = {key: connection.settings_dict[key] for key in ("USER", "PASSWORD")}
    connection.close()
    connection.settings_dict |= {"USER": role, "PASSWORD": PASSWORD}
    yield
    connection.close()
    connection.settings_dict |= owner


def columns(opened: Session, table: str) -> list[str]:
    found = opened.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_name = %s", [table]
    )
    return [str(name) for (name,) in found]


@pytest.mark.slow
@pytest.mark.parametrize("table", sorted(PROTECTED))
def test_no_row_of_the_record_is_changed_or_removed(intruder: Session, table: str) -> None:
    name = sql.Identifier(table)
    changeable = {"voided_at", *ERASED.get(table, ())}
    if table == "training_data_dataset":
        changeable |= {*columns(intruder, table)}
    if table == "training_data_trainedmodel":
        changeable |= {"id"}
    for statement in ("DELETE FROM {}", "TRUNCATE {}", "TRUNCATE {} CASCADE"):
        with pytest.raises(errors.InsufficientPrivilege):
            intruder.execute(sql.SQL(statement).format(name))
    for column in {*columns(intruder, table)} - changeable:
        with pytest.raises(errors.InsufficientPrivilege):
            intruder.execute(sql.SQL("UPDATE {} SET {} = NULL").format(name, sql.Identifier(column)))
    intruder.execute(sql.SQL("SELECT FROM {}").format(name))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE annotations_assignment SET slot_id = slot_id",
        "UPDATE annotations_assignment SET rater_id = rater_id",
        "UPDATE annotations_slot SET first_on_left = NOT first_on_left",
        "UPDATE annotations_slot SET pairing_id = pairing_id",
        "UPDATE annotations_pairing SET first_id = second_id",
        "UPDATE annotations_entry SET code = code",
        "UPDATE annotations_seat SET study_id = study_id",
        "UPDATE annotations_unblindingrequest SET requested_by_id = confirmed_by_id",
        "DELETE FROM annotations_assignment",
        "DELETE FROM annotations_rater",
        "DELETE FROM annotations_unblindingrequest",
    ],
)
def test_what_an_answer_is_about_stays(intruder: Session, statement: str) -> None:
    with pytest.raises(errors.InsufficientPrivilege):
        intruder.execute(statement)


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE {} DISABLE TRIGGER USER",
        "ALTER TABLE {} DISABLE TRIGGER ALL",
        "ALTER TABLE {} RENAME TO gone",
        "ALTER TABLE {} OWNER TO CURRENT_USER",
        "DROP TABLE {} CASCADE",
        "CREATE TRIGGER mine BEFORE INSERT ON {} FOR EACH ROW EXECUTE FUNCTION evalsite_refuse_change()",
        "CREATE RULE mine AS ON INSERT TO {} DO INSTEAD NOTHING",
        "ALTER TABLE {} ENABLE ROW LEVEL SECURITY",
    ],
)
def test_tables_of_the_record_stay_as_they_are(intruder: Session, statement: str) -> None:
    for table in sorted(PROTECTED):
        with pytest.raises(errors.InsufficientPrivilege):
            intruder.execute(sql.SQL(statement).format(sql.Identifier(table)))


def test_no_trigger_goes(intruder: Session) -> None:
    guards = intruder.execute(
        "SELECT tgrelid::regclass::text, tgname FROM pg_trigger WHERE tgname LIKE '%append_only%'"
    ).fetchall()
    assert len(guards) >= 18
    for table, guard in guards:
        with pytest.raises(errors.InsufficientPrivilege):
            intruder.execute(
                sql.SQL("DROP TRIGGER {} ON {}").format(
                    sql.Identifier(str(guard)), sql.Identifier(str(table))
                )
            )


@pytest.mark.parametrize(
    "statement",
    [
        "SET session_replication_role = replica",
        "SET SESSION AUTHORIZATION {owner}",
        "SET ROLE {owner}",
        "GRANT {owner} TO {role}",
        "ALTER ROLE {role} SUPERUSER",
        "CREATE ROLE another SUPERUSER",
        "CREATE TABLE public.mine (id int)",
        "CREATE FUNCTION public.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE OR REPLACE FUNCTION evalsite_refuse_change() RETURNS trigger LANGUAGE plpgsql AS"
        " 'BEGIN RETURN NEW; END'",
        "DROP FUNCTION evalsite_refuse_change() CASCADE",
        "ALTER DATABASE {database} SET session_replication_role = replica",
        "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} GRANT DELETE ON TABLES TO {role}",
        "ALTER SCHEMA public OWNER TO {role}",
        "DROP SCHEMA public CASCADE",
        "REASSIGN OWNED BY {owner} TO {role}",
        "COPY core_auditevent TO PROGRAM 'true'",
        "COPY core_auditevent TO '/tmp/trail'",
        "SELECT setval('core_auditevent_id_seq', 1)",
        "INSERT INTO django_migrations (app, name, applied) VALUES ('core', '0099', now())",
        "UPDATE django_migrations SET name = ''",
    ],
)
def test_the_role_gets_no_other_rights(intruder: Session, statement: str) -> None:
    owner = connection.settings_dict["USER"]
    names = {"owner": owner, "role": ROLE, "database": connection.settings_dict["NAME"]}
    parts = {key: sql.Identifier(str(value)) for key, value in names.items()}
    with pytest.raises(errors.InsufficientPrivilege):
        intruder.execute(sql.SQL(statement).format(**parts))


def test_the_role_cannot_grant_itself_a_right(intruder: Session) -> None:
    intruder.execute(f"GRANT ALL ON core_auditevent TO {ROLE}")  # a warning, since it has some of them
    with pytest.raises(errors.InsufficientPrivilege):
        intruder.execute("DELETE FROM core_auditevent")


def test_the_owner_can_do_what_is_refused_to_the_application(db: None) -> None:
    """With one role for both, as before, the site could do this."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE core_auditevent DISABLE TRIGGER USER")
        cursor.execute("DELETE FROM core_auditevent")
        cursor.execute("ALTER TABLE core_auditevent ENABLE TRIGGER USER")


def test_every_table_has_an_entry(db: None) -> None:
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
    missing = [table for table in tables if rights_on(table) is None]
    assert not missing, f"give {missing} rights in evalsite/core/grants.py"


def test_a_guarded_table_gives_no_more_than_its_trigger_lets_pass(db: None) -> None:
    """Where no row may be removed and no column changed, the role may do neither."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgrelid::regclass::text FROM pg_trigger"
            " WHERE tgname LIKE '%_append_only' AND tgtype & 8 > 0 AND tgattr = ''"
        )
        guarded = {table for (table,) in cursor.fetchall()}
    assert guarded
    assert {table for table in guarded if OWN[table] != ADD} <= {
        "annotations_raterstatement",
        "core_auditevent",
        "training_data_trainedmodel",
    }


def test_a_table_without_an_entry_can_only_be_added_to_and_read(role: str, transactional_db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE annotations_new (id int)")
        try:
            apply_grants(connection, role)
            with connect(role) as opened:
                opened.execute("INSERT INTO annotations_new VALUES (1)")
                with pytest.raises(errors.InsufficientPrivilege):
                    opened.execute("DELETE FROM annotations_new")
        finally:
            cursor.execute("DROP TABLE annotations_new")


def test_rights_given_by_hand_are_taken_back(role: str, transactional_db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"GRANT ALL ON core_auditevent TO {role}, PUBLIC")
        cursor.execute(f"GRANT UPDATE (verb) ON core_auditevent TO {role}")
        cursor.execute(f"GRANT CREATE ON SCHEMA public TO {role}")
    apply_grants(connection, role)
    with connect(role) as opened:
        for statement in (
            "DELETE FROM core_auditevent",
            "UPDATE core_auditevent SET verb = ''",
            "CREATE TABLE public.mine (id int)",
        ):
            with pytest.raises(errors.InsufficientPrivilege):
                opened.execute(statement)


@pytest.mark.parametrize(
    ("change", "back", "message"),
    [
        ("ALTER ROLE {} CREATEROLE", "ALTER ROLE {} NOCREATEROLE", "no right can be taken from it"),
        ("GRANT {1} TO {0}", "REVOKE {1} FROM {0}", "no right can be taken from it"),
        (
            "ALTER TABLE core_cache_test OWNER TO {}",
            "ALTER TABLE core_cache_test OWNER TO CURRENT_USER",
            "owns tables",
        ),
    ],
)
def test_a_role_that_could_get_round_its_rights_is_refused(
    role: str, transactional_db: None, change: str, back: str, message: str
) -> None:
    owner = connection.settings_dict["USER"]
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE core_cache_test (id int)")
        try:
            cursor.execute(change.format(role, owner))
            with pytest.raises(OperationError, match=message):
                apply_grants(connection, role)
        finally:
            cursor.execute(back.format(role, owner))
            cursor.execute("DROP TABLE core_cache_test")


def test_a_missing_role_is_named(transactional_db: None) -> None:
    with pytest.raises(OperationError, match=r'no role nobody_known.*CREATE ROLE "nobody_known" LOGIN'):
        apply_grants(connection, "nobody_known")


@pytest.mark.slow
def test_a_whole_study_runs(as_application: None, tmp_path: Path) -> None:
    file = write_study(tmp_path / "first")
    study = load_study(file).study
    freezing.freeze(study=study, by="una")
    if hasattr(SealedEntry, "voided_at"):
        freezing.thaw(study=study, by="una")
        study.refresh_from_db()
        freezing.freeze(study=study, by="una")
    study_states.transition(study=study, verb="open", by="una")
    raters = [services.enrol(study=study, languages=["en"], by="una").rater for _ in range(6)]
    for rater in raters:
        services.give_consent(rater=rater, language="en", training_use=False)
        judge(rater, rng=random.Random(rater.pk))
    leaver = raters[0]
    services.withdraw(rater=leaver, erase=True)
    services.free_seat(rater=raters[1], by="una", reason="moved to Turku")
    services.withdraw(rater=raters[1], erase=True)
    assert not Assignment.objects.filter(rater=leaver).exclude(reason="").exists()
    assert not Mark.objects.filter(assignment__rater=leaver).exclude(note="").exists()
    study_states.amend(study=study, by="una", text="One more rule.")
    study_states.transition(study=study, verb="close", by="una")
    asked = unblinding.request(study=study, by=person("una"), reason="all done")
    unblinding.confirm(request=asked, by=person("dov"))
    study.refresh_from_db()
    code = reports.request(study=study, by=None).code
    reports.build(code)
    assert Report.objects.get(code=code).state == Report.State.DONE
    call_command("export_study", study.slug, out=tmp_path / "out", stdout=StringIO())
    call_command("sweep", verbosity=0)
    assert AuditEvent.objects.filter(about=study.slug).count() > 5


def test_personal_data_is_erased_when_its_time_is_over(
    as_application: None, tmp_path: Path, settings
) -> None:
    settings.RETENTION_DAYS_SIGN_INS = 30
    rows = {"who": "una", "verb": "sign in", "about": "user:1"}
    line = AuditEvent.objects.create(at=timezone.now() - timedelta(days=31), **rows)
    call_command("erase_expired", verbosity=0)
    line.refresh_from_db()
    assert (line.who, line.about) == ("", "")
    call_command("verify_log", stdout=StringIO())


def test_an_unblinder_is_replaced(as_application: None, tmp_path: Path) -> None:
    una, dov, _ida, _zoe = (person(name) for name in ("una", "dov", "ida", "zoe"))
    file = write_study(tmp_path)
    file.write_text(file.read_text() + "\nunblinders: [una, dov]\n")
    study = load_study(file).study
    freezing.freeze(study=study, by="una")
    given = {"study": study, "old": "dov", "reason": "Left.", "by": dov}
    unblinder_changes.decline_change(change=unblinder_changes.request_change(new="ida", **given), by=una)
    accepted = unblinder_changes.request_change(new="zoe", **given)
    unblinder_changes.accept_change(change=accepted, by=una)
    assert [each.name for each in unblinders.named_unblinders(study)] == ["una", "zoe"]


def test_a_draft_is_deleted(as_application: None, tmp_path: Path) -> None:
    study = load_study(write_study(tmp_path)).study
    managing.delete_study(study=study, by="una")
    assert not Study.objects.exists()


def test_a_draft_with_amendments_stays(as_application: None, tmp_path: Path) -> None:
    study = load_study(write_study(tmp_path)).study
    Amendment.objects.create(study=study, who="una", text="One more rule.")
    with pytest.raises(WrongState, match="archive it instead"):
        managing.delete_study(study=study, by="una")


def test_packages_may_use_their_tables() -> None:
    assert rights_on("mfa_authenticator") == rights_on("account_emailaddress") == ALL
