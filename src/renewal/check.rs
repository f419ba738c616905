//! Whether what a person pasted is a token that may take the place of old ones.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use rekey_report::EvidenceCode as Code;

use crate::model::{Evidence, Organization, Secret};
use crate::token::{Form, Token, recognize};

/// A token that is fit, as far as it is known.
#[derive(Debug, Clone)]
pub struct Checked {
    /// The token.
    pub token: Secret,
    /// Whose it is, where the service said so.
    pub account: Option<String>,
    /// The service takes it; otherwise it was not asked.
    pub is_proved: bool,
}

/// Why a token is not put anywhere: one sentence with what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// It has not the form of a token, or its checksum fails.
    #[error(
        "this is no personal access token: one has 52 or 84 letters and digits, and its last ones do not fit the rest; copy it again with the button beside it"
    )]
    NoToken,
    /// It is another kind of token.
    #[error(
        "this is a token that ends within hours: make a personal access token on the page, and paste that"
    )]
    Passing,
    /// It is one of those that are to go.
    #[error("this is the old token: make a new one on the page, and paste that")]
    Old,
    /// It was made before the organization moved.
    #[error("this token is of {0}, before the change: make a new one on the page, and paste that")]
    BeforeConnection(String),
    /// The service does not take it.
    #[error("{0} does not take this token: was it made for this organization, and copied whole?")]
    Refused(String),
    /// It has ended.
    #[error("this token has ended: make a new one on the page, and paste that")]
    Expired,
    /// It is of an identity that is not the organization's any more.
    #[error(
        "this token is of {0}, not of the work account: sign out on the page and in again with your work account, then make a new one"
    )]
    OldIdentity(String),
    /// The service said nothing of it.
    #[error("the service could not be asked about this token: {0}")]
    Unclear(String),
}

/// The token in what was pasted, by its form and checksum.
///
/// # Errors
/// Why it is none.
pub fn form_of(pasted: &Secret) -> Result<(Secret, Token), Unfit> {
    let text = pasted.expose().trim();
    let token = recognize(text).ok_or(Unfit::NoToken)?;
    match token.form {
        Form::Pat84 | Form::Pat52 => Ok((Secret::new(text), token)),
        Form::EntraJwt | Form::ServiceJwt => Err(Unfit::Passing),
    }
}

/// Asks the service about a token; the error ends a sentence.
pub type Ask<'a> = &'a dyn Fn(&Secret, &Token) -> Result<Vec<Evidence>, String>;

/// Whether the token may take the place of the `old` ones. `ask` asks the service; without it nobody is asked.
///
/// # Errors
/// Why it may not. [`Unfit::Unclear`] says nothing of the token itself.
pub fn check<'s>(
    pasted: &Secret,
    organization: &Organization,
    old: impl IntoIterator<Item = &'s Secret>,
    ask: Option<Ask<'_>>,
) -> Result<Checked, Unfit> {
    let (secret, token) = form_of(pasted)?;
    if old.into_iter().any(|old| *old == secret) {
        return Err(Unfit::Old);
    }
    if let Some(created) = token
        .created
        .filter(|month| is_before(*month, organization))
    {
        return Err(Unfit::BeforeConnection(
            created.strftime("%Y-%m").to_string(),
        ));
    }
    let unasked = Checked {
        token: secret.clone(),
        account: None,
        is_proved: false,
    };
    let Some(ask) = ask else {
        return Ok(unasked);
    };
    let said = ask(&secret, &token).map_err(Unfit::Unclear)?;
    let detail = |code| {
        let evidence = said.iter().find(|evidence| evidence.code == code);
        evidence.map(|evidence| evidence.detail.clone())
    };
    if detail(Code::RejectedByServer).is_some() {
        return Err(Unfit::Refused(organization.name.to_string()));
    }
    if detail(Code::Expired).is_some() {
        return Err(Unfit::Expired);
    }
    if let Some(account) = detail(Code::AcceptedAsOldIdentity) {
        return Err(Unfit::OldIdentity(account));
    }
    Ok(Checked {
        account: detail(Code::AcceptedAsCurrentIdentity),
        is_proved: true,
        ..unasked
    })
}

/// Whether the month lies wholly before the connection.
fn is_before(month: Date, organization: &Organization) -> bool {
    let connected = organization.connected_at;
    connected.is_some_and(|at| {
        let connected = at.to_zoned(TimeZone::UTC).date().first_of_month();
        month < connected
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

    use super::*;
    use crate::guide::testing::organization;
    use crate::testing::{entra_jwt, pat52, pat84};

    fn contoso() -> Organization {
        Organization {
            connected_at: "2026-11-20T18:00:00Z".parse().ok(),
            ..organization("contoso")
        }
    }

    fn checked(pasted: &str, said: Option<Result<(Code, &str), &str>>) -> Result<Checked, Unfit> {
        let ask = |_: &Secret, _: &Token| match said.unwrap() {
            Ok((code, detail)) => Ok(vec![Evidence {
                code,
                detail: detail.to_owned(),
            }]),
            Err(reason) => Err(reason.to_owned()),
        };
        let ask: Option<Ask<'_>> = said.is_some().then_some(&ask);
        check(
            &Secret::new(pasted),
            &contoso(),
            [&Secret::new(pat52(9))],
            ask,
        )
    }

    #[test]
    fn only_a_whole_personal_access_token_is_taken() {
        let token = pat84('C', 'L', 1);
        assert_eq!(
            checked(&format!(" {token}\n"), None)
                .unwrap()
                .token
                .expose(),
            token
        );
        assert!(checked(&pat52(1), None).is_ok());
        for wrong in [
            "",
            "hunter2",
            &token[1..],
            &format!("{token}x"),
            &format!(":{token}"),
        ] {
            assert_eq!(checked(wrong, None).unwrap_err(), Unfit::NoToken);
        }
        let passing = entra_jwt("11111111-0000-4000-8000-000000000001", 2_000_000_000);
        assert_eq!(checked(&passing, None).unwrap_err(), Unfit::Passing);
    }

    #[test]
    fn an_old_token_takes_no_place_of_itself() {
        assert_eq!(checked(&pat52(9), None).unwrap_err(), Unfit::Old);
        let before = Unfit::BeforeConnection("2026-10".to_owned());
        assert_eq!(checked(&pat84('C', 'J', 1), None).unwrap_err(), before);
        assert!(checked(&pat84('C', 'K', 1), None).is_ok());
    }

    #[test]
    fn the_service_has_the_last_word() {
        let said = |code, detail| checked(&pat52(1), Some(Ok((code, detail))));
        let good = said(Code::AcceptedAsCurrentIdentity, "dev@contoso.com").unwrap();
        assert_eq!(good.account.as_deref(), Some("dev@contoso.com"));
        assert!(good.is_proved);
        let refused = said(Code::RejectedByServer, "").unwrap_err();
        assert_eq!(refused, Unfit::Refused("contoso".to_owned()));
        assert_eq!(said(Code::Expired, "").unwrap_err(), Unfit::Expired);
        let old = said(Code::AcceptedAsOldIdentity, "dev@outlook.com").unwrap_err();
        assert_eq!(old, Unfit::OldIdentity("dev@outlook.com".to_owned()));
        let unclear = checked(&pat52(1), Some(Err("no route"))).unwrap_err();
        assert_eq!(unclear, Unfit::Unclear("no route".to_owned()));
        assert!(!checked(&pat52(1), None).unwrap().is_proved);
    }
}
