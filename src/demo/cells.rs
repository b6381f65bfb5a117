//! How the database reads and compares single values: numbers in text, dates in text, NULL first.
//!
//! Used by filters and orders. Values stand as the records hold them: JSON, NULL as `Null`.

use std::borrow::Cow;
use std::cmp::Ordering;

use jiff::civil::{Date, DateTime};
use serde_json::Value;

use super::answers::Failure;
use super::collation;
use super::meta::Kind;

/// A value as a number: text counts as far as it is one (`'12abc'` is 12, `'abc'` is 0).
pub(super) fn number(value: &Value) -> f64 {
    match value {
        Value::Number(number) => number.as_f64().unwrap_or_default(),
        Value::Bool(truth) => f64::from(u8::from(*truth)),
        Value::String(text) => leading_number(text),
        _ => 0.0,
    }
}

fn leading_number(text: &str) -> f64 {
    let text = text.trim_start();
    let mut end = 0;
    for (place, character) in text.char_indices() {
        let fits = character.is_ascii_digit()
            || (matches!(character, '-' | '+') && place == 0)
            || (character == '.' && !text[..place].contains('.'));
        if !fits {
            break;
        }
        end = place + character.len_utf8();
    }
    text[..end].parse().unwrap_or_default()
}

/// A value as text, as Python's `cstr` writes it.
pub(super) fn text(value: &Value) -> Cow<'_, str> {
    match value {
        Value::Null => Cow::Borrowed(""),
        Value::String(text) => Cow::Borrowed(text),
        Value::Bool(true) => Cow::Borrowed("True"),
        Value::Bool(false) => Cow::Borrowed("False"),
        other => Cow::Owned(other.to_string()),
    }
}

/// Compares two values of a column; NULL comes first.
pub(super) fn compare(kind: Kind, left: &Value, right: &Value) -> Ordering {
    match (left.is_null(), right.is_null()) {
        (true, true) => return Ordering::Equal,
        (true, false) => return Ordering::Less,
        (false, true) => return Ordering::Greater,
        (false, false) => {}
    }
    match kind {
        Kind::Number => number(left).total_cmp(&number(right)),
        Kind::Text => match (left, right) {
            (Value::Number(_), Value::Number(_)) => number(left).total_cmp(&number(right)),
            _ => collation::compare(&text(left), &text(right)),
        },
        Kind::Date | Kind::Datetime | Kind::Time => text(left).cmp(&text(right)),
    }
}

/// A date and time in any of the forms that Frappe's parser is given in practice.
pub(super) fn parse_datetime(text: &str) -> Option<DateTime> {
    let text = text.trim();
    if text.len() < 8 || !text.is_ascii() {
        return None;
    }
    let slashed;
    let text = if text.as_bytes().get(4) == Some(&b'/') {
        slashed = text.replacen('/', "-", 2);
        slashed.as_str()
    } else {
        text
    };
    if let Ok(date) = text.parse::<Date>() {
        return Some(date.at(0, 0, 0, 0));
    }
    text.parse::<DateTime>().ok()
}

/// The form in which dates and times are compared: all of them equally long.
pub(super) fn datetime_text(moment: DateTime) -> String {
    moment.strftime("%Y-%m-%d %H:%M:%S.%6f").to_string()
}

/// Frappe's `format_date` of a filter's value: nothing is today, nonsense is refused.
pub(super) fn format_date(value: &Value, today: Date) -> Result<String, Failure> {
    let given = match value {
        Value::Null | Value::Bool(false) => return Ok(today.to_string()),
        Value::String(text) if text.is_empty() => return Ok(today.to_string()),
        Value::String(text) => text,
        other => return Err(not_a_string(other)),
    };
    match parse_datetime(given) {
        Some(moment) => Ok(moment.date().to_string()),
        None => Err(Failure::validation(format!(
            "<strong>{given}</strong> is not a valid date string."
        ))),
    }
}

/// Frappe's `format_datetime`: nothing is the beginning of time.
pub(super) fn format_datetime(value: &Value) -> Result<String, Failure> {
    let given = match value {
        Value::Null | Value::Bool(false) => return Ok(BEGINNING.to_owned()),
        Value::String(text) if text.is_empty() => return Ok(BEGINNING.to_owned()),
        Value::String(text) => text,
        other => return Err(not_a_string(other)),
    };
    parse_datetime(given)
        .map(datetime_text)
        .ok_or_else(|| Failure::python("ParserError", format!("Unknown string format: {given}")))
}

/// What stands for NULL where dates and times are compared.
pub(super) const BEGINNING: &str = "0001-01-01 00:00:00.000000";

fn not_a_string(value: &Value) -> Failure {
    Failure::python(
        "TypeError",
        format!(
            "Parser must be a string or character stream, not {}",
            python_type(value)
        ),
    )
}

/// What Python calls the type of a JSON value.
pub(super) const fn python_type(value: &Value) -> &'static str {
    match value {
        Value::Null => "NoneType",
        Value::Bool(_) => "bool",
        Value::Number(_) => "int",
        Value::String(_) => "str",
        Value::Array(_) => "list",
        Value::Object(_) => "dict",
    }
}

/// Frappe's `cint`: what is no number is 0 (`limit_not_a_number`).
pub(super) fn cint(value: &Value) -> i64 {
    match value {
        Value::Number(number) => number
            .as_i64()
            .or_else(|| number.as_f64().map(truncated))
            .unwrap_or_default(),
        Value::Bool(truth) => i64::from(*truth),
        Value::String(text) => {
            let text = text.trim();
            text.parse()
                .ok()
                .or_else(|| text.parse().ok().map(truncated))
                .unwrap_or_default()
        }
        _ => 0,
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "truncating is what Python's int() does"
)]
const fn truncated(number: f64) -> i64 {
    number as i64
}

/// Whether Python takes a value for true.
pub(super) fn is_truthy(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(truth) => *truth,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(list) => !list.is_empty(),
        Value::Object(map) => !map.is_empty(),
    }
}

/// Frappe's `sbool`: the words for true and false, anything else as it is.
pub(super) fn sbool(value: &Value) -> Value {
    match value.as_str().map(str::to_lowercase).as_deref() {
        Some("true" | "1") => Value::Bool(true),
        Some("false" | "0") => Value::Bool(false),
        _ => value.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn text_counts_as_the_number_it_begins_with() {
        for (value, expected) in [
            (json!("12abc"), 12.0),
            (json!("abc"), 0.0),
            (json!("-1.5"), -1.5),
            (json!(""), 0.0),
        ] {
            assert!((number(&value) - expected).abs() < f64::EPSILON, "{value}");
        }
    }

    #[test]
    fn null_sorts_first_and_numbers_sort_as_numbers() {
        assert_eq!(
            compare(Kind::Text, &Value::Null, &json!("")),
            Ordering::Less
        );
        assert_eq!(
            compare(Kind::Number, &json!(9), &json!(10.5)),
            Ordering::Less
        );
        assert_eq!(
            compare(Kind::Text, &json!("b"), &json!("A")),
            Ordering::Greater
        );
    }

    #[test]
    fn a_date_is_the_midnight_that_it_begins_with() {
        let moment = parse_datetime("2026-11-22").map(datetime_text);
        assert_eq!(moment.as_deref(), Some("2026-11-22 00:00:00.000000"));
        assert!(parse_datetime("next week").is_none());
        assert!(parse_datetime("2026-13-01").is_none());
    }
}
