//! How much of a disk a scan reads.

use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// How much is read beside the places that are known to hold credentials; each includes the one before it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Depth {
    /// Nothing: `scan.deep = false`.
    #[default]
    Places,
    /// Every file: `scan.deep = true`, `--deep`.
    Files,
    /// The objects of every git repository too: `scan.deep = "objects"`, `--deep=objects`.
    Objects,
}

impl Depth {
    /// Whether only the known places are looked at.
    pub fn is_usual(&self) -> bool {
        *self == Self::Places
    }
}

/// What [`Depth`] is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it takes true, false or \"objects\"")]
pub struct NoDepth;

impl FromStr for Depth {
    type Err = NoDepth;

    fn from_str(text: &str) -> Result<Self, NoDepth> {
        match text {
            "false" => Ok(Self::Places),
            "true" | "files" => Ok(Self::Files),
            "objects" => Ok(Self::Objects),
            _ => Err(NoDepth),
        }
    }
}

impl Serialize for Depth {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Places => to.serialize_bool(false),
            Self::Files => to.serialize_bool(true),
            Self::Objects => to.serialize_str("objects"),
        }
    }
}

impl<'de> Deserialize<'de> for Depth {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged, expecting = "it takes true, false or \"objects\"")]
        enum Written {
            Switch(bool),
            Word(String),
        }
        let word = match Written::deserialize(from)? {
            Written::Switch(on) => on.to_string(),
            Written::Word(word) => word,
        };
        word.parse().map_err(serde::de::Error::custom)
    }
}
