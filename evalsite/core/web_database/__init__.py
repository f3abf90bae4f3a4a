"""Django's PostgreSQL backend for the web server: no request waits for a database that hangs."""
