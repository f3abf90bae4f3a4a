"""Findings of a draft: looking for them, going through them, rejecting a script for the next sample."""
