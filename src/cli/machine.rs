//! Settings of the machine: policy, which nobody widens, and defaults, which everybody may change.

use super::fault::Fault;
use super::session::optional;
use crate::platform::Platform;
use crate::policy::{Layer, Origin, pairs};

/// Where Windows keeps policy.
const REGISTRY: &str = r"HKLM\SOFTWARE\Policies\Rekey";

/// Machine policy, strongest file first: in a folder of policies the later name wins.
pub(super) fn policy(platform: &dyn Platform) -> Result<Vec<(Origin, Layer)>, Fault> {
    let mut layers = Vec::new();
    let machine = platform.machine_policy();
    if !machine.values.is_empty() {
        let layer = pairs(&machine.values, REGISTRY)?;
        layers.push((Origin::Machine(REGISTRY.into()), layer));
    }
    for path in machine.files.iter().rev() {
        if let Some((path, text)) = optional(path)? {
            let layer = Layer::from_toml(&path, &text)?;
            layers.push((Origin::Machine(path), layer));
        }
    }
    Ok(layers)
}

/// Defaults of the machine.
pub(super) fn defaults(platform: &dyn Platform) -> Result<Option<(Origin, Layer)>, Fault> {
    let Some(path) = platform.machine_defaults() else {
        return Ok(None);
    };
    let Some((path, text)) = optional(&path)? else {
        return Ok(None);
    };
    let layer = Layer::from_toml(&path, &text)?;
    Ok(Some((Origin::Defaults(path), layer)))
}
