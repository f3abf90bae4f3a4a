"""Rules of synthesis: what can be computed exactly to refuse an answer that is not what was asked for.

    faults = faults_of(content, outputs)        # [(stage, refusal), ...] of one scene or person

They check form, length, language, names, quotes and copies. What takes judgment is asked of the judge
(`generation.training_data.synthesis.questions`). Pure: no database, no Django.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from generation.pipelines.refusals import Refusal
from generation.pipelines.spec import StageSpec


def faults_of(
    content: Mapping[str, Any], outputs: Mapping[str, str], stages: Sequence[StageSpec] | None = None
) -> list[tuple[str, Refusal]]:
    """See `whole.faults_of`. Imported late: judging knows these rules, and this judges by it."""
    from generation.training_data.synthesis.rules import whole

    return whole.faults_of(content, outputs, stages)
