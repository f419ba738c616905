//! Tokens for tests: well formed, made when the test runs, never issued. Unit tests and integration tests share them.

#![allow(dead_code, missing_docs, unreachable_pub, clippy::unwrap_used)]

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rekey::token::pat52::{self, Holder};
use rekey::token::pat84;
use sha2::{Digest as _, Sha256};

const ALPHANUMERIC: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// 32 bytes that differ for each seed.
fn random(seed: u8) -> [u8; 32] {
    Sha256::digest([b't', seed]).into()
}

/// A token of 84 characters made in that month (`'A'` is 2024; `'A'` is January). `seed` tells tokens apart.
pub fn pat84(year: char, month: char, seed: u8) -> String {
    let bytes = random(seed);
    pat84_of(year, month, &[bytes, bytes].concat())
}

/// The same made from the first 52 of these bytes, for those who need more tokens than seeds.
pub fn pat84_of(year: char, month: char, bytes: &[u8]) -> String {
    let letters = bytes.iter().take(52);
    let random: String = letters
        .map(|byte| char::from(ALPHANUMERIC[usize::from(byte % 62)]))
        .collect();
    let body = format!("{random}JQQJ99{year}{month}ACAAAAAAAAAAAAASAZDO");
    let checksum = pat84::checksum(&body).unwrap();
    body + &checksum
}

/// A token of 52 characters. `seed` tells tokens apart.
pub fn pat52(seed: u8) -> String {
    pat52_of(random(seed))
}

/// The same made from these bytes.
pub fn pat52_of(mut bytes: [u8; 32]) -> String {
    let checksum = pat52::checksum(&bytes, Holder::User).to_le_bytes();
    for (at, byte) in pat52::CHECKSUM_AT.into_iter().zip(checksum) {
        bytes[at] = byte;
    }
    let bit = |index: usize| {
        bytes
            .get(index / 8)
            .is_some_and(|byte| byte >> (7 - index % 8) & 1 == 1)
    };
    let digit = |at: usize| {
        (0..5).fold(0, |value, offset| {
            value << 1 | usize::from(bit(at * 5 + offset))
        })
    };
    (0..pat52::LENGTH)
        .map(|at| char::from(b"abcdefghijklmnopqrstuvwxyz234567"[digit(at)]))
        .collect()
}

/// An access token of Entra for Azure DevOps. `exp` is in seconds since 1970.
pub fn entra_jwt(tid: &str, exp: i64) -> String {
    jwt(&format!(
        r#"{{"aud":"499b84ac-1321-427f-aa17-267ca6975798","iss":"https://sts.windows.net/{tid}/","exp":{exp},"tid":"{tid}","scp":"user_impersonation"}}"#
    ))
}

/// A session token of Azure DevOps itself. `exp` is in seconds since 1970.
pub fn service_jwt(exp: i64) -> String {
    jwt(&format!(
        r#"{{"nameid":"dev","scp":"app_token","iss":"app.vstoken.visualstudio.com","aud":"app.vstoken.visualstudio.com","exp":{exp}}}"#
    ))
}

/// Any JWT with these claims and a signature that verifies nothing.
pub fn jwt(claims: &str) -> String {
    let parts = [
        br#"{"typ":"JWT","alg":"RS256"}"#,
        claims.as_bytes(),
        &random(0),
    ];
    parts.map(|part| URL_SAFE_NO_PAD.encode(part)).join(".")
}
