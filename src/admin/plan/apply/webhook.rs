//! The fields of a webhook: all of them, or those that are not as they have to be.

use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

use super::super::Amiss;
use super::Tools;
use crate::admin::names::WEBHOOK_PATH;
use crate::frappe::DocType;

/// A webhook for this event of a DocType.
pub(super) fn whole(
    name: &str,
    doctype: &DocType,
    event: &str,
    customer: Option<&str>,
    tools: &Tools,
) -> Value {
    let mut fields = signed(tools);
    fields.extend(body(doctype, customer));
    fields.extend([
        ("name", json!(name)),
        ("webhook_doctype", json!(doctype.as_str())),
        ("webhook_docevent", json!(event)),
        ("enabled", json!(1)),
        ("request_url", json!(hook(tools, event))),
        ("request_method", json!("POST")),
        (
            "webhook_headers",
            json!([{"key": "Content-Type", "value": "application/json"}]),
        ),
    ]);
    object(fields)
}

/// What is amiss with such a webhook, set right.
pub(super) fn mended(
    was: &[Amiss],
    doctype: &DocType,
    event: &str,
    customer: Option<&str>,
    tools: &Tools,
) -> Value {
    object(was.iter().flat_map(|amiss| match amiss {
        Amiss::Address(_) => vec![("request_url", json!(hook(tools, event)))],
        Amiss::Event(_) => vec![("webhook_docevent", json!(event))],
        Amiss::Off => vec![("enabled", json!(1))],
        Amiss::Unsigned | Amiss::Secret => signed(tools),
        Amiss::Template(_) => body(doctype, customer),
    }))
}

type Fields = Vec<(&'static str, Value)>;

fn object(fields: impl IntoIterator<Item = (&'static str, Value)>) -> Value {
    fields
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

/// Where a webhook for this event leads.
fn hook(tools: &Tools, event: &str) -> String {
    format!("{}{WEBHOOK_PATH}?event={event}", tools.public_url)
}

fn signed(tools: &Tools) -> Fields {
    let secret = tools.webhook_secret.expose_secret();
    vec![
        ("enable_security", json!(1)),
        ("webhook_secret", json!(secret)),
    ]
}

/// Fields instead of a template, in an order and of kinds that a signature is stable over. Form
/// URL-Encoded is the kind that keeps them, and sends JSON (`webhook_delivery_form_ascii`).
fn body(of_doctype: &DocType, customer: Option<&str>) -> Fields {
    let mut data = vec![
        json!({"fieldname": "doctype", "key": "doctype"}),
        json!({"fieldname": "name", "key": "name"}),
        json!({"fieldname": "modified", "key": "modified"}),
    ];
    data.extend(customer.map(|field| json!({"fieldname": field, "key": "customer"})));
    if of_doctype.as_str() == "User Permission" {
        data.push(json!({"fieldname": "user", "key": "user"}));
    }
    vec![
        ("request_structure", json!("Form URL-Encoded")),
        ("webhook_json", Value::Null),
        ("webhook_data", json!(data)),
    ]
}
