"""The pages below /planning/: how many raters and scenes a study needs."""
