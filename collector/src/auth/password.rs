//! Passwords: argon2 with a salt of their own.

use argon2::Argon2;
use argon2::password_hash::{PasswordHash, PasswordHasher as _, PasswordVerifier as _, SaltString};
use tokio::sync::Semaphore;

/// Each check takes 19 MB and a core for a moment, so only so many run at a time.
const AT_ONCE: usize = 2;

/// The hash of a new password.
pub(crate) fn hash(password: &str) -> anyhow::Result<String> {
    let salt = SaltString::encode_b64(&rand::random::<[u8; 16]>())
        .map_err(|error| anyhow::anyhow!("No salt could be made: {error}"))?;
    Argon2::default()
        .hash_password(password.as_bytes(), &salt)
        .map(|hash| hash.to_string())
        .map_err(|error| anyhow::anyhow!("The password could not be hashed: {error}"))
}

/// Checks passwords.
pub(crate) struct Passwords {
    free: Semaphore,
    /// Checked against where there is no such user, so that time does not tell who exists.
    nobody: String,
}

impl Passwords {
    pub(crate) fn new() -> anyhow::Result<Self> {
        Ok(Self {
            free: Semaphore::new(AT_ONCE),
            nobody: hash("nobody has this one")?,
        })
    }

    /// The hash of a new password.
    pub(crate) async fn hash(&self, password: String) -> anyhow::Result<String> {
        let _free = self.free.acquire().await?;
        tokio::task::spawn_blocking(move || hash(&password)).await?
    }

    /// Whether it is the password behind the hash; never where there is none.
    pub(crate) async fn check(&self, hash: Option<&str>, password: String) -> bool {
        let Ok(_free) = self.free.acquire().await else {
            return false;
        };
        let known = hash.is_some();
        let hash = hash.unwrap_or(&self.nobody).to_owned();
        let right = tokio::task::spawn_blocking(move || {
            PasswordHash::new(&hash).is_ok_and(|hash| {
                Argon2::default()
                    .verify_password(password.as_bytes(), &hash)
                    .is_ok()
            })
        });
        right.await.unwrap_or(false) && known
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_right_password_of_somebody_passes() {
        let passwords = Passwords::new().unwrap();
        let kept = hash("open").unwrap();
        assert!(passwords.check(Some(&kept), "open".into()).await);
        assert!(!passwords.check(Some(&kept), "Open".into()).await);
        assert!(!passwords.check(None, "nobody has this one".into()).await);
    }
}
