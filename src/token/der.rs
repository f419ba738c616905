//! As much DER (X.690) as tells the public half of an RSA key in PKCS#1 and PKCS#8 (RFC 8017, RFC 5958).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

const SEQUENCE: u8 = 0x30;
const INTEGER: u8 = 0x02;
const OCTET_STRING: u8 = 0x04;
/// rsaEncryption, 1.2.840.113549.1.1.1, with its tag and length.
const RSA_ENCRYPTION: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01";

/// The body of a PEM file: base64 over several lines.
pub(super) fn decode(body: &str) -> Option<Zeroizing<Vec<u8>>> {
    let digits: Zeroizing<String> = Zeroizing::new(
        body.chars()
            .filter(|character| !character.is_whitespace())
            .collect(),
    );
    STANDARD.decode(digits.as_bytes()).ok().map(Zeroizing::new)
}

/// Modulus and exponent of an `RSAPrivateKey`.
pub(super) fn pkcs1_public(der: &[u8]) -> Option<(&[u8], &[u8])> {
    let (inside, _) = element(der, SEQUENCE)?;
    let (_version, rest) = element(inside, INTEGER)?;
    let (modulus, rest) = element(rest, INTEGER)?;
    let (exponent, _) = element(rest, INTEGER)?;
    Some((modulus, exponent))
}

/// The `RSAPrivateKey` inside a `PrivateKeyInfo`.
pub(super) fn pkcs8_rsa(der: &[u8]) -> Option<&[u8]> {
    let (inside, _) = element(der, SEQUENCE)?;
    let (_version, rest) = element(inside, INTEGER)?;
    let (algorithm, rest) = element(rest, SEQUENCE)?;
    let (key, _) = element(rest, OCTET_STRING)?;
    algorithm.starts_with(RSA_ENCRYPTION).then_some(key)
}

/// The content of the element of that tag at the start, and what follows it.
fn element(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (first, rest) = der.split_first()?;
    let (short, rest) = rest.split_first()?;
    let (length, rest) = match short {
        0..=0x7f => (usize::from(*short), rest),
        0x81..=0x84 => {
            let (long, rest) = rest.split_at_checked(usize::from(short - 0x80))?;
            let length = long
                .iter()
                .fold(0, |length, byte| length << 8 | usize::from(*byte));
            (length, rest)
        }
        _ => return None,
    };
    (*first == tag).then(|| rest.split_at_checked(length))?
}
