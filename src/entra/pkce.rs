//! The proof that who redeems a code is who asked for it (RFC 7636).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::SignInFault;
use crate::model::Secret;
use crate::platform;

/// 256 random bits in 43 characters: a verifier, or a state that nobody guesses.
pub(super) fn unguessable() -> Result<Secret, SignInFault> {
    let bytes =
        platform::random::<32>().map_err(|fault| SignInFault::NoRandomness(fault.to_string()))?;
    let bytes = Zeroizing::new(bytes);
    Ok(Secret::new(URL_SAFE_NO_PAD.encode(bytes.as_slice())))
}

/// The challenge of a verifier, by the method S256.
pub(super) fn challenge(verifier: &Secret) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.expose().as_bytes()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

    use super::*;

    #[test]
    fn the_challenge_is_that_of_the_standard() {
        let verifier = Secret::new("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
        assert_eq!(
            challenge(&verifier),
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
        );
    }

    #[test]
    fn no_two_are_alike() {
        let (one, other) = (unguessable().unwrap(), unguessable().unwrap());
        assert_eq!(one.expose().len(), 43);
        assert_ne!(one, other);
    }
}
