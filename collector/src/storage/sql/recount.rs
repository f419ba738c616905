//! Counts everything anew, to hold the summaries against it.

use std::collections::BTreeMap;

use sqlx::Row as _;

use super::super::Result;
use super::Pool;

/// Each sum from its source. The last two are of people: those with devices, and those of whom the roster alone tells.
const SOURCES: [&str; 9] = [
    "SELECT 'all' AS dimension, '' AS key, status, count(*) AS members,
            count(*) FILTER (WHERE declared_steps > 0) AS declared, CAST(sum(stale) AS BIGINT) AS stale,
            CAST(sum(unsure) AS BIGINT) AS unsure
     FROM devices GROUP BY status",
    "SELECT 'system' AS dimension, machine_system AS key, status, count(*) AS members,
            count(*) FILTER (WHERE declared_steps > 0) AS declared, CAST(sum(stale) AS BIGINT) AS stale,
            CAST(sum(unsure) AS BIGINT) AS unsure
     FROM devices GROUP BY machine_system, status",
    "SELECT 'ring' AS dimension, ring_key AS key, status, count(*) AS members,
            count(*) FILTER (WHERE declared_steps > 0) AS declared, CAST(sum(stale) AS BIGINT) AS stale,
            CAST(sum(unsure) AS BIGINT) AS unsure
     FROM devices GROUP BY ring_key, status",
    "SELECT 'agent' AS dimension, coalesce(agent, '') AS key, status, count(*) AS members,
            count(*) FILTER (WHERE declared_steps > 0) AS declared, CAST(sum(stale) AS BIGINT) AS stale,
            CAST(sum(unsure) AS BIGINT) AS unsure
     FROM devices GROUP BY coalesce(agent, ''), status",
    "SELECT 'ssh-key' AS dimension, organization AS key, status, count(*) AS members, CAST(0 AS BIGINT) AS declared,
            CAST(0 AS BIGINT) AS stale, CAST(0 AS BIGINT) AS unsure
     FROM (SELECT k.organization, CASE WHEN EXISTS (SELECT 1 FROM device_ssh_keys d WHERE d.sha256 = k.sha256
                                                     AND d.organization = k.organization)
                                       THEN 'held' ELSE 'gone' END AS status
           FROM ssh_keys k) AS keys
     GROUP BY organization, status",
    "SELECT 'organization' AS dimension, o.key AS key, o.status AS status, count(*) AS members,
            count(*) FILTER (WHERE d.declared_steps > 0) AS declared, CAST(sum(o.stale) AS BIGINT) AS stale,
            CAST(sum(o.unsure) AS BIGINT) AS unsure
     FROM device_organizations o JOIN devices d ON d.id = o.device_id GROUP BY o.key, o.status",
    "SELECT 'place' AS dimension, s.store AS key, s.status AS status, count(*) AS members,
            count(*) FILTER (WHERE d.declared_steps > 0) AS declared, CAST(sum(s.stale) AS BIGINT) AS stale,
            CAST(sum(s.unsure) AS BIGINT) AS unsure
     FROM device_stores s JOIN devices d ON d.id = s.device_id GROUP BY s.store, s.status",
    "SELECT 'person' AS dimension, '' AS key, status, count(*) AS members, CAST(0 AS BIGINT) AS declared,
            CAST(0 AS BIGINT) AS stale, CAST(0 AS BIGINT) AS unsure
     FROM (SELECT CASE min(CASE status WHEN 'failed' THEN 1 WHEN 'action-needed' THEN 2 WHEN 'silent' THEN 3
                               WHEN 'not-reported' THEN 4 WHEN 'waiting' THEN 5 ELSE 6 END)
                  WHEN 1 THEN 'failed' WHEN 2 THEN 'action-needed' WHEN 3 THEN 'silent' WHEN 4 THEN 'not-reported'
                  WHEN 5 THEN 'waiting' ELSE 'compliant' END AS status
           FROM devices GROUP BY person_key) AS worst
     GROUP BY status",
    "SELECT 'person' AS dimension, '' AS key, 'never-reported' AS status, count(*) AS members,
            CAST(0 AS BIGINT) AS declared, CAST(0 AS BIGINT) AS stale, CAST(0 AS BIGINT) AS unsure
     FROM (SELECT DISTINCT key FROM roster) AS r
     WHERE NOT EXISTS (SELECT 1 FROM devices d WHERE d.person_key = r.key)
     HAVING count(*) > 0",
];

/// What must hold row by row; each answers how many rows it does not hold for.
const RULES: [(&str, &str); 4] = [
    (
        "people are on the list of people as on the roster",
        "SELECT (SELECT count(*) FROM people d WHERE d.rostered = 1
                    AND NOT EXISTS (SELECT 1 FROM roster r WHERE r.key = d.key))
              + (SELECT count(*) FROM (SELECT DISTINCT key FROM roster) AS r
                 WHERE NOT EXISTS (SELECT 1 FROM people d WHERE d.key = r.key AND d.rostered = 1))",
    ),
    (
        "the roster has as many lines as is kept",
        "SELECT abs(lines - (SELECT count(*) FROM roster)) FROM roster_state",
    ),
    (
        "a device that names nobody is of whom the roster names for it",
        "SELECT count(*) FROM devices d LEFT JOIN
            (SELECT device_key, min(key) AS key FROM roster WHERE device_key <> '' GROUP BY device_key
             HAVING count(*) = 1) AS o ON o.device_key = lower(d.machine_name)
         WHERE (d.person_name IS NULL OR d.person_name NOT LIKE '%@%')
            AND d.person_key <> coalesce(o.key, lower(d.person_name), '#' || d.person_id)",
    ),
    (
        "every person with an address is found by it",
        "SELECT count(*) FROM people d WHERE d.key NOT LIKE '#%' AND NOT EXISTS
            (SELECT 1 FROM person_words w WHERE w.person_key = d.key AND w.word = d.key)",
    ),
];

const KEPT: &str = "SELECT dimension, key, status, CAST(sum(members) AS BIGINT) AS members,
        CAST(sum(declared) AS BIGINT) AS declared, CAST(sum(stale) AS BIGINT) AS stale,
        CAST(sum(unsure) AS BIGINT) AS unsure
     FROM summaries GROUP BY dimension, key, status";

type Sums = BTreeMap<(String, String, String), [i64; 4]>;

/// One line for each sum that is not what its source says.
pub(super) async fn differences(pool: &Pool) -> Result<Vec<String>> {
    let mut counted = Sums::new();
    for source in SOURCES {
        read(pool, source, &mut counted).await?;
    }
    let mut kept = Sums::new();
    read(pool, KEPT, &mut kept).await?;
    let mut lines = Vec::new();
    for key in counted.keys().chain(kept.keys()) {
        let (is, says) = (
            counted.get(key).copied().unwrap_or_default(),
            kept.get(key).copied().unwrap_or_default(),
        );
        if is != says {
            lines.push(format!("{key:?}: {says:?} is kept, {is:?} was counted"));
        }
    }
    for (rule, statement) in RULES {
        let broken: i64 = sqlx::query_scalar(statement).fetch_one(pool).await?;
        if broken != 0 {
            lines.push(format!("{rule}: not so for {broken}"));
        }
    }
    lines.sort();
    lines.dedup();
    Ok(lines)
}

async fn read(pool: &Pool, statement: &'static str, sums: &mut Sums) -> Result<()> {
    for row in sqlx::query(statement).fetch_all(pool).await? {
        let key = (
            row.try_get("dimension")?,
            row.try_get("key")?,
            row.try_get("status")?,
        );
        let sum = [
            row.try_get("members")?,
            row.try_get("declared")?,
            row.try_get("stale")?,
            row.try_get("unsure")?,
        ];
        sums.insert(key, sum);
    }
    Ok(())
}
