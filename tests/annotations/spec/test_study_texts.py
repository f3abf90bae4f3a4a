"""Study file: texts as raters read them, with the series' name map in brief and scripts."""

from pathlib import Path

import pytest

from analysis.tables.exports import study_record
from annotations import freezing
from annotations.blinding.seal import SealedEntry
from annotations.models import Entry, StudyBrief
from annotations.spec.file import default_instructions
from annotations.spec.values import as_json, from_json
from annotations.staff.studies.loading import load_study
from evalsite.core.errors import InputErrors
from generation.models import Script, Series
from tests.annotations.study_files import replace_in, write_minimal

pytestmark = pytest.mark.django_db
NAMES = [{"from": "Ada", "to": "Mei"}, {"from": "Night Bus", "to": "The Line"}]


def test_the_name_map_is_part_of_the_study_and_set_alike_everywhere(tmp_path: Path) -> None:
    path = write_minimal(tmp_path)
    replace_in(
        path.parent / "scripts/garage/alder.fountain", "Rain.", "A sign: NIGHT BUS. “Ada’s” — it says."
    )
    loaded = load_study(path)
    before = loaded.study.spec_digest
    assert "names" not in loaded.study.spec["materials"]  # a spec from before there were maps has its digest
    with pytest.raises(InputErrors, match="series"):
        freezing.freeze(study=loaded.study, by="test", nonce="drawn")
    assert ("series", "garage") in set(loaded.study.findings.values_list("kind", "brief_slug"))

    Series.objects.update(names=[*NAMES, {"from": "", "to": "nobody"}])
    with pytest.raises(InputErrors, match="The replaced names of series night-bus have changed"):
        freezing.freeze(study=loaded.study, by="test", nonce="drawn")
    again = load_study(path)
    assert (again.outcome, again.changed) == ("updated", ("materials.names",))
    study = freezing.freeze(study=again.study, by="test", nonce="drawn")
    assert study.spec_digest != before
    assert as_json(from_json(study.spec)) == study.spec
    assert study.spec["materials"]["names"] == {"night-bus": NAMES}
    assert study_record(study)["names"] == {"night-bus": NAMES}

    for content in StudyBrief.objects.values_list("content", flat=True):
        assert content["series"] == {"slug": "night-bus", "title": "The Line"}
        assert content["characters"][0]["name"] == "Mei"
    texts = list(Entry.objects.values_list("text", "html"))
    assert not any("ada" in part.lower() or "night bus" in part.lower() for both in texts for part in both)
    assert sum('A sign: THE LINE. "Mei\'s" -- it says.' in text for text, _ in texts) == 1
    # Stored data and sealed is what was written.
    assert Script.objects.filter(text__contains="NIGHT BUS").count() == 1
    digests = set(Script.objects.values_list("digest", flat=True))
    assert set(SealedEntry.objects.values_list("script_digest", flat=True)) == digests


def test_systems_that_differ_in_typography_alone_freeze_and_look_alike(tmp_path: Path) -> None:
    """Three scripts of each system, of which one types dashes, quotes and headings in ways of its own."""
    path = write_minimal(tmp_path)
    for brief in ("lot", "yard", "stop"):
        text = (path.parent / "briefs/depot.yaml").read_text()
        order = {"lot": 3, "yard": 4, "stop": 5}[brief]
        text = text.replace("slug: depot", f"slug: {brief}").replace("order: 1", f"order: {order}")
        (path.parent / f"briefs/{brief}.yaml").write_text(text)
        (path.parent / f"scripts/{brief}").mkdir()
    for home in (path.parent / "scripts").iterdir():
        for seat, system in enumerate(("alder", "birch", "human"), start=1):
            text = (
                f'INT. BUS - NIGHT\n\nRain. ADA stops at the {home.name} -- "at last"... Seat {seat}.\n\n'
                "ADA\nDon't. Go.\n"
            )
            if system == "birch":
                text = text.replace(" -- ", "—").replace('"at last"...', "“at last”…").replace("'", "’")
                text = text.replace("INT. BUS - NIGHT", "Int. bus — night.")
            (home / f"{system}.fountain").write_text(text)
    study = freezing.freeze(study=load_study(path).study, by="test", nonce="drawn")
    assert study.findings.count() == 0
    for brief in StudyBrief.objects.all():
        assert len({text.split(" Seat ")[0] for text in brief.entries.values_list("text", flat=True)}) == 1


@pytest.mark.parametrize(("score", "marks"), [(True, True), (True, False), (False, True), (False, False)])
def test_the_general_instructions_explain_only_what_the_study_uses(score: bool, marks: bool) -> None:
    for language, scoring, marking in (
        ("en", "+ The score", "+ Marking errors"),
        ("zh", "+ 怎样打分", "+ 标硬伤"),
    ):
        text = default_instructions("pair", score=score, marks=marks)[language]
        assert (scoring in text) is score
        assert ("\n5. " in text) is score
        assert (marking in text) is marks
        assert "{" not in text
        assert "\n\n\n" not in text
