//! Names of operating systems as people know them.

#![cfg_attr(not(test), allow(dead_code, reason = "each system uses one of these"))]

/// `PRETTY_NAME` of os-release(5), such as `Debian GNU/Linux 12 (bookworm)`.
pub(super) fn of_os_release(text: &str) -> Option<String> {
    let value = text
        .lines()
        .find_map(|line| line.strip_prefix("PRETTY_NAME="))?
        .trim();
    let value = value.trim_matches(['"', '\'']).trim();
    (!value.is_empty()).then(|| value.to_owned())
}

/// `ProductVersion` of SystemVersion.plist, such as `macOS 15.1`.
pub(super) fn of_property_list(text: &str) -> Option<String> {
    let (_, behind) = text.split_once("<key>ProductVersion</key>")?;
    let (before, _) = behind.split_once("</string>")?;
    let (gap, version) = before.split_once("<string>")?;
    let version = version.trim();
    (gap.trim().is_empty() && !version.is_empty()).then(|| format!("macOS {version}"))
}

/// Such as `Windows 11 23H2 (22631)`. `build` and `display` are `CurrentBuildNumber` and
/// `DisplayVersion` of the registry, whose `ProductName` still says 10 on Windows 11.
pub(super) fn of_windows(build: &str, display: Option<&str>, server: bool) -> String {
    let first_of_11 = 22_000;
    let name = match build.parse::<u32>() {
        _ if server => "Windows Server",
        Ok(number) if number >= first_of_11 => "Windows 11",
        _ => "Windows 10",
    };
    match display {
        Some(display) => format!("{name} {display} ({build})"),
        None => format!("{name} ({build})"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn linux_is_named_as_it_names_itself() {
        let text = "NAME=Debian\nPRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\n";
        assert_eq!(
            of_os_release(text).as_deref(),
            Some("Debian GNU/Linux 12 (bookworm)")
        );
        assert_eq!(of_os_release("PRETTY_NAME='Arch'").as_deref(), Some("Arch"));
        assert_eq!(of_os_release("PRETTY_NAME=\"\"\n"), None);
        assert_eq!(of_os_release("NAME=x"), None);
    }

    #[test]
    fn macos_is_named_by_its_version() {
        let text = "<dict>\n\t<key>ProductName</key>\n\t<string>macOS</string>\n\
            \t<key>ProductVersion</key>\n\t<string>15.1</string>\n</dict>";
        assert_eq!(of_property_list(text).as_deref(), Some("macOS 15.1"));
        assert_eq!(
            of_property_list("<key>ProductVersion</key><true/><string>1</string>"),
            None
        );
        assert_eq!(of_property_list("<key>ProductVersion</key>"), None);
    }

    #[test]
    fn windows_11_is_told_from_10_by_its_build() {
        assert_eq!(
            of_windows("22631", Some("23H2"), false),
            "Windows 11 23H2 (22631)"
        );
        assert_eq!(
            of_windows("19045", Some("22H2"), false),
            "Windows 10 22H2 (19045)"
        );
        assert_eq!(of_windows("20348", None, true), "Windows Server (20348)");
        assert_eq!(of_windows("", None, false), "Windows 10 ()");
    }
}
