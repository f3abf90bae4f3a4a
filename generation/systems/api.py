"""Systems over the API: as the pages list them, and stored by the rules of the page for a new system."""

from dataclasses import replace
from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from django.utils.translation import gettext as _
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from evalsite.api.idempotency import idempotent
from evalsite.api.input import InputSerializer
from evalsite.api.parsers import YAML, Json, YamlText
from evalsite.api.views import ApiList, ApiRow, SequenceList
from evalsite.core.models import Role
from evalsite.core.teams import current_team_or_404, has_role
from generation.access import rows_in, system_or_404, teams_of
from generation.models import Language, System
from generation.pipelines import SystemSpec, read_system_text, system_yaml
from generation.runs.queries import systems_with_counts
from generation.systems import editing, pages

KINDS = [(kind.value, kind.label) for kind in System.Kind if kind != System.Kind.RECIPE]
"""Recipes belong to training data, which has no API."""


class StageSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(help_text="Name of the stage.")
    prompt = serializers.CharField(help_text="Name of its prompt.")
    model = serializers.CharField(source="asks", help_text="The model or adapter that is asked.")


class SpecSerializer(serializers.Serializer[Any]):
    """What a pipeline's file says."""

    slug = serializers.CharField(help_text="Unique on the site.")
    name = serializers.CharField(help_text="The English name, or the only one.")
    languages = serializers.ListField(
        child=serializers.ChoiceField(Language.values), help_text="Languages that it can write in."
    )
    stages = StageSerializer(many=True, help_text="The requests of the pipeline, in order.")


class SystemSerializer(serializers.ModelSerializer[System]):
    name = serializers.SerializerMethodField(help_text="The English name, or the only one.")
    kind = serializers.ChoiceField(KINDS, help_text="How it writes: by a pipeline, elsewhere, or people.")
    shared = serializers.SerializerMethodField(help_text="Whether it is for all teams of the site.")
    family = serializers.SerializerMethodField(help_text="Slug of its first version; empty if it is one.")
    languages = serializers.ListField(
        child=serializers.ChoiceField(Language.values),
        source="spec.languages",
        default=list,
        help_text="Languages that a pipeline can write in.",
    )
    stages = serializers.SerializerMethodField(help_text="The requests of a pipeline, in order.")
    scripts = serializers.IntegerField(source="written", help_text="Number of its scripts in your team.")

    class Meta:
        model = System
        fields = [
            "slug", "name", "kind", "shared", "family", "languages", "stages", "digest", "scripts",
            "created_at",
        ]  # fmt: skip
        extra_kwargs = {
            "slug": {"help_text": "Unique on the site."},
            "digest": {"help_text": "SHA-256 of a pipeline's content."},
            "created_at": {"help_text": "When it was first stored."},
        }

    def get_name(self, system: System) -> str:
        return str(system.spec.get("name") or system.name)

    def get_shared(self, system: System) -> bool:
        return system.team_id is None

    def get_family(self, system: System) -> str:
        return str(system.spec.get("family", ""))

    @extend_schema_field(StageSerializer(many=True))
    def get_stages(self, system: System) -> Any:
        stages = SystemSpec.from_record(system.spec).stages if system.spec else ()
        return StageSerializer(stages, many=True).data


class SystemDetailSerializer(SystemSerializer):
    file = serializers.SerializerMethodField(
        help_text="The YAML file of a pipeline, for researchers and owners; otherwise empty. It names keys "
        "and never holds one."
    )

    class Meta(SystemSerializer.Meta):
        fields = [*SystemSerializer.Meta.fields, "file"]

    def get_file(self, system: System) -> str:
        person, teams = self.context["request"].user, self.context["teams"]
        may = any(has_role(person, team, Role.RESEARCHER) for team in teams)
        return system_yaml(SystemSpec.from_record(system.spec)) if system.spec and may else ""


class NewSystemSerializer(InputSerializer):
    file = serializers.CharField(
        max_length=editing.MOST_TEXT,
        trim_whitespace=False,
        help_text="YAML as for load_systems, with its prompts under `prompts`.",
    )
    version_of = serializers.CharField(
        required=False, max_length=80, help_text="Slug of the system that this is a new version of."
    )


class SystemFilters(filters.FilterSet):
    kind = filters.ChoiceFilter(choices=KINDS)

    class Meta:
        model = System
        fields: list[str] = []


class SystemList(ApiList):
    """The systems that your teams can use, the newest first. Included systems are listed once a run uses
    them."""

    scope = "generation"
    serializer_class = SystemSerializer
    filterset_class = SystemFilters
    parser_classes = [Json, YamlText]

    def get_queryset(self) -> QuerySet[System]:
        teams = teams_of(self.request)
        systems = systems_with_counts(teams).exclude(kind=System.Kind.RECIPE)
        return systems if teams else systems.none()

    @extend_schema(
        request={"application/json": NewSystemSerializer, YAML: str},
        responses={200: SystemDetailSerializer, 201: SystemDetailSerializer},
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Store a system. Only owners of the team.

        Nothing is sent to a model. Environment variables, folders and internal addresses are refused, as on
        the page. If the same system is stored already, the status is 200.
        """
        team = current_team_or_404(request, Role.OWNER)
        given = NewSystemSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        text, slug = given.validated_data["file"], given.validated_data.get("version_of", "")
        family = _family(slug, team) if slug else ""
        spec = read_system_text(text)
        known = rows_in(System, [team]).filter(slug=spec.slug).first()
        same = known is not None and known.spec == replace(spec, family=family or spec.slug).as_record()
        if known is None or not same:
            spec = editing.read_text(text, team)
            known = editing.add_system(spec=spec, family=family, by=self.username, team=team)
        body = _detail(request, known, [team])
        place = self.location("api-system", known.slug)
        return Response(body, status=200 if same else 201, headers=place)


def _family(slug: str, team: int) -> str:
    """The slug of the first version of a system that a team can use."""
    row = pages.find(pages.STORED, slug, [team]) or pages.find(pages.FILE, slug, [team])
    if row is None:
        message = _("There is no pipeline %(slug)s.") % {"slug": slug}
        raise serializers.ValidationError({"version_of": message})
    return row.spec.family or row.spec.slug


def _detail(request: Request, system: System, teams: list[int]) -> Any:
    counted = systems_with_counts(teams).get(pk=system.pk)
    return SystemDetailSerializer(counted, context={"request": request, "teams": teams}).data


class SystemDetail(ApiRow):
    """One system."""

    scope = "generation"
    serializer_class = SystemDetailSerializer

    def get(self, request: Request, system: str) -> Response:
        found = system_or_404(request, system)
        if found.kind == System.Kind.RECIPE:
            raise Http404
        return Response(_detail(request, found, teams_of(request)))


class IncludedSystems(SequenceList):
    """The systems that are part of evalsite. A run can use them by their slugs."""

    scope = "generation"
    serializer_class = SpecSerializer

    @extend_schema(operation_id="included_systems_list", responses=SpecSerializer(many=True))
    def get(self, request: Request) -> Response:
        return self.answer([row.spec for row in pages.shipped()])
