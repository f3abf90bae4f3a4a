"""Runs of generation: planned, estimated, claimed, asked, stored, watched, stopped at their limits."""
