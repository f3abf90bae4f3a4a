"""Exported tables are made in batches: the same bytes as in one piece, and never more rows at once."""

import io
import itertools
import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml
from pyarrow import parquet

from analysis.tables import exports, frames
from analysis.tables.table_rows import TableRows
from annotations import freezing
from annotations.desk import services
from annotations.models import Assignment, Guess, Study
from annotations.staff.studies import exclusions, study_states
from annotations.staff.studies.loading import load_study
from evalsite.core.models import User
from tests import factories
from tests.snapshots import restore_or_make

pytestmark = pytest.mark.django_db
AT_ONCE = 5


@pytest.fixture
def study(tmp_path: Path) -> Study:
    """With a script that is missing and counts as lost, and every table but that of rejections."""
    people = [factories.person(name, key=1_000_000 + number) for number, name in enumerate(("una", "dov"))]
    return Study.objects.get(pk=restore_or_make("rows of tables", lambda: make(tmp_path, people).pk))


def make(folder: Path, people: list[User]) -> Study:
    path = factories.write_study(folder)
    value = yaml.safe_load(path.read_text())
    value["plan"]["missing_script"] = "loss"
    path.write_text(yaml.safe_dump(value, allow_unicode=True))
    (folder / "scripts/scene-en-1/quillon.fountain").unlink()
    study = freezing.freeze(study=load_study(path).study, by="una", nonce="drawn")
    study = study_states.transition(study=study, verb="open", by="una")
    rng = random.Random(1)
    first = services.enrol(study=study, languages=["en"], by="una").rater
    factories.judge(first, rng=rng, pairs=1)
    held = Assignment.objects.get(rater=first)
    changed = factories.submission(held, rng, factories.by_chance)
    services.revise(assignment=held, submission=changed, revision=0, note="")
    factories.judge(first, rng=rng)
    exclusions.set_excluded(assignment=held, excluded=True, by="console", reason="=a phone, it rang")
    Guess.objects.create(assignment=held, side="left", origin="human", confidence=2)
    factories.fill(study)
    factories.unblind(study, people)
    return study


class Counted:
    """The rows of a table, and how many database rows were made to cells at once."""

    def __init__(self, rows: TableRows) -> None:
        self.sizes: list[int] = []
        self._render = rows.render
        self.rows = replace(rows, render=self.render)

    def render(self, stored: Sequence[Any]) -> Any:
        self.sizes.append(len(stored))
        return self._render(stored)


@pytest.mark.slow
def test_every_file_is_the_same_in_batches_as_in_one_piece(study: Study) -> None:
    names = frames.available_tables(study)
    assert set(names) == frames.TABLES.keys() - {"rejections"}
    for name in [*names, "rejections"]:
        frame = frames.TABLES[name](study).frame()

        def joined(form: str, name: str = name) -> bytes:
            return b"".join(exports.table_chunks(study, name, form, rows_at_once=AT_ONCE))

        assert joined("csv") == exports.csv_bytes(frame), name
        assert joined("jsonl").decode() == frame.to_json(orient="records", lines=True, force_ascii=False)
        file = parquet.ParquetFile(io.BytesIO(joined("parquet")))
        assert file.num_row_groups == max(1, sum(len(part) > 0 for part in batches_of(name, study)))
        pd.testing.assert_frame_equal(file.read().to_pandas(), frame.astype("str"))


def batches_of(name: str, study: Study) -> list[pd.DataFrame]:
    return list(frames.TABLES[name](study).batches(AT_ONCE))


def test_no_batch_has_more_rows_than_it_may(study: Study) -> None:
    rendered = 0
    for name, build in frames.TABLES.items():
        counted = Counted(build(study))
        parts = list(counted.rows.batches(AT_ONCE))
        assert max(map(len, parts)) <= AT_ONCE, name
        assert max(counted.sizes, default=0) <= AT_ONCE, name
        assert sum(map(len, parts)) == len(counted.rows), name
        rendered += len(counted.sizes)
    assert rendered > 15, "several batches of several tables"


@pytest.mark.slow
def test_a_page_is_made_of_its_own_rows_alone(study: Study) -> None:
    for name, build in frames.TABLES.items():
        whole = build(study).frame().to_dict("records")
        ends = [0, 1, 4, len(whole) - 1, len(whole), len(whole) + 3]
        for begin, end in itertools.product(ends, repeat=2):
            if 0 <= begin <= end:
                counted = Counted(build(study))
                assert counted.rows[begin:end] == whole[begin:end], (name, begin, end)
                assert sum(counted.sizes) <= end - begin
    judgments = frames.judgments(study)
    assert len(judgments) - len(judgments.others) > 20, "rows of the database"
    assert len(judgments.others) > 4, "rows without judgments"
