//! The signature of a message: HMAC-SHA256 over the time of sending and the body, so that neither can be changed and an
//! old message cannot be sent again as a new one.

use hmac::{Hmac, Mac as _};
use jiff::Timestamp;
use sha2::Sha256;

use crate::secret::hex;

/// `t=SECONDS,v1=HEX` for the header `X-Rekey-Signature`: seconds since 1970, and the HMAC-SHA256 with the webhook's
/// secret over those seconds in decimal, a full stop, and the body.
#[must_use]
pub fn signature(secret: &str, now: Timestamp, body: &str) -> String {
    let seconds = now.as_second();
    // HMAC takes a key of any length.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else {
        return String::new();
    };
    mac.update(seconds.to_string().as_bytes());
    mac.update(b".");
    mac.update(body.as_bytes());
    format!("t={seconds},v1={}", hex(&mac.finalize().into_bytes()))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_time_the_body_and_the_secret_all_count() {
        let now: Timestamp = "2026-11-23T12:00:00Z".parse().unwrap();
        let signed = signature("key", now, "{}");
        assert!(signed.starts_with("t=1795435200,v1="));
        assert_eq!(signed.len(), "t=1795435200,v1=".len() + 64);
        assert_ne!(signed, signature("other", now, "{}"));
        assert_ne!(signed[16..], signature("key", now, "{ }")[16..]);
        let later = now + jiff::SignedDuration::from_secs(1);
        assert_ne!(signed[16..], signature("key", later, "{}")[16..]);
    }
}
