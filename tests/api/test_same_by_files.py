"""A whole study by the API alone gives the same estimates as by files and commands.

Both have the same texts, the same draw nonce and the same answers. The study is that of docs/first-study.md.
"""

import json
import re
import shutil
import threading
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
import yaml
from django.conf import settings
from django.core.management import call_command
from django.urls import reverse
from pytest_django.live_server_helper import LiveServer

from analysis.reports import services as reports
from annotations.models import Study
from annotations.simulation.mind import Mind
from annotations.simulation.qualities import drawn_qualities
from annotations.simulation.recognition import recognition
from annotations.simulation.visitor import Visitor, VisitSettings
from evalsite.api.scopes import SCOPES
from evalsite.core.models import Team, only_team
from generation.models import Script
from tests.factories import person
from tests.generation.api.conftest import Program, program

EXAMPLES = settings.BASE_DIR / "examples"
SYSTEMS, RATERS, SEED = ("dsr", "direct"), 6, 11
NONCE = "5f0d1c6e9a7b48d3a2e1f4c8b7d6e5a4"
REASON = "It does not tell the systems apart."


def study_file() -> dict[str, Any]:
    """The study file of the guide."""
    guide = (settings.BASE_DIR / "docs/first-study.md").read_text()
    block = re.search(r"```yaml\n(.*?)```", guide, re.DOTALL)
    assert block
    value: dict[str, Any] = yaml.safe_load(block[1])
    return value


def answered(answer: Any, status: int) -> Any:
    assert answer.status_code == status, answer.content.decode()
    return answer.json()


def by_api(api: Program, site: str) -> Study:
    """Prepare the study as a program does, until its raters are invited and have judged; then close it."""
    texts = sorted((EXAMPLES / "briefs/en").glob("*.yaml"))
    stored = answered(
        api.post("briefs/", "\n---\n".join(path.read_text() for path in texts), kind="application/yaml"), 201
    )
    slugs = [each["slug"] for each in stored["briefs"]]
    for system in SYSTEMS:
        for slug in slugs:
            (path,) = (EXAMPLES / "scripts" / slug).glob(f"{system}.*")
            with path.open("rb") as file:
                answered(api.send("scripts/", {"files": [file], "system": system, "brief": slug}), 201)
    rows = answered(api.get("systems/", kind="imported"), 200)["results"]
    assert {row["slug"]: row["scripts"] for row in rows} == dict.fromkeys(SYSTEMS, len(slugs))

    value = study_file() | {"slug": "by-api", "briefs": slugs}
    del value["scripts"]
    answered(api.post("studies/", yaml.safe_dump(value, sort_keys=False), kind="application/yaml"), 201)
    answered(api.post("studies/by-api/findings/accept/", {"reason": REASON}), 200)
    assert answered(api.post("studies/by-api/freeze/"), 202)["state"] == "done"
    answered(api.post("studies/by-api/open/"), 200)
    invited = answered(api.post("studies/by-api/raters/", {"count": RATERS, "languages": ["en"]}), 201)
    judge(Study.objects.get(slug="by-api"), invited["raters"], site)
    rows = answered(api.get("studies/by-api/raters/"), 200)["results"]
    assert [row["done"] == row["total"] > 0 for row in rows] == [True] * RATERS
    answered(api.post("studies/by-api/close/"), 200)
    return Study.objects.get(slug="by-api")


def by_files(folder: Path, site: str) -> Study:
    """The same by files and commands."""
    shutil.copytree(EXAMPLES / "briefs", folder / "briefs")
    shutil.copytree(EXAMPLES / "scripts", folder / "scripts")
    path, links = folder / "mine.yaml", folder / "links.json"
    path.write_text(yaml.safe_dump(study_file() | {"slug": "by-files"}, sort_keys=False))
    call_command("load_study", str(path))
    call_command("accept_findings", "by-files", "--reason", REASON)
    call_command("freeze_study", "by-files")
    call_command("open_study", "by-files")
    call_command("enrol_raters", "by-files", "--count", str(RATERS), "--reads", "en", "--out", str(links))
    judge(Study.objects.get(slug="by-files"), json.loads(links.read_text()), site)
    call_command("close_study", "by-files")
    return Study.objects.get(slug="by-files")


def judge(study: Study, links: list[dict[str, Any]], site: str) -> None:
    """Let raters judge on the pages that their links lead to. What they answer depends on seed and seat."""
    known, qualities = recognition(study.spec), drawn_qualities(list(SYSTEMS), SEED)
    visit = VisitSettings(
        desk=reverse("rater-desk"),
        done=reverse("rater-done"),
        primary="overall",
        deadline=time.monotonic() + 300,
        stopped=threading.Event(),
    )
    for each in links:
        seat = study.seats.get(rater__code=each["code"])
        with httpx.Client(base_url=site) as client:
            mind = Mind(SEED, seat.number, qualities)
            visitor = Visitor(client, mind, each["code"], known, visit, lambda accepted: None)
            visitor.visit(f"{site}{urlsplit(each['link']).path}", seat.slots.count())


def unblind(study: Study) -> None:
    """Two people do this on the study's page or by this command; no token can."""
    by = [part for name in study_file()["unblinders"] for part in ("--by", name)]
    call_command("unblind_study", study.slug, *by)


DIFFERING = {
    "inputs": ("sha256",),  # of files that hold codes and times
    "best_of_k": ("low", "high", "bias"),
    "*": ("bootstrap_low", "bootstrap_high"),
}
"""What follows from codes. The bootstrap takes the weights of a rater from the rater's code."""


def lists_of(results: dict[str, Any], study: Study) -> dict[str, list[Any]]:
    """Every list of a report, with seats in place of the codes of raters, and in an order without codes."""
    lists = {name: value for name, value in results.items() if isinstance(value, list)}
    for name, entries in lists.items():
        for key in DIFFERING.get(name, DIFFERING["*"]):
            for entry in entries:
                entry.pop(key, None)
    text = json.dumps(lists)
    for seat in study.seats.filter(rater__isnull=False):
        text = text.replace(f'"{seat.rater.code}"', f'"seat {seat.number}"')
    text = text.replace(study.slug, "STUDY")
    found = json.loads(text).items()
    return {name: sorted(value, key=lambda each: json.dumps(each, sort_keys=True)) for name, value in found}


@pytest.mark.django_db(transaction=True)
def test_a_study_by_api_has_the_estimates_of_one_by_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, live_server: LiveServer
) -> None:
    for name in study_file()["unblinders"]:
        person(name)
    monkeypatch.setattr("annotations.freezing.freeze_study.random_nonce", lambda: NONCE)
    api = program(team=Team.objects.get(pk=only_team()), scopes=list(SCOPES))
    first = by_api(api, live_server.url)
    assert api.get("studies/by-api/reports/").status_code == 403
    unblind(first)
    report = answered(api.post("studies/by-api/reports/"), 202)
    reports.build(report["code"])  # as a worker does
    results = answered(api.get(f"studies/by-api/reports/{report['code']}/"), 200)["results"]

    scripts = Script.objects.count()
    second = by_files(tmp_path, live_server.url)
    assert Script.objects.filter(system__slug__in=SYSTEMS, brief__language="en").count() == scripts
    unblind(second)
    call_command("report", "by-files", "--out", str(tmp_path / "out"))
    again = json.loads((tmp_path / "out/report.json").read_text())

    mine, theirs = lists_of(results, first), lists_of(again, second)
    assert mine["win_rates"]
    assert mine["mean_scores"]
    assert mine.keys() == theirs.keys()
    assert {name: mine[name] for name in mine if mine[name] != theirs[name]} == {}
