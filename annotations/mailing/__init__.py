"""Writing to raters and staff: lists of invitations, message texts, the outbox, requests for new links.

`inviting` reads a list and enrols everyone in it. `messages` has the texts and their placeholders. `outbox`
queues mails and sends them; use `outbox.queue` for any mail, also one to staff. `contacts` erases what names
a rater. `link_requests` answers raters who lost their link.
"""
