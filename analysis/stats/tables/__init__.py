"""From files or data frames to checked tables: how they are read, what a cell may hold, what contradicts."""

from analysis.stats.tables.checked import Source, Tables, made_of, read_tables, tables_from_frames

__all__ = ["Source", "Tables", "made_of", "read_tables", "tables_from_frames"]
