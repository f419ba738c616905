//! Settings of the machine: policy, which nobody widens, and defaults, which everybody may change.

use super::fault::Fault;
use super::session::optional;
use crate::model::typed_path;
use crate::platform::Platform;
use crate::platform::preferences::DOMAIN;
use crate::policy::{Layer, Origin, from_preferences, from_registry};

/// Machine policy, strongest file first: in a folder of policies the later name wins.
pub(super) fn policy(platform: &dyn Platform) -> Result<Vec<(Origin, Layer)>, Fault> {
    let mut layers = Vec::new();
    if let Some(registry) = platform.registry() {
        for (key, layer) in from_registry(registry.as_ref())? {
            layers.push((Origin::Machine(key.to_string().into()), layer));
        }
    }
    if let Some(preferences) = platform.preferences()
        && let Some(layer) = from_preferences(preferences.as_ref())?
    {
        let place = format!("managed preferences {DOMAIN}");
        layers.push((Origin::Machine(place.into()), layer));
    }
    for path in platform.machine_policy().files.iter().rev() {
        if let Some((path, text)) = optional(path)? {
            let layer = Layer::from_toml(&path, &text)?;
            layers.push((Origin::Machine(path), layer));
        }
    }
    Ok(layers)
}

/// Defaults of the machine. A file that anybody could have put there is left out, and why is told: refusing to work
/// would give everybody that power.
pub(super) fn defaults(
    platform: &dyn Platform,
    warn: &mut dyn FnMut(String),
) -> Result<Option<(Origin, Layer)>, Fault> {
    let Some(path) = platform.machine_defaults() else {
        return Ok(None);
    };
    if path.symlink_metadata().is_ok()
        && let Err(reason) = platform.is_administrators(&path)
    {
        warn(format!("{} is left out: {reason}", typed_path(&path)));
        return Ok(None);
    }
    let Some((path, text)) = optional(&path)? else {
        return Ok(None);
    };
    let layer = Layer::from_toml(&path, &text)?;
    Ok(Some((Origin::Defaults(path), layer)))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

    use super::*;
    use crate::model::PropertyValue;
    use crate::platform::System;
    use crate::platform::preferences::memory::MemoryPreferences;
    use crate::policy::Leave;
    use crate::testing::{Pretended, TestHome};

    #[test]
    fn managed_preferences_are_policy_of_the_machine() {
        let home = TestHome::of(System::MacOs);
        let of = |preferences: MemoryPreferences| {
            policy(&Pretended::hermetic(&home).with_preferences(preferences))
        };
        let forced = MemoryPreferences::new().force("clean.consent", PropertyValue::text("never"));
        let layers = of(forced).unwrap();
        let [(origin, layer)] = &layers[..] else {
            unreachable!("one layer is set");
        };
        let told = "machine policy (managed preferences dev.rekey.agent)";
        assert_eq!(origin.to_string(), told);
        assert_eq!(layer.clean.consent, Some(Leave::Never));
        assert!(of(MemoryPreferences::new()).unwrap().is_empty());
        let wrong = MemoryPreferences::new().force("pats", PropertyValue::Flag(true));
        assert!(of(wrong).is_err());
    }
}
