//! Somebody who takes what the collector sends: a small HTTP server on loopback.

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use tokio::sync::mpsc;

pub(crate) struct Receiver {
    pub(crate) url: String,
    came: mpsc::UnboundedReceiver<Message>,
    answers: mpsc::UnboundedSender<StatusCode>,
}

pub(crate) struct Message {
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Message {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().unwrap()
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

type Shared = std::sync::Arc<(
    mpsc::UnboundedSender<Message>,
    tokio::sync::Mutex<mpsc::UnboundedReceiver<StatusCode>>,
)>;

impl Receiver {
    pub(crate) async fn start() -> Self {
        let (tell, came) = mpsc::unbounded_channel();
        let (answers, next) = mpsc::unbounded_channel();
        let shared: Shared = std::sync::Arc::new((tell, tokio::sync::Mutex::new(next)));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().fallback(take).with_state(shared);
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, came, answers }
    }

    /// The next answer that is not 200.
    pub(crate) fn answer(&self, status: u16) {
        self.answers
            .send(StatusCode::from_u16(status).unwrap())
            .unwrap();
    }

    pub(crate) async fn next(&mut self) -> Message {
        self.came.recv().await.unwrap()
    }

    pub(crate) fn nothing_more(&mut self) -> bool {
        self.came.try_recv().is_err()
    }
}

async fn take(
    State(shared): State<Shared>,
    uri: Uri,
    headers: HeaderMap,
    body: String,
) -> StatusCode {
    let path = uri.path().to_owned();
    let status = shared.1.lock().await.try_recv().unwrap_or(StatusCode::OK);
    let _ = shared.0.send(Message {
        path,
        headers,
        body,
    });
    status
}
