//! Every page and every list: those that pages link to, and the lists with every filter alone, some together, in every
//! order.

use std::collections::{BTreeMap, BTreeSet};

use crate::pages::Browser;

const ORDERS: [&str; 3] = ["name", "heard", "remaining"];
const STATES: [&str; 6] = [
    "compliant",
    "action-needed",
    "failed",
    "waiting",
    "silent",
    "not-reported",
];
/// Of pages that are made alike, so many are looked at.
const ALIKE: usize = 3;

pub(crate) struct Address {
    pub(crate) group: String,
    pub(crate) path: String,
}

pub(crate) async fn addresses(browser: &mut Browser) -> Vec<Address> {
    let mut all = crawl(browser).await;
    for list in ["/devices", "/api/v1/devices"] {
        for (filter, query) in filters() {
            for order in ORDERS {
                let path = format!("{list}?{query}&sort={order}").replace("?&", "?");
                all.push(Address {
                    group: format!("{list}: {filter}"),
                    path,
                });
            }
        }
    }
    for order in ORDERS {
        all.extend(deep(browser, order).await);
    }
    for path in [
        "/api/v1/compliance",
        "/api/v1/cleaning",
        "/api/v1/organizations",
        "/api/v1/ssh-keys",
        "/healthz",
        "/readyz",
    ] {
        all.push(Address {
            group: path.to_owned(),
            path: path.to_owned(),
        });
    }
    let mut seen = BTreeSet::new();
    all.retain(|address| seen.insert(address.path.clone()));
    all
}

/// By what they are called in the table, with the query.
fn filters() -> Vec<(&'static str, String)> {
    let mut filters = vec![("no filter", String::new())];
    let single = [
        ("organization", ["contoso", "northwind", "nobody"]),
        ("place", ["npm", "gcm-authority", "nothing"]),
        ("system", ["windows", "linux", "none"]),
        ("ring", ["pilot", "broad", "none"]),
        ("agent", ["0.1.0", "0.0.9", "none"]),
        ("mark", ["declared", "accepted", "cloned"]),
        // All of them; one in a thousand; one; none.
        ("q", ["contoso", "contoso-lt-0000", "person.123"]),
    ];
    filters.extend(STATES.map(|state| ("state", format!("state={state}"))));
    for (name, values) in single {
        for value in values {
            filters.push((name, format!("{name}={value}")));
            for state in ["action-needed", "failed", "not-reported"] {
                let together = match name {
                    "q" => "search and state",
                    "organization" => "organization and state",
                    "place" => "place and state",
                    _ => "system, ring, agent or mark, and state",
                };
                filters.push((together, format!("{name}={value}&state={state}")));
            }
        }
    }
    for value in ["zzzz", "lt", "person.12345@contoso"] {
        filters.push(("q", format!("q={value}")));
    }
    filters.push((
        "four at once",
        "organization=fabrikam&place=npm&system=linux&ring=early".to_owned(),
    ));
    filters.push((
        "four at once",
        "organization=contoso&place=maven&q=person.77&state=action-needed".to_owned(),
    ));
    filters
}

/// Twenty long pages into the list.
async fn deep(browser: &mut Browser, order: &str) -> Option<Address> {
    let mut after = String::new();
    for _ in 0..20 {
        let path = format!("/api/v1/devices?limit=1000&sort={order}{after}");
        let next = browser.get(&path).await.json()["next"]
            .as_str()
            .map(str::to_owned)?;
        after = format!("&after={next}");
    }
    Some(Address {
        group: "/devices: far into the list".to_owned(),
        path: format!("/devices?sort={order}{after}"),
    })
}

/// What can be reached from the overview; of those that are made alike, a few.
async fn crawl(browser: &mut Browser) -> Vec<Address> {
    let mut alike: BTreeMap<String, usize> = BTreeMap::new();
    let mut seen = BTreeSet::from(["/".to_owned()]);
    let mut open = vec!["/".to_owned()];
    let mut found = Vec::new();
    while let Some(path) = open.pop() {
        let group = shape(&path);
        let count = alike.entry(group.clone()).or_default();
        *count += 1;
        if *count > ALIKE {
            continue;
        }
        let Some(answer) = browser.look(&path).await else {
            continue;
        };
        let page = String::from_utf8_lossy(&answer.body).into_owned();
        for link in page.split("href=\"/").skip(1) {
            let link = format!("/{}", link.split('"').next().unwrap_or_default());
            let link = link.replace("&amp;", "&").replace("&#38;", "&");
            let link = link.split('#').next().unwrap_or_default().to_owned();
            if seen.insert(link.clone()) {
                open.push(link);
            }
        }
        found.push(Address { group, path });
    }
    found
}

/// The path with ids taken out, and the names of what is asked.
fn shape(path: &str) -> String {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let parts: Vec<_> = path
        .split('/')
        .map(|part| {
            if part.len() > 24 || part.contains('@') {
                "{id}"
            } else {
                part
            }
        })
        .collect();
    let names: BTreeSet<_> = query
        .split('&')
        .filter_map(|pair| pair.split('=').next())
        .filter(|name| !name.is_empty())
        .collect();
    if names.is_empty() {
        parts.join("/")
    } else {
        format!(
            "{}: {}",
            parts.join("/"),
            names.into_iter().collect::<Vec<_>>().join(", ")
        )
    }
}
