-- The roster: who is expected to report, and from which workstations. And people, found and listed.

-- 1 where the roster names the person. Somebody on the roster without a device is never-reported.
ALTER TABLE people ADD COLUMN rostered INTEGER NOT NULL DEFAULT 0;

-- Where each part of a person's name or address begins, up to its end: what a search finds.
CREATE TABLE person_words (
    word        TEXT NOT NULL,
    person_key  TEXT NOT NULL REFERENCES people (key) ON DELETE CASCADE,
    PRIMARY KEY (word, person_key)
) STRICT, WITHOUT ROWID;
CREATE INDEX person_words_of_person ON person_words (person_key);

-- One row for each person and device; the keys are in small letters, and device_key is empty where none is named.
CREATE TABLE roster (
    key         TEXT NOT NULL,
    device_key  TEXT NOT NULL,
    name        TEXT NOT NULL,
    device      TEXT NOT NULL,
    PRIMARY KEY (key, device_key)
) STRICT, WITHOUT ROWID;
CREATE INDEX roster_by_device ON roster (device_key, key);

-- When the roster was last imported. Whoever imports changes this row first; whoever places a device reads it, so
-- that neither misses the other.
CREATE TABLE roster_state (
    one          INTEGER PRIMARY KEY CHECK (one = 1),
    lines        INTEGER NOT NULL,
    imported_at  INTEGER,
    imported_by  TEXT NOT NULL
) STRICT;
INSERT INTO roster_state (one, lines, imported_by) VALUES (1, 0, '');

-- Files that were looked at and not kept yet.
CREATE TABLE roster_imports (
    id       TEXT PRIMARY KEY,
    made_at  INTEGER NOT NULL,
    mode     TEXT NOT NULL CHECK (mode IN ('add', 'replace'))
) STRICT, WITHOUT ROWID;
CREATE TABLE roster_staged (
    import_id   TEXT NOT NULL REFERENCES roster_imports (id) ON DELETE CASCADE,
    key         TEXT NOT NULL,
    device_key  TEXT NOT NULL,
    name        TEXT NOT NULL,
    device      TEXT NOT NULL,
    PRIMARY KEY (import_id, key, device_key)
) STRICT, WITHOUT ROWID;

-- What an import left to do, a part at a time: devices by the name of their machine, whose person may be another one
-- now, and people whose words are to be written. The version tells a later import's wish from the one that is done.
CREATE TABLE roster_pending (
    kind     TEXT NOT NULL CHECK (kind IN ('device', 'person')),
    key      TEXT NOT NULL,
    version  INTEGER NOT NULL,
    PRIMARY KEY (kind, key)
) STRICT, WITHOUT ROWID;
INSERT INTO roster_pending (kind, key, version) SELECT 'person', key, 0 FROM people;
