//! Enrolment secrets: kept by their hash, found by it, and counted as they are used.

use std::collections::BTreeMap;

use async_trait::async_trait;
use jiff::Timestamp;
use serde_json::json;
use sqlx::Row as _;

use super::super::audit::{Action, Actor, NewEntry};
use super::super::enroll_secrets::{
    EnrollSecret, EnrollSecrets, NewEnrollSecret, SecretKept, Terms,
};
use super::super::{Result, StorageError};
use super::audit::append;
use super::database::{Database, number, time};
use super::{Connection, LOCK, Row, begin, given};
use crate::secret::Digest;

/// A secret that is being used, and by how many more.
pub(super) struct Held {
    pub(super) secret: EnrollSecret,
    pub(super) used: i64,
}

/// The secrets with these hashes, locked until the commit: whoever wants the last use of one waits here.
pub(super) async fn locked(
    connection: &mut Connection,
    hashes: impl Iterator<Item = &Digest>,
) -> Result<BTreeMap<Vec<u8>, Held>> {
    let rows = given::fetch(
        connection,
        "SELECT d.* FROM enroll_secrets d WHERE d.secret IN (",
        hashes
            .map(|hash| [hash.as_bytes().to_vec().into()])
            .collect(),
        &format!(") ORDER BY d.id{LOCK}"),
    )
    .await?;
    rows.iter()
        .map(|row| {
            let held = Held {
                secret: to_secret(row)?,
                used: 0,
            };
            Ok((row.try_get("secret")?, held))
        })
        .collect()
}

/// Adds the uses.
pub(super) async fn count_uses(
    connection: &mut Connection,
    held: impl Iterator<Item = Held>,
) -> Result<()> {
    let used = held.filter_map(|held| {
        let at = held.secret.last_used_at?.as_microsecond();
        Some([held.secret.id.into(), held.used.into(), at.into()])
    });
    given::execute(
        connection,
        "UPDATE enroll_secrets SET uses = enroll_secrets.uses + v.column2, last_used_at = v.column3 FROM (",
        used.collect(),
        ") AS v WHERE enroll_secrets.id = v.column1",
    )
    .await
}

#[async_trait]
impl EnrollSecrets for Database {
    async fn enroll_secrets(&self, before: Option<i64>, limit: u32) -> Result<Vec<EnrollSecret>> {
        let rows =
            sqlx::query("SELECT * FROM enroll_secrets WHERE id < $1 ORDER BY id DESC LIMIT $2")
                .bind(before.unwrap_or(i64::MAX))
                .bind(i64::from(limit))
                .fetch_all(&self.readers)
                .await?;
        rows.iter().map(to_secret).collect()
    }

    async fn enroll_secret(&self, name: &str) -> Result<Option<EnrollSecret>> {
        let row =
            sqlx::query("SELECT * FROM enroll_secrets WHERE name_key = $1 AND revoked_at IS NULL")
                .bind(name.to_lowercase())
                .fetch_optional(&self.readers)
                .await?;
        row.as_ref().map(to_secret).transpose()
    }

    async fn put_enroll_secret(&self, new: NewEnrollSecret) -> Result<SecretKept> {
        let mut transaction = begin(&self.writer).await?;
        let terms = &new.terms;
        let changed = sqlx::query(
            "UPDATE enroll_secrets SET expires_at = $2, max_uses = $3, machine_id = $4, machine_name = $5,
                person_name = $6
             WHERE name_key = $1 AND revoked_at IS NULL",
        )
        .bind(new.name.to_lowercase())
        .bind(terms.expires_at.map(Timestamp::as_microsecond))
        .bind(terms.max_uses.map(i64::from))
        .bind(terms.machine_id.clone())
        .bind(terms.machine_name.as_deref().map(str::to_lowercase))
        .bind(terms.person_name.as_deref().map(str::to_lowercase))
        .execute(&mut *transaction)
        .await?
        .rows_affected()
            > 0;
        if !changed {
            sqlx::query(
                "INSERT INTO enroll_secrets (secret, name, name_key, created_at, created_by, expires_at, max_uses,
                                             machine_id, machine_name, person_name)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
            )
            .bind(new.secret.as_bytes())
            .bind(&new.name)
            .bind(new.name.to_lowercase())
            .bind(new.at.as_microsecond())
            .bind(new.by.who.name())
            .bind(terms.expires_at.map(Timestamp::as_microsecond))
            .bind(terms.max_uses.map(i64::from))
            .bind(terms.machine_id.clone())
            .bind(terms.machine_name.as_deref().map(str::to_lowercase))
            .bind(terms.person_name.as_deref().map(str::to_lowercase))
            .execute(&mut *transaction)
            .await?;
        }
        let action = if changed {
            Action::EnrollSecretChanged
        } else {
            Action::EnrollSecretMade
        };
        let entry = NewEntry::new(new.at, new.by, action, new.name).with(json!({
            "expires_at": terms.expires_at, "max_uses": terms.max_uses, "machine_id": terms.machine_id,
            "machine_name": terms.machine_name, "person_name": terms.person_name,
        }));
        append(&mut transaction, &entry).await?;
        transaction.commit().await?;
        Ok(if changed {
            SecretKept::Changed
        } else {
            SecretKept::Made
        })
    }

    async fn revoke_enroll_secret(&self, name: &str, by: &Actor, at: Timestamp) -> Result<bool> {
        let mut transaction = begin(&self.writer).await?;
        let revoked = sqlx::query(
            "UPDATE enroll_secrets SET revoked_at = $2 WHERE name_key = $1 AND revoked_at IS NULL",
        )
        .bind(name.to_lowercase())
        .bind(at.as_microsecond())
        .execute(&mut *transaction)
        .await?
        .rows_affected()
            > 0;
        if !revoked {
            return Ok(false);
        }
        let entry = NewEntry::new(at, by.clone(), Action::EnrollSecretRevoked, name);
        append(&mut transaction, &entry).await?;
        transaction.commit().await?;
        Ok(true)
    }
}

fn to_secret(row: &Row) -> Result<EnrollSecret> {
    let when = |name| -> Result<Option<Timestamp>> {
        row.try_get::<Option<i64>, _>(name)?.map(time).transpose()
    };
    let max_uses: Option<i64> = row.try_get("max_uses")?;
    let max_uses = max_uses
        .map(|most| {
            u32::try_from(most)
                .map_err(|_| StorageError::NotUnderstood("the uses of an enrolment secret".into()))
        })
        .transpose()?;
    Ok(EnrollSecret {
        id: row.try_get("id")?,
        name: row.try_get("name")?,
        terms: Terms {
            expires_at: when("expires_at")?,
            max_uses,
            machine_id: row.try_get("machine_id")?,
            machine_name: row.try_get("machine_name")?,
            person_name: row.try_get("person_name")?,
        },
        uses: number(row.try_get("uses")?),
        created_at: time(row.try_get("created_at")?)?,
        created_by: row.try_get("created_by")?,
        last_used_at: when("last_used_at")?,
        revoked_at: when("revoked_at")?,
    })
}
