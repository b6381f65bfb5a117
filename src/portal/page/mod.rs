//! Pages are declared, not coded.
//!
//! A file in `config/pages/` names the DocType, whose documents they are, what is filtered always,
//! the columns, filters and search of the list, and the facts and sections of a document. What a
//! file does not name never leaves the portal, and what a visitor types reaches Frappe only as a
//! choice among what a file declares. This module is the form of such a file and the checks on it;
//! finding the files is `pages`' business.

mod address;
mod check;
mod condition;
mod entry;
mod extract;
mod files;
mod load;
mod never;
mod print;
mod section;
mod view;

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

pub use check::PageError;
pub use condition::{Condition, Scalar};
pub use entry::{BuiltIn, Entry};
pub(super) use extract::ATTACHMENT;
pub use files::{Files, Types};
pub use load::{Additions, Pages};
pub use never::is_never;
pub use print::{Print, PrintName};
pub use section::{Checklist, Linked, Operations, Section, Table, Timeline};
pub use view::{Computed, View, ViewName};

use address::is_part_of_an_address;

use crate::frappe::{DocType, FieldName, Filter, Operand};

/// A page's name: the last part of its address and the name of its file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct PageName(String);

impl PageName {
    /// Lower-case letters, digits and single hyphens.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        is_part_of_an_address(text).then(|| Self(text.to_owned()))
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PageName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// A declared part of the portal with a route of its own.
#[derive(Clone, Debug)]
pub struct Page {
    /// Its name, from the file's name.
    pub name: PageName,
    /// What the file says.
    pub declared: PageFile,
}

impl std::ops::Deref for Page {
    type Target = PageFile;

    fn deref(&self) -> &PageFile {
        &self.declared
    }
}

/// The form of a page file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PageFile {
    /// The DocType whose documents the page shows.
    pub doctype: DocType,
    /// The title of the list, as "Transport jobs".
    pub title: String,
    /// What one of them is called, as "Transport job".
    pub one: String,
    /// One sentence under the title.
    #[serde(default)]
    pub text: String,
    /// The icon in the menu; one of the sprite's.
    #[serde(default = "file_icon")]
    pub icon: String,
    /// The entry of the menu under which the page stands together with others of the same group.
    #[serde(default)]
    pub group: Option<String>,
    /// The Link field that names the customer. Every row must have a customer of the scope there.
    pub customer: FieldName,
    /// Filters that are always on, as "no drafts".
    #[serde(default)]
    pub fixed: Vec<Fixed>,
    /// The field that tells where a document stands.
    #[serde(default)]
    pub status: Option<Field>,
    /// How good or bad the values of status fields are, by value as the page shows it; those not
    /// named are neutral.
    #[serde(default)]
    pub tones: BTreeMap<String, Tone>,
    /// What values mean, in a sentence for customers, by value as the page shows it. The help has it.
    #[serde(default)]
    pub meanings: BTreeMap<String, String>,
    /// The columns of the list.
    pub columns: Vec<Field>,
    /// Where the goods come from and go to.
    #[serde(default)]
    pub route: Option<Route>,
    /// Presets of the list.
    #[serde(default)]
    pub views: Vec<View>,
    /// The filters that visitors may set.
    #[serde(default)]
    pub filters: Vec<FilterField>,
    /// The fields that `q` searches.
    #[serde(default)]
    pub search: Vec<FieldName>,
    /// The order when none was chosen: a sortable column's field, `-` in front for descending.
    pub order: SortKey,
    /// The headline facts of a document.
    #[serde(default)]
    pub facts: Vec<Field>,
    /// The sections of a document.
    #[serde(default)]
    pub sections: Vec<Section>,
    /// Which files of a document customers may have; none where this is left out.
    #[serde(default)]
    pub files: Option<Files>,
    /// The ways to print a document as a PDF, the first of them when none was chosen.
    #[serde(default, rename = "print")]
    pub prints: Vec<Print>,
    /// Old routes that lead here, as CargoNext's `/transport_jobs`.
    #[serde(default)]
    pub aliases: Vec<String>,
}

fn file_icon() -> String {
    "file".to_owned()
}

/// A filter that is always on.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fixed {
    /// The field.
    pub field: FieldName,
    /// The value it must have.
    #[serde(default)]
    pub is: Option<Literal>,
    /// The value it must not have.
    #[serde(default)]
    pub is_not: Option<Literal>,
}

/// A value written in a page file.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Literal {
    /// A whole number, as a docstatus or a check.
    Number(i64),
    /// Text, as a Select's value.
    Text(String),
}

impl Fixed {
    /// The filter that Frappe gets. [`PageFile`]'s check has seen to it that one of both is there.
    #[must_use]
    pub fn filter(&self) -> Option<Filter> {
        match (&self.is, &self.is_not) {
            (Some(value), None) => Some(Filter::equals(self.field.clone(), value)),
            (None, Some(value)) => Some(Filter::not_equals(self.field.clone(), value)),
            _ => None,
        }
    }
}

impl From<&Literal> for Operand {
    fn from(literal: &Literal) -> Self {
        match literal {
            Literal::Number(number) => Self::Integer(*number),
            Literal::Text(text) => Self::Text(text.clone()),
        }
    }
}

/// How good or bad a status is, the good first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Tone {
    /// As it should be.
    Good,
    /// Under way.
    Info,
    /// Nothing to say.
    #[default]
    Neutral,
    /// Wants an eye.
    Warn,
    /// Wants doing something.
    Bad,
}

/// A field that is shown.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// The field of the DocType (or of the child table).
    pub field: FieldName,
    /// What it is called here.
    pub label: String,
    /// What kind of value it has.
    #[serde(default)]
    pub kind: Kind,
    /// The unit of a number.
    #[serde(default)]
    pub unit: Option<String>,
    /// The field that holds the unit of a number.
    #[serde(default)]
    pub unit_field: Option<FieldName>,
    /// The most decimals a number is shown with.
    #[serde(default = "three")]
    pub decimals: u8,
    /// Whether visitors may sort by it, as a column of the list.
    #[serde(default)]
    pub sortable: bool,
    /// What the values are called, where that is not the value itself (a docstatus, say).
    #[serde(default)]
    pub names: BTreeMap<String, String>,
}

const fn three() -> u8 {
    3
}

/// What kind of value a field has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Text on a line.
    #[default]
    Text,
    /// A document's name or another code.
    Code,
    /// A Select whose values have tones.
    Status,
    /// A Date.
    Date,
    /// A Datetime, in the site's time zone.
    Datetime,
    /// A number.
    Number,
    /// A Check: yes or no.
    Check,
    /// Text of several lines.
    Lines,
    /// The way of the goods, as `route` declares it.
    Route,
}

/// The way of the goods, from the first row of a child table to its last: asked for in one question
/// for all rows of a page, limited to parents just proved to be the customer's, because Frappe
/// checks no more than the DocType there (`child_table_with_parent`).
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Route {
    /// The Table field; a column of this field and kind `route` shows it.
    pub field: FieldName,
    /// The DocType of the child table.
    pub child_doctype: DocType,
    /// Where a leg begins: the first of these fields that is filled.
    pub from: Vec<FieldName>,
    /// Where a leg ends.
    pub to: Vec<FieldName>,
}

/// A filter that visitors may set.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FilterField {
    /// The field, which is also the name of the query parameter.
    pub field: FieldName,
    /// What it is called.
    pub label: String,
    /// The values one may choose from, as the page shows them; a date filter when there are none.
    #[serde(default)]
    pub choices: Vec<String>,
}

impl FilterField {
    /// Whether it is a date filter, with `FIELD_from` and `FIELD_to`.
    #[must_use]
    pub fn is_date(&self) -> bool {
        self.choices.is_empty()
    }
}

/// A declared order: a field, and which way.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SortKey {
    /// The field.
    pub field: FieldName,
    /// Whether the largest comes first.
    pub descending: bool,
}

impl fmt::Display for SortKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{}{}",
            if self.descending { "-" } else { "" },
            self.field
        )
    }
}

impl SortKey {
    /// `field` or `-field`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (descending, field) = text
            .strip_prefix('-')
            .map_or((false, text), |rest| (true, rest));
        Some(Self {
            field: FieldName::parse(field).ok()?,
            descending,
        })
    }
}

impl<'de> Deserialize<'de> for SortKey {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| {
            let accepted = "a field's name, with - in front for descending";
            serde::de::Error::invalid_value(serde::de::Unexpected::Str(&text), &accepted)
        })
    }
}

impl PageFile {
    /// The fields visitors may sort by.
    pub fn sortable(&self) -> impl Iterator<Item = &Field> {
        self.columns.iter().filter(|column| column.sortable)
    }

    /// The fields of the DocType itself that are shown anywhere.
    pub fn fields(&self) -> impl Iterator<Item = &Field> {
        let of_sections = self.sections.iter().flat_map(|section| match section {
            Section::Fields { fields, .. } => fields.as_slice(),
            _ => &[],
        });
        self.columns
            .iter()
            .chain(&self.status)
            .chain(&self.facts)
            .chain(of_sections)
    }

    /// The filter on `field`.
    #[must_use]
    pub fn filter(&self, field: &str) -> Option<&FilterField> {
        self.filters
            .iter()
            .find(|filter| filter.field.as_str() == field)
    }

    /// The fields that the start page shows of a document of a view, beside its name and status.
    #[must_use]
    pub fn shown(&self, view: &View) -> Vec<&Field> {
        if view.shows.is_empty() {
            let status = self.status.as_ref().map(|status| &status.field);
            let is_fact = |column: &&Field| {
                column.field.as_str() != "name"
                    && column.kind != Kind::Route
                    && Some(&column.field) != status
            };
            return self.columns.iter().filter(is_fact).collect();
        }
        let declared = |field: &FieldName| {
            let mut fields = self.columns.iter().chain(&self.facts);
            fields.find(|declared| declared.field == *field)
        };
        view.shows.iter().filter_map(declared).collect()
    }

    /// The view of that name.
    #[must_use]
    pub fn view(&self, name: &str) -> Option<&View> {
        self.views.iter().find(|view| view.name.as_str() == name)
    }

    /// The checklist of papers, if the page has one.
    #[must_use]
    pub fn checklist(&self) -> Option<&Checklist> {
        self.sections.iter().find_map(|section| match section {
            Section::Checklist(checklist) => Some(checklist),
            _ => None,
        })
    }

    /// The operations, if the page has them.
    #[must_use]
    pub fn operations(&self) -> Option<&Operations> {
        self.sections.iter().find_map(|section| match section {
            Section::Operations(operations) => Some(operations),
            _ => None,
        })
    }

    /// What the values of a field are called, by value as Frappe stores it; empty where they speak
    /// for themselves.
    #[must_use]
    pub fn names(&self, field: &FieldName) -> Option<&BTreeMap<String, String>> {
        self.fields()
            .filter(|declared| declared.field == *field)
            .map(|declared| &declared.names)
            .find(|names| !names.is_empty())
    }

    /// What Frappe stores for a value as the page shows it: several where several have one name.
    #[must_use]
    pub fn stored(&self, field: &FieldName, shown: &str) -> Vec<Operand> {
        let Some(names) = self.names(field) else {
            return vec![shown.into()];
        };
        names
            .iter()
            .filter(|(_, name)| *name == shown)
            .map(|(value, _)| {
                value
                    .parse::<i64>()
                    .map_or_else(|_| value.as_str().into(), Operand::from)
            })
            .collect()
    }

    /// The meanings: those of the filters' choices in their order, then the others, the good before
    /// the bad.
    pub fn told_meanings(&self) -> impl Iterator<Item = (&str, &str)> {
        let choices = || self.filters.iter().flat_map(|filter| &filter.choices);
        let of_choices = choices().filter_map(|choice| self.meanings.get_key_value(choice));
        let mut others: Vec<_> = self
            .meanings
            .iter()
            .filter(|(value, _)| !choices().any(|choice| choice == *value))
            .collect();
        others.sort_by_key(|(value, _)| self.tone(value));
        of_choices
            .chain(others)
            .map(|(value, meaning)| (value.as_str(), meaning.as_str()))
    }

    /// Whether documents have a checklist of papers.
    #[must_use]
    pub fn has_papers(&self) -> bool {
        self.checklist().is_some()
    }

    /// How good or bad a status is.
    #[must_use]
    pub fn tone(&self, status: &str) -> Tone {
        self.tones.get(status).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod fits;
#[cfg(test)]
mod tests;
