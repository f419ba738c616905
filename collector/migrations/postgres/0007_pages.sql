-- What the pages for the change itself stand on: organizations as admins set them, SSH keys for Support and their
-- tickets, and short ways to the devices that an admin or an auditor asks for.

-- How many findings somebody accepted.
ALTER TABLE devices ADD COLUMN accepted BIGINT NOT NULL DEFAULT 0;
CREATE INDEX devices_by_agent ON devices (agent, machine_name, id);
CREATE INDEX devices_with_declared ON devices (machine_name, id) WHERE declared_steps > 0;
CREATE INDEX devices_with_accepted ON devices (machine_name, id) WHERE accepted > 0;
CREATE INDEX devices_with_clone ON devices (machine_name, id) WHERE cloned_at IS NOT NULL;

-- One row for each key and organization; it stays when no device reports the key any more. The empty organization
-- stands for keys that serve several, or of which none is known. times counts how often its holders changed.
CREATE TABLE ssh_keys (
    organization    TEXT COLLATE "C" NOT NULL,
    sha256          TEXT COLLATE "C" NOT NULL,
    md5             TEXT NOT NULL,
    algorithm       TEXT NOT NULL,
    seen_at         BIGINT NOT NULL,
    holders         BIGINT NOT NULL,
    gone_at         BIGINT,
    times           BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (organization, sha256)
);
CREATE INDEX ssh_keys_by_time ON ssh_keys (organization, seen_at);

CREATE TABLE ssh_tickets (
    id              TEXT COLLATE "C" PRIMARY KEY,
    organization    TEXT COLLATE "C" NOT NULL,
    number          TEXT NOT NULL,
    state           TEXT NOT NULL CHECK (state IN ('open', 'cleared', 'refused')),
    opened_at       BIGINT NOT NULL,
    changed_at      BIGINT NOT NULL,
    changed_by      TEXT NOT NULL
);
CREATE INDEX ssh_tickets_by_organization ON ssh_tickets (organization, opened_at);

-- What an admin set; beside what reports say in organizations.
CREATE TABLE organization_settings (
    key             TEXT COLLATE "C" PRIMARY KEY,
    name            TEXT NOT NULL,
    tenant          TEXT,
    connected_at    BIGINT,
    contact         TEXT,
    changed_at      BIGINT NOT NULL,
    changed_by      TEXT NOT NULL
);

INSERT INTO ssh_keys (organization, sha256, md5, algorithm, seen_at, holders)
    SELECT k.organization, k.sha256, min(k.md5), min(k.algorithm), min(d.heard_at), count(*)
    FROM device_ssh_keys k JOIN devices d ON d.id = k.device_id GROUP BY k.organization, k.sha256;
INSERT INTO summaries SELECT 'ssh-key', organization, 'held', 0, count(*), 0, 0, 0 FROM ssh_keys GROUP BY organization;
INSERT INTO summaries SELECT 'agent', coalesce(agent, ''), status, 0, count(*), count(*) FILTER (WHERE declared_steps > 0), sum(stale), sum(unsure)
    FROM devices GROUP BY coalesce(agent, ''), status;
