"""Django's admin for this app: looked at, never changed.

A study may be running blind on a script: no text and no digest of one is shown, and so neither are the
texts of stage outputs and refused answers, which stand beside their system.
"""

from django.contrib import admin
from django.db import models
from django.http import HttpRequest

from generation.models import Attempt, Brief, Job, Run, Script, Series, StageOutput, System
from generation.reasons import render


class ReadOnlyAdmin(admin.ModelAdmin):
    """Changes go through services, which log them."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False


@admin.register(Series)
class SeriesAdmin(ReadOnlyAdmin):
    list_display = ["slug", "title", "language"]
    list_filter = ["language"]


@admin.register(Brief)
class BriefAdmin(ReadOnlyAdmin):
    list_display = ["slug", "series", "language", "order", "target_length"]
    list_filter = ["language", "series"]
    list_select_related = ["series"]
    search_fields = ["slug"]


@admin.register(System)
class SystemAdmin(ReadOnlyAdmin):
    list_display = ["slug", "name", "kind"]
    list_filter = ["kind"]


@admin.register(Run)
class RunAdmin(ReadOnlyAdmin):
    list_display = ["code", "kind", "state", "created_by", "created_at", "ended_at"]
    list_filter = ["state"]
    list_select_related = ["created_by"]


@admin.register(Job)
class JobAdmin(ReadOnlyAdmin):
    list_display = ["run", "system", "brief", "sample", "state", "tries", "why"]
    list_filter = ["state", "system"]
    list_select_related = ["run", "system", "brief"]
    exclude = ["lease"]

    @admin.display(description="error")
    def why(self, job: Job) -> str:
        return render(job.error)


@admin.register(Attempt)
class AttemptAdmin(ReadOnlyAdmin):
    list_display = ["job", "stage", "number", "outcome", "why", "started_at", "finished_at"]
    list_filter = ["outcome", "stage"]
    list_select_related = ["job"]
    exclude = ["answer"]

    @admin.display(description="reason")
    def why(self, attempt: Attempt) -> str:
        return render(attempt.reason)


@admin.register(StageOutput)
class StageOutputAdmin(ReadOnlyAdmin):
    list_display = ["job", "stage", "model_answered", "finish_reason", "created_at"]
    list_filter = ["stage", "model_answered"]
    list_select_related = ["job"]
    exclude = ["text", "digest"]


@admin.register(Script)
class ScriptAdmin(ReadOnlyAdmin):
    list_display = ["pk", "brief", "language", "length"]
    list_filter = ["language"]
    list_select_related = ["brief"]
    fields = ["brief", "language", "length"]
    ordering = ["brief__slug", "pk"]
