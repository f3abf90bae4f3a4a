"""Schemathesis: whatever a program sends, no answer is 5xx or missing from the schema.

Five requests for each operation and role; `make fuzz-api` sends fifty. Each request is undone.
"""

import os
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from analysis.models import Report
from annotations.models import Study
from evalsite.core.models import Role, Team, only_team
from generation.models import Brief
from generation.pipelines import find_system
from generation.runs.services import plan_run
from tests import factories
from tests.api.conftest import Program, program_of
from tests.api.test_studies import study_file
from tests.generation.api.test_briefs_systems import brief

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "5"))
ROLES = (Role.OWNER, Role.RESEARCHER, Role.WATCHER)
CHECKS = [
    not_a_server_error, status_code_conformance, content_type_conformance, response_headers_conformance,
    response_schema_conformance, unsupported_method,
]  # fmt: skip


@dataclass
class Site:
    programs: dict[str, Program]
    known: dict[str, list[str]]
    """Values for parts of addresses that exist, by name."""


@pytest.fixture
def site(tmp_path: Path, settings) -> Site:
    settings.API_REQUESTS_PER_MINUTE = 1_000_000
    team = Team.objects.get(pk=only_team())
    programs = {role: program_of(factories.member(f"the-{role}", team, role)) for role in ROLES}
    unblinded = factories.make_unblinded(tmp_path / "unblinded", report=True)
    for state in ("draft", "frozen", "open", "closed"):
        extra = " As an AI language model, I cannot." if state == "draft" else ""
        factories.make_study(tmp_path / state, slug=f"{state}-study", state=state, extra=extra)
    report = Report.objects.get(study=unblinded)
    briefs = list(Brief.objects.select_related("series"))
    run = plan_run(specs=[find_system("fake-direct")], briefs=briefs[:2], wake=False).run
    known = {
        "slug": list(Study.objects.values_list("slug", flat=True)),
        "code": [report.code, run.code],
        "brief": [brief.slug for brief in briefs],
        "series": [brief.series.slug for brief in briefs],
        "system": [*factories.SYSTEMS, "fake-direct"],
        "sample": ["1"],
        "name": ["judgments", "raters", "report.json", "report.md", "report.pdf"],
        "form": ["csv", "jsonl", "parquet"],
    }
    return Site(programs, known)


def steer(case: Any, draw: Callable[..., Any], known: dict[str, list[str]]) -> None:
    """Let half of the addresses name rows that exist, and some bodies be complete."""
    for name in case.path_parameters or {}:
        if name in known and draw(st.booleans()):
            case.path_parameters[name] = draw(st.sampled_from(known[name]))
    if case.method == "POST" and case.path == "/api/v1/studies/" and draw(st.booleans()):
        text = study_file(draw(st.sampled_from(["quay", *known["slug"]])))
        cut = draw(st.integers(0, len(text)))
        whole = draw(st.booleans())
        case.media_type = "application/json"
        case.body = {"file": text if whole else text[:cut] + draw(st.text(max_size=5)) + text[cut + 1 :]}
    if case.method == "POST" and case.path.endswith("/raters/") and draw(st.booleans()):
        case.media_type = "application/json"
        case.body = {"count": draw(st.integers(1, 7)), "languages": ["en"]}

    if case.method == "POST" and case.path == "/api/v1/briefs/" and draw(st.booleans()):
        case.media_type = "application/json"
        case.body = {
            "briefs": [brief(draw(st.sampled_from(["quay", *known["brief"]])), order=draw(st.integers(0, 3)))]
        }
    if case.method == "POST" and case.path == "/api/v1/runs/" and draw(st.booleans()):
        case.media_type = "application/json"
        systems = draw(st.lists(st.sampled_from(known["system"]), max_size=2))
        case.body = {
            "systems": systems,
            "briefs": draw(st.lists(st.sampled_from(known["brief"]), max_size=3)),
        }
    if case.method == "POST" and case.path == "/api/v1/scripts/" and draw(st.booleans()):
        name = draw(st.sampled_from([f"{known['brief'][0]}.txt", "nobody.fountain", "x.pdf"]))
        case.media_type = "multipart/form-data"
        case.body = {"files": [draw(st.binary(max_size=90))], "system": "rival", "brief": name.split(".")[0]}


class Undone(Exception):
    """Takes back what a request has changed."""


def failures_of(operation: Any, program: Program, known: dict[str, list[str]], seen: Counter[str]) -> str:
    """What the first wrong answer was; empty if there was none."""

    @seed(1)
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.explicit, Phase.generate],
    )
    @given(data=st.data())
    def ask(data: st.DataObject) -> None:
        case = data.draw(operation.as_strategy())
        steer(case, data.draw, known)
        try:
            with transaction.atomic():
                response = case.call(headers={"Authorization": f"Bearer {program.secret}"})
                raise Undone
        except Undone:
            pass
        seen[f"{response.status_code}"] += 1
        case.validate_response(response, checks=CHECKS)

    try:
        ask()
    except BaseExceptionGroup as error:
        return f"{operation.label}: {error}"
    return ""


def test_every_answer_is_documented(site):
    described = SchemaGenerator().get_schema(request=None, public=True)
    schema = schemathesis.openapi.from_dict(described)
    schema.app = get_wsgi_application()
    # The test's transaction is open, and its connection is the server's.
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    wrong, seen = [], Counter[str]()
    for result in schema.get_all_operations():
        for role in ROLES:
            if text := failures_of(result.ok(), site.programs[role], site.known, seen):
                wrong.append(f"{role} {text}")
    print(dict(sorted(seen.items())), sum(seen.values()))
    assert not wrong, "\n\n".join(wrong)
    assert seen["200"]
    assert seen["201"]
