//! Property lists to be written, as XML (plist(5)).

use quick_xml::escape::escape;

/// One value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Plist {
    Text(String),
    Bool(bool),
    Number(u32),
    List(Vec<Plist>),
    /// Keys in their order, each with its value and what a comment before it says; an empty comment is none.
    Table(Vec<(String, Plist, String)>),
}

impl Plist {
    pub(super) fn text(text: &str) -> Self {
        Self::Text(text.to_owned())
    }

    /// A table without comments.
    pub(super) fn table<const N: usize>(values: [(&str, Self); N]) -> Self {
        let commented = |(key, value): (&str, Self)| (key.to_owned(), value, String::new());
        Self::Table(values.map(commented).into())
    }

    /// As a file, with a comment at its head.
    pub(super) fn document(&self, comment: &str) -> String {
        let mut text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
            <!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" \"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n"
            .to_owned();
        text.push_str(&commented(comment, ""));
        text.push_str("<plist version=\"1.0\">\n");
        self.write(0, &mut text);
        text.push_str("</plist>\n");
        text
    }

    fn write(&self, depth: usize, text: &mut String) {
        let indent = "    ".repeat(depth);
        match self {
            Self::Text(value) => {
                let value = escape(value.as_str());
                text.push_str(&format!("{indent}<string>{value}</string>\n"));
            }
            Self::Bool(value) => text.push_str(&format!("{indent}<{value}/>\n")),
            Self::Number(value) => text.push_str(&format!("{indent}<integer>{value}</integer>\n")),
            Self::List(values) => {
                text.push_str(&format!("{indent}<array>\n"));
                for value in values {
                    value.write(depth + 1, text);
                }
                text.push_str(&format!("{indent}</array>\n"));
            }
            Self::Table(values) => {
                text.push_str(&format!("{indent}<dict>\n"));
                for (key, value, comment) in values {
                    text.push_str(&commented(comment, &format!("{indent}    ")));
                    let key = escape(key.as_str());
                    text.push_str(&format!("{indent}    <key>{key}</key>\n"));
                    value.write(depth + 1, text);
                }
                text.push_str(&format!("{indent}</dict>\n"));
            }
        }
    }
}

fn commented(comment: &str, indent: &str) -> String {
    match comment {
        "" => String::new(),
        // Two hyphens would end it.
        comment => format!("{indent}<!-- {} -->\n", comment.replace("--", "")),
    }
}
