"""A small real study for tests: its files are written, loaded and frozen as anybody's would be."""

import random
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml
from django.db import connection, transaction
from django.db.models import Model

from analysis.reports import services as reports
from annotations import freezing
from annotations.blinding import unblinding
from annotations.desk import services
from annotations.desk.services import Submission, SubmissionMark
from annotations.models import Assignment, Rater, Study
from annotations.staff.studies import study_states
from annotations.staff.studies.loading import load_study
from evalsite.core.errors import InputError, InputErrors
from evalsite.core.models import Membership, Role, Team, User
from generation.services import AddedScript, NewScript, add_scripts
from tests.snapshots import restore_or_make

SYSTEMS = ("quillon", "marrow", "people")
WORDS = {
    "en": "The lamp goes out. She counts the steps aloud and stops at nine.",
    "zh": "灯灭了。她一级一级数着台阶，数到第九级停住。",
}
WAYS = {"frozen": (), "open": ("open",), "paused": ("open", "pause"), "closed": ("open", "close")}
# What people do type: quotes, commas, line breaks, a tab, a formula.
NOTE = '=SUM(1) "Too long," he said,\r\nand\tagain\n台词太长'
Chooser = Callable[[Assignment, random.Random], str]


def person(name: str, *, role: str = User.Role.RESEARCHER, key: int | None = None) -> User:
    """A member of the staff; `key` is the primary key, for rows that are copied back with it."""
    return User.objects.create_user(
        pk=key, username=name, role=role, is_staff=True, is_superuser=role == User.Role.ADMIN
    )


def add_script(**given: Any) -> AddedScript:
    """Store one text; takes what `NewScript` takes, raises `InputErrors` for one with nothing to print."""
    (added,) = add_scripts([NewScript(**given)])
    if isinstance(added, InputError):
        raise InputErrors([added])
    return added


@contextmanager
def locked_by_another_connection(row: Model) -> Iterator[None]:
    """The row is locked as by a worker that is at work on it."""
    locked, end = threading.Event(), threading.Event()

    def work() -> None:
        with transaction.atomic():
            type(row)._default_manager.select_for_update().get(pk=row.pk)
            locked.set()
            end.wait(300)
        connection.close()

    worker = threading.Thread(target=work)
    worker.start()
    try:
        assert locked.wait(300)
        yield
    finally:
        end.set()
        worker.join()


def member(name: str, team: Team, role: str = Role.RESEARCHER, **also: object) -> User:
    """Someone with that role in one team and no other; `also` as for a user."""
    user = User.objects.create_user(username=name, is_staff=True, **also)  # type: ignore[arg-type]
    user.memberships.all().delete()
    Membership.objects.create(user=user, team=team, role=role)
    return User.objects.get(pk=user.pk)


def write_study(
    folder: Path,
    *,
    slug: str = "harbour",
    systems: Sequence[str] = SYSTEMS,
    languages: Sequence[str] = ("en",),
    briefs: int = 3,
    seats: int = 6,
    extra: str = "",
    rights: str = "",
    word: str = "",
) -> Path:
    """The files of a study: `briefs` scenes and `seats` seats of each language; `extra` is in the first.

    Each slug and text contains `word`, which shows where a text of this study appears.
    """
    if word:
        slug, systems = f"{word}-{slug}", [f"{word}-{system}" for system in systems]
    for language in languages:
        for number in range(1, briefs + 1):
            _write_brief(folder, language, number, word)
            for place, system in enumerate(systems):
                _write_script(folder, language, number, place, system, extra if number == 1 else "", word)
    value = {
        "slug": slug,
        "title": {"en": f"Harbour scenes {word}".strip(), "zh": f"港口戏{word}"},
        "question": {
            "en": " ".join(f"Is the new pipeline {word} nearer to people?".split()),
            "zh": f"新流程{word}更接近人写的吗？",
        },
        "systems": [
            {"slug": name, "kind": "human" if name == systems[-1] else "imported"} for name in systems
        ],
        "criteria": ["overall", "dialogue"],
        "score": True,
        "marks": True,
        "seats": [{"reads": [language], "count": seats} for language in languages],
        "design": {"raters_per_pairing": 2},
        "briefs": "briefs/*.yaml",
        "scripts": "scripts",
        **({"rights": rights} if rights else {}),
        "plan": {"generalize_to": "these-series"},
    }
    path = folder / f"{slug}.yaml"
    path.write_text(yaml.safe_dump(value, allow_unicode=True, sort_keys=False))
    return path


def _named(word: str, slug: str) -> str:
    return f"{word}-{slug}" if word else slug


def _write_brief(folder: Path, language: str, number: int, word: str) -> None:
    (folder / "briefs").mkdir(parents=True, exist_ok=True)
    words = f"{WORDS[language]}{word}"
    value = {
        "slug": _named(word, f"scene-{language}-{number}"),
        "series": {
            "slug": _named(word, f"pier-{language}"),
            "title": {"en": f"Longshore {word}".strip(), "zh": f"长堤{word}"}[language],
        },
        "language": language,
        "order": number,
        "target_length": 60,
        "outline": words,
        "characters": [{"name": {"en": "Orla", "zh": "阿罗"}[language], "profile": words}] * 1,
    }
    path = folder / "briefs" / f"{language}-{number}.yaml"
    path.write_text(yaml.safe_dump(value, allow_unicode=True, sort_keys=False))


def _write_script(
    folder: Path, language: str, number: int, place: int, system: str, extra: str, word: str
) -> None:
    home = folder / "scripts" / _named(word, f"scene-{language}-{number}")
    home.mkdir(parents=True, exist_ok=True)
    words = f"{WORDS[language]}{word}"
    if language == "en":
        text = (
            f"INT. STAIRWELL {number} - NIGHT\n\n{words}\n\nORLA\n"
            + "One more. " * (place + 2)
            + f"{extra}\n\nShe sits down on step {number + place}.\n"
        )
        (home / f"{system}.fountain").write_text(text)
        return
    speech = "再来一级。" * (place + 2)
    text = f"第{number}场 {number}号楼道 夜 内\n\n△ {words}\n\n阿罗：{speech}{extra}\n"
    (home / f"{system}.txt").write_text(text)


def make_study(folder: Path, *, state: str = "frozen", team: Team | None = None, **options: object) -> Study:
    """A loaded study, taken as far as `state`: draft, frozen, open, paused, closed.

    It belongs to the site's only team unless `team` is given.
    """
    file = write_study(folder, **options)  # type: ignore[arg-type]
    if team is not None:
        return Study.objects.get(pk=_take_to(file, state, team.pk))
    key = restore_or_make((state, repr(sorted(options.items()))), lambda: _take_to(file, state))
    return Study.objects.get(pk=key)


def _take_to(file: Path, state: str, team: int | None = None) -> int:
    study = load_study(file, team=team).study
    if state != "draft":
        freezing.freeze(study=study, by="test")
        for verb in WAYS[state]:
            study_states.transition(study=study, verb=verb, by="test")
    return study.pk


def by_chance(assignment: Assignment, rng: random.Random) -> str:
    return rng.choice(["left", "left", "right", "right", "tie", "neither"])


def judge(rater: Rater, *, rng: random.Random, pairs: int | None = None, choose: Chooser = by_chance) -> int:
    """The rater submits `pairs` pairs, or all there are; how many those were."""
    done = 0
    while pairs is None or done < pairs:
        assignment = services.lease_next_assignment(rater=rater)
        if assignment is None:
            break
        services.submit(assignment=assignment, submission=submission(assignment, rng, choose))
        done += 1
    return done


def submission(assignment: Assignment, rng: random.Random, choose: Chooser) -> Submission:
    overall, dialogue = choose(assignment, rng), by_chance(assignment, rng)
    return Submission(
        judgments={
            "overall": (overall, rng.randint(1, 3) if overall in ("left", "right") else None),
            "dialogue": (dialogue, None),
        },
        scores={"left": rng.randint(1, 12), "right": rng.randint(1, 12)},
        seconds=float(rng.randint(60, 900)),
        share_read_left=1.0,
        share_read_right=0.75,
        layout="columns",
        reason="the last line" if rng.random() < 0.3 else "",
        marks=[SubmissionMark("left", "pacing", note=NOTE)] if rng.random() < 0.3 else (),
    )


def fill(study: Study, *, seed: int = 7, raters: int | None = None, choose: Chooser = by_chance) -> None:
    """Every free seat (or the first `raters`) is taken and judged to its end. The study is open."""
    rng = random.Random(seed)
    for seat in list(study.seats.filter(rater__isnull=True))[:raters]:
        rater = services.enrol(study=study, languages=seat.languages, by="test").rater
        judge(rater, rng=rng, choose=choose)


def make_unblinded(
    folder: Path, *, choose: Chooser = by_chance, report: bool = False, **options: object
) -> Study:
    """A study that was judged to its end and unblinded, with its report if that is asked for.

    It is judged and analysed once; later calls copy the rows back, and write no files into the folder.
    """
    people = [person(name, key=1_000_000 + number) for number, name in enumerate(("una", "dov"))]

    def make() -> int:
        study = make_study(folder, state="open", **options)
        fill(study, choose=choose)
        unblind(study, people)
        if report:
            reports.build(reports.request(study=study, by=None).code)
        return study.pk

    key = ("unblinded", choose.__qualname__, report, repr(sorted(options.items())))
    return Study.objects.get(pk=restore_or_make(key, make))


def unblind(study: Study, people: Sequence[User] = ()) -> None:
    """Close the study and open its seal, by two people."""
    study_states.transition(study=study, verb="close", by="test")
    one, other = people or (person("una"), person("dov"))
    if not study.spec.get("unblinders"):
        # Accounts that are younger than the freezing cannot unblind a study without named unblinders.
        User.objects.filter(pk__in=[one.pk, other.pk]).update(date_joined=study.created_at)
        one.refresh_from_db()
        other.refresh_from_db()
    asked = unblinding.request(study=study, by=one, reason="all seats are done")
    unblinding.confirm(request=asked, by=other)
    study.refresh_from_db()
