-- Who did what. Entries are numbered without a gap, and each has a SHA-256 over itself and the one before.

CREATE TABLE audit_log (
    number    BIGINT PRIMARY KEY,
    at        BIGINT NOT NULL,
    who_kind  TEXT NOT NULL,
    who       TEXT COLLATE "C" NOT NULL,
    action    TEXT COLLATE "C" NOT NULL,
    subject   TEXT NOT NULL,
    address   TEXT NOT NULL,
    details   TEXT NOT NULL,
    hash      BYTEA NOT NULL
);

CREATE INDEX audit_log_by_action ON audit_log (action, number);
CREATE INDEX audit_log_by_who ON audit_log (who, number);

CREATE FUNCTION audit_log_refuses() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log is only ever added to';
END
$$;
CREATE TRIGGER audit_log_is_never_changed BEFORE UPDATE OR DELETE ON audit_log
    FOR EACH ROW EXECUTE FUNCTION audit_log_refuses();
CREATE TRIGGER audit_log_is_never_emptied BEFORE TRUNCATE ON audit_log
    FOR EACH STATEMENT EXECUTE FUNCTION audit_log_refuses();

-- The end of the log. Whoever adds to it changes this row first, and so waits until the one before is done.
CREATE TABLE audit_end (
    one     BIGINT PRIMARY KEY CHECK (one = 1),
    number  BIGINT NOT NULL,
    hash    BYTEA NOT NULL
);

INSERT INTO audit_end (one, number, hash) VALUES (1, 0, decode(repeat('00', 32), 'hex'));
