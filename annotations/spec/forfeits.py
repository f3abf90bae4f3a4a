"""Scripts that are not there, where the plan counts them as lost (`missing_script: loss`). Pure.

The draw is made over all systems, so that whoever wrote nothing changes no side, order or seat. What stands
in it with a script that is missing is not shown to anybody; when the study is over, each of these slots
counts as a loss of the system that had no script.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from annotations.design import SeatPlan, SlotPlan
from annotations.spec.values import ScriptKey, StudySpec


@dataclass(frozen=True, slots=True)
class Forfeit:
    """A slot that was drawn and could not be shown; `position` is the drawn one."""

    seat: int
    slot: SlotPlan
    choice: str
    """The side of the script that there is: `left` or `right`; `neither` where both are missing."""

    @property
    def code(self) -> str:
        """What stands for an assignment, which there was none of."""
        return f"lost-{self.seat}-{self.slot.position}"


def missing_scripts(spec: StudySpec) -> frozenset[ScriptKey]:
    """Every brief and system without a script. Only a plan of losses freezes with any."""
    return frozenset(
        (brief, system.slug)
        for brief in spec.materials.briefs
        for system in spec.systems
        if system.slug not in spec.materials.scripts.get(brief, {})
    )


def without_forfeits(plans: Sequence[SeatPlan], gone: frozenset[ScriptKey]) -> tuple[SeatPlan, ...]:
    """The drawn seats without what cannot be shown, their positions counted from 1 again."""
    return tuple(
        replace(
            plan,
            slots=tuple(
                replace(slot, position=position)
                for position, slot in enumerate(
                    (slot for slot in plan.slots if not _sides_gone(slot, gone)), start=1
                )
            ),
        )
        for plan in plans
    )


def find_forfeits(plans: Sequence[SeatPlan], gone: frozenset[ScriptKey]) -> list[Forfeit]:
    """The slots that cannot be shown, by seat and drawn position, and which side there is of each."""
    found = []
    for plan in plans:
        for slot in plan.slots:
            sides = _sides_gone(slot, gone)
            if sides:
                choice = "neither" if len(sides) == 2 else "right" if sides == {"left"} else "left"
                found.append(Forfeit(plan.number, slot, choice))
    return found


def _sides_gone(slot: SlotPlan, gone: frozenset[ScriptKey]) -> set[str]:
    left, right = (slot.first, slot.second) if slot.first_on_left else (slot.second, slot.first)
    return {side for side, system in (("left", left), ("right", right)) if (slot.brief, system) in gone}
