"""Freezing: what is fixed, sealed and refused, and that keys of rows reveal nothing."""

from collections import Counter, defaultdict
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from time import process_time

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from annotations import freezing
from annotations.blinding.draw_check import check_draw
from annotations.blinding.seal import SealedDraw, SealedEntry, random_nonce
from annotations.blinding.seeded_draw import main_draw_input
from annotations.blinding.study_draw import draw_main_slots
from annotations.design import audit
from annotations.desk import services
from annotations.desk.services import WrongState
from annotations.findings import review as findings
from annotations.models import Entry, LeakFinding, Pairing, Seat, Slot, Study, StudyBrief
from annotations.spec.values import from_json
from annotations.staff.studies import loading
from evalsite.core.digests import json_digest
from evalsite.core.errors import InputErrors
from evalsite.core.models import AuditEvent
from generation.models import Brief, Script
from generation.screenplay import parse, render_html
from generation.screenplay.house import house
from tests.annotations.study_files import replace_in, write_minimal
from tests.factories import make_study, write_study

pytestmark = pytest.mark.django_db
EXAMPLES = Path(__file__).resolve().parents[3] / "examples"
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
        parsed = house(parse(script.text, "en"))
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
    given = main_draw_input(spec, list(StudyBrief.objects.filter(study=study)))
    plans = draw_main_slots(study, SealedDraw.objects.get(study_slug=study.slug).nonce)
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


@pytest.mark.slow
def test_the_keys_of_rows_tell_no_system() -> None:
    """32 entries of four systems: by key they come neither in the file's order nor system by system."""
    study = loading.load_study(EXAMPLES / "demo.yaml").study
    freezing.freeze(study=study, by="test")
    assert list(study.findings.values_list("brief_slug", "kind", "excerpt")) == [], "its texts are clean"
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


def test_a_finding_names_no_system_and_stops_freezing_until_it_is_cleared(tmp_path: Path) -> None:
    study = make_study(tmp_path, state="draft", extra=BOILERPLATE)
    with pytest.raises(InputErrors) as refused:
        freezing.freeze(study=study, by="test")
    assert "harbour/scene-en-1:1:1: error: A script may give a system away" in refused.value.lines()[0]
    found = list(findings.findings(study))
    assert findings.is_scanned(study)
    assert {finding.brief_slug for finding in found} == {"scene-en-1"}
    digests = set(Script.objects.values_list("digest", flat=True))
    for row in LeakFinding.objects.values():
        assert not any(system in str(row) for system in ("quillon", "marrow", "people"))
        assert row["text_digest"] not in digests
    assert Entry.objects.count() == SealedEntry.objects.count() == 0
    with pytest.raises(WrongState, match="with a reason"):
        findings.clear_finding(finding=found[0], by="una", reason=" ")
    for finding in found:
        findings.clear_finding(finding=finding, by="una", reason="the character says it aloud")
    assert freezing.freeze(study=study, by="test").state == "frozen"
    assert AuditEvent.objects.filter(verb="clear finding", who="una").count() == len(found)


def test_what_was_cleared_stays_cleared_while_the_text_is_the_same(tmp_path: Path) -> None:
    study = make_study(tmp_path, state="draft", extra=BOILERPLATE)
    with pytest.raises(InputErrors):
        freezing.freeze(study=study, by="test")
    first = findings.findings(study)[0]
    findings.clear_finding(finding=first, by="una", reason="said aloud")
    total = study.findings.count()
    with pytest.raises(InputErrors):
        freezing.freeze(study=study, by="test")
    assert study.findings.count() == total
    assert study.findings.get(code=first.code).cleared_by == "una"


def test_a_mended_script_has_no_findings(tmp_path: Path) -> None:
    study = make_study(tmp_path, state="draft", extra=BOILERPLATE)
    with pytest.raises(InputErrors):
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
    with pytest.raises(InputErrors):
        freezing.freeze(study=study, by="test")
    assert {(f.kind, f.brief_slug) for f in study.findings.all()} == {
        ("system", "depot"),
        ("series", "garage"),
    }


TITLE = "dsr (two-stage refinement by GPT-5) against direct prompting"


def places(study: Study) -> set[tuple[str, str]]:
    with pytest.raises(InputErrors):
        freezing.freeze(study=study, by="test")
    assert Entry.objects.count() == 0
    return {(finding.brief_slug, finding.kind) for finding in study.findings.all()}


def test_a_title_that_tells_the_systems_is_found(tmp_path: Path) -> None:
    path = write_minimal(tmp_path)
    replace_in(path, "systems: [alder, birch, human]", "systems: [dsr, birch, human]")
    replace_in(path, "title: Night bus", f"title: {TITLE}")
    for home in (path.parent / "scripts").iterdir():
        (home / "alder.fountain").rename(home / "dsr.fountain")
    study = loading.load_study(path).study
    assert places(study) == {("study:title", "system"), ("study:title", "model")}
    with pytest.raises(InputErrors) as refused:
        freezing.freeze(study=study, by="test")
    assert "night-bus/study:title:1:1: error: A text may give a system away" in refused.value.lines()[0]


@pytest.mark.parametrize(
    ("file", "old", "new", "place", "kind"),
    [
        ("study.yaml", "criteria: [overall, dialogue]", "criteria: [{slug: best, question: Is birch it?}]",
         "study:criteria:best:question", "system"),
        ("study.yaml", "criteria: [overall, dialogue]",
         "criteria: [{slug: best, question: Better?, guidance: Claude writes long lines.}]",
         "study:criteria:best:guidance", "model"),
        ("study.yaml", "scripts: scripts", "scripts: scripts\nconsent: {version: 1, text: alder wrote some.}",
         "study:consent", "system"),
        ("study.yaml", "scripts: scripts", "scripts: scripts\ninstructions: As an AI I ask you to read.",
         "study:instructions", "boilerplate"),
        ("briefs/depot.yaml", "A driver finds", "By birch: a driver finds", "brief:depot:outline", "system"),
        ("briefs/depot.yaml", "Sixty, drives", "Like Qwen, drives", "brief:depot:characters", "model"),
    ],
)  # fmt: skip
def test_every_text_for_raters_is_looked_through(
    tmp_path: Path, file: str, old: str, new: str, place: str, kind: str
) -> None:
    path = write_minimal(tmp_path)
    replace_in(path.parent / file, old, new)
    assert places(loading.load_study(path).study) == {(place, kind)}


def test_a_consent_may_speak_of_machines_in_general(tmp_path: Path) -> None:
    path = write_minimal(tmp_path)
    words = "Some scripts were written by people, some by a machine, an AI, a large language model."
    replace_in(path, "scripts: scripts", f"scripts: scripts\nconsent: {{version: 1, text: '{words}'}}")
    study = loading.load_study(path).study
    assert freezing.freeze(study=study, by="test").state == "frozen"


@pytest.mark.slow
def test_the_finished_demonstration_is_clean() -> None:
    study = loading.load_study(EXAMPLES / "demo-finished.yaml").study
    freezing.freeze(study=study, by="test")
    assert list(study.findings.values_list("brief_slug", "kind", "excerpt")) == []


def test_looking_and_freezing_are_one_transaction(tmp_path: Path) -> None:
    """Between the look through the texts and the last slot, nothing is committed: nobody gets in between."""
    study = make_study(tmp_path, state="draft")
    with CaptureQueriesContext(connection) as queries:
        freezing.freeze(study=study, by="test")
    said = [query["sql"] for query in queries]
    locked = next(i for i, sql in enumerate(said) if "FOR NO KEY UPDATE" in sql)
    looked = next(i for i, sql in enumerate(said) if 'FROM "annotations_leakfinding"' in sql)
    last = max(i for i, sql in enumerate(said) if 'INSERT INTO "annotations_slot"' in sql)
    opened = next(i for i, sql in enumerate(said) if sql.startswith("SAVEPOINT"))
    name = said[opened].split()[1]
    released = next(i for i, sql in enumerate(said) if sql == f"RELEASE SAVEPOINT {name}")
    assert opened < locked < looked < last < released
    assert sum("FOR NO KEY UPDATE" in sql and '"annotations_study"' in sql for sql in said) == 1


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
    with pytest.raises(InputErrors, match="has changed since the study was saved"):
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


def cells(study: Study) -> list[tuple[object, ...]]:
    rows = Slot.objects.filter(seat__study=study).order_by("seat__number", "position")
    return list(rows.values_list("seat__number", "position", "first_on_left"))


def test_the_files_alone_do_not_give_the_draw(tmp_path: Path) -> None:
    """Two freezings of one draft are two draws, and no other nonce gives a stored one (2^-18 by chance)."""
    study = make_study(tmp_path)
    first, digest = cells(study), study.frozen_digest
    nonce = SealedDraw.objects.get(study_slug=study.slug).nonce
    for other in ("", study.slug, str(study.seed), random_nonce()):
        again = [
            (p.number, s.position, s.first_on_left) for p in draw_main_slots(study, other) for s in p.slots
        ]
        assert again != first
    freezing.thaw(study=study, by="test")
    assert SealedDraw.objects.count() == 0
    study = freezing.freeze(study=study, by="test")
    assert study.frozen_digest != digest
    assert cells(study) != first
    assert SealedDraw.objects.get(study_slug=study.slug).nonce != nonce


def test_the_nonce_is_committed_to_at_freezing_and_kept_back(tmp_path: Path) -> None:
    study = make_study(tmp_path)
    nonce = SealedDraw.objects.get(study_slug=study.slug).nonce
    told = AuditEvent.objects.get(verb="freeze", about=study.slug).detail
    assert told["draw_commitment"] == sha256(nonce.encode()).hexdigest()
    assert study.draw_nonce == ""
    assert not AuditEvent.objects.filter(detail__icontains=nonce).exists()


def test_a_sealed_study_s_draw_is_looked_at_and_not_made_again(tmp_path: Path) -> None:
    study = make_study(tmp_path)
    found = check_draw(study)
    assert found is not None
    assert (found.same, found.slots, found.findings, found.holds) == (None, 18, [], True)
    Slot.objects.filter(seat__number=1).update(first_on_left=True)
    broken = check_draw(study)
    assert broken is not None
    assert not broken.holds
    assert "sides per rater: seat 1: 3 left of 3" in broken.findings
    codes = Entry.objects.values_list("code", flat=True)
    assert not any(code in line for code in codes for line in broken.findings)


def imbalances(study: Study, seats: set[int]) -> list[str]:
    """Groups of slots of these seats in which sides, or showings of a script, differ by more than one."""
    system = dict(SealedEntry.objects.filter(study_slug=study.slug).values_list("entry_code", "system_slug"))
    sides: dict[tuple[object, ...], list[int]] = defaultdict(list)
    shown: Counter[str] = Counter()
    rows = Slot.objects.filter(seat__study=study, seat__number__in=seats)
    for slot in rows.select_related("seat", "pairing__first", "pairing__second"):
        pair = (system[slot.pairing.first.code], system[slot.pairing.second.code])
        number = slot.seat.number
        for key in (pair, (number,), (number, *pair), ("pairing", slot.pairing_id)):
            sides[key].append(1 if slot.first_on_left else -1)
        shown.update((slot.pairing.first.code, slot.pairing.second.code))
    found = [str(key) for key, signs in sides.items() if abs(sum(signs)) > 1]
    for language in ("en", "zh"):
        entries = Entry.objects.filter(study_brief__study=study, study_brief__language=language)
        counts = [shown[entry.code] for entry in entries]
        found += [language] if max(counts) - min(counts) > 1 else []
    return found


@pytest.mark.slow
def test_the_demonstration_is_even_for_sixteen_raters_whatever_the_nonce() -> None:
    """All 24 seats; the first 16 or 19; and the 16 after the three that links hold. Freezing is quick."""
    study = loading.load_study(EXAMPLES / "demo.yaml").study
    for _ in range(2):
        began = process_time()
        study = freezing.freeze(study=study, by="test")
        assert process_time() - began < 6
        for first, last in ((1, 24), (1, 16), (1, 19), (4, 19)):
            assert imbalances(study, set(range(first, last + 1))) == []
        study = freezing.thaw(study=study, by="test")


def test_frozen_texts_cannot_be_changed(tmp_path: Path) -> None:
    make_study(tmp_path)
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        Entry.objects.update(text="something else")


def test_a_draft_has_no_digest_and_nothing_else_may_lack_one(tmp_path: Path) -> None:
    study = make_study(tmp_path)
    with pytest.raises(IntegrityError), transaction.atomic():
        Study.objects.filter(pk=study.pk).update(frozen_digest="")
