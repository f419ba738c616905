//! The collector as a process of its own, on a database that outlives it.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

use reqwest::{Client, Response};
use serde_json::Value;

use crate::support::{FirstLines, cookie, form_token};

pub(crate) struct Program {
    child: Child,
    pub(crate) url: String,
    said: Arc<Mutex<String>>,
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Program {
    /// `database` is `sqlite:FILE` or `postgres://…`.
    pub(crate) fn start(database: &str) -> Self {
        Self::try_to_start(database).unwrap_or_else(|said| panic!("it did not start: {said}"))
    }

    /// The error is what it said instead.
    pub(crate) fn try_to_start(database: &str) -> Result<Self, String> {
        let mut child = Command::new(env!("CARGO_BIN_EXE_rekey-collector"))
            .env_clear()
            .args(["serve", "--listen", "127.0.0.1:0", "--database", database])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let said = Arc::new(Mutex::new(String::new()));
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let keep = |said: &Mutex<String>, line: &str| {
            let mut said = said.lock().unwrap();
            said.push_str(line);
            said.push('\n');
        };
        let url = lines.by_ref().map_while(Result::ok).find_map(|line| {
            keep(&said, &line);
            Some(line.strip_prefix("listening on ")?.to_owned())
        });
        let Some(url) = url else {
            child.wait().unwrap();
            return Err(said.lock().unwrap().clone());
        };
        let saying = said.clone();
        // A full pipe would stop the program.
        std::thread::spawn(move || {
            lines
                .map_while(Result::ok)
                .for_each(|line| keep(&saying, &line));
        });
        Ok(Self { child, url, said })
    }

    /// What it has shown on a first start; `None` where another start was first. Ends it.
    pub(crate) fn first_lines(mut self) -> Option<FirstLines> {
        self.child.kill().unwrap();
        let shown = std::io::read_to_string(self.child.stdout.take().unwrap()).unwrap();
        (!shown.is_empty()).then(|| FirstLines::parse(&shown))
    }

    /// Ends it as a power cut does.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Everything that it has said on standard error.
    pub(crate) fn said(&self) -> String {
        self.said.lock().unwrap().clone()
    }
}

/// Sets up an empty database and answers what was shown.
pub(crate) fn set_up(database: &str) -> FirstLines {
    Program::start(database).first_lines().unwrap()
}

/// Asks the admin's API, whatever it answers.
pub(crate) async fn ask(client: &Client, url: &str, first: &FirstLines, path: &str) -> Response {
    let request = client.get(format!("{url}{path}"));
    request.bearer_auth(&first.api_token).send().await.unwrap()
}

/// Asks the admin's API for what must be there.
pub(crate) async fn admin(client: &Client, url: &str, first: &FirstLines, path: &str) -> Value {
    let answer = ask(client, url, first, path).await;
    assert_eq!(answer.status(), 200, "{path}");
    answer.json().await.unwrap()
}

/// Signs in as a browser does and answers the cookie.
pub(crate) async fn sign_in(client: &Client, url: &str, first: &FirstLines) -> String {
    let login = format!("{url}/login");
    let form = client.get(&login).send().await.unwrap();
    let before = cookie(&form, "rekey-sign-in");
    let page = form.text().await.unwrap();
    let request = client.post(&login).header("cookie", before).body(format!(
        "form={}&next=%2F&user={}&password={}",
        form_token(&page),
        first.user,
        first.password
    ));
    let request = request.header("content-type", "application/x-www-form-urlencoded");
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), 303);
    cookie(&answer, "rekey-session")
}
