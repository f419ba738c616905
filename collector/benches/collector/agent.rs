//! The agent as a collector meets it: what it asks in one run, and when it comes again (`src/reporting/` of the agent).

use std::cell::Cell;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use rand::Rng as _;
use rand::rngs::StdRng;
use tokio::net::TcpSocket;
use tokio::time::{sleep, timeout};

use crate::collector::{First, enrolment};
use crate::http::{self, Answer, Connection, report_request};

/// `Timing` of the agent.
const TO_CONNECT: Duration = Duration::from_secs(3);
const FOR_A_REQUEST: Duration = Duration::from_secs(10);
const LONGEST_PAUSE_IN_A_RUN: Duration = Duration::from_secs(1);
const TRIES_IN_A_RUN: u32 = 2;
/// `Sending` of the agent.
const FIRST_PAUSE: Duration = Duration::from_secs(60);
const LONGEST_PAUSE: Duration = Duration::from_secs(6 * 60 * 60);

pub(crate) struct Agent {
    pub(crate) source: IpAddr,
    pub(crate) address: SocketAddr,
    pub(crate) device: usize,
    pub(crate) token: Option<String>,
    /// By how much pauses are shortened.
    pub(crate) haste: u32,
}

/// What went wrong on the way, over all agents.
#[derive(Default)]
pub(crate) struct Tries {
    pub(crate) failed_runs: Cell<usize>,
    pub(crate) refused: Cell<usize>,
    pub(crate) late: Cell<usize>,
    pub(crate) broken: Cell<usize>,
    pub(crate) unavailable: Cell<usize>,
}

pub(crate) enum Run {
    Acknowledged {
        duplicate: bool,
    },
    /// With the seconds that the collector asked to wait.
    Failed(Option<u64>),
}

enum Fault {
    Io(io::Error),
    Late,
    Status(Answer),
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl Agent {
    /// Enrols where that is missing, asks whether it may clean, and sends its report.
    pub(crate) async fn run(
        &mut self,
        first: &First,
        body: &[u8],
        tries: &Tries,
        random: &mut StdRng,
    ) -> Run {
        let mut asked = None;
        for attempt in 1..=TRIES_IN_A_RUN {
            let fault = match self.attempt(first, body).await {
                Ok(duplicate) => return Run::Acknowledged { duplicate },
                Err(fault) => fault,
            };
            let count = match &fault {
                Fault::Io(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
                    &tries.refused
                }
                Fault::Io(_) => &tries.broken,
                Fault::Late => &tries.late,
                Fault::Status(_) => &tries.unavailable,
            };
            count.set(count.get() + 1);
            if let Fault::Status(answer) = &fault {
                assert!(
                    matches!(answer.status, 408 | 429 | 500..=599),
                    "{}: {}",
                    answer.status,
                    String::from_utf8_lossy(&answer.body)
                );
                asked = answer
                    .header("retry-after")
                    .and_then(|seconds| seconds.parse().ok());
                if asked.is_some() {
                    break;
                }
            }
            if attempt < TRIES_IN_A_RUN {
                sleep(LONGEST_PAUSE_IN_A_RUN.mul_f64(random.random()) / self.haste).await;
            }
        }
        tries.failed_runs.set(tries.failed_runs.get() + 1);
        Run::Failed(asked)
    }

    /// Full jitter, and never shorter than asked for.
    pub(crate) fn pause_between_runs(
        &self,
        failures: u32,
        asked: Option<u64>,
        random: &mut StdRng,
    ) -> Duration {
        let longest = FIRST_PAUSE
            .saturating_mul(1 << failures.min(16))
            .min(LONGEST_PAUSE);
        let pause = longest.mul_f64(random.random());
        pause.max(Duration::from_secs(asked.unwrap_or(0))) / self.haste
    }

    async fn attempt(&mut self, first: &First, body: &[u8]) -> Result<bool, Fault> {
        let mut connection = timeout(TO_CONNECT, self.connect())
            .await
            .map_err(|_| Fault::Late)??;
        let token = match &self.token {
            Some(token) => token.clone(),
            None => {
                let answer = ask(&mut connection, &enrolment(first, self.device), 200).await?;
                let token = answer.json()["token"].as_str().expect("a token").to_owned();
                self.token.insert(token).clone()
            }
        };
        let bearer = format!("Bearer {token}");
        let question = http::request("GET", "/api/v1/agent", &[("authorization", &bearer)], b"");
        ask(&mut connection, &question, 200).await?;
        let answer = ask(&mut connection, &report_request(&token, body), 202).await?;
        Ok(answer.json()["duplicate"].as_bool().expect("a receipt"))
    }

    async fn connect(&self) -> io::Result<Connection> {
        let socket = TcpSocket::new_v4()?;
        socket.bind((self.source, 0).into())?;
        Connection::over(socket.connect(self.address).await?)
    }
}

async fn ask(connection: &mut Connection, request: &[u8], status: u16) -> Result<Answer, Fault> {
    let answer = timeout(FOR_A_REQUEST, connection.ask(request))
        .await
        .map_err(|_| Fault::Late)??;
    if answer.status == status {
        Ok(answer)
    } else {
        Err(Fault::Status(answer))
    }
}
