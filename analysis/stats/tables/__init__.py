"""Read CSV files or data frames, check them, and choose the rows that an analysis uses."""

from analysis.stats.tables.checked_tables import (
    TABLES,
    Source,
    Tables,
    read_tables,
    tables_from_frames,
    without_imputed,
)

__all__ = ["TABLES", "Source", "Tables", "read_tables", "tables_from_frames", "without_imputed"]
