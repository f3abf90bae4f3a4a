"""What raters of long scenes wait for, and what a judgment costs the server, on a running stack.

Pairs of 1,000 and of 6,000 words. Over HTTP: sixteen raters who think for two seconds before each request,
wall time as they see it. In one process: CPU time, which other work on the machine hardly lengthens, with
the database's, beside a bare Django view (`judging_bare`) that shows the same scripts and stores as much.
"""

import io
import os
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from bench import judging_browser, judging_study, size
from bench.judging_pages import OverHttp, Times, Within, at_once, cpu_of, cycle, p95
from bench.results import Result
from tests.servers import LiveStack

RATERS = size(16, 4)
SAVES = size(3, 1)
Entry = tuple[str, dict[str, str]]
"""Where a rater's open pair is, and the cookies that let in there."""


def set_up_django(stack: LiveStack) -> None:
    """In this process, on the stack's database."""
    os.environ |= {"DATABASE_URL": stack.database_url, "EVALSITE_VAR": str(stack.var)}
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "evalsite.settings")
    import django

    django.setup()


def measure(stack: LiveStack) -> list[Result]:
    raters = _raters()
    seen = _seen(stack, next(raters))
    before = time.monotonic(), cpu_of(stack.pid("web"))
    times = at_once(stack.url, [next(raters) for _ in range(RATERS)], SAVES)
    wall, cpu = time.monotonic() - before[0], cpu_of(stack.pid("web")) - before[1]
    asked = sum(map(len, times.values()))
    load = os.getloadavg()[0]
    print(f"   {asked} requests in {wall:.0f} s; load of the machine {load:.1f} on {os.cpu_count()} cores")
    results = [
        Result(f"long scenes, {kind}, p95 of {len(found)}", 1000 * p95(found), "ms wall")
        for kind, found in times.items()
    ]
    results.append(Result("long scenes, web processes for a request", 1000 * cpu / asked, "ms CPU"))
    return [*results, *seen, *_cpu(stack, raters)]


def _raters() -> Iterator[Entry]:
    """Raters of the long scenes with their first pair open, the odd ones with a pair of 6,000 words first."""
    with tempfile.TemporaryDirectory() as folder:
        lengths = judging_study.LENGTHS
        file = judging_study.write(
            Path(folder), slug="long-scenes", seats=size(40, 10), scenes=4, criteria=3, lengths=lengths
        )
        study = open_study(file)
    while True:
        yield enter(study)


def open_study(file: Path) -> Any:
    from django.core.management import call_command

    from annotations import freezing
    from annotations.staff.studies import study_states
    from annotations.staff.studies.loading import load_study
    from evalsite.core.errors import InputErrors

    study = load_study(file).study
    try:
        study = freezing.freeze(study=study, by="bench")
    except InputErrors:
        # Words that chance has put together may look like another language.
        call_command("accept_findings", study.slug, "--reason", "invented words", stdout=io.StringIO())
        study = freezing.freeze(study=study, by="bench")
    return study_states.transition(study=study, verb="open", by="bench")


def enter(study: Any) -> Entry:
    """A new rater's first pair, and the cookies that open it."""
    from annotations.desk import services

    enrolled = services.enrol(study=study, languages=["en"], by="bench")
    rater = enrolled.rater
    services.give_consent(rater=rater, language="en", training_use=False)
    services.save_profile(rater=rater, profile={"years": "0-2"}, series_known=[])
    services.mark_instructed(rater=rater)
    client = _client()
    client.cookies.clear()
    client.post(f"/r/{enrolled.secret}/")
    held = rater.assignments.get(state="open")
    return f"/r/a/{held.code}/", {name: one.value for name, one in client.cookies.items()}


@cache
def _client() -> Any:
    """One client for all raters, because each new client loads the middleware, which takes 0.1 s."""
    from django.test import Client

    return Client(headers={"host": "localhost"})


def _seen(stack: LiveStack, rater: Entry) -> list[Result]:
    """What Chromium says of the first pages of each length in one seat."""
    from annotations.models import Assignment

    path, cookies = rater
    results: list[Result] = []
    seen = set[int]()
    while len(seen) < len(judging_study.LENGTHS):
        held = Assignment.objects.get(code=path.strip("/").rsplit("/", 1)[-1])
        words = held.slot.pairing.study_brief.content["target_length"]
        if words not in seen:
            try:
                page = judging_browser.look(stack.url, path, cookies)
            except judging_browser.NoBrowser as reason:
                print(f"   skipped: what a browser says of the page: {reason}")
                return []
            results += _said(f"2 x {words:,} words", page)
            seen.add(words)
        path = cycle(OverHttp(stack.url, cookies, defaultdict(list)), path, 0, lambda: None)
    return results


def _said(name: str, page: judging_browser.Seen) -> list[Result]:
    slow = judging_browser.THROTTLE
    return [
        Result(f"{name}, page without fonts", page.bytes / 1000, "kB"),
        Result(f"{name}, the same over the wire", page.wire / 1000, "kB"),
        Result(f"{name}, first text at {slow}x throttle", page.first_ms, "ms"),
        Result(f"{name}, layout shift", page.shift, ""),
        Result(f"{name}, scroll, longest task over 50 ms", page.task_ms, "ms"),
        Result(f"{name}, the same at {slow}x throttle", page.task_slow_ms, "ms"),
    ]


def _cpu(stack: LiveStack, raters: Iterator[Entry]) -> list[Result]:
    """CPU time of the same requests in this process and of the database, beside the bare view's."""
    from django.core.handlers.wsgi import WSGIHandler
    from django.test import override_settings

    from annotations.models import Slot
    from bench import judging_bare as bare

    database = stack.pid("postgres")
    some = [next(raters) for _ in range(RATERS)]
    times: Times = defaultdict(list)
    application = WSGIHandler()

    def judge(saves: int, of: list[Entry]) -> tuple[int, float]:
        begin, count = time.process_time() + cpu_of(database), 0
        for path, cookies in of:
            visit = Within(application, cookies, times)
            while path.startswith("/r/a/"):
                path = cycle(visit, path, saves, lambda: None)
                count += 1
        return count, time.process_time() + cpu_of(database) - begin

    judge(0, some[:1])
    times.clear()
    with_saves, without = judge(SAVES, some[1 : RATERS // 2 + 1]), judge(0, some[RATERS // 2 + 1 :])
    seat = Slot.objects.filter(assignments__isnull=False).order_by("position")[0].seat_id
    slots = Slot.objects.filter(seat=seat).select_related("pairing").order_by("position")
    bare.ready([(slot.pairing.first_id, slot.pairing.second_id or 0) for slot in slots])
    with override_settings(ROOT_URLCONF="bench.judging_bare", MIDDLEWARE=[]):
        visit, bare_times = Within(WSGIHandler(), {}, defaultdict(list)), 0
        cycle(visit, "/1/", 0, lambda: None)
        begin, path = time.process_time() + cpu_of(database), "/1/"
        while bare_times < without[0] * 4:
            path = cycle(visit, path, 0, lambda: None)
            bare_times += 1
        spent = time.process_time() + cpu_of(database) - begin
    least = bare_times / spent
    results = [
        Result(f"long scenes, {kind}, p95 of {len(found)}", 1000 * p95(found), "ms CPU")
        for kind, found in times.items()
    ]
    for name, (count, cpu) in (("page and submission", without), (f"the same and {SAVES} saves", with_saves)):
        results.append(Result(f"judging, {name}", count / cpu, "/s of CPU", count / cpu / least, "bare view"))
    return [Result("bare view, page and stored form", least, "/s of CPU"), *results]
