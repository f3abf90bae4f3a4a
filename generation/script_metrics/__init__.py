"""Whether scripts are fit to be judged: what is measured of each, when, and the pages that show it."""
