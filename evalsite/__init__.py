"""evalsite: blinded human evaluation of machine-written screenplays."""

__version__ = "0.5.0"
