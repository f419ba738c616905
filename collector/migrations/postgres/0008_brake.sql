-- Who paused or allowed cleaning, and why. Empty for what was set before this was kept.
ALTER TABLE cleaning ADD COLUMN changed_by TEXT NOT NULL DEFAULT '';
ALTER TABLE cleaning ADD COLUMN reason TEXT NOT NULL DEFAULT '';

-- What is done now and then by one of the collectors: when last, and how far it came.
CREATE TABLE upkeep (
    name        TEXT PRIMARY KEY,
    done_at     BIGINT NOT NULL,
    reached     BIGINT NOT NULL DEFAULT 0
);
