"""How a study at the limits of size is frozen by the worker, and how fast its pages answer.

1,000 seats, 500 briefs and 12 systems, on a separate stack. Pages are asked in this process, by Django's
test client: milliseconds are those of the server with its database, without network and queue. CPU is that of
this process alone, and varies less on a busy machine.
"""

import io
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from statistics import median
from typing import Any

from bench import judging_long, judging_study, size
from bench.judging_pages import p95
from bench.results import Result
from tests.servers import live_stack_in

SEATS, BRIEFS, SYSTEMS = size((1000, 500, 12), (20, 6, 3))
WORDS = size(200, 40)
PER_SEAT, PER_PAIRING = size((66, 2), (6, 2))
"""12 systems make 66 pairs, so 500 briefs have 33,000 pairings; each has two raters."""
RATERS = size(990, 3)
ANSWERED = size(20_000, 4)
TIMES = size(20, 2)
SLUG = "large"
HOME = f"/studies/{SLUG}/"
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
plan: {{generalize_to: these-series}}
"""
DRAFT_PAGES = {
    "study": HOME,
    "list of studies": "/studies/",
    "findings": f"{HOME}findings/",
    "findings in one script": f"{HOME}findings/scripts/{SLUG}-1/1/",
    "findings in other texts": f"{HOME}findings/texts/",
    "preview": f"{HOME}preview/",
    "form": f"{HOME}edit/",
    "scripts": "/generation/scripts/",
    "briefs": "/generation/briefs/",
}
OPEN_PAGES = {
    "study": HOME,
    "progress": f"{HOME}watch/live/",
    "list of studies": "/studies/",
    "raters": f"{HOME}raters/",
    "invitations": f"{HOME}raters/invite/",
    "pay": f"{HOME}pay/",
    "findings": f"{HOME}findings/",
    "API, studies": "/api/v1/studies/",
    "API, watch": f"/api/v1{HOME}watch/",
    "API, raters": f"/api/v1{HOME}raters/",
}
# Raters' answers in bulk. Triggers and foreign keys are passed by: they would take most of the time.
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
SELECT held.id, criterion.id, choice.name, choice.name, now() - interval '1 hour'
  FROM held CROSS JOIN annotations_criterion criterion,
       LATERAL (SELECT (ARRAY['left', 'right', 'tie'])[1 + held.id %% 3] AS name) choice
 WHERE criterion.study_id = %(study)s
"""


def main() -> list[Result]:
    os.environ["UNBLIND_SECOND_FACTOR"] = "off"  # as in `make run`
    with live_stack_in(demo=False) as stack:
        judging_long.set_up_django(stack)
        return list(_measure())


def _measure() -> Iterator[Result]:
    from django.test import Client

    from annotations.models import Study
    from evalsite.core.models import User

    with tempfile.TemporaryDirectory() as folder:
        file = str(_write(Path(folder)))
        yield _timed("load the study file", lambda: _command("load_study", file))
    client = Client(headers={"host": "localhost"})
    client.force_login(User.objects.get(username="mara"))
    study = Study.objects.get(slug=SLUG)
    yield from _freeze(client, study)
    yield _timed(f"enrol {RATERS:,} raters", _enrol)
    yield _timed("open", lambda: _command("open_study", SLUG))
    _answer(study)
    path, cookies = judging_long.enter(study)
    rater = Client(headers={"host": "localhost"})
    rater.cookies.load(cookies)
    client.get(HOME)
    _until(lambda: "A worker is checking the draw" not in client.get(HOME).content.decode())
    yield from _pages(client, "open", OPEN_PAGES)
    yield from _pages(rater, "open", {"a rater's pair": path})
    yield _timed("verify_study", lambda: _command("verify_study", SLUG))
    yield _timed("close", lambda: _command("close_study", SLUG))


def _write(folder: Path) -> Path:
    """The files of the study; the path of its study file."""
    systems = [f"system-{letter}" for letter in "abcdefghijklmnopqrst"[:SYSTEMS]]
    (folder / "briefs").mkdir()
    for number in range(1, BRIEFS + 1):
        slug = f"{SLUG}-{number}"
        values = {"slug": slug, "series": f"{SLUG}-series-{number // 4}", "order": number, "words": WORDS}
        (folder / "briefs" / f"{slug}.yaml").write_text(judging_study.BRIEF.format(**values))
        home = folder / "scripts" / slug
        home.mkdir(parents=True)
        for system in systems:
            (home / f"{system}.fountain").write_text(judging_study.invent(WORDS, f"{slug} {system}"))
    path = folder / "study.yaml"
    sizes = {"seats": SEATS, "per_seat": PER_SEAT, "per_pairing": PER_PAIRING}
    path.write_text(STUDY.format(slug=SLUG, systems=", ".join(systems), **sizes))
    return path


def _freeze(client: Any, study: Any) -> Iterator[Result]:
    """As staff do it: check the texts, review what was found, freeze."""
    from annotations.findings import review
    from annotations.freezing.jobs import active_job

    def check() -> None:
        client.post(f"{HOME}findings/look/")
        _until(lambda: review.is_scanned(study))

    yield _timed("check all texts, by the worker", check)
    yield from _pages(client, "draft", DRAFT_PAGES)
    review.accept_all(study=study, by="bench", reason="invented words")

    def freeze() -> None:
        client.post(f"{HOME}freeze/", {"reason": "invented words"})
        _until(lambda: active_job(study) is None)

    yield _timed("freeze, by the worker", freeze)
    study.refresh_from_db()
    if study.state != "frozen":
        raise RuntimeError(f"the study was not frozen: {study.freeze_jobs.first().errors}")


def _pages(client: Any, when: str, pages: Mapping[str, str]) -> Iterator[Result]:
    for name, address in pages.items():
        times, cpu = [], []
        for _ in range(TIMES + 1):  # the first one loads modules and templates
            begin, cpu_begin = time.perf_counter(), time.process_time()
            answer = client.get(address)
            times.append(time.perf_counter() - begin)
            cpu.append(time.process_time() - cpu_begin)
            if answer.status_code not in (200, 303):
                raise RuntimeError(f"{address}: {answer.status_code}")
        yield Result(f"{when}: {name}, p95 of {TIMES}", 1000 * p95(times[1:]), "ms")
        yield Result(f"{when}: {name}, median CPU", 1000 * median(cpu[1:]), "ms")


def _enrol() -> None:
    with tempfile.TemporaryDirectory() as folder:
        out = str(Path(folder) / "links.json")
        _command("enrol_raters", SLUG, "--count", str(RATERS), "--reads", "en", "--ready", "--out", out)


def _answer(study: Any) -> None:
    from django.db import connection, transaction

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(ANSWER, {"study": study.pk, "answers": ANSWERED})
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _command(name: str, *arguments: str) -> None:
    from django.core.management import call_command

    call_command(name, *arguments, stdout=io.StringIO(), stderr=io.StringIO())


def _timed(name: str, work: Callable[[], Any]) -> Result:
    begin = time.monotonic()
    work()
    return Result(name, time.monotonic() - begin, "s")


def _until(done: Callable[[], bool], seconds: float = 1800) -> None:
    deadline = time.monotonic() + seconds
    while not done():
        if time.monotonic() > deadline:
            raise RuntimeError("the worker did not answer in time")
        time.sleep(0.1)
