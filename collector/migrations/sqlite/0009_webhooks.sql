-- Who is told of changes, and what is still to be told. The secret signs what is sent, so it lies here in clear.
CREATE TABLE webhooks (
    name            TEXT PRIMARY KEY,
    url             TEXT NOT NULL,
    shape           TEXT NOT NULL,
    secret          TEXT NOT NULL,
    every_seconds   INTEGER NOT NULL,
    created_at      INTEGER NOT NULL,
    -- When what happened was last made into a message.
    gathered_at     INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

CREATE TABLE webhook_wants (
    event           TEXT NOT NULL,
    webhook         TEXT NOT NULL,
    PRIMARY KEY (event, webhook)
) STRICT, WITHOUT ROWID;

-- What happened, once for each webhook that wants it, written together with the change itself. No key leads to
-- webhooks: one that is removed at this moment must not make a report fail.
CREATE TABLE webhook_outbox (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    webhook         TEXT NOT NULL,
    event           TEXT NOT NULL,
    -- Null where only the gathering collector knows the time.
    at              INTEGER,
    data            TEXT NOT NULL
) STRICT;
CREATE INDEX webhook_outbox_of_webhook ON webhook_outbox (webhook, id);

-- Messages: pending, delivered or failed. Who sends one holds it until leased_until.
CREATE TABLE webhook_deliveries (
    id              TEXT PRIMARY KEY,
    webhook         TEXT NOT NULL,
    payload         TEXT NOT NULL,
    state           TEXT NOT NULL,
    created_at      INTEGER NOT NULL,
    attempts        INTEGER NOT NULL DEFAULT 0,
    next_at         INTEGER NOT NULL,
    leased_until    INTEGER NOT NULL DEFAULT 0,
    finished_at     INTEGER,
    answer          TEXT NOT NULL DEFAULT ''
) STRICT, WITHOUT ROWID;
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (next_at) WHERE state = 'pending';
CREATE INDEX webhook_deliveries_of_webhook ON webhook_deliveries (webhook, created_at);

-- Organizations of which every device is compliant, so that it is told once.
CREATE TABLE complete_organizations (
    key             TEXT PRIMARY KEY,
    complete_at     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
