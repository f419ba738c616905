-- A list in the order of being heard passes by those that never reported, without looking at their rows.
DROP INDEX devices_by_heard;
CREATE INDEX devices_by_heard ON devices (heard_at, id, agent);
