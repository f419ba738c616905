//! Comma-separated values that a spreadsheet shows and does not run.

/// Adds one line.
pub(super) fn line<'a>(text: &mut String, cells: impl IntoIterator<Item = &'a str>) {
    for (position, value) in cells.into_iter().enumerate() {
        if position > 0 {
            text.push(',');
        }
        cell(text, value);
    }
    text.push_str("\r\n");
}

/// What a formula begins with, the wide forms of East Asian keyboards too (OWASP, "CSV Injection").
const FORMULA: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];

/// A value that begins like a formula would be run by a spreadsheet: it gets an apostrophe, which
/// spreadsheets take as "this is text".
fn cell(text: &mut String, value: &str) {
    let formula = value.starts_with(FORMULA);
    let quoted = value.contains([',', '"', '\n', '\r', '\t', '\'']);
    if quoted {
        text.push('"');
    }
    if formula {
        text.push('\'');
    }
    if quoted {
        text.push_str(&value.replace('"', "\"\""));
        text.push('"');
    } else {
        text.push_str(value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(value: &str) -> String {
        let mut text = String::new();
        line(&mut text, [value]);
        text.trim_end().to_owned()
    }

    #[test]
    fn formulas_become_text() {
        for value in [
            "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1+1", "＠x",
        ] {
            assert!(
                one(value).trim_start_matches('"').starts_with('\''),
                "{value:?}"
            );
        }
        assert_eq!(
            one("=HYPERLINK(\"x\",\"y\")"),
            "\"'=HYPERLINK(\"\"x\"\",\"\"y\"\")\""
        );
    }

    #[test]
    fn the_rest_stays_as_it_is() {
        assert_eq!(one("CONTOSO-LT-07"), "CONTOSO-LT-07");
        assert_eq!(one("a, b"), "\"a, b\"");
        let mut two = String::new();
        line(&mut two, ["", "x"]);
        assert_eq!(two, ",x\r\n");
    }
}
