"""Inviting raters, their list, mails to them and their pay."""
