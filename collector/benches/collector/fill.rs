//! Many devices, quickly: the same rows as reports over HTTP leave, written in large batches by the collector's own code.

use std::sync::Arc;
use std::time::Instant;

use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};
use rekey_collector::clock::Clock;
use rekey_collector::first_start::first_start;
use rekey_collector::secret::Digest;
use rekey_collector::storage::{
    Body, Encoding, NewDevice, NewEnrolment, NewReport, Postgres, Sqlite, Storage,
};
use rekey_report::Report;

use crate::database::Database;
use crate::reports::{self, Maker};

/// Before compression: pages never read a body, so that a million need not take 8 GB.
const SIZE: usize = 1024;
/// Enrolments and reports at a time.
const BATCH: usize = 1000;
/// Reports are spread over so many days, so that some devices are silent.
const DAYS: i64 = 10;

/// What the first start showed.
pub(crate) async fn fill(database: &Database, devices: usize) -> String {
    let begun = Instant::now();
    let storage: Arc<dyn Storage> = match database {
        Database::Sqlite(..) => Arc::new(Sqlite::open(&database.path()).await.unwrap()),
        Database::Postgres(_) => Arc::new(
            Postgres::open(database.url().parse().unwrap())
                .await
                .unwrap(),
        ),
    };
    let mut shown = Vec::new();
    first_start(&*storage, &Clock::system(), &mut shown)
        .await
        .unwrap();
    let secret = std::str::from_utf8(&shown).unwrap().lines();
    let mut secret = secret.filter_map(|line| line.strip_prefix("enroll-secret: "));
    let secret = Digest::of(secret.next().unwrap());
    let now = Timestamp::now();
    let maker = Maker::new(now - SignedDuration::from_hours(24 * (DAYS + 1)));
    let mut first = 0;
    while first < devices {
        let numbers = first..devices.min(first + BATCH);
        let made: Vec<Report> = numbers
            .clone()
            .map(|device| maker.report(device, 1, SIZE))
            .collect();
        let enrolling = made.iter().zip(numbers.clone()).map(|(report, device)| {
            storage.enroll(NewEnrolment {
                secret,
                address: String::new(),
                device: NewDevice::of(&rekey_report::EnrollDevice {
                    machine: report.machine.clone(),
                    person: report.person.clone(),
                    ring: report.ring.clone(),
                }),
                token: Digest::of(&format!("token {device}")),
                at: now - SignedDuration::from_hours(24 * DAYS),
            })
        });
        let ids = join_all(enrolling).await;
        let reports = made
            .iter()
            .zip(ids)
            .zip(numbers)
            // Some enrol and are not heard of again.
            .filter(|(_, device)| device % 50 != 49)
            .map(|((report, id), device)| {
                let age = i64::try_from(device).unwrap() * 7919 % (DAYS * 24);
                let body = Body {
                    encoding: Encoding::Gzip,
                    bytes: reports::compressed(report),
                };
                NewReport::of(
                    report,
                    id.unwrap().device().unwrap(),
                    now - SignedDuration::from_hours(age),
                    body,
                )
            })
            .collect();
        for taken in storage.take_reports(reports).await.unwrap() {
            taken.unwrap();
        }
        first += BATCH;
        if first.is_multiple_of(100_000) {
            eprintln!("{first} devices after {:.0?}", begun.elapsed());
        }
    }
    storage
        .tick(now, now - SignedDuration::from_hours(24 * 7))
        .await
        .unwrap();
    let differences = storage.recount().await.unwrap();
    assert!(
        differences.is_empty(),
        "the sums are those of the rows: {differences:?}"
    );
    println!(
        "\nfilled with {devices} devices in {:.0} s",
        begun.elapsed().as_secs_f64()
    );
    String::from_utf8(shown).unwrap()
}
