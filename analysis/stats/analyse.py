"""The one entry: checked tables, a plan and a seed in; a frozen report out."""

import platform
from collections.abc import Callable
from dataclasses import replace
from importlib import metadata

from analysis.stats.plan import Plan
from analysis.stats.report import LISTS, Entry, Report
from analysis.stats.tables import Tables, Warn

Progress = Callable[[str, float], None]  # what is being computed, and the share of the work that is done
VERSION = "0.1.0"


def analyse(
    tables: Tables, plan: Plan, *, seed: int, replicates: int | None = None, progress: Progress | None = None
) -> Report:
    """Analyse checked tables as the plan says.

    The result depends on the set of rows, the plan and the seed alone. `replicates` overrides the plan's number of
    bootstrap replicates. `progress(what, share)` is told how far the work is. Raises PlanError where the plan names
    a system or criterion that the tables lack.
    """
    plan.check(tables)
    if replicates is not None:
        plan = replace(plan, replicates=replicates)
    warnings: list[Warn] = list(tables.warnings)
    lists: dict[str, tuple[Entry, ...]] = {name: () for name in LISTS}
    return Report(tables.sources, plan, seed, versions(), lists, tuple(warnings))


def versions() -> dict[str, str]:
    packages = {name: metadata.version(name) for name in ("numpy", "pandas", "scipy")}
    return {"evalsite": VERSION, "python": platform.python_version(), **packages}
