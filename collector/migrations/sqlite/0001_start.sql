-- Times are microseconds since 1970, UTC. Of every secret only its SHA-256 (or argon2) is kept.

CREATE TABLE users (
    id          INTEGER PRIMARY KEY,
    name        TEXT NOT NULL UNIQUE,
    password    TEXT NOT NULL,
    created_at  INTEGER NOT NULL
) STRICT;

CREATE TABLE sessions (
    token       BLOB PRIMARY KEY,
    user_id     INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    expires_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE enroll_secrets (
    secret      BLOB PRIMARY KEY,
    created_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE api_tokens (
    token       BLOB PRIMARY KEY,
    created_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The empty ring stands for every device.
CREATE TABLE cleaning (
    ring        TEXT PRIMARY KEY,
    state       TEXT NOT NULL CHECK (state IN ('allowed', 'paused')),
    changed_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- One row for each person and machine. What comes after heard_at is of the report with the newest
-- scan; state is null until there is one. Until the first report, heard_at is the enrolment.
CREATE TABLE devices (
    id              TEXT PRIMARY KEY,
    machine_id      TEXT NOT NULL,
    person_id       TEXT NOT NULL,
    token           BLOB NOT NULL UNIQUE,
    machine_name    TEXT NOT NULL,
    machine_system  TEXT NOT NULL,
    person_name     TEXT,
    ring            TEXT,
    search          TEXT NOT NULL,
    enrolled_at     INTEGER NOT NULL,
    heard_at        INTEGER NOT NULL,
    state           TEXT,
    report          BLOB,
    ordered_at      INTEGER NOT NULL DEFAULT 0,
    sequence        INTEGER NOT NULL DEFAULT 0,
    scanned_at      INTEGER,
    agent           TEXT,
    stale           INTEGER NOT NULL DEFAULT 0,
    unsure          INTEGER NOT NULL DEFAULT 0,
    open_steps      INTEGER NOT NULL DEFAULT 0,
    declared_steps  INTEGER NOT NULL DEFAULT 0,
    errors          INTEGER NOT NULL DEFAULT 0,
    organizations   TEXT NOT NULL DEFAULT '[]',
    UNIQUE (machine_id, person_id)
) STRICT;

CREATE INDEX devices_by_name ON devices (machine_name, id);
CREATE INDEX devices_by_state ON devices (state, heard_at);

-- The same report, cut by organization and by place, for counting.
CREATE TABLE device_organizations (
    device_id   TEXT NOT NULL REFERENCES devices (id) ON DELETE CASCADE,
    key         TEXT NOT NULL,
    name        TEXT NOT NULL,
    state       TEXT NOT NULL,
    stale       INTEGER NOT NULL,
    unsure      INTEGER NOT NULL,
    PRIMARY KEY (device_id, key)
) STRICT, WITHOUT ROWID;

CREATE INDEX device_organizations_by_key ON device_organizations (key, device_id);

CREATE TABLE device_stores (
    device_id   TEXT NOT NULL REFERENCES devices (id) ON DELETE CASCADE,
    store       TEXT NOT NULL,
    stale       INTEGER NOT NULL,
    unsure      INTEGER NOT NULL,
    PRIMARY KEY (device_id, store)
) STRICT, WITHOUT ROWID;

CREATE INDEX device_stores_by_store ON device_stores (store, device_id);

-- Every report ever taken, byte for byte as it came.
CREATE TABLE reports (
    number      INTEGER PRIMARY KEY,
    id          BLOB NOT NULL UNIQUE,
    device_id   TEXT NOT NULL REFERENCES devices (id) ON DELETE CASCADE,
    sequence    INTEGER NOT NULL,
    scanned_at  INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    state       TEXT NOT NULL,
    stale       INTEGER NOT NULL,
    unsure      INTEGER NOT NULL,
    body        BLOB NOT NULL
) STRICT;

CREATE INDEX reports_of_device ON reports (device_id, scanned_at);
