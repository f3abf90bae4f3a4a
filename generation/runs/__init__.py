"""Runs of generation: planned, estimated, claimed, asked, kept, watched, stopped at their limits."""
