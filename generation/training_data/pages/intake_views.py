"""Bringing screenplays through the browser: files and what is told of them, a look at each, storing."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from evalsite.core.access import staff_required
from evalsite.core.errors import InputError, InputErrors
from evalsite.core.models import Role, User
from evalsite.core.reason_codes import sentence
from evalsite.core.views import see_other
from generation.access import team_key, team_of_new
from generation.models import Language, Series, Source
from generation.screenplay.formats import scenes
from generation.screenplay.formats.sniff import LARGEST
from generation.screenplay.formats.sniff import MOST_BYTES as MOST_BYTES_OF
from generation.training_data.access import intake_or_404, rows_in
from generation.training_data.corpus import intake as intakes
from generation.training_data.corpus.cutting import SILENT, SILENT_FIX
from generation.training_data.corpus.services import RIGHTS, Changed, known_titles
from generation.training_data.corpus.similar_scenes import Index, hides
from generation.training_data.models import Intake, IntakeFile, Work
from generation.uploads import messages as upload_words
from generation.uploads.new_upload import takes_files
from generation.yaml_files import SLUG

MOST_FILES = 20
UNSAID = [("", gettext_lazy("not stated"))]


class SeveralFiles(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    widget = SeveralFiles

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile]:
        given = data if isinstance(data, list) else [data] if data else []
        if not given:
            raise forms.ValidationError(_("Choose a file first."))
        if len(given) > MOST_FILES:
            raise forms.ValidationError(
                _("Choose at most %(most)d files. Import larger folders on the command line.")
                % {"most": MOST_FILES}
            )
        return [super(FilesField, self).clean(each, initial) for each in given]


class IntakeForm(forms.Form):
    scripts = FilesField(allow_empty_file=True)
    series = forms.CharField(max_length=60)
    series_title = forms.CharField(max_length=200, required=False)
    language = forms.ChoiceField(choices=Language.choices)
    genre = forms.CharField(max_length=60, required=False)
    origin = forms.ChoiceField(choices=[*UNSAID, *Source.Origin.choices], required=False)
    version = forms.ChoiceField(choices=[*UNSAID, *Source.Version.choices], required=False)
    rights = forms.ChoiceField(choices=Work.Rights.choices)
    credit = forms.CharField(max_length=4000, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args: Any, team: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.team = team

    def clean_series(self) -> str:
        return self._slug("series")

    def clean_genre(self) -> str:
        return self._slug("genre") if self.cleaned_data["genre"] else ""

    def _slug(self, field: str) -> str:
        slug = str(self.cleaned_data[field])
        if not SLUG.match(slug):
            raise forms.ValidationError(
                _("Use lower-case letters, digits and single hyphens, for example long-grass.")
            )
        return slug

    def clean(self) -> dict[str, Any]:
        """A series that is known keeps its title and its language."""
        data = super().clean() or self.cleaned_data
        known = Series.objects.filter(slug=data.get("series", "")).first()
        if known is not None and known.team_id != self.team:
            self.add_error("series", _("This slug is taken."))
        elif known is not None:
            data["series_title"] = known.title
            if data.get("language") and data["language"] != known.language:
                self.add_error("language", _("This series is in another language."))
        elif "series" in data and not data.get("series_title"):
            self.add_error("series_title", _("A new series needs a title."))
        return data


class PlaceForm(forms.Form):
    """Title and place of one file; its fields carry the file's key in their names."""

    title = forms.CharField(max_length=200)
    order = forms.IntegerField(min_value=1, max_value=99_999)

    def __init__(self, file: IntakeFile, data: Any = None) -> None:
        self.file = file
        initial = {"title": file.title, "order": file.order}
        super().__init__(data, prefix=f"f{file.pk}", initial=initial)


GET_POST = ["GET", "HEAD", "POST"]
MOST_BYTES = 60_000_000
"""Of all files of one upload together."""
MOST_LINES = 200
MOST_COMPARED = 300
"""Scenes of one upload that a look compares with the stored ones: a few seconds."""
FIELDS = {
    "title": gettext_lazy("Title"),
    "genre": gettext_lazy("Genre"),
    "origin": gettext_lazy("Origin"),
    "version": gettext_lazy("Version"),
    "rights": pgettext_lazy("of a work", "Rights"),
    "credit": gettext_lazy("Credit"),
}
CHOSEN = ("origin", "version", "rights")
"""Those of them whose values have words of their own."""
STORED = "stored intakes"
"""In the session: where what was stored stands, by the code of its files. Who goes back is led there."""


@takes_files(MOST_BYTES)
def new(request: HttpRequest) -> HttpResponse:
    team = team_of_new(request)
    if request.method != "POST":
        return _form_page(request, IntakeForm(team=team))
    form = IntakeForm(request.POST, request.FILES, team=team)
    if most := request.too_long:  # type: ignore[attr-defined]
        return _form_page(request, IntakeForm(initial=request.POST.dict(), team=team), [_too_long(most)])
    if not form.is_valid():
        return _form_page(request, form)
    assert isinstance(request.user, User)  # `needs` admits only users
    files = [(each.name or "", each.read()) for each in form.cleaned_data["scripts"]]
    intake = intakes.receive(told=form.cleaned_data, files=files, by=request.user, team=team)
    return see_other(reverse("generation-corpus-intake", args=[intake.code]))


def _too_long(most: int) -> InputError:
    return InputError(
        "",
        1,
        1,
        sentence("the file is larger than %(count)s bytes.", count=f"{most:,}"),
        sentence("split it into smaller files."),
    )


def _form_page(
    request: HttpRequest, form: IntakeForm, faults: list[InputError] | None = None
) -> HttpResponse:
    context = {
        "form": form,
        "faults": [upload_words.describe_fault(fault) for fault in faults or []],
        "series": intakes.series_known(form.team),
        "most": LARGEST // 1_000_000,
        "most_text": MOST_BYTES_OF["plain"] // 1_000_000,
        "most_fdx": MOST_BYTES_OF["fdx"] // 1_000_000,
        "most_files": MOST_FILES,
    }
    status = 400 if faults or form.errors else 200
    return render(request, "training_data/corpus/new.html", context, status=status)


@never_cache
@require_http_methods(GET_POST)
@staff_required
def intake(request: HttpRequest, code: str) -> HttpResponse:
    """What was understood of each file; a POST keeps titles and places, and stores."""
    if stored := request.session.get(STORED, {}).get(code):
        messages.info(request, _("These files have already been stored."))
        return see_other(stored)
    found = intake_or_404(request, code, Role.OWNER)
    if not intakes.read_some(found):
        done, total = found.files.filter(is_read=True).count(), found.files.count()
        context = {"intake": found, "done": done, "total": total}
        response = render(request, "training_data/corpus/reading.html", context)
        response.headers["Refresh"] = "1"  # each look reads on, without a script
        return response
    if request.method != "POST":
        return _intake_page(request, found)
    places = [PlaceForm(file, request.POST) for file in _files(found)]
    if [place for place in places if not place.is_valid()]:  # all are looked at
        return _intake_page(request, found, places=places, status=422)
    for place in places:
        place.file.title = place.cleaned_data["title"]
        place.file.order = place.cleaned_data["order"]
        place.file.save(update_fields=["title", "order"])
    try:
        may_replace = bool(request.POST.get("replace"))
        imported = intakes.store(
            found,
            by=request.user.get_username(),
            replace=may_replace,
            change_rights=bool(request.POST.get("rights")),
        )
    except InputErrors as refused:
        return _intake_page(request, found, faults=refused.errors, status=422)
    told = {"works": imported.works, "scenes": imported.scenes}
    if imported.works:
        text = ngettext(
            "Stored %(works)d work with %(scenes)d scenes.",
            "Stored %(works)d works with %(scenes)d scenes.",
            imported.works,
        )
        messages.success(request, text % told)
    if imported.replaced:
        count = len(imported.replaced)
        text = ngettext("%(n)d work was replaced.", "%(n)d works were replaced.", count)
        messages.success(request, text % {"n": count})
    if imported.known:
        text = ngettext("%(n)d work already existed.", "%(n)d works already existed.", imported.known)
        messages.info(request, text % {"n": imported.known})
    if imported.changed:
        count = len(imported.changed)
        text = ngettext("%(n)d existing work was updated.", "%(n)d existing works were updated.", count)
        messages.success(request, text % {"n": count})
    address = f"{reverse('generation-corpus')}#series-{found.told['series']}"
    if len(imported.slugs) == 1:
        address = reverse("generation-work", args=[imported.slugs[0]])
    before = list(request.session.get(STORED, {}).items())[-20:]
    request.session[STORED] = {**dict(before), code: address}
    return see_other(address)


@never_cache
@require_http_methods(GET_POST)
@staff_required
def drop(request: HttpRequest, code: str) -> HttpResponse:
    """Ask, and then forget the files."""
    found = intake_or_404(request, code, Role.OWNER)
    if request.method == "POST":
        found.delete()
        messages.success(request, _("Files discarded. Nothing was stored."))
        return see_other(reverse("generation-corpus"))
    return render(request, "training_data/corpus/drop.html", {"intake": found, "files": _files(found)})


def _files(found: Intake) -> list[IntakeFile]:
    return list(found.files.defer("content").select_related("intake"))


def _intake_page(
    request: HttpRequest,
    found: Intake,
    *,
    places: list[PlaceForm] | None = None,
    faults: tuple[InputError, ...] = (),
    status: int = 200,
) -> HttpResponse:
    forms = places or [PlaceForm(file) for file in _files(found)]
    shown = [_shown(found, form) for form in forms]
    compared = sum(len(each["scenes"]) for each in shown) <= MOST_COMPARED
    if compared:
        index = Index.load(found.told["language"], team_key(found))
        for each in shown:
            each["repeats"] = intakes.repeats_of(found, each["file"], each["scenes"], index)
    context = {
        "intake": found,
        "files": shown,
        "faults": [{**upload_words.describe_fault(fault), "path": fault.path} for fault in faults],
        "same_title": known_titles(found.told["series_title"], team_key(found), but=found.told["series"])
        if not rows_in(Series, [team_key(found)]).filter(slug=found.told["series"]).exists()
        else [],
        "bad": any(each["faults"] for each in shown),
        "compared": compared,
        "replaced": [each["replaced"] for each in shown if each["replaced"]],
        "may_replace": bool(request.POST.get("replace")),
        "new_rights": [each for each in shown if each["changed"] and each["changed"].has_rights],
        "may_change_rights": bool(request.POST.get("rights")),
        "count": sum(len(each["scenes"]) for each in shown),
        "text_lang": "zh-Hans" if found.told["language"] == "zh" else "en",
    }
    return render(request, "training_data/corpus/intake.html", context, status=status)


def _shown(found: Intake, form: PlaceForm) -> dict[str, Any]:
    """One file: what keeps it from being stored, its lines to look at, its scenes."""
    file = form.file
    told: dict[str, Any] = {"file": file, "form": form, "scenes": [], "lines": [], "notices": []}
    told["format"] = upload_words.FORMATS.get(file.format, file.format)
    told["replaced"] = intakes.replaced_of(found, file)
    told["changed"] = intakes.changes_of(found, file)
    told["changes"] = _changes(told["changed"])
    told["rights"] = (
        _in_words(told["changed"], RIGHTS) if told["changed"] and told["changed"].has_rights else ()
    )
    told["faults"] = [upload_words.describe_fault(fault) for fault in intakes.refusals_of(found, file)]
    try:
        understood = intakes.understood_of(file)
    except InputErrors:
        return told
    asking = [line for line in understood.lines if line.lost or line.warning]
    told["lines"] = [
        {
            "line": line,
            "kinds": upload_words.kinds_of(line.understood),
            "doubt": upload_words.doubt_of(line.warning or "not-understood"),
        }
        for line in asking[:MOST_LINES]
    ]
    told["more"] = max(0, len(asking) - MOST_LINES)
    told["dropped"] = [line for line in understood.lines if line.dropped][:MOST_LINES]
    told["all"] = len(understood.lines)
    if understood.is_silent:
        told["silent"] = [upload_words.sentence(text) for text in (SILENT, SILENT_FIX[understood.language])]
    told["notices"] = upload_words.notices(understood)
    told["scenes"] = scenes(understood.script)
    language = found.told["language"]
    if any(hides(scene.text, language, team_key(found)) for scene in told["scenes"]):
        # Whoever handed it in has the file; others would learn which of a study's texts people wrote.
        told |= {"lines": [], "dropped": [], "more": 0, "hidden": len(told["scenes"])}
    return told


def _changes(changed: Changed | None) -> list[tuple[str, str, str]]:
    """What is told anew of a stored work, in the reader's words: (field, as it was, as it is told now)."""
    if changed is None:
        return []
    return [(str(FIELDS[field]), *_in_words(changed, field)) for field in changed.fields]


def _in_words(changed: Changed, field: str) -> tuple[str, str]:
    was, now = changed.fields[field]
    words = {**dict(Work.Rights.choices), **dict(Source.Origin.choices), **dict(Source.Version.choices)}
    return (str(words.get(was, was)), str(words.get(now, now))) if field in CHOSEN else (was, now)
