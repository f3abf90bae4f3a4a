"""Pictures of every step of a rater, for docs/desk.md: `make screenshots`."""
