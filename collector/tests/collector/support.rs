//! A collector in this process, on a free port, with a clock that the test turns.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use jiff::Timestamp;
use rekey_collector::clock::Clock;
use rekey_collector::first_start::first_start;
use rekey_collector::server::{Options, Server, SignIn};
use rekey_collector::storage::{Sqlite, Storage};
use reqwest::{Client, ClientBuilder, RequestBuilder, Response};
use serde_json::Value;
use tokio::sync::oneshot;

use crate::sample;

pub(crate) const NOON: &str = "2026-11-23T12:00:00Z";

pub(crate) struct Collector {
    pub(crate) url: String,
    pub(crate) client: Client,
    pub(crate) first: FirstLines,
    now: Arc<Mutex<Timestamp>>,
    storage: Arc<dyn Storage>,
    data: tempfile::TempDir,
    _stop: oneshot::Sender<()>,
}

/// What the first start shows.
pub(crate) struct FirstLines {
    pub(crate) user: String,
    pub(crate) password: String,
    pub(crate) secret: String,
    pub(crate) api_token: String,
}

impl FirstLines {
    /// Exactly three lines, in this order.
    pub(crate) fn parse(text: &str) -> Self {
        let lines: Vec<_> = text.lines().collect();
        let [admin, secret, token] = lines[..] else {
            panic!("{} lines", lines.len());
        };
        let admin = admin.strip_prefix("admin: ").unwrap();
        let (user, password) = admin.split_once(' ').unwrap();
        Self {
            user: user.into(),
            password: password.into(),
            secret: secret.strip_prefix("enroll-secret: ").unwrap().into(),
            api_token: token.strip_prefix("api-token: ").unwrap().into(),
        }
    }
}

pub(crate) fn client() -> Client {
    client_of(|builder| builder)
}

/// One with settings of its own.
pub(crate) fn client_of(settings: impl FnOnce(ClientBuilder) -> ClientBuilder) -> Client {
    // Built together with the agent, reqwest has no cryptography of its own. A second call fails, which is as good.
    let _ = tokio_rustls::rustls::crypto::ring::default_provider().install_default();
    let builder = Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none());
    settings(builder).build().unwrap()
}

const SILENT_AFTER_DAYS: i64 = 7;

impl Collector {
    pub(crate) async fn start() -> Self {
        Self::start_with(|_| ()).await
    }

    pub(crate) async fn start_behind_proxy() -> Self {
        Self::start_with(|options| options.behind_proxy = true).await
    }

    pub(crate) async fn start_with(change: impl FnOnce(&mut Options)) -> Self {
        let data = tempfile::tempdir().unwrap();
        let storage: Arc<dyn Storage> = Arc::new(
            Sqlite::open(&data.path().join("collector.db"))
                .await
                .unwrap(),
        );
        let now = Arc::new(Mutex::new(NOON.parse().unwrap()));
        let ticking = now.clone();
        let clock = Clock::from_fn(move || *ticking.lock().unwrap());
        let mut shown = Vec::new();
        first_start(&*storage, &clock, &mut shown).await.unwrap();
        let mut options = Options {
            listen: "127.0.0.1:0".parse().unwrap(),
            tls: None,
            certificates_needed: false,
            behind_proxy: false,
            silent_after_days: u32::try_from(SILENT_AFTER_DAYS).unwrap(),
            keep: rekey_collector::server::Keep::default(),
            sign_in: SignIn::default(),
            metrics_public: false,
            webhooks: rekey_collector::webhooks::Options {
                private: true,
                otlp: None,
            },
        };
        change(&mut options);
        let server = Server::bind(options, storage.clone(), clock).await.unwrap();
        let url = server.url();
        let (stop, stopped) = oneshot::channel::<()>();
        tokio::spawn(server.run(async { drop(stopped.await) }));
        Self {
            url,
            storage,
            client: client(),
            first: FirstLines::parse(std::str::from_utf8(&shown).unwrap()),
            now,
            data,
            _stop: stop,
        }
    }

    /// What happens with time has happened then.
    pub(crate) async fn turn_clock(&self, time: &str) {
        let now: Timestamp = time.parse().unwrap();
        *self.now.lock().unwrap() = now;
        let silent_before = now - jiff::SignedDuration::from_hours(24 * SILENT_AFTER_DAYS);
        self.storage.tick(now, silent_before).await.unwrap();
    }

    pub(crate) fn get(&self, path: &str) -> RequestBuilder {
        self.client.get(format!("{}{path}", self.url))
    }

    pub(crate) fn post(&self, path: &str) -> RequestBuilder {
        self.client.post(format!("{}{path}", self.url))
    }

    /// Asks the admin's API.
    pub(crate) async fn admin(&self, path: &str) -> Value {
        let request = self.get(path).bearer_auth(&self.first.api_token);
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        answer.json().await.unwrap()
    }

    /// Enrols and answers the device's id and token.
    pub(crate) async fn enroll(&self, machine: &str, person: &str) -> (String, String) {
        let body = sample::enrolment(&self.first.secret, machine, person);
        let answer = self
            .post("/api/v1/enroll")
            .json(&body)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 200);
        let answer: Value = answer.json().await.unwrap();
        let text = |field: &str| answer[field].as_str().unwrap().to_owned();
        (text("device_id"), text("token"))
    }

    pub(crate) async fn send(&self, token: &str, report: &Value) -> Response {
        let request = self.post("/api/v1/reports").bearer_auth(token);
        request.json(report).send().await.unwrap()
    }

    /// Sends what must be taken, and answers whether it was known.
    pub(crate) async fn report(&self, token: &str, report: &Value) -> bool {
        let answer = self.send(token, report).await;
        assert_eq!(answer.status(), 202);
        let receipt: Value = answer.json().await.unwrap();
        assert_eq!(receipt["id"], report["id"]);
        receipt["duplicate"].as_bool().unwrap()
    }

    /// Every byte that lies on the disk.
    pub(crate) fn bytes_on_disk(&self) -> Vec<u8> {
        let files = std::fs::read_dir(self.data.path()).unwrap();
        let paths: Vec<PathBuf> = files.map(|file| file.unwrap().path()).collect();
        assert!(!paths.is_empty());
        paths
            .iter()
            .flat_map(|path| std::fs::read(path).unwrap())
            .collect()
    }

    /// Signs in as a browser does and answers the cookie.
    pub(crate) async fn sign_in(&self) -> String {
        let answer = self.try_sign_in(&self.first.password).await;
        assert_eq!(answer.status(), 303);
        cookie(&answer, "rekey-session")
    }

    pub(crate) async fn try_sign_in(&self, password: &str) -> Response {
        let form = self.get("/login").send().await.unwrap();
        let before = cookie(&form, "rekey-sign-in");
        let page = form.text().await.unwrap();
        let body = format!(
            "form={}&next=%2F&user={}&password={password}",
            form_token(&page),
            self.first.user
        );
        self.post("/login")
            .header("cookie", before)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body)
            .send()
            .await
            .unwrap()
    }

    pub(crate) async fn page(&self, cookie: &str, path: &str) -> String {
        let answer = self
            .get(path)
            .header("cookie", cookie)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        answer.text().await.unwrap()
    }
}

pub(crate) fn form_token(page: &str) -> &str {
    let (_, rest) = page.split_once("name=\"form\" value=\"").unwrap();
    rest.split_once('"').unwrap().0
}

/// The `name=value` that a browser sends back.
pub(crate) fn cookie(answer: &Response, name: &str) -> String {
    answer
        .headers()
        .get_all("set-cookie")
        .iter()
        .map(|value| value.to_str().unwrap())
        .find(|value| value.starts_with(&format!("{name}=")))
        .and_then(|value| value.split(';').next())
        .unwrap_or_else(|| panic!("no cookie {name}"))
        .to_owned()
}
