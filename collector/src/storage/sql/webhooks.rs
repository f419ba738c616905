//! Webhooks and their messages.

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use sqlx::Row as _;

use super::super::Result;
use super::super::audit::NewEntry;
use super::super::webhooks::{
    Claimed, Delivery, DeliveryState, Event, Happened, Payload, Sent, Shape, Webhook, Webhooks,
};
use super::audit::append;
use super::database::{Database, parsed, time};
use super::outbox::{self, unknown};
use super::{Row, begin};

/// So many messages are sent at the same time.
const AT_ONCE: i64 = 20;

/// Messages that are over are shown for so long.
const KEPT: SignedDuration = SignedDuration::from_hours(7 * 24);

#[async_trait]
impl Webhooks for Database {
    async fn webhooks(&self) -> Result<Vec<Webhook>> {
        let rows = sqlx::query("SELECT * FROM webhooks ORDER BY name")
            .fetch_all(&self.readers)
            .await?;
        let mut webhooks = rows.iter().map(to_webhook).collect::<Result<Vec<_>>>()?;
        let wants: Vec<(String, String)> =
            sqlx::query_as("SELECT webhook, event FROM webhook_wants ORDER BY event")
                .fetch_all(&self.readers)
                .await?;
        for webhook in &mut webhooks {
            let own = wants.iter().filter(|(name, _)| *name == webhook.name);
            webhook.events = own.filter_map(|(_, word)| Event::of(word)).collect();
        }
        Ok(webhooks)
    }

    async fn put_webhook(&self, webhook: &Webhook, entry: Option<&NewEntry>) -> Result<()> {
        let mut transaction = begin(&self.writer).await?;
        if let Some(entry) = entry {
            append(&mut transaction, entry).await?;
        }
        sqlx::query(
            "INSERT INTO webhooks (name, url, shape, secret, every_seconds, created_at)
             VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (name) DO UPDATE SET url = excluded.url, shape = excluded.shape, secret = excluded.secret,
                every_seconds = excluded.every_seconds",
        )
        .bind(&webhook.name)
        .bind(&webhook.url)
        .bind(webhook.shape.as_str())
        .bind(&webhook.secret)
        .bind(i64::from(webhook.every_seconds))
        .bind(webhook.created_at.as_microsecond())
        .execute(&mut *transaction)
        .await?;
        sqlx::query("DELETE FROM webhook_wants WHERE webhook = $1")
            .bind(&webhook.name)
            .execute(&mut *transaction)
            .await?;
        for event in &webhook.events {
            sqlx::query(
                "INSERT INTO webhook_wants (event, webhook) VALUES ($1, $2) ON CONFLICT (event, webhook) DO NOTHING",
            )
            .bind(event.as_str())
            .bind(&webhook.name)
            .execute(&mut *transaction)
            .await?;
        }
        Ok(transaction.commit().await?)
    }

    async fn remove_webhook(&self, name: &str, entry: Option<&NewEntry>) -> Result<bool> {
        let mut transaction = begin(&self.writer).await?;
        if let Some(entry) = entry {
            append(&mut transaction, entry).await?;
        }
        for statement in [
            "DELETE FROM webhook_wants WHERE webhook = $1",
            "DELETE FROM webhook_outbox WHERE webhook = $1",
            "DELETE FROM webhook_deliveries WHERE webhook = $1",
        ] {
            sqlx::query(statement)
                .bind(name)
                .execute(&mut *transaction)
                .await?;
        }
        let removed = sqlx::query("DELETE FROM webhooks WHERE name = $1")
            .bind(name)
            .execute(&mut *transaction)
            .await?;
        if removed.rows_affected() == 0 {
            return Ok(false);
        }
        transaction.commit().await?;
        Ok(true)
    }

    async fn deliveries(&self, name: &str, limit: u32) -> Result<Vec<Delivery>> {
        let rows = sqlx::query(
            "SELECT * FROM webhook_deliveries WHERE webhook = $1 ORDER BY created_at DESC, id DESC LIMIT $2",
        )
        .bind(name)
        .bind(i64::from(limit))
        .fetch_all(&self.readers)
        .await?;
        rows.iter().map(to_delivery).collect()
    }

    async fn happened(&self, happened: &[Happened]) -> Result<()> {
        let mut transaction = begin(&self.writer).await?;
        outbox::put(&mut transaction, happened).await?;
        Ok(transaction.commit().await?)
    }

    async fn send_to(&self, name: &str, happened: &Happened, now: Timestamp) -> Result<()> {
        let mut transaction = begin(&self.writer).await?;
        outbox::deliver(&mut transaction, name, &outbox::single(happened, now)).await?;
        Ok(transaction.commit().await?)
    }

    async fn gather(&self, now: Timestamp) -> Result<()> {
        let waiting: Vec<String> =
            sqlx::query_scalar("SELECT DISTINCT webhook FROM webhook_outbox ORDER BY webhook")
                .fetch_all(&self.readers)
                .await?;
        for name in waiting {
            while self.gather_for(&name, now).await? {}
        }
        let old = now.checked_sub(KEPT).unwrap_or(Timestamp::MIN);
        let any: bool = sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM webhook_deliveries WHERE finished_at < $1)
                OR EXISTS (SELECT 1 FROM webhook_outbox WHERE webhook NOT IN (SELECT name FROM webhooks))",
        )
        .bind(old.as_microsecond())
        .fetch_one(&self.readers)
        .await?;
        if any {
            sqlx::query("DELETE FROM webhook_deliveries WHERE finished_at < $1")
                .bind(old.as_microsecond())
                .execute(&self.writer)
                .await?;
            sqlx::query(
                "DELETE FROM webhook_outbox WHERE webhook NOT IN (SELECT name FROM webhooks)",
            )
            .execute(&self.writer)
            .await?;
        }
        Ok(())
    }

    async fn claim(
        &self,
        now: Timestamp,
        leased_until: Timestamp,
        otlp: bool,
    ) -> Result<Vec<Claimed>> {
        let due: bool = sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM webhook_deliveries WHERE state = 'pending' AND next_at <= $1)",
        )
        .bind(now.as_microsecond())
        .fetch_one(&self.readers)
        .await?;
        if !due {
            return Ok(Vec::new());
        }
        // The conditions stand twice: whoever waited for another collector looks at the row again.
        let rows = sqlx::query(
            "UPDATE webhook_deliveries SET leased_until = $2, attempts = attempts + 1
             WHERE state = 'pending' AND next_at <= $1 AND leased_until <= $1 AND id IN
                (SELECT d.id FROM webhook_deliveries d JOIN webhooks w ON w.name = d.webhook
                 WHERE d.state = 'pending' AND d.next_at <= $1 AND d.leased_until <= $1 AND (w.shape <> 'otlp' OR $3)
                 ORDER BY d.next_at, d.id LIMIT $4)
             RETURNING webhook, payload, attempts",
        )
        .bind(now.as_microsecond())
        .bind(leased_until.as_microsecond())
        .bind(otlp)
        .bind(AT_ONCE)
        .fetch_all(&self.writer)
        .await?;
        let webhooks = self.webhooks().await?;
        let mut claimed = Vec::with_capacity(rows.len());
        for row in &rows {
            let name: String = row.try_get("webhook")?;
            // Removed meanwhile.
            let Some(webhook) = webhooks.iter().find(|webhook| webhook.name == name) else {
                continue;
            };
            claimed.push(Claimed {
                webhook: webhook.clone(),
                payload: parsed(row.try_get("payload")?)?,
                attempts: count(row)?,
            });
        }
        Ok(claimed)
    }

    async fn sent(&self, sent: &Sent, now: Timestamp) -> Result<()> {
        let over = sent.state != DeliveryState::Pending;
        sqlx::query(
            "UPDATE webhook_deliveries SET state = $1, next_at = $2, answer = $3, finished_at = $4, leased_until = 0
             WHERE id = $5 AND state = 'pending'",
        )
        .bind(word(sent.state))
        .bind(sent.next_at.as_microsecond())
        .bind(&sent.answer)
        .bind(over.then(|| now.as_microsecond()))
        .bind(&sent.id)
        .execute(&self.writer)
        .await?;
        Ok(())
    }
}

const fn word(state: DeliveryState) -> &'static str {
    match state {
        DeliveryState::Pending => "pending",
        DeliveryState::Delivered => "delivered",
        DeliveryState::Failed => "failed",
    }
}

fn count(row: &Row) -> Result<u32> {
    let attempts: i64 = row.try_get("attempts")?;
    Ok(u32::try_from(attempts).unwrap_or(u32::MAX))
}

fn to_webhook(row: &Row) -> Result<Webhook> {
    let seconds: i64 = row.try_get("every_seconds")?;
    Ok(Webhook {
        name: row.try_get("name")?,
        url: row.try_get("url")?,
        shape: Shape::of(row.try_get("shape")?).ok_or_else(|| unknown("the shape"))?,
        events: Vec::new(),
        secret: row.try_get("secret")?,
        every_seconds: u32::try_from(seconds).unwrap_or(u32::MAX),
        created_at: time(row.try_get("created_at")?)?,
    })
}

fn to_delivery(row: &Row) -> Result<Delivery> {
    let state = match row.try_get("state")? {
        "pending" => DeliveryState::Pending,
        "delivered" => DeliveryState::Delivered,
        "failed" => DeliveryState::Failed,
        _ => return Err(unknown("the state of a message")),
    };
    let payload: Payload = parsed(row.try_get("payload")?)?;
    let finished_at: Option<i64> = row.try_get("finished_at")?;
    Ok(Delivery {
        id: row.try_get("id")?,
        state,
        counts: payload.counts,
        created_at: time(row.try_get("created_at")?)?,
        attempts: count(row)?,
        next_at: time(row.try_get("next_at")?)?,
        finished_at: finished_at.map(time).transpose()?,
        answer: row.try_get("answer")?,
    })
}
