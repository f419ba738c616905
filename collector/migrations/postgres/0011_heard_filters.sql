-- A list in the order of being heard leaves out other systems and rings without looking at their rows.
DROP INDEX devices_by_heard;
CREATE INDEX devices_by_heard ON devices (heard_at, id, agent, machine_system, ring_key);
