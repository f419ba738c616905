//! Opens a page for the person.

use url::Url;

/// Opens an address of the web in the person's browser.
///
/// # Errors
/// One sentence that says why not, with the address for the person to open.
pub(super) fn open(address: &str) -> Result<(), String> {
    let checked = check(address)?;
    super::this::open_in_browser(checked.as_str())
        .map_err(|reason| format!("{reason}: open {checked} yourself"))
}

/// Only https, and written anew: what starts with its scheme is no option and no file for any program.
fn check(address: &str) -> Result<Url, String> {
    match Url::parse(address) {
        Ok(url)
            if url.scheme() == "https" && url.username().is_empty() && url.password().is_none() =>
        {
            Ok(url)
        }
        _ => Err("only addresses that start with https:// are opened".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

    use super::check;

    #[test]
    fn only_the_web_is_opened() {
        for address in [
            "",
            "--help",
            "file:///etc/passwd",
            "http://dev.azure.com/contoso",
            "javascript:alert(1)",
            "https://dev@dev.azure.com/contoso",
            "ms-settings:",
        ] {
            assert!(check(address).is_err(), "{address}");
        }
    }

    #[test]
    fn an_address_is_written_so_that_no_program_takes_it_apart() {
        let url = check("https://dev.azure.com/contoso/a b\"&calc").unwrap();
        assert_eq!(url.as_str(), "https://dev.azure.com/contoso/a%20b%22&calc");
    }
}
