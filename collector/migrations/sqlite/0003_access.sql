-- Local people and those who come from an identity provider, with roles; sessions that can be listed and
-- ended; many API tokens; and wrong passwords counted for all collectors together.

-- Everybody signs in again: what a session was opened from is not known of the old ones.
DROP TABLE sessions;

ALTER TABLE users RENAME TO old_users;

-- The issuer of local people is empty, and their subject is their name in small letters. Others are named by
-- issuer and subject alone; their names are for people to read. The password of others is empty.
CREATE TABLE users (
    id            INTEGER PRIMARY KEY,
    issuer        TEXT NOT NULL,
    subject       TEXT NOT NULL,
    name          TEXT NOT NULL,
    role          TEXT NOT NULL CHECK (role IN ('admin', 'auditor')),
    password      TEXT NOT NULL,
    created_at    INTEGER NOT NULL,
    signed_in_at  INTEGER,
    disabled_at   INTEGER,
    UNIQUE (issuer, subject)
) STRICT;

INSERT INTO users (id, issuer, subject, name, role, password, created_at)
SELECT id, '', lower(name), name, 'admin', password, created_at FROM old_users;

DROP TABLE old_users;

CREATE TABLE sessions (
    id          INTEGER PRIMARY KEY,
    token       BLOB NOT NULL UNIQUE,
    user_id     INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    started_at  INTEGER NOT NULL,
    used_at     INTEGER NOT NULL,
    expires_at  INTEGER NOT NULL,
    address     TEXT NOT NULL,
    browser     TEXT NOT NULL
) STRICT;

CREATE INDEX sessions_of_user ON sessions (user_id);
CREATE INDEX sessions_by_end ON sessions (expires_at);

ALTER TABLE api_tokens RENAME TO old_api_tokens;

CREATE TABLE api_tokens (
    id            INTEGER PRIMARY KEY,
    token         BLOB NOT NULL UNIQUE,
    name          TEXT NOT NULL,
    role          TEXT NOT NULL CHECK (role IN ('admin', 'auditor')),
    created_at    INTEGER NOT NULL,
    created_by    TEXT NOT NULL,
    expires_at    INTEGER,
    revoked_at    INTEGER,
    last_used_at  INTEGER
) STRICT;

INSERT INTO api_tokens (id, token, name, role, created_at, created_by)
SELECT number, token, 'first start' || CASE number WHEN 1 THEN '' ELSE ' ' || number END, 'admin', created_at, 'first start'
FROM (SELECT row_number() OVER (ORDER BY created_at, token) AS number, token, created_at FROM old_api_tokens);

DROP TABLE old_api_tokens;

CREATE UNIQUE INDEX api_tokens_by_name ON api_tokens (name) WHERE revoked_at IS NULL;

-- Wrong passwords in a row: of an address, of a name, of a name at an address. The key is a SHA-256, for
-- people type passwords where their name belongs.
CREATE TABLE sign_in_tries (
    key      BLOB PRIMARY KEY,
    wrong    INTEGER NOT NULL,
    last_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX sign_in_tries_by_time ON sign_in_tries (last_at);

-- From where somebody signed in with the right password: there, nobody else's wrong ones hold them up.
CREATE TABLE sign_in_places (
    user_id  INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    address  TEXT NOT NULL,
    used_at  INTEGER NOT NULL,
    PRIMARY KEY (user_id, address)
) STRICT, WITHOUT ROWID;
