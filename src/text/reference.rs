//! Values that stand for the value of a variable.

use crate::token;

/// Whether the whole value is a reference to a variable, in the syntax of any tool: `${NAME}`, `$NAME`, `$(NAME)`, `%NAME%`.
pub fn is_reference(value: &str) -> bool {
    let value = value.trim();
    let inner = [("${", "}"), ("$(", ")"), ("%", "%")]
        .into_iter()
        .find_map(|(open, close)| value.strip_prefix(open)?.strip_suffix(close));
    let fits = |name: &str, extra: fn(&u8) -> bool| {
        !name.is_empty() && name.bytes().all(|byte| byte == b'_' || extra(&byte))
    };
    match (inner, value.strip_prefix('$')) {
        // What it stands for where the variable is not set may be a secret.
        (Some(name), _) => {
            let belongs = |byte: &u8| byte.is_ascii_alphanumeric() || b".:-?".contains(byte);
            fits(name, belongs) && token::find_all(name).is_empty()
        }
        // Without brackets only what cannot be a password that begins with a dollar sign.
        (None, Some(name)) => fits(name, |byte| {
            byte.is_ascii_uppercase() || byte.is_ascii_digit()
        }),
        (None, None) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_whole_reference_counts() {
        for (value, expected) in [
            ("${NPM_TOKEN}", true),
            ("${NPM_TOKEN-}", true),
            (" $TOKEN ", true),
            ("$(pat)", true),
            ("%PAT%", true),
            ("${A}b", false),
            ("b${A}", false),
            ("$", false),
            ("", false),
            ("p%40q", false),
            ("pass$word", false),
            ("$ecret", false),
        ] {
            assert_eq!(is_reference(value), expected, "{value}");
        }
        let token = crate::testing::pat84('C', 'A', 1);
        assert!(!is_reference(&format!("${{NPM_TOKEN:-{token}}}")));
    }
}
