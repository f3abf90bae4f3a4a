"""What the application's database role may do with each table.

The owner of the tables migrates, restores and runs tests. Web server, workers and all other commands use the
role of `DATABASE_URL`. It can add and read answers, seals and the audit trail. It can neither change nor
remove them, nor switch off a trigger, nor truncate any table. Where both URLs name one role, nothing is
granted.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg import sql

from evalsite.core.errors import REFUSED, OperationError


@dataclass(frozen=True)
class Rights:
    """Besides SELECT. `update` names columns, or is True for all but those that are `fixed`.

    Columns that a table lacks are left out.
    """

    insert: bool = True
    update: bool | tuple[str, ...] = False
    delete: bool = False
    fixed: tuple[str, ...] = ()


ALL = Rights(update=True, delete=True)
ADD = Rights()
"""Add and read. Also for a table that is missing below; a test names it."""
KEEP = Rights(update=True)
"""Everything but remove."""

# `FOR UPDATE` needs the right to change one column at least, and triggers refuse each change of these.
LOCKABLE = Rights(update=("id",))

OWN: dict[str, Rights] = {
    # Answers. Erasing a rater empties free text.
    "annotations_judgment": ADD,
    "annotations_score": ADD,
    "annotations_mark": Rights(update=("note",)),
    "annotations_guess": ADD,
    "annotations_answerrevision": Rights(update=("earlier_reason",)),
    "annotations_consent": ADD,
    "annotations_exclusionevent": ADD,
    # The seal. Undoing a freeze marks its rows as void.
    "annotations_sealedentry": Rights(update=("voided_at",)),
    "annotations_sealeddraw": Rights(update=("voided_at",)),
    "annotations_revealedentry": ADD,
    # What was drawn and frozen goes only when a freeze is undone.
    "annotations_entry": Rights(delete=True),
    "annotations_pairing": Rights(delete=True),
    "annotations_studybrief": Rights(delete=True),
    "annotations_slot": Rights(update=("id",), delete=True),
    "annotations_seat": Rights(update=("rater_id",), delete=True),
    "annotations_seatevent": Rights(update=("detail",)),
    "annotations_amendment": ADD,
    "annotations_unblindingrequest": Rights(
        update=True, fixed=("id", "study_id", "requested_by_id", "requested_at", "reason")
    ),
    # Who judged.
    "annotations_rater": KEEP,
    "annotations_assignment": Rights(update=True, fixed=("id", "code", "rater_id", "slot_id")),
    "annotations_sitting": Rights(update=("last_seen_at",)),
    "annotations_raterstatement": Rights(update=("content",)),
    "annotations_unblinderchange": Rights(
        update=True,
        fixed=("id", "study_id", "old", "new_id", "new_name", "reason", "requested_at", "requested_by_id"),
    ),
    # The record. Erasing a rater empties what staff wrote of them, and `erase_expired` who signed in. A
    # trigger refuses other changes.
    "core_auditevent": Rights(update=("about", "detail", "salts", "who")),
    "core_timestamp": ADD,
    "core_failedsignins": ALL,
    # Data sets, and what people decided about them.
    "training_data_review": ADD,
    "training_data_profilereview": ADD,
    "training_data_datasetprofile": ADD,
    "training_data_dataset": KEEP,
    "training_data_example": ADD,
    "training_data_trainedmodel": LOCKABLE,
    "django_migrations": Rights(insert=False),
    **dict.fromkeys(
        [
            "analysis_fullpdf",
            "analysis_report",
            "analysis_reportfile",
            "analysis_reportlink",
            "api_storedanswer",
            "api_token",
            "annotations_acceptedwarning",
            "annotations_answer",
            "annotations_answerchange",
            "annotations_criterion",
            "annotations_draftscan",
            "annotations_externalid",
            "annotations_freezejob",
            "annotations_leakfinding",
            "annotations_linkrequest",
            "annotations_mail",
            "annotations_mailing",
            "annotations_mailsettings",
            "annotations_ratercontact",
            "annotations_raterlink",
            "annotations_rejection",
            "annotations_study",
            "annotations_unfinishedform",
            "core_cache",
            "core_membership",
            "core_membershipoffer",
            "core_notification",
            "core_team",
            "core_user",
            "core_user_groups",
            "core_user_user_permissions",
            "generation_attempt",
            "generation_backendcheck",
            "generation_brief",
            "generation_job",
            "generation_laneturn",
            "generation_measurement",
            "generation_prompt",
            "generation_run",
            "generation_script",
            "generation_series",
            "generation_source",
            "generation_stageoutput",
            "generation_system",
            "generation_upload",
            "training_data_candidate",
            "training_data_intake",
            "training_data_intakefile",
            "training_data_jobsource",
            "training_data_person",
            "training_data_scene",
            "training_data_work",
            "webhooks_attempt",
            "webhooks_delivery",
            "webhooks_endpoint",
        ],
        ALL,
    ),
}
PACKAGES = ("account_", "auth_", "axes_", "django_", "mfa_", "socialaccount_", "usersessions_")
"""Tables of packages begin with one of these. The application may do all with them, except what is above."""


def rights_on(table: str) -> Rights | None:
    """The rights on a table; None if it has no entry."""
    return OWN.get(table) or (ALL if table.startswith(PACKAGES) else None)


def apply_grants(connection: BaseDatabaseWrapper, role: str) -> None:
    """Give the role what is above and take all else from it, in one transaction.

    Connect as the owner of the tables. Raises OperationError if the role is missing or could get round this.
    """
    with transaction.atomic(connection.alias), connection.cursor() as cursor:
        cursor.execute(ROLE, [role])
        _refuse(role, cursor.fetchone())
        cursor.execute(COLUMNS)
        columns: dict[str, set[str]] = dict(cursor.fetchall())
        cursor.execute(sql.SQL("; ").join(_statements(role, columns)).as_string(connection.connection))


ROLE = """
SELECT rolsuper OR rolcreaterole OR rolreplication OR rolbypassrls
        OR pg_has_role(role.oid, current_user, 'MEMBER'),
    EXISTS (SELECT FROM pg_class WHERE relowner = role.oid AND relnamespace = 'public'::regnamespace)
FROM pg_roles role WHERE rolname = %s
"""
COLUMNS = """
SELECT relname, array_agg(attname::text) FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid
WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND attnum > 0 AND NOT attisdropped
GROUP BY relname
"""


def _refuse(role: str, found: tuple[bool, bool] | None) -> None:
    if found is None:
        raise OperationError(
            f"the database has no role {role}, which DATABASE_URL names. "
            f"Fix: as an administrator, run CREATE ROLE \"{role}\" LOGIN PASSWORD '...', and repeat this.",
            REFUSED,
        )
    powerful, owner = found
    if powerful:
        raise OperationError(
            f"the role {role} of DATABASE_URL is a superuser, manages roles or is a member of the owner's "
            "role, so no right can be taken from it. Fix: name a plain role in DATABASE_URL.",
            REFUSED,
        )
    if owner:
        raise OperationError(
            f"the role {role} of DATABASE_URL owns tables. Fix: name their owner in DATABASE_OWNER_URL, and "
            "a role that owns none in DATABASE_URL.",
            REFUSED,
        )


def _statements(role: str, columns: dict[str, set[str]]) -> Iterator[sql.Composable]:
    to, everyone = sql.Identifier(role), sql.SQL("PUBLIC")
    for who in (to, everyone):
        for kind in ("TABLES", "SEQUENCES"):
            yield sql.SQL("REVOKE ALL ON ALL {} IN SCHEMA public FROM {}").format(sql.SQL(kind), who)
        yield sql.SQL("REVOKE CREATE ON SCHEMA public FROM {}").format(who)
    yield sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(to)
    # Reading a sequence is for backups.
    yield sql.SQL("GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {}").format(to)
    for table in sorted(columns):
        words = sql.SQL(", ").join(_words(rights_on(table) or ADD, set(columns[table])))
        yield sql.SQL("GRANT {} ON {} TO {}").format(words, sql.Identifier("public", table), to)


def _words(rights: Rights, columns: set[str]) -> Iterator[sql.Composable]:
    yield sql.SQL("SELECT")
    if rights.insert:
        yield sql.SQL("INSERT")
    if rights.delete:
        yield sql.SQL("DELETE")
    if rights.update is True and not rights.fixed:
        yield sql.SQL("UPDATE")
        return
    named = columns - {*rights.fixed} if rights.update is True else columns & {*(rights.update or ())}
    if named:
        yield sql.SQL("UPDATE ({})").format(sql.SQL(", ").join(map(sql.Identifier, sorted(named))))
