//! Names that stand in an address as they are.

/// Whether a text is lower-case letters, digits and single hyphens, so that it stands in an address
/// as it is.
pub(super) fn is_part_of_an_address(text: &str) -> bool {
    let is_plain = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit();
    text.len() <= 60
        && text
            .split('-')
            .all(|part| !part.is_empty() && part.chars().all(is_plain))
}

/// A name that a page file gives to a part of its page, with an example of one.
macro_rules! address_name {
    ($(#[$doc:meta])* $name:ident, $example:literal) => {
        $(#[$doc])*
        #[derive(
            Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
        )]
        #[serde(into = "String", try_from = "String")]
        pub struct $name(String);

        impl $name {
            /// The name as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = String;

            fn try_from(text: String) -> Result<Self, String> {
                if $crate::portal::page::address::is_part_of_an_address(&text) {
                    Ok(Self(text))
                } else {
                    Err(format!(
                        "found {text:?}; accepted are lower-case letters, digits and hyphens, as {}",
                        $example
                    ))
                }
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str(&self.0)
            }
        }
    };
}

pub(super) use address_name;
