"""Scripts over the API: listed and read as pages show them, uploaded by the reader of `import_scripts`."""

from collections.abc import Collection, Mapping, Sequence
from pathlib import PurePath
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django_filters import rest_framework as filters
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from evalsite.api.errors import Problem, conflict
from evalsite.api.idempotency import idempotent
from evalsite.api.input import InputSerializer
from evalsite.api.views import ApiList, ApiRow
from evalsite.core.errors import InputError, InputErrors
from evalsite.core.models import Role, record
from evalsite.core.problems import input_faults
from evalsite.core.reason_codes import sentence
from evalsite.core.teams import current_team_or_404
from generation.access import rows_in, script_or_404, teams_of
from generation.blinding import Pair, sealed_pairs
from generation.briefs.files import MOST_FILES
from generation.models import Brief, Language, Script, Source
from generation.screenplay.names import rename_text
from generation.uploads import messages as upload_words
from generation.uploads.forms import WRITER
from generation.uploads.script_files import (
    TEXTS,
    TOLD,
    ScriptFile,
    read_file,
    read_scenes,
    store_files,
    system_for,
)
from generation.uploads.services import sealed_faults
from generation.uploads.store import Imported
from generation.yaml_files import SLUG

MOST_FOREIGN = 20
"""Files of one request that a process has to convert: a long PDF takes seconds."""
SEALED = "Null while a blinded study uses scripts of this brief and system."


class SourceSerializer(serializers.ModelSerializer[Source]):
    """Where an uploaded script is from."""

    class Meta:
        model = Source
        fields = [
            "file_name", "file_digest", "format", "origin", "version", "rights", "credit", "knew",
            "imported_by", "imported_at",
        ]  # fmt: skip
        extra_kwargs = {
            "file_name": {"help_text": "Name of the file."},
            "file_digest": {"help_text": "SHA-256 of the file as it came."},
            "format": {"help_text": "fountain, fdx, docx, pdf or plain."},
            "origin": {"help_text": "Why it was written; can be empty."},
            "version": {"help_text": "Draft, shooting script or transcript; can be empty."},
            "rights": {"help_text": "`show`: for raters only. `redistribute`: may be passed on."},
            "imported_by": {"help_text": "Who imported it."},
            "imported_at": {"help_text": "When it was imported."},
        }


class ScriptSerializer(serializers.Serializer[Any]):
    """A script. What could tell its text or its length is null while it is sealed."""

    brief = serializers.CharField(source="brief.slug", help_text="Slug of the brief.")
    system = serializers.CharField(source="system.slug", help_text="Slug of the system that wrote it.")
    sample = serializers.IntegerField(help_text="Number of the script among those of its brief and system.")
    language = serializers.ChoiceField(Language.values, help_text="Language of the script.")
    sealed = serializers.SerializerMethodField(help_text="Whether a blinded study uses it.")
    digest = serializers.SerializerMethodField(help_text=f"SHA-256 of the text. {SEALED}")
    length = serializers.SerializerMethodField(help_text=f"Words, or Han characters in Chinese. {SEALED}")
    writer = serializers.SerializerMethodField(help_text=f"Code of the person who wrote it. {SEALED}")
    created_at = serializers.SerializerMethodField(help_text=f"When it was stored. {SEALED}")

    def get_sealed(self, script: Script) -> bool:
        return (script.brief.slug, script.system.slug) in self.context["sealed"]

    def get_digest(self, script: Script) -> str | None:
        return None if self.get_sealed(script) else script.digest

    def get_length(self, script: Script) -> int | None:
        return None if self.get_sealed(script) else script.length

    def get_writer(self, script: Script) -> str | None:
        return None if self.get_sealed(script) else script.writer

    @extend_schema_field(serializers.DateTimeField(allow_null=True))
    def get_created_at(self, script: Script) -> Any:
        return (
            None
            if self.get_sealed(script)
            else serializers.DateTimeField().to_representation(script.created_at)
        )


class ScriptTextSerializer(ScriptSerializer):
    text = serializers.SerializerMethodField(
        help_text="The script as raters read it, with the names of its series' name map."
    )
    provenance = serializers.SerializerMethodField(help_text="Where it is from; null for a generated script.")

    def get_text(self, script: Script) -> str:
        return rename_text(script.text, script.brief.series.names)

    @extend_schema_field(SourceSerializer(allow_null=True))
    def get_provenance(self, script: Script) -> Any:
        source = getattr(script, "source", None)
        return SourceSerializer(source).data if source is not None else None


@extend_schema_field(OpenApiTypes.BINARY)
class ContentField(serializers.FileField):
    """Without this, the schema says that a file is an address."""


class UploadSerializer(InputSerializer):
    """One or several files by one system."""

    files = serializers.ListField(
        child=ContentField(allow_empty_file=True, max_length=200),
        min_length=1,
        max_length=MOST_FILES,
        help_text="Fountain, Final Draft, Word, PDF or text. Without `brief`, a file's name is the slug of "
        "its brief: car-two.fountain.",
    )
    system = serializers.RegexField(SLUG, max_length=80, help_text="Slug of the system that wrote them.")
    name = serializers.CharField(
        max_length=200, required=False, default="", help_text="Name of a new system. By default its slug."
    )
    human = serializers.BooleanField(
        required=False, default=False, help_text="Whether people wrote them. A new system becomes human."
    )
    brief = serializers.CharField(
        max_length=80, required=False, default="", help_text="Slug of the brief of a single file."
    )
    scene = serializers.CharField(
        max_length=9,
        required=False,
        default="",
        help_text="Scenes of a single file: 3 or 2-4. By default all.",
    )
    writer = serializers.RegexField(
        WRITER, max_length=20, required=False, default="", help_text="Code of the writer, never a name: w07."
    )
    origin = serializers.ChoiceField(
        [("", ""), *Source.Origin.choices], required=False, default="", help_text="Why they were written."
    )
    version = serializers.ChoiceField(
        [("", ""), *Source.Version.choices], required=False, default="", help_text="Draft or final."
    )
    rights = serializers.ChoiceField(
        Source.Rights.choices, required=False, default=Source.Rights.SHOW, help_text="What is permitted."
    )
    credit = serializers.CharField(
        max_length=2000, required=False, default="", allow_blank=True, help_text="The work and its source."
    )
    knew = serializers.CharField(
        max_length=4000,
        required=False,
        default="",
        allow_blank=True,
        help_text="What the writer knew besides the brief.",
    )


class FileWarningSerializer(serializers.Serializer[Any]):
    line = serializers.IntegerField(help_text="Line of the file; 0 for the whole file.")
    message = serializers.CharField(help_text="What the reader was not sure of.")


class UploadedSerializer(serializers.Serializer[Any]):
    file = serializers.CharField(help_text="Name of the file.")
    brief = serializers.CharField(help_text="Slug of its brief.")
    sample = serializers.IntegerField(help_text="Number of the script.")
    outcome = serializers.ChoiceField(
        ["created", "unchanged"], help_text="`unchanged`: the same text was stored already."
    )
    digest = serializers.CharField(help_text="SHA-256 of the text.")
    scenes = serializers.IntegerField(help_text="Scenes found in the file; 0 where text was taken as it is.")
    warnings = FileWarningSerializer(many=True, help_text="What to check in the text.")


class UploadsSerializer(serializers.Serializer[Any]):
    scripts = UploadedSerializer(many=True, help_text="One entry for each file, in the order sent.")


class ScriptFilters(filters.FilterSet):
    brief = filters.CharFilter(field_name="brief__slug", help_text="Slug of a brief.")
    system = filters.CharFilter(field_name="system__slug", help_text="Slug of a system.")
    series = filters.CharFilter(field_name="brief__series__slug", help_text="Slug of a series.")
    language = filters.ChoiceFilter(choices=Language.choices)

    class Meta:
        model = Script
        fields: list[str] = []


class ScriptList(ApiList):
    """The scripts of your teams, in no particular order."""

    scope = "generation"
    serializer_class = ScriptSerializer
    filterset_class = ScriptFilters
    parser_classes = [MultiPartParser]

    def get_queryset(self) -> QuerySet[Script]:
        scripts = rows_in(Script, teams_of(self.request)).select_related("brief", "system")
        return scripts.defer("text")

    def get_serializer(self, *args: Any, **kwargs: Any) -> Any:
        context = {**self.get_serializer_context(), "sealed": _sealed(args[0] if args else [])}
        return ScriptSerializer(*args, **{**kwargs, "context": context})

    @extend_schema(
        request={"multipart/form-data": UploadSerializer},
        responses={200: UploadsSerializer, 201: UploadsSerializer},
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Upload scripts, all or none. Only owners of the team.

        UTF-8 text and Fountain without `scene` are stored as they are. Everything else is converted to
        Fountain, or to the Chinese layout. The status is 201 if there are new scripts, otherwise 200.
        """
        team = current_team_or_404(request, Role.OWNER)
        given = UploadSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        told = given.validated_data
        files = _read_files(told, team)
        if faults := sealed_faults({file.brief.slug for file in files}, told["system"]):
            detail = _("A blinded study has sealed scripts of this system.")
            raise conflict(detail, code="sealed", errors=input_faults(faults))
        system = system_for(told["system"], team=team, name=told["name"], human=told["human"])
        about = {key: told[key] for key in TOLD}
        stored = store_files(files, system, writer=told["writer"], told=about, by=self.username)
        scripts = [_uploaded(file, each) for file, each in zip(files, stored, strict=True)]
        created = any(each.created for each in stored)
        return Response(UploadsSerializer({"scripts": scripts}).data, status=201 if created else 200)


def _sealed(rows: Collection[Script]) -> set[Pair]:
    return sealed_pairs({(row.brief.slug, row.system.slug) for row in rows})


def _read_files(told: Mapping[str, Any], team: int) -> list[ScriptFile]:
    """The texts of the files. Raises `InputErrors` with all that is wrong in all of them."""
    files: Sequence[UploadedFile] = told["files"]
    foreign = sum(PurePath(file.name or "").suffix.lower() not in TEXTS for file in files)
    if foreign > MOST_FOREIGN:
        message = sentence("these are %(count)s files that have to be converted.", count=foreign)
        fix = sentence("send at most %(count)s in one request.", count=MOST_FOREIGN)
        raise InputErrors([InputError("files", 1, 1, message, fix)])
    if len(files) > 1 and (told["brief"] or told["scene"]):
        fix = sentence("send one file at a time, or leave them out.")
        message = sentence("brief and scene are for a single file.")
        raise InputErrors([InputError("brief", 1, 1, message, fix)])
    slugs = [told["brief"] or PurePath(file.name or "").stem for file in files]
    briefs = {
        brief.slug: brief
        for brief in rows_in(Brief, [team]).filter(slug__in=_well_formed(slugs)).select_related("series")
    }
    found: list[ScriptFile] = []
    faults: list[InputError] = []
    for file, slug in zip(files, slugs, strict=True):
        name = (file.name or "")[-200:]
        try:
            if slug not in briefs:
                message = sentence("no brief has the slug %(slug)s.", slug=slug)
                fix = sentence("store the brief first, or name another one.")
                raise InputErrors([InputError(name, 1, 1, message, fix)])
            content = file.read()
            if told["scene"]:
                found.append(read_scenes(content, name, briefs[slug], told["scene"]))
            else:
                found.append(read_file(content, name, briefs[slug]))
        except InputErrors as refused:
            faults += refused.errors
    if faults:
        raise InputErrors(faults)
    return found


def _well_formed(slugs: Sequence[str]) -> list[str]:
    return [slug for slug in slugs if SLUG.match(slug)]


def _uploaded(file: ScriptFile, stored: Imported) -> dict[str, Any]:
    warnings = [
        {"line": warning.line, "message": upload_words.sentence(warning.message)} for warning in file.warnings
    ]
    return {
        "file": file.name,
        "brief": file.brief.slug,
        "sample": stored.script.sample,
        "outcome": "created" if stored.created else "unchanged",
        "digest": stored.script.digest,
        "scenes": file.scenes,
        "warnings": warnings,
    }


class ScriptDetail(ApiRow):
    """One script with its text. 403 while a blinded study uses scripts of its brief and system.

    The audit trail records who has read it.
    """

    scope = "generation"
    serializer_class = ScriptTextSerializer

    def get(self, request: Request, brief: str, system: str, sample: int) -> Response:
        script = script_or_404(request, brief__slug=brief, system__slug=system, sample=sample)
        if _sealed([script]):
            detail = _("A blinded study uses scripts of this brief and system. Wait until it is unblinded.")
            raise Problem(403, detail, code="sealed")
        about = {"system": script.system.slug, "sample": script.sample}
        record(who=self.username, verb="read script", about=script.brief.slug, **about)
        return Response(ScriptTextSerializer(script, context={"sealed": set()}).data)
