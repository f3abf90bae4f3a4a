"""What making training data takes where there is much of it: importing, the form of a new run, planning,
resuming, filtering, building and exporting.

Synthetic screenplays, cheap and seeded: a fifth of the scenes in one long series with many people, the others
two hundred to a series; one in fifty nearly repeats an earlier one. One series stands in a study, and scenes
of others nearly repeat its scripts by people, so that all are held against these. Answers are rows as a
worker would have stored them: no model and no server is asked. Each step runs in a process of its own, whose
peak memory is told beside its time. `EVALSITE_BENCH_SCENES=5000,50000` says how many scenes.
"""

import json
import os
import random
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import batched, chain, count
from pathlib import Path
from typing import Any

from bench import is_tiny
from bench import size as sized
from bench.results import Result
from tests.servers import temporary_postgres

SCENES = os.environ.get("EVALSITE_BENCH_SCENES", sized("5000,50000", "60"))
SIZES = tuple(int(each) for each in SCENES.split(","))
IN_SERIES, IN_WORK = sized((200, 25), (12, 6))
LONG_SHARE, LONG_CAST = 0.2, 60
REPEATS = 50
"""One scene in so many nearly repeats an earlier one."""
HELD, SCRIPTS = "held", sized(200, 6)
"""The series that stands in a study, and its scripts by people; half of these come again in others."""
STEPS = {
    "write": False, "import": True, "form": True, "plan": True, "answer-half": False, "resume": True,
    "answer": False, "filter": True, "again": True, "build": True, "export": True,
}  # fmt: skip
"""In their order, and whether what they take is told."""
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
SYLLABLES = ("ba", "do", "ka", "lu", "mo", "ne", "pi", "ra", "so", "ta", "ve", "zu", "fi", "ga", "jo", "hu")
DONE_HALF = 0.5
Taken = dict[str, float]
_SELF, _CHILDREN = resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN
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
        for step, is_told in STEPS.items():
            told = _child(step, size, url, folder)
            if not is_told:
                continue
            yield Result(f"{step}, {size} scenes", told["seconds"], "s")
            yield Result(f"{step}, {size} scenes, a scene", 1000 * told["seconds"] / size, "ms")
            if "cpu" in told:
                yield Result(f"{step}, {size} scenes, of its processor", told["cpu"], "s")
            yield Result(f"{step}, {size} scenes, peak memory", told["peak_mb"], "MB")


def _child(step: str, size: int, url: str, folder: str) -> Taken:
    """One step in a process of its own: {seconds, peak_mb, cpu}; `peak_mb` with the largest of its own
    children."""
    command = [sys.executable, "-m", "bench.synthesis", step, str(size), folder]
    settings = {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "evalsite.settings"}
    if is_tiny():
        os.environ |= settings
        return _run_step(step, size, folder)
    done = subprocess.run(
        command, env=os.environ | settings, capture_output=True, text=True, check=False, timeout=7200
    )
    if done.returncode:
        raise RuntimeError(f"{step}: {done.stderr[-2000:]}")
    told: Taken = json.loads(done.stdout.splitlines()[-1])
    return told


# In the child


def _run_step(step: str, size: int, folder: str) -> Taken:
    import django

    django.setup()
    steps: dict[str, Callable[[int, Path], Any]] = {
        "write": _write,
        "import": _import,
        "form": _form,
        "plan": _plan,
        "answer-half": _answer_half,
        "resume": _resume,
        "answer": _answer_rest,
        "filter": _filter,
        "again": _filter,
        "build": _build,
        "export": _export,
    }
    _stand_in_study()
    began = _now()
    taken = steps[step](size, Path(folder)) or _since(began)
    own, children = (resource.getrusage(who).ru_maxrss for who in (_SELF, _CHILDREN))
    return {**taken, "peak_mb": (own + children) / 1024}


def _now() -> tuple[float, float]:
    """Now, and what this process and those it started have had of the processor."""
    used = [resource.getrusage(who) for who in (_SELF, _CHILDREN)]
    return time.perf_counter(), sum(each.ru_utime + each.ru_stime for each in used)


def _since(began: tuple[float, float]) -> Taken:
    """A step that does more than is told gives this of its own part."""
    return {name: end - begin for name, begin, end in zip(("seconds", "cpu"), began, _now(), strict=True)}


def _stand_in_study() -> None:
    """Let the briefs of the held series stand in a study, as the app of studies says it of its own."""
    from generation.extensions import BriefUse, register_brief_uses

    def uses(slugs: Iterable[str]) -> list[BriefUse]:
        held = (slug for slug in slugs if slug.startswith(f"{HELD}-"))
        return [BriefUse(slug, "bench", {"en": "Bench"}, "", frozen=False) for slug in held]

    register_brief_uses(uses)


def _write(size: int, folder: Path) -> None:
    """A folder of screenplays with its manifest; an empty database with briefs and scripts by people."""
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    rng = random.Random(1)
    scripts = [_scene(rng, HELD, at) for at in range(SCRIPTS)]
    _store_scripts(scripts)
    works = []
    for series, scenes in _series(size):
        known: list[str] = scripts[: SCRIPTS // 2] if series == "series-0" else []
        for order, begin in enumerate(range(0, scenes, IN_WORK), start=1):
            own = []
            for at in range(begin, min(scenes, begin + IN_WORK)):
                is_repeat = bool(known) and rng.randrange(REPEATS) == 0
                own.append(_repeated(rng, rng.choice(known)) if is_repeat else _scene(rng, series, at))
            known = (known + own)[-4 * IN_WORK :]
            name = f"{series}-{order}.fountain"
            (folder / name).write_text("\n".join(own), encoding="utf-8")
            works.append(
                {
                    "file": name, "series": {"slug": series, "title": series.title()}, "order": order,
                    "title": f"Part {order}", "language": "en", "rights": "redistribute",
                    "credit": "made for a benchmark", "genre": f"genre-{len(works) % 7}",
                }
            )  # fmt: skip
    (folder / "corpus.yaml").write_text(json.dumps({"works": works}), encoding="utf-8")


def _series(size: int) -> Iterator[tuple[str, int]]:
    """The slug of each series and how many scenes it has: the long one first, then the one that is held."""
    first = int(LONG_SHARE * size)
    yield "long", first
    left, names = size - first, chain([HELD], (f"series-{number}" for number in count()))
    while left > 0:
        yield next(names), min(left, IN_SERIES)
        left -= IN_SERIES


def _store_scripts(texts: Sequence[str]) -> None:
    from generation.models import Brief, Script, Series, System
    from generation.screenplay import digest

    series = Series.objects.create(slug=HELD, title=HELD.title(), language="en")
    people = System.objects.create(slug="people", name="People", kind=System.Kind.HUMAN)
    for number, text in enumerate(texts, start=1):
        brief = Brief.objects.create(
            slug=f"{HELD}-{number}", series=series, language="en", order=number, outline="Two wait.",
            characters=[], target_length=len(text.split()),
        )  # fmt: skip
        Script.objects.create(
            brief=brief, system=people, text=text, digest=digest(text), language="en",
            length=len(text.split()),
        )  # fmt: skip


def _import(size: int, folder: Path) -> None:
    from generation.training_data.corpus.services import import_folder

    imported = import_folder(folder)
    assert imported.scenes == size, (imported.scenes, imported.warnings[:3])
    print(f"{imported.works} works, {imported.alike} scenes nearly repeat another", file=sys.stderr)


def _form(size: int, folder: Path) -> Taken:
    """The page that starts a run, as an admin sees it the first time."""
    from django.conf import settings
    from django.test import Client

    from evalsite.core.models import User

    settings.ALLOWED_HOSTS = ["testserver"]
    client = Client()
    user = User.objects.create_user("una", role=User.Role.ADMIN, is_staff=True)
    client.force_login(user)
    client.get("/generation/synthesis/")  # what a process loads once
    began = _now()
    assert client.get("/generation/synthesis/new/").status_code == 200
    return _since(began)


def _people(series: str, number: int) -> tuple[str, str]:
    """Who speaks in a scene: always the same two, and many by turns in the long series."""
    if series == "long":
        return _name(number % LONG_CAST), _name(LONG_CAST + (number + number // 3) % LONG_CAST)
    first = 2 * LONG_CAST + 2 * int(series.partition("-")[2] or 0)
    return _name(first), _name(first + 1)


def _name(number: int) -> str:
    first, last = divmod(number, len(SYLLABLES))
    return f"{SYLLABLES[first % len(SYLLABLES)]}{SYLLABLES[last]}RIN".upper()


def _repeated(rng: random.Random, text: str) -> str:
    """The scene once more, a word in thirty another one."""
    return re.sub(r"\b[a-z]{4,}\b", lambda found: found[0] if rng.randrange(30) else rng.choice(WORDS), text)


def _scene(rng: random.Random, series: str, number: int) -> str:
    """Some 200 words: a heading, what is done, two who speak."""
    one, two = _people(series, number)
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
    from generation.backends.spec import BackendSpec
    from generation.training_data.synthesis.choosing import works_of
    from generation.training_data.synthesis.planning import plan_synthesis
    from generation.training_data.synthesis.recipe import find_recipe

    recipe = find_recipe("dsr-data")
    fake = BackendSpec(kind="fake")
    profiles, scenes = (replace(spec, backend=fake) for spec in recipe.specs)
    recipe = replace(recipe, profiles=profiles, scenes=scenes)
    plan_synthesis(recipe=recipe, works=works_of([]), wake=False)


def _answer_half(size: int, folder: Path) -> None:
    """All profiles, and half of the scenes."""
    run = _planned()
    _answer(run, run.jobs.filter(source__person__isnull=False))
    scenes = run.jobs.filter(source__scene__isnull=False).order_by("pk").values_list("pk", flat=True)
    _answer_all(run, list(scenes)[: int(DONE_HALF * len(scenes))])


def _resume(size: int, folder: Path) -> Taken:
    """How long until a worker that is started on it sends its first request."""
    from django.utils import timezone

    from generation.runs.worker import Worker

    run = _planned()
    last = run.attempts.order_by("pk").values_list("pk", flat=True).last()
    started = timezone.now()
    Worker(run).work(seconds=3.0 if size <= 5000 else 20.0)
    first = run.attempts.filter(pk__gt=last).order_by("pk").first()
    assert first is not None, "the worker has asked"
    return {"seconds": (first.started_at - started).total_seconds()}


def _answer_rest(size: int, folder: Path) -> None:
    from generation.models import Job, Run

    run = _planned()
    _answer_all(run, list(run.jobs.exclude(state=Job.State.DONE).values_list("pk", flat=True)))
    run.jobs.update(state=Job.State.DONE)
    Run.objects.filter(pk=run.pk).update(state=Run.State.DONE)


def _answer_all(run: Any, keys: Sequence[int]) -> None:
    from generation.models import Job

    for batch in batched(keys, 1000):
        _answer(run, Job.objects.filter(pk__in=batch))


def _answer(run: Any, jobs: Any) -> None:
    """Rows as a worker would have left them, for the stages that have none."""
    from evalsite.core.digests import text_digest
    from generation.models import Attempt, Job, StageOutput

    jobs = list(jobs.select_related("source__scene", "source__person"))
    there = set(StageOutput.objects.filter(job__in=jobs).values_list("job", "stage"))
    answers = [
        (job, stage, text)
        for job in jobs
        for stage, text in (_scene_answers(job) if job.subject_kind == "scene" else _profile()).items()
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
    rng = random.Random(job.source.scene.digest)
    one, two = (name.title() for name in job.source.scene.speakers)
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
    evidence = {"sentence": before, "scene": 1, "quote": "where it was"}
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
        "unsupported": json.dumps({"support": [evidence], "reason": "All of it is supported."}),
        "novel": f"<novel>\n{prose}\n</novel>",
        "unfilmable": json.dumps({"sentences": [], "reason": "Everything in it can be filmed."}),
        "marks": json.dumps(marks),
    }


def _filter(size: int, folder: Path) -> None:
    from generation.training_data.datasets.filtering import filter_run

    funnel = filter_run(_planned())
    assert funnel.total == size
    print([(step.step, step.count_out, step.rejected) for step in funnel.steps], file=sys.stderr)


def _build(size: int, folder: Path) -> None:
    """A dataset of all that passes, which is nearly all."""
    from generation.training_data.datasets.building import build

    dataset = build(_planned(), "bench", without_reviews=True).dataset
    assert dataset.examples.count() >= size // 3, "the scenes of the benchmark stand the rules"


def _export(size: int, folder: Path) -> None:
    from generation.training_data.datasets.exporting import export
    from generation.training_data.models import Dataset

    export(Dataset.objects.get(), folder / "out", with_texts=True)


if __name__ == "__main__":
    print(json.dumps(_run_step(sys.argv[1], int(sys.argv[2]), sys.argv[3])))
