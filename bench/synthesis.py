"""What making training data takes where there is much of it: planning, resuming, filtering, building and
exporting.

Synthetic scenes, cheap and seeded, two hundred to a series; their answers are rows as a worker would have
stored them, so that no model and no server is asked. Each step runs in a process of its own, whose peak
memory is told beside its time. `EVALSITE_BENCH_SCENES=5000,50000` says how many scenes.
"""

import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import batched
from pathlib import Path
from typing import Any

from bench.results import Result
from evalsite.local.testing import temporary_postgres

SIZES = tuple(int(each) for each in os.environ.get("EVALSITE_BENCH_SCENES", "5000,50000").split(","))
IN_SERIES, IN_WORK = 200, 25
STEPS = ("plan", "resume", "filter", "again", "build", "export")
WORDS = (
    "lamp",
    "ledger",
    "rope",
    "kettle",
    "ladder",
    "crate",
    "window",
    "coat",
    "paper",
    "boat",
    "key",
    "stove",
)
DONE_HALF = 0.5
STARTS = (1, 5, 9, 13, 17, 21)
"""Where each beat begins among a scene's 25 elements."""
BEATS = (
    (
        "{a} unbuttons a wet coat; {b} wipes row {n} of the slate",
        "{a} hopes for a welcome; {b} is short with it",
    ),
    ("{b} winds a clock, turn by turn; {a} sits on stool {n}", "{b} plays for time; {a} will not be hurried"),
    (
        "{a} spreads a folded map; {b} shuts the ledger at page {n}",
        "{a} wants trust; {b} fears being found out",
    ),
    ("{b} peels an apple in one ribbon; {a} takes the knife", "{b} is too helpful; {a} looks for the catch"),
    ("{a} lays a brass key on the sill; {b} covers it with a cap", "{a} dares it at last; {b} gives way"),
    (
        "{b} unhooks the lantern, number {n}; {a} goes to the stairs",
        "{b} would make peace; {a} is done asking",
    ),
)


def main() -> Iterator[Result]:
    for size in SIZES:
        with temporary_postgres() as url:
            yield from _of(size, url)


def _of(size: int, url: str) -> Iterator[Result]:
    with tempfile.TemporaryDirectory() as folder:
        _child("prepare", size, url, folder)
        for step in STEPS:
            told = _child(step, size, url, folder)
            yield Result(f"{step}, {size} scenes", told["seconds"], "s")
            yield Result(f"{step}, {size} scenes, a scene", 1000 * told["seconds"] / size, "ms")
            yield Result(f"{step}, {size} scenes, of its processor", told["cpu"], "s")
            yield Result(f"{step}, {size} scenes, peak memory", told["peak_mb"], "MB")


def _child(step: str, size: int, url: str, folder: str) -> dict[str, float]:
    """One step in a process of its own: {seconds, peak_mb, cpu}."""
    command = [sys.executable, "-m", "bench.synthesis", step, str(size), folder]
    settings = {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "evalsite.settings"}
    done = subprocess.run(
        command, env=os.environ | settings, capture_output=True, text=True, check=False, timeout=7200
    )
    if done.returncode:
        raise RuntimeError(f"{step}: {done.stderr[-2000:]}")
    told: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return told


# In the child


def _run_step(step: str, size: int, folder: str) -> None:
    import django

    django.setup()
    steps: dict[str, Callable[[int, Path], Any]] = {
        "prepare": _prepare,
        "plan": _plan,
        "resume": _resume,
        "filter": _filter,
        "again": _filter,
        "build": _build,
        "export": _export,
    }
    began = time.perf_counter()
    left_out = steps[step](size, Path(folder)) or 0.0
    seconds = time.perf_counter() - began - left_out
    used = resource.getrusage(resource.RUSAGE_SELF)
    told = {"seconds": seconds, "peak_mb": used.ru_maxrss / 1024, "cpu": used.ru_utime + used.ru_stime}
    print(json.dumps(told))


def _prepare(size: int, folder: Path) -> None:
    """An empty database with works and scenes."""
    from django.core.management import call_command

    from evalsite.core.digests import json_digest
    from generation.models import Scene, Series, Work
    from generation.screenplay import digest

    call_command("migrate", verbosity=0)
    rng = random.Random(1)
    for number in range(0, size, IN_WORK):
        of_series = number // IN_SERIES
        series, _ = Series.objects.get_or_create(
            slug=f"series-{of_series}", defaults={"title": f"Series {of_series}", "language": "en"}
        )
        texts = [_scene(rng, of_series, at) for at in range(number, min(size, number + IN_WORK))]
        digests = [digest(text) for text in texts]
        order = 1 + (number % IN_SERIES) // IN_WORK
        work = Work.objects.create(
            slug=f"series-{of_series}-{order}", series=series, order=order, title=f"Part {order}",
            language="en", rights="redistribute", credit="made for a benchmark", digest=json_digest(digests),
        )  # fmt: skip
        Scene.objects.bulk_create(
            Scene(
                work=work, number=at, text=text, digest=known, length=len(text.split()),
                speakers=list(_people(of_series)),
            )
            for at, (text, known) in enumerate(zip(texts, digests, strict=True), start=1)
        )  # fmt: skip


def _people(series: int) -> tuple[str, str]:
    return f"VERA{chr(65 + series % 26)}", f"OLAF{chr(65 + series // 26 % 26)}"


def _scene(rng: random.Random, series: int, number: int) -> str:
    """Some 200 words: a heading, what is done, two who speak."""
    one, two = _people(series)
    lines = [f"INT. ROOM {number} - DAY"]
    for _ in range(8):
        things = rng.sample(WORDS, 4)
        lines.append(
            f"{one.title()} puts the {things[0]} on the {things[1]} and looks at number {rng.random()}."
        )
        lines.append(f"{one}\nWhere is the {things[2]} of day {rng.randrange(9999)}?")
        lines.append(f"{two}\nNext to the {things[3]}, where it was.")
    return "\n\n".join(lines) + "\n"


def _planned() -> Any:
    from generation.models import Run

    return Run.objects.get()


def _plan(size: int, folder: Path) -> None:
    from dataclasses import replace

    from generation.backends.spec import BackendSpec
    from generation.synthesis.choosing import works_of
    from generation.synthesis.planning import plan_synthesis
    from generation.synthesis.recipe import find_recipe

    recipe = find_recipe("dsr-data")
    fake = BackendSpec(kind="fake")
    profiles, scenes = (replace(spec, backend=fake) for spec in recipe.specs)
    rules = replace(recipe.filter, share=0.0)
    plan_synthesis(
        recipe=replace(recipe, profiles=profiles, scenes=scenes, filter=rules),
        works=works_of([]),
        wake=False,
    )


def _resume(size: int, folder: Path) -> float:
    """Half of the run is done; how long until a worker that is started then sends its first request.

    Storing the rows beforehand, and the other half afterwards, is no part of the time.
    """
    from django.utils import timezone

    from generation.models import Job, Run
    from generation.runs.working import Worker

    began = time.perf_counter()
    run = _planned()
    _answer(run, run.jobs.filter(person__isnull=False))
    scenes = list(run.jobs.filter(scene__isnull=False).order_by("pk").values_list("pk", flat=True))
    half = scenes[: int(DONE_HALF * len(scenes))]
    for batch in batched(half, 1000):
        _answer(run, Job.objects.filter(pk__in=batch))
    last = run.attempts.order_by("pk").values_list("pk", flat=True).last()
    started = timezone.now()
    Worker(run).work(seconds=3.0 if size <= 5000 else 20.0)
    first = run.attempts.filter(pk__gt=last).order_by("pk").first()
    assert first is not None, "the worker has asked"
    asked_s = (first.started_at - started).total_seconds()
    left = list(run.jobs.exclude(state=Job.State.DONE).values_list("pk", flat=True))
    for batch in batched(left, 1000):
        _answer(run, Job.objects.filter(pk__in=batch))
    run.jobs.update(state=Job.State.DONE)
    Run.objects.filter(pk=run.pk).update(state=Run.State.DONE)
    return time.perf_counter() - began - asked_s


def _answer(run: Any, jobs: Any) -> None:
    """Rows as a worker would have left them, for the stages that have none."""
    from evalsite.core.digests import text_digest
    from generation.models import Attempt, Job, StageOutput

    jobs = list(jobs.select_related("scene", "person"))
    there = set(StageOutput.objects.filter(job__in=jobs).values_list("job", "stage"))
    answers = [
        (job, stage, text)
        for job in jobs
        for stage, text in (_scene_answers(job) if job.scene else _profile()).items()
        if (job.pk, stage) not in there
    ]
    attempts = Attempt.objects.bulk_create(
        [
            Attempt(
                job=job, run=run, stage=stage, number=99, outcome="ok", prompt_digest="0" * 64, request={},
                estimated=False,
            )
            for job, stage, _text in answers
        ],
        batch_size=2000,
    )  # fmt: skip
    StageOutput.objects.bulk_create(
        [
            StageOutput(
                job=job, stage=stage, attempt=attempt, text=text, digest=text_digest(text), model_asked="m",
                model_answered="m", sampling={}, finish_reason="stop",
            )
            for (job, stage, text), attempt in zip(answers, attempts, strict=True)
        ],
        batch_size=2000,
    )  # fmt: skip
    Job.objects.filter(pk__in=[job.pk for job in jobs]).update(
        state=Job.State.DONE, lease="", leased_until=None
    )


def _profile() -> dict[str, str]:
    told = {
        "gender": "not told", "age": "forty", "job": "clerk", "looks": "tall", "traits": "patient",
        "tags": ["slow", "kind"], "relations": "old friends", "backstory": "Grew up by the quay. " * 20,
        "arc": "Learns to ask. " * 20,
    }  # fmt: skip
    return {"profile": json.dumps(told)}


def _scene_answers(job: Any) -> dict[str, str]:
    """Answers of a length as a model's; most stand the rules."""
    rng = random.Random(job.scene.digest)
    one, two = (name.title() for name in job.scene.speakers)
    count = 25
    beats = []
    for at, (first, (does, wants)) in enumerate(zip(STARTS, BEATS, strict=True)):
        beats.append(
            {
                "first": first,
                "last": STARTS[at + 1] - 1 if at + 1 < len(STARTS) else count,
                "action": does.format(a=one, b=two, n=rng.randrange(10, 99)),
                "emotion": wants.format(a=one, b=two),
                "key": at == 4,
            }
        )
    prose = "\n\n".join(
        f'{each["action"]}. "We might have gone," says {one}. "We might," says {two}, and rights the cup. '
        "Rain runs down the pane in two crooked lines, and a cart goes by outside so that the spoons ring "
        f"in their jar. Nobody moves for a while. {two} turns half away and folds the cloth once more."
        for each in beats
    )
    outline = (
        f"{one} comes for an answer and {two} will not give it. They go round it by way of what lies at "
        f"hand, politely first and then with less care, until {two} gives away more than was meant. It ends "
        "with the door open and nobody going through it."
    )
    directives = {
        "exposition": "What is missing shows by an empty hook that nobody looks at.",
        "pacing": "Slow at first, tight in the middle, and out on a turned back.",
        "beats": beats,
    }
    before = f"{one} has asked {two} where things were, again and again, and was told: next to the crate."
    marks = {
        "coherence": 4,
        "faithfulness": 5,
        "filmable": 4,
        "rhythm": 4,
        "reason": "The scene holds together and its end comes a little fast.",
    }
    return {
        "outline": json.dumps({"outline": outline, "guideline": ""}),
        "context": json.dumps({"context": before}),
        "directives": json.dumps(directives),
        "novel": f"<novel>\n{prose}\n</novel>",
        "marks": json.dumps(marks),
    }


def _filter(size: int, folder: Path) -> None:
    from generation.datasets.filtering import filter_run

    funnel = filter_run(_planned())
    assert funnel.total == size
    print([(step.step, step.count_out, step.rejected) for step in funnel.steps], file=sys.stderr)


def _build(size: int, folder: Path) -> None:
    """A dataset of all that passes, which is nearly all."""
    from generation.datasets.building import build

    dataset = build(_planned(), "bench").dataset
    assert dataset.examples.count() >= size // 2, "the scenes of the benchmark stand the rules"


def _export(size: int, folder: Path) -> None:
    from generation.datasets.exporting import export
    from generation.models import Dataset

    export(Dataset.objects.get(), folder / "out", with_texts=True)


if __name__ == "__main__":
    _run_step(sys.argv[1], int(sys.argv[2]), sys.argv[3])
