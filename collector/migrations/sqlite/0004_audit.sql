-- Who did what. Entries are numbered without a gap, and each has a SHA-256 over itself and the one before.

CREATE TABLE audit_log (
    number    INTEGER PRIMARY KEY,
    at        INTEGER NOT NULL,
    who_kind  TEXT NOT NULL,
    who       TEXT NOT NULL,
    action    TEXT NOT NULL,
    subject   TEXT NOT NULL,
    address   TEXT NOT NULL,
    details   TEXT NOT NULL,
    hash      BLOB NOT NULL
) STRICT;

CREATE INDEX audit_log_by_action ON audit_log (action, number);
CREATE INDEX audit_log_by_who ON audit_log (who, number);

CREATE TRIGGER audit_log_is_never_changed BEFORE UPDATE ON audit_log
BEGIN SELECT RAISE(ABORT, 'the audit log is only ever added to'); END;
CREATE TRIGGER audit_log_is_never_shortened BEFORE DELETE ON audit_log
BEGIN SELECT RAISE(ABORT, 'the audit log is only ever added to'); END;

-- The end of the log. Whoever adds to it changes this row first, and so waits until the one before is done.
CREATE TABLE audit_end (
    one     INTEGER PRIMARY KEY CHECK (one = 1),
    number  INTEGER NOT NULL,
    hash    BLOB NOT NULL
) STRICT;

INSERT INTO audit_end (one, number, hash)
VALUES (1, 0, x'0000000000000000000000000000000000000000000000000000000000000000');
