//! The `filters` and `or_filters` of a list query: their forms, their operators, their edges.
//!
//! Reads them as they were sent and refuses what Frappe refuses before it asks the database; what
//! a filter then means is in `conditions`.

use serde_json::{Map, Value, json};

use super::answers::Failure;
use super::cells::{self, python_type};
use super::meta::{CHILD_FIELDS, DEFAULT_FIELDS, Field, Meta, Metas, OPTIONAL_FIELDS};

/// One filter, in its long form.
#[derive(Debug)]
pub(super) struct Filter {
    pub(super) doctype: String,
    pub(super) fieldname: String,
    pub(super) operator: String,
    pub(super) value: Value,
}

pub(super) const TREE_OPERATORS: [&str; 5] = [
    "descendants of",
    "ancestors of",
    "not descendants of",
    "not ancestors of",
    "descendants of (inclusive)",
];
const OPERATORS: [&str; 15] = [
    "=", "!=", ">", "<", ">=", "<=", "like", "not like", "in", "not in", "is", "between",
    "timespan", "previous", "next",
];

/// Whether a name passes Frappe's check without being a field of the `DocType`.
pub(super) fn is_standard(fieldname: &str) -> bool {
    let name = match fieldname.split('.').nth(1) {
        Some(name) => name.trim_matches('`'),
        None => fieldname,
    };
    name == "doctype"
        || DEFAULT_FIELDS.contains(&name)
        || OPTIONAL_FIELDS.contains(&name)
        || CHILD_FIELDS.contains(&name)
}

/// Finds the field that a name in a query means: of the `DocType`, of a link or table field of
/// it, or of a table that is named.
pub(super) fn find_field<'a>(
    meta: &'a Meta,
    qualifier: Option<&str>,
    fieldname: &str,
) -> Result<Option<(&'a Meta, &'a Field)>, Failure> {
    let owner = match qualifier {
        None => meta,
        Some(qualifier) => {
            let doctype = match (meta.field(qualifier), qualifier.strip_prefix("tab")) {
                (None, Some(doctype)) => doctype,
                (Some(field), _) => field.options.as_str(),
                (None, None) => {
                    return Err(Failure::python(
                        "AttributeError",
                        "'NoneType' object has no attribute 'options'",
                    ));
                }
            };
            Metas::get()
                .meta(doctype)
                .ok_or_else(|| Failure::unknown_doctype(doctype))?
        }
    };
    Ok(owner.field(fieldname).map(|field| (owner, field)))
}

/// Reads `filters` as they were sent, refusing what Frappe refuses before it asks the database.
pub(super) fn parse(meta: &Meta, filters: &Value) -> Result<Vec<Filter>, Failure> {
    match filters {
        _ if !cells::is_truthy(filters) => Ok(Vec::new()),
        Value::Array(list) => {
            for entry in list {
                validate_entry(meta, entry)?;
            }
            list.iter().map(|entry| from_entry(meta, entry)).collect()
        }
        Value::Object(map) => {
            for fieldname in map.keys() {
                validate_name(meta, fieldname)?;
            }
            map.iter()
                .map(|(fieldname, value)| from_pair(meta, fieldname, value))
                .collect()
        }
        Value::String(text) => Err(Failure::unknown_field(
            &text.chars().take(1).collect::<String>(),
        )),
        other => Err(not_iterable(other)),
    }
}

pub(super) fn not_iterable(value: &Value) -> Failure {
    Failure::python(
        "TypeError",
        format!("'{}' object is not iterable", python_type(value)),
    )
}

fn validate_name(meta: &Meta, fieldname: &str) -> Result<(), Failure> {
    if is_standard(fieldname) {
        return Ok(());
    }
    let (qualifier, name) = match fieldname.split_once('.') {
        Some((qualifier, name)) => (Some(qualifier), name.split('.').next().unwrap_or(name)),
        None => (None, fieldname.trim_matches('`')),
    };
    match find_field(meta, qualifier, name)? {
        Some(_) => Ok(()),
        None if !meta.has_fields() => Ok(()),
        None => Err(Failure::unknown_field(fieldname)),
    }
}

fn validate_entry(meta: &Meta, entry: &Value) -> Result<(), Failure> {
    let letters;
    let parts = match entry {
        Value::Array(parts) => parts.as_slice(),
        // A flat list of words: Frappe takes each for a filter and its letters for the parts.
        Value::String(word) => {
            letters = word
                .chars()
                .map(|letter| json!(letter.to_string()))
                .collect::<Vec<_>>();
            letters.as_slice()
        }
        Value::Object(_) => return Err(Failure::python("KeyError", "1")),
        other => {
            let message = format!("object of type '{}' has no len()", python_type(other));
            return Err(Failure::python("TypeError", message));
        }
    };
    let word = |at: usize| match parts.get(at) {
        Some(Value::String(word)) => Ok(word.as_str()),
        Some(other) => Err(Failure::python(
            "TypeError",
            format!("argument of type '{}' is not iterable", python_type(other)),
        )),
        None => Err(Failure::python("IndexError", "list index out of range")),
    };
    if parts.len() == 3 {
        return validate_name(meta, word(0)?);
    }
    let fieldname = word(1)?;
    if is_standard(fieldname) {
        return Ok(());
    }
    let doctype = word(0)?;
    let named = Metas::get()
        .meta(doctype)
        .ok_or_else(|| Failure::unknown_doctype(doctype))?;
    match named.field(fieldname) {
        Some(_) => Ok(()),
        None => Err(Failure::unknown_field(fieldname)),
    }
}

fn from_pair(meta: &Meta, fieldname: &str, value: &Value) -> Result<Filter, Failure> {
    match value {
        Value::Array(parts) => match parts.as_slice() {
            [operator, value, ..] => filter(&meta.name, fieldname, operator, value),
            _ => Err(Failure::python("IndexError", "list index out of range")),
        },
        value => filter(&meta.name, fieldname, &json!("="), value),
    }
}

fn from_entry(meta: &Meta, entry: &Value) -> Result<Filter, Failure> {
    let parts = match entry {
        Value::Array(parts) => parts,
        Value::Object(map) => return from_object(meta, map),
        _ => {
            return Err(Failure::validation(
                "Filter must be a tuple or list (in a list)",
            ));
        }
    };
    match parts.as_slice() {
        [Value::String(fieldname), operator, value] => {
            filter(&meta.name, fieldname, operator, value)
        }
        [
            Value::String(doctype),
            Value::String(fieldname),
            operator,
            value,
            ..,
        ] => filter(doctype, fieldname, operator, value),
        _ => Err(Failure::validation(format!(
            "Filter must have 4 values (doctype, fieldname, operator, value): {entry}"
        ))),
    }
}

fn from_object(meta: &Meta, map: &Map<String, Value>) -> Result<Filter, Failure> {
    match map.iter().next() {
        Some((fieldname, value)) => from_pair(meta, fieldname, value),
        None => Err(Failure::python("StopIteration", "")),
    }
}

fn filter(
    doctype: &str,
    fieldname: &str,
    operator: &Value,
    value: &Value,
) -> Result<Filter, Failure> {
    let operator = match operator {
        operator if !cells::is_truthy(operator) => "=".to_owned(),
        Value::String(operator) => operator.to_lowercase(),
        other => {
            let message = format!("'{}' object has no attribute 'lower'", python_type(other));
            return Err(Failure::python("AttributeError", message));
        }
    };
    let known =
        OPERATORS.contains(&operator.as_str()) || TREE_OPERATORS.contains(&operator.as_str());
    if !known {
        let all: Vec<&str> = OPERATORS.into_iter().chain(TREE_OPERATORS).collect();
        return Err(Failure::validation(format!(
            "Operator must be one of {}",
            all.join(", ")
        )));
    }
    Ok(Filter {
        doctype: doctype.to_owned(),
        fieldname: fieldname.to_owned(),
        operator,
        value: value.clone(),
    })
}
