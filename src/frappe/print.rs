//! Printing: a document as a PDF, made by one of Frappe's Print Formats.
//!
//! It promises that no print goes out in the Standard format, which shows every field, costs too.
//! Frappe falls back on it without a word: for a format that does not exist (one that was renamed,
//! say), and for one in which no field was chosen. Neither is in an answer to be seen, so the format
//! is looked up first, by the service account, since customers may not read Print Formats
//! (`print_format_reader`, `print_format_sysmgr`).

use std::fmt;
use std::num::NonZeroU32;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    answer::{Asked, Refusal},
    client::{Caller, Client, method},
    cookies::Belongs,
    error::Error,
    filter::Filter,
    limits::Turn,
    names::{DocType, DocumentName, FieldName, NotAName},
    preferences::LanguageCode,
    query::ListQuery,
    question::{Body, Credentials, LANGUAGE, Question},
    record::Record,
};

/// The format that shows every field. Its name is compared without case, as MariaDB would.
const STANDARD: &str = "Standard";

/// The name of a Print Format that may be printed with: not Standard.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct PrintFormatName(DocumentName);

impl PrintFormatName {
    /// Takes a document's name other than Standard, with no space around it.
    pub fn parse(text: &str) -> Result<Self, NotAName> {
        let refused = NotAName {
            expected: "the name of a Print Format other than Standard, which prints every field, costs too",
        };
        let is_standard = text.eq_ignore_ascii_case(STANDARD);
        match DocumentName::parse(text) {
            Ok(name) if text.trim() == text && !is_standard => Ok(Self(name)),
            _ => Err(refused),
        }
    }

    /// The name as it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl TryFrom<String> for PrintFormatName {
    type Error = NotAName;

    fn try_from(text: String) -> Result<Self, NotAName> {
        Self::parse(&text)
    }
}

impl From<PrintFormatName> for String {
    fn from(name: PrintFormatName) -> Self {
        name.0.into()
    }
}

impl fmt::Display for PrintFormatName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// What to print, and how.
#[derive(Clone, Debug)]
pub struct Print<'a> {
    /// The document's DocType.
    pub doctype: &'a DocType,
    /// The document.
    pub name: &'a DocumentName,
    /// The format; looked up before.
    pub format: &'a PrintFormatName,
    /// Whether the letterhead is printed.
    pub with_letterhead: bool,
    /// Which letterhead; the document's own or the site's default when there is none.
    pub letterhead: Option<&'a DocumentName>,
    /// In which language; the user's own, or else the site's, when there is none.
    pub language: Option<&'a LanguageCode>,
}

/// A PDF, whole.
#[derive(Clone, PartialEq, Eq)]
pub struct Pdf(Vec<u8>);

impl Pdf {
    /// Its bytes; they begin with `%PDF-`.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}

impl fmt::Debug for Pdf {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Pdf({} bytes)", self.0.len())
    }
}

/// A Print Format, as far as it decides what a print would show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrintFormat {
    doctype: String,
    disabled: bool,
    raw: bool,
    shows_chosen: bool,
}

/// Why a Print Format is not printed with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unprintable {
    /// There is none of that name: Frappe would print Standard.
    #[error("there is no Print Format of this name, and Frappe would print Standard instead")]
    Missing,
    /// It is of another DocType.
    #[error("the Print Format is of another DocType")]
    OtherDocType,
    /// It is switched off.
    #[error("the Print Format is disabled")]
    Disabled,
    /// It is for label printers.
    #[error("the Print Format is for raw printing, and no PDF")]
    Raw,
    /// No field was chosen in it: Frappe would print Standard.
    #[error("no field is chosen in the Print Format, so Frappe would print every field")]
    ShowsEverything,
}

impl PrintFormat {
    /// Whether documents of this DocType may be printed with it.
    ///
    /// # Errors
    /// When it may not, with the reason.
    pub fn is_for(&self, doctype: &DocType) -> Result<(), Unprintable> {
        if self.doctype != doctype.as_str() {
            Err(Unprintable::OtherDocType)
        } else if self.disabled {
            Err(Unprintable::Disabled)
        } else if self.raw {
            Err(Unprintable::Raw)
        } else if !self.shows_chosen {
            Err(Unprintable::ShowsEverything)
        } else {
            Ok(())
        }
    }
}

impl Client {
    /// The Print Format of that name, read by the service account; `None` when there is none.
    pub async fn print_format(&self, name: &PrintFormatName) -> Result<Option<PrintFormat>, Error> {
        let rows = self.list_by_service(&format_of(name)?).await?;
        // Names match whatever their case; the one that is declared is the one that is meant.
        let named = rows
            .iter()
            .find(|row| row.text(&FieldName::name()) == Some(name.as_str()));
        named.map(print_format).transpose()
    }

    /// A document as a PDF, made as the caller: [`Error::Forbidden`] where he may not read or not
    /// print it (`print_pdf_other`, `print_pdf_bill_to_other`), [`Error::Unexpected`] where Frappe's
    /// PDF engine is missing or the format is broken (`print_pdf_custom_format`).
    pub async fn print(&self, caller: &Caller, print: &Print<'_>) -> Result<Pdf, Error> {
        let question = Question {
            path: method("frappe.utils.print_format.download_pdf"),
            body: Body::Query(print.parameters()),
            credentials: Credentials::Session(&caller.sid, caller.address),
            turn: Turn::Print,
        };
        let share = self.shares.take(&caller.user).await?;
        let answer = self.transport.ask_holding(question, Some(share)).await?;
        match answer.read_pdf(Asked::Session(&caller.user)) {
            Ok((pdf, belongs)) => {
                if belongs != Belongs::ToCaller {
                    self.logged_user(caller).await?;
                }
                Ok(Pdf(pdf))
            }
            Err(Refusal::Certain(error)) => Err(error),
            Err(Refusal::Doubtful(error)) => {
                self.logged_user(caller).await?;
                Err(error)
            }
        }
    }
}

impl Print<'_> {
    /// The one question whose language is not ours: no text of its answer is read, and without
    /// `_lang` Frappe takes that of the user, or else the site's (`lang_user_de_403`), whatever
    /// `Accept-Language` says (`lang_nl_403_user`).
    fn parameters(&self) -> Vec<(&'static str, String)> {
        let mut parameters = vec![
            ("doctype", self.doctype.to_string()),
            ("name", self.name.to_string()),
            ("format", self.format.to_string()),
            ("no_letterhead", u8::from(!self.with_letterhead).to_string()),
        ];
        if let Some(letterhead) = self.letterhead {
            parameters.push(("letterhead", letterhead.to_string()));
        }
        if let Some(language) = self.language {
            parameters.push((LANGUAGE.0, language.as_str().to_owned()));
        }
        parameters
    }
}

fn field(name: &str) -> Result<FieldName, Error> {
    FieldName::parse(name).map_err(|problem| Error::Unexpected(problem.to_string()))
}

fn format_of(name: &PrintFormatName) -> Result<ListQuery, Error> {
    let doctype =
        DocType::parse("Print Format").map_err(|problem| Error::Unexpected(problem.to_string()))?;
    let fields = [
        "name",
        "doc_type",
        "disabled",
        "raw_printing",
        "custom_format",
        "standard",
        "format_data",
    ];
    let fields = fields.into_iter().map(field).collect::<Result<_, _>>()?;
    let mut query = ListQuery::new(doctype, fields, NonZeroU32::MIN.saturating_add(1));
    query.filters = vec![Filter::equals(FieldName::name(), name.as_str())];
    Ok(query)
}

fn print_format(row: &Record) -> Result<PrintFormat, Error> {
    let text = |name| field(name).map(|field| row.text(&field).unwrap_or_default().to_owned());
    let check = |name| field(name).map(|field| row.check(&field));
    // What the Print Format Builder made: a list of the fields that were chosen. An empty one
    // stands for all fields.
    let chosen = serde_json::from_str::<Value>(&text("format_data")?);
    let chosen = chosen.is_ok_and(|chosen| chosen.as_array().is_some_and(|all| !all.is_empty()));
    Ok(PrintFormat {
        doctype: text("doc_type")?,
        disabled: check("disabled")?,
        raw: check("raw_printing")?,
        shows_chosen: check("custom_format")? || chosen || text("standard")? == "Yes",
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn standard_is_no_format_to_print_with_however_it_is_written() {
        for good in ["Transport Job Summary", "Standard Invoice", "№ 7"] {
            assert_eq!(PrintFormatName::parse(good).unwrap().as_str(), good);
        }
        for bad in [
            "Standard",
            "standard",
            "STANDARD",
            "Standard ",
            "",
            " ",
            "a\nb",
        ] {
            assert!(PrintFormatName::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_format_that_would_show_every_field_is_not_printed_with() {
        let job = DocType::parse("Transport Job").unwrap();
        let whole = json!({
            "name": "Summary", "doc_type": "Transport Job", "disabled": 0, "raw_printing": 0,
            "custom_format": 1, "standard": "No", "format_data": null,
        });
        let verdict = |changes: Value| {
            let mut row = whole.clone();
            for (field, value) in changes.as_object().unwrap() {
                row[field] = value.clone();
            }
            print_format(&Record::from_json(row).unwrap())
                .unwrap()
                .is_for(&job)
        };
        assert_eq!(verdict(json!({})), Ok(()));
        let built = "[{\"fieldname\": \"booking_date\"}]";
        for good in [
            json!({"custom_format": 0, "format_data": built}),
            json!({"custom_format": 0, "standard": "Yes"}),
        ] {
            assert_eq!(verdict(good.clone()), Ok(()), "{good}");
        }
        for (bad, reason) in [
            (json!({"custom_format": 0}), Unprintable::ShowsEverything),
            (
                json!({"custom_format": 0, "format_data": "[]"}),
                Unprintable::ShowsEverything,
            ),
            (json!({"doc_type": "Bin"}), Unprintable::OtherDocType),
            (json!({"disabled": 1}), Unprintable::Disabled),
            (json!({"raw_printing": 1}), Unprintable::Raw),
        ] {
            assert_eq!(verdict(bad.clone()), Err(reason), "{bad}");
        }
    }
}
