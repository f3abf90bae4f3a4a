"""Simulated raters: they judge over HTTP as people do, by qualities that are made up.

    from annotations.simulation import Order, simulate

    done = simulate(Order(study=study, raters=16, seed=1, url="http://127.0.0.1:8000"))

They are of kind `simulated`, labelled so everywhere, and never mixed with people's numbers. They know a
script by the words on the page alone: nothing here reads the seal.
"""

from annotations.simulation.crowd import Done, Order, simulate
from annotations.simulation.qualities import Qualities, drawn_qualities, read_qualities

__all__ = [
    "Done",
    "Order",
    "Qualities",
    "drawn_qualities",
    "read_qualities",
    "simulate",
]
