"""Blinding: material that one study has sealed stays sealed in all others that use it."""

import re
from pathlib import Path

import msgspec
import pytest
import yaml
from django.urls import reverse

from analysis.cases.queries import CaseFilters, find_cases
from analysis.reports import services as reports
from analysis.tables import exports, frames
from annotations import freezing
from annotations.blinding import unblinding
from annotations.findings import review
from annotations.findings.rejections import SealedElsewhere, reject_script
from annotations.findings.scanning import system_order, text_key
from annotations.findings.warnings import open_warnings
from annotations.models import Study
from annotations.spec.values import from_json
from annotations.staff.studies import study_states
from annotations.staff.studies.loading import load_study_text
from evalsite.core.models import AuditEvent, User
from generation.models import Brief, Measurement, Script, System
from generation.script_metrics.measuring import measure_brief
from generation.services import NewScript, add_scripts
from tests.factories import fill, make_study, person, unblind
from tests.staff_cast import signed_in

pytestmark = pytest.mark.django_db
SYSTEMS = ("dsr", "direct", "human")
TEXT = re.compile(r"step \d+\.")
"""In each script of scene 1: step 1 in that of dsr, step 2 in that of direct, step 3 in that of human."""
LONG = "".join(f"\n\nMIRA\nNo, not floor {n} again.\n\nORLA\nYes, floor {n}, and on." for n in range(12))
"""Speeches, so that a script can be damaged for practice."""
HIDDEN = "Its text is hidden until that study is unblinded."


@pytest.fixture
def sealed(tmp_path: Path) -> Study:
    """An open study of three systems."""
    return make_study(tmp_path / "a", state="open", slug="first-study", systems=SYSTEMS, briefs=1, extra=LONG)


@pytest.fixture
def jo(db):
    return signed_in(person("jo"))


def draft(slug: str, systems: tuple[str, ...], **values: object) -> Study:
    """A draft of stored scripts, as a researcher makes it through the API."""
    value = {
        "slug": slug,
        "title": {"en": slug, "zh": slug},
        "question": {"en": "Which?", "zh": "哪个？"},
        "systems": [{"slug": name, "kind": System.objects.get(slug=name).kind} for name in systems],
        "criteria": ["overall", "dialogue"],
        "score": True,
        "marks": True,
        "seats": [{"reads": ["en"], "count": 6}],
        "design": {"raters_per_pairing": 2},
        "briefs": ["scene-en-1"],
        **values,
    }
    return load_study_text(yaml.safe_dump(value), "study.yaml", by="jo").study


def add_script(system: str, text: str) -> Script:
    """A script for scene 1, as an owner uploads it."""
    writer, _new = System.objects.get_or_create(slug=system, defaults={"kind": "imported", "name": system})
    (added,) = add_scripts([NewScript(brief=Brief.objects.get(slug="scene-en-1"), system=writer, text=text)])
    return added.script


def text_of(system: str) -> str:
    return Script.objects.get(brief__slug="scene-en-1", system__slug=system).text


def preview(client, study: Study, step: str) -> str:
    home = client.get(reverse("study-preview", args=[study.slug]), follow=True)
    steps = {str(label): address for label, address, _here in home.wsgi_request.preview.steps}
    return client.get(steps[step]).content.decode()


def pages(client, study: Study) -> str:
    """All that the pages and the API have of the texts of a study."""
    home = f"/studies/{study.slug}/findings/"
    addresses = [home, f"{home}texts/", *(f"{home}scripts/scene-en-1/{number}/" for number in (1, 2, 3))]
    addresses += [f"/studies/{study.slug}/", f"/studies/{study.slug}/edit/"]
    addresses += [f"/api/v1/studies/{study.slug}/", f"/api/v1/studies/{study.slug}/findings/"]
    return "".join(client.get(each, follow=True).content.decode() for each in addresses)


def freeze(study: Study, *verbs: study_states.Verb) -> Study:
    freezing.freeze(study=study, by="jo")
    for verb in verbs:
        study_states.transition(study=study, verb=verb, by="test")
    return Study.objects.get(pk=study.pk)


def test_drafts_with_other_systems_hide_the_texts(sealed, jo):
    """Attack 2b: the text that is in the drafts of dsr and direct, dsr and human, is that of dsr."""
    for number, systems in enumerate((("dsr", "direct"), ("dsr", "human"))):
        study = draft(f"draft-{number}", systems)
        review.request_scan(study=study, by="jo")
        assert not TEXT.search(pages(jo, study))
        pair = preview(jo, study, "Judging")
        assert not TEXT.search(pair)
        assert pair.count(HIDDEN) >= 2


def test_places_in_versions_of_a_draft_do_not_fit_together(sealed):
    study, own = draft("draft", SYSTEMS), ["c1", "c2"]
    orders = []
    for more in ("dsr", "direct"):
        spec = from_json(study.spec)
        systems = tuple(msgspec.structs.replace(spec.systems[0], slug=slug) for slug in (*own, more))
        spec = msgspec.structs.replace(spec, systems=systems)
        places = (system_order(study, spec, f"brief-{number}") for number in range(20))
        orders.append([[slug for slug in place if slug in own] for place in places])
    assert orders[0] != orders[1]


def test_a_draft_with_the_same_systems_shows_the_texts(sealed, jo):
    study = draft("draft", SYSTEMS)
    assert len(set(TEXT.findall(pages(jo, study)))) == 3
    # With the texts and this digest of the file, guesses about their systems could be checked.
    assert study.spec_digest not in pages(jo, study)
    assert TEXT.search(preview(jo, study, "Judging"))


def test_practice_with_a_sealed_script_is_hidden(sealed, jo, tmp_path):
    """Attack 2: a draft whose practice script is sealed; its file names the system."""
    make_study(tmp_path / "draft", state="draft", slug="other", systems=("direct", "human"), word="k")
    practice = {"briefs": ["scene-en-1"], "system": "dsr", "pass": 1, "tries": 1}
    study = draft("draft", ("k-direct", "k-human"), briefs=["k-scene-en-1"], practice=practice)
    for step in ("Practice", "Practice feedback"):
        page = preview(jo, study, step)
        assert HIDDEN in page
        assert not TEXT.search(page)


def test_a_word_that_a_draft_looks_for_does_not_tell_whose_text_has_it(sealed, jo):
    """Findings, their number and the refusal to freeze would differ with the systems of the draft."""
    study = draft("draft", ("dsr", "direct"), aliases={"writers": ["on step 1"]})
    review.request_scan(study=study, by="jo")
    assert study.findings.exists()
    assert not review.findings(study).exists()
    hidden = study.findings.first()
    assert jo.get(f"/studies/draft/findings/{hidden.code}/").status_code == 404
    study = freeze(study)
    assert "on step" not in pages(jo, study)
    assert not review.findings(study).exists()


def test_findings_of_an_earlier_version_of_a_draft_stay_hidden(sealed, jo):
    study = draft("draft", ("dsr", "direct"), aliases={"writers": ["on step 1"]})
    review.request_scan(study=study, by="jo")
    study = draft("draft", SYSTEMS)
    assert not review.findings(study).exists()


def test_a_sealed_script_cannot_be_rejected(sealed):
    """Which next sample comes, and which later version of the draft lacks it, would tell whose it is."""
    study = draft("draft", SYSTEMS)
    key = text_key(study, study.spec["materials"]["scripts"]["scene-en-1"]["dsr"])
    with pytest.raises(SealedElsewhere):
        reject_script(study=study, brief="scene-en-1", key=key, by="jo", reason="It is odd.")


def test_a_copy_of_a_sealed_text_is_not_recognized(sealed, jo):
    """A text seen at the desk, uploaded as another system's: neither a fault nor a key tells whose it is."""
    add_script("copy", text_of("dsr"))
    study = draft("draft", ("dsr", "copy"))
    review.request_scan(study=study, by="jo")
    (row,) = jo.get("/studies/draft/findings/").context["rows"]
    assert [slot.key for slot in row.slots if slot.hidden] == [""]
    assert len([slot.key for slot in row.slots if slot.key]) == 1


def test_lengths_of_sealed_scripts_are_no_warnings(sealed):
    Script.objects.filter(system__slug="dsr").update(length=3)
    assert open_warnings(draft("same", SYSTEMS))
    assert not open_warnings(draft("both", ("dsr", "direct")))


def test_the_quality_check_leaves_sealed_scripts_out_until_unblinding(sealed):
    """Attack 10: a text seen at the desk, uploaded as another system's, and compared with the others."""
    seen = add_script("seen", text_of("human").replace("INT.", "EXT."))
    measure_brief(seen.brief_id)
    values = Measurement.objects.get(script=seen).values
    assert (values["human_overlap"], values["nearest_other"], values["compared_with"]) == (None, None, 0)
    unblind(sealed)
    measure_brief(seen.brief_id)
    values = Measurement.objects.get(script=seen).values
    assert values["human_overlap"] > 0
    assert values["compared_with"] == 3


def test_a_simulated_copy_reveals_nothing_of_a_sealed_study(sealed, jo, settings):
    """Attack 3: an owner and a second account made today unblind a copy for simulated raters."""
    for name in ("ann", "ben"):
        User.objects.filter(pk=person(name).pk).update(date_joined=sealed.created_at)
    copy = freeze(draft("copy", SYSTEMS, raters="simulated"), "open", "close")
    one, other = person("owner", role=User.Role.ADMIN), person("second")
    assert "Study first-study is still blinded and uses 3 of these scripts." in (
        signed_in(one).get("/studies/copy/unblind/").content.decode()
    )
    unblinding.confirm(request=unblinding.request(study=copy, by=one, reason="done"), by=other)
    copy.refresh_from_db()
    client = signed_in(one)
    for address in ("", "cases/", "tables/scripts.csv"):
        page = client.get(f"/studies/copy/report/{address}")
        assert page.status_code == 403, address
        assert "use some of its scripts: first-study." in page.content.decode()
    assert client.get("/api/v1/studies/copy/tables/scripts/").status_code == 403
    page = client.get("/studies/copy/").content + client.get("/api/v1/studies/copy/").content
    assert not any(each.encode() in page for each in (copy.spec_digest, copy.draw_nonce))
    with pytest.raises(frames.Withheld):
        exports.export_files(copy)
    with pytest.raises(frames.Withheld):
        find_cases(copy, CaseFilters())
    assert client.get("/api/v1/studies/copy/reports/").status_code == 403
    line = AuditEvent.objects.get(verb=unblinding.SHARED, about="first-study")
    assert line.detail == {"study": "copy", "scripts": 3, "revealed": False}
    assert exports.unblinding_facts(copy)["unblinding"]["withheld"] == ["first-study"]
    unblind(sealed, User.objects.filter(username__in=("ann", "ben")))
    frames.require_readable(copy)
    (earlier,) = exports.unblinding_facts(sealed)["unblinding"]["earlier"]
    assert (earlier["study"], earlier["revealed"]) == ("copy", False)


def test_people_who_satisfy_the_rules_of_both_studies_reveal_the_scripts(sealed):
    one, other = person("una"), person("dov")
    User.objects.update(date_joined=sealed.created_at)
    second = freeze(draft("second", ("dsr", "human")), "open")
    fill(second)
    unblind(second, (User.objects.get(pk=one.pk), User.objects.get(pk=other.pk)))
    frames.require_readable(second)
    assert exports.unblinding_facts(second)["unblinding"]["shared"] == ["first-study"]
    assert AuditEvent.objects.get(verb=unblinding.SHARED).detail["revealed"] is True
    assert b"Their rules were followed too" in reports.compute(second, full_markdown=True)["report-full.md"]
    fill(sealed)
    unblind(sealed, User.objects.filter(username__in=("una", "dov")))
    assert b"Study second, unblinded on" in reports.compute(sealed, full_markdown=True)["report-full.md"]


def test_a_study_unblinded_before_the_other_was_frozen_stays_readable(tmp_path):
    first = make_study(tmp_path / "a", state="open", slug="earlier", systems=SYSTEMS, briefs=1)
    unblind(first)
    freeze(draft("later", ("dsr", "human")))
    frames.require_readable(first)
