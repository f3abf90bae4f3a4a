"""The report prints who unblinded a study and its amendments, and what came after a new rater link."""

import io
import random
import re
from pathlib import Path

import jsonschema
import pdfplumber
import pytest
import yaml

from analysis.reports import services as reports
from analysis.stats.report import load_schema
from analysis.tables import exports
from annotations import freezing
from annotations.blinding import unblinder_changes, unblinding
from annotations.desk import services
from annotations.models import Assignment, Rater, Study
from annotations.staff.studies import study_states
from annotations.staff.studies.loading import load_study
from evalsite.core.account_events import account
from evalsite.core.models import User, record
from tests import factories

pytestmark = pytest.mark.django_db


def close_and_unblind(study: Study, other: str = "rae") -> Study:
    study_states.transition(study=study, verb="close", by="test")
    first, second = (User.objects.get(username=name) for name in ("mara", other))
    unblinding.unblind_from_console(study=study, by=first, other=second)
    study.refresh_from_db()
    return study


@pytest.fixture
def study(tmp_path: Path) -> Study:
    """Open; unblinders mara and rae, whom jonas replaces later."""
    for name in ("mara", "jonas", "rae"):
        factories.person(name)
    path = factories.write_study(tmp_path)
    path.write_text(yaml.safe_dump({**yaml.safe_load(path.read_text()), "unblinders": ["mara", "rae"]}))
    study = freezing.freeze(study=load_study(path).study, by="test", nonce="drawn")
    study_states.transition(study=study, verb="open", by="test")
    return study


def texts_of(files: dict[str, bytes]) -> tuple[str, str]:
    return files["report-full.md"].decode(), files["report.html"].decode()


@pytest.mark.slow
def test_the_report_prints_people_factors_place_and_amendments(study: Study) -> None:
    factories.fill(study)
    rae, mara = User.objects.get(username="rae"), User.objects.get(username="mara")
    study_states.amend(study=study, by="mara", text="One more week.")
    change = unblinder_changes.request_change(study=study, old="rae", new="jonas", reason="Left.", by=rae)
    unblinder_changes.accept_change(change=change, by=mara)
    jonas = User.objects.get(username="jonas")
    record(who="mara", verb="change account", about=account(jonas.pk))
    close_and_unblind(study, "jonas")
    files = reports.compute(study, replicates=100, full_markdown=True)
    results = exports.loads(files["report.json"])
    jsonschema.Draft202012Validator(load_schema()).validate(results)
    told = results["plan"]["study"]["unblinding"]
    assert (told["unblinders"], told["place"]) == (["mara", "rae"], "console")
    keys = ("step", "who", "factor", "account_events")
    assert [tuple(step[key] for key in keys) for step in told["steps"]] == [
        ("requested", "mara", "off", 0),
        ("confirmed", "jonas", "off", 1),
    ]
    first, second = results["plan"]["study"]["amendments"]
    assert (first["text"], second["unblinder"]["old"], second["unblinder"]["new"]) == (
        "One more week.",
        "rae",
        "jonas",
    )
    assert exports.study_record(study)["unblinding"] == told
    for text in texts_of(files):
        assert "mara requested it, and jonas confirmed it" in text
        assert "One more week." in text
        assert "Unblinder rae replaced by jonas, as requested by rae and accepted by mara: Left." in text
        assert "The frozen plan names these unblinders: mara, rae." in text
        assert "The site asked for no second factor" in text
        assert "The site checked the two accounts: no one else has changed access to either" in text
        assert "These accounts had no confirmed email address to compare: mara, jonas." in text
    with pdfplumber.open(io.BytesIO(files["report.pdf"])) as pdf:
        sheet = re.sub(r"\s+", " ", " ".join(page.extract_text() for page in pdf.pages))
    assert len(pdf.pages) == 2
    assert "Requested by mara (none: switched off on the site), confirmed by jonas" in sheet


def test_a_study_without_named_unblinders_says_so(unblinded: Study) -> None:
    files = reports.compute(unblinded, replicates=100, full_markdown=True)
    for text in texts_of(files):
        assert "The frozen plan names no unblinders" in text


@pytest.mark.slow
def test_judgments_after_a_new_link_are_counted_flagged_and_left_out_once(study: Study) -> None:
    for _seat in range(5):
        rater = services.enrol(study=study, languages=["en"], by="test").rater
        factories.judge(rater, rng=random.Random(1))
    rater = services.enrol(study=study, languages=["en"], by="test").rater
    factories.judge(rater, rng=random.Random(1), pairs=1)
    before = set(Assignment.objects.values_list("code", flat=True))
    services.reissue_link(rater=rater, by="mara")
    rater = Rater.objects.get(pk=rater.pk)
    factories.judge(rater, rng=random.Random(1))
    services.withdraw(rater=rater, erase=True)
    close_and_unblind(study)
    files = reports.compute(study, replicates=100, full_markdown=True)
    results = exports.loads(files["report.json"])
    jsonschema.Draft202012Validator(load_schema()).validate(results)
    counts = {step["step"]: step["count"] for step in results["flow"] if step["unit"] != "rows"}
    assert (counts["relinked"], counts["after_new_link"]) == (1, 2)
    for name in ("judgments", "scores", "assignments"):
        frame = exports.frames.TABLES[name](study).frame()
        flagged = frame[frame["after_new_link"] == "true"]
        assert set(flagged["rater"]) == {rater.code}
        assert not before & set(flagged["assignment"])
        assert len(set(flagged["assignment"])) == 2
    rows = [row for row in results["sensitivity"] if row["rule"] == "without_new_links"]
    assert rows
    assert sum(row["left_out"] for row in rows) > 0
    for text in texts_of(files):
        assert "without judgments after a new link" in text
        assert "got a new link from staff" in text


def test_an_answer_that_is_changed_after_a_new_link_is_flagged(study: Study) -> None:
    rater = services.enrol(study=study, languages=["en"], by="test").rater
    factories.judge(rater, rng=random.Random(1), pairs=1)
    held = Assignment.objects.get()
    services.reissue_link(rater=rater, by="mara")
    services.revise(
        assignment=held,
        submission=factories.submission(held, random.Random(2), factories.by_chance),
        revision=0,
        note="",
    )
    close_and_unblind(study)
    frame = exports.frames.TABLES["assignments"](study).frame()
    assert frame["after_new_link"].tolist() == ["true"]
