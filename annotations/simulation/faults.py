"""Why a simulation stopped, in one line each."""


class SimulationFault(Exception):
    """What went wrong and what to do about it."""


class Refusal(SimulationFault):
    """What was asked for cannot be done, and nothing was changed."""


class SiteMissing(SimulationFault):
    """Nothing answers where the site should be."""
