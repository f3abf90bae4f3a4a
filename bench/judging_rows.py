"""Whether a judgment costs more where a million are stored than where a thousand are."""

import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

from bench import judging_long, judging_study, size
from bench.judging_pages import Connection, cpu_of, cycle
from bench.results import Result
from tests.servers import LiveStack

FEW, MANY = 1000, size(1_000_000, 2000)
RATERS = size(10, 2)
SCENES = 20
# Raters whose seats are all judged. Triggers and foreign keys are passed by, or it would take an hour.
FILL = """
SET LOCAL session_replication_role = replica;
WITH number AS (SELECT generate_series({first}, {last}) AS n),
rater AS (
    INSERT INTO annotations_rater (study_id, code, secret_hash, kind, languages, profile, series_known,
                                   conflicts, staff_conflicts, enrolled_at, guess_sample)
    SELECT {study}, 'filled' || n, 'filled' || n, 'person', '["en"]', '{{}}', '[]', '[]', '[]', now(), '[]'
      FROM number
    RETURNING id),
seat AS (
    INSERT INTO annotations_seat (study_id, number, languages, criteria, rater_id)
    SELECT {study}, 1000000 + id, '["en"]', '["overall"]', id FROM rater RETURNING id, rater_id),
slot AS (
    INSERT INTO annotations_slot (seat_id, phase, position, pairing_id, first_on_left)
    SELECT seat.id, 'main', row_number() OVER (PARTITION BY seat.id), pairing.id, true
      FROM seat CROSS JOIN annotations_pairing pairing
      JOIN annotations_studybrief brief ON brief.id = pairing.study_brief_id AND brief.study_id = {study}
    RETURNING id, seat_id),
held AS (
    INSERT INTO annotations_assignment (code, rater_id, slot_id, state, leased_until, opened_at, submitted_at,
                                        skip_reason, excluded, layout, read_first, reason)
    SELECT 'filled' || slot.id, seat.rater_id, slot.id, 'submitted', now(), now(), now(), '', '', '', '', ''
      FROM slot JOIN seat ON seat.id = slot.seat_id RETURNING id)
INSERT INTO annotations_judgment (assignment_id, criterion_id, choice, first_choice, submitted_at)
SELECT held.id, criterion.id, 'left', 'left', now()
  FROM held CROSS JOIN annotations_criterion criterion WHERE criterion.study_id = {study}
"""


def measure(stack: LiveStack) -> list[Result]:
    """On the stack's database, which Django in this process uses already."""
    with tempfile.TemporaryDirectory() as folder:
        file = judging_study.write(
            Path(folder), slug="rows", seats=3 * RATERS, scenes=SCENES, per_pairing=3 * RATERS
        )
        study = judging_long.open_study(file)
    _fill(study, FEW)
    _judge(stack, study)
    few, few_s = _judge(stack, study)
    _fill(study, MANY)
    many, many_s = _judge(stack, study)
    return [
        Result(f"{FEW:,} stored judgments, a cycle", few, "ms CPU"),
        Result(f"{MANY:,} stored judgments, a cycle", many, "ms CPU", many / max(few, 0.01), f"{FEW:,}"),
        Result(f"{MANY:,} stored judgments, a cycle", many_s, "ms wall", many_s / few_s, f"{FEW:,}"),
    ]


def _fill(study: Any, judgments: int) -> None:
    from django.db import connection, transaction

    filled = study.raters.filter(code__startswith="filled").count()
    values = {"study": study.pk, "first": filled + 1, "last": judgments // SCENES}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(FILL.format(**values))
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _judge(stack: LiveStack, study: Any) -> tuple[float, float]:
    """New raters judge all their pairs, one after the other: milliseconds a cycle, of CPU and of time."""
    raters = [judging_long.enter(study) for _ in range(RATERS)]
    before, begin, count = cpu_of(stack.pid("web")) + cpu_of(stack.pid("postgres")), time.monotonic(), 0
    for path, cookies in raters:
        visit = Connection(stack.url, cookies, defaultdict(list))
        while path.startswith("/r/a/"):
            path = cycle(visit, path, 0, lambda: None)
            count += 1
    spent = cpu_of(stack.pid("web")) + cpu_of(stack.pid("postgres")) - before
    return 1000 * spent / count, 1000 * (time.monotonic() - begin) / count
