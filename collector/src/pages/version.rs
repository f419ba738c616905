//! Versions of agents, as far as pages compare them.

/// Whether an agent is older than this collector: both are released together, so it should be renewed. What is not
/// three numbers is never called old.
pub(super) fn is_old(agent: &str) -> bool {
    older(agent, env!("CARGO_PKG_VERSION"))
}

fn older(agent: &str, own: &str) -> bool {
    match (numbers(agent), numbers(own)) {
        (Some(agent), Some(own)) => agent < own,
        _ => false,
    }
}

fn numbers(version: &str) -> Option<[u64; 3]> {
    let (version, _) = version.split_once(['-', '+']).unwrap_or((version, ""));
    let mut parts = version.split('.').map(|part| part.parse().ok());
    let numbers = [parts.next()??, parts.next()??, parts.next()??];
    parts.next().is_none().then_some(numbers)
}

#[cfg(test)]
mod tests {
    use super::older;

    #[test]
    fn versions_are_compared_as_numbers() {
        assert!(older("0.9.0", "0.10.0"));
        assert!(!older("0.10.0", "0.10.0"));
        assert!(!older("1.0.0", "0.10.0"));
        for strange in ["", "x", "1.2", "1.2.3.4", "1.2.x"] {
            assert!(!older(strange, "9.9.9"), "{strange}");
        }
    }
}
