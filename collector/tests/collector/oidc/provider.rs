//! The provider of `tests/oidc/provider.mjs`, and a browser that signs in there.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use rekey_collector::oidc::OidcSettings;
use rekey_collector::secret::Secret;
use reqwest::{Client, Response};

use crate::support::client;

/// What browsers write for the collector; the test takes what is sent there to the real address.
pub(super) const PUBLIC: &str = "http://127.0.0.1:1";

pub(super) const TENANT: &str = "5b0f1c2e-0000-4000-8000-000000000001";

pub(super) struct Provider {
    child: Child,
    pub(super) issuer: String,
    pub(super) secret: String,
}

impl Drop for Provider {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Provider {
    /// None where there is no node to run it with; where changes are checked there must be one.
    pub(super) fn start() -> Option<Self> {
        Self::start_at(0, Secret::password().reveal().to_owned())
    }

    pub(super) fn start_at(port: u16, secret: String) -> Option<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let got = Command::new(root.join("../ci/oidc-provider")).output().ok();
        let Some(got) = got.filter(|got| got.status.success()) else {
            assert!(std::env::var_os("CI").is_none(), "no oidc-provider");
            eprintln!("not tried: ci/oidc-provider brings no provider here");
            return None;
        };
        let folder = String::from_utf8(got.stdout).unwrap();
        let mut child = Command::new("node")
            .arg(root.join("tests/oidc/provider.mjs"))
            .env("OIDC_PROVIDER", folder.trim())
            .env("CLIENT_SECRET", &secret)
            .env("PORT", port.to_string())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let line = BufReader::new(child.stdout.take().unwrap()).lines().next();
        let line = line.expect("the provider says where it listens").unwrap();
        let issuer = line.strip_prefix("listening on ").unwrap().to_owned();
        Some(Self {
            child,
            issuer,
            secret,
        })
    }

    pub(super) fn settings(&self) -> OidcSettings {
        settings(&self.issuer, &self.secret)
    }

    pub(super) async fn take_new_keys(&self) {
        let url = format!("{}/test/new-keys", self.issuer);
        assert_eq!(client().post(url).send().await.unwrap().status(), 200);
    }
}

pub(super) fn settings(issuer: &str, secret: &str) -> OidcSettings {
    OidcSettings {
        issuer: issuer.to_owned(),
        client_id: "collector".into(),
        client_secret: Some(secret.to_owned()),
        public_url: PUBLIC.into(),
        roles_claim: "roles".into(),
        admins: vec!["rekey.admin".into()],
        auditors: vec!["rekey.auditor".into()],
        tenant: Some(TENANT.into()),
        ca: None,
    }
}

/// A port that nobody listens on.
pub(super) fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

/// What somebody does at the provider.
#[derive(Clone, Copy)]
pub(super) enum Does<'a> {
    SignIn(&'a str),
    Cancel,
}

/// A browser at the provider, with the cookies that it was given there.
pub(super) struct Browser {
    client: Client,
    cookies: BTreeMap<String, String>,
}

impl Browser {
    pub(super) fn new() -> Self {
        Self {
            client: client(),
            cookies: BTreeMap::new(),
        }
    }

    /// Follows the provider's pages from where the collector sends the browser, and answers where the
    /// provider sends it back to: the path with its query.
    pub(super) async fn go(&mut self, start: &str, does: Does<'_>) -> String {
        let mut url = start.to_owned();
        for _ in 0..12 {
            if let Some(path) = url.strip_prefix(PUBLIC) {
                return path.to_owned();
            }
            let answer = self.ask(self.client.get(&url)).await;
            url = match answer.status().as_u16() {
                302 | 303 => location(&answer, &url),
                200 => self.fill_in(answer, &url, does).await,
                other => panic!("{other} from {url}: {}", answer.text().await.unwrap()),
            };
        }
        panic!("the provider goes round in circles at {url}");
    }

    async fn fill_in(&mut self, answer: Response, url: &str, does: Does<'_>) -> String {
        let page = answer.text().await.unwrap();
        let Does::SignIn(name) = does else {
            assert!(page.contains("/abort"), "{page}");
            return format!("{url}/abort");
        };
        let body = if page.contains("value=\"login\"") {
            format!("prompt=login&login={name}&password=any")
        } else {
            "prompt=consent".to_owned()
        };
        let request = self.client.post(url).body(body);
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        let answer = self.ask(request).await;
        location(&answer, url)
    }

    async fn ask(&mut self, request: reqwest::RequestBuilder) -> Response {
        let cookies = self.cookies.iter();
        let cookies: Vec<_> = cookies
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let answer = request
            .header("cookie", cookies.join("; "))
            .send()
            .await
            .unwrap();
        for cookie in answer.headers().get_all("set-cookie") {
            let pair = cookie.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        self.cookies.retain(|_, value| !value.is_empty());
        answer
    }
}

pub(super) fn location(answer: &Response, base: &str) -> String {
    let to = answer.headers()["location"].to_str().unwrap();
    reqwest::Url::parse(base).unwrap().join(to).unwrap().into()
}
