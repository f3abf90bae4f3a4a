"""Webhooks: tell a team's own programs what has happened, by the Standard Webhooks specification.

Services call `evalsite.webhooks.outbox.emit` in the transaction of the change.
"""
