"""How often the intervals hold what they promise, in simulated studies whose truth is known.

`python -m analysis.stats.coverage` prints the tables.
"""
