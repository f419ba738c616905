#![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

use std::cell::RefCell;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::rc::Rc;

use super::*;
use crate::entra::testing::{Patient, TENANT, client, fake, services};

/// A request that a browser has sent, whose answer nobody has read yet.
struct Visit(TcpStream);

impl Visit {
    fn to(address: &str) -> Self {
        let rest = address.strip_prefix("http://localhost:").unwrap();
        let (port, target) = rest.split_once('/').unwrap();
        Self::with_host(port, &format!("localhost:{port}"), &format!("/{target}"))
    }

    fn with_host(port: &str, host: &str, target: &str) -> Self {
        let mut stream = TcpStream::connect(format!("127.0.0.1:{port}")).unwrap();
        write!(stream, "GET {target} HTTP/1.1\r\nHost: {host}\r\n\r\n").unwrap();
        Self(stream)
    }

    fn answer(mut self) -> String {
        let mut text = String::new();
        self.0.read_to_string(&mut text).unwrap();
        text
    }
}

type Visits = Rc<RefCell<Vec<Visit>>>;

/// A person whose browser makes these visits as soon as the page opens.
fn person_with<'a>(visits: &Visits, browse: impl Fn(&str) -> Vec<Visit> + 'a) -> Patient<'a> {
    let visits = Rc::clone(visits);
    let mut person = Patient::new();
    person.browser = Box::new(move |page| {
        visits.borrow_mut().extend(browse(page));
        Ok(())
    });
    person
}

fn answers(visits: &Visits) -> Vec<String> {
    visits.borrow_mut().drain(..).map(Visit::answer).collect()
}

#[test]
fn the_browser_brings_a_code_that_is_redeemed_once() {
    let fake = fake();
    let visits = Visits::default();
    let mut person = person_with(&visits, |page| vec![Visit::to(&fake.authorize(page))]);
    let found = token(&services(&fake), TENANT, client(), &mut person).unwrap();
    assert_eq!(found.way(), Way::Browser);
    let page = answers(&visits).remove(0);
    assert!(
        page.contains("You are signed in") && page.contains("no-store"),
        "{page}"
    );
    assert_eq!(fake.requests().len(), 1);
}

#[test]
fn what_comes_without_the_right_state_or_by_another_name_is_nobodys() {
    let fake = fake();
    let visits = Visits::default();
    let mut person = person_with(&visits, |page| {
        let good = fake.authorize(page);
        let rest = good.strip_prefix("http://localhost:").unwrap();
        let (port, target) = rest.split_once('/').unwrap();
        let target = format!("/{target}");
        let host = format!("localhost:{port}");
        vec![
            Visit::with_host(port, &host, "/favicon.ico"),
            Visit::with_host(port, &host, "/?code=theirs&state=theirs"),
            Visit::with_host(port, &host, "/?code=theirs"),
            Visit::with_host(port, "contoso.com", &target),
            Visit::with_host(port, &host, &target),
        ]
    });
    assert!(token(&services(&fake), TENANT, client(), &mut person).is_ok());
    let pages = answers(&visits);
    assert!(
        pages[..4]
            .iter()
            .all(|page| page.starts_with("HTTP/1.1 404"))
    );
    assert!(pages[4].starts_with("HTTP/1.1 200"));
}

#[test]
fn an_error_of_the_page_is_told() {
    for (error, fault) in [
        (
            "access_denied&error_description=AADSTS65004%3A+declined",
            "declined",
        ),
        (
            "access_denied&error_description=AADSTS53003%3A+Blocked",
            "Conditional Access",
        ),
        (
            "access_denied&error_description=AADSTS50020",
            "does not belong",
        ),
        ("server_error", "busy"),
    ] {
        let fake = fake();
        let visits = Visits::default();
        let mut person = person_with(&visits, |page| {
            let good = fake.authorize(page);
            let (address, query) = good.split_once('?').unwrap();
            let (_, state) = query.split_once("state=").unwrap();
            vec![Visit::to(&format!("{address}?error={error}&state={state}"))]
        });
        let found = token(&services(&fake), TENANT, client(), &mut person).unwrap_err();
        assert!(found.to_string().contains(fault), "{found}");
        assert!(answers(&visits)[0].contains("did not work"));
    }
}

#[test]
fn the_door_closes_by_itself() {
    let fake = fake();
    let port = Rc::new(RefCell::new(String::new()));
    let seen = Rc::clone(&port);
    let mut person = Patient::new();
    person.browser = Box::new(move |page| {
        let (_, rest) = page.split_once("localhost%3A").unwrap();
        *seen.borrow_mut() = rest.split('&').next().unwrap().to_owned();
        Ok(())
    });
    let result = token(&services(&fake), TENANT, client(), &mut person);
    assert_eq!(result, Err(SignInFault::TooLate));
    let waited: Duration = person.waits.iter().sum();
    assert_eq!(waited, Duration::from_secs(600));
    assert!(TcpStream::connect(format!("127.0.0.1:{}", port.borrow())).is_err());
    assert!(fake.requests().is_empty());
}

#[test]
fn a_page_that_does_not_open_is_told() {
    let fake = fake();
    let result = token(&services(&fake), TENANT, client(), &mut Patient::new());
    assert!(matches!(result, Err(SignInFault::NoPage(_))), "{result:?}");
}
