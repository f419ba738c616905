//! Whose token it is, for many requests in one query: every report and every question asks it first.

use std::collections::HashMap;

use async_trait::async_trait;
use sqlx::Row as _;

use super::super::queue::Work;
use super::super::{KnownDevice, Result};
use super::{Pool, given};
use crate::secret::Digest;

/// Looks tokens up.
pub(super) struct Tokens {
    pub(super) pool: Pool,
}

#[async_trait]
impl Work for Tokens {
    type Job = Digest;
    type Done = Option<KnownDevice>;

    async fn all(&self, tokens: &[Digest]) -> Result<Vec<Result<Option<KnownDevice>>>> {
        let mut connection = self.pool.acquire().await?;
        let rows = given::fetch(
            &mut connection,
            "SELECT token, id, ring FROM devices WHERE token IN (",
            tokens
                .iter()
                .map(|token| [token.as_bytes().to_vec().into()])
                .collect(),
            ")",
        )
        .await?;
        let mut known = HashMap::new();
        for row in rows {
            let token: Vec<u8> = row.try_get("token")?;
            let device = KnownDevice {
                id: row.try_get("id")?,
                ring: row.try_get("ring")?,
            };
            known.insert(token, device);
        }
        Ok(tokens
            .iter()
            .map(|token| Ok(known.get(token.as_bytes()).cloned()))
            .collect())
    }
}
