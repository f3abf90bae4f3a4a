"""Abilities of systems from all pairs together, by Davidson's model of wins and ties.

davidson    The likelihood and its maximum.
fit         Counted judgments to abilities, and simultaneous intervals of the ranks.
results     The lists of the report, and `Worths` for notebooks.
"""
