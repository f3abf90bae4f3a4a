"""The site that is pictured: a stack of its own with two demonstration studies, and raters in them."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from tests.invariants.live import MANAGE, REPOSITORY, environment, manage
from tests.servers import LiveStack, live_stack_in

STUDIES = ("demo-desk", "demo-single")
ENROL = """
from annotations.desk import services
from annotations.models import Study
study = Study.objects.get(slug={study!r})
print(services.enrol(study=study, languages=[{reads!r}], by="screenshots").secret)
"""


@contextmanager
def site() -> Iterator[LiveStack]:
    with live_stack_in(demo=False) as stack:
        for study in STUDIES:
            manage(stack, "load_study", f"examples/{study}.yaml", "--freeze", "--open")
        yield stack


def newcomer(stack: LiveStack, study: str, reads: str) -> str:
    """The address of a new rater's personal link."""
    said = subprocess.run(
        [*MANAGE, "shell", "-v", "0", "-c", ENROL.format(study=study, reads=reads)],
        cwd=REPOSITORY,
        env=environment(stack),
        capture_output=True,
        text=True,
        check=True,
    )
    return f"{stack.url}/r/{said.stdout.split()[-1]}/"


def undamaged(stack: LiveStack, assignment: str) -> str:
    """The side on which the script stands as it was written, in a pair of practice."""
    with psycopg.connect(stack.database_url) as connection:
        row = connection.execute(
            "SELECT slot.first_on_left FROM annotations_slot slot"
            " JOIN annotations_assignment held ON held.slot_id = slot.id WHERE held.code = %s",
            [assignment],
        ).fetchone()
    assert row is not None, assignment
    return "left" if row[0] else "right"
