"""Briefs and series in the browser and as files: reading, changing, the names that raters read."""
