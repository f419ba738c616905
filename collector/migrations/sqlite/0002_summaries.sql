-- Numbers are kept while reports are written, so that a page costs the same for any number of devices.

-- What an admin sees: the state of the newest report, unless the device is silent or has sent none.
ALTER TABLE devices ADD COLUMN status TEXT NOT NULL DEFAULT 'not-reported';
-- Stale and unsure together, to sort by.
ALTER TABLE devices ADD COLUMN remaining INTEGER NOT NULL DEFAULT 0;
-- Names the person over all their machines.
ALTER TABLE devices ADD COLUMN person_key TEXT NOT NULL DEFAULT '';
-- The ring without case.
ALTER TABLE devices ADD COLUMN ring_key TEXT NOT NULL DEFAULT '';
-- The same as device_stores and device_ssh_keys, as JSON, to tell quickly whether they change.
ALTER TABLE devices ADD COLUMN stores TEXT NOT NULL DEFAULT '{}';
ALTER TABLE devices ADD COLUMN ssh_keys TEXT NOT NULL DEFAULT '[]';
-- When the newest report with a failed edit came.
ALTER TABLE devices ADD COLUMN failed_edits_at INTEGER;
-- When two machines were seen to report as this device.
ALTER TABLE devices ADD COLUMN cloned_at INTEGER;

ALTER TABLE device_organizations ADD COLUMN status TEXT NOT NULL DEFAULT '';
ALTER TABLE device_stores ADD COLUMN status TEXT NOT NULL DEFAULT '';

-- gzip, or empty for a body that is kept as it is. The body of an old report may be gone.
ALTER TABLE reports ADD COLUMN encoding TEXT NOT NULL DEFAULT '';

UPDATE devices SET
    status = coalesce(state, 'not-reported'),
    remaining = stale + unsure,
    person_key = CASE WHEN person_name IS NULL THEN '#' || person_id ELSE lower(person_name) END,
    ring_key = lower(coalesce(ring, '')),
    stores = coalesce((SELECT json_group_object(s.store, json_object('stale', s.stale, 'unsure', s.unsure))
                       FROM device_stores s WHERE s.device_id = devices.id), '{}');
UPDATE device_organizations SET status = state;
UPDATE device_stores SET status = (SELECT d.status FROM devices d WHERE d.id = device_stores.device_id);

-- Replaced by device_words.
ALTER TABLE devices DROP COLUMN search;

DROP INDEX devices_by_state;
CREATE INDEX devices_by_status_name ON devices (status, machine_name, id);
CREATE INDEX devices_by_status_heard ON devices (status, heard_at, id);
CREATE INDEX devices_by_status_remaining ON devices (status, remaining, id);
CREATE INDEX devices_by_heard ON devices (heard_at, id);
CREATE INDEX devices_by_remaining ON devices (remaining, id);
CREATE INDEX devices_by_system ON devices (machine_system, machine_name, id);
CREATE INDEX devices_by_ring ON devices (ring_key, machine_name, id);
CREATE INDEX devices_by_person ON devices (person_key);
CREATE INDEX devices_by_failed_edits ON devices (failed_edits_at) WHERE failed_edits_at IS NOT NULL;

DROP INDEX device_organizations_by_key;
CREATE INDEX device_organizations_by_status ON device_organizations (key, status, device_id);
DROP INDEX device_stores_by_store;
CREATE INDEX device_stores_by_status ON device_stores (store, status, device_id);

DROP INDEX reports_of_device;
CREATE INDEX reports_by_sequence ON reports (device_id, sequence);

-- Where each part of a machine's or person's name begins, up to its end: what a search finds.
CREATE TABLE device_words (
    word        TEXT NOT NULL,
    device_id   TEXT NOT NULL REFERENCES devices (id) ON DELETE CASCADE,
    PRIMARY KEY (word, device_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX device_words_of_device ON device_words (device_id);

-- SSH keys that Support must clear.
CREATE TABLE device_ssh_keys (
    device_id       TEXT NOT NULL REFERENCES devices (id) ON DELETE CASCADE,
    sha256          TEXT NOT NULL,
    organization    TEXT NOT NULL,
    md5             TEXT NOT NULL,
    algorithm       TEXT NOT NULL,
    PRIMARY KEY (device_id, sha256, organization)
) STRICT, WITHOUT ROWID;
CREATE INDEX device_ssh_keys_by_key ON device_ssh_keys (sha256, organization);

-- Organizations that reports name, with what the newest one knew of them.
CREATE TABLE organizations (
    key             TEXT PRIMARY KEY,
    name            TEXT NOT NULL,
    seen_at         INTEGER NOT NULL,
    tenant          TEXT,
    connected_at    INTEGER
) STRICT, WITHOUT ROWID;

-- One row for each person, with how many of their devices are in which state.
CREATE TABLE people (
    key             TEXT PRIMARY KEY,
    name            TEXT NOT NULL,
    status          TEXT NOT NULL,
    compliant       INTEGER NOT NULL DEFAULT 0,
    action_needed   INTEGER NOT NULL DEFAULT 0,
    failed          INTEGER NOT NULL DEFAULT 0,
    waiting         INTEGER NOT NULL DEFAULT 0,
    silent          INTEGER NOT NULL DEFAULT 0,
    not_reported    INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE INDEX people_by_status ON people (status, key);

-- Sums over devices (dimension all, organization, place, system, ring) and over people (dimension person). Several
-- writers add to rows of their own shard, so that none waits for another; readers sum the shards.
CREATE TABLE summaries (
    dimension   TEXT NOT NULL,
    key         TEXT NOT NULL,
    status      TEXT NOT NULL,
    shard       INTEGER NOT NULL,
    members     INTEGER NOT NULL,
    declared    INTEGER NOT NULL,
    stale       INTEGER NOT NULL,
    unsure      INTEGER NOT NULL,
    PRIMARY KEY (dimension, key, status, shard)
) STRICT, WITHOUT ROWID;

-- What the summaries said at the end of each day: days since 1970, UTC.
CREATE TABLE days (
    day         INTEGER NOT NULL,
    dimension   TEXT NOT NULL,
    key         TEXT NOT NULL,
    status      TEXT NOT NULL,
    members     INTEGER NOT NULL,
    PRIMARY KEY (day, dimension, key, status)
) STRICT, WITHOUT ROWID;

INSERT INTO organizations (key, name, seen_at)
    SELECT key, min(name), 0 FROM device_organizations GROUP BY key;
INSERT INTO people (key, name, status, compliant, action_needed, failed, waiting, not_reported)
    SELECT person_key, coalesce(min(person_name), ''), '',
           count(*) FILTER (WHERE status = 'compliant'), count(*) FILTER (WHERE status = 'action-needed'),
           count(*) FILTER (WHERE status = 'failed'), count(*) FILTER (WHERE status = 'waiting'),
           count(*) FILTER (WHERE status = 'not-reported')
    FROM devices GROUP BY person_key;
UPDATE people SET status = CASE
    WHEN failed > 0 THEN 'failed' WHEN action_needed > 0 THEN 'action-needed' WHEN not_reported > 0 THEN 'not-reported'
    WHEN waiting > 0 THEN 'waiting' ELSE 'compliant' END;
INSERT INTO summaries SELECT 'all', '', status, 0, count(*), count(*) FILTER (WHERE declared_steps > 0), sum(stale), sum(unsure)
    FROM devices GROUP BY status;
INSERT INTO summaries SELECT 'system', machine_system, status, 0, count(*), count(*) FILTER (WHERE declared_steps > 0), sum(stale), sum(unsure)
    FROM devices GROUP BY machine_system, status;
INSERT INTO summaries SELECT 'ring', ring_key, status, 0, count(*), count(*) FILTER (WHERE declared_steps > 0), sum(stale), sum(unsure)
    FROM devices GROUP BY ring_key, status;
INSERT INTO summaries SELECT 'organization', o.key, o.status, 0, count(*), count(*) FILTER (WHERE d.declared_steps > 0), sum(o.stale), sum(o.unsure)
    FROM device_organizations o JOIN devices d ON d.id = o.device_id GROUP BY o.key, o.status;
INSERT INTO summaries SELECT 'place', s.store, s.status, 0, count(*), count(*) FILTER (WHERE d.declared_steps > 0), sum(s.stale), sum(s.unsure)
    FROM device_stores s JOIN devices d ON d.id = s.device_id GROUP BY s.store, s.status;
INSERT INTO summaries SELECT 'person', '', status, 0, count(*), 0, 0, 0 FROM people GROUP BY status;
