"""The page of an assignment: brief, scripts, questions, scores, rows for marks, and what is missing.

`judging_page` renders it as a whole. A pair of which nothing is saved yet is by far the most frequent page;
`fresh_page` puts it together from parts of the same templates.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from functools import lru_cache
from typing import Any

from django.forms import BoundField
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import resolve_url
from django.template.loader import render_to_string
from django.utils.html import escape
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from annotations.desk import printing, queries, services
from annotations.desk.answers import MOST_CHANGES, PARTS
from annotations.desk.consent import study_contact
from annotations.desk.judging_form import (
    LONGEST_NOTE,
    MEASURE_FIELDS,
    STRENGTHS,
    JudgingForm,
    Key,
    SkipForm,
    brief_at,
    interruptions_at,
    questions_at,
    skip_reasons,
    study_at,
)
from annotations.desk.next_page import form_token, signed_in_as
from annotations.desk.page_parts import Cut, Part, cut, join, mark
from annotations.desk.queries import OpenPair
from annotations.desk.sessions import page_context
from annotations.models import (
    Answer,
    Assignment,
    Choice,
    Criterion,
    Entry,
    Mark,
    Rater,
    StudyBrief,
    localized,
)
from annotations.spec import study_options
from annotations.spec.mark_kinds import GOOD_LINE, GOOD_LINE_LABEL
from annotations.spec.study_options import LETTERS
from evalsite.core.statics import TAKES_GZIP
from evalsite.core.views import display, display_of
from generation.screenplay.page_count import count_pages

State = Assignment.State
_BEFORE_DASH = re.compile(r"(?<=\S) (?=--|[\u2013\u2014])")
_DASH = re.compile(r"--+")
DASHES = ("--", "\N{EN DASH}", "\N{EM DASH}")
SCENE = '<section class="scene">'
_WITHIN = re.compile(
    r'(?<=</section>\n)<section class="scene">'
    r'(?=\n<h3 class="sp-heading"[^>]*>(?!(?:INT|EXT|EST|I/E)\b)[^<\-\u2013\u2014\u2E80-\u9FFF]+</h3>)',
    re.IGNORECASE,
)
OF_TWO = ("read-right", "share-right", "switches")
"""Measures that only two scripts side by side have."""


def judging_page(
    request: HttpRequest,
    rater: Rater,
    held: Assignment,
    form: JudgingForm,
    saved: Answer | None,
    *,
    skip_form: SkipForm | None = None,
    changing: bool = False,
    outdated: bool = False,
    changed: bool = False,
    status: int = 200,
) -> HttpResponse:
    """The page of an open assignment, with the saved answers and their errors.

    `changing`: the answer was submitted and is being changed; `outdated` by another window meanwhile.
    `changed`: the answer before this one was just changed.
    """
    brief = held.slot.pairing.study_brief
    context = page_context(
        rater,
        assignment=held,
        single=form.single,
        before=None if changing or (saved and saved.revision) else _before(held),
        changing=changing,
        outdated=outdated,
        changed=changed,
        can_change=not changing and services.changeable_assignment(rater) is not None,
        reading=saved.reading if saved else {},
        revision=held.revision if changing else saved.revision if saved else 0,
        skip_form=skip_form,
        **_brief_context(brief.content, brief.language),
        **_form_context(
            form, {side: html_with_pages(one.html, one.pages) for side, one in held.slot.sides.items()}
        ),
    )
    people = _people(brief.content, _earlier_briefs(rater, brief))
    context["previous"] = render_to_string("rater/_previous_pair.html", context)
    context["brief_html"] = render_to_string("rater/_brief.html", context | people)
    context["cards"] = [
        render_to_string("rater/_criterion_card.html", context | {"q": q}) for q in context["others"]
    ]
    context |= {"token": mark("token"), "csrf_token": mark("csrf")}
    page = cut(render_to_string("rater/judge.html", context, request))
    return _send(request, page, {"token": form_token(rater.code, held.code)}, status)


def fresh_page(request: HttpRequest, code: str) -> HttpResponse | None:
    """The page of an open pair of which nothing is saved yet, from one query and from cached parts.

    None for every other page; `judging_page` renders those.
    """
    rater, link = signed_in_as(request)
    found = queries.open_pair(code=code, rater=rater, link=link) if rater else None
    # What a pair was given back for, and practice, have words of their own.
    if found is None or found.before == State.RELEASED:
        return None
    if not found.practised and study_at(found.study).spec.get("practice"):
        return None
    look, language = display(request)["display"], get_language() or "en"
    single, order = found.right is None, json.loads(found.criteria)
    brief = brief_at(found.brief)
    people = _people(brief, [brief_at(key) for key in found.earlier])
    flags = tuple((person["met"], person["known"]) for person in people["people"])
    done = found.judged + found.skipped + found.late
    values: dict[str, str | Part | Cut] = {
        "code": code,
        "rater": rater,
        "token": form_token(rater, code),
        "position": str(done + 1),
        "total": str(done + found.ahead),
        "done": str(done),
        "scene": escape(scene_title(brief)),
        "length": escape(brief.get("target_length", "")),
        "brief": _brief_part(found.brief, language, single, flags),
        "left": _script_part(found.left),
        "previous": _previous_part(found.before, language, single, _may_change(found)),
    }
    if found.right is not None:
        values["right"] = _script_part(found.right)
        for place, slug in enumerate(order[1:]):
            values[f"card{place}"] = _card_part(found.study, slug, language)
    primary = order[0] if order else ""
    looks = (look["theme"], look["size"])
    frame = _frame(found.study, primary, single, brief["language"], found.profile, language, *looks)
    return _send(request, frame, values)


def _send(request: HttpRequest, page: Cut, values: dict[str, Any], status: int = 200) -> HttpResponse:
    packed = bool(TAKES_GZIP.search(request.META.get("HTTP_ACCEPT_ENCODING", "")))
    content = join(page, {**values, "csrf": get_token(request)}, packed=packed)
    response = HttpResponse(content, status=status, headers={"Vary": "Accept-Encoding"})
    if packed:
        response["Content-Encoding"] = "gzip"
    return response


def no_entry(side: str) -> Entry:
    """Raise: a form that only shows its questions never asks for a script."""
    raise NotImplementedError(side)


# Parts of the page, by everything that they depend on. The language is the active one.


@lru_cache(maxsize=256)
def _frame(
    study_key: Key,
    primary: str,
    single: bool,
    script_language: str,
    profile: bool,
    language: str,
    theme: str,
    size: str,
) -> Cut:
    """All of the page that is the same for all raters and pairs of a study."""
    study = study_at(study_key)
    others = [one.slug for one in study.criteria.all() if one.slug != primary]
    questions = questions_at(study_key, tuple(filter(None, (primary, *others))), single)
    form = JudgingForm(questions, no_entry)
    context = {
        "rater": {"code": mark("rater"), "profile": profile, "instructed_at": True},
        "study": study,
        "single": single,
        "paid": study_options.pay_options(study) is not None,
        "contact": study_contact(study),
        "progress": {name: mark(name) for name in ("position", "total", "done")},
        "assignment": {"code": mark("code")},
        "request": {"get_full_path": resolve_url("assignment", mark("code"))},
        "brief_language": script_language,
        "brief": {"target_length": mark("length")},
        "scene": mark("scene"),
        "previous": mark("previous"),
        "brief_html": mark("brief"),
        "cards": [mark(f"card{place}") for place in range(len(form.criteria[1:]))],
        "reading": {},
        "revision": 0,
        **_form_context(form, {side: mark(side) for side in questions.sides}),
        "token": mark("token"),
        "csrf_token": mark("csrf"),
    }
    context["display"] = display_of(theme, size)
    return cut(render_to_string("rater/judge.html", context))


@lru_cache(maxsize=1024)
def _script_part(entry: int) -> Part:
    html, pages = queries.entry_html(entry)
    return Part(html_with_pages(html, json.loads(pages) if pages else None).encode())


@lru_cache(maxsize=512)
def _brief_part(key: Key, language: str, single: bool, flags: Sequence[tuple[bool, bool]]) -> Part:
    brief = brief_at(key)
    people = [
        {**person, "met": met, "known": known}
        for person, (met, known) in zip(brief.get("characters", []), flags, strict=True)
    ]
    context = {**_brief_context(brief, brief["language"]), **_people_context(people), "single": single}
    return Part(render_to_string("rater/_brief.html", context).encode())


@lru_cache(maxsize=1024)
def _card_part(study: Key, slug: str, language: str) -> Part:
    form = JudgingForm(questions_at(study, (slug,), single=False), no_entry)
    context = {"q": _question(form, form.criteria[0])}
    return Part(render_to_string("rater/_criterion_card.html", context).encode())


@lru_cache(maxsize=32)
def _previous_part(state: str, language: str, single: bool, can_change: bool) -> Cut:
    before = {"state": state, "series": ""}
    progress = {"done": mark("done")}
    context = {"before": before, "single": single, "progress": progress, "can_change": can_change}
    return cut(render_to_string("rater/_previous_pair.html", context))


def _may_change(found: OpenPair) -> bool:
    """Whether to offer a change of the last answer. Its page says no in rare cases."""
    return found.judged > 0 and found.before != State.LATE and not interruptions_at(found.study)[1]


def _brief_context(brief: Mapping[str, Any], language: str) -> dict[str, Any]:
    return {"brief": brief, "brief_language": language, "scene": scene_title(brief)}


def _form_context(form: JudgingForm, htmls: Mapping[str, str]) -> dict[str, Any]:
    """Questions, scores, scripts and rows for marks."""
    questions = [_question(form, criterion) for criterion in form.criteria]
    return {
        "form": form,
        "scripts": [_script(form, side, html) for side, html in htmls.items()],
        "primary": questions[0] if questions else None,
        "others": questions[1:],
        "scores": _scores(form),
        "errors": _errors(form),
        "first_gap": next((name for name in form.errors if name.startswith(("choice-", "score-"))), ""),
        "too_long": _only_too_long(form),
        "questions_digest": form.questions.digest,
        "measures": [name for name in MEASURE_FIELDS if not (form.single and name in OF_TWO)],
        "mark_classes": _mark_classes(form),
        "good_line": GOOD_LINE,
        "severities": Mark.Severity.choices if form.questions.rates_severity else [],
        "parts": PARTS,
        "most": {"marks": Mark.MOST_PER_SCRIPT, "note": LONGEST_NOTE, "changes": MOST_CHANGES},
        "skip_reasons": skip_reasons(single=form.single),
    }


def _before(held: Assignment) -> dict[str, str]:
    """What became of the rater's assignment before this one: its `state`, and the `series` that it was given
    back for, as one that the rater worked on; both "" where there was none."""
    earlier = Assignment.objects.filter(rater=held.rater_id, pk__lt=held.pk).order_by("-pk")
    last = earlier.select_related("slot__pairing__study_brief").first()
    if last is None:
        return {"state": "", "series": ""}
    given_back = last.state == State.RELEASED and services.in_conflict(held.rater, last.slot)
    brief = last.slot.pairing.study_brief
    return {"state": last.state, "series": brief.content["series"]["title"] if given_back else ""}


def assignment_pdf(rater: Rater, held: Assignment) -> bytes:
    """The assignment as a PDF: brief, then the scripts in the order of the page."""
    form = JudgingForm.for_assignment(held)
    brief = held.slot.pairing.study_brief
    texts = brief.content
    people = [(person["name"], person["profile"]) for person in texts.get("characters", [])]
    parts = [
        (_("What happened before"), texts.get("previous_context", "")),
        (_("Outline"), texts.get("outline", "")),
        (_("Guideline"), texts.get("guideline", "")),
    ]
    return printing.pair_pdf(
        code=rater.code,
        paging=_("page {page} of {pages}"),
        where=_where(rater, single=form.single),
        scene=scene_title(texts),
        name=_("Brief"),
        brief=[part for part in parts if part[1]],
        people=(_("Characters"), people),
        scripts={
            _name(form, side): keep_dashes_with_words(entry.html) for side, entry in held.slot.sides.items()
        },
        language=brief.language,
    )


def _where(rater: Rater, *, single: bool) -> str:
    """Which pair or script of the rater's it is, as the page's head says it."""
    if practice := services.current_practice(rater):
        return _("Practice %(number)s of %(of)s") % {"number": practice.number, "of": practice.of}
    place = services.progress(rater)
    words = _("Script %(position)s of %(total)s") if single else _("Pair %(position)s of %(total)s")
    return words % {"position": place.position, "total": place.total}


def scene_title(brief: Mapping[str, Any]) -> str:
    """Which scene of which series, by the title that raters see. It is the same for both scripts of a
    brief, and says nothing of either."""
    title = brief.get("series", {}).get("title", "")
    if not title or "order" not in brief:
        return str(title)
    return _("%(series)s, scene %(number)s") % {"series": title, "number": brief["order"]}


def keep_dashes_with_words(html: str) -> str:
    """A script's HTML with dashes that no line begins with: a space before one does not break. It stays one
    character, so that places in the text stay as they are."""
    if not any(dash in html for dash in DASHES):
        return html
    return _BEFORE_DASH.sub("\N{NO-BREAK SPACE}", html)


def html_for_browser(html: str) -> str:
    """The same for a browser, which would part the two hyphens of a typed dash: they are in an element of
    their own within that of their line, which places.js looks through. A heading that names neither inside or
    outside nor a time, such as AT THE GATE, is within its scene and begins none."""
    within = keep_dashes_with_words(html)
    if within.count(SCENE) > 1:
        within = _WITHIN.sub('<section class="scene scene-within">', within)
    return _DASH.sub(r'<span class="sp-dash">\g<0></span>', within)


def html_with_pages(html: str, pages: Mapping[str, Any] | None) -> str:
    """A script's HTML for a browser, with the number of each page at the element that begins it.

    `pages` is `Entry.pages`; for older studies it is estimated here.
    """
    if pages is None:
        pages = asdict(count_pages(html, "zh" if 'class="script script-zh"' in html else "en"))
    found = html
    for number, start in reversed(list(enumerate(pages["starts"], start=2))):
        at = found.find(f'data-o="{start}"')
        begin = max(found.rfind("<p ", 0, at), found.rfind("<h3 ", 0, at))
        if at >= 0 and begin >= 0:
            end = found.index(">", begin)
            found = f'{found[:end]} data-page="{number}"{found[end:]}'
    attributes = f' data-pages="{len(pages["starts"]) + 1}" data-eighths="{pages["eighths"]}">'
    return html_for_browser(found.replace(">", attributes, 1))


def _earlier_briefs(rater: Rater, brief: StudyBrief) -> list[dict[str, Any]]:
    """Contents of the series' briefs whose scripts the rater has judged, skipped or practised on."""
    earlier = rater.assignments.filter(
        slot__pairing__study_brief__series_slug=brief.series_slug,
        state__in=[State.SUBMITTED, State.LATE, State.SKIPPED, State.PRACTISED],
    ).exclude(skip_reason=services.CONFLICT)
    return list(earlier.values_list("slot__pairing__study_brief__content", flat=True))


def _people(brief: Mapping[str, Any], earlier: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """The people of the brief, each `met` where an earlier scene of the series had them, and `known` where it
    had this very profile, which then starts folded."""
    read = {(one["name"], one["profile"]) for content in earlier for one in content.get("characters", [])}
    met = {name for name, _profile in read}
    return _people_context(
        [
            {**person, "met": person["name"] in met, "known": (person["name"], person["profile"]) in read}
            for person in brief.get("characters", [])
        ]
    )


def _people_context(people: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "people": people,
        "known_people": any(person["known"] for person in people),
        "new_people": not all(person["known"] for person in people),
    }


def _name(form: JudgingForm, side: str) -> str:
    """What a script is called, on the page and to a screen reader: never more than this."""
    if form.single:
        return _("Script")
    return _("Script A") if side == "left" else _("Script B")


def _script(form: JudgingForm, side: str, html: str) -> dict[str, Any]:
    return {
        "side": side,
        "letter": "" if form.single else LETTERS[side],
        "name": _name(form, side),
        "html": html,
        "marks": _marks(form, side),
        # The row that the page's script copies for one more mark: NUMBER is replaced by the number.
        "mark_name": f"mark-{side}-NUMBER",
        "mark_classes": [{"value": value, "label": label} for value, label in _mark_classes(form)],
        "severities": [
            {"value": value, "label": label}
            for value, label in (Mark.Severity.choices if form.questions.rates_severity else [])
        ],
        "knew": f"knew-{side}",
        "known": bool(form[f"knew-{side}"].value()),
    }


def _options(field: BoundField, labels: Iterable[tuple[str, Any]]) -> list[dict[str, Any]]:
    chosen = str(field.value() or "")
    return [
        {"value": value, "label": label, "id": f"{field.html_name}-{value}", "checked": value == chosen}
        for value, label in labels
    ]


def _question(form: JudgingForm, criterion: Criterion) -> dict[str, Any]:
    choice = form[f"choice-{criterion.slug}"]
    labels = {
        Choice.LEFT: _("Script A is better"),
        Choice.RIGHT: _("Script B is better"),
        Choice.TIE: _("Too close to call"),
        Choice.NEITHER: _("Neither is usable"),
    }
    question = {
        "criterion": criterion,
        "name": choice.html_name,
        "options": _options(choice, labels.items()),
        "errors": choice.errors,
        "optional": form.questions.is_optional(criterion),
    }
    if criterion.with_strength:
        strength = form[f"strength-{criterion.slug}"]
        question |= {"strength_name": strength.html_name, "strengths": _options(strength, STRENGTHS)}
    return question


def _scores(form: JudgingForm) -> list[dict[str, Any]]:
    """For each script its numbers by tier: [(label, options)]; one unlabelled where it has none."""
    if not form.rubric:
        return []
    found = []
    for side in form.questions.sides:
        field = form[f"score-{side}"]
        numbers = [(str(n), n) for n in range(form.rubric["min"], form.rubric["max"] + 1)]
        options = _options(field, numbers)
        bands = form.rubric.get("tiers") or [
            {"from": form.rubric["min"], "to": form.rubric["max"], "label": None}
        ]
        tiers = [
            (band["label"], [o for o in options if band["from"] <= o["label"] <= band["to"]])
            for band in bands
        ]
        letter = "" if form.single else LETTERS[side]
        found.append(
            {
                "name": field.html_name,
                "letter": letter,
                "tiers": tiers,
                "errors": field.errors,
                "optional": form.questions.scores_optional,
            }
        )
    return found


def _marks(form: JudgingForm, side: str) -> list[dict[str, Any]]:
    return [_mark(form, f"mark-{side}-{number}", number) for number in form.rows(side)]


def _mark(form: JudgingForm, name: str, number: int) -> dict[str, Any]:
    kind, note, start, end = (form[f"{name}-{part}"] for part in ("class", "note", "start", "end"))
    rated = form.questions.rates_severity
    return {
        "name": name,
        "number": number,
        "classes": _options(kind, _mark_classes(form)),
        "severities": _options(form[f"{name}-severity"], Mark.Severity.choices) if rated else [],
        "errors": [*kind.errors, *note.errors],
        "note": note.value() or "",
        "start": start.value() or "",
        "end": end.value() or "",
    }


def _mark_classes(form: JudgingForm) -> list[tuple[str, str]]:
    """What a mark can say, with labels in the reader's language."""
    if form.questions.marks is None:
        return []
    labels = {kind.slug: kind.label for kind in form.questions.marks.kinds} | {GOOD_LINE: GOOD_LINE_LABEL}
    return [(name, localized(labels[name], get_language() or "en")) for name in form.questions.mark_classes]


def _errors(form: JudgingForm) -> list[dict[str, str]]:
    """The list at the top of a page that came back: what is missing by its name alone, else what is wrong
    with it, with a link to the place."""
    found = []
    for name, problems in form.errors.as_data().items():
        # A mark has one place for all that is wrong with it.
        target = re.sub(r"^(mark-.*)-note$", r"\1-class", name)
        about = _about(form, name)
        for problem in problems:
            text = " ".join(problem.messages)
            said = about if about and problem.code == "required" else text
            if about and said == text:
                said = _("%(about)s: %(text)s") % {"about": about, "text": text}
            found.append({"target": target, "said": said})
    return found


def _only_too_long(form: JudgingForm) -> bool:
    codes = [problem.code for problems in form.errors.as_data().values() for problem in problems]
    return bool(codes) and set(codes) == {"max_length"}


def _about(form: JudgingForm, name: str) -> str:
    if name in ("reason", "note"):
        return _("Your reason") if name == "reason" else _("Notes for yourself")
    for criterion in form.criteria:
        if name.endswith(f"-{criterion.slug}"):
            return localized(criterion.label, get_language() or "en")
    side = next((side for side in form.questions.sides if side in name), None)
    if side is None or form.single:
        return ""
    if name.startswith("score-"):
        return _("Score for Script %(letter)s") % {"letter": LETTERS[side]}
    return _name(form, side)
