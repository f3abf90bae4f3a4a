"""A study's list and page, its states, what is counted while it runs, and unblinding it."""
