"""Read CSV files or data frames, check them, and choose the rows that an analysis uses."""

from analysis.stats.tables.checked import Source, Tables, made_of, read_tables, tables_from_frames

__all__ = ["Source", "Tables", "made_of", "read_tables", "tables_from_frames"]
