-- Many enrolment secrets, each with a name and with terms: until when, how often, for whom.

ALTER TABLE enroll_secrets RENAME TO old_enroll_secrets;

-- machine_name and person_name are in small letters. A name is free again once its secret is revoked.
CREATE TABLE enroll_secrets (
    id            INTEGER PRIMARY KEY,
    secret        BLOB NOT NULL UNIQUE,
    name          TEXT NOT NULL,
    name_key      TEXT NOT NULL,
    created_at    INTEGER NOT NULL,
    created_by    TEXT NOT NULL,
    expires_at    INTEGER,
    max_uses      INTEGER,
    uses          INTEGER NOT NULL DEFAULT 0,
    last_used_at  INTEGER,
    revoked_at    INTEGER,
    machine_id    TEXT,
    machine_name  TEXT,
    person_name   TEXT
) STRICT;

INSERT INTO enroll_secrets (id, secret, name, name_key, created_at, created_by)
SELECT number, secret, 'first start' || CASE number WHEN 1 THEN '' ELSE ' ' || number END,
       'first start' || CASE number WHEN 1 THEN '' ELSE ' ' || number END, created_at, 'first start'
FROM (SELECT row_number() OVER (ORDER BY created_at, secret) AS number, secret, created_at FROM old_enroll_secrets);

DROP TABLE old_enroll_secrets;

CREATE UNIQUE INDEX enroll_secrets_by_name ON enroll_secrets (name_key) WHERE revoked_at IS NULL;

-- With which secret the device enrolled last: with the same one it enrols again without another use.
ALTER TABLE devices ADD COLUMN enroll_secret INTEGER;

-- How many enrolments were refused in each hour (hours since 1970), and the newest of them.
CREATE TABLE refused_enrolment_counts (
    hour     INTEGER NOT NULL,
    reason   TEXT NOT NULL,
    refused  INTEGER NOT NULL,
    PRIMARY KEY (hour, reason)
) STRICT, WITHOUT ROWID;

CREATE TABLE refused_enrolments (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    at            INTEGER NOT NULL,
    reason        TEXT NOT NULL,
    machine_name  TEXT NOT NULL,
    secret_name   TEXT NOT NULL,
    address       TEXT NOT NULL
) STRICT;
