//! Counting and showing.

use std::time::Duration;

/// What `percent` of the values are not above. The values are sorted.
pub(crate) fn percentile(sorted: &[Duration], percent: usize) -> Duration {
    sorted
        .get((sorted.len().saturating_sub(1)) * percent / 100)
        .copied()
        .unwrap_or_default()
}

/// Least, middle and most.
pub(crate) fn spread(values: &[f64]) -> (f64, f64, f64) {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    match (sorted.first(), sorted.get(sorted.len() / 2), sorted.last()) {
        (Some(&least), Some(&middle), Some(&most)) => (least, middle, most),
        _ => (0.0, 0.0, 0.0),
    }
}

pub(crate) fn milliseconds(time: Duration) -> String {
    format!("{:.1}", time.as_secs_f64() * 1000.0)
}

/// One line of a table in Markdown.
pub(crate) fn row<T: std::fmt::Display>(cells: impl IntoIterator<Item = T>) {
    let cells: Vec<_> = cells.into_iter().map(|cell| cell.to_string()).collect();
    println!("| {} |", cells.join(" | "));
}

pub(crate) fn head(cells: &[&str]) {
    println!();
    row(cells);
    println!("|{}", "---|".repeat(cells.len()));
}

/// The most memory that a process had at once and what it has now, in MB (proc_pid_status(5)).
pub(crate) fn memory(process: u32) -> (f64, f64) {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let of = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        let number = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
        number.unwrap_or(f64::NAN) / 1024.0
    };
    (of("VmHWM:"), of("VmRSS:"))
}

/// The time that a process has had of the processors, in seconds, with that of children that it has waited for
/// (proc_pid_stat(5)); the ticks of Linux are hundredths.
pub(crate) fn processor_seconds(process: u32) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let fields = after_name.split_whitespace().skip(11).take(4);
    fields
        .filter_map(|field| field.parse::<f64>().ok())
        .sum::<f64>()
        / 100.0
}

/// What else wants the processors: the load of the last minute.
pub(crate) fn load_of_the_machine() -> String {
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    load.split(' ').next().unwrap_or_default().to_owned()
}
