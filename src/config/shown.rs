//! The settings in force, as an operator may see them.

use serde_json::Value;

use super::Settings;

impl Settings {
    /// All settings in force, by key (`site.url`), as an operator may see them: the types of secrets
    /// write that they are set and nothing else.
    #[must_use]
    pub fn shown(&self) -> Vec<(String, String)> {
        let mut shown = Vec::new();
        // What cannot be written is no setting: all of them were read from text.
        let all = serde_json::to_value(self).unwrap_or_default();
        flatten("", &all, &mut shown);
        shown
    }
}

/// Tables become keys with dots, lists texts with commas; what is not set is left out.
fn flatten(key: &str, value: &Value, shown: &mut Vec<(String, String)>) {
    match value {
        Value::Object(table) if !table.is_empty() => {
            for (name, value) in table {
                let dot = if key.is_empty() { "" } else { "." };
                flatten(&format!("{key}{dot}{name}"), value, shown);
            }
        }
        Value::Null | Value::Object(_) => {}
        Value::Array(values) => {
            let texts: Vec<String> = values.iter().map(text_of).collect();
            shown.push((key.to_owned(), texts.join(", ")));
        }
        value => shown.push((key.to_owned(), text_of(value))),
    }
}

fn text_of(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}
