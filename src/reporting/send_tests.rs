#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests stop at the first surprise"
)]

use std::sync::Mutex;

use rstest::rstest;

use super::super::testing::{
    Bench, Reply, Request, Server, enrolled, receipt, rejection, unzipped,
};
use super::*;

/// A collector that enrols everybody and answers reports like this.
fn collector(answer: impl Fn(&Request) -> Reply + Send + 'static) -> Server {
    Server::new(move |request| {
        if request.line.ends_with("/enroll") {
            enrolled("the-device-token")
        } else {
            answer(request)
        }
    })
}

fn waiting(bench: &Bench) -> Vec<Uuid> {
    Spool::open(&bench.state).unwrap().waiting().unwrap()
}

/// How often reports were sent.
fn posts(server: &Server) -> usize {
    let requests = server.requests();
    requests
        .iter()
        .filter(|request| request.line.ends_with("/reports"))
        .count()
}

#[test]
fn what_is_shown_is_what_arrives_the_oldest_first() {
    let server = collector(receipt);
    let bench = Bench::new(&server.url);
    let second = bench.spool(2);
    let first = bench.spool(1);
    let spool = Spool::open(&bench.state).unwrap();
    let shown = [first, second].map(|id| spool.read(id).unwrap().unwrap());
    let sent = bench.contact().send(false).unwrap();
    assert_eq!((sent.delivered, sent.waiting), (2, 0));
    let requests = server.requests();
    assert_eq!(requests[0].line, "POST /api/v1/enroll");
    let arrived: Vec<_> = requests[1..]
        .iter()
        .map(|request| unzipped(&request.body))
        .collect();
    assert_eq!(arrived, shown);
    assert!(
        requests[1]
            .headers
            .contains("authorization: bearer the-device-token")
    );
    assert!(requests[1].headers.contains("content-encoding: gzip"));
}

#[test]
fn a_report_that_the_collector_had_already_is_done() {
    let server = collector(|request| {
        let mut reply = receipt(request);
        if let Reply::Say { body, .. } = &mut reply {
            *body = body.replace("false", "true");
        }
        reply
    });
    let bench = Bench::new(&server.url);
    bench.spool(1);
    assert_eq!(bench.contact().send(false).unwrap().delivered, 1);
    assert!(waiting(&bench).is_empty());
}

#[rstest]
#[case(500)]
#[case(502)]
#[case(408)]
fn a_collector_that_fails_is_tried_twice_and_the_report_stays(#[case] status: u16) {
    let server = collector(move |_| rejection(status, "the disk is full"));
    let bench = Bench::new(&server.url);
    let id = bench.spool(1);
    let sent = bench.contact().send(false).unwrap();
    let fault = sent.fault.unwrap().to_string();
    assert!(fault.contains("the disk is full"), "{fault}");
    assert!(fault.contains(&server.url), "{fault}");
    assert_eq!(waiting(&bench), [id]);
    assert_eq!(posts(&server), 2);
}

#[test]
fn a_collector_that_fails_once_gets_the_report_in_the_same_run() {
    let first = Mutex::new(true);
    let server = collector(move |request| {
        if std::mem::take(&mut *first.lock().unwrap()) {
            rejection(500, "not now")
        } else {
            receipt(request)
        }
    });
    let bench = Bench::new(&server.url);
    bench.spool(1);
    let sent = bench.contact().send(false).unwrap();
    assert_eq!((sent.delivered, sent.waiting), (1, 0));
    assert!(sent.fault.is_none());
}

#[test]
fn a_collector_that_never_answers_does_not_hold_the_run() {
    let server = collector(|_| Reply::Silence);
    let bench = Bench::new(&server.url);
    let id = bench.spool(1);
    let sent = bench.contact().send(false).unwrap();
    assert!(matches!(sent.fault, Some(SendFault::TooSlow { .. })));
    assert_eq!(waiting(&bench), [id]);
}

#[test]
fn a_run_stops_sending_when_its_time_is_over() {
    let server = collector(|_| Reply::Silence);
    let mut bench = Bench::new(&server.url);
    bench.contact().enrol().unwrap();
    bench.collector.timing.request = Duration::from_mins(10);
    bench.collector.timing.sending = Duration::from_millis(200);
    let id = bench.spool(1);
    let sent = bench.contact().send(false).unwrap();
    assert!(matches!(sent.fault, Some(SendFault::TooSlow { .. })));
    assert_eq!(waiting(&bench), [id]);
}

#[test]
fn a_collector_that_is_down_leaves_the_report_here() {
    let url = Server::new(|_| Reply::Silence).url.clone();
    let bench = Bench::new(&url);
    let id = bench.spool(1);
    let sent = bench.contact().send(false).unwrap();
    let fault = sent.fault.unwrap();
    assert!(matches!(fault, SendFault::Unreachable { .. }), "{fault}");
    assert_eq!((sent.waiting, waiting(&bench)), (1, vec![id]));
}

#[test]
fn after_a_failure_runs_leave_the_collector_alone_for_a_while_and_a_person_does_not() {
    let server = collector(|_| Reply::status(503, "").header("Retry-After", "600"));
    let mut bench = Bench::new(&server.url);
    bench.spool(1);
    bench.contact().send(false).unwrap();
    assert_eq!(posts(&server), 1, "it asked for a pause");
    let sent = bench.contact().send(false).unwrap();
    assert_eq!(sent.not_before.unwrap().to_string(), "2026-11-23T08:10:00Z");
    assert_eq!((sent.waiting, posts(&server)), (1, 1));
    assert_eq!(
        sent.to_string(),
        "waiting here: 1 report; runs try again from 2026-11-23T08:10:00Z on, `rekey report --send` at once"
    );
    bench.contact().send(true).unwrap();
    assert_eq!(posts(&server), 2);
    bench.now = "2026-11-23T15:00:00Z".parse().unwrap();
    bench.contact().send(false).unwrap();
    assert_eq!(posts(&server), 3);
}

#[test]
fn a_device_that_is_no_longer_known_enrols_again_once() {
    let tokens = Mutex::new(vec!["token-b", "token-a"]);
    let server = Server::new(move |request| {
        if request.line.ends_with("/enroll") {
            enrolled(tokens.lock().unwrap().pop().unwrap())
        } else if request.headers.contains("bearer token-b") {
            receipt(request)
        } else {
            rejection(401, "unknown device")
        }
    });
    let bench = Bench::new(&server.url);
    bench.contact().enrol().unwrap();
    bench.spool(1);
    let sent = bench.contact().send(false).unwrap();
    assert_eq!((sent.delivered, sent.waiting), (1, 0));
    let enrolment = Enrolment::load(&bench.state, &bench.collector).unwrap();
    assert_eq!(enrolment.unwrap().token.expose(), "token-b");
}

#[test]
fn a_device_that_is_never_known_does_not_enrol_for_ever() {
    let server = collector(|_| rejection(401, "unknown device"));
    let bench = Bench::new(&server.url);
    let id = bench.spool(1);
    assert!(bench.contact().send(false).unwrap().fault.is_some());
    assert_eq!(waiting(&bench), [id]);
    assert_eq!(server.requests().len(), 4);
}

#[test]
fn without_enrolment_and_secret_nothing_is_sent_and_the_person_is_told_what_to_type() {
    let server = collector(receipt);
    let mut bench = Bench::new(&server.url);
    bench.secret = None;
    bench.spool(1);
    let fault = bench.contact().send(false).unwrap().fault.unwrap();
    assert!(fault.to_string().contains("rekey enroll"), "{fault}");
    assert_eq!(server.requests().len(), 0);
    assert_eq!(bench.contact().send(false).unwrap().not_before, None);
}

#[rstest]
#[case(400)]
#[case(413)]
fn a_report_that_will_never_be_taken_is_put_aside_and_the_next_goes(#[case] status: u16) {
    let server = collector(move |request| {
        let body = String::from_utf8(unzipped(&request.body)).unwrap();
        if body.contains(&Uuid::from_u128(1).to_string()) {
            rejection(status, "not like this")
        } else {
            receipt(request)
        }
    });
    let bench = Bench::new(&server.url);
    bench.spool(1);
    bench.spool(2);
    let sent = bench.contact().send(false).unwrap();
    assert_eq!((sent.delivered, sent.waiting), (1, 0));
    assert!(
        sent.rejected[0].contains("not like this"),
        "{:?}",
        sent.rejected
    );
    assert_eq!(bench.contact().send(false).unwrap().rejected.len(), 0);
}

#[test]
fn a_receipt_for_another_report_is_none() {
    let server = collector(|_| {
        let other = Uuid::from_u128(7);
        Reply::status(202, format!(r#"{{"id": "{other}", "duplicate": false}}"#))
    });
    let bench = Bench::new(&server.url);
    let id = bench.spool(1);
    let sent = bench.contact().send(false).unwrap();
    assert!(matches!(sent.fault, Some(SendFault::Odd { .. })));
    assert_eq!(waiting(&bench), [id]);
}

#[test]
fn a_page_that_answers_everything_with_yes_is_no_collector() {
    let server = collector(|_| Reply::status(200, "<html>welcome</html>".to_owned()));
    let bench = Bench::new(&server.url);
    let id = bench.spool(1);
    assert!(bench.contact().send(false).unwrap().fault.is_some());
    assert_eq!(waiting(&bench), [id]);
}

#[test]
fn a_redirect_is_not_followed() {
    let elsewhere = collector(receipt);
    let target = format!("{}/api/v1/reports", elsewhere.url);
    let server = collector(move |_| Reply::status(307, "").header("Location", &target));
    let bench = Bench::new(&server.url);
    let id = bench.spool(1);
    let fault = bench.contact().send(false).unwrap().fault.unwrap();
    assert!(fault.to_string().contains("redirects"), "{fault}");
    assert_eq!(elsewhere.requests().len(), 0);
    assert_eq!(waiting(&bench), [id]);
}

#[test]
fn an_answer_without_end_is_cut_off() {
    let server = collector(|_| Reply::status(202, " ".repeat(1_000_000)));
    let bench = Bench::new(&server.url);
    let id = bench.spool(1);
    let fault = bench.contact().send(false).unwrap().fault.unwrap();
    assert!(fault.to_string().contains("too long"), "{fault}");
    assert_eq!(waiting(&bench), [id]);
}

#[test]
fn neither_token_nor_secret_is_ever_said() {
    let words = "you said the-device-token and the-enrol-secret\\u001b[2J";
    let server = collector(move |_| rejection(500, words));
    let bench = Bench::new(&server.url);
    bench.spool(1);
    let log = crate::state::log::start(&bench.state, Timestamp::now()).unwrap();
    let sent = bench.contact().send(false).unwrap();
    drop(log);
    let mut said = format!(
        "{sent:?} {} {:?}",
        sent.fault.as_ref().unwrap(),
        bench.contact()
    );
    for entry in std::fs::read_dir(bench.state.path("logs")).unwrap() {
        said += &std::fs::read_to_string(entry.unwrap().path()).unwrap();
    }
    assert!(said.contains("you said *** and ***"), "{said}");
    assert!(said.contains("reports wait"), "{said}");
    assert!(!said.contains("the-device-token"), "{said}");
    assert!(!said.contains("the-enrol-secret"), "{said}");
    assert!(!said.contains('\u{1b}'), "{said}");
}

// Not on Windows: modes.
#[cfg(unix)]
#[test]
fn the_token_is_kept_for_the_owner_alone_and_for_its_own_collector() {
    use std::os::unix::fs::PermissionsExt as _;

    let server = collector(receipt);
    let bench = Bench::new(&server.url);
    bench.contact().enrol().unwrap();
    let file = std::fs::metadata(bench.state.path("enrolment.json")).unwrap();
    assert_eq!(file.permissions().mode() & 0o777, 0o600);
    let other = super::super::Collector::new("https://collector.contoso.com", None).unwrap();
    assert_eq!(Enrolment::load(&bench.state, &other).unwrap(), None);
}
