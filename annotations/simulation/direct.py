"""A simulated rater without pages: the same forms and services as behind a rater's pages, in this process.

Several times as fast as over HTTP, and it shows nothing about the pages. For studies with much to judge.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

from django import forms
from django.utils.datastructures import MultiValueDict

from annotations.desk import services
from annotations.desk.forms import ConsentForm, ProfileForm
from annotations.desk.judging_form import JudgingForm
from annotations.models import Assignment, Entry, Rater, Study
from annotations.simulation.answers import Answers, Values
from annotations.simulation.pages import Field, Form, Places, read_script
from evalsite.core.errors import OperationError

NOT_WITHOUT_PAGES = ("practice", "checks", "guess")


class DirectRater:
    """Use `judge()`, once; it goes on where this rater stopped before. `note(assignment)` follows each
    judgment."""

    def __init__(self, code: str, answers: Answers, note: Callable[[str], None] = lambda code: None) -> None:
        self._rater = Rater.objects.select_related("study").get(code=code)
        self._answers = answers
        self._note = note

    def judge(self) -> int:
        """Judge all that is left of the seat, and say how much that was. Raises OperationError."""
        self._introduce()
        count = 0
        while (held := services.lease_next_assignment(rater=self._rater)) is not None:
            self._submit(self._with_texts(held))
            self._note(held.code)
            count += 1
        return count

    def _introduce(self) -> None:
        """Consent, profile and instructions, as far as they are not there yet."""
        rater, language = self._rater, self._rater.languages[0]
        if not rater.consents.exists():
            form = self._filled(ConsentForm, self._answers.about_me(_form_of(ConsentForm())))
            training_use = form.cleaned_data["training_use"]
            services.give_consent(rater=rater, language=language, training_use=training_use)
        if not rater.profile:
            build = partial(ProfileForm, [])
            profile = self._filled(build, self._answers.about_me(_form_of(build())))
            assert isinstance(profile, ProfileForm)
            services.save_profile(rater=rater, profile=profile.profile(), series_known=[])
        if rater.instructed_at is None:
            services.mark_instructed(rater=rater)

    def _submit(self, held: Assignment) -> None:
        build = partial(JudgingForm.for_assignment, held)
        seen = [_seen(entry) for entry in held.slot.sides.values()]
        scripts, places = [text for text, _ in seen], [found for _, found in seen]
        form = self._filled(build, self._answers.judged(_form_of(build()), scripts, places, held.code))
        assert isinstance(form, JudgingForm)
        result = services.submit(assignment=held, submission=form.submission())
        if result.outcome != "submitted":
            raise OperationError(f"assignment {held.code} was not taken: {result.outcome}.")

    def _with_texts(self, held: Assignment) -> Assignment:
        """The assignment with all that its form needs; the study's file is long, and does not change."""
        related = ("slot__seat", "slot__pairing__first", "slot__pairing__second")
        found = Assignment.objects.select_related(*related).get(pk=held.pk)
        found.rater, found.slot.seat.study = self._rater, self._rater.study
        return found

    def _filled(self, build: Callable[..., forms.Form], values: Values) -> forms.Form:
        form = build(data=MultiValueDict({name: list(each) for name, each in values.items()}))
        if not form.is_valid():
            raise OperationError(f"rater {self._rater.code}: the form was refused: {dict(form.errors)}")
        return form


def require_plain(study: Study) -> None:
    """Raises OperationError for a study in which raters meet more than consent, profile and scripts."""
    if used := [key for key in NOT_WITHOUT_PAGES if study.spec.get(key)]:
        raise OperationError(
            f"study {study.slug} has {', '.join(used)}. Fix: simulate over HTTP, without --direct."
        )


_scripts: dict[int, tuple[str, Places]] = {}


def _seen(entry: Entry) -> tuple[str, Places]:
    """The visible text of a script and its elements. Entries are few and never change."""
    if entry.pk not in _scripts:
        _scripts[entry.pk] = read_script(entry.html)
    return _scripts[entry.pk]


def _form_of(form: forms.Form) -> Form:
    """A form of Django's as a page would show it."""
    fields = {}
    for name, field in form.fields.items():
        if isinstance(field, forms.BooleanField):
            fields[name] = Field(name, "checkbox", ["on"], required=field.required)
        elif isinstance(field, forms.MultipleChoiceField):
            fields[name] = Field(name, "checkbox", _options(field))
        elif isinstance(field, forms.ChoiceField):
            kind = "select" if field.required else "text"
            fields[name] = Field(name, kind, _options(field))
        else:
            fields[name] = Field(name, "text")
    return Form("", "post", fields)


def _options(field: forms.ChoiceField) -> list[str]:
    choices: Any = field.choices
    return [str(value) for value, _ in choices]
