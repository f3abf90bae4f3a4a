"""Schemathesis: whatever a program sends, valid or not, no answer is 5xx or missing from the schema.

Five requests for each operation and role; `make fuzz-api` sends fifty. Each request is undone.
"""

import os
from collections import Counter
from collections.abc import Callable, Iterator
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
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from analysis.models import Report
from evalsite.core.models import Role, Team, only_team
from tests import factories
from tests.api.conftest import Program, program_of
from tests.api.test_studies import study_file

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "5"))
ROLES = (Role.OWNER, Role.RESEARCHER, Role.WATCHER)
STATES = ("draft", "closed", "frozen", "open")
CHECKS = [
    not_a_server_error, status_code_conformance, content_type_conformance, response_headers_conformance,
    response_schema_conformance, unsupported_method,
]  # fmt: skip


@dataclass
class Site:
    programs: dict[str, Program]
    known: dict[str, list[str]]
    """Values for parts of addresses that exist, by the end of the address before them and the part."""
    whole: dict[str, list[dict[str, Any]]]
    """Bodies that are complete, by address."""


@pytest.fixture
def site(tmp_path: Path, settings) -> Site:
    settings.API_REQUESTS_PER_MINUTE = 1_000_000
    team = Team.objects.get(pk=only_team())
    programs = {role: program_of(factories.member(f"the-{role}", team, role)) for role in ROLES}
    unblinded = factories.make_unblinded(tmp_path / "unblinded", report=True)
    for state in STATES:
        extra = " As an AI language model, I cannot." if state == "draft" else ""
        factories.make_study(tmp_path / state, slug=f"{state}-study", state=state, extra=extra)
    report = Report.objects.get(study=unblinded)
    start = {"systems": ["fake-direct"], "briefs": ["scene-en-1"]}
    started = programs[Role.OWNER].post("/api/v1/runs/", start)
    assert started.status_code == 201, started.json()
    # Most is sealed in any other study, so the unblinded one is named often.
    studies = [unblinded.slug] * 4 + [f"{state}-study" for state in STATES]
    known = {
        "studies/{slug}": studies,
        "runs/{code}": [started.json()["code"]],
        "reports/{code}": [report.code],
        "tables/{name}": ["judgments", "raters"],
        "files/{name}": ["report.json", "report.md", "report.pdf"],
        ".{form}": ["csv", "jsonl", "parquet"],
        "/{brief}": ["scene-en-1"],
        "series/{series}": ["pier-en"],
        "/{system}": list(factories.SYSTEMS),
        "/{sample}": ["1"],
    }
    brief = Path("examples/briefs/en/car-two.yaml").read_text()
    system = programs[Role.OWNER].get("/api/v1/systems/fake-direct/").json()["file"]
    whole = {
        "/api/v1/studies/": [{"file": study_file(slug)} for slug in ("quay", *studies)],
        "/api/v1/studies/{slug}/raters/": [{"count": count, "languages": ["en"]} for count in (1, 7)],
        "/api/v1/studies/{slug}/findings/accept/": [{"reason": "fuzz"}],
        "/api/v1/briefs/": [{"file": brief}],
        "/api/v1/systems/": [{"file": system.replace("fake-direct", "new")}, {"file": system}],
        "/api/v1/runs/": [start, {**start, "seed": 2}],
        "/api/v1/scripts/": [{"system": "rival", "brief": "scene-en-1", "files": [b"INT. PIER - DAY"]}],
    }
    return Site(programs, known, whole)


def steer(case: Any, draw: Callable[..., Any], site: Site) -> None:
    """Let most addresses name rows that exist, and half of the bodies be complete, or cut somewhere.

    Hypothesis draws 0, False and the first most often, so these leave the request whole.
    """
    for place, values in site.known.items():
        if place in case.path and draw(st.integers(0, 7)) < 7:
            # Open studies can be changed most, so POST begins at the end.
            ordered = values[::-1] if case.method == "POST" else values
            case.path_parameters[place.partition("{")[2].rstrip("}")] = draw(st.sampled_from(ordered))
    if case.query and draw(st.integers(0, 3)) < 3:
        case.query.pop("cursor", None)
    bodies = site.whole.get(case.path) if case.method == "POST" else None
    if bodies and not draw(st.booleans()):
        body = dict(draw(st.sampled_from(bodies)))
        if "file" in body and draw(st.booleans()):
            at = draw(st.integers(0, len(body["file"])))
            body["file"] = body["file"][:at] + draw(st.text(max_size=5)) + body["file"][at + 1 :]
        case.media_type = "multipart/form-data" if "files" in body else "application/json"
        case.body = body


class Undone(Exception):
    """Takes back what a request has changed."""


def failures_of(operation: Any, program: Program, site: Site, seen: Counter[str]) -> str:
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
        case = data.draw(operation.as_strategy(data.draw(st.sampled_from(GenerationMode))))
        steer(case, data.draw, site)
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


@pytest.fixture
def open_transaction(site: Site) -> Iterator[None]:
    """Requests use the connection of the test, whose transaction stays open.

    Comes after `site`, because a test client connects the signals again.
    """
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)


@pytest.mark.usefixtures("open_transaction")
@pytest.mark.parametrize("role", ROLES)
def test_every_answer_is_documented(site: Site, role: str) -> None:
    described = SchemaGenerator().get_schema(request=None, public=True)
    schema = schemathesis.openapi.from_dict(described)
    schema.app = get_wsgi_application()
    wrong, seen = [], Counter[str]()
    for result in schema.get_all_operations():
        before = seen.copy()
        text = failures_of(result.ok(), site.programs[role], site, seen)
        print(role, result.ok().label, dict(sorted((seen - before).items())), text)
        if text:
            wrong.append(text)
    print(role, dict(sorted(seen.items())), sum(seen.values()))
    assert not wrong, "\n\n".join(wrong)
    assert seen["200"]
