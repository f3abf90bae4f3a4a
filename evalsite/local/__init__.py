"""The one-machine stack: PostgreSQL, Valkey, web server and worker under one parent process."""
