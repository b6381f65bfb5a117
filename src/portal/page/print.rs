//! Prints: the Print Formats of Frappe's that a document may be printed with.

use serde::Deserialize;

use super::address::address_name;
use crate::frappe::{DocumentName, LanguageCode, PrintFormatName};

address_name! {
    /// A print's name: the value of the query parameter `format`.
    PrintName, "delivery-note"
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
