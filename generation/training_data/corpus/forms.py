"""What is asked of whoever brings screenplays through the browser: the fields of a manifest."""

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from generation.files import SLUG
from generation.models import Language, Series, Source
from generation.training_data.models import IntakeFile, Work

MOST_FILES = 20
UNSAID = [("", gettext_lazy("not said"))]


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
                _("Choose at most %(most)d files; a folder of many is imported from the console.")
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

    def clean_series(self) -> str:
        return self._slug("series")

    def clean_genre(self) -> str:
        return self._slug("genre") if self.cleaned_data["genre"] else ""

    def _slug(self, field: str) -> str:
        slug = str(self.cleaned_data[field])
        if not SLUG.match(slug):
            raise forms.ValidationError(
                _("Use lower-case letters, digits and single hyphens, as in long-grass.")
            )
        return slug

    def clean(self) -> dict[str, Any]:
        """A series that is known keeps its title and its language."""
        data = super().clean() or self.cleaned_data
        known = Series.objects.filter(slug=data.get("series", "")).first()
        if known is not None:
            data["series_title"] = known.title
            if data.get("language") and data["language"] != known.language:
                self.add_error("language", _("This series is in the other language."))
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
