"""Freezing: a draft becomes a study whose texts, design, plan and draw no longer change."""

from annotations.freezing.freeze_study import design_of, drawn, freeze, shown, thaw, wanted_of

__all__ = ["design_of", "drawn", "freeze", "shown", "thaw", "wanted_of"]
