"""Freezing: a draft becomes a study whose texts, design, plan and draw no longer change.

Others use `freeze`, `thaw` and `find_blockers` from here, `jobs` to freeze in the background, and
`training_overlap` to see what a system of the study may have learned by heart.
"""

from annotations.freezing.freeze_study import STEPS, find_blockers, freeze, thaw
