"""A draft as a rater will see it."""
