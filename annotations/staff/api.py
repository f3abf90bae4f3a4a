"""Studies and raters over the API: what their pages show and do, and no entry, pairing, slot or judgment."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

from django.db.models import F, QuerySet
from django.db.models.fields.json import KeyTransform
from django.utils.translation import gettext as _
from django_filters import rest_framework as filters
from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from annotations import freezing
from annotations.blinding.unblinding import hides_systems
from annotations.desk.seats import free_seats
from annotations.desk.services import Enrolment, NoFreeSeat, NotOpen, SimulatedOnly
from annotations.errors import WrongState
from annotations.findings import review
from annotations.findings.warnings import accept_warnings, accepted_warnings, open_warnings
from annotations.freezing import jobs
from annotations.mailing import inviting
from annotations.mailing.invitation_list import MOST_ROWS, Row, mark_duplicates
from annotations.mailing.messages import link_url
from annotations.models import DraftScan, FreezeJob, LeakFinding, Rater, Study
from annotations.models.mailing import mail_code
from annotations.spec.reading import LANGUAGES
from annotations.staff.access import studies_visible_to, study_or_404
from annotations.staff.raters.enrolling import enrol_group
from annotations.staff.raters.invite_views import fault_text
from annotations.staff.raters.rater_list import STATES, list_raters
from annotations.staff.studies import monitoring, study_states
from annotations.staff.studies.faults import Fault, browser_faults, faults_of
from annotations.staff.studies.loading import load_study_text
from annotations.staff.studies.study_page import INVITES
from annotations.staff.study_form.new_study import MOST_BYTES
from evalsite.api.errors import Problem, conflict
from evalsite.api.idempotency import idempotent
from evalsite.api.input import InputSerializer
from evalsite.api.pagination import Pages
from evalsite.api.parsers import Json, YamlText
from evalsite.api.schema import FaultSerializer
from evalsite.api.views import ApiList, ApiRow, SequenceList, no_rows
from evalsite.core.errors import InputErrors
from evalsite.core.models import Role
from evalsite.core.problems import fault
from evalsite.core.teams import current_team_or_404


@contextmanager
def state_conflicts() -> Iterator[None]:
    """409 where a service refuses because of the row's state."""
    try:
        yield
    except WrongState as wrong:
        raise conflict(_sentence(str(wrong)), code="wrong_state") from wrong


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."


# Studies


def _translated(help_text: str) -> serializers.DictField:
    return serializers.DictField(child=serializers.CharField(), help_text=help_text)


class StudySerializer(serializers.ModelSerializer[Study]):
    """A study: its state, its times and its digests."""

    title = _translated("Title, by language.")
    question = _translated("Question, by language.")
    languages = serializers.SerializerMethodField(help_text="Languages of its scripts: en, zh.")
    systems = serializers.SerializerMethodField(help_text="Slugs in canonical order.")
    sealed = serializers.BooleanField(source="is_sealed", help_text="Whether nobody may see results.")
    spec_digest = serializers.SerializerMethodField(
        help_text="Digest of the study file with its scripts; empty until unblinding, because guesses about "
        "whose script is whose could be checked with it."
    )
    archived = serializers.SerializerMethodField(help_text="Whether it is in the archive.")

    class Meta:
        model = Study
        fields = [
            "slug", "title", "question", "state", "sealed", "archived", "languages", "systems", "seed",
            "spec_digest", "frozen_digest", "created_at", "frozen_at", "opened_at", "closed_at",
            "unblinded_at",
        ]  # fmt: skip

    def get_languages(self, study: Study) -> list[str]:
        return list(_of_spec(study, "languages"))

    def get_systems(self, study: Study) -> list[str]:
        return [row["slug"] for row in _of_spec(study, "systems")]

    def get_spec_digest(self, study: Study) -> str:
        return "" if hides_systems(study) else study.spec_digest

    def get_archived(self, study: Study) -> bool:
        return study.archived_at is not None


def _of_spec(study: Study, key: str) -> list[Any]:
    """A list of the study file, where possible without reading all of the file."""
    name = f"spec_{key}"
    return (getattr(study, name) if hasattr(study, name) else study.spec.get(key)) or []


def _without_spec(studies: QuerySet[Study]) -> QuerySet[Study]:
    """Leave the study files in the database: those of large studies have some hundred kilobytes."""
    parts = {f"spec_{key}": KeyTransform(key, F("spec")) for key in ("languages", "systems")}
    return studies.defer("spec").annotate(**parts)


class StudyFilter(filters.FilterSet):
    state = filters.ChoiceFilter(choices=Study.State.choices, help_text="Only studies in this state.")
    archived = filters.BooleanFilter(
        field_name="archived_at",
        lookup_expr="isnull",
        exclude=True,
        help_text="Only archived ones, or only others.",
    )


class StudyFileSerializer(InputSerializer):
    file = serializers.CharField(
        trim_whitespace=False,
        help_text="A study file in YAML. Its briefs and scripts are stored already.",
    )


class LoadedStudySerializer(serializers.Serializer[Any]):
    study = StudySerializer()
    outcome = serializers.ChoiceField(
        choices=["created", "updated", "unchanged"], help_text="What became of the draft."
    )
    changed = serializers.ListField(child=serializers.CharField(), help_text="Fields that were updated.")
    dropped = serializers.ListField(
        child=serializers.CharField(), help_text="Briefs that are left out because a system has no script."
    )
    kept_out = serializers.ListField(
        child=serializers.CharField(), help_text="Briefs of which the draft has rejected a script."
    )


class StudyList(ApiList):
    """The studies of your teams, the newest first."""

    scope = "studies"
    serializer_class = StudySerializer
    filterset_class = StudyFilter
    parser_classes = [Json, YamlText]

    def get_queryset(self) -> QuerySet[Study]:
        return _without_spec(studies_visible_to(self.request.user))

    @extend_schema(operation_id="studies_list")
    def get(self, request: Request) -> Response:
        return self.list(request)

    @extend_schema(
        operation_id="studies_create",
        request={"application/json": StudyFileSerializer, "application/yaml": {"type": "string"}},
        responses={200: LoadedStudySerializer, 201: LoadedStudySerializer},
        filters=False,
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Create a draft from a study file, or update the draft with its slug.

        A frozen study with other content is refused. 201: created. 200: updated or unchanged.
        """
        team = current_team_or_404(request)
        given = StudyFileSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        text = given.validated_data["file"]
        if len(text.encode()) > MOST_BYTES:
            detail = _("The study file is longer than %(most)s bytes.") % {"most": MOST_BYTES}
            raise Problem(413, detail, code="too_large")
        loaded = load_study_text(text, "study.yaml", by=self.username, team=team)
        created = loaded.outcome == "created"
        place = self.location("api-study", loaded.study.slug)
        return Response(LoadedStudySerializer(loaded).data, status=201 if created else 200, headers=place)


class StudyDetail(ApiRow):
    """One study: its state, its times and its digests."""

    scope = "studies"
    serializer_class = StudySerializer

    @extend_schema(operation_id="studies_retrieve")
    def get(self, request: Request, slug: str) -> Response:
        return Response(StudySerializer(study_or_404(request, slug)).data)


# States


class FreezingSerializer(serializers.Serializer[Any]):
    """How far freezing is. `failed` has the reasons in `errors`."""

    state = serializers.ChoiceField(choices=["none", *FreezeJob.State.values])
    step = serializers.ChoiceField(choices=freezing.STEPS, allow_blank=True, help_text="What it does now.")
    done = serializers.IntegerField(help_text="Of the step.")
    total = serializers.IntegerField(help_text="Of the step; 0 while it is not known.")
    unanswered = serializers.BooleanField(help_text="Whether it waits so long that no worker seems to run.")
    errors = FaultSerializer(  # type: ignore[assignment]
        many=True, help_text="Errors to fix before the study can be frozen."
    )


def freezing_state(study: Study) -> dict[str, Any]:
    """How far the freezing of a study is, for `FreezingSerializer`."""
    found: dict[str, Any] = {"step": "", "done": 0, "total": 0, "unanswered": False, "errors": []}
    if study.state != Study.State.DRAFT:
        return found | {"state": "done"}
    if job := jobs.active_job(study):
        progress = {"step": job.step, "done": job.done, "total": job.total}
        return found | progress | {"state": job.state, "unanswered": jobs.is_unanswered(job)}
    errors = what_blocks(faults_of(jobs.last_freeze_errors(study), study))
    return found | {"state": "failed" if errors else "none", "errors": errors}


def what_blocks(faults: Iterable[Fault]) -> list[dict[str, Any]]:
    """What keeps a draft from being frozen, as entries of `errors`; `path` is the code of the fault."""
    return [fault(each.message, fix=each.fix, path=each.code) for each in faults]


class FreezingView(ApiRow):
    """Freezing a study. Large studies are frozen by a worker, so ask for the state until it is `done`."""

    scope = "studies"
    serializer_class = FreezingSerializer

    @extend_schema(operation_id="studies_freezing")
    def get(self, request: Request, slug: str) -> Response:
        """How far freezing is."""
        return Response(freezing_state(study_or_404(request, slug)))

    @extend_schema(operation_id="studies_freeze", request=None, responses={202: FreezingSerializer})
    @idempotent
    def post(self, request: Request, slug: str) -> Response:
        """Freeze a draft. 409 names the findings, warnings and faults that are to be settled first."""
        study = study_or_404(request, slug)
        with state_conflicts():
            job = jobs.request_freeze(study, actor=request.user)  # type: ignore[arg-type]
        if job.state == jobs.State.FAILED:
            raise _blocked(faults_of(job.errors, study))
        study.refresh_from_db()
        return Response(freezing_state(study), status=202, headers=self.location("api-freeze", slug))


def _blocked(faults: Iterable[Fault]) -> Problem:
    """409 with what keeps a draft from being frozen."""
    detail = _("The draft can't be frozen yet. Settle what is listed.")
    return conflict(detail, code="blocked", errors=what_blocks(faults))


class StateView(ApiRow):
    """Moves a study to another state."""

    scope = "studies"
    serializer_class = StudySerializer
    verb: study_states.Verb = "open"

    @idempotent
    def post(self, request: Request, slug: str) -> Response:
        study = study_or_404(request, slug)
        with state_conflicts():
            study = study_states.transition(study=study, verb=self.verb, by=self.username)
        return Response(StudySerializer(study).data)


@extend_schema_view(post=extend_schema(operation_id="studies_open", request=None))
class OpenView(StateView):
    """Open a frozen or paused study: its raters can judge."""

    verb = "open"


@extend_schema_view(post=extend_schema(operation_id="studies_pause", request=None))
class PauseView(StateView):
    """Pause an open study: raters get no new pairs. Answers are kept."""

    verb = "pause"


@extend_schema_view(post=extend_schema(operation_id="studies_close", request=None))
class CloseView(StateView):
    """Close a study. It takes no more judgments, and this cannot be undone."""

    verb = "close"


# Findings


class FindingSerializer(serializers.ModelSerializer[LeakFinding]):
    """What a text of the draft says that could tell raters its system."""

    where = serializers.CharField(
        source="brief_slug",
        help_text="The slug of a script's brief; brief:SLUG:field; study:field.",
    )
    accepted_by = serializers.CharField(source="cleared_by", help_text="Empty while it is open.")
    reason = serializers.CharField(source="cleared_reason", help_text="Why it was accepted.")
    accepted_at = serializers.DateTimeField(source="cleared_at", allow_null=True)

    class Meta:
        model = LeakFinding
        fields = ["code", "where", "kind", "excerpt", "accepted_by", "reason", "accepted_at"]


class FindingFilter(filters.FilterSet):
    kind = filters.CharFilter(help_text="Only findings of this kind.")
    open = filters.BooleanFilter(
        field_name="cleared_at", lookup_expr="isnull", help_text="Only open ones, or only accepted ones."
    )


class FindingList(ApiList):
    """Findings of the last check of a draft's texts. None says whose script it is."""

    scope = "studies"
    serializer_class = FindingSerializer
    filterset_class = FindingFilter
    queryset = no_rows(LeakFinding)

    @extend_schema(operation_id="findings_list")
    def get(self, request: Request, slug: str) -> Response:
        return self.list(request)

    def get_queryset(self) -> QuerySet[LeakFinding]:
        return review.findings(study_or_404(self.request, self.kwargs["slug"], Role.RESEARCHER))


class WarningSerializer(serializers.Serializer[Any]):
    """A script or a check is conspicuous, so raters could recognize it; or a language has few series."""

    key = serializers.CharField()
    code = serializers.ChoiceField(choices=["length", "check", "few_series"])
    message = serializers.CharField()
    accepted_by = serializers.CharField(allow_blank=True, help_text="Empty while it is open.")
    reason = serializers.CharField(allow_blank=True, help_text="Why it was accepted.")


class WarningList(SequenceList):
    """The warnings of a draft: first the open ones, then those that were accepted."""

    scope = "studies"
    serializer_class = WarningSerializer

    @extend_schema(operation_id="warnings_list", responses=WarningSerializer(many=True))
    def get(self, request: Request, slug: str) -> Response:
        study = study_or_404(request, slug, Role.RESEARCHER)
        found = open_warnings(study) if study.state == Study.State.DRAFT else []
        rows = [(warning, "", "") for warning in found]
        rows += [(warning, row.accepted_by, row.reason) for warning, row in accepted_warnings(study)]
        return self.answer(
            [
                {
                    "key": one.key,
                    "code": one.code,
                    "message": one.message,
                    "accepted_by": by,
                    "reason": reason,
                }
                for one, by, reason in rows
            ]
        )


class ReasonSerializer(InputSerializer):
    reason = serializers.CharField(max_length=1000, help_text="Why they give no system away.")


class AcceptedSerializer(serializers.Serializer[Any]):
    findings = serializers.IntegerField(help_text="Findings that were accepted.")
    warnings = serializers.IntegerField(help_text="Warnings that were accepted.")


class AcceptFindings(ApiRow):
    """Accept all open findings and warnings of a draft with one reason."""

    scope = "studies"
    serializer_class = AcceptedSerializer

    @extend_schema(
        operation_id="findings_accept", request=ReasonSerializer, responses={200: AcceptedSerializer}
    )
    @idempotent
    def post(self, request: Request, slug: str) -> Response:
        """Accept all open findings and warnings of a draft with one reason.

        Texts that have changed are checked first. 409 while a worker does that: try again.
        """
        study = study_or_404(request, slug)
        given = ReasonSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        reason = given.validated_data["reason"]
        try:
            with state_conflicts():
                _check_texts(study, self.username)
                return Response(
                    {
                        "findings": review.accept_all(study=study, by=self.username, reason=reason),
                        "warnings": accept_warnings(study=study, by=self.username, reason=reason),
                    }
                )
        except InputErrors as refused:
            raise _blocked(browser_faults(refused.errors, study)) from refused


def _check_texts(study: Study, by: str) -> None:
    """Check the texts of a draft: at once where they are few, else by a worker, with 409 meanwhile."""
    if review.is_scanned(study):
        return
    scan: DraftScan = review.request_scan(study=study, by=by)
    if review.running_scan(scan):
        detail = _("The texts are being checked: %(done)s of %(total)s. Try again.")
        detail %= {"done": scan.done, "total": scan.total}
        raise conflict(detail, code="checking_texts", retry_after=5)


# Progress


class SeatFiguresSerializer(serializers.Serializer[Any]):
    total = serializers.IntegerField()
    taken = serializers.IntegerField()
    free = serializers.IntegerField()
    finished = serializers.IntegerField(help_text="Seats whose rater has finished.")


class LanguageFiguresSerializer(serializers.Serializer[Any]):
    language = serializers.CharField()
    seats = serializers.IntegerField()
    slots = serializers.IntegerField(help_text="Judgments that are planned.")
    submitted = serializers.IntegerField()


class FlowSerializer(serializers.Serializer[Any]):
    """People and pairs as the flow chart of a trial counts them."""

    enrolled = serializers.IntegerField()
    consented = serializers.IntegerField()
    instructed = serializers.IntegerField()
    practised = serializers.IntegerField()
    turned_away = serializers.IntegerField()
    withdrawn = serializers.IntegerField()
    submitted = serializers.IntegerField()
    skipped = serializers.IntegerField()
    expired = serializers.IntegerField()
    late = serializers.IntegerField()
    excluded = serializers.IntegerField()
    relinked = serializers.IntegerField(help_text="Raters who were given a new link.")
    after_new_link = serializers.IntegerField(help_text="What they answered after it.")


class DaySerializer(serializers.Serializer[Any]):
    day = serializers.DateField(help_text="UTC.")
    submitted = serializers.IntegerField()


def _counts(help_text: str) -> serializers.DictField:
    return serializers.DictField(child=serializers.IntegerField(min_value=0), help_text=help_text)


class WatchSerializer(serializers.Serializer[Any]):
    """How far a study is, blind."""

    seats = SeatFiguresSerializer()
    assignments = _counts("Number of assignments by state.")
    slots = serializers.IntegerField(help_text="Judgments that are planned.")
    pairing_counts = _counts("For each number of judgments: how many pairs have it.")
    judgments = serializers.IntegerField()
    left_share = serializers.FloatField(
        allow_null=True, help_text="Share of left among left and right; null below 20 judgments."
    )
    raw_agreement = serializers.FloatField(
        allow_null=True, help_text="Share of pairs of raters who agree; null below 20 judgments."
    )
    median_minutes = serializers.FloatField(allow_null=True, help_text="Of one pair.")
    languages = LanguageFiguresSerializer(many=True)
    flow = FlowSerializer()
    kinds = _counts("Number of raters by kind.")
    days = DaySerializer(many=True, help_text="The last 14 days, from the first submission on.")
    expected_end = serializers.DateTimeField(allow_null=True, help_text="At the pace of the last seven days.")


class WatchView(ApiRow):
    """How far a study is, blind: counts and times. Side share and agreement are of the first 20, 40, ...
    judgments, in whole percents, and null below 20."""

    scope = "studies"
    serializer_class = WatchSerializer

    @extend_schema(responses=WatchSerializer, operation_id="study_watch")
    def get(self, request: Request, slug: str) -> Response:
        return Response(WatchSerializer(asdict(monitoring.study_figures(study_or_404(request, slug)))).data)


# Raters


class RaterSerializer(serializers.Serializer[Any]):
    """A rater by public code; names and addresses are on the study's page alone."""

    code = serializers.CharField(source="rater.code", help_text="Public code; nothing else names a rater.")
    kind = serializers.ChoiceField(source="rater.kind", choices=Rater.Kind.choices)
    state = serializers.ChoiceField(choices=list(STATES), help_text="How far the rater is.")
    languages = serializers.ListField(child=serializers.CharField(), source="rater.languages")
    seat = serializers.IntegerField(allow_null=True)
    done = serializers.IntegerField(help_text="Pairs.")
    total = serializers.IntegerField(help_text="Pairs done and left of the seat.")
    last_seen = serializers.DateTimeField(allow_null=True)
    withdrawn = serializers.SerializerMethodField()

    def get_withdrawn(self, row: Any) -> bool:
        return row.rater.withdrawn_at is not None


class PersonSerializer(InputSerializer):
    name = serializers.CharField(required=False, default="", allow_blank=True, max_length=120)
    email = serializers.EmailField(required=False, default="", allow_blank=True, max_length=254)
    languages = serializers.ListField(
        child=serializers.ChoiceField(choices=LANGUAGES),
        required=False,
        default=list,
        help_text="Reading languages; not needed where all seats have the same ones.",
    )
    group = serializers.CharField(required=False, default="", allow_blank=True, max_length=60)
    conflicts = serializers.ListField(
        child=serializers.CharField(max_length=80),
        required=False,
        default=list,
        help_text="Slugs of series that this person has worked on.",
    )
    mail_language = serializers.ChoiceField(
        choices=LANGUAGES, required=False, allow_blank=True, default="", help_text="Language of emails."
    )


class InvitationSerializer(InputSerializer):
    """Either `raters`, a list of people, or `count` and `languages`."""

    raters = PersonSerializer(many=True, required=False, help_text="People to invite, at most 1,000.")
    send = serializers.BooleanField(default=False, help_text="Send an invitation to everyone with an email.")
    wait = serializers.BooleanField(
        default=False,
        help_text="Put people without a free seat on the waiting list.",
    )
    count = serializers.IntegerField(
        required=False, min_value=1, max_value=MOST_ROWS, help_text="Number of raters without names."
    )
    languages = serializers.ListField(
        child=serializers.ChoiceField(choices=LANGUAGES),
        required=False,
        default=list,
        help_text="With `count`: the reading languages of each rater.",
    )
    simulated = serializers.BooleanField(
        default=False, help_text="With `count`: simulated raters, for whom consent and profile are done."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        people = attrs.get("raters")
        if (not people) == (attrs.get("count") is None):
            raise serializers.ValidationError(_("Give either raters or count."))
        if people and len(people) > MOST_ROWS:
            raise serializers.ValidationError({"raters": _("At most %(n)s at a time.") % {"n": MOST_ROWS}})
        return attrs


class InvitedRaterSerializer(serializers.Serializer[Any]):
    code = serializers.CharField(help_text="Public code.")
    link = serializers.URLField(help_text="The personal link. It is not shown again.")
    name = serializers.CharField(allow_blank=True)
    email = serializers.CharField(allow_blank=True)
    languages = serializers.ListField(child=serializers.CharField())


class InvitedSerializer(serializers.Serializer[Any]):
    raters = InvitedRaterSerializer(many=True)
    waiting = serializers.IntegerField(help_text="People who joined the waiting list.")
    mails = serializers.IntegerField(help_text="Invitations that were queued.")


class RaterPages(Pages):
    """In the order of enrolment."""

    ordering = "id"


class RaterFilter(filters.FilterSet):
    kind = filters.ChoiceFilter(choices=Rater.Kind.choices, help_text="Only raters of this kind.")
    finished = filters.BooleanFilter(
        field_name="finished_at",
        lookup_expr="isnull",
        exclude=True,
        help_text="Only those who have, or have not.",
    )


class RaterList(ApiList):
    """Everyone who was enrolled in a study, by public code; for researchers and owners of its team."""

    scope = "raters"
    serializer_class = RaterSerializer
    pagination_class = RaterPages
    filterset_class = RaterFilter
    queryset = no_rows(Rater)

    @extend_schema(responses=RaterSerializer(many=True), operation_id="study_raters")
    def get(self, request: Request, slug: str) -> Response:
        study = study_or_404(request, slug, Role.RESEARCHER)
        page = self.paginate_queryset(self.filter_queryset(study.raters.all()))
        rows = list_raters(study, [rater.pk for rater in page or ()])
        by_key = {row.rater.pk: row for row in rows}
        ordered = [by_key[rater.pk] for rater in page or () if rater.pk in by_key]
        return self.get_paginated_response(RaterSerializer(ordered, many=True).data)

    @extend_schema(
        request=InvitationSerializer,
        responses={201: OpenApiResponse(InvitedSerializer, "Enrolled, with their links.")},
        operation_id="study_invite_raters",
        filters=False,
    )
    @idempotent
    def post(self, request: Request, slug: str) -> Response:
        """Invite raters: all of them, or none. The answer has the personal link of each, which is shown once.

        Give `raters`, a list of people, or `count` and `languages`.
        """
        study = study_or_404(request, slug, Role.RESEARCHER)
        form = InvitationSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        given = form.validated_data
        try:
            invited = _invite_people if given.get("raters") else _enrol_count
            return Response(InvitedSerializer(invited(study, given, self.username)).data, status=201)
        except SimulatedOnly as refusal:
            detail = _("All raters of this study are simulated. Send count, languages and simulated.")
            raise conflict(detail, code="simulated_only") from refusal
        except NoFreeSeat as refusal:
            raise conflict(_no_seat_text(study), code="no_free_seat") from refusal
        except NotOpen as refusal:
            detail = _("Invite raters while the study is frozen, open or paused.")
            raise conflict(detail, code="wrong_state") from refusal


def _no_seat_text(study: Study) -> str:
    free = ", ".join(f"{languages}: {count}" for languages, count in free_seats(study).items())
    return _("There are too few free seats, so no one was enrolled. Free seats: %(free)s.") % {"free": free}


def _enrol_count(study: Study, given: dict[str, Any], by: str) -> dict[str, Any]:
    languages = given["languages"] or _only_languages(study)
    enrolled = enrol_group(
        study=study, count=given["count"], languages=languages, simulated=given["simulated"], by=by
    )
    return {"raters": [_invited(one) for one in enrolled], "waiting": 0, "mails": 0}


def _only_languages(study: Study) -> list[str]:
    """The reading languages of all seats, where they are the same."""
    kinds = list(free_seats(study))
    if len(kinds) > 1:
        raise serializers.ValidationError(
            {"languages": _("Give the reading languages: %(kinds)s.") % {"kinds": "; ".join(kinds)}}
        )
    return kinds[0].split() if kinds else []


def _invited(one: Enrolment) -> dict[str, Any]:
    rater = one.rater
    return {
        "code": rater.code,
        "link": link_url(one.secret),
        "name": "",
        "email": "",
        "languages": rater.languages,
    }


def _invite_people(study: Study, given: dict[str, Any], by: str) -> dict[str, Any]:
    if study.spec.get("raters") == Rater.Kind.SIMULATED:
        raise SimulatedOnly
    people = given["raters"]
    checked = inviting.check_rows(study, _rows(people))
    if checked.faulty and study.state in INVITES:
        raise Problem(
            422, _("The list has errors. No one was enrolled."), code="invalid", errors=_faults(checked)
        )
    try:
        mailing = inviting.invite(
            study=study, rows=_rows(people), code=mail_code(), by=by, send=given["send"], wait=given["wait"]
        )
    except inviting.ListChanged as changed:
        raise conflict(
            _("Seats or raters have changed meanwhile. Try again."), code="list_changed"
        ) from changed
    raters = list(inviting.listed_raters(mailing).select_related("contact").order_by("pk"))
    links = inviting.issue_links(study=study, raters=raters, by=by)
    return {
        "raters": [
            {
                "code": each.rater.code,
                "link": link_url(each.secret),
                "name": each.label,
                "email": each.address,
                "languages": each.rater.languages,
            }
            for each in links
        ],
        "waiting": mailing.contacts.filter(rater__isnull=True).count(),
        "mails": mailing.mails.count(),
    }


FIELD_OF = {"label": "name", "mail": "email"}
"""Columns of an invitation list that have another name here."""


def _rows(people: list[dict[str, Any]]) -> list[Row]:
    """The people as rows of an invitation list; `line` is their number from 1."""
    rows = [
        Row(
            line=number,
            label=each["name"],
            mail=each["email"],
            languages=tuple(sorted(set(each["languages"]))),
            group=each["group"],
            conflicts=tuple(each["conflicts"]),
            mail_language=each["mail_language"],
        )
        for number, each in enumerate(people, start=1)
    ]
    mark_duplicates(rows)
    return rows


def _faults(checked: inviting.CheckedList) -> list[dict[str, Any]]:
    return [
        fault(fault_text(each), path=f"raters.{row.line - 1}.{FIELD_OF.get(each.column, each.column)}")
        for row in checked.rows
        for each in row.faults
    ]
