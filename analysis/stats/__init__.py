"""Statistics of a blinded comparison: tables in, a frozen report out. No Django, no clock, no global random
state.

tables = read_tables(Path("judgments.csv"), None, None)
plan = Plan.default(tables, primary="overall", human=["human"])
report = analyse(tables, plan, seed=1)
report.to_dict()                      # what report.json holds
"""

from analysis.stats.analyse import analyse
from analysis.stats.faults import Fault, PlanError, TableError
from analysis.stats.plan import Plan
from analysis.stats.report import Report, load_schema
from analysis.stats.tables import Source, Tables, Warn, read_tables, tables_from_frames

__all__ = [
    "Fault",
    "Plan",
    "PlanError",
    "Report",
    "Source",
    "TableError",
    "Tables",
    "Warn",
    "analyse",
    "load_schema",
    "read_tables",
    "tables_from_frames",
]
