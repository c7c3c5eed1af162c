"""The tables of the mock's store. `TABLES` lists the constants; a part with tables of its own adds one."""

from bookproof.mock.account_tables import ACCOUNT_TABLES

CORE = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE organisations (id TEXT PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE accounts (
    id TEXT PRIMARY KEY, alias TEXT NOT NULL UNIQUE, organisation_id TEXT NOT NULL REFERENCES organisations (id),
    name TEXT NOT NULL, email TEXT NOT NULL
);
CREATE TABLE hosts (id TEXT PRIMARY KEY, account_id TEXT NOT NULL REFERENCES accounts (id), name TEXT NOT NULL);
CREATE TABLE calendars (
    id TEXT PRIMARY KEY, account_id TEXT NOT NULL REFERENCES accounts (id), provider TEXT NOT NULL, name TEXT NOT NULL,
    email TEXT NOT NULL, is_primary INTEGER NOT NULL, connected INTEGER NOT NULL
);
CREATE TABLE api_keys (
    prefix TEXT PRIMARY KEY, account_id TEXT NOT NULL REFERENCES accounts (id), scopes TEXT NOT NULL,
    salt BLOB NOT NULL, digest BLOB NOT NULL, rate_limit INTEGER, revoked INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE event_types (
    position INTEGER PRIMARY KEY, code TEXT NOT NULL UNIQUE, account_id TEXT NOT NULL REFERENCES accounts (id),
    host_id TEXT NOT NULL REFERENCES hosts (id), slug TEXT NOT NULL, title TEXT NOT NULL, description TEXT NOT NULL,
    colour TEXT NOT NULL, time_zone TEXT NOT NULL, durations TEXT NOT NULL, step INTEGER,
    buffer_before INTEGER NOT NULL, buffer_after INTEGER NOT NULL, minimum_notice INTEGER NOT NULL,
    maximum_notice INTEGER NOT NULL, daily_cap INTEGER, hours TEXT NOT NULL, overrides TEXT NOT NULL,
    grid_offset INTEGER NOT NULL DEFAULT 0, booking_window TEXT,
    requires_confirmation INTEGER NOT NULL, questions TEXT NOT NULL, deleted INTEGER NOT NULL DEFAULT 0,
    follows_schedule INTEGER NOT NULL DEFAULT 0, schedule_number INTEGER, hidden INTEGER NOT NULL DEFAULT 0,
    seats INTEGER, recurrence TEXT, details TEXT NOT NULL DEFAULT '{}'
);
CREATE INDEX event_types_of_account ON event_types (account_id, position);
CREATE TABLE bookings (
    number INTEGER PRIMARY KEY, code TEXT NOT NULL UNIQUE, account_id TEXT NOT NULL REFERENCES accounts (id),
    host_id TEXT NOT NULL REFERENCES hosts (id), event_type_code TEXT NOT NULL REFERENCES event_types (code),
    status TEXT NOT NULL CHECK (
        status IN ('confirmed', 'pending', 'cancelled', 'rescheduled', 'no_show', 'rejected')
    ),
    starts INTEGER NOT NULL, ends INTEGER NOT NULL CHECK (ends > starts),
    attendee_name TEXT NOT NULL, attendee_email TEXT NOT NULL, attendee_zone TEXT NOT NULL,
    answers TEXT NOT NULL, notes TEXT, cancel_reason TEXT, rescheduled_from TEXT, link_code TEXT,
    created INTEGER NOT NULL, updated INTEGER NOT NULL,
    rescheduled_to TEXT, series TEXT, seated INTEGER NOT NULL DEFAULT 0, details TEXT NOT NULL DEFAULT '{}'
);
CREATE INDEX bookings_of_account ON bookings (account_id, starts, code);
CREATE INDEX bookings_of_host ON bookings (host_id, starts);
CREATE INDEX bookings_of_series ON bookings (series) WHERE series IS NOT NULL;
-- The second line of defence: even a fault in the overlap rule cannot store two live bookings with one start.
CREATE UNIQUE INDEX one_live_booking_per_start ON bookings (host_id, starts) WHERE status IN ('confirmed', 'pending');
CREATE TABLE links (
    code TEXT PRIMARY KEY, account_id TEXT NOT NULL REFERENCES accounts (id),
    event_type_code TEXT NOT NULL REFERENCES event_types (code),
    used INTEGER NOT NULL DEFAULT 0, revoked INTEGER NOT NULL DEFAULT 0, created INTEGER NOT NULL
);
CREATE INDEX links_of_event_type ON links (event_type_code, created, code);
CREATE TABLE webhooks (
    id TEXT PRIMARY KEY, account_id TEXT NOT NULL REFERENCES accounts (id), url TEXT NOT NULL, events TEXT NOT NULL,
    active INTEGER NOT NULL, secret TEXT, created INTEGER NOT NULL, updated INTEGER NOT NULL,
    version TEXT, template TEXT, details TEXT NOT NULL DEFAULT '{}'
);
CREATE INDEX webhooks_of_account ON webhooks (account_id, created, id);
"""
DELIVERIES = """
CREATE TABLE deliveries (
    number INTEGER PRIMARY KEY, webhook_id TEXT NOT NULL, event TEXT NOT NULL, booking_code TEXT NOT NULL,
    booking TEXT NOT NULL, about TEXT NOT NULL DEFAULT '{}', is_test INTEGER NOT NULL, queued INTEGER NOT NULL,
    state TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'delivered', 'failed', 'withheld'))
);
CREATE INDEX deliveries_to_send ON deliveries (number) WHERE state = 'pending';
"""
PEOPLE = """
CREATE TABLE people (
    number INTEGER PRIMARY KEY, account_id TEXT NOT NULL UNIQUE REFERENCES accounts (id),
    host_id TEXT NOT NULL REFERENCES hosts (id), username TEXT NOT NULL, time_zone TEXT NOT NULL,
    profile TEXT NOT NULL, created INTEGER NOT NULL, deleted INTEGER NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX one_person_per_username ON people (username) WHERE deleted = 0;
"""
SCHEDULES = """
CREATE TABLE schedules (
    number INTEGER PRIMARY KEY AUTOINCREMENT, account_id TEXT NOT NULL REFERENCES accounts (id), name TEXT NOT NULL,
    time_zone TEXT NOT NULL, hours TEXT NOT NULL, overrides TEXT NOT NULL, is_default INTEGER NOT NULL,
    details TEXT NOT NULL
);
CREATE INDEX schedules_of_account ON schedules (account_id, number);
CREATE UNIQUE INDEX one_default_schedule ON schedules (account_id) WHERE is_default = 1;
"""
RESERVATIONS = """
CREATE TABLE reservations (
    uid TEXT PRIMARY KEY, host_id TEXT NOT NULL REFERENCES hosts (id),
    event_type_code TEXT NOT NULL REFERENCES event_types (code), starts INTEGER NOT NULL,
    ends INTEGER NOT NULL CHECK (ends > starts), until INTEGER NOT NULL, created INTEGER NOT NULL
);
CREATE INDEX reservations_of_host ON reservations (host_id, starts);
"""
SEATS = """
CREATE TABLE seats (
    uid TEXT PRIMARY KEY, booking_code TEXT NOT NULL REFERENCES bookings (code), name TEXT NOT NULL,
    email TEXT NOT NULL, time_zone TEXT NOT NULL, answers TEXT NOT NULL, details TEXT NOT NULL,
    absent INTEGER NOT NULL DEFAULT 0, created INTEGER NOT NULL
);
CREATE INDEX seats_of_booking ON seats (booking_code, created, uid);
"""
TABLES: tuple[str, ...] = (CORE, DELIVERIES, PEOPLE, SCHEDULES, RESERVATIONS, SEATS, ACCOUNT_TABLES)
