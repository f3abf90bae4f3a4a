"""Fit to be judged: numbers of each system's scripts, and of each script of one system, for staff.

The pages have numbers of a script and its system, so what a study has sealed is left out and counted.
"""

from collections.abc import Sequence
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from evalsite.core.access import staff_required
from evalsite.core.models import Role
from generation.access import needs, rows_in, shown_teams, system_or_404
from generation.models import Language, Series
from generation.runs import queries
from generation.script_metrics.labels import BY_NAME, NUMBERS
from generation.script_metrics.measuring import wake_if_waiting
from generation.script_metrics.queries import (
    SCRIPTS_A_PAGE,
    ScriptFilter,
    ScriptRow,
    SystemRow,
    script_rows,
    system_rows,
)

SHOWN = (
    "lines_recognised",
    "heading_complete",
    "prose_in_action",
    "dialogue_share",
    "repetition",
    "brief_overlap",
    "nearest_other",
    "human_overlap",
)
RUNS_TO_CHOOSE = 50


@never_cache
@require_safe
@needs(Role.WATCHER)
def metrics_page(request: HttpRequest) -> HttpResponse:
    """All systems, by language."""
    which = _which(request)
    rows = system_rows(which)
    if any(row.waiting for row in rows):
        wake_if_waiting()
    context = {
        **_choices(which),
        "rows": [_shown(row) for row in rows],
        "measured": any(row.n for row in rows),
        "columns": [BY_NAME[name] for name in SHOWN],
        "numbers": NUMBERS,
        "left_out": sum(row.left_out for row in rows),
        "waiting": sum(row.waiting for row in rows),
    }
    return render(request, "generation/script_metrics.html", context)


@never_cache
@require_safe
@staff_required
def metrics_system(request: HttpRequest, system: str) -> HttpResponse:
    """The scripts of one system, those with marked numbers first."""
    system_or_404(request, system)
    which = _which(request, system)
    rows = system_rows(which)
    if any(row.waiting for row in rows):
        wake_if_waiting()
    scripts = Paginator(_Scripts(which, sum(row.n for row in rows)), SCRIPTS_A_PAGE)
    context = {
        **_choices(which),
        "slug": system,
        "scripts": scripts.get_page(request.GET.get("page")),
        "numbers": NUMBERS,
        "left_out": sum(row.left_out for row in rows),
        "waiting": sum(row.waiting for row in rows),
    }
    return render(request, "generation/script_metrics_system.html", context)


class _Scripts(Sequence[ScriptRow]):
    """What a paginator takes: a length, and slices that are asked for alone."""

    def __init__(self, which: ScriptFilter, count: int) -> None:
        self.which, self.count_ = which, count

    def __len__(self) -> int:
        return self.count_

    def __getitem__(self, place: Any) -> Any:
        return script_rows(self.which, place.start or 0, place.stop)


def _which(request: HttpRequest, system: str = "") -> ScriptFilter:
    asked = {name: request.GET.get(name, "")[:80].replace("\0", "") for name in ("language", "series", "run")}
    if asked["language"] not in Language.values:
        asked["language"] = ""
    return ScriptFilter(teams=tuple(shown_teams(request)), system=system, **asked)


def _choices(which: ScriptFilter) -> dict[str, object]:
    told = {"language": which.language, "series": which.series, "run": which.run}
    return {
        "which": which,
        "languages": Language.choices,
        "all_series": rows_in(Series, which.teams).values_list("slug", "title", "language"),
        "runs": queries.runs_newest_first(which.teams)[:RUNS_TO_CHOOSE],
        "query": "&".join(f"{name}={value}" for name, value in told.items() if value and value.isascii()),
    }


def _shown(row: SystemRow) -> dict[str, object]:
    """A row with its cells in words; a mean outside the limits is marked as a script's number would be."""
    ratio = BY_NAME["length_ratio"]
    return {
        "row": row,
        "ratio": ratio.shown(row.means["length_ratio"]) if row.n else "–",
        "ratio_out": ratio.stands_out(row.means["length_ratio"]),
        "range": f"{ratio.shown(row.shortest)} – {ratio.shown(row.longest)}" if row.n else "–",
        "shares": {name: f"{100 * value:.0f} %" if row.n else "–" for name, value in row.shares.items()},
        "marked": {name: bool(value) for name, value in row.shares.items()},
        "cells": [
            (BY_NAME[name].shown(row.means[name]), BY_NAME[name].stands_out(row.means[name]))
            for name in SHOWN
        ],
    }
