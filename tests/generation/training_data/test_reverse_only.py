"""Training data: rules of the ablation `dsr-reverse-only` accept the rows its adapter is trained on."""

import json
from pathlib import Path

import pytest
from django.core.management import call_command

from generation.backends import canned
from generation.backends.base import Request
from generation.backends.server import FakeServer
from generation.briefs.files import read_brief
from generation.models import Script
from generation.pipelines import find_system
from generation.services import store_briefs
from generation.training_data.datasets.building import build
from generation.training_data.datasets.exporting import export
from tests.generation.training_data.finished import finished_run

BRIEFS = Path(__file__).resolve().parents[3] / "examples/briefs"
ADAPTER = "dsr-novel-reverse-only"


@pytest.mark.django_db
def test_answers_as_in_its_training_rows_become_scripts(tmp_path, monkeypatch):
    export(
        build(finished_run(), "sample").dataset, tmp_path / "set", variants=["reverse-only"], with_texts=True
    )
    lines = (tmp_path / "set/chat/reverse-only/train.jsonl").read_text().splitlines()
    rows = {language: [] for language in ("en", "zh")}
    for row in map(json.loads, lines):
        rows[row["language"]].append(row["messages"][-1]["content"])
    assert all(rows.values())

    def answer(request: Request) -> str:
        if request.model != ADAPTER:
            return canned.answer(request.messages, request.sampling.seed)
        told = rows[canned.language_of(request.messages[-1][1])]
        return told[(request.sampling.seed or 0) % len(told)]

    paths = [sorted((BRIEFS / language).glob("*.yaml"))[0] for language in rows]
    briefs = [stored.brief.slug for stored in store_briefs([read_brief(path) for path in paths])]
    models = (ADAPTER, find_system("dsr").stages[1].model)
    arguments = ["--system", "dsr-reverse-only", "--samples", "4", "--brief", *briefs]
    with FakeServer(models=models, answer=answer) as server:
        call_command("generate", *arguments, "--base-url", server.url)
        asked = [body for body in server.requests if body["model"] == ADAPTER]
    assert len(asked) == 8, "an answer was refused"
    assert Script.objects.count() == 8
