//! The words of JSON Schema that the description is written in.
#![expect(
    clippy::needless_pass_by_value,
    reason = "schemas are made on the spot and put into one another"
)]

use serde_json::{Map, Value, json};

use crate::portal::page::{Field, Kind};

/// An object with exactly these properties.
pub fn object<'a>(properties: impl IntoIterator<Item = (&'a str, Value)>) -> Value {
    let properties: Map<String, Value> = properties
        .into_iter()
        .map(|(name, schema)| (name.to_owned(), schema))
        .collect();
    let required: Vec<&String> = properties.keys().collect();
    json!({
        "type": "object",
        "required": required,
        "properties": properties,
        "additionalProperties": false,
    })
}

/// An object with some of these properties.
pub fn partial(mut object: Value) -> Value {
    object["required"] = json!([]);
    object
}

/// Text.
pub fn text(description: &str) -> Value {
    json!({"type": "string", "description": description})
}

/// Text, or nothing.
pub fn optional_text(description: &str) -> Value {
    json!({"type": ["string", "null"], "description": description})
}

/// A number that counts.
pub fn count(description: &str) -> Value {
    json!({"type": "integer", "minimum": 0, "description": description})
}

/// A list.
pub fn list(items: Value) -> Value {
    json!({"type": "array", "items": items})
}

/// Nothing, or that.
pub fn optional(schema: Value) -> Value {
    json!({"oneOf": [schema, {"type": "null"}]})
}

/// A schema by its name.
pub fn reference(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

/// The customers whose rows these are.
pub fn customers() -> Value {
    list(text("A customer's name."))
}

/// When the site was asked.
pub fn as_of() -> Value {
    json!({"type": "string", "format": "date-time", "description": "When the site was asked, in UTC."})
}

/// Whether the site could not be asked just now.
pub fn stale() -> Value {
    json!({"type": "boolean", "description": "Whether the site could not be reached, and this is the last that is known."})
}

/// A declared field's value, by its kind. What does not fit its kind is told as the text that it is.
pub fn field(field: &Field) -> Value {
    let label = &field.label;
    match field.kind {
        Kind::Text | Kind::Code | Kind::Status | Kind::Lines => optional_text(label),
        Kind::Date => optional_text(&format!("{label}: a day, as 2026-11-22.")),
        Kind::Datetime => optional_text(&format!(
            "{label}: a moment on the site's clock, as 2026-11-22T14:05:00, without an offset."
        )),
        Kind::Number => {
            let unit = field.unit.as_ref().map(|unit| format!(", in {unit}"));
            json!({
                "type": ["number", "string", "null"],
                "description": format!("{label}{}.", unit.unwrap_or_default()),
            })
        }
        Kind::Check => json!({"type": ["boolean", "null"], "description": label}),
        Kind::Route => optional(object([
            ("from", optional_text("Where the goods come from.")),
            ("to", optional_text("Where they go to.")),
        ])),
    }
}

/// Declared fields.
pub fn fields<'page>(fields: impl IntoIterator<Item = &'page Field>) -> Vec<(&'page str, Value)> {
    fields
        .into_iter()
        .map(|declared| (declared.field.as_str(), field(declared)))
        .collect()
}

/// A parameter of the query.
pub fn parameter(name: &str, description: &str, schema: Value) -> Value {
    json!({"name": name, "in": "query", "description": description, "schema": schema})
}

/// A parameter that may stand several times.
pub fn repeated(name: &str, description: &str, items: Value) -> Value {
    let mut parameter = parameter(name, description, list(items));
    parameter["explode"] = json!(true);
    parameter
}

/// A part of the path.
pub fn in_path(name: &str, description: &str) -> Value {
    json!({
        "name": name,
        "in": "path",
        "required": true,
        "description": description,
        "schema": {"type": "string", "minLength": 1, "maxLength": 140},
    })
}
