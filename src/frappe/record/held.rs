//! What a field holds.

use serde_json::{Number, Value};

use super::ALLOCATION;

/// What a field holds that is no child table. Most fields of most rows hold nothing or a short text; a
/// JSON value would take three times the room for either.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Held {
    /// NULL.
    Nothing,
    /// Yes or no, where it is written so.
    Bool(bool),
    /// A number.
    Number(Number),
    /// A text.
    Text(Box<str>),
    /// JSON that is neither of these, nor a child table.
    Json(Box<Value>),
}

impl Held {
    /// The text, where it is one.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The number, where it is one.
    #[must_use]
    pub fn as_number(&self) -> Option<&Number> {
        match self {
            Self::Number(number) => Some(number),
            _ => None,
        }
    }

    /// As JSON has it.
    #[must_use]
    pub fn to_json(&self) -> Value {
        match self {
            Self::Nothing => Value::Null,
            Self::Bool(is_so) => (*is_so).into(),
            Self::Number(number) => number.clone().into(),
            Self::Text(text) => (**text).into(),
            Self::Json(value) => (**value).clone(),
        }
    }

    /// About how many bytes it takes beside its own size.
    #[must_use]
    pub fn heap(&self) -> usize {
        match self {
            Self::Text(text) => ALLOCATION + text.len(),
            Self::Json(value) => ALLOCATION + size_of_val(&**value) + heap_of_json(value),
            Self::Nothing | Self::Bool(_) | Self::Number(_) => 0,
        }
    }
}

fn heap_of_json(value: &Value) -> usize {
    match value {
        Value::String(text) => ALLOCATION + text.len(),
        Value::Array(values) => {
            let of_value = |value: &Value| size_of_val(value) + heap_of_json(value);
            ALLOCATION + values.iter().map(of_value).sum::<usize>()
        }
        Value::Object(fields) => {
            // Such maps keep room for as many again.
            let of_field = |(name, value): (&String, &Value)| {
                2 * (size_of_val(name) + size_of_val(value) + size_of::<[usize; 2]>())
                    + ALLOCATION
                    + name.len()
                    + heap_of_json(value)
            };
            2 * ALLOCATION + fields.iter().map(of_field).sum::<usize>()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_takes_three_words_and_a_json_value_more() {
        assert_eq!(size_of::<Held>(), 3 * size_of::<usize>());
        assert!(size_of::<Value>() > size_of::<Held>());
    }
}
