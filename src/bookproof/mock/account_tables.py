"""The tables of keys, tokens, clients, teams, organisations' members and connected calendars."""

ACCOUNT_TABLES = """
CREATE TABLE account_keys (
    handle TEXT PRIMARY KEY, digest TEXT NOT NULL UNIQUE, account_id TEXT NOT NULL REFERENCES accounts (id),
    rate_limit INTEGER, expires_on TEXT
);
CREATE TABLE oauth_clients (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, secret TEXT, redirect_uris TEXT NOT NULL, approved INTEGER NOT NULL
);
CREATE TABLE oauth_codes (
    digest TEXT PRIMARY KEY, client_id TEXT NOT NULL REFERENCES oauth_clients (id),
    account_id TEXT NOT NULL REFERENCES accounts (id), scopes TEXT NOT NULL, redirect_uri TEXT NOT NULL,
    challenge TEXT, expires INTEGER NOT NULL, used INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE tokens (
    digest TEXT PRIMARY KEY, kind TEXT NOT NULL, client_id TEXT NOT NULL,
    account_id TEXT NOT NULL REFERENCES accounts (id), scopes TEXT, expires INTEGER NOT NULL
);
CREATE TABLE platform_clients (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, secret TEXT NOT NULL, account_id TEXT NOT NULL REFERENCES accounts (id),
    redirect_uris TEXT NOT NULL
);
CREATE TABLE managed_users (
    account_id TEXT PRIMARY KEY REFERENCES accounts (id), client_id TEXT NOT NULL REFERENCES platform_clients (id)
);
CREATE TABLE teams (number INTEGER PRIMARY KEY, details TEXT NOT NULL, created INTEGER NOT NULL);
CREATE TABLE team_members (
    number INTEGER PRIMARY KEY, team INTEGER NOT NULL REFERENCES teams (number),
    account_id TEXT NOT NULL REFERENCES accounts (id), role TEXT NOT NULL CHECK (role IN ('owner', 'admin', 'member')),
    accepted INTEGER NOT NULL, UNIQUE (team, account_id)
);
CREATE TABLE organisation_numbers (
    number INTEGER PRIMARY KEY, organisation_id TEXT NOT NULL UNIQUE REFERENCES organisations (id)
);
CREATE TABLE organisation_members (
    number INTEGER PRIMARY KEY, organisation INTEGER NOT NULL REFERENCES organisation_numbers (number),
    account_id TEXT NOT NULL UNIQUE REFERENCES accounts (id),
    role TEXT NOT NULL CHECK (role IN ('owner', 'admin', 'member')), accepted INTEGER NOT NULL
);
CREATE TABLE connections (
    number INTEGER PRIMARY KEY, account_id TEXT NOT NULL REFERENCES accounts (id), provider TEXT NOT NULL,
    name TEXT NOT NULL, email TEXT NOT NULL
);
CREATE TABLE busy_times (
    number INTEGER PRIMARY KEY, connection INTEGER NOT NULL REFERENCES connections (number),
    host_id TEXT NOT NULL REFERENCES hosts (id), starts INTEGER NOT NULL, ends INTEGER NOT NULL CHECK (ends > starts),
    title TEXT NOT NULL
);
CREATE INDEX busy_times_of_host ON busy_times (host_id, starts);
"""
