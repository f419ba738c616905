//! Why a request got no answer.

use std::path::PathBuf;

use crate::model::typed_path;

/// What went wrong; it holds no secret and no address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NetworkFault {
    /// Nothing answers there, or not over TLS that can be trusted.
    #[error("{0}")]
    Unreachable(String),
    /// The time was up.
    #[error("there was no answer in time")]
    TooSlow,
    /// The answer is longer than any that is expected.
    #[error("the answer is too long")]
    TooLong,
    /// The request itself cannot be made.
    #[error("the request cannot be made: {0}")]
    Request(String),
    /// The proxy that is set cannot be used.
    #[error("the proxy that is set for this address cannot be used: {0}")]
    Proxy(String),
    /// The file with the certificates to trust cannot be used.
    #[error("{}: {reason}", typed_path(path))]
    Certificates {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
}

/// The most of a reason that is shown.
const LONGEST: usize = 200;

impl From<ureq::Error> for NetworkFault {
    fn from(error: ureq::Error) -> Self {
        use ureq::{Error, Timeout};
        match error {
            Error::Timeout(Timeout::Connect | Timeout::Resolve) => {
                Self::Unreachable("no connection in time".to_owned())
            }
            Error::Timeout(_) => Self::TooSlow,
            Error::BodyExceedsLimit(_) | Error::LargeResponseHeader(..) => Self::TooLong,
            Error::Http(_) | Error::BadUri(_) | Error::RequireHttpsOnly(_) => {
                Self::Request(innermost(&error))
            }
            Error::InvalidProxyUrl | Error::ConnectProxyFailed(_) => Self::Proxy(innermost(&error)),
            _ => Self::Unreachable(innermost(&error)),
        }
    }
}

/// The cause of causes: "Connection refused", not "error sending request".
pub(super) fn innermost(error: &dyn std::error::Error) -> String {
    let mut innermost = error;
    while let Some(cause) = innermost.source() {
        innermost = cause;
    }
    let text = innermost.to_string();
    let text = text.strip_prefix("io: ").unwrap_or(&text);
    text.chars().take(LONGEST).collect()
}
