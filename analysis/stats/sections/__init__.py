"""The lists of report.json, one module for each or for a few that go together: from counts to entries."""
