//! D-Bus values, as far as answers are looked at (D-Bus Specification, "Type System").

use std::fmt;

use zeroize::Zeroizing;

/// A value out of an answer. Variants are what they hold.
#[derive(PartialEq)]
pub(in crate::platform) enum Value {
    /// Any number or boolean.
    Number(u64),
    /// A string, object path or signature.
    Text(Zeroizing<String>),
    /// An array of bytes.
    Bytes(Zeroizing<Vec<u8>>),
    /// An array, a structure, or an entry of a dictionary with its key and its value.
    List(Vec<Value>),
}

/// Any of them can be a secret.
impl fmt::Debug for Value {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Number(_) => "Number(…)",
            Self::Text(_) => "Text(…)",
            Self::Bytes(_) => "Bytes(…)",
            Self::List(_) => "List(…)",
        })
    }
}

impl Value {
    pub(in crate::platform) fn number(&self) -> Option<u64> {
        match self {
            Self::Number(number) => Some(*number),
            _ => None,
        }
    }

    pub(in crate::platform) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(in crate::platform) fn bytes(&self) -> Option<&[u8]> {
        match self {
            Self::Bytes(bytes) => Some(bytes),
            // An empty array of anything has no bytes either.
            Self::List(list) if list.is_empty() => Some(&[]),
            _ => None,
        }
    }

    pub(in crate::platform) fn list(&self) -> &[Self] {
        match self {
            Self::List(list) => list,
            _ => &[],
        }
    }

    /// Keys and values of a dictionary.
    pub(in crate::platform) fn pairs(&self) -> impl Iterator<Item = (&str, &Self)> {
        self.list().iter().filter_map(|entry| match entry.list() {
            [key, value] => Some((key.text()?, value)),
            _ => None,
        })
    }

    /// The value of a key of a dictionary.
    pub(in crate::platform) fn get(&self, key: &str) -> Option<&Self> {
        self.pairs()
            .find(|(name, _)| *name == key)
            .map(|(_, value)| value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_printed_of_a_value_is_not_its_content() {
        let list = vec![
            Value::Text(Zeroizing::new("hunter2".to_owned())),
            Value::Bytes(Zeroizing::new(b"hunter2".to_vec())),
            Value::Number(7_243),
        ];
        assert_eq!(format!("{list:?}"), "[Text(…), Bytes(…), Number(…)]");
        assert_eq!(format!("{:?}", Value::List(list)), "List(…)");
    }
}
