"""What in a text could tell who or what wrote it: the scan of one script, and habits of a whole system."""
