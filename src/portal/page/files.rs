//! Which files of a document customers may have.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error, SeqAccess, Visitor};

/// Which files of a document customers may have.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Files {
    /// The types of papers (a Job Document's `document_type`) whose files they are.
    #[serde(default)]
    pub types: Types,
    /// Whether files that no paper names may be had too.
    #[serde(default)]
    pub others: bool,
}

/// Types of papers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Types {
    /// Every type there is, and papers without one.
    All,
    /// These, letter by letter.
    These(Vec<String>),
}

impl Default for Types {
    fn default() -> Self {
        Self::These(Vec::new())
    }
}

impl Types {
    /// Whether a paper of this type is among them.
    #[must_use]
    pub fn hold(&self, document_type: Option<&str>) -> bool {
        match self {
            Self::All => true,
            Self::These(types) => {
                document_type.is_some_and(|found| types.iter().any(|known| known == found))
            }
        }
    }
}

impl<'de> Deserialize<'de> for Types {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Written;

        impl<'de> Visitor<'de> for Written {
            type Value = Types;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a list of Job Document types, or \"all\"")
            }

            fn visit_str<E: Error>(self, word: &str) -> Result<Types, E> {
                match word {
                    "all" => Ok(Types::All),
                    _ => Err(E::invalid_value(serde::de::Unexpected::Str(word), &self)),
                }
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Types, A::Error> {
                let mut types = Vec::new();
                while let Some(name) = list.next_element()? {
                    types.push(name);
                }
                Ok(Types::These(types))
            }
        }

        deserializer.deserialize_any(Written)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Files, toml::de::Error> {
        toml::from_str(text)
    }

    #[test]
    fn without_a_type_no_paper_has_a_file() {
        let files = read("").expect("nothing is declared");
        assert!(!files.types.hold(Some("POD")) && !files.types.hold(None));
        assert!(!files.others);
    }

    #[test]
    fn types_are_named_letter_by_letter_or_are_all() {
        let named = read("types = [\"POD\", \"CMR\"]").expect("types").types;
        assert!(named.hold(Some("POD")));
        for other in [Some("pod"), Some("POD "), Some("INV"), Some(""), None] {
            assert!(!named.hold(other), "{other:?}");
        }
        let all = read("types = \"all\"").expect("types").types;
        assert!(all.hold(Some("INV")) && all.hold(None));
    }

    #[test]
    fn what_is_no_list_is_told_with_what_would_be_right() {
        let problem = read("types = \"POD\"").expect_err("no list").to_string();
        assert!(
            problem.contains("a list of Job Document types, or \"all\""),
            "{problem}"
        );
    }
}
