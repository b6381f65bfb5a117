//! The records of the site: one table for each DocType, rows by name as the database compares it.
//!
//! Reads the format of the recorded data set: a `<doctype>.jsonl.gz` for each DocType, a document
//! a line, NULL left out, child rows inside their parent; `singles.json` for Single DocTypes.
//! Knows nothing of users or permissions.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::io::{BufRead, BufReader, Read};
use std::sync::Arc;

use anyhow::{Context, bail};
use flate2::read::GzDecoder;
use jiff::{Span, civil};
use serde_json::{Map, Value};

use super::collation;
use super::meta::{Meta, Metas};

/// A document or a child row: field names to values, NULL left out.
pub(super) type Record = Map<String, Value>;

/// All records. Copies share the tables that neither of them has changed.
#[derive(Clone, Debug, Default)]
pub(super) struct Records {
    tables: HashMap<String, Arc<BTreeMap<Vec<u32>, Record>>>,
    singles: HashMap<String, Record>,
}

/// The text of a field, empty where it is NULL or no text.
pub(super) fn text<'a>(record: &'a Record, field: &str) -> &'a str {
    record
        .get(field)
        .and_then(Value::as_str)
        .unwrap_or_default()
}

/// A check or number field as Frappe's `cint` reads it.
pub(super) fn int(record: &Record, field: &str) -> i64 {
    match record.get(field) {
        Some(Value::Number(number)) => number.as_i64().unwrap_or_default(),
        Some(Value::String(text)) => text.trim().parse().unwrap_or_default(),
        Some(Value::Bool(true)) => 1,
        _ => 0,
    }
}

impl Records {
    /// Takes in one file of the data set; `name` is its file name. Dates are moved by `days`.
    pub(super) fn load(&mut self, name: &str, bytes: &[u8], days: i64) -> anyhow::Result<()> {
        if name == "singles.json" {
            let mut singles: HashMap<String, Value> =
                serde_json::from_slice(bytes).with_context(|| name.to_owned())?;
            for (doctype, value) in singles.drain() {
                if let Value::Object(mut record) = value {
                    settle(&mut record, days);
                    self.singles.insert(doctype, record);
                }
            }
            return Ok(());
        }
        let Some(stem) = name.strip_suffix(".jsonl.gz") else {
            return Ok(());
        };
        let doctype = doctype_of(stem);
        let reader: Box<dyn Read> = Box::new(GzDecoder::new(bytes));
        for (number, line) in BufReader::new(reader).lines().enumerate() {
            let line = line.with_context(|| name.to_owned())?;
            if line.trim().is_empty() {
                continue;
            }
            let mut record: Record = serde_json::from_str(&line)
                .with_context(|| format!("{name}, line {}", number + 1))?;
            settle(&mut record, days);
            if text(&record, "name").is_empty() {
                bail!("{name}, line {}: a record without a name", number + 1);
            }
            self.put(&doctype, record);
        }
        Ok(())
    }

    /// The document of this name, whatever its case.
    pub(super) fn get(&self, doctype: &str, name: &str) -> Option<&Record> {
        self.tables.get(doctype)?.get(&collation::key(name))
    }

    /// The one document of a Single DocType.
    pub(super) fn single(&self, doctype: &str) -> Option<&Record> {
        self.singles.get(doctype)
    }

    pub(super) fn single_mut(&mut self, doctype: &str) -> &mut Record {
        self.singles.entry(doctype.to_owned()).or_default()
    }

    /// Stores a document under its own name, in the place of one that is there.
    pub(super) fn put(&mut self, doctype: &str, record: Record) {
        let key = collation::key(text(&record, "name"));
        let table = self.tables.entry(doctype.to_owned()).or_default();
        Arc::make_mut(table).insert(key, record);
    }

    pub(super) fn remove(&mut self, doctype: &str, name: &str) -> Option<Record> {
        let table = self.tables.get_mut(doctype)?;
        Arc::make_mut(table).remove(&collation::key(name))
    }

    pub(super) fn get_mut(&mut self, doctype: &str, name: &str) -> Option<&mut Record> {
        let table = self.tables.get_mut(doctype)?;
        Arc::make_mut(table).get_mut(&collation::key(name))
    }

    /// The documents of a DocType that stand in a table of their own, by name.
    pub(super) fn documents(&self, doctype: &str) -> impl Iterator<Item = &Record> {
        self.tables
            .get(doctype)
            .into_iter()
            .flat_map(|table| table.values())
    }

    /// Every row of a DocType's table, by name; for a child table the rows of all parents.
    pub(super) fn rows(&self, meta: &Meta) -> Vec<&Record> {
        let mut rows: Vec<&Record> = self.documents(&meta.name).collect();
        if meta.name == "DocPerm" {
            // Those of DocTypes as shipped, where the records bring none.
            let brought: HashSet<&str> = rows.iter().map(|row| text(row, "parent")).collect();
            let shipped = Metas::get()
                .iter()
                .filter(|meta| !brought.contains(meta.name.as_str()));
            rows.extend(shipped.flat_map(|meta| &meta.permissions));
        }
        if meta.is_child {
            for (parent, field) in Metas::get().parents_of(&meta.name) {
                let single = self.singles.get(&parent.name);
                for document in self.documents(&parent.name).chain(single) {
                    rows.extend(children(document, &field.fieldname));
                }
            }
            rows.sort_by_cached_key(|row| collation::key(text(row, "name")));
        }
        rows
    }
}

/// The child rows that stand in a document under `fieldname`.
pub(super) fn children<'a>(
    document: &'a Record,
    fieldname: &str,
) -> impl Iterator<Item = &'a Record> + use<'a> {
    document
        .get(fieldname)
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default()
        .iter()
        .filter_map(Value::as_object)
}

/// The `DocType` of a file: the one that is so written, or else the words with capitals.
fn doctype_of(stem: &str) -> String {
    let capitalised = |word: &str| {
        let mut letters = word.chars();
        let first = letters
            .next()
            .map(|letter| letter.to_uppercase().to_string());
        first.unwrap_or_default() + letters.as_str()
    };
    let known = Metas::get().scrubbed(stem).map(str::to_owned);
    known.unwrap_or_else(|| {
        stem.split('_')
            .map(capitalised)
            .collect::<Vec<_>>()
            .join(" ")
    })
}

/// Brings stored values into the form that the site answers: no microseconds where there are
/// none (`values_types`), and every date moved by `days`.
fn settle(record: &mut Record, days: i64) {
    for value in record.values_mut() {
        settle_value(value, days);
    }
}

fn settle_value(value: &mut Value, days: i64) {
    match value {
        Value::String(text) => {
            if days != 0
                && let Some(moved) = moved_date(text, days)
            {
                *text = moved;
            }
            if text.len() == 26 && text.ends_with(".000000") {
                text.truncate(19);
            }
        }
        Value::Array(values) => {
            for value in values {
                settle_value(value, days);
            }
        }
        Value::Object(record) => settle(record, days),
        _ => {}
    }
}

fn moved_date(text: &str, days: i64) -> Option<String> {
    let date = text.get(..10)?;
    let rest = text.get(10..)?;
    let looks_right = date.bytes().enumerate().all(|(place, byte)| match place {
        4 | 7 => byte == b'-',
        _ => byte.is_ascii_digit(),
    });
    let is_time = rest.len() >= 9
        && rest.starts_with(' ')
        && rest
            .bytes()
            .skip(1)
            .all(|byte| byte.is_ascii_digit() || matches!(byte, b':' | b'.'));
    if !looks_right || !(rest.is_empty() || is_time) {
        return None;
    }
    let date: civil::Date = date.parse().ok()?;
    let moved = date.checked_add(Span::new().try_days(days).ok()?).ok()?;
    Some(format!("{moved}{rest}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_names_lead_to_doctypes() {
        for (stem, doctype) in [
            ("transport_job", "Transport Job"),
            ("custom_docperm", "Custom DocPerm"),
            ("docperm", "DocPerm"),
            ("bin", "Bin"),
            ("user_permission", "User Permission"),
        ] {
            assert_eq!(doctype_of(stem), doctype);
        }
        assert_eq!(doctype_of("no_such_thing"), "No Such Thing");
    }

    #[test]
    fn dates_move_and_other_text_does_not() {
        assert_eq!(moved_date("2026-11-22", 10).as_deref(), Some("2026-12-02"));
        assert_eq!(
            moved_date("2026-11-22 08:00:00.000000", -22).as_deref(),
            Some("2026-10-31 08:00:00.000000")
        );
        for text in [
            "2026-11-22 and later",
            "PO-2026-11-22",
            "2026-13-99",
            "",
            "éééééé",
        ] {
            assert_eq!(moved_date(text, 3), None);
        }
    }
}
