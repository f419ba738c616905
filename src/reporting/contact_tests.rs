#![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

use std::sync::atomic::{AtomicUsize, Ordering};

use super::super::testing::{Bench, Reply, Request, Server, enrolled, rejection};
use super::*;

/// A collector that enrols everybody and answers the question like this.
fn collector(answer: impl Fn(&Request) -> Reply + Send + 'static) -> Server {
    Server::new(move |request| match request.line.as_str() {
        "POST /api/v1/enroll" => enrolled("the-device-token"),
        "GET /api/v1/agent" => answer(request),
        other => panic!("{other}"),
    })
}

fn says(word: &str) -> Reply {
    Reply::status(200, format!(r#"{{"cleaning": "{word}"}}"#))
}

#[test]
fn an_admin_can_pause_cleaning() {
    let server = collector(|_| says("paused"));
    let word = Bench::new(&server.url).contact().may_clean();
    assert_eq!(word.cleaning, Cleaning::Paused);
    assert!(word.fault.is_none());
}

#[test]
fn the_last_known_word_counts_while_the_collector_is_silent() {
    let asked = AtomicUsize::new(0);
    let server = collector(move |_| match asked.fetch_add(1, Ordering::SeqCst) {
        0 => says("paused"),
        1 => Reply::Silence,
        2 => rejection(500, "not now"),
        3 => Reply::status(200, "{}".to_owned()),
        _ => says("allowed"),
    });
    let bench = Bench::new(&server.url);
    bench.contact().may_clean();
    for _ in 0..3 {
        let word = bench.contact().may_clean();
        assert_eq!(word.cleaning, Cleaning::Paused);
        assert!(word.fault.is_some());
    }
    assert_eq!(bench.contact().may_clean().cleaning, Cleaning::Allowed);
}

#[test]
fn a_collector_that_was_never_heard_stops_nobody() {
    let url = Server::new(|_| Reply::Silence).url.clone();
    let word = Bench::new(&url).contact().may_clean();
    assert_eq!(word.cleaning, Cleaning::Allowed);
    assert!(matches!(word.fault, Some(SendFault::Unreachable { .. })));
}

#[test]
fn another_collectors_word_does_not_count() {
    let first = collector(|_| says("paused"));
    let mut bench = Bench::new(&first.url);
    bench.contact().may_clean();
    let second = collector(|_| Reply::Silence);
    bench.collector = Collector::new(&second.url, None)
        .unwrap()
        .with_timing(bench.collector.timing);
    assert_eq!(bench.contact().may_clean().cleaning, Cleaning::Allowed);
}

#[test]
fn a_wrong_enrolment_secret_is_said_and_not_repeated() {
    let server = Server::new(|_| rejection(401, "unknown secret the-enrol-secret"));
    let bench = Bench::new(&server.url);
    let fault = bench.contact().enrol().unwrap_err().to_string();
    assert!(fault.contains("ask the admin"), "{fault}");
    assert!(!fault.contains("the-enrol-secret"), "{fault}");
    assert!(!bench.state.path("enrolment.json").exists());
}

#[test]
fn enrolment_says_who_enrols() {
    let server = collector(|_| says("allowed"));
    let bench = Bench::new(&server.url);
    bench.contact().enrol().unwrap();
    let request = server.requests().remove(0);
    let request: EnrollRequest = serde_json::from_slice(&request.body).unwrap();
    assert_eq!(request.secret, "the-enrol-secret");
    assert_eq!(request.device.person.name.as_deref(), Some("dev"));
}

#[test]
fn a_workstation_that_was_forgotten_enrols_again_to_hear_of_a_pause() {
    let asked = AtomicUsize::new(0);
    let server = collector(move |_| match asked.fetch_add(1, Ordering::SeqCst) {
        0 => rejection(401, "unknown device"),
        _ => says("paused"),
    });
    let word = Bench::new(&server.url).contact().may_clean();
    assert_eq!(word.cleaning, Cleaning::Paused);
    assert!(word.fault.is_none());
}

#[test]
fn a_collector_that_never_knows_the_workstation_is_asked_twice_and_no_more() {
    let server = collector(|_| rejection(401, "unknown device"));
    let word = Bench::new(&server.url).contact().may_clean();
    assert_eq!(word.cleaning, Cleaning::Allowed);
    assert!(word.fault.is_some());
    let lines: Vec<_> = server.requests().into_iter().map(|one| one.line).collect();
    let (enrol, ask) = ("POST /api/v1/enroll", "GET /api/v1/agent");
    assert_eq!(lines, [enrol, ask, enrol, ask]);
}
