"""Freezing: a draft becomes a study whose texts, design, plan and draw no longer change."""

from annotations.freezing.freeze_study import (
    draw_main_slots,
    draw_seats,
    freeze,
    main_draw_input,
    study_extras_input,
    thaw,
)

__all__ = ["draw_main_slots", "draw_seats", "freeze", "main_draw_input", "study_extras_input", "thaw"]
