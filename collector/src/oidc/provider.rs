//! Speaks with the identity provider, and believes only what is signed for this very sign-in.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use jiff::{SignedDuration, Timestamp};
use openidconnect::core::{
    CoreAuthDisplay, CoreAuthPrompt, CoreAuthenticationFlow, CoreClientAuthMethod,
    CoreErrorResponseType, CoreGenderClaim, CoreJsonWebKey, CoreJweContentEncryptionAlgorithm,
    CoreJwsSigningAlgorithm, CoreRevocableToken, CoreRevocationErrorResponse,
    CoreTokenIntrospectionResponse, CoreTokenType,
};
use openidconnect::{
    AuthType, AuthorizationCode, ClaimsVerificationError, Client, ClientId, ClientSecret,
    CsrfToken, DiscoveryError, EmptyExtraTokenFields, EndpointMaybeSet, EndpointNotSet,
    EndpointSet, IdToken, IdTokenClaims, IdTokenFields, IssuerUrl, LogoutRequest, Nonce,
    PkceCodeChallenge, PkceCodeVerifier, PostLogoutRedirectUrl, ProviderMetadataWithLogout,
    RedirectUrl, RequestTokenError, Scope, StandardErrorResponse, StandardTokenResponse,
    TokenResponse as _,
};

use super::claims::Claims;
use super::flow::Flow;
use super::http::{Http, HttpFault};
use super::{OidcSettings, Trouble};
use crate::secret::Digest;
use crate::storage::Role;
use crate::text;

/// Keys and addresses of the provider are asked for again after that; a key that is not known, at once.
const FRESH: SignedDuration = SignedDuration::from_hours(1);

type Token =
    IdToken<Claims, CoreGenderClaim, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm>;
type Fields = IdTokenFields<
    Claims,
    EmptyExtraTokenFields,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJwsSigningAlgorithm,
>;
type Party = Client<
    Claims,
    CoreAuthDisplay,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJsonWebKey,
    CoreAuthPrompt,
    StandardErrorResponse<CoreErrorResponseType>,
    StandardTokenResponse<Fields, CoreTokenType>,
    CoreTokenIntrospectionResponse,
    CoreRevocableToken,
    CoreRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// The identity provider, as this collector knows it.
pub(crate) struct Oidc {
    settings: OidcSettings,
    http: Http,
    /// Only kept so that it need not be asked for each time; any collector can ask for it.
    known: Mutex<Option<Known>>,
}

#[derive(Clone)]
struct Known {
    metadata: Arc<ProviderMetadataWithLogout>,
    asked_at: Timestamp,
}

/// Where to send the browser, and the cookie that it must bring back.
pub(crate) struct Start {
    pub(crate) url: String,
    pub(crate) cookie: String,
}

/// What the provider sends the browser back with.
#[derive(Debug, Default, serde::Deserialize)]
pub(crate) struct Answer {
    #[serde(default)]
    state: String,
    code: Option<String>,
    error: Option<String>,
    error_description: Option<String>,
    /// RFC 9207: which provider answers.
    iss: Option<String>,
}

/// Somebody whom the provider knows and who has a role here.
#[derive(Debug, Clone)]
pub(crate) struct Identity {
    pub(crate) issuer: String,
    pub(crate) subject: String,
    /// For people to read; it can change, and two may have the same.
    pub(crate) name: String,
    pub(crate) role: Role,
    /// The page that they wanted.
    pub(crate) next: String,
}

impl Oidc {
    pub(crate) fn new(settings: OidcSettings) -> anyhow::Result<Self> {
        settings.check()?;
        Ok(Self {
            http: Http::new(settings.ca.as_deref(), settings.on_loopback())?,
            settings,
            known: Mutex::new(None),
        })
    }

    /// The host that people sign in at.
    pub(crate) fn host(&self) -> String {
        host(&self.settings.issuer)
    }

    /// Begins a sign-in. With `choose`, the provider asks for the account even where one is signed in there.
    pub(crate) async fn start(
        &self,
        now: Timestamp,
        next: &str,
        choose: bool,
    ) -> Result<Start, Trouble> {
        let party = self.party(&*self.metadata(now).await?)?;
        let flow = Flow::begin(now, next);
        let (state, nonce) = (flow.state().to_hex(), flow.nonce());
        let verifier = PkceCodeVerifier::new(flow.verifier());
        let mut request = party
            .authorize_url(
                CoreAuthenticationFlow::AuthorizationCode,
                move || CsrfToken::new(state),
                move || Nonce::new(nonce),
            )
            .add_scope(Scope::new("profile".to_owned()))
            .add_scope(Scope::new("email".to_owned()))
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier));
        if choose {
            request = request.add_prompt(CoreAuthPrompt::SelectAccount);
        }
        let (url, _, _) = request.url();
        Ok(Start {
            url: url.into(),
            cookie: flow.cookie().to_owned(),
        })
    }

    /// Ends a sign-in that this or another collector began.
    pub(crate) async fn finish(
        &self,
        now: Timestamp,
        cookie: Option<&str>,
        answer: Answer,
    ) -> Result<Identity, Trouble> {
        let flow = cookie
            .and_then(|cookie| Flow::resume(cookie, now))
            .ok_or(Trouble::NotBegunHere)?;
        // Compared as hashes, so that time tells nothing.
        let expected = Digest::of(&flow.state().to_hex());
        if !expected.matches(&Digest::of(&answer.state)) {
            return Err(Trouble::NotBegunHere);
        }
        if answer.iss.is_some_and(|iss| iss != self.settings.issuer) {
            return Err(Trouble::NotTrusted("another provider answered".to_owned()));
        }
        if let Some(error) = answer.error {
            let told = answer.error_description.unwrap_or_default();
            return Err(refusal(&error, &told));
        }
        let code = answer.code.ok_or(Trouble::NotBegunHere)?;
        let metadata = self.metadata(now).await?;
        let token = self.exchange(&metadata, code, flow.verifier()).await?;
        let nonce = Nonce::new(flow.nonce());
        let claims = match self.verify(&metadata, &token, &nonce, now) {
            // The provider may have new keys since it was asked.
            Err(ClaimsVerificationError::SignatureVerification(_)) => {
                let fresh = self.discover(now).await?;
                self.verify(&fresh, &token, &nonce, now)
            }
            verified => verified,
        };
        let claims = claims.map_err(|error| Trouble::NotTrusted(error.to_string()))?;
        self.identity(&claims, flow.next())
    }

    /// Where somebody can also sign out of the provider itself, where it has such a page. It is not asked
    /// for here: signing out must not wait for anybody.
    pub(crate) fn sign_out_url(&self) -> Option<String> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let end = known
            .as_ref()?
            .metadata
            .additional_metadata()
            .end_session_endpoint
            .clone()?;
        let back = format!("{}/login", self.settings.public_url.trim_end_matches('/'));
        let request = LogoutRequest::from(end)
            .set_client_id(ClientId::new(self.settings.client_id.clone()))
            .set_post_logout_redirect_uri(PostLogoutRedirectUrl::new(back).ok()?);
        Some(request.http_get_url().into())
    }

    async fn metadata(&self, now: Timestamp) -> Result<Arc<ProviderMetadataWithLogout>, Trouble> {
        let known = self
            .known
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        match known {
            Some(known) if now.duration_since(known.asked_at) < FRESH => Ok(known.metadata),
            _ => self.discover(now).await,
        }
    }

    async fn discover(&self, now: Timestamp) -> Result<Arc<ProviderMetadataWithLogout>, Trouble> {
        let issuer = IssuerUrl::new(self.settings.issuer.clone())
            .map_err(|error| Trouble::Settings(error.to_string()))?;
        let metadata = ProviderMetadataWithLogout::discover_async(issuer, &self.http)
            .await
            .map_err(|error| match error {
                DiscoveryError::Request(fault) => away(&fault),
                DiscoveryError::Response(status, _, _) if status.is_server_error() => {
                    Trouble::Away(format!("it answered {status}"))
                }
                DiscoveryError::Response(status, _, _) => Trouble::Settings(format!(
                    "its discovery document is not at the issuer's address ({status})"
                )),
                DiscoveryError::Validation(_) => Trouble::Settings(
                    "it calls itself by another issuer than --oidc-issuer says".to_owned(),
                ),
                other => {
                    Trouble::Settings(format!("its discovery document cannot be read: {other}"))
                }
            })?;
        let metadata = Arc::new(metadata);
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = Some(Known {
            metadata: metadata.clone(),
            asked_at: now,
        });
        Ok(metadata)
    }

    fn party(&self, metadata: &ProviderMetadataWithLogout) -> Result<Party, Trouble> {
        let secret = self.settings.client_secret.clone().map(ClientSecret::new);
        let redirect = RedirectUrl::new(self.settings.redirect_uri())
            .map_err(|error| Trouble::Settings(error.to_string()))?;
        let methods = metadata.token_endpoint_auth_methods_supported();
        let only_in_body = methods.is_some_and(|methods| {
            !methods.contains(&CoreClientAuthMethod::ClientSecretBasic)
                && methods.contains(&CoreClientAuthMethod::ClientSecretPost)
        });
        let auth = if only_in_body {
            AuthType::RequestBody
        } else {
            AuthType::BasicAuth
        };
        let id = ClientId::new(self.settings.client_id.clone());
        Ok(Party::from_provider_metadata(metadata.clone(), id, secret)
            .set_redirect_uri(redirect)
            .set_auth_type(auth))
    }

    async fn exchange(
        &self,
        metadata: &ProviderMetadataWithLogout,
        code: String,
        verifier: String,
    ) -> Result<Token, Trouble> {
        let answer = self
            .party(metadata)?
            .exchange_code(AuthorizationCode::new(code))
            .map_err(|error| Trouble::Settings(error.to_string()))?
            .set_pkce_verifier(PkceCodeVerifier::new(verifier))
            .request_async(&self.http)
            .await
            .map_err(|error| match error {
                RequestTokenError::Request(fault) => away(&fault),
                RequestTokenError::ServerResponse(response) => match response.error() {
                    CoreErrorResponseType::InvalidGrant => Trouble::CodeSpent,
                    error => Trouble::Settings(said(
                        error.as_ref(),
                        response.error_description().map_or("", String::as_str),
                    )),
                },
                other => Trouble::Away(format!("its answer cannot be read: {other}")),
            })?;
        let token = answer.id_token().cloned();
        token.ok_or_else(|| Trouble::NotTrusted("it sent no ID token".to_owned()))
    }

    /// Signature, issuer, audience, time and nonce, by the rules of OpenID Connect Core 1.0 §3.1.3.7.
    fn verify(
        &self,
        metadata: &ProviderMetadataWithLogout,
        token: &Token,
        nonce: &Nonce,
        now: Timestamp,
    ) -> Result<IdTokenClaims<Claims, CoreGenderClaim>, ClaimsVerificationError> {
        let party = self
            .party(metadata)
            .map_err(|error| ClaimsVerificationError::Other(error.to_string()))?;
        let signed = metadata
            .id_token_signing_alg_values_supported()
            .iter()
            .filter(|algorithm| !is_weak(algorithm))
            .cloned();
        let verifier = party
            .id_token_verifier()
            .set_allowed_algs(signed)
            .set_time_fn(move || SystemTime::from(now).into());
        let claims = token.claims(&verifier, nonce)?;
        let meant = claims
            .authorized_party()
            .is_none_or(|party| party.as_str() == self.settings.client_id);
        if !meant {
            let told = "the token was given to another program".to_owned();
            return Err(ClaimsVerificationError::InvalidAudience(told));
        }
        Ok(claims.clone())
    }

    fn identity(
        &self,
        claims: &IdTokenClaims<Claims, CoreGenderClaim>,
        next: &str,
    ) -> Result<Identity, Trouble> {
        let more = claims.additional_claims();
        if let Some(expected) = self.settings.expected_tenant()
            && !more
                .text("tid")
                .is_some_and(|tenant| tenant.eq_ignore_ascii_case(&expected))
        {
            return Err(Trouble::OtherTenant);
        }
        let subject = claims.subject().as_str();
        let name = claims
            .preferred_username()
            .map(|name| name.as_str())
            .or_else(|| claims.email().map(|email| email.as_str()))
            .or_else(|| Some(claims.name()?.get(None)?.as_str()));
        let name = text::optional_name(name).unwrap_or_else(|| subject.to_owned());
        Ok(Identity {
            role: more.role(&self.settings, &name)?,
            issuer: claims.issuer().to_string(),
            subject: subject.to_owned(),
            name,
            next: next.to_owned(),
        })
    }
}

/// The host of an issuer, by which people know it.
pub(crate) fn host(issuer: &str) -> String {
    let url = openidconnect::url::Url::parse(issuer).ok();
    url.as_ref()
        .and_then(|url| url.host_str())
        .unwrap_or(issuer)
        .to_owned()
}

/// Unsigned, or signed with something that the collector itself could sign with.
fn is_weak(algorithm: &CoreJwsSigningAlgorithm) -> bool {
    matches!(
        algorithm,
        CoreJwsSigningAlgorithm::None
            | CoreJwsSigningAlgorithm::HmacSha256
            | CoreJwsSigningAlgorithm::HmacSha384
            | CoreJwsSigningAlgorithm::HmacSha512
    )
}

fn away(fault: &HttpFault) -> Trouble {
    let mut told = fault.to_string();
    let mut cause = std::error::Error::source(fault);
    while let Some(error) = cause {
        told = error.to_string();
        cause = error.source();
    }
    Trouble::Away(told)
}

/// The provider's own words, cut: they come over the browser and end in a page and in the log.
fn refusal(error: &str, description: &str) -> Trouble {
    match error {
        // Entra says the first where somebody cancels, and the second where they decline consent.
        "access_denied" | "consent_required" => Trouble::Cancelled,
        "temporarily_unavailable" | "server_error" => Trouble::Away(said(error, description)),
        _ => Trouble::Refused(said(error, description)),
    }
}

fn said(error: &str, description: &str) -> String {
    let description = text::name(description);
    let error = text::name(error);
    if description.is_empty() {
        error
    } else {
        format!("{error}: {description}")
    }
}
