"""Simulated raters: they judge over HTTP as people do, by qualities that are made up.

    from annotations.simulation import SimulationOrder, simulate

    done = simulate(SimulationOrder(study=study, raters=16, seed=1, url="http://127.0.0.1:8000"))

They are of kind `simulated`, labelled so everywhere, and never mixed with people's numbers. They know a
script by the words on the page alone: nothing here reads the seal.
"""

from annotations.simulation.crowd import SimulationOrder, simulate
from annotations.simulation.qualities import Qualities, drawn_qualities, read_qualities
