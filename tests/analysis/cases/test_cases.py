"""Cases: the lists and pages of an unblinded study's pairs, their filters, rights and exports."""

import json
import re

import pytest
from django.db import connection
from django.test import Client

from analysis.cases.details import load_cases
from analysis.cases.queries import CaseFilters, case_code, find_cases
from analysis.reports.report_links import create_report_link
from annotations.desk import services
from annotations.desk.services import Submission, SubmissionMark
from annotations.models import Assignment, Entry, Guess, Judgment, Mark, Pairing, Study
from evalsite.core.clock import database_now
from evalsite.core.models import AuditEvent
from generation.models import Script, Source
from generation.screenplay import parse, render_html
from generation.screenplay.house import house
from tests import factories
from tests.analysis.tables.test_desk_tables import opened, write
from tests.annotations.blinding.tampering import unguarded
from tests.annotations.staff.studies.test_study_page import text_of
from tests.annotations.study_files import replace_in

pytestmark = pytest.mark.django_db
CASES = "/studies/harbour/report/cases/"
LINES = "/studies/harbour/report/cases.jsonl"


@pytest.fixture
def study(unblinded) -> Study:
    return unblinded


@pytest.fixture
def open_rights(tmp_path) -> Study:
    """A study whose scripts may be passed on."""
    return factories.make_unblinded(tmp_path, rights="redistribute")


@pytest.fixture
def added_marks(monkeypatch) -> None:
    """Tests add marks to an unblinded study, which the digests in the audit trail would show."""
    monkeypatch.setattr("annotations.blinding.frozen_check.check_digests", lambda study: [])


def first_case(study):
    rows = find_cases(study, CaseFilters(sort="scene"))
    return rows[0]


def assignments_of(pairing):
    return list(Assignment.objects.filter(slot__pairing=pairing, state="submitted").order_by("pk"))


def add_mark(assignment, words, *, side="left", kind="plot", note="", entry=None):
    """A mark at these words of the script on a side."""
    slot = assignment.slot
    entry = entry or slot.sides[side]
    start = entry.text.index(words)
    with unguarded():
        return Mark.objects.create(
            assignment=assignment, side=side, error_class=kind, scene=1, start=start, end=start + len(words),
            note=note, submitted_at=assignment.submitted_at,
        )  # fmt: skip


def side_of(assignment, entry):
    return next(side for side, one in assignment.slot.sides.items() if one.pk == entry.pk)


def tamper(entry_filter, **values):
    """Change entries past the trigger that refuses it."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        Entry.objects.filter(**entry_filter).update(**values)
        cursor.execute("SET LOCAL session_replication_role = origin")


def lines_of(answer):
    return [json.loads(line) for line in b"".join(answer.streaming_content).decode().splitlines()]


# Who may look


@pytest.mark.parametrize("state", ["draft", "frozen", "open", "closed"])
def test_no_case_is_shown_before_unblinding(staff, tmp_path, state):
    factories.make_study(tmp_path, state=state)
    for path in (CASES, f"{CASES}passages/", f"{CASES}a-b/", f"{CASES}a-b.html", LINES):
        assert staff.get(path).status_code == 403


def test_strangers_and_other_methods_are_refused(study, staff, other):
    code = case_code(first_case(study))
    for path in (CASES, f"{CASES}passages/", f"{CASES}{code}/", f"{CASES}{code}.html", LINES):
        assert Client().get(path).status_code == 302
        assert staff.post(path).status_code == 405
        assert other.get(path).status_code == 200


def test_a_case_of_another_study_or_of_practice_is_404(study, staff):
    code = case_code(first_case(study))
    for wrong in (code.partition("-")[0], "-".join(reversed(code.split("-"))), "zzz"):
        assert staff.get(f"{CASES}{wrong}/").status_code == 404
        assert staff.get(f"{CASES}{wrong}.html").status_code == 404
    Pairing.objects.filter(pk=first_case(study).pk).update(kind="check")
    assert staff.get(f"{CASES}{code}/").status_code == 404


def test_the_public_report_has_no_case(report, mara):
    _link, secret = create_report_link(report=report, until=database_now().date(), note="", by=mara)
    public = Client()
    links = re.findall(r'href="([^"]+)"', public.get(f"/shared/{secret}/en/").content.decode())
    assert links
    assert not [link for link in links if "cases" in link]


def test_every_look_is_logged(study, staff):
    code = case_code(first_case(study))
    for path in (
        f"{CASES}?system=quillon", f"{CASES}passages/", f"{CASES}{code}/", f"{CASES}{code}.html", LINES,
    ):  # fmt: skip
        staff.get(path)
    events = AuditEvent.objects.filter(who="mara", about="harbour").order_by("pk")
    assert [(event.verb, event.detail) for event in events] == [
        ("read cases", {"filter": "system=quillon"}),
        ("read cases", {"filter": ""}),
        ("read case", {"case": code}),
        ("download", {"file": f"{code}.html"}),
        ("download", {"file": "cases.jsonl", "filter": ""}),
    ]


# The list


def test_the_list_counts_what_the_judgments_say(study, staff):
    rows = list(find_cases(study, CaseFilters()))
    assert len(rows) == 9
    for row in rows:
        chosen = []
        for judgment in Judgment.objects.filter(
            assignment__slot__pairing=row, criterion__slug="overall"
        ).select_related("assignment__slot"):
            slot = judgment.assignment.slot
            entry = {"left": slot.left, "right": slot.right}.get(judgment.choice)
            chosen.append(entry.pk if entry else judgment.choice)
        told = (row.for_first, row.for_second, row.ties, row.neither, row.judged)
        counts = [chosen.count(each) for each in (row.first_id, row.second_id, "tie", "neither")]
        assert told == (*counts, len(chosen))
        assert row.disagreement == pytest.approx(1 - max(counts) / len(chosen))
        assert (row.mark_count or 0) == Mark.objects.filter(assignment__slot__pairing=row).count()
    assert [row.disagreement for row in rows] == sorted((row.disagreement for row in rows), reverse=True)
    page = text_of(staff.get(CASES))
    assert "9 pairs" in page
    assert "Longshore, scene 1" in page


def test_filters(study):
    def codes(**given):
        return {case_code(row) for row in find_cases(study, CaseFilters(**given))}

    everything = {case_code(row): row for row in find_cases(study, CaseFilters())}
    of_one = codes(system="quillon")
    assert len(of_one) == 6
    assert codes(system="quillon", other="people") == codes(system="people", other="quillon")
    assert len(codes(system="quillon", other="people")) == 3
    split, agree = codes(agreement="split"), codes(agreement="agree")
    assert split | agree == everything.keys()
    assert not split & agree
    assert all(everything[code].disagreement == 0 for code in agree)
    assert codes(marks="any") == {code for code, row in everything.items() if row.mark_count}
    assert codes(marks="plot") == set()
    assert codes(search="scene-en-2") == codes(search="SCENE-EN-2") != set()
    assert codes(search="longshore") == everything.keys()
    assert codes(search="%") == codes(language="zh") == set()
    assert codes(criterion="dialogue") == everything.keys()


def test_a_filter_of_marks_and_system_wants_the_mark_in_that_systems_script(study):
    pairing = first_case(study)
    assignment = assignments_of(pairing)[0]
    add_mark(assignment, "step", side=side_of(assignment, pairing.first), kind="character")
    systems = [pairing.first_system, pairing.second_system]
    found = [find_cases(study, CaseFilters(system=each, marks="character")).count() for each in systems]
    assert found == [1, 0]


def test_late_judgments_do_not_count_in_the_list_and_stand_on_the_page(study, staff):
    pairing = first_case(study)
    late = assignments_of(pairing)[0]
    Assignment.objects.filter(pk=late.pk).update(state="late", excluded="late")
    assert first_case(study).judged == 1
    page = text_of(staff.get(f"{CASES}{case_code(pairing)}/"))
    assert "late, not counted" in page
    assert late.rater.code in page


def test_what_an_address_asks_for_and_nobody_knows_is_ignored(study, staff):
    answer = staff.get(f"{CASES}?system=nobody&agreement=odd&sort=9&page=x&language=fr&criterion=%00")
    assert "9 pairs" in text_of(answer)


def test_the_primary_criterion_counts_where_none_is_named(study, staff):
    with unguarded():
        study.criteria.filter(slug="overall").update(order=9)
    html = staff.get(CASES).content.decode()
    options = re.search(r'<select name="criterion".*?</select>', html, re.DOTALL).group()
    assert re.findall(r'value="(\w+)"', options) == ["overall", "dialogue"]
    assert '<span class="unit" lang="en">Overall</span>' in html


def test_no_match_says_so_and_clears(study, staff):
    answer = staff.get(f"{CASES}?search=nowhere")
    assert "No cases match these filters." in text_of(answer)
    assert f'href="{CASES}">Clear filters' in answer.content.decode()
    assert "No marked passages match these filters." in text_of(staff.get(f"{CASES}passages/?marks=plot"))


def test_filters_stay_in_every_link(study, staff):
    query = "system=quillon&amp;agreement=split"
    page = staff.get(f"{CASES}?system=quillon&agreement=split").content.decode()
    assert f'cases.jsonl?{query}"' in page
    assert f"/?{query}" in page
    assert f"?{query}&amp;sort=marks" in page
    case = re.search(r'href="(/studies/harbour/report/cases/\w+-\w+/\?[^"]*)"', page)
    following = staff.get(case.group(1).replace("&amp;", "&")).content.decode()
    assert f"{CASES}?{query}" in following
    assert "case 1 of " in following


def test_previous_and_next_go_through_the_filtered_list(study, staff):
    filters = CaseFilters(system="quillon", sort="scene")
    codes = [case_code(row) for row in find_cases(study, filters)]
    path, seen = f"{CASES}{codes[0]}/?{filters.query}", []
    while path:
        seen.append(path)
        found = re.search(r'rel="next" href="([^"]+)"', staff.get(path).content.decode())
        path = found.group(1).replace("&amp;", "&") if found else ""
    assert seen == [f"{CASES}{code}/?{filters.query}" for code in codes]


@pytest.mark.slow
def test_more_than_a_page_is_divided(staff, tmp_path):
    factories.make_unblinded(tmp_path, briefs=10)
    page = staff.get(f"{CASES}?sort=scene").content.decode()
    assert "page 1 of 2" in page
    assert "?sort=scene&amp;page=2" in page
    assert page.count('<th scope="row">') == 25


# Passages


def test_the_passage_that_most_raters_marked_comes_first(study, staff):
    pairing = first_case(study)
    entry = pairing.first
    for kind, words in (("pacing", "She counts the steps"), ("pacing", "the steps aloud")):
        for assignment in assignments_of(pairing):
            add_mark(assignment, words, side=side_of(assignment, entry), kind=kind, note=f"about {words}")
    add_mark(assignments_of(pairing)[0], "The lamp", side=side_of(assignments_of(pairing)[0], entry))
    answer = staff.get(f"{CASES}passages/?system={pairing.first_system}")
    page = text_of(answer)
    # Two raters judged it in this pair, two more beside the third system.
    assert "2 of 4 raters" in page
    assert page.index("2 of 4 raters") < page.index("1 of 4 raters")
    html = answer.content.decode()
    assert '<mark class="mark-pacing">She counts the steps aloud</mark>' in html
    assert "INT. STAIRWELL 1 - NIGHT The lamp goes out. She counts the steps aloud and stops at nine." in page
    targets = re.findall(r'href="(/studies/harbour/report/cases/[\w-]+/)#([\w-]+)"', html)
    assert targets[0][0] == f"{CASES}{case_code(pairing)}/"
    for path, anchor in targets:
        assert f'id="{anchor}"' in staff.get(path).content.decode()


def test_passages_by_class_and_system(study, staff):
    pairing = first_case(study)
    assignment = assignments_of(pairing)[0]
    add_mark(assignment, "The lamp", side=side_of(assignment, pairing.first), kind="plot")
    path = f"{CASES}passages/?marks=plot&system="
    assert "1 marked passage" in text_of(staff.get(path + pairing.first_system))
    assert "No marked passage" in text_of(staff.get(path + pairing.second_system))


# The page of a case


def test_a_case_shows_texts_authors_judgments_and_guesses_by_system(study, staff):
    pairing = first_case(study)
    one = assignments_of(pairing)[0]
    with unguarded():
        Guess.objects.create(assignment=one, side=side_of(one, pairing.first), origin="machine", confidence=2)
    script = Script.objects.get(
        digest=pairing.second.revealed.script_digest, system__slug=pairing.second_system
    )
    Script.objects.filter(pk=script.pk).update(writer="w07")
    answer = staff.get(f"{CASES}{case_code(pairing)}/")
    html, page = answer.content.decode(), text_of(answer)
    for entry in (pairing.first, pairing.second):
        assert "".join(entry.html.split()) in "".join(html.replace("\N{NO-BREAK SPACE}", " ").split())
    assert "a machine (2/3)" in page
    assert "w07" in page
    case = load_cases(study, [pairing.pk])[0]
    assert [judgment.rater for judgment in case.judgments] == [
        each.rater.code for each in sorted(assignments_of(pairing), key=lambda each: each.submitted_at)
    ]
    for each, judgment in zip(assignments_of(pairing), case.judgments, strict=True):
        left = {"first": pairing.first_id, "second": pairing.second_id}[judgment.left]
        assert each.slot.left.pk == left
        scores = {side_of(each, getattr(pairing, side)): value for side, value in judgment.scores.items()}
        assert scores == dict(each.scores.values_list("side", "value"))
        overall = each.judgments.get(criterion__slug="overall").choice
        wanted = {"left": judgment.left, "right": {"first", "second"} - {judgment.left}}
        assert judgment.answers[0].choice in wanted.get(overall, overall)


def test_a_second_reading_is_shown_and_not_counted(study, staff):
    pairing = first_case(study)
    again = Pairing.objects.create(
        study_brief=pairing.study_brief, first=pairing.first, second=pairing.second, kind="repeat"
    )
    one = assignments_of(pairing)[0]
    slot = one.slot
    slot.pk, slot.pairing, slot.position = None, again, 99
    slot.save()
    now = database_now()
    with unguarded():
        Assignment.objects.create(
            rater=one.rater, slot=slot, state="submitted", leased_until=now, opened_at=now, submitted_at=now
        )
    assert first_case(study).judged == 2
    assert "repeat, not counted" in text_of(staff.get(f"{CASES}{case_code(pairing)}/"))


def test_marks_stand_in_place_and_link_both_ways(study, staff):
    pairing = first_case(study)
    one = assignments_of(pairing)[0]
    add_mark(one, "steps aloud and", side=side_of(one, pairing.first), kind="plot", note="why?")
    add_mark(one, "aloud and stops", side=side_of(one, pairing.first), kind="pacing")
    html = staff.get(f"{CASES}{case_code(pairing)}/").content.decode()
    assert '<mark class="mark-plot">steps </mark>' in html
    assert '<mark class="mark-pacing mark-plot mark-several">aloud and</mark>' in html
    assert '<mark class="mark-pacing"> stops</mark>' in html
    ids = re.findall(r'\bid="([^"]+)"', html)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="#([^"]+)"', html)) <= set(ids)


def test_equal_marks_of_one_rater_have_places_of_their_own(study, staff):
    one = assignments_of(first_case(study))[0]
    with unguarded():
        for _time in range(2):
            Mark.objects.create(
                assignment=one, side="left", error_class="plot", submitted_at=one.submitted_at
            )
    html = staff.get(f"{CASES}{case_code(first_case(study))}/").content.decode()
    ids = re.findall(r'\bid="([^"]+)"', html)
    assert len(ids) == len(set(ids))


HOSTILE = [
    "<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "\u202egnorw", "x" * 10_000, "{{ study }}",
]  # fmt: skip


@pytest.mark.parametrize("words", HOSTILE)
def test_hostile_words_and_scripts_are_escaped(study, staff, words):
    pairing = first_case(study)
    one = assignments_of(pairing)[0]
    parsed = house(parse(f"INT. A - DAY\n\nThe lamp {words}.\n", "en"))
    tamper({"pk": pairing.first_id}, text=parsed.text, html=render_html(parsed))
    pairing.first.refresh_from_db()
    add_mark(one, "lamp", side=side_of(one, pairing.first), note=words, entry=pairing.first)
    Assignment.objects.filter(pk=one.pk).update(reason=words)
    for path in (f"{CASES}{case_code(pairing)}/", f"{CASES}passages/?marks=plot"):
        html = staff.get(path).content.decode()
        assert "<script>alert" not in html
        assert "<img" not in html
        assert words == "{{ study }}" or "harbour }}" not in html
    if "\u202e" in words:
        # It changes nothing outside its element.
        assert html.count("\u202e") == len(re.findall(r"<bdi>[^<]*\u202e[^<]*</bdi>", html))


@pytest.mark.usefixtures("added_marks")
def test_erased_words_are_shown_as_erased(study, staff):
    pairing = first_case(study)
    one = assignments_of(pairing)[0]
    add_mark(one, "lamp", note="a secret word")
    services.withdraw(rater=one.rater, erase=True)
    page = text_of(staff.get(f"{CASES}{case_code(pairing)}/"))
    assert "a secret word" not in page
    assert "The rater's comments were erased." in page
    record = next(row for row in lines_of(staff.get(LINES)) if row["case"] == case_code(pairing))
    told = {row["rater"]: row["words_erased"] for row in record["judgments"]}
    assert told[one.rater.code]
    assert sum(told.values()) == 1


def test_no_label_or_key_of_a_rater_is_shown(study, staff):
    code = case_code(first_case(study))
    for path in (CASES, f"{CASES}passages/", f"{CASES}{code}/"):
        html = staff.get(path).content.decode()
        for rater in study.raters.all():
            assert rater.secret_hash not in html


# Exports


@pytest.mark.usefixtures("added_marks")
def test_the_lines_say_what_the_page_says(open_rights, staff):
    pairing = first_case(open_rights)
    for assignment in assignments_of(pairing):
        for side in ("left", "right"):
            add_mark(assignment, "counts the steps", side=side, note=factories.NOTE)
    answer = staff.get(LINES)
    assert answer["Content-Disposition"] == 'attachment; filename="harbour-cases.jsonl"'
    rows = lines_of(answer)
    assert [row["case"] for row in rows] == [case_code(row) for row in find_cases(open_rights, CaseFilters())]
    marks = [(mark, script) for row in rows for script in row["scripts"] for mark in script["marks"]]
    assert len(marks) == Mark.objects.count()
    for mark, script in marks:
        if mark["start"] is not None:
            assert script["text"][mark["start"] : mark["end"]] == mark["quote"] == "counts the steps"
    judgments = [judgment for row in rows for judgment in row["judgments"]]
    assert len(judgments) == Assignment.objects.filter(state="submitted").count()
    for row in rows:
        systems = {script["system"] for script in row["scripts"]}
        for judgment in row["judgments"]:
            assert judgment["left"] in systems
            assert {answer["choice"] for answer in judgment["answers"]} <= systems | {"tie", "neither"}
            assert judgment["scores"].keys() == judgment["read_seconds"].keys() == systems


def test_the_filtered_list_is_what_is_exported(study, staff):
    rows = lines_of(staff.get(f"{LINES}?system=quillon&other=marrow"))
    assert len(rows) == 3
    assert {script["system"] for row in rows for script in row["scripts"]} == {"quillon", "marrow"}


@pytest.mark.usefixtures("added_marks")
def test_without_the_right_to_pass_it_on_no_export_has_a_text(study, staff):
    pairing = first_case(study)
    add_mark(assignments_of(pairing)[0], "counts the steps")
    row = next(row for row in lines_of(staff.get(LINES)) if row["case"] == case_code(pairing))
    assert {script["text"] for script in row["scripts"]} == {None}
    assert {script["reason"] for script in row["scripts"]} == {"study-rights"}
    assert {mark["quote"] for script in row["scripts"] for mark in script["marks"]} == {None}
    answer = staff.get(f"{CASES}{case_code(pairing)}.html")
    assert "counts the steps" not in answer.content.decode()
    assert text_of(answer).count("the study file allows its scripts to be shown to raters only") == 2
    # Staff may still read it on the site.
    assert "counts the steps" in re.sub(
        "<[^>]*>", "", staff.get(f"{CASES}{case_code(pairing)}/").content.decode()
    )


def test_the_rights_of_one_script_forbid_its_text_alone(open_rights, staff):
    pairing = first_case(open_rights)
    script = Script.objects.get(
        digest=pairing.first.revealed.script_digest, system__slug=pairing.first_system
    )
    Source.objects.create(
        script=script, file_name="a.txt", file_digest="0" * 64, format="plain", rights="show"
    )
    row = next(row for row in lines_of(staff.get(LINES)) if row["case"] == case_code(pairing))
    first, second = row["scripts"]
    assert (first["text"], first["reason"], first["rights"]) == (None, "script-rights", "show")
    assert (second["text"], second["reason"]) == (pairing.second.text, None)
    page = text_of(staff.get(f"{CASES}{case_code(pairing)}.html"))
    assert page.count("this script was imported for raters only") == 1
    assert "She counts the steps" in page


def test_the_html_file_stands_alone(open_rights, staff):
    code = case_code(first_case(open_rights))
    answer = staff.get(f"{CASES}{code}.html")
    html = answer.content.decode()
    assert answer["Content-Disposition"] == f'attachment; filename="harbour-{code}.html"'
    assert "<style>" in html
    for outside in ("<script", "<link", "src=", "url(", 'href="/'):
        assert outside not in html


def test_a_changed_study_is_not_exported(study, staff):
    code = case_code(first_case(study))
    tamper({"study_brief__study": study}, text="another")
    assert staff.get(LINES).status_code == 409
    assert staff.get(f"{CASES}{code}.html").status_code == 409


# Cost


def test_the_number_of_queries_does_not_grow(study, staff, django_assert_max_num_queries):
    keys = list(find_cases(study, CaseFilters()).values_list("pk", flat=True))
    for number in (1, 9):
        with django_assert_max_num_queries(11):
            assert len(load_cases(study, keys[:number])) == number
    for assignment in Assignment.objects.filter(state="submitted"):
        add_mark(assignment, "lamp")
    for path, most in ((CASES, 16), (f"{CASES}passages/", 16)):
        with django_assert_max_num_queries(most):
            staff.get(path)


def test_a_study_of_single_scripts_has_one_script_per_case(staff, tmp_path):
    path = write(tmp_path, "score: true\nmarks: true\nrights: redistribute\n", design="{kind: single}")
    replace_in(path, "criteria: [overall, dialogue]\n", "")
    replace_in(path, "count: 6", "count: 3")
    study = opened(path)
    rater = services.enrol(study=study, languages=["en"], by="rae").rater
    for score in (3, 5):
        held = services.lease_next_assignment(rater=rater)
        mark = SubmissionMark("left", "plot", start=0, end=9)
        given = Submission(judgments={}, scores={"left": score}, marks=[mark], layout="single")
        services.submit(assignment=held, submission=given)
    factories.unblind(study)
    base = f"/studies/{study.slug}/report/"
    page = staff.get(f"{base}cases/?marks=plot&other=human&agreement=split").content.decode()
    assert "2 scripts" in page
    assert "Outcome" not in page
    code = re.search(r'cases/(\w+)/\?marks=plot"', page).group(1)
    case = staff.get(f"{base}cases/{code}/?marks=plot")
    assert "case 1 of 2" in text_of(case)
    assert case.content.decode().count('class="case-script"') == 1
    assert "2 marked passages" in text_of(staff.get(f"{base}cases/passages/"))
    (row,) = [row for row in lines_of(staff.get(f"{base}cases.jsonl")) if row["case"] == code]
    (script,) = row["scripts"]
    (mark,) = script["marks"]
    assert mark["quote"] == script["text"][:9]
    assert row["judgments"][0]["scores"].keys() == {script["system"]}
    assert staff.get(f"{base}cases/{code}.html").status_code == 200
