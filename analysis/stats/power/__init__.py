"""How many raters, scenes and series for a given difference: by closed form, and by simulation through the
report's own analysis.

assumed = logits_of(Components(raters=0.1, scenes=0.2, series=0.0, ties=0.15))
question = Question(difference=0.1, assumed=assumed, raters=(20,), scenes=(32,))
found = simulate(answer(question))
found.studies[0].closed.different, found.studies[0].simulated.different.value
"""

from analysis.stats.power.answer import Answer, Line, Need, PlannedStudy, Question, answer, simulate
from analysis.stats.power.closed_form import (
    CLAIMS,
    DESIGNS,
    Closed,
    Components,
    Logits,
    PlannedTest,
    Sizes,
    closed_form,
    logits_of,
)
from analysis.stats.power.simulated import Share, Simulated, simulate_power

__all__ = [
    "CLAIMS",
    "DESIGNS",
    "Answer",
    "Closed",
    "Components",
    "Line",
    "Logits",
    "Need",
    "PlannedStudy",
    "PlannedTest",
    "Question",
    "Share",
    "Simulated",
    "Sizes",
    "answer",
    "closed_form",
    "logits_of",
    "simulate",
    "simulate_power",
]
