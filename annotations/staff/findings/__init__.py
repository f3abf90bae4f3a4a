"""The pages of findings: what in a script may reveal its author."""
