"""A study made in the browser: a form gives a study file, which the one reader of such files takes."""
