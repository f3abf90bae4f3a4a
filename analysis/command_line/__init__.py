"""The command line of the statistics: `python -m analysis.stats report|check|power`."""
