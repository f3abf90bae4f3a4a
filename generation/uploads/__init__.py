"""People's scripts: uploads, their preview line by line, scenes tied to briefs, sources, export."""
