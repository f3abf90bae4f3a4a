"""Freezing: a draft becomes a study whose texts, design, plan and draw no longer change.

Others use `freeze` and `thaw` from here, `worker` to have it done in the background, and `training_overlap`
to see what a system of the study may have learned by heart.
"""

from annotations.freezing.freeze_study import freeze, thaw

__all__ = ["freeze", "thaw"]
