"""How a study at the limits of size is frozen by the worker, and how fast its pages answer.

1,000 seats, 500 briefs and 12 systems, on a stack of its own. Pages are asked in this process, by Django's
test client: milliseconds are those of the server, without network and queue.
"""

import io
import os
import random
import re
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from bench import judging_study, size
from bench.judging_long import set_up_django
from bench.judging_pages import p95
from bench.results import Result
from evalsite.local.testing import live_stack_in

SEATS, BRIEFS, SYSTEMS = size((1000, 500, 12), (4, 6, 3))
WORDS = size(200, 40)
PER_SEAT, PER_PAIRING = size((66, 2), (6, 2))
"""12 systems make 66 pairs, so 500 briefs have 33,000 pairings; each has two raters."""
RATERS = size(1000, 3)
ANSWERED = size(20_000, 4)
TIMES = size(20, 2)
SLUG = "large"
STUDY = """\
slug: {slug}
title: Invented scenes
question: How fast are the pages?
systems: [{systems}]
criteria: [overall, dialogue]
pay: {{minutes: 5, per_pair: 4, currency: EUR, payer: The bench}}
design: {{scheme: balanced, briefs_per_seat: {per_seat}, raters_per_pairing: {per_pairing}}}
seats: [{{reads: [en], count: {seats}}}]
briefs: briefs/*.yaml
scripts: scripts
"""


def main() -> list[Result]:
    with live_stack_in(demo=False) as stack:
        set_up_django(stack)
        return list(_measure())


def _measure() -> Iterator[Result]:
    from django.core.management import call_command
    from django.test import Client

    from annotations.models import Study
    from evalsite.core.models import User

    with tempfile.TemporaryDirectory() as folder:
        file = _write(Path(folder))
        yield _timed(
            "load the study file", lambda: call_command("load_study", str(file), stdout=io.StringIO())
        )
    owner = User.objects.get(username="rae")
    client = Client(SERVER_NAME="localhost")
    client.force_login(owner)
    study = Study.objects.get(slug=SLUG)
    yield from _scan(client, study)
    yield from _pages(client, "draft", _draft_pages(study))
    yield from _freeze(client, study)


def _write(folder: Path) -> Path:
    systems = [f"system-{letter}" for letter in "abcdefghijklmnopqrst"[:SYSTEMS]]
    (folder / "briefs").mkdir()
    for number in range(1, BRIEFS + 1):
        slug = f"{SLUG}-{number}"
        brief = judging_study.BRIEF.format(
            slug=slug, series=f"{SLUG}-{number // 4}", order=number, words=WORDS
        )
        (folder / "briefs" / f"{slug}.yaml").write_text(brief)
        home = folder / "scripts" / slug
        home.mkdir(parents=True)
        for system in systems:
            (home / f"{system}.fountain").write_text(judging_study._script(WORDS, f"{slug} {system}"))
    values = {"slug": SLUG, "systems": ", ".join(systems), "seats": SEATS}
    path = folder / "study.yaml"
    path.write_text(STUDY.format(**values, per_seat=PER_SEAT, per_pairing=PER_PAIRING))
    return path


def _timed(name: str, work: Callable[[], Any]) -> Result:
    begin = time.monotonic()
    work()
    return Result(name, time.monotonic() - begin, "s")


def _until(done: Callable[[], bool], seconds: float = 900) -> None:
    deadline = time.monotonic() + seconds
    while not done():
        if time.monotonic() > deadline:
            raise RuntimeError("the worker did not answer in time")
        time.sleep(0.1)


def _scan(client: Any, study: Any) -> Iterator[Result]:
    from annotations.findings import review

    def scan() -> None:
        client.post(f"/studies/{SLUG}/findings/look/")
        _until(lambda: review.is_scanned(study))

    yield _timed("check all texts, by the worker", scan)
    yield Result("findings", study.findings.count(), "")


def _freeze(client: Any, study: Any) -> Iterator[Result]:
    from annotations.findings import review

    begin = time.monotonic()
    review.accept_all(study=study, by="bench", reason="invented words")
    yield Result("accept all findings", time.monotonic() - begin, "s")

    def freeze() -> None:
        client.post(f"/studies/{SLUG}/freeze/", {"reason": "invented words"})
        _until(lambda: "still" in client.get(f"/studies/{SLUG}/freeze/live/").content.decode())

    yield _timed("freeze, by the worker", freeze)
    study.refresh_from_db()
    if study.state != "frozen":
        raise RuntimeError(f"not frozen: {client.get(f'/studies/{SLUG}/').content.decode()}")


def _draft_pages(study: Any) -> dict[str, str]:
    brief = f"{SLUG}-1"
    return {
        "study": f"/studies/{SLUG}/",
        "list of studies": "/studies/",
        "findings": f"/studies/{SLUG}/findings/",
        "findings, one script": f"/studies/{SLUG}/findings/scripts/{brief}/1/",
        "findings, texts": f"/studies/{SLUG}/findings/texts/",
        "preview": f"/studies/{SLUG}/preview/",
        "edit": f"/studies/{SLUG}/edit/",
        "scripts": "/generation/scripts/",
        "briefs": "/generation/briefs/",
    }


def _pages(client: Any, when: str, pages: dict[str, str]) -> Iterator[Result]:
    for name, address in pages.items():
        times = []
        for _ in range(TIMES + 1):
            begin = time.perf_counter()
            answer = client.get(address)
            answer.content
            times.append(time.perf_counter() - begin)
            if answer.status_code not in (200, 302):
                raise RuntimeError(f"{address}: {answer.status_code}")
        yield Result(
            f"{when}: {name}, p95 of {TIMES}",
            1000 * p95(times[1:]),
            f"ms, {len(answer.content) / 1000:.0f} kB",
        )


def _run_study(study: Any) -> Iterator[Result]:
    from django.core.management import call_command

    def enrol() -> None:
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder) / "links.json"
            given = {"count": RATERS, "reads": "en", "ready": True, "out": out}
            call_command("enrol_raters", SLUG, **given, stdout=io.StringIO())

    yield _timed("enrol all raters", enrol)
    yield _timed("open", lambda: call_command("open_study", SLUG, stdout=io.StringIO()))
    yield _timed("store answers", lambda: _answer(study))


ANSWER = """
SET LOCAL session_replication_role = replica;
WITH held AS (
    INSERT INTO annotations_assignment (code, rater_id, slot_id, state, leased_until, opened_at, submitted_at,
                                        seconds, skip_reason, excluded, layout, read_first, reason)
    SELECT 'bench' || slot.id, seat.rater_id, slot.id, 'submitted', now(), now(),
           now() - interval '1 hour', 300, '', '', '', '', ''
      FROM annotations_slot slot JOIN annotations_seat seat ON seat.id = slot.seat_id
     WHERE seat.study_id = %(study)s AND slot.phase = 'main' AND seat.rater_id IS NOT NULL
     ORDER BY slot.position, slot.id LIMIT %(answers)s
    RETURNING id)
INSERT INTO annotations_judgment (assignment_id, criterion_id, choice, first_choice, submitted_at)
SELECT held.id, criterion.id, choice, choice, now() - interval '1 hour'
  FROM held CROSS JOIN annotations_criterion criterion,
       LATERAL (SELECT CASE WHEN random() < 0.45 + 0.0 * held.id THEN 'left' ELSE 'right' END AS choice) drawn
 WHERE criterion.study_id = %(study)s
"""
"""Answers of raters in bulk. Triggers and foreign keys are passed by: they would take most of the time."""


def _answer(study: Any) -> None:
    from django.db import connection, transaction

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(ANSWER, {"study": study.pk, "answers": ANSWERED})
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
