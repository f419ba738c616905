//! Azure DevOps and the sign-in of Microsoft Entra ID on loopback, as far as the renewal of access tokens needs them. Its
//! address is a gateway: a request for `https://HOST/PATH` comes as `/HOST/PATH`.
//!
//! It has one organization with one person, makes tokens with valid checksums, takes no other, and answers oddly where a
//! test tells it to.

#![allow(
    dead_code,
    unreachable_pub,
    reason = "unit tests and each test binary use their own part"
)]
#![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use url::{Url, form_urlencoded};
use uuid::Uuid;

use super::server::{Reply, Request, Server};
use super::tokens::{entra_jwt, pat84_of};

/// The application that the sign-in knows.
pub const CLIENT: &str = "33333333-0000-4000-8000-000000000003";
/// What the person types into the page.
pub const USER_CODE: &str = "CONTOSO-7";

const RESOURCE: &str = "499b84ac-1321-427f-aa17-267ca6975798/.default";
const DEVICE_CODE: &str = "the-device-code";

/// A personal access token that the service has made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issued {
    pub authorization_id: Uuid,
    pub name: String,
    pub scope: String,
    pub valid_from: Timestamp,
    pub valid_to: Timestamp,
    pub all_organizations: bool,
    pub token: String,
    pub revoked: bool,
}

/// What the sign-in answers a client that asks whether the person has typed the code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Poll {
    SignedIn,
    Error(&'static str, u32),
    /// The sign-in gives a token of another tenant.
    OtherTenant(Uuid),
}

struct State {
    organization: String,
    tenant: Uuid,
    account: Uuid,
    now: Timestamp,
    made: u64,
    issued: Vec<Issued>,
    access_tokens: Vec<String>,
    polls: VecDeque<Poll>,
    /// Challenge and address of the browser's sign-ins, by code.
    codes: HashMap<String, (String, String)>,
    instead: Vec<(String, Reply)>,
    afterwards: Vec<(String, Reply)>,
    refusal: Option<String>,
    longest_days: Option<i64>,
    page_size: usize,
}

/// The service; it ends with this value.
pub struct FakeService {
    state: Arc<Mutex<State>>,
    server: Server,
}

impl FakeService {
    /// An organization that is connected to a tenant, at this time.
    pub fn new(organization: &str, tenant: Uuid, now: Timestamp) -> Self {
        let state = Arc::new(Mutex::new(State {
            organization: organization.to_owned(),
            tenant,
            account: Uuid::from_u128(0x4444_4444),
            now,
            made: 0,
            issued: Vec::new(),
            access_tokens: Vec::new(),
            polls: VecDeque::new(),
            codes: HashMap::new(),
            instead: Vec::new(),
            afterwards: Vec::new(),
            refusal: None,
            longest_days: None,
            page_size: 100,
        }));
        let shared = Arc::clone(&state);
        let server = Server::new(move |request| {
            let mut state = shared.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(reply) = take(&mut state.instead, &request.line) {
                return reply;
            }
            let reply = state.answer(request);
            take(&mut state.afterwards, &request.line).unwrap_or(reply)
        });
        Self { state, server }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// `http://127.0.0.1:PORT`.
    pub fn url(&self) -> &str {
        &self.server.url
    }

    /// All requests so far.
    pub fn requests(&self) -> Vec<Request> {
        self.server.requests()
    }

    /// Puts its clock.
    pub fn set_now(&self, now: Timestamp) {
        self.state().now = now;
    }

    /// An access token of the person's that it takes, good for an hour.
    pub fn access_token(&self) -> String {
        self.state().access_token()
    }

    /// Takes no access token any more that it has given so far.
    pub fn end_sign_ins(&self) {
        self.state().access_tokens.clear();
    }

    /// Answers clients that ask for the person's sign-in in turn; after the last they wait.
    pub fn polls(&self, polls: &[Poll]) {
        self.state().polls.extend(polls);
    }

    /// What the page of the sign-in sends the browser to, once the person has signed in there.
    pub fn authorize(&self, page: &str) -> String {
        let page = Url::parse(page).unwrap();
        let query: HashMap<String, String> = page.query_pairs().into_owned().collect();
        assert_eq!(page.host_str(), Some("login.microsoftonline.com"));
        assert_eq!(query["client_id"], CLIENT);
        assert_eq!(query["scope"], RESOURCE);
        assert_eq!(query["code_challenge_method"], "S256");
        let mut state = self.state();
        state.made += 1;
        let code = format!("code-{}", state.made);
        let known = (
            query["code_challenge"].clone(),
            query["redirect_uri"].clone(),
        );
        state.codes.insert(code.clone(), known);
        let answer = form_urlencoded::Serializer::new(String::new())
            .append_pair("code", &code)
            .append_pair("state", &query["state"])
            .finish();
        format!("{}/?{answer}", query["redirect_uri"])
    }

    /// A token that the person has made before.
    pub fn give(&self, name: &str, scope: &str, from: &str, to: &str) -> Issued {
        let (from, to) = (from.parse().unwrap(), to.parse().unwrap());
        self.state().issue(name, scope, from, to)
    }

    /// The same, for all organizations of the person.
    pub fn give_for_all_organizations(
        &self,
        name: &str,
        scope: &str,
        from: &str,
        to: &str,
    ) -> Issued {
        let given = self.give(name, scope, from, to);
        let mut state = self.state();
        let last = state.issued.last_mut().unwrap();
        last.all_organizations = true;
        Issued {
            all_organizations: true,
            ..given
        }
    }

    /// Every token that it has made.
    pub fn issued(&self) -> Vec<Issued> {
        self.state().issued.clone()
    }

    /// Those that are still good.
    pub fn living(&self) -> Vec<Issued> {
        let state = self.state();
        let living = |one: &&Issued| state.is_living(one);
        state.issued.iter().filter(living).cloned().collect()
    }

    /// Revokes one, as the person on the page or an administrator would.
    pub fn revoke(&self, authorization_id: Uuid) {
        self.state().revoke(authorization_id);
    }

    /// Answers the next request whose line holds this with something else, and does nothing of it.
    pub fn instead_of(&self, part: &str, reply: Reply) {
        self.state().instead.push((part.to_owned(), reply));
    }

    /// Does what the next such request wants, and answers something else.
    pub fn after(&self, part: &str, reply: Reply) {
        self.state().afterwards.push((part.to_owned(), reply));
    }

    /// Refuses to make tokens, with this `patTokenError`.
    pub fn refuse_creation(&self, error: Option<&str>) {
        self.state().refusal = error.map(str::to_owned);
    }

    /// Makes no token for more days than this.
    pub fn set_longest_days(&self, days: i64) {
        self.state().longest_days = Some(days);
    }

    /// Lists so many tokens at once.
    pub fn set_page_size(&self, tokens: usize) {
        self.state().page_size = tokens;
    }
}

fn take(odd: &mut Vec<(String, Reply)>, line: &str) -> Option<Reply> {
    let place = odd
        .iter()
        .position(|(part, _)| line.contains(part.as_str()))?;
    Some(odd.remove(place).1)
}

impl State {
    fn answer(&mut self, request: &Request) -> Reply {
        let (method, target) = request.line.split_once(' ').unwrap();
        let url = Url::parse(&format!("https:/{target}")).unwrap();
        let host = url.host_str().unwrap_or_default();
        let path = url.path().trim_start_matches('/');
        let sign_in = format!("{}/oauth2/v2.0/", self.tenant);
        let tokens = format!("{}/_apis/tokens/pats", self.organization);
        match (method, host) {
            ("POST", "login.microsoftonline.com") if path.starts_with(&sign_in) => {
                let form = form_urlencoded::parse(&request.body).into_owned().collect();
                self.sign_in(&path[sign_in.len()..], &form)
            }
            ("POST", "login.microsoftonline.com") => refused("invalid_request", 90_002),
            (_, "vssps.dev.azure.com") if path.eq_ignore_ascii_case(&tokens) => {
                self.lifecycle(method, &url, request)
            }
            (_, "dev.azure.com" | "pkgs.dev.azure.com") => self.others(path, request),
            _ => Reply::status(404, ""),
        }
    }

    fn sign_in(&mut self, step: &str, form: &HashMap<String, String>) -> Reply {
        let field = |name: &str| form.get(name).map_or("", String::as_str);
        if field("client_id") != CLIENT {
            return refused("unauthorized_client", 700_016);
        }
        match (step, field("grant_type")) {
            ("devicecode", _) if field("scope") == RESOURCE => Reply::json(
                200,
                &json!({
                    "device_code": DEVICE_CODE,
                    "user_code": USER_CODE,
                    "verification_uri": "https://microsoft.com/devicelogin",
                    "expires_in": 900,
                    "interval": 5,
                    "message": "To sign in, use a web browser to open the page.",
                }),
            ),
            ("token", "urn:ietf:params:oauth:grant-type:device_code")
                if field("device_code") == DEVICE_CODE =>
            {
                match self.polls.pop_front() {
                    None => refused("authorization_pending", 70_016),
                    Some(Poll::Error(error, code)) => refused(error, code),
                    Some(Poll::SignedIn) => {
                        let token = self.access_token();
                        granted(&token)
                    }
                    Some(Poll::OtherTenant(tenant)) => {
                        let end = self.now.as_second() + 3_600;
                        granted(&entra_jwt(&tenant.to_string(), end))
                    }
                }
            }
            ("token", "authorization_code") => {
                let proof = URL_SAFE_NO_PAD.encode(Sha256::digest(field("code_verifier")));
                let known = self.codes.remove(field("code"));
                if known == Some((proof, field("redirect_uri").to_owned())) {
                    let token = self.access_token();
                    granted(&token)
                } else {
                    refused("invalid_grant", 501_481)
                }
            }
            _ => refused("invalid_request", 900_144),
        }
    }

    fn access_token(&mut self) -> String {
        self.made += 1;
        let made = i64::try_from(self.made).unwrap();
        let end = self.now.as_second() + 3_600 + made;
        let token = entra_jwt(&self.tenant.to_string(), end);
        self.access_tokens.push(token.clone());
        token
    }

    fn lifecycle(&mut self, method: &str, url: &Url, request: &Request) -> Reply {
        let bearer = header(request, "authorization")
            .and_then(|value| value.strip_prefix("Bearer ").map(str::to_owned));
        if !bearer.is_some_and(|token| self.access_tokens.contains(&token)) {
            return no_sign_in(request);
        }
        let query: HashMap<String, String> = url.query_pairs().into_owned().collect();
        if query.get("api-version").map(String::as_str) != Some("7.1-preview.1") {
            return Reply::json(
                400,
                &json!({"message": "The requested version is no version."}),
            );
        }
        match method {
            "GET" => self.list(&query),
            "POST" => self.create(&serde_json::from_slice(&request.body).unwrap()),
            "DELETE" => {
                let id = query.get("authorizationId");
                let id = id.and_then(|id| Uuid::try_parse(id).ok()).unwrap();
                if self.revoke(id) {
                    Reply::status(204, "")
                } else {
                    Reply::json(404, &json!({"message": "The authorization is not found."}))
                }
            }
            _ => Reply::status(405, ""),
        }
    }

    fn list(&self, query: &HashMap<String, String>) -> Reply {
        let begin: usize = query.get("continuationToken").map_or(0, |token| {
            token.trim_start_matches("from-").parse().unwrap()
        });
        let living = self.issued.iter().filter(|one| self.is_living(one));
        let living: Vec<Value> = living.map(|one| self.shown(one)).collect();
        let end = living.len().min(begin + self.page_size);
        let next = (end < living.len()).then(|| format!("from-{end}"));
        Reply::json(
            200,
            &json!({"continuationToken": next.unwrap_or_default(), "patTokens": living[begin..end]}),
        )
    }

    fn create(&mut self, wanted: &Value) -> Reply {
        let refuse =
            |error: &str| Reply::json(200, &json!({"patToken": null, "patTokenError": error}));
        if let Some(error) = &self.refusal {
            return refuse(error);
        }
        let name = wanted["displayName"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        let scope = wanted["scope"].as_str().unwrap_or_default().to_owned();
        let Some(to) = wanted["validTo"].as_str().and_then(|to| to.parse().ok()) else {
            return refuse("invalidValidTo");
        };
        if name.is_empty() {
            return refuse("displayNameRequired");
        }
        if wanted["allOrgs"] != json!(false) {
            return refuse("globalPatPolicyViolation");
        }
        let life: SignedDuration = self.now.duration_until(to);
        if !life.is_positive() || life > SignedDuration::from_hours(366 * 24) {
            return refuse("invalidValidTo");
        }
        if let Some(days) = self.longest_days
            && life > SignedDuration::from_hours(days * 24)
        {
            return refuse("patLifespanPolicyViolation");
        }
        let made = self.issue(&name, &scope, self.now, to);
        let mut shown = self.shown(&made);
        shown["token"] = json!(made.token);
        Reply::json(200, &json!({"patToken": shown, "patTokenError": "none"}))
    }

    fn issue(&mut self, name: &str, scope: &str, from: Timestamp, to: Timestamp) -> Issued {
        self.made += 1;
        let bytes: [u8; 32] = Sha256::digest(self.made.to_le_bytes()).into();
        let day = from.to_zoned(jiff::tz::TimeZone::UTC).date();
        let letter = |number: i16| char::from(b'A' + u8::try_from(number).unwrap());
        let (year, month) = (
            letter(day.year() - 2024),
            letter(i16::from(day.month()) - 1),
        );
        let issued = Issued {
            authorization_id: Uuid::from_u128(0x5555_0000 + u128::from(self.made)),
            name: name.to_owned(),
            scope: scope.to_owned(),
            valid_from: from,
            valid_to: to,
            all_organizations: false,
            token: pat84_of(year, month, &[bytes, bytes].concat()),
            revoked: false,
        };
        self.issued.push(issued.clone());
        issued
    }

    fn revoke(&mut self, id: Uuid) -> bool {
        let mut issued = self.issued.iter_mut();
        let found = issued.find(|one| one.authorization_id == id && !one.revoked);
        found.map(|one| one.revoked = true).is_some()
    }

    fn is_living(&self, one: &Issued) -> bool {
        !one.revoked && one.valid_to > self.now
    }

    fn shown(&self, one: &Issued) -> Value {
        let accounts = (!one.all_organizations).then(|| [self.account.to_string()]);
        json!({
            "displayName": one.name,
            "validTo": one.valid_to.to_string(),
            "scope": one.scope,
            "targetAccounts": accounts,
            "validFrom": one.valid_from.to_string(),
            "authorizationId": one.authorization_id.to_string(),
            "token": null,
        })
    }

    /// The organization itself, repositories and feeds: they ask for a personal access token.
    fn others(&self, path: &str, request: &Request) -> Reply {
        let organization = path.split('/').next().unwrap_or_default();
        if !organization.eq_ignore_ascii_case(&self.organization) {
            return Reply::status(404, "");
        }
        let authorization = header(request, "authorization").unwrap_or_default();
        let token = authorization
            .strip_prefix("Basic ")
            .and_then(|digits| STANDARD.decode(digits).ok())
            .and_then(|pair| String::from_utf8(pair).ok())
            .and_then(|pair| Some(pair.split_once(':')?.1.to_owned()))
            .or_else(|| authorization.strip_prefix("Bearer ").map(str::to_owned));
        let Some(token) = token else {
            let challenge = format!(
                "Bearer authorization_uri=https://login.microsoftonline.com/{}",
                self.tenant
            );
            return Reply::status(401, "").header("WWW-Authenticate", &challenge);
        };
        let mut living = self.issued.iter().filter(|one| self.is_living(one));
        let is_taken = living.any(|one| one.token == token) || self.access_tokens.contains(&token);
        if !is_taken {
            return no_sign_in(request);
        }
        let tenant = self.tenant;
        let user = json!({
            "id": "11112222-bbbb-3333-cccc-4444dddd5555",
            "descriptor": format!("Microsoft.IdentityModel.Claims.ClaimsIdentity;{tenant}\\dev@contoso.com"),
            "providerDisplayName": "Dev",
            "isActive": true
        });
        let data = json!({"authenticatedUser": user, "instanceId": self.account.to_string()});
        Reply::json(200, &data)
    }
}

fn header(request: &Request, name: &str) -> Option<String> {
    request.raw_headers.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        key.eq_ignore_ascii_case(name)
            .then(|| value.trim().to_owned())
    })
}

fn no_sign_in(request: &Request) -> Reply {
    if header(request, "x-tfs-fedauthredirect").is_some() {
        Reply::status(401, "")
    } else {
        Reply::page(203, "<html>Sign In</html>")
    }
}

fn granted(token: &str) -> Reply {
    Reply::json(
        200,
        &json!({"token_type": "Bearer", "expires_in": 3_600, "scope": RESOURCE, "access_token": token}),
    )
}

fn refused(error: &str, code: u32) -> Reply {
    let description = format!("AADSTS{code}: the service says why in many words.");
    Reply::json(
        400,
        &json!({"error": error, "error_codes": [code], "error_description": description}),
    )
}
