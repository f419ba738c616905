//! JSON Web Tokens (RFC 7519). Signatures are never verified: only the holder is asked, and only
//! whether the token could be a new one.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::{Form, Token};

/// No token of Entra or Azure DevOps comes near this many characters.
pub(super) const LIMIT: usize = 64 * 1024;

/// Base64 of `{"`, with which a header begins.
pub(super) const START: &str = "eyJ";

/// Azure DevOps as an Entra audience: its application, and the address that older clients name.
const AUDIENCES: [&str; 2] = [
    "499b84ac-1321-427f-aa17-267ca6975798",
    "app.vssps.visualstudio.com",
];
const SERVICE_ISSUER: &str = "app.vstoken.visualstudio.com";

/// Reads a value that is one JWT of Entra for Azure DevOps, or of Azure DevOps itself.
pub(super) fn parse(value: &str) -> Option<Token> {
    if value.len() > LIMIT || !value.starts_with(START) {
        return None;
    }
    let mut parts = value.split('.');
    let (header, payload, signature) = (parts.next()?, parts.next()?, parts.next()?);
    let signed = !signature.is_empty() && signature.bytes().all(is_digit);
    if !signed || parts.next().is_some() || !object(header)?.contains_key("alg") {
        return None;
    }
    let claims = object(payload)?;
    Some(Token {
        form: form(&claims)?,
        created: None,
        expires: claims.get("exp").and_then(seconds),
        tenant: text(&claims, "tid")
            .and_then(|tenant| Uuid::try_parse(tenant).ok())
            .filter(|tenant| !tenant.is_nil()),
    })
}

/// Whether the character can stand in a part of a JWT.
pub(super) fn is_digit(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')
}

fn object(part: &str) -> Option<Map<String, Value>> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}

fn form(claims: &Map<String, Value>) -> Option<Form> {
    if text(claims, "iss").is_some_and(|issuer| bare(issuer) == SERVICE_ISSUER) {
        return Some(Form::ServiceJwt);
    }
    let ours = |audience: &Value| {
        audience
            .as_str()
            .is_some_and(|audience| AUDIENCES.contains(&bare(audience).as_str()))
    };
    let is_ours = match claims.get("aud")? {
        Value::Array(all) => all.iter().any(ours),
        one => ours(one),
    };
    is_ours.then_some(Form::EntraJwt)
}

/// Whether the name of a resource or scope (`499b84ac-…/.default`) is that of Azure DevOps.
pub fn is_azure_devops(resource: &str) -> bool {
    let resource = bare(resource);
    AUDIENCES.iter().any(|audience| {
        let rest = resource.strip_prefix(audience);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    })
}

/// An issuer or audience without what its writers vary: scheme, case, last slash.
fn bare(name: &str) -> String {
    let name = name.trim_end_matches('/').to_ascii_lowercase();
    match name.split_once("://") {
        Some((_, rest)) => rest.to_owned(),
        None => name,
    }
}

fn text<'c>(claims: &'c Map<String, Value>, name: &str) -> Option<&'c str> {
    claims.get(name)?.as_str()
}

/// A `NumericDate` of RFC 7519: seconds, perhaps with a fraction.
fn seconds(value: &Value) -> Option<Timestamp> {
    #[allow(
        clippy::cast_possible_truncation,
        reason = "the cast saturates, and jiff checks the range"
    )]
    let seconds = value
        .as_i64()
        .or_else(|| value.as_f64().map(|seconds| seconds as i64))?;
    Timestamp::from_second(seconds).ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::testing::{entra_jwt, jwt, service_jwt};

    const TENANT: &str = "aaaabbbb-0000-cccc-1111-dddd2222eeee";

    #[test]
    fn an_entra_token_names_its_tenant_and_its_end() {
        let token = parse(&entra_jwt(TENANT, 1_795_000_000)).unwrap();
        assert_eq!(token.form, Form::EntraJwt);
        assert_eq!(token.tenant, Uuid::try_parse(TENANT).ok());
        assert_eq!(token.expires, Timestamp::from_second(1_795_000_000).ok());
    }

    #[test]
    fn the_service_issues_its_own() {
        let token = parse(&service_jwt(1_795_000_000)).unwrap();
        assert_eq!((token.form, token.tenant), (Form::ServiceJwt, None));
    }

    #[test]
    fn every_spelling_of_the_audience_is_known_and_no_other() {
        for (audience, ours) in [
            (r#""499B84AC-1321-427f-aa17-267ca6975798""#, true),
            (r#""https://app.vssps.visualstudio.com/""#, true),
            (r#"["x", "499b84ac-1321-427f-aa17-267ca6975798"]"#, true),
            (r#""https://graph.microsoft.com""#, false),
            (r#""https://app.vssps.visualstudio.com.contoso.com""#, false),
            ("7", false),
            ("[]", false),
        ] {
            let token = jwt(&format!(r#"{{"aud":{audience},"exp":1.5}}"#));
            assert_eq!(parse(&token).is_some(), ours, "{audience}");
        }
    }

    #[test]
    fn odd_claims_are_left_out_and_odd_tokens_are_none() {
        let token = parse(&jwt(
            r#"{"aud":"499b84ac-1321-427f-aa17-267ca6975798","exp":1e300,"tid":"00000000-0000-0000-0000-000000000000"}"#,
        ))
        .unwrap();
        assert_eq!((token.expires, token.tenant), (None, None));
        let whole = entra_jwt(TENANT, 1);
        let (unsigned, _) = whole.rsplit_once('.').unwrap();
        for odd in [
            unsigned.to_owned(),
            format!("{unsigned}."),
            format!("{whole}.x"),
            format!("{whole} "),
            jwt(&format!("{}1{}", "[".repeat(500), "]".repeat(500))),
        ] {
            assert_eq!(parse(&odd), None);
        }
    }
}
