//! Prints: the Print Formats of Frappe's that a document may be printed with.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::is_part_of_an_address;
use crate::frappe::{DocumentName, LanguageCode, PrintFormatName};

/// A print's name: the value of the query parameter `format`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct PrintName(String);

impl PrintName {
    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for PrintName {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if is_part_of_an_address(&text) {
            Ok(Self(text))
        } else {
            Err(format!(
                "found {text:?}; accepted are lower-case letters, digits and hyphens, as delivery-note"
            ))
        }
    }
}

impl From<PrintName> for String {
    fn from(name: PrintName) -> Self {
        name.0
    }
}

impl fmt::Display for PrintName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// A way to print a document.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Print {
    /// Its name in addresses.
    pub name: PrintName,
    /// What its link says.
    #[serde(default = "print_pdf")]
    pub label: String,
    /// The Print Format; never Standard, which prints every field.
    pub format: PrintFormatName,
    /// The Letter Head; without one, the document's own or the site's default.
    #[serde(default)]
    pub letterhead: Option<DocumentName>,
    /// Whether there is no letterhead at all.
    #[serde(default)]
    pub no_letterhead: bool,
    /// The language; without one, the user's own, or else the site's.
    #[serde(default)]
    pub language: Option<LanguageCode>,
}

fn print_pdf() -> String {
    "Print (PDF)".to_owned()
}
