"""Studies over the API, watched blind: what a study's page shows, and no entry, pairing, slot or judgment."""

from dataclasses import asdict
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotations.models import Study
from annotations.staff import monitoring
from annotations.staff.access import studies_visible_to, study_or_404
from annotations.staff.rater_list import list_raters
from evalsite.core.models import Role


class StudySerializer(serializers.ModelSerializer[Study]):
    languages = serializers.SerializerMethodField(help_text="Languages of its scripts: en, zh.")
    systems = serializers.SerializerMethodField(help_text="Slugs in canonical order.")
    sealed = serializers.BooleanField(source="is_sealed", help_text="Whether nobody may see results.")

    class Meta:
        model = Study
        fields = [
            "slug", "title", "question", "state", "sealed", "languages", "systems", "seed", "spec_digest",
            "frozen_digest", "created_at", "frozen_at", "opened_at", "closed_at", "unblinded_at",
        ]  # fmt: skip

    def get_languages(self, study: Study) -> list[str]:
        return list(study.spec.get("languages", []))

    def get_systems(self, study: Study) -> list[str]:
        return [row["slug"] for row in study.spec.get("systems", [])]


class StudyList(generics.ListAPIView[Study]):
    """The studies of your teams, the newest first."""

    serializer_class = StudySerializer
    filterset_fields = ["state"]

    def get_queryset(self) -> QuerySet[Study]:
        return studies_visible_to(self.request.user)


class StudyDetail(generics.RetrieveAPIView[Study]):
    """One study: its state, its times and its digests."""

    serializer_class = StudySerializer
    lookup_field = "slug"
    filter_backends = []

    def get_queryset(self) -> QuerySet[Study]:
        return studies_visible_to(self.request.user)


class WatchView(APIView):
    """How far a study is, blind: counts and times. Side share and agreement are of the first 20, 40, ...
    judgments, in whole percents, and null below 20."""

    @extend_schema(responses=OpenApiTypes.OBJECT, operation_id="study_watch")
    def get(self, request: Request, slug: str) -> Response:
        return Response(asdict(monitoring.study_figures(study_or_404(request, slug))))


class RaterSerializer(serializers.Serializer[Any]):
    code = serializers.CharField(source="rater.code", help_text="Public code; nothing else names a rater.")
    kind = serializers.CharField(source="rater.kind")
    languages = serializers.ListField(child=serializers.CharField(), source="rater.languages")
    seat = serializers.IntegerField(allow_null=True)
    done = serializers.IntegerField(help_text="Pairs.")
    total = serializers.IntegerField(help_text="Pairs done and left of the seat.")
    last_seen = serializers.DateTimeField(allow_null=True)
    withdrawn = serializers.SerializerMethodField()

    def get_withdrawn(self, row: Any) -> bool:
        return row.rater.withdrawn_at is not None


class RaterList(APIView):
    """Everyone who was enrolled in a study, by public code; for researchers and owners of its team."""

    @extend_schema(responses=RaterSerializer(many=True), operation_id="study_raters")
    def get(self, request: Request, slug: str) -> Response:
        study = study_or_404(request, slug, Role.RESEARCHER)
        return Response(RaterSerializer(list_raters(study), many=True).data)


__all__ = ["RaterList", "StudyDetail", "StudyList", "WatchView"]
