"""Briefs and series over the API: as the pages list them, and stored by the loader of `load_briefs`."""

from pathlib import Path
from typing import Any

from django.db.models import Count, QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from evalsite.api.idempotency import idempotent
from evalsite.api.input import refuse_unknown_fields
from evalsite.api.parsers import YAML, Json, YamlText
from evalsite.api.views import ApiList, ApiRow
from evalsite.core.errors import InputError, InputErrors
from evalsite.core.models import Role
from evalsite.core.reason_codes import sentence
from evalsite.core.teams import current_team_or_404
from generation.access import brief_or_404, rows_in, series_or_404, teams_of
from generation.briefs.files import (
    MOST_ALIASES,
    MOST_CHARACTERS,
    MOST_NAME,
    MOST_PROFILE,
    MOST_SLUG,
    MOST_TEXT,
    MOST_TITLE,
    ORDERS,
    TARGET_LENGTHS,
    BriefSpec,
    briefs_from,
    briefs_in,
)
from generation.models import Brief, Language, Series
from generation.services import store_briefs
from generation.yaml_files import MOST_ITEMS

SLUG_PATTERN = r"^[a-z0-9]+(-[a-z0-9]+)*$"


class CharacterSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=MOST_NAME, help_text="The name, as scripts use it.")
    profile = serializers.CharField(max_length=MOST_PROFILE, help_text="Who the character is.")


class BriefSeriesSerializer(serializers.Serializer[Any]):
    slug = serializers.RegexField(SLUG_PATTERN, max_length=MOST_SLUG, help_text="Slug of the series.")
    title = serializers.CharField(max_length=MOST_TITLE, help_text="Title of the series.")


class BriefSerializer(serializers.ModelSerializer[Brief]):
    series = BriefSeriesSerializer(help_text="The series that the scene belongs to.")
    characters = CharacterSerializer(many=True, help_text="The characters of the scene.")
    language = serializers.ChoiceField(Language.values, help_text="Language of brief and scripts.")
    scripts = serializers.IntegerField(source="written", help_text="Number of scripts stored for the brief.")

    class Meta:
        model = Brief
        fields = [
            "slug", "series", "language", "order", "target_length", "outline", "previous_context",
            "characters", "guideline", "digest", "scripts", "created_at",
        ]  # fmt: skip
        extra_kwargs = {
            "slug": {"help_text": "Unique on the site."},
            "created_at": {"help_text": "When it was first stored."},
            "outline": {"help_text": "What happens in the scene."},
            "previous_context": {"help_text": "What happened before; can be empty."},
            "guideline": {"help_text": "Further instructions to the writer; can be empty."},
            "digest": {"help_text": "SHA-256 of the content. It changes with the brief."},
        }


class NewBriefSeriesSerializer(BriefSeriesSerializer):
    aliases = serializers.ListField(
        child=serializers.CharField(max_length=MOST_TITLE),
        max_length=MOST_ALIASES,
        required=False,
        help_text="Other titles of the series: the leak scan looks for them in scripts.",
    )


class NewBriefSerializer(serializers.Serializer[Any]):
    """The fields of a brief's file."""

    slug = serializers.RegexField(SLUG_PATTERN, max_length=MOST_SLUG, help_text="Unique on the site.")
    series = NewBriefSeriesSerializer(help_text="A new series is created with its first brief.")
    language = serializers.ChoiceField(Language.values, help_text="Language of brief and scripts.")
    order = serializers.IntegerField(
        min_value=ORDERS[0], max_value=ORDERS[1], help_text="The position of the scene in the story."
    )
    target_length = serializers.IntegerField(
        min_value=TARGET_LENGTHS[0],
        max_value=TARGET_LENGTHS[1],
        help_text="Words for English, Han characters for Chinese.",
    )
    outline = serializers.CharField(max_length=MOST_TEXT, help_text="What happens in the scene.")
    previous_context = serializers.CharField(
        max_length=MOST_TEXT, required=False, allow_blank=True, help_text="What happened before."
    )
    characters = serializers.ListField(
        child=CharacterSerializer(), min_length=1, max_length=MOST_CHARACTERS, help_text="Names and profiles."
    )
    guideline = serializers.CharField(
        max_length=MOST_TEXT, required=False, allow_blank=True, help_text="Further instructions."
    )


class NewBriefsSerializer(serializers.Serializer[Any]):
    """Either `briefs`, or the text of a YAML file in `file`."""

    briefs = serializers.ListField(
        child=NewBriefSerializer(),
        min_length=1,
        max_length=MOST_ITEMS,
        required=False,
        help_text="The briefs, each with the fields of its file.",
    )
    file = serializers.CharField(
        required=False,
        help_text="YAML as for load_briefs: one brief, or several documents separated by ---.",
    )


class StoredBriefSerializer(serializers.Serializer[Any]):
    slug = serializers.CharField(source="brief.slug", help_text="Slug of the brief.")
    outcome = serializers.ChoiceField(
        ["created", "changed", "unchanged"], help_text="What became of the brief."
    )
    digest = serializers.CharField(source="brief.digest", help_text="SHA-256 of its content.")


class StoredBriefsSerializer(serializers.Serializer[Any]):
    briefs = StoredBriefSerializer(many=True, help_text="One entry for each brief, in the order sent.")


class BriefFilters(filters.FilterSet):
    series = filters.CharFilter(field_name="series__slug", help_text="Slug of a series.")
    language = filters.ChoiceFilter(choices=Language.choices)

    class Meta:
        model = Brief
        fields: list[str] = []


class BriefList(ApiList):
    """The briefs of your teams, the newest first."""

    scope = "generation"
    serializer_class = BriefSerializer
    filterset_class = BriefFilters
    parser_classes = [Json, YamlText]

    def get_queryset(self) -> QuerySet[Brief]:
        briefs = rows_in(Brief, teams_of(self.request)).select_related("series")
        return briefs.annotate(written=Count("scripts"))

    @extend_schema(
        request={"application/json": NewBriefsSerializer, YAML: str},
        responses={200: StoredBriefsSerializer, 201: StoredBriefsSerializer},
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Store briefs, all or none. Only owners of the team.

        A brief whose slug exists is changed, unless runs, scripts or frozen studies use it. The status is
        201 if there are new briefs, otherwise 200.
        """
        team = current_team_or_404(request, Role.OWNER)
        stored = store_briefs(_specs(request.data), by=self.username, alone=True, team=team)
        created = any(each.outcome == "created" for each in stored)
        return Response(StoredBriefsSerializer({"briefs": stored}).data, status=201 if created else 200)


def _specs(given: Any) -> list[BriefSpec]:
    """The briefs of a body. The loader of files checks them, so that errors are the same."""
    given = given if isinstance(given, dict) else {}
    refuse_unknown_fields(given, NewBriefsSerializer().fields)
    values, text = given.get("briefs"), given.get("file")
    if isinstance(values, list) and 1 <= len(values) <= MOST_ITEMS and text is None:
        return briefs_from(values)
    if isinstance(text, str) and values is None and (specs := briefs_in(text, Path("file"))):
        return specs
    message, fix = sentence("the request has no briefs."), sentence("send briefs or file, not both.")
    raise InputErrors([InputError("briefs", 1, 1, message, fix)])


class BriefDetail(ApiRow):
    """One brief with all that systems get."""

    scope = "generation"
    serializer_class = BriefSerializer

    def get(self, request: Request, brief: str) -> Response:
        found = brief_or_404(request, brief)
        found.written = found.scripts.count()  # type: ignore[attr-defined]
        return Response(BriefSerializer(found).data)


class RenamingSerializer(serializers.Serializer[Any]):
    """`from` and `to`."""

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        return {
            "from": serializers.CharField(help_text="A name in briefs and scripts."),
            "to": serializers.CharField(help_text="What raters read in its place."),
        }


class SeriesSerializer(serializers.ModelSerializer[Series]):
    language = serializers.ChoiceField(Language.values, help_text="Language of its briefs.")
    aliases = serializers.ListField(
        child=serializers.CharField(), help_text="Other titles: the leak scan looks for them in scripts."
    )
    names = RenamingSerializer(many=True, help_text="The name map.")
    briefs = serializers.IntegerField(source="scenes", help_text="Number of its briefs.")

    class Meta:
        model = Series
        fields = ["slug", "title", "language", "aliases", "names", "briefs"]
        extra_kwargs = {
            "slug": {"help_text": "Unique on the site."},
            "title": {"help_text": "The title, in the language of the series."},
        }


class SeriesList(ApiList):
    """The series of your teams, the newest first. A series is created with its first brief."""

    scope = "generation"
    serializer_class = SeriesSerializer
    filterset_fields = ["language"]

    def get_queryset(self) -> QuerySet[Series]:
        return rows_in(Series, teams_of(self.request)).annotate(scenes=Count("briefs"))


class SeriesDetail(ApiRow):
    """One series."""

    scope = "generation"
    serializer_class = SeriesSerializer

    def get(self, request: Request, series: str) -> Response:
        found = series_or_404(request, series)
        found.scenes = found.briefs.count()  # type: ignore[attr-defined]
        return Response(SeriesSerializer(found).data)
