//! What an admin sees, by every way there is.

use serde_json::{Value, json};

use crate::support::collector::Collector;

/// The cells of the one line that the table has for a device.
pub(super) fn csv_row(collector: &Collector, device: &str) -> Value {
    let table = collector.ask("/api/v1/export.csv");
    let mut lines = table.text().lines();
    let head: Vec<&str> = lines.next().unwrap().split(',').collect();
    let mut rows = lines.filter(|line| line.contains(device));
    let row = rows.next().unwrap();
    assert!(rows.next().is_none() && !row.contains('"'), "{row}");
    let cells = row.split(',').map(|cell| Value::String(cell.to_owned()));
    let head = head.into_iter().map(str::to_owned);
    Value::Object(head.zip(cells).collect())
}

/// How many workstations are in which state.
pub(super) fn states(collector: &Collector) -> Value {
    collector.get("/api/v1/compliance")["devices"].clone()
}

/// The numbers, the list, the device and the table against the run's own words and against what is there now.
#[track_caller]
pub(super) fn assert_admin_sees(
    collector: &Collector,
    device: &str,
    run: &Value,
    left: &Value,
    state: &str,
) {
    let mut expected =
        json!({"compliant": 0, "action-needed": 0, "failed": 0, "waiting": 0, "silent": 0});
    expected[state] = 1.into();
    let (stale, unsure) = (&left["summary"]["stale"], &left["summary"]["unsure"]);
    let findings = json!({"stale": stale, "unsure": unsure});
    let open = || {
        let all = left["findings"].as_array().unwrap().iter();
        all.filter(|finding| finding["verdict"] != "current")
    };
    // A key may serve any organization, so that it is counted with none.
    let own = |verdict: &str| {
        let own = open().filter(|finding| finding["organization"] == "contoso");
        own.filter(|finding| finding["verdict"] == verdict).count()
    };
    let own = json!({"stale": own("stale"), "unsure": own("unsure")});

    let numbers = collector.get("/api/v1/compliance");
    assert_eq!(numbers["devices"], expected);
    let organizations = json!([{"name": "contoso", "devices": expected, "findings": own}]);
    assert_eq!(numbers["organizations"], organizations);
    assert!(!numbers["newest_report_at"].is_null());
    let mut places: Vec<_> = open()
        .map(|finding| finding["store"].as_str().unwrap())
        .collect();
    places.sort_unstable();
    places.dedup();
    let mut counted: Vec<_> = numbers["places"]
        .as_array()
        .unwrap()
        .iter()
        .map(|place| place["name"].as_str().unwrap())
        .collect();
    counted.sort_unstable();
    assert_eq!(counted, places);

    let list = collector.get("/api/v1/devices");
    let [row] = list["devices"].as_array().unwrap().as_slice() else {
        panic!("{list:#}");
    };
    let seen = collector.get(&format!("/api/v1/devices/{device}"));
    for told in [row, &seen] {
        assert_eq!(told["id"], device);
        assert_eq!(told["state"], state);
        assert_eq!(told["findings"], findings);
        assert_eq!(told["organizations"][0]["name"], "contoso");
        assert_eq!(told["organizations"][0]["state"], state);
        assert_eq!(told["organizations"][0]["findings"], own);
        let host = gethostname::gethostname();
        assert_eq!(told["machine"]["name"], host.to_str().unwrap());
    }
    let report = &seen["report"];
    assert_eq!(report["run"], run["run"]);
    assert_eq!(
        report["findings"].as_array().map(Vec::len),
        left["findings"].as_array().map(Vec::len)
    );
    assert_eq!(report["summary"], left["summary"]);
    assert_eq!(report["outcomes"], run["outcomes"]);
    assert_eq!(report["steps"], run["steps"]);
    let newest = &seen["history"][0];
    assert_eq!(
        (&newest["id"], &newest["state"]),
        (&report["id"], &json!(state))
    );

    let cells = csv_row(collector, device);
    assert_eq!(cells["state"], state);
    assert_eq!(cells["machine"], seen["machine"]["name"]);
    assert_eq!(cells["person"], report["person"]["name"]);
    assert_eq!(cells["organizations"], "contoso");
    for (cell, number) in [
        ("stale", stale),
        ("unsure", unsure),
        ("open_steps", &seen["steps"]["open"]),
        ("declared_steps", &seen["steps"]["declared"]),
        ("errors", &report["errors"]),
    ] {
        assert_eq!(cells[cell], number.to_string(), "{cell}");
    }
}
