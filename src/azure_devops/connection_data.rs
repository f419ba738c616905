//! Whether the service takes a token, and whose it is.

use memchr::memmem;
use serde::Deserialize;

use super::identity::User;
use super::services::Bearing;
use super::{Endpoint, Identity, Services};
use crate::model::OrganizationName;
use crate::network::{Answer, Deadline, NetworkFault};

/// What the service says of a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenState {
    /// It is taken, and belongs to this identity.
    Accepted(Identity),
    /// It is refused. This alone decides nothing: a token with few scopes may be good for its own address.
    Refused,
    /// It was good once, says the service.
    Expired,
    /// The answer tells neither; why, in words that end a sentence.
    Unclear(String),
}

/// Of "Access Denied: The Personal Access Token used has expired."
const EXPIRED: &[u8] = b"Personal Access Token used has expired";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ConnectionData {
    authenticated_user: User,
}

/// Asks the organization who the token belongs to.
///
/// # Errors
/// Where no answer comes: never a word on the token.
pub fn token_state(
    services: &Services,
    organization: &OrganizationName,
    token: Bearing<'_>,
    deadline: Deadline,
) -> Result<TokenState, NetworkFault> {
    let endpoint = Endpoint::connection_data(organization);
    Ok(read(&services.get(&endpoint, token, deadline)?))
}

/// Whether a slot's own address refuses the token; `None` where its answer tells neither.
///
/// # Errors
/// Where no answer comes.
pub fn slot_refuses(
    services: &Services,
    slot: &Endpoint,
    token: Bearing<'_>,
    deadline: Deadline,
) -> Result<Option<bool>, NetworkFault> {
    let answer = services.get(slot, token, deadline)?;
    Ok(match answer.status {
        // A sign-in page may come with any good status.
        200..=299 if !is_page(&answer) && answer.status != 203 => Some(false),
        _ if is_refusal(&answer) => Some(true),
        _ => None,
    })
}

fn read(answer: &Answer) -> TokenState {
    if is_refusal(answer) {
        return if memmem::find(&answer.body, EXPIRED).is_some() {
            TokenState::Expired
        } else {
            TokenState::Refused
        };
    }
    if answer.status != 200 {
        return TokenState::Unclear(match answer.status {
            403 => {
                "it may be good and lack a scope, or a conditional access policy stands in its way"
                    .to_owned()
            }
            429 => "the service wants to be asked less often".to_owned(),
            status => format!("the service answered {status}"),
        });
    }
    if !answer.is_json() {
        return TokenState::Unclear(
            "something else than the service answered with a page".to_owned(),
        );
    }
    match serde_json::from_slice::<ConnectionData>(&answer.body) {
        // An organization with public projects answers everybody, so this token is as good as none.
        Ok(data) if data.authenticated_user.is_anonymous() => TokenState::Refused,
        Ok(data) => TokenState::Accepted(data.authenticated_user.identity()),
        Err(_) => TokenState::Unclear("the service's answer cannot be read".to_owned()),
    }
}

/// 401, a sign-in page in place of an answer, or the way to one.
fn is_refusal(answer: &Answer) -> bool {
    match answer.status {
        401 | 203 => true,
        302 => answer
            .headers(http::header::LOCATION)
            .any(|to| to.contains("/_signin") || to.contains("login.microsoftonline.com/")),
        _ => false,
    }
}

fn is_page(answer: &Answer) -> bool {
    let kind = answer.headers(http::header::CONTENT_TYPE).next();
    kind.is_some_and(|kind| {
        kind.trim_start()
            .to_ascii_lowercase()
            .starts_with("text/html")
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

    use std::time::Duration;

    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use rstest::rstest;
    use serde_json::json;

    use super::*;
    use crate::azure_devops::testing::{contoso, services, soon};
    use crate::model::{Secret, Tenant};
    use crate::testing::{Reply, Server, entra_jwt, pat84};

    const TENANT: &str = "aaaabbbb-0000-cccc-1111-dddd2222eeee";

    fn person(domain: &str) -> Reply {
        let account =
            format!("Microsoft.IdentityModel.Claims.ClaimsIdentity;{domain}\\dev@contoso.com");
        Reply::json(
            200,
            &json!({
                "authenticatedUser": {
                    "id": "11112222-bbbb-3333-cccc-4444dddd5555",
                    "descriptor": account,
                    "providerDisplayName": "Dev",
                    "isActive": true
                },
                "instanceId": TENANT
            }),
        )
    }

    fn state(reply: Reply) -> TokenState {
        let server = Server::new(move |_| reply.clone());
        let token = Secret::new(pat84('C', 'A', 1));
        token_state(&services(&server), &contoso(), Bearing::Pat(&token), soon()).unwrap()
    }

    #[rstest]
    #[case(TENANT, TENANT.parse().ok())]
    #[case("Windows Live ID", Some(Tenant::MicrosoftAccount))]
    #[case("Domain", None)]
    fn a_token_that_is_taken_has_an_identity(#[case] domain: &str, #[case] tenant: Option<Tenant>) {
        let TokenState::Accepted(identity) = state(person(domain)) else {
            panic!("it was taken");
        };
        assert_eq!(identity.tenant, tenant);
        assert_eq!(identity.name, "Dev");
        assert_eq!(identity.account.as_deref(), Some("dev@contoso.com"));
    }

    fn anonymous() -> Reply {
        let user = json!({"id": "aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa", "providerDisplayName": "Anonymous"});
        Reply::json(200, &json!({ "authenticatedUser": user }))
    }

    #[rstest]
    #[case(Reply::page(203, "<html>Sign In</html>"))]
    #[case(Reply::page(302, "").header("Location", "https://spsprodweu1.vssps.visualstudio.com/_signin?realm=x"))]
    #[case(Reply::status(401, ""))]
    #[case(Reply::json(401, &json!({"message": "TF400813"})))]
    #[case(anonymous())]
    fn these_answers_refuse_a_token(#[case] reply: Reply) {
        assert_eq!(state(reply), TokenState::Refused);
    }

    #[rstest]
    #[case(Reply::status(403, ""), "conditional access")]
    #[case(Reply::status(429, "").header("Retry-After", "30"), "less often")]
    #[case(Reply::status(503, ""), "503")]
    #[case(Reply::status(302, "").header("Location", "https://dev.azure.com/maintenance"), "302")]
    #[case(Reply::page(200, "<html>Welcome to the guest network</html>"), "page")]
    #[case(Reply::json(200, &json!({"x": 1})), "cannot be read")]
    #[case(Reply::json(200, &json!([1])), "cannot be read")]
    fn these_answers_say_nothing_of_a_token(#[case] reply: Reply, #[case] why: &str) {
        match state(reply) {
            TokenState::Unclear(reason) => assert!(reason.contains(why), "{reason}"),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn no_answer_is_no_word_on_a_token() {
        let token = Secret::new(pat84('C', 'A', 1));
        for reply in [Reply::Cut, Reply::Silence] {
            let server = Server::new(move |_| reply.clone());
            let soon = Deadline::after(Duration::from_millis(300));
            let answer = token_state(&services(&server), &contoso(), Bearing::Pat(&token), soon);
            assert!(answer.is_err(), "{answer:?}");
        }
        let gone = services(&Server::new(|_| Reply::Silence));
        assert!(token_state(&gone, &contoso(), Bearing::Pat(&token), soon()).is_err());
    }

    #[test]
    fn a_token_is_shown_as_its_kind_asks_for_and_to_nobody_else() {
        let server = Server::new(|request| match request.line.as_str() {
            line if line.contains("connectionData") => {
                Reply::status(302, "").header("Location", "/evil.contoso.com/")
            }
            _ => Reply::status(200, ""),
        });
        let services = services(&server);
        let pat = Secret::new(pat84('C', 'A', 1));
        let jwt = Secret::new(entra_jwt(TENANT, 1));
        token_state(&services, &contoso(), Bearing::Pat(&pat), soon()).unwrap();
        token_state(&services, &contoso(), Bearing::AccessToken(&jwt), soon()).unwrap();
        let requests = server.requests();
        assert_eq!(requests.len(), 2, "a redirect was followed");
        let digits = STANDARD.encode(format!(":{}", pat.expose()));
        let has = |index: usize, text: &str| requests[index].raw_headers.contains(text);
        assert!(has(0, &format!("Basic {digits}\r\n")));
        assert!(has(1, &format!("Bearer {}\r\n", jwt.expose())));
        assert!(
            requests
                .iter()
                .all(|request| !request.line.contains(pat.expose()))
        );
        assert!(
            requests[0]
                .headers
                .contains("x-tfs-fedauthredirect: suppress")
        );
    }

    #[rstest]
    #[case(Reply::status(200, "001e# service=git-upload-pack"), Some(false))]
    #[case(Reply::status(206, ""), Some(false))]
    #[case(Reply::page(200, "<html>Sign In</html>"), None)]
    #[case(Reply::page(203, "<html>Sign In</html>"), Some(true))]
    #[case(Reply::status(401, ""), Some(true))]
    #[case(Reply::status(404, ""), None)]
    #[case(Reply::status(403, ""), None)]
    #[case(Reply::status(500, ""), None)]
    fn a_slots_own_address_refuses_takes_or_says_neither(
        #[case] reply: Reply,
        #[case] refuses: Option<bool>,
    ) {
        let server = Server::new(move |_| reply.clone());
        let slot = Endpoint::of_slot("//pkgs.dev.azure.com/contoso/_packaging/f/npm/", &contoso());
        let token = Secret::new(pat84('C', 'A', 1));
        let answer = slot_refuses(
            &services(&server),
            &slot.unwrap(),
            Bearing::Pat(&token),
            soon(),
        );
        assert_eq!(answer.unwrap(), refuses);
        assert_eq!(
            server.requests()[0].line,
            "GET /pkgs.dev.azure.com/contoso/_packaging/f/npm"
        );
    }
}
