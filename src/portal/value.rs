//! The values that leave the portal: declared fields, read in their declared kind.
//!
//! A [`crate::frappe::Record`] may hold more than is shown; only what passes through [`read`] here
//! goes on. What does not fit its kind goes on as plain text rather than being guessed at.

use jiff::civil::{Date, DateTime};
use serde::{Serialize, Serializer};

use super::page::{Field, Kind};
use crate::frappe::{FieldName, Held, Record};

/// The value of a declared field.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Nothing.
    Empty,
    /// Text.
    Text(String),
    /// A day.
    Date(Date),
    /// A moment on the site's clock.
    DateTime(DateTime),
    /// A number, and its unit.
    Number(f64, Option<String>),
    /// Yes or no.
    Check(bool),
    /// The way of the goods.
    Route(Route),
}

/// Where goods come from and go to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Route {
    /// Where they come from.
    pub from: Option<String>,
    /// Where they go to.
    pub to: Option<String>,
}

/// JSON has dates as `2026-11-22`, moments as `2026-11-22T14:05:00` (the site's clock has no
/// offset), and nothing as null.
impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Empty => serializer.serialize_none(),
            Self::Text(text) => serializer.serialize_str(text),
            Self::Date(date) => serializer.collect_str(date),
            Self::DateTime(moment) => serializer.collect_str(&moment.strftime("%Y-%m-%dT%H:%M:%S")),
            Self::Number(number, _) if number.fract() == 0.0 && number.abs() < 9e15 =>
            {
                #[expect(clippy::cast_possible_truncation, reason = "it is whole and fits")]
                serializer.serialize_i64(*number as i64)
            }
            Self::Number(number, _) => serializer.serialize_f64(*number),
            Self::Check(ticked) => serializer.serialize_bool(*ticked),
            Self::Route(route) => route.serialize(serializer),
        }
    }
}

/// Declared fields of a record, in their order. They are few, and looking through them costs less than
/// keeping them sorted.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fields(Vec<(FieldName, Value)>);

impl Fields {
    /// Reads these fields; one that is declared twice, as it is declared last.
    #[must_use]
    pub fn read<'a>(record: &Record, declared: impl IntoIterator<Item = &'a Field>) -> Self {
        let mut fields = Self::default();
        for field in declared {
            fields.put(&field.field, read(record, field));
        }
        fields
    }

    /// What a field holds; `None` where it was not declared.
    #[must_use]
    pub fn get(&self, name: &FieldName) -> Option<&Value> {
        let found = self.0.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value)
    }

    /// Puts a value into a field, in place of what it held.
    pub fn put(&mut self, name: &FieldName, value: Value) {
        match self.0.iter_mut().find(|(known, _)| known == name) {
            Some((_, held)) => *held = value,
            None => self.0.push((name.clone(), value)),
        }
    }
}

/// Reads a declared field from a record.
#[must_use]
pub fn read(record: &Record, field: &Field) -> Value {
    let name = &field.field;
    match field.kind {
        Kind::Text | Kind::Code | Kind::Lines | Kind::Status => text(record, name, field),
        Kind::Date => record
            .date(name)
            .map_or_else(|| text(record, name, field), Value::Date),
        Kind::Datetime => record
            .datetime(name)
            .map_or_else(|| text(record, name, field), Value::DateTime),
        Kind::Number => record.number(name).map_or_else(
            || text(record, name, field),
            |number| {
                let unit = field.unit_field.as_ref().and_then(|unit| record.text(unit));
                Value::Number(
                    number,
                    unit.map(str::to_owned).or_else(|| field.unit.clone()),
                )
            },
        ),
        Kind::Check => Value::Check(record.check(name)),
        // Filled in from the child table, once the rows are known.
        Kind::Route => Value::Empty,
    }
}

fn text(record: &Record, name: &FieldName, field: &Field) -> Value {
    let text = match record.value(name) {
        Some(Held::Text(text)) => text.trim().to_owned(),
        Some(Held::Number(number)) => number.to_string(),
        _ => String::new(),
    };
    if text.is_empty() {
        return Value::Empty;
    }
    Value::Text(field.names.get(&text).cloned().unwrap_or(text))
}

/// The fields that Frappe must be asked for so that these can be read.
pub fn asked_for<'a>(fields: impl IntoIterator<Item = &'a Field>) -> Vec<FieldName> {
    let mut names: Vec<FieldName> = Vec::new();
    for field in fields {
        if field.kind == Kind::Route {
            continue;
        }
        for name in std::iter::once(&field.field).chain(&field.unit_field) {
            if !names.contains(name) {
                names.push(name.clone());
            }
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn field(kind: &str) -> Field {
        toml::from_str(&format!("field = \"x\"\nlabel = \"X\"\nkind = \"{kind}\"\nunit_field = \"uom\"\nnames = {{ \"0\" = \"Draft\" }}"))
            .expect("a field")
    }

    fn value(kind: &str, json: &serde_json::Value) -> Value {
        let record =
            Record::from_json(json!({"name": "A", "x": json, "uom": "Kg"})).expect("a record");
        read(&record, &field(kind))
    }

    #[test]
    fn values_are_read_in_their_declared_kind() {
        for (kind, json, expected) in [
            ("text", json!(" Acme "), Value::Text("Acme".to_owned())),
            ("text", json!(""), Value::Empty),
            ("text", json!(null), Value::Empty),
            ("text", json!(0), Value::Text("Draft".to_owned())),
            ("text", json!({"a": 1}), Value::Empty),
            (
                "date",
                json!("2026-11-22"),
                Value::Date(jiff::civil::date(2026, 11, 22)),
            ),
            ("date", json!("soon"), Value::Text("soon".to_owned())),
            (
                "datetime",
                json!("2026-11-22 14:05:06.123456"),
                Value::DateTime(jiff::civil::datetime(2026, 11, 22, 14, 5, 6, 123_456_000)),
            ),
            (
                "number",
                json!(8815.64),
                Value::Number(8815.64, Some("Kg".to_owned())),
            ),
            ("number", json!(null), Value::Empty),
            ("number", json!("many"), Value::Text("many".to_owned())),
            ("check", json!(1), Value::Check(true)),
            ("check", json!(null), Value::Check(false)),
        ] {
            assert_eq!(value(kind, &json), expected, "{kind} of {json}");
        }
    }

    #[test]
    fn json_has_numbers_as_numbers_and_dates_as_dates() {
        let shown = |value: Value| serde_json::to_string(&value).expect("JSON");
        assert_eq!(shown(Value::Number(23.0, None)), "23");
        assert_eq!(shown(Value::Number(0.14, None)), "0.14");
        assert_eq!(shown(value("date", &json!("2026-11-22"))), "\"2026-11-22\"");
        assert_eq!(
            shown(value("datetime", &json!("2026-11-22 14:05:06.5"))),
            "\"2026-11-22T14:05:06\""
        );
        assert_eq!(shown(Value::Empty), "null");
    }

    #[test]
    fn the_unit_of_a_number_is_asked_for_with_it() {
        let names = asked_for([&field("number"), &field("text")]);
        assert_eq!(
            names.iter().map(FieldName::as_str).collect::<Vec<_>>(),
            ["x", "uom"]
        );
    }
}
