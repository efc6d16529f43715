#!/bin/sh
# Runs once, when the database of compose.yaml is made: the role of the servers, and its database.
set -eu
psql -v ON_ERROR_STOP=1 -v password="$POSTGRES_PASSWORD" --username postgres <<'SQL'
CREATE ROLE klantkaart LOGIN PASSWORD :'password';
CREATE DATABASE klantkaart OWNER klantkaart;
SQL
