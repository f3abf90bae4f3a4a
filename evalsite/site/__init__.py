"""What belongs to the whole site: the sweep, the demonstration, backups, checks of the audit trail."""
