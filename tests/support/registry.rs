//! A Cargo registry on loopback that only says where it is: `cargo login` and `cargo logout` ask no more.

use super::Home;
use super::http::{Loopback, answer};

/// Serves until it is dropped.
pub struct Registry {
    server: Loopback,
}

impl Registry {
    pub fn start() -> Self {
        let server = Loopback::start(|stream, address| {
            answer(&stream, |_| {
                let base = format!("http://{address}");
                (200, format!(r#"{{"dl":"{base}/dl","api":"{base}"}}"#))
            });
        });
        Self { server }
    }

    /// Runs `cargo` in the home while its registries lead here, and puts their own addresses back.
    pub fn cargo(&self, home: &Home, arguments: &[&str], input: &str) {
        let real = home.read(".cargo/config.toml");
        // Two registries may not share one index.
        let index = |number| {
            format!(
                "index = \"sparse+http://{}/{number}/\"",
                self.server.address
            )
        };
        let lines = real.lines().enumerate().map(|(number, line)| {
            if line.starts_with("index") {
                index(number)
            } else {
                line.to_owned()
            }
        });
        home.write(".cargo/config.toml", lines.collect::<Vec<_>>().join("\n"));
        home.tool("cargo", arguments, &home.path(), input).expect(0);
        home.write(".cargo/config.toml", real);
    }
}
