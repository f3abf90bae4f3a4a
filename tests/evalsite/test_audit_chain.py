"""The audit trail as a chain: attacks by an owner of the database, writers at the same time, erasure."""

import io
import json
import threading
from collections.abc import Callable, Iterator
from importlib import import_module

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from evalsite.core.audit_chain import ERASED, check_guards, erase_values, head
from evalsite.core.chain_digests import FIRST, commitment, content_digest, line_digest
from evalsite.core.models import AuditEvent, record

pytestmark = pytest.mark.django_db


def write_lines(count: int = 6) -> list[AuditEvent]:
    for number in range(count):
        record(who="una", verb="open", about="harbour", before="frozen", number=number)
    head()
    return list(AuditEvent.objects.order_by("sequence"))


def verify(*arguments: str) -> str:
    out = io.StringIO()
    call_command("verify_log", *arguments, stdout=out)
    return out.getvalue()


def faults(*arguments: str) -> str:
    """What `verify_log` finds; it has to exit with 4."""
    with pytest.raises(CommandError) as refused:
        verify(*arguments)
    assert refused.value.returncode == 4
    return str(refused.value)


def as_owner(*statements: str, table: str = "core_auditevent") -> None:
    """What an owner of the tables can do: switch the triggers off, change rows, switch them on again."""
    head()
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        for statement in statements:
            cursor.execute(statement)
        cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


def test_each_line_follows_from_the_one_before_it() -> None:
    lines = write_lines(3)
    assert [line.sequence for line in lines] == [1, 2, 3]
    previous = FIRST
    for line in lines:
        assert line.previous == previous
        assert line.content == content_digest(line.at, line.verb, line.commitments)
        assert line.digest == line_digest(line.sequence or 0, previous, line.content)
        previous = line.digest
    assert f"3:{previous}" in verify()


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("DELETE FROM core_auditevent WHERE sequence = 3", "line 3 is missing"),
        ("DELETE FROM core_auditevent WHERE sequence IN (3, 4)", "lines 3 to 4 are missing"),
        ("UPDATE core_auditevent SET verb = 'close' WHERE sequence = 3", "line 3 was changed"),
        ("UPDATE core_auditevent SET who = 'ada' WHERE sequence = 3", "changed: the value of `who`"),
        ("UPDATE core_auditevent SET at = at - interval '1 day' WHERE sequence = 3", "line 3 was changed"),
        (
            """UPDATE core_auditevent SET detail = detail || '{"before": "paused"}' WHERE sequence = 3""",
            "line 3 was changed: the value of `detail.before`",
        ),
        (
            """UPDATE core_auditevent SET detail = detail || '{"new": 1}' WHERE sequence = 3""",
            "line 3 was changed: the value of `detail.new`",
        ),
        (
            "UPDATE core_auditevent SET detail = detail - 'before', salts = salts - 'detail.before'"
            " WHERE sequence = 3",
            "line 3 has no value of `detail.before`, which is never erased",
        ),
        (
            "INSERT INTO core_auditevent (at, who, verb, about, detail, commitments, salts, content)"
            " SELECT at, who, verb, about, detail, commitments, salts, content FROM core_auditevent"
            " WHERE sequence = 3",
            "is not part of the chain",
        ),
        (
            "UPDATE core_auditevent SET sequence = -3 WHERE sequence = 3;"
            "UPDATE core_auditevent SET sequence = 3 WHERE sequence = 4;"
            "UPDATE core_auditevent SET sequence = 4 WHERE sequence = -3",
            "audit trail:3:1: error: line 3 ",
        ),
        (
            "UPDATE core_auditevent SET sequence = -sequence - 1 WHERE sequence > 3;"
            "UPDATE core_auditevent SET sequence = -sequence WHERE sequence < 0;"
            "INSERT INTO core_auditevent (at, who, verb, about, detail, commitments, salts, content,"
            " sequence, previous, digest) SELECT at, who, verb, about, detail, commitments, salts, content,"
            " 4, digest, repeat('a', 64) FROM core_auditevent WHERE sequence = 3",
            "audit trail:4:1: error: line 4 ",
        ),
    ],
    ids=[
        "one-removed", "two-removed", "verb", "who", "time", "value", "value-added", "value-erased",
        "inserted", "places-changed", "inserted-in-the-middle",
    ],
)  # fmt: skip
def test_a_line_that_was_changed_removed_moved_or_inserted_shows(statement: str, found: str) -> None:
    write_lines()
    assert "The chain holds" in verify()
    as_owner(statement)
    told = faults()
    assert found in told
    assert told.startswith("audit trail:")


def test_the_end_that_was_cut_off_shows_by_an_earlier_head(tmp_path) -> None:
    lines = write_lines()
    printed = tmp_path / "report.json"
    printed.write_text(json.dumps({"audit_head": {"sequence": 6, "digest": lines[5].digest}}))
    verify("--head", str(printed))
    as_owner("DELETE FROM core_auditevent WHERE sequence > 4")
    verify()  # a shorter chain is a chain
    assert "the trail had line 6 and ends at line 4 now" in faults("--head", str(printed))
    assert "no line of the trail has the digest" in faults("--head", lines[5].digest)


def test_a_chain_that_was_written_anew_shows_by_an_earlier_head() -> None:
    lines = write_lines()
    earlier = f"6:{lines[5].digest}"
    as_owner("DELETE FROM core_auditevent")
    write_lines()
    verify()
    assert "line 6 or one before it was replaced" in faults("--head", earlier)


@pytest.mark.parametrize("text", ["no-such-file", "abc123"])
def test_what_is_no_head_is_wrong_usage(text: str) -> None:
    with pytest.raises(CommandError, match="neither a file nor 64 hexadecimal digits"):
        verify("--head", text)


def test_a_value_that_is_erased_leaves_the_chain_whole() -> None:
    lines = write_lines()
    kept = record(who="una", verb="free seat", about="harbour", rater="abc", reason="Ada Brandt is ill.")
    erase_values([kept, lines[2]], ["reason"], by="console")
    kept.refresh_from_db()
    assert (kept.who, kept.detail) == ("una", {"rater": "abc"})
    assert "Brandt" not in str(list(AuditEvent.objects.values()))
    assert AuditEvent.objects.get(verb=ERASED).detail["lines"] == [kept.content]
    assert "The chain holds" in verify()
    as_owner("DELETE FROM core_auditevent WHERE verb = 'erase from trail'")
    assert "no value of `detail.reason`, and no later line says that it was erased" in faults()


def test_an_erased_value_cannot_be_put_back_or_changed() -> None:
    line = write_lines()[2]
    erase_values([line], ["before"], by="console")
    for change in ({"detail": line.detail}, {"who": "ada"}, {"sequence": 9}, {"commitments": {}}):
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            AuditEvent.objects.filter(pk=line.pk).update(**change)


@pytest.mark.parametrize(
    "value", [1e22, 1.5, 0.1, -0.0, 1e-7, 2.0, [1, "ä", None], {"b": 1, "a": [True]}, "漢字"]
)
def test_values_are_committed_to_as_they_are_stored(value: object) -> None:
    key = record(who="una", verb="open", about="harbour", value=value).pk
    line = AuditEvent.objects.get(pk=key)
    assert commitment(line.detail["value"], line.salts["detail.value"]) == line.commitments["detail.value"]


def test_lines_of_an_earlier_version_are_chained_as_they_are() -> None:
    write_lines()
    as_owner(
        "UPDATE core_auditevent SET sequence = NULL, previous = '', digest = '', content = '', salts = '{}',"
        " commitments = '{}'"
    )
    assert "is not part of the chain" in faults()
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE core_auditevent DISABLE TRIGGER USER")
        import_module("evalsite.core.migrations.0005_audit_chain").chain_existing_lines(apps, None)
        cursor.execute("ALTER TABLE core_auditevent ENABLE TRIGGER USER")
    record(who="una", verb="close", about="harbour")
    assert "Head: 7:" in verify()


def test_equal_values_have_different_commitments() -> None:
    first, second = write_lines(2)
    assert first.commitments["who"] != second.commitments["who"]


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        (
            "ALTER TABLE annotations_judgment DISABLE TRIGGER USER",
            "annotations_judgment_append_only is switched",
        ),
        ("DROP TRIGGER core_auditevent_chain ON core_auditevent", "core_auditevent_chain is missing"),
    ],
)
def test_a_guard_that_was_switched_off_shows(statement: str, found: str) -> None:
    write_lines(1)
    with connection.cursor() as cursor:
        cursor.execute(statement)
    # Without the trigger, lines have no place.
    assert found in "\n".join(map(str, check_guards()))


@pytest.fixture
def application(db: None) -> Iterator[None]:
    """Statements run as a role that can insert lines and read them."""
    write_lines(1)
    with connection.cursor() as cursor:
        cursor.execute("CREATE ROLE chain_test_application")
        cursor.execute("GRANT INSERT, SELECT ON core_auditevent TO chain_test_application")
        cursor.execute("GRANT USAGE ON SEQUENCE core_auditevent_id_seq TO chain_test_application")
        cursor.execute("SET ROLE chain_test_application")
    yield
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")


def test_a_temporary_table_does_not_catch_lines(application: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE core_auditevent (LIKE public.core_auditevent) ON COMMIT DROP")
        cursor.execute(
            "INSERT INTO public.core_auditevent (at, who, verb, about, detail, commitments, salts, content)"
            " VALUES (now(), 'una', 'close', 'harbour', '{}', '{}', '{}', repeat('a', 64))"
        )
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SELECT max(sequence) FROM public.core_auditevent")
        assert cursor.fetchone() == (2,)


def test_recording_asks_for_the_time_and_inserts_one_line() -> None:
    with CaptureQueriesContext(connection) as queries:
        record(who="una", verb="open", about="harbour")
    assert queries[0]["sql"] == "SELECT clock_timestamp()"
    assert queries[1]["sql"].startswith("INSERT")
    assert len(queries) == 2


@pytest.mark.django_db(transaction=True)
def test_a_writer_holds_no_lock_before_it_commits() -> None:
    """A long transaction that has written a line does not block other writers."""
    with transaction.atomic():
        record(who="una", verb="freeze", about="harbour")
        in_thread(lambda: record(who="ada", verb="open", about="other"))
    lines = AuditEvent.objects.order_by("sequence").values_list("verb", flat=True)
    assert list(lines) == ["open", "freeze"]
    verify()


@pytest.mark.django_db(transaction=True)
def test_writers_at_the_same_time_make_one_chain() -> None:
    start = threading.Barrier(6)

    def write() -> None:
        start.wait()
        for number in range(20):
            with transaction.atomic():
                record(who="una", verb="open", about="harbour", number=number)
                if number % 5 == 0:
                    AuditEvent.objects.bulk_create(
                        AuditEvent(who="una", verb="enrol", about="harbour", detail={"seat": seat})
                        for seat in range(3)
                    )

    in_thread(*[write] * 6)
    assert list(AuditEvent.objects.order_by("sequence").values_list("sequence", flat=True)) == [
        *range(1, 193)
    ]
    verify()


def in_thread(*calls: Callable[[], object]) -> None:
    failed: list[BaseException] = []

    def run(call: Callable[[], object]) -> None:
        try:
            call()
        except BaseException as error:
            failed.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert not failed, failed
    assert not any(thread.is_alive() for thread in threads)
