//! As much of Azure DevOps on loopback as its command line tools ask for when they sign in.

use std::net::SocketAddr;

use super::http::{Loopback, answer};

/// What they ask where to find: connection data, and the roles on a publisher.
const LOCATIONS: &str = r#"{"count":2,"value":[
    {"id":"00d9565f-ed9c-4a06-9a50-00e7896ccab4","area":"Location","resourceName":"ConnectionData",
     "routeTemplate":"_apis/connectionData","resourceVersion":1,"minVersion":"1.0","maxVersion":"7.2","releasedVersion":"0.0"},
    {"id":"9461c234-c84c-4ed2-b918-2f0f92ad0a35","area":"securityroles","resourceName":"roleassignments",
     "routeTemplate":"_apis/{resource}/scopes/{scopeId}/roleassignments/resources/{resourceId}/{identityId}",
     "resourceVersion":1,"minVersion":"3.2","maxVersion":"7.2","releasedVersion":"0.0"}]}"#;

/// Serves until it is dropped.
pub struct Service {
    pub address: SocketAddr,
    _server: Loopback,
}

impl Service {
    pub fn start() -> Self {
        let server = Loopback::start(|stream, _| {
            answer(&stream, |first| {
                let is_options = first.starts_with("OPTIONS");
                (200, if is_options { LOCATIONS } else { "{}" }.to_owned())
            });
        });
        Self {
            address: server.address,
            _server: server,
        }
    }

    /// For `node --require`: requests to any host over https come here over http.
    pub fn redirection(&self) -> String {
        let (host, port) = (self.address.ip(), self.address.port());
        format!(
            "const http = require('http');\nrequire('https').request = (options, callback) => http.request(\n  \
             {{ ...options, protocol: 'http:', agent: undefined, host: '{host}', hostname: '{host}', port: {port} }},\n  \
             callback);\n"
        )
    }
}
