"""clients/python/examples/study.py, run as it is, with simulated raters and two people who unblind."""

import os
import re
import subprocess
import sys
import time

import pytest
from django.core.management import call_command

from analysis.models import Report
from analysis.reports import services as reports
from annotations.models import Study
from evalsite.core.models import Role, Team, only_team
from evalsite.local.paths import REPOSITORY
from tests import factories
from tests.api.conftest import program_of

# A whole study with its report: less than a minute.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
EXAMPLE = REPOSITORY / "clients" / "python" / "examples" / "study.py"


def test_a_study_from_briefs_to_win_rates(live_server, tmp_path):
    team = Team.objects.get(pk=only_team())
    mara, _jonas = (factories.member(name, team, Role.OWNER) for name in ("mara", "jonas"))
    environment = os.environ | {
        "EVALSITE_URL": live_server.url,
        "EVALSITE_TOKEN": program_of(mara).secret,
        "PYTHONPATH": str(REPOSITORY / "clients" / "python"),
    }
    output = tmp_path / "output"
    with output.open("w") as out:
        program = subprocess.Popen(
            [sys.executable, str(EXAMPLE)], cwd=tmp_path, env=environment, stdout=out, stderr=out
        )
    try:
        do_what_it_waits_for(program, live_server.url)
        assert program.wait(60) == 0, output.read_text()
    finally:
        program.kill()
    said = output.read_text()
    rows = re.findall(r"^ *(dsr|direct|human) +([\d.]+) +([\d.]+) +([\d.]+) +\d+$", said, re.MULTILINE)
    assert [system for system, *_ in rows] == ["dsr", "direct", "human"], said
    assert all(float(low) <= float(rate) <= float(high) for _system, rate, low, high in rows)
    assert {"report.pdf", "judgments.csv"} <= {each.name for each in tmp_path.iterdir()}
    assert Study.objects.get().state == Study.State.UNBLINDED


def do_what_it_waits_for(program, url: str) -> None:
    """Raters judge, two people unblind, and a worker computes the report, each when it is time for that."""
    deadline = time.monotonic() + 240
    judged = False
    while program.poll() is None and time.monotonic() < deadline:
        study = Study.objects.first()
        state = study.state if study is not None else ""
        if state == Study.State.OPEN and study.raters.count() == study.seats.count() and not judged:
            call_command("simulate_raters", study.slug, raters=0, resume=True, seed=1, url=url, verbosity=0)
            judged = True
        elif state == Study.State.CLOSED:
            call_command("unblind_study", study.slug, "--by", "mara", "--by", "jonas")
        elif report := Report.objects.filter(state=Report.State.WAITING).first():
            reports.build(report.code)
        else:
            time.sleep(0.1)
