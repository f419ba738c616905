//! Organizations as admins set them.

use async_trait::async_trait;
use jiff::Timestamp;
use sqlx::Row as _;

use super::super::organizations::{NewOrganization, OrganizationSettings, Organizations};
use super::super::{NewEntry, Result};
use super::audit::append;
use super::database::{Database, time};
use super::{Connection, begin};

#[async_trait]
impl Organizations for Database {
    async fn organization_settings(&self) -> Result<Vec<OrganizationSettings>> {
        let rows = sqlx::query("SELECT * FROM organization_settings ORDER BY key")
            .fetch_all(&self.readers)
            .await?;
        rows.iter()
            .map(|row| {
                let connected_at: Option<i64> = row.try_get("connected_at")?;
                Ok(OrganizationSettings {
                    key: row.try_get("key")?,
                    set: NewOrganization {
                        name: row.try_get("name")?,
                        tenant: row.try_get("tenant")?,
                        connected_at: connected_at.map(time).transpose()?,
                        contact: row.try_get("contact")?,
                    },
                    changed_at: time(row.try_get("changed_at")?)?,
                    changed_by: row.try_get("changed_by")?,
                })
            })
            .collect()
    }

    async fn set_organization(
        &self,
        organization: &NewOrganization,
        entry: &NewEntry,
    ) -> Result<()> {
        let mut transaction = begin(&self.writer).await?;
        append(&mut transaction, entry).await?;
        set(&mut transaction, organization, entry).await?;
        Ok(transaction.commit().await?)
    }

    async fn set_organizations(
        &self,
        organizations: &[NewOrganization],
        entry: &NewEntry,
    ) -> Result<()> {
        let mut transaction = begin(&self.writer).await?;
        append(&mut transaction, entry).await?;
        sqlx::query("DELETE FROM organization_settings")
            .execute(&mut *transaction)
            .await?;
        for organization in organizations {
            set(&mut transaction, organization, entry).await?;
        }
        Ok(transaction.commit().await?)
    }

    async fn unset_organization(&self, key: &str, entry: &NewEntry) -> Result<bool> {
        let mut transaction = begin(&self.writer).await?;
        append(&mut transaction, entry).await?;
        let gone = sqlx::query("DELETE FROM organization_settings WHERE key = $1")
            .bind(key)
            .execute(&mut *transaction)
            .await?;
        if gone.rows_affected() == 0 {
            // Nothing happened, so nothing is told.
            transaction.rollback().await?;
            return Ok(false);
        }
        transaction.commit().await?;
        Ok(true)
    }
}

async fn set(
    connection: &mut Connection,
    organization: &NewOrganization,
    entry: &NewEntry,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO organization_settings (key, name, tenant, connected_at, contact, changed_at, changed_by)
         VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (key) DO UPDATE SET name = excluded.name, tenant = excluded.tenant,
            connected_at = excluded.connected_at, contact = excluded.contact, changed_at = excluded.changed_at,
            changed_by = excluded.changed_by",
    )
    .bind(organization.name.to_lowercase())
    .bind(&organization.name)
    .bind(&organization.tenant)
    .bind(organization.connected_at.map(Timestamp::as_microsecond))
    .bind(&organization.contact)
    .bind(entry.at.as_microsecond())
    .bind(entry.actor.who.name())
    .execute(connection)
    .await?;
    Ok(())
}
