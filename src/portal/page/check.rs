//! What a page file must hold beyond its form, told with the file and the key.

use std::collections::BTreeSet;

use super::{Computed, Field, Kind, PageFile, PageName, Section, Types, View};
use crate::config::ConfigError;

/// Why a page file cannot be used.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct PageError(#[from] ConfigError);

impl PageError {
    pub(super) fn told(file: &str, key: &str, found: &str, accepted: &str) -> Self {
        Self(ConfigError::contradiction(file, key, found, accepted))
    }
}

/// Query parameters that every list has.
const RESERVED: [&str; 8] = [
    "customer",
    "view",
    "q",
    "sort",
    "page",
    "page_size",
    "name",
    "making",
];

/// Reads a page file's text; `file` is what errors call it.
///
/// # Errors
/// When the text is not a page file.
pub(super) fn parse(file: &str, text: &str) -> Result<PageFile, PageError> {
    let page: PageFile = ConfigError::read_toml(file, text)?;
    check(file, &page)?;
    Ok(page)
}

fn check(file: &str, page: &PageFile) -> Result<(), PageError> {
    let refuse =
        |key: &str, found: &str, accepted: &str| Err(PageError::told(file, key, found, accepted));
    if !page.sortable().any(|field| field.field == page.order.field) {
        return refuse(
            "order",
            &format!("{}", page.order),
            "the field of a column with sortable = true",
        );
    }
    if !page
        .columns
        .iter()
        .any(|column| column.field.as_str() == "name")
    {
        return refuse(
            "columns",
            "no column for the field name",
            "a column for it: it leads to the document",
        );
    }
    for column in &page.columns {
        if column.kind == Kind::Route
            && (column.sortable
                || page
                    .route
                    .as_ref()
                    .is_none_or(|route| route.field != column.field))
        {
            let key = format!("columns.{}", column.field);
            return refuse(
                &key,
                "kind = \"route\"",
                "that kind with a [route] of the same field, and not sortable",
            );
        }
    }
    let routes = page.columns.iter();
    if let Some(again) = routes.filter(|column| column.kind == Kind::Route).nth(1) {
        return refuse(
            &format!("columns.{}", again.field),
            "two columns of kind = \"route\"",
            "one: both would show the same",
        );
    }
    if let Some(field) = fields_of_documents(page).find(|field| field.kind == Kind::Route) {
        return refuse(
            field.field.as_str(),
            "kind = \"route\"",
            "that kind for a column of the list only",
        );
    }
    for fixed in &page.fixed {
        if fixed.filter().is_none() {
            return refuse(
                &format!("fixed.{}", fixed.field),
                "both or none of is and is_not",
                "one of them",
            );
        }
    }
    check_filters(file, page)?;
    check_views(file, page)?;
    check_prints(file, page)?;
    let mut keys = BTreeSet::new();
    for section in &page.sections {
        if !keys.insert(section.key()) {
            return refuse(
                "sections",
                &format!("two that JSON would call {}", section.key()),
                "one of each",
            );
        }
    }
    check_words(file, page)?;
    check_files(file, page)?;
    for alias in &page.aliases {
        let good = !alias.is_empty()
            && alias.chars().all(|letter| {
                letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_'
            });
        if !good {
            return refuse(
                "aliases",
                alias,
                "lower-case letters, digits and underscores",
            );
        }
    }
    Ok(())
}

fn check_views(file: &str, page: &PageFile) -> Result<(), PageError> {
    let mut names = BTreeSet::new();
    for view in &page.views {
        let refuse = |key: &str, found: &str, accepted: &str| {
            let key = format!("views.{}{key}", view.name);
            Err(PageError::told(file, &key, found, accepted))
        };
        if !names.insert(&view.name) {
            return refuse("", "the same name twice", "one view of a name");
        }
        if view.all.is_empty() && view.any.is_empty() && view.rows.is_none() {
            return refuse("", "nothing that narrows the list", "all, any or rows");
        }
        if let Some(needed) = missing_child_doctype(page, view) {
            return refuse(".rows", "nothing that tells it", needed);
        }
        for field in &view.shows {
            let is_shown = page.columns.iter().chain(&page.facts).any(|declared| {
                declared.field == *field
                    && declared.kind != Kind::Route
                    && declared.field.as_str() != "name"
            });
            if !is_shown {
                return refuse(
                    ".shows",
                    field.as_str(),
                    "the fields of columns and facts, other than name and a route",
                );
            }
        }
    }
    Ok(())
}

fn check_prints(file: &str, page: &PageFile) -> Result<(), PageError> {
    let mut names = BTreeSet::new();
    for print in &page.prints {
        let refuse = |key: &str, found: &str, accepted: &str| {
            let key = format!("print.{}{key}", print.name);
            Err(PageError::told(file, &key, found, accepted))
        };
        if !names.insert(&print.name) {
            return refuse("", "the same name twice", "one print of a name");
        }
        if print.label.trim().is_empty() {
            return refuse(".label", "nothing", "the words of its link");
        }
        if print.no_letterhead && print.letterhead.is_some() {
            return refuse(
                ".letterhead",
                "one beside no_letterhead = true",
                "one of both",
            );
        }
    }
    Ok(())
}

/// What a page needs for a view that is worked out from a child table, and does not have.
fn missing_child_doctype(page: &PageFile, view: &View) -> Option<&'static str> {
    let (child_doctype, needed) = match view.rows? {
        Computed::RequiredPapers => (
            page.checklist()
                .and_then(|checklist| checklist.child_doctype.as_ref()),
            "that with a section of kind checklist that names its child_doctype",
        ),
        Computed::RunningOperations => (
            page.operations()
                .and_then(|operations| operations.child_doctype.as_ref()),
            "that with a section of kind operations that names its child_doctype",
        ),
    };
    child_doctype.is_none().then_some(needed)
}

fn check_filters(file: &str, page: &PageFile) -> Result<(), PageError> {
    let refuse =
        |key: &str, found: &str, accepted: &str| Err(PageError::told(file, key, found, accepted));
    let mut seen = BTreeSet::new();
    for filter in &page.filters {
        let key = format!("filters.{}", filter.field);
        if RESERVED.contains(&filter.field.as_str()) || filter.field == page.customer {
            return refuse(&key, "a parameter that every list has", "another field");
        }
        if !seen.insert(&filter.field) {
            return refuse(&key, "the same field twice", "one filter for a field");
        }
        if let Some(names) = page.names(&filter.field) {
            let named = |choice: &&String| names.values().any(|name| name == *choice);
            if let Some(choice) = filter.choices.iter().find(|choice| !named(choice)) {
                let known: Vec<_> = names.values().map(String::as_str).collect();
                let accepted = format!("a name that the field has: {}", known.join(", "));
                return refuse(&key, choice, &accepted);
            }
        }
    }
    Ok(())
}

/// What is said beside the data: the group in the menu, and what values mean.
fn check_words(file: &str, page: &PageFile) -> Result<(), PageError> {
    let refuse =
        |key: &str, found: &str, accepted: &str| Err(PageError::told(file, key, found, accepted));
    for (value, meaning) in &page.meanings {
        let known = page.tones.contains_key(value)
            || page
                .filters
                .iter()
                .any(|filter| filter.choices.contains(value));
        if !known || meaning.trim().is_empty() {
            let key = format!("meanings.{value}");
            let accepted = "a sentence about a value that tones or the choices of a filter name";
            return refuse(&key, meaning, accepted);
        }
    }
    if page
        .group
        .as_ref()
        .is_some_and(|group| group.trim().is_empty())
    {
        return refuse("group", "nothing", "the words of an entry of the menu");
    }
    Ok(())
}

fn check_files(file: &str, page: &PageFile) -> Result<(), PageError> {
    let Some(files) = &page.files else {
        return Ok(());
    };
    let names_types = files.types != Types::default();
    if names_types && !page.has_papers() {
        let accepted = "types with a section of kind checklist, whose papers have them";
        return Err(PageError::told(
            file,
            "files.types",
            "no checklist",
            accepted,
        ));
    }
    if !names_types && !files.others {
        let accepted = "types, others = true, or no [files] at all";
        return Err(PageError::told(file, "files", "no file at all", accepted));
    }
    Ok(())
}

/// The fields of a document's page.
fn fields_of_documents(page: &PageFile) -> impl Iterator<Item = &Field> {
    let of_sections = page.sections.iter().flat_map(|section| match section {
        Section::Fields { fields, .. } => fields.as_slice(),
        Section::Table(table) => table.columns.as_slice(),
        _ => &[],
    });
    page.facts.iter().chain(&page.status).chain(of_sections)
}

/// The page's name, from its file's.
pub(super) fn name(file: &str, stem: &str) -> Result<PageName, PageError> {
    PageName::parse(stem).ok_or_else(|| {
        PageError::told(
            file,
            "the file's name",
            stem,
            "lower-case letters, digits and hyphens, as transport-jobs.toml",
        )
    })
}
