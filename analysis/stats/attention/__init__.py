"""Attention of raters: signs that somebody may not have read, or not have judged.

signs     The rules and their thresholds.
report    Tables as judged pairs, and one entry of the report per rater.
"""

from analysis.stats.attention.signs import Thresholds

__all__ = ["Thresholds"]
