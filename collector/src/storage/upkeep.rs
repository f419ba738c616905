//! What happens by itself with time.

use async_trait::async_trait;
use jiff::Timestamp;

use super::Result;

/// What has to be done now and then, by any of the collectors on a database.
#[async_trait]
pub trait Upkeep {
    /// Answers when the database does.
    async fn ready(&self) -> Result<()>;

    /// Marks as silent who was not heard since, takes the mark from who was, and keeps the numbers of the day.
    async fn tick(&self, now: Timestamp, silent_before: Timestamp) -> Result<()>;

    /// Removes the content of reports that came before `content_before`, and reports with their lines in the history
    /// that came before `lines_before`. What a device's state rests on stays. Does something once an hour at most.
    async fn clear(
        &self,
        now: Timestamp,
        content_before: Timestamp,
        lines_before: Timestamp,
    ) -> Result<()>;

    /// Counts everything anew and answers what differs from the summaries, one line each: nothing, unless there is a
    /// mistake in this program.
    async fn recount(&self) -> Result<Vec<String>>;
}
