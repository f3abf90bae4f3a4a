"""Runs over the API: planned by the rules of the page for a new run, and changed as their pages do it."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from evalsite.api.errors import Problem, conflict
from evalsite.api.idempotency import idempotent
from evalsite.api.input import InputSerializer
from evalsite.api.views import ApiList, ApiRow
from evalsite.core.errors import InputErrors
from evalsite.core.models import Role
from evalsite.core.problems import fault, input_faults
from evalsite.core.teams import current_team_or_404
from generation.access import rows_in, run_or_404, teams_of
from generation.models import Brief, Run
from generation.pipelines.reading_stage import MOST_TOKENS
from generation.reasons import render
from generation.runs import queries
from generation.runs import services as run_services
from generation.runs.choices import choices, missing_keys
from generation.runs.kinds import kind_of
from generation.runs.new_form import MOST, MOST_SAMPLES, NewRunForm
from generation.runs.progress import Progress, progress_of
from generation.runs.services import Limits, counted
from generation.runs.spending import MILLION, Use, prices_of
from generation.yaml_files import MOST_ITEMS

HIDDEN = "Null while a blinded study uses scripts of the run."
MOST_SYSTEMS = 50
MOST_LIMIT = 10**15


class JobCountsSerializer(serializers.Serializer[Any]):
    """Jobs by state. One job is one script."""

    blocked = serializers.IntegerField(help_text="Wait for other jobs of the run.")
    waiting = serializers.IntegerField(help_text="Wait for a worker or for their next try.")
    claimed = serializers.IntegerField(help_text="In progress.")
    done = serializers.IntegerField(help_text="Finished.")
    failed = serializers.IntegerField(help_text="Ended without a script.")


class RunSerializer(serializers.Serializer[Any]):
    """A run in the list."""

    code = serializers.CharField(source="run.code", help_text="Code of the run.")
    name = serializers.CharField(source="run.title", help_text="Name of the run.")
    kind = serializers.ChoiceField(Run.Kind.choices, source="run.kind", help_text="What its jobs write.")
    state = serializers.ChoiceField(
        Run.State.choices, source="run.state", help_text="`done` and `cancelled` are final; poll until then."
    )
    systems = serializers.ListField(child=serializers.CharField(), help_text="Slugs of its systems.")
    jobs = JobCountsSerializer(source="counts", help_text="Jobs by state.")
    created_by = serializers.CharField(
        source="run.created_by.username", default=None, allow_null=True, help_text="Who started it."
    )
    created_at = serializers.DateTimeField(source="run.created_at", help_text="When it was started.")
    ended_at = serializers.DateTimeField(source="run.ended_at", allow_null=True, help_text="When it ended.")


class UseSerializer(serializers.Serializer[Any]):
    prompt_tokens = serializers.IntegerField(help_text="Tokens sent.")
    completion_tokens = serializers.IntegerField(help_text="Tokens received.")
    cost = serializers.FloatField(help_text="In the currency of the prices.")


class FailureSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField(help_text="Why jobs failed.")
    jobs = serializers.IntegerField(help_text="Number of jobs that failed for this reason.")


class LimitsSerializer(InputSerializer):
    limit_tokens = serializers.IntegerField(
        min_value=1,
        max_value=MOST_LIMIT,
        allow_null=True,
        required=False,
        help_text="Tokens that the run may use; null for no limit.",
    )
    limit_cost = serializers.FloatField(
        min_value=0,
        max_value=10**9,
        allow_null=True,
        required=False,
        help_text="Cost that the run may cause, in the currency of the prices; null for no limit.",
    )


class RunDetailSerializer(RunSerializer):
    """A run with its settings and its progress."""

    briefs = serializers.ListField(child=serializers.CharField(), help_text="Slugs of its briefs.")
    samples = serializers.IntegerField(help_text="Scripts for each system and brief.")
    seed = serializers.IntegerField(help_text="Another seed makes another run.")
    pause_reason = serializers.CharField(
        allow_blank=True, help_text="Why it paused by itself: limit-tokens, limit-cost, not-mixed or empty."
    )
    limit_tokens = serializers.IntegerField(allow_null=True, help_text="Tokens that it may use.")
    limit_cost = serializers.FloatField(allow_null=True, help_text="Cost that it may cause.")
    requests = serializers.IntegerField(help_text="Requests that were sent.")
    rejected = serializers.IntegerField(help_text="Answers that were rejected.")
    unanswered = serializers.IntegerField(help_text="Requests without an answer.")
    expected = UseSerializer(help_text="What the whole run is expected to use.")
    used = UseSerializer(allow_null=True, help_text=f"What it has used so far. {HIDDEN}")
    seconds_left = serializers.FloatField(allow_null=True, help_text="Null where it can't be estimated.")
    retriable = serializers.IntegerField(help_text="Failed jobs that can be retried.")
    failures = FailureSerializer(
        many=True, help_text="The most frequent reasons, without those of sealed scripts."
    )


class NewRunSerializer(LimitsSerializer):
    """Systems, briefs and settings of a new run."""

    systems = serializers.ListField(
        child=serializers.CharField(max_length=80),
        min_length=1,
        max_length=MOST_SYSTEMS,
        help_text="Slugs of stored or included pipelines.",
    )
    briefs = serializers.ListField(
        child=serializers.CharField(max_length=80),
        max_length=MOST_ITEMS,
        required=False,
        default=list,
        help_text="Slugs of briefs.",
    )
    series = serializers.ListField(
        child=serializers.CharField(max_length=80),
        max_length=MOST_ITEMS,
        required=False,
        default=list,
        help_text="Slugs of series: all their briefs.",
    )
    samples = serializers.IntegerField(
        min_value=1,
        max_value=MOST_SAMPLES,
        required=False,
        default=1,
        help_text="Scripts for each system and brief. A study uses the first valid one.",
    )
    seed = serializers.IntegerField(
        min_value=0, max_value=2**53, required=False, default=1, help_text="Another seed makes another run."
    )
    name = serializers.CharField(
        max_length=120, required=False, default="", allow_blank=True, help_text="By default systems and date."
    )
    base_url = serializers.CharField(
        max_length=400,
        required=False,
        default="",
        allow_blank=True,
        help_text="OpenAI-compatible address for all systems. By default each system's own.",
    )
    key = serializers.CharField(
        max_length=200, required=False, default="", allow_blank=True, help_text="Name of a configured key."
    )
    model = serializers.CharField(
        max_length=200, required=False, default="", allow_blank=True, help_text="Model for all stages."
    )
    temperature = serializers.FloatField(
        min_value=0, max_value=2, required=False, help_text="For all stages."
    )
    top_p = serializers.FloatField(min_value=0.001, max_value=1, required=False, help_text="For all stages.")
    no_sampling = serializers.BooleanField(
        required=False, default=False, help_text="Leave temperature and top-p to the server."
    )
    max_tokens = serializers.IntegerField(
        min_value=1, max_value=MOST_TOKENS, required=False, help_text="Per answer, for all stages."
    )
    price_in = serializers.FloatField(
        min_value=0, max_value=MOST, required=False, help_text="Price of a million tokens sent."
    )
    price_out = serializers.FloatField(
        min_value=0, max_value=MOST, required=False, help_text="Price of a million tokens received."
    )
    mix_adapters = serializers.BooleanField(
        required=False,
        default=False,
        help_text="Mix models in one batch of a server that was checked for it.",
    )


class RunList(ApiList):
    """The runs of your teams, the newest first."""

    scope = "generation"
    serializer_class = RunSerializer
    filterset_fields = ["state", "kind"]

    def get_queryset(self) -> QuerySet[Run]:
        return rows_in(Run, teams_of(self.request)).select_related("created_by").defer("frozen_settings")

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(RunSerializer(queries.run_rows(page or []), many=True).data)

    @extend_schema(request=NewRunSerializer, responses={200: RunDetailSerializer, 201: RunDetailSerializer})
    @idempotent
    def post(self, request: Request) -> Response:
        """Start a run. Only owners of the team.

        The same settings are the same run: it continues, and the status is 200.
        """
        team = current_team_or_404(request, Role.OWNER)
        given = NewRunSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        form = _valid_form(given.validated_data, team)
        if missing := missing_keys(form.specs):
            detail = _("The server has no key named %(names)s.") % {"names": ", ".join(missing)}
            raise Problem(422, detail, code="key_missing")
        prices = prices_of(form.specs, form.cleaned_data["price_in"], form.cleaned_data["price_out"])
        planned = run_services.plan_run(
            **form.settings,
            stored=form.stored_specs,
            by=request.user,  # type: ignore[arg-type]
            limits=form.limits,
            prices=prices,
            mix_adapters=form.cleaned_data["mix_adapters"],
            name=form.cleaned_data["name"].strip(),
            renew=False,
        )
        place = self.location("api-run", planned.run.code)
        return Response(_detail(planned.run), status=201 if planned.created else 200, headers=place)


def _valid_form(told: Mapping[str, Any], team: int) -> NewRunForm:
    """The form of the page, filled with what a program sent. Raises a problem with what is wrong."""
    keys = {each.spec.slug: each.key for each in reversed(choices(team))}
    data = {
        **{name: value for name, value in told.items() if value is not None},
        "systems": [keys.get(slug, slug) for slug in told["systems"]],
        "briefs": [*_named("brief", told["briefs"]), *_named("series", told["series"])],
    }
    form = NewRunForm(data, team=team)
    # The page offers single briefs only where there are few.
    known = rows_in(Brief, [team]).filter(slug__in=told["briefs"]).values_list("slug", flat=True)
    offered = [*_named("brief", known), *_named("series", [each.slug for each in form.series])]
    form.fields["briefs"].choices = [(name, name) for name in offered]  # type: ignore[attr-defined]
    if not form.is_valid():
        raise Problem(422, _("The request has errors."), code="invalid", errors=list(_form_faults(form)))
    return form


def _named(kind: str, slugs: Iterable[str]) -> list[str]:
    """Briefs or series as the form names them."""
    return [f"{kind}:{slug}" for slug in slugs]


def _form_faults(form: NewRunForm) -> Iterator[dict[str, Any]]:
    for name, messages in form.errors.items():
        for message in messages:
            yield fault(str(message), path="" if name == "__all__" else name.removeprefix("slug-"))


def _detail(run: Run) -> Any:
    """All that the page of a run says of it, without what a blinded study hides."""
    run.refresh_from_db()
    (row,) = queries.run_rows([run])
    now, settings = progress_of(run), run.frozen_settings
    hidden = kind_of(run).hidden_jobs(run)
    expected = run.estimate.get("expected", {})
    values = {
        "run": run,
        "systems": row.systems,
        "counts": row.counts,
        "briefs": sorted(settings.get("briefs", {})),
        "samples": settings.get("samples", 1),
        "seed": settings.get("seed", 1),
        "pause_reason": getattr(run.pause_reason, "code", ""),
        "limit_tokens": run.limit_tokens,
        "limit_cost": None if run.limit_cost is None else run.limit_cost / MILLION,
        "requests": now.attempts,
        "rejected": now.refused,
        "unanswered": now.broken,
        "expected": _use(
            Use(*(expected.get(key, 0) for key in ("prompt_tokens", "completion_tokens", "cost")))
        ),
        "used": None if hidden else _use(now.sums.known),
        "seconds_left": now.left_s,
        "retriable": counted(run)[0] if now.failed else 0,
        "failures": _failures(run, now, hidden),
    }
    return RunDetailSerializer(values).data


def _use(use: Use) -> dict[str, float]:
    return {**use.as_dict(), "cost": use.cost / MILLION}


def _failures(run: Run, now: Progress, hidden: set[int]) -> list[dict[str, Any]]:
    found = queries.failures_of(run, hidden=hidden) if now.failed else []
    return [{"reason": render(each["error"]), "jobs": each["jobs"]} for each in found]


class RunDetail(ApiRow):
    """One run. Poll it until its state is `done` or `cancelled`, or `paused` with a reason."""

    scope = "generation"
    serializer_class = RunDetailSerializer

    def get(self, request: Request, code: str) -> Response:
        return Response(_detail(run_or_404(request, code)))


class _RunChange(ApiRow):
    scope = "generation"
    serializer_class = RunDetailSerializer

    def change(self, run: Run) -> None:
        raise NotImplementedError

    def answer(self, request: Request, code: str) -> Response:
        run = run_or_404(request, code, Role.OWNER)
        try:
            self.change(run)
        except InputErrors as refused:
            detail = _("The state of the run does not allow this.")
            raise conflict(detail, code="run_state", errors=input_faults(refused.errors)) from refused
        return Response(_detail(run))


STATES = {"pause": Run.State.PAUSED, "resume": Run.State.ACTIVE, "cancel": Run.State.CANCELLED}
VERBS = (*STATES, "retry")


class RunMove(_RunChange):
    """Changes the state of a run, as its page does."""

    verb = ""

    @extend_schema(request=None)
    @idempotent
    def post(self, request: Request, code: str) -> Response:
        """Pause a run, resume it, cancel it for good, or retry its failed jobs. Only owners of the team.

        Answers to requests in progress are kept, and so are the scripts of a cancelled run. `retriable` of a
        run is the number of jobs that a retry starts again.
        """
        return self.answer(request, code)

    def change(self, run: Run) -> None:
        if self.verb in STATES:
            run_services.change_run(run=run, state=STATES[self.verb], by=self.username)
        else:
            run_services.retry_failed(run=run, by=self.username)


class RunLimits(_RunChange):
    """Changes the limits of a run."""

    @extend_schema(request=LimitsSerializer)
    @idempotent
    def post(self, request: Request, code: str) -> Response:
        """Set both limits; one that is missing is removed. A run that paused at a limit continues.

        Only owners of the team.
        """
        return self.answer(request, code)

    def change(self, run: Run) -> None:
        given = LimitsSerializer(data=self.request.data)
        given.is_valid(raise_exception=True)
        told = given.validated_data
        limits = Limits(told.get("limit_tokens"), told.get("limit_cost"))
        run_services.set_limits(run=run, limits=limits, by=self.username)
