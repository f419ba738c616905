//! Values of Apple's property lists, which managed preferences and entries of the keychain are made of.

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;

/// One value. It may hold a secret, so that it is never printed.
#[derive(Clone, PartialEq, Eq)]
pub enum PropertyValue {
    /// A string.
    Text(String),
    /// A whole number.
    Number(i64),
    /// True or false.
    Flag(bool),
    /// A date.
    Time(Timestamp),
    /// Data.
    Bytes(Vec<u8>),
    /// An array.
    List(Vec<Self>),
    /// A dictionary.
    Table(BTreeMap<String, Self>),
    /// Something else: a broken number, or what lies too deep.
    Other,
}

impl PropertyValue {
    /// A string.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// What its type is called in the XML of a property list.
    pub fn kind_name(&self) -> &'static str {
        match self {
            Self::Text(_) => "string",
            Self::Number(_) => "integer",
            Self::Flag(_) => "boolean",
            Self::Time(_) => "date",
            Self::Bytes(_) => "data",
            Self::List(_) => "array",
            Self::Table(_) => "dictionary",
            Self::Other => "something else",
        }
    }
}

impl fmt::Debug for PropertyValue {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "PropertyValue({}, …)", self.kind_name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_never_printed() {
        let value = PropertyValue::text("hunter2");
        assert_eq!(format!("{value:?}"), "PropertyValue(string, …)");
    }
}
