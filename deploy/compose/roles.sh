#!/bin/sh
# Create the application's role. PostgreSQL's image runs this once, on an empty volume. `migrate` gives it its rights.
set -eu
psql --set=ON_ERROR_STOP=1 --set=password="$DATABASE_PASSWORD" --username="$POSTGRES_USER" --dbname="$POSTGRES_DB" <<'SQL'
CREATE ROLE evalsite LOGIN PASSWORD :'password';
SQL
