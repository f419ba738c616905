//! Whose token it is, for many requests in one query: every report and every question asks it first.

use std::collections::HashMap;

use async_trait::async_trait;
use sqlx::{QueryBuilder, Row as _};

use super::super::queue::Work;
use super::super::{KnownDevice, Result};
use super::{Driver, Pool};
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
        let mut query =
            QueryBuilder::<Driver>::new("SELECT token, id, ring FROM devices WHERE token IN (");
        let mut list = query.separated(", ");
        for token in filled_up(tokens) {
            list.push_bind(token.as_bytes().to_vec());
        }
        query.push(")");
        let mut known = HashMap::new();
        for row in query.build().fetch_all(&self.pool).await? {
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

/// Up to a power of two with the last one over and over, so that a database has few statements to prepare and remember.
fn filled_up(tokens: &[Digest]) -> impl Iterator<Item = &Digest> {
    let size = tokens.len().next_power_of_two();
    tokens
        .iter()
        .chain(tokens.last().into_iter().cycle())
        .take(size)
}
