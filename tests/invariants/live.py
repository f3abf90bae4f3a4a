"""A stack that really runs, its commands, and what its database says of a study."""

import os
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass

import psycopg
from psycopg.rows import class_row

from evalsite.local.paths import REPOSITORY
from tests.servers import FROM_TESTS, LiveStack

MANAGE = [sys.executable, "manage.py"]


def environment(stack: LiveStack) -> dict[str, str]:
    """What a command needs to work beside the stack, as somebody would type it."""
    kept = {name: value for name, value in os.environ.items() if name not in FROM_TESTS}
    return {**kept, "EVALSITE_VAR": str(stack.var), "PORT": str(stack.port)}


def manage(stack: LiveStack, *arguments: str) -> str:
    """Run a management command to its end; what it printed. Fails with what it said."""
    done = subprocess.run(
        [*MANAGE, *arguments],
        cwd=REPOSITORY,
        env=environment(stack),
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert done.returncode == 0, f"{arguments}: {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def manage_beside(stack: LiveStack, *arguments: str) -> "subprocess.Popen[str]":
    """Start a management command and go on; whoever calls ends it."""
    return subprocess.Popen(
        [*MANAGE, *arguments],
        cwd=REPOSITORY,
        env=environment(stack),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@dataclass(frozen=True)
class Shown:
    """One drawn slot with what was shown on it; `state` is empty while nobody has it."""

    seat: int
    position: int
    reads: list[str]
    rater: str
    state: str
    brief: str
    series: str
    language: str
    first: str
    second: str
    first_on_left: bool
    left_text: str
    right_text: str
    judgments: int

    @property
    def pair(self) -> tuple[str, str]:
        return self.first, self.second


SHOWN = """
SELECT seat.number AS seat, slot.position, seat.languages AS reads, slot.first_on_left,
    coalesce(rater.code, '') AS rater, coalesce(held.state, '') AS state,
    brief.slug AS brief, brief.series_slug AS series, brief.language,
    first_seal.system_slug AS first, second_seal.system_slug AS second,
    CASE WHEN slot.first_on_left THEN one.text ELSE two.text END AS left_text,
    CASE WHEN slot.first_on_left THEN two.text ELSE one.text END AS right_text,
    (SELECT count(*) FROM annotations_judgment WHERE assignment_id = held.id) AS judgments
FROM annotations_study study
JOIN annotations_seat seat ON seat.study_id = study.id
JOIN annotations_slot slot ON slot.seat_id = seat.id
JOIN annotations_pairing pairing ON pairing.id = slot.pairing_id
JOIN annotations_studybrief brief ON brief.id = pairing.study_brief_id
JOIN annotations_entry one ON one.id = pairing.first_id
JOIN annotations_entry two ON two.id = pairing.second_id
JOIN annotations_sealedentry first_seal ON first_seal.entry_code = one.code
JOIN annotations_sealedentry second_seal ON second_seal.entry_code = two.code
LEFT JOIN annotations_assignment held ON held.slot_id = slot.id
LEFT JOIN annotations_rater rater ON rater.id = held.rater_id
WHERE study.slug = %s
ORDER BY seat.number, slot.position
"""


def shown(stack: LiveStack, study: str) -> list[Shown]:
    """Every slot of a study, once for each assignment that it had."""
    with psycopg.connect(stack.database_url) as connection:
        return connection.cursor(row_factory=class_row(Shown)).execute(SHOWN, [study]).fetchall()


def count(stack: LiveStack, query: str, *values: object) -> int:
    with psycopg.connect(stack.database_url) as connection:
        row = connection.execute(query, values).fetchone()  # type: ignore[arg-type]
    assert row is not None
    return int(row[0])


def uneven_sides(slots: Iterable[Shown]) -> list[str]:
    """Groups in which the canonical first entry stands left and right not equally often, to within one."""
    groups: dict[Hashable, list[bool]] = defaultdict(list)
    for slot in slots:
        for key in (
            ("system pair", slot.pair),
            ("rater", slot.seat),
            ("rater and system pair", slot.seat, slot.pair),
            ("pairing", slot.brief, slot.pair),
        ):
            groups[key].append(slot.first_on_left)
    return [
        f"{key}: {sum(lefts)} of {len(lefts)} left"
        for key, lefts in groups.items()
        if abs(2 * sum(lefts) - len(lefts)) > 1
    ]


def exposures(slots: Iterable[Shown], language: str, systems: Iterable[str]) -> Counter[tuple[str, str]]:
    """How often each script of a language was shown, also those never."""
    slots = [slot for slot in slots if slot.language == language]
    found = Counter({(slot.brief, system): 0 for slot in slots for system in systems})
    found.update((slot.brief, system) for slot in slots for system in slot.pair)
    return found
