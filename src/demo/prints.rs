//! `frappe.utils.print_format.download_pdf`: a document printed with a Print Format.
//!
//! It promises Frappe's rights (read and print, `print_pdf_other`, `print_pdf_bill_to_other`), its
//! one trap (a format that does not exist is printed as Standard, which shows every field) and its
//! failures (`print_pdf_custom_format`); what stands on the paper is this site's own.

use serde_json::Value;

use super::answers::{Answer, Failure};
use super::cells;
use super::meta::{Meta, Metas};
use super::paper::{self, Paper};
use super::permissions::Access;
use super::records::{Record, children, int, text};
use super::state::State;
use super::visit::Visit;

/// Prints, or refuses.
pub(super) fn download_pdf(state: &State, visit: &Visit) -> Result<Answer, Failure> {
    for name in ["doctype", "name"] {
        if !visit.form.contains_key(name) {
            let message =
                format!("download_pdf() missing 1 required positional argument: '{name}'");
            return Err(Failure::python("TypeError", message));
        }
    }
    let (doctype, name) = (visit.parameter("doctype"), visit.parameter("name"));
    let meta = Metas::get()
        .meta(doctype)
        .ok_or_else(|| Failure::unknown_doctype(doctype))?;
    let access = Access::new(&state.records, &visit.user);
    let document = state
        .records
        .get(doctype, name)
        .ok_or_else(|| Failure::missing(doctype, name))?;
    for right in ["read", "print"] {
        let (mut reasons, mut printed) = (Vec::new(), Vec::new());
        if !access.may_document(meta, right, document, &mut reasons, &mut printed) {
            return Err(Failure::may_not_print(doctype, text(document, "name")));
        }
    }
    let wanted = visit.parameter("format");
    let format = state.records.get("Print Format", wanted);
    if format.is_some_and(|format| int(format, "disabled") != 0) {
        return Err(Failure::missing("Print Format", wanted));
    }
    if !state.prints || format.is_some_and(|format| text(format, "html").contains("://")) {
        return Err(Failure::pdf_engine());
    }
    let body = paper::pdf(&Paper {
        title: format.map_or(doctype, |format| text(format, "name")),
        number: text(document, "name"),
        letterhead: (!cells::is_truthy(&cells::sbool(&Value::from(
            visit.parameter("no_letterhead"),
        ))))
        .then(|| letterhead(visit)),
        language: language(state, visit),
        lines: format.map_or_else(
            || every_field(document),
            |format| chosen(format, meta, document),
        ),
    });
    let mut answer = Answer::new(200, "application/pdf", body);
    let file_name = text(document, "name").replace([' ', '/'], "-");
    answer
        .headers
        .push(("content-disposition", format!("filename={file_name}.pdf")));
    Ok(answer)
}

/// A document in the Standard format.
pub(super) fn standard(doctype: &str, document: &Record) -> Vec<u8> {
    paper::pdf(&Paper {
        title: doctype,
        number: text(document, "name"),
        letterhead: None,
        language: "en",
        lines: every_field(document),
    })
}

fn letterhead(visit: &Visit) -> &str {
    match visit.parameter("letterhead") {
        "" => "Havenlicht Logistics BV · Maasvlakteweg 951 · Rotterdam",
        named => named,
    }
}

/// The language that was asked for, the user's, or the site's (`lang_user_de_403`).
fn language<'a>(state: &'a State, visit: &'a Visit) -> &'a str {
    let asked = visit.parameter("_lang");
    let of_user = || {
        let user = state.records.get("User", &visit.user)?;
        Some(text(user, "language")).filter(|language| !language.is_empty())
    };
    if asked.is_empty() {
        of_user().unwrap_or("en")
    } else {
        asked
    }
}

/// The fields that a format names, each with its value: a format of this site's holds their names,
/// with a comma between them, in its `html`.
fn chosen(format: &Record, meta: &Meta, document: &Record) -> Vec<(String, String)> {
    text(format, "html")
        .split(',')
        .map(str::trim)
        .filter(|field| !field.is_empty())
        .filter_map(|field| {
            let value = cells::text(document.get(field)?).into_owned();
            (!value.is_empty()).then(|| (label(meta, field), value))
        })
        .collect()
}

/// The Standard format: everything, costs too.
fn every_field(document: &Record) -> Vec<(String, String)> {
    let mut lines = Vec::new();
    for (field, value) in document {
        if value.is_array() {
            for row in children(document, field) {
                let row: Vec<_> = row
                    .iter()
                    .map(|(field, value)| format!("{field} {}", cells::text(value)))
                    .collect();
                lines.push((field.clone(), row.join(", ")));
            }
        } else {
            lines.push((field.clone(), cells::text(value).into_owned()));
        }
    }
    lines
}

fn label(meta: &Meta, field: &str) -> String {
    meta.field(field).map_or_else(
        || field.replace('_', " "),
        |declared| declared.label.clone(),
    )
}
