"""The form that writes a study file, and entries that are not saved yet."""
