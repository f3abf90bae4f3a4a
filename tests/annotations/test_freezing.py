"""Freezing: what is fixed, what is sealed, what is refused, and what the keys of rows tell (nothing)."""

from itertools import pairwise
from pathlib import Path

import pytest
from django.db import IntegrityError, connection, transaction

from annotations import freezing, loading, services
from annotations.design import audit
from annotations.freezing import design_of, drawn
from annotations.models import Entry, LeakFinding, Pairing, Seat, Slot, Study, StudyBrief
from annotations.sealed import SealedEntry
from annotations.services import WrongState
from annotations.spec import from_json
from evalsite.core.digests import json_digest
from evalsite.core.faults import Refused
from evalsite.core.models import AuditEvent
from generation.models import Brief, Script
from generation.screenplay import parse, render_html
from tests.annotations.study_files import replace_in, write_minimal
from tests.factories import make_study, write_study

pytestmark = pytest.mark.django_db
EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
BOILERPLATE = "As an AI language model, I cannot write this."


def test_it_works(tmp_path: Path) -> None:
    study = make_study(tmp_path)
    assert study.state == "frozen"
    assert len(study.frozen_digest) == 64
    assert Entry.objects.count() == SealedEntry.objects.count() == 3 * 3
    assert Pairing.objects.count() == 3 * 3
    assert Seat.objects.count() == 6
    assert Slot.objects.count() == 6 * 3
    assert AuditEvent.objects.filter(verb="freeze", about=study.slug).count() == 1


def test_entries_hold_the_house_layout_and_the_seal_says_whose(tmp_path: Path) -> None:
    study = make_study(tmp_path)
    for entry in Entry.objects.select_related("study_brief"):
        sealed = SealedEntry.objects.get(entry_code=entry.code)
        script = Script.objects.get(
            brief__slug=entry.study_brief.slug, system__slug=sealed.system_slug, digest=sealed.script_digest
        )
        parsed = parse(script.text, "en")
        assert (entry.text, entry.html) == (parsed.text, render_html(parsed))
        assert entry.digest == json_digest([entry.code, entry.text, entry.html])
        assert sealed.study_slug == study.slug


def test_pairings_are_in_canonical_order(tmp_path: Path) -> None:
    make_study(tmp_path)
    system = dict(SealedEntry.objects.values_list("entry_code", "system_slug"))
    order = ["quillon", "marrow", "people"]
    for pairing in Pairing.objects.select_related("first", "second"):
        assert order.index(system[pairing.first.code]) < order.index(system[pairing.second.code])


def test_the_draw_can_be_made_again_and_is_what_is_stored(tmp_path: Path) -> None:
    study = make_study(tmp_path, languages=("en", "zh"))
    spec = from_json(study.spec)
    given = design_of(spec, list(StudyBrief.objects.filter(study=study)))
    plans = drawn(given, study.seed)
    assert audit(given, plans, raters_per_pairing=2) == []
    system = dict(SealedEntry.objects.values_list("entry_code", "system_slug"))
    for plan in plans:
        seat = Seat.objects.get(study=study, number=plan.number)
        assert seat.languages == list(plan.reads)
        assert seat.criteria == list(plan.criteria)
        stored = [
            (
                slot.position,
                slot.pairing.study_brief.slug,
                system[slot.pairing.first.code],
                system[slot.pairing.second.code],
                slot.first_on_left,
            )
            for slot in seat.slots.all()
        ]
        assert stored == [(s.position, s.brief, s.first, s.second, s.first_on_left) for s in plan.slots]


def test_the_keys_of_rows_tell_no_system() -> None:
    """32 entries of four systems: by key they come neither in the file's order nor system by system."""
    study = loading.load_study(EXAMPLES / "demo.yaml").study
    freezing.freeze(study=study, by="test")
    sealed = dict(SealedEntry.objects.values_list("entry_code", "system_slug"))
    order = [system["slug"] for system in study.spec["systems"]]
    for rows in (
        [sealed[entry.code] for entry in Entry.objects.order_by("pk")],
        [row.system_slug for row in SealedEntry.objects.order_by("pk")],
        [sealed[pairing.first.code] for pairing in Pairing.objects.order_by("pk")],
    ):
        changes = sum(a != b for a, b in pairwise(rows))
        assert rows != sorted(rows, key=order.index)
        assert rows[: len(order)] * (len(rows) // len(order)) != rows
        # By chance about three quarters of neighbours differ; sorted by system, all but three are alike.
        assert changes > len(rows) // 3
    codes = list(Entry.objects.order_by("pk").values_list("code", flat=True))
    assert codes != list(SealedEntry.objects.order_by("pk").values_list("entry_code", flat=True))


def test_a_finding_stops_freezing_until_it_is_cleared_with_a_reason(tmp_path: Path) -> None:
    study = make_study(tmp_path, state="draft", extra=BOILERPLATE)
    with pytest.raises(Refused) as refused:
        freezing.freeze(study=study, by="test")
    assert (
        "harbour/scene-en-1:1:1: error: a script holds what may tell its writer" in refused.value.lines()[0]
    )
    found = list(freezing.findings(study))
    assert {finding.brief_slug for finding in found} == {"scene-en-1"}
    assert Entry.objects.count() == SealedEntry.objects.count() == 0
    with pytest.raises(WrongState, match="with a reason"):
        freezing.clear_finding(finding=found[0], by="una", reason=" ")
    for finding in found:
        freezing.clear_finding(finding=finding, by="una", reason="the character says it aloud")
    assert freezing.freeze(study=study, by="test").state == "frozen"
    assert AuditEvent.objects.filter(verb="clear finding", who="una").count() == len(found)


def test_findings_tell_no_system(tmp_path: Path) -> None:
    study = make_study(tmp_path, state="draft", extra=BOILERPLATE)
    with pytest.raises(Refused):
        freezing.freeze(study=study, by="test")
    digests = set(Script.objects.values_list("digest", flat=True))
    systems = ("quillon", "marrow", "people")
    for row in LeakFinding.objects.values():
        assert not any(system in str(row) for system in systems)
        assert row["text_digest"] not in digests


def test_what_was_cleared_stays_cleared_while_the_text_is_the_same(tmp_path: Path) -> None:
    study = make_study(tmp_path, state="draft", extra=BOILERPLATE)
    with pytest.raises(Refused):
        freezing.freeze(study=study, by="test")
    first = freezing.findings(study)[0]
    freezing.clear_finding(finding=first, by="una", reason="said aloud")
    total = study.findings.count()
    with pytest.raises(Refused):
        freezing.freeze(study=study, by="test")
    assert study.findings.count() == total
    assert study.findings.get(code=first.code).cleared_by == "una"


def test_a_mended_script_has_no_findings(tmp_path: Path) -> None:
    study = make_study(tmp_path, state="draft", extra=BOILERPLATE)
    with pytest.raises(Refused):
        freezing.freeze(study=study, by="test")
    loading.load_study(write_study(tmp_path))
    study.refresh_from_db()
    freezing.freeze(study=study, by="test")
    assert study.findings.count() == 0


def test_the_name_of_a_system_or_series_in_a_script_is_found(tmp_path: Path) -> None:
    path = write_minimal(tmp_path)
    replace_in(path.parent / "scripts/depot/human.fountain", "Rain.", "An alder by the road.")
    replace_in(path.parent / "scripts/garage/alder.fountain", "Rain.", "A sign: NIGHT BUS.")
    study = loading.load_study(path).study
    with pytest.raises(Refused):
        freezing.freeze(study=study, by="test")
    assert {(f.kind, f.brief_slug) for f in study.findings.all()} == {
        ("system", "depot"),
        ("series", "garage"),
    }


def test_only_a_draft_freezes(tmp_path: Path) -> None:
    study = make_study(tmp_path)
    with pytest.raises(WrongState, match="is frozen: only a draft"):
        freezing.freeze(study=study, by="test")


def test_texts_that_changed_behind_the_study_are_refused(tmp_path: Path) -> None:
    study = make_study(tmp_path, state="draft")
    brief = Brief.objects.first()
    assert brief is not None
    brief.outline += " And then."
    brief.save()
    with pytest.raises(Refused, match="has changed since the study was loaded"):
        freezing.freeze(study=study, by="test")
    assert StudyBrief.objects.count() == 0


def test_a_frozen_study_thaws_while_nobody_is_enrolled(tmp_path: Path) -> None:
    study = make_study(tmp_path)
    freezing.thaw(study=study, by="test")
    study.refresh_from_db()
    assert (study.state, study.frozen_digest) == ("draft", "")
    assert sum(m.objects.count() for m in (Entry, SealedEntry, Pairing, Seat, Slot, StudyBrief)) == 0
    freezing.freeze(study=study, by="test")
    services.enrol(study=study, languages=["en"])
    with pytest.raises(WrongState, match="has raters"):
        freezing.thaw(study=study, by="test")


def test_two_freezings_of_one_draft_have_two_digests_but_one_draw(tmp_path: Path) -> None:
    """Codes are drawn by the system's own chance; the draw by the study's seed."""
    study = make_study(tmp_path)
    first, sides = (
        study.frozen_digest,
        list(Slot.objects.values_list("seat__number", "position", "first_on_left")),
    )
    freezing.thaw(study=study, by="test")
    study = freezing.freeze(study=study, by="test")
    assert study.frozen_digest != first
    assert list(Slot.objects.values_list("seat__number", "position", "first_on_left")) == sides


def test_frozen_texts_cannot_be_changed(tmp_path: Path) -> None:
    make_study(tmp_path)
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        Entry.objects.update(text="something else")


def test_no_chain_of_relations_leads_to_the_seal() -> None:
    assert [field for field in SealedEntry._meta.get_fields() if field.is_relation] == []


def test_a_draft_has_no_digest_and_nothing_else_may_lack_one(tmp_path: Path) -> None:
    study = make_study(tmp_path)
    with pytest.raises(IntegrityError), transaction.atomic():
        Study.objects.filter(pk=study.pk).update(frozen_digest="")
    assert connection.vendor == "postgresql"
