"""Stored reports: requested, built by a worker, displayed, shared by a link."""
