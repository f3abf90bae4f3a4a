"""Django's admin for what is not sealed. Entries, pairings, slots and what was judged are not registered, so
that no page, search or filter can join them while a study is sealed."""

from django.contrib import admin
from django.http import HttpRequest

from annotations.models import Amendment, Consent, Criterion, Rater, RaterStatement, SeatEvent, Study


class ReadOnlyAdmin(admin.ModelAdmin):
    """Looked at, never changed: changes go through services, which log them."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


class CriterionInline(admin.TabularInline):
    model = Criterion
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


@admin.register(Study)
class StudyAdmin(ReadOnlyAdmin):
    list_display = ["slug", "state", "created_at", "frozen_at", "opened_at", "closed_at", "unblinded_at"]
    list_filter = ["state"]
    search_fields = ["slug"]
    inlines = [CriterionInline]
    # `spec` holds the digest of each system's script of each brief.
    exclude = ["spec"]


@admin.register(Rater)
class RaterAdmin(ReadOnlyAdmin):
    list_display = ["code", "study", "kind", "languages", "enrolled_at", "finished_at", "withdrawn_at"]
    list_filter = ["study", "kind"]
    search_fields = ["code"]
    fields = [
        "study",
        "code",
        "kind",
        "languages",
        "profile",
        "series_known",
        "conflicts",
        "staff_conflicts",
        "instructed_at",
        "enrolled_at",
        "practised_at",
        "turned_away_at",
        "finished_at",
        "guessed_at",
        "debriefed_at",
        "withdrawn_at",
    ]


@admin.register(Consent)
class ConsentAdmin(ReadOnlyAdmin):
    list_display = ["rater", "version", "language", "training_use", "at"]
    list_filter = ["version", "language"]


@admin.register(RaterStatement)
class RaterStatementAdmin(ReadOnlyAdmin):
    list_display = ["rater", "about", "at"]
    list_filter = ["about"]


@admin.register(SeatEvent)
class SeatEventAdmin(ReadOnlyAdmin):
    list_display = ["seat", "number", "verb", "rater_code", "at"]
    list_filter = ["verb"]


@admin.register(Amendment)
class AmendmentAdmin(ReadOnlyAdmin):
    """Added on the study's page, by the person who signs it."""

    list_display = ["study", "at", "who"]
