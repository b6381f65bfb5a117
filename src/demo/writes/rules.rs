//! What a document must hold to be stored: its name, what is mandatory, links that lead somewhere,
//! and what single `DocTypes` ask for besides.

use serde_json::{Map, Value, json};

use super::super::answers::Failure;
use super::super::meta::{Field, Meta, Metas};
use super::super::records::{Record, Records, children, int, text};
use super::super::state::State;

/// The events of documents, as Webhook lists them (`webhook_create_unknown_event`).
const EVENTS: [&str; 7] = [
    "after_insert",
    "on_update",
    "on_submit",
    "on_cancel",
    "on_trash",
    "on_update_after_submit",
    "on_change",
];
/// Those that only a submitted document has.
const EVENTS_OF_SUBMITTED: [&str; 3] = ["on_submit", "on_cancel", "on_update_after_submit"];

/// What a new document holds before anything was sent.
pub(super) fn defaults(doctype: &str) -> Record {
    let defaults = match doctype {
        // `user_create`
        "User" => json!({
            "enabled": 1, "send_welcome_email": 1, "unsubscribed": 0, "mute_sounds": 0,
            "desk_theme": "Light", "search_bar": 1, "notifications": 1, "list_sidebar": 1,
            "bulk_actions": 1, "view_switcher": 1, "form_sidebar": 1, "timeline": 1,
            "dashboard": 1, "new_password": "", "logout_all_sessions": 1,
            "document_follow_frequency": "Daily", "simultaneous_sessions": 2, "thread_notify": 1, "allowed_in_mentions": 1,
            "onboarding_status": "{}",
            "user_type": "Website User", "time_zone": "Europe/Amsterdam", "language": "en",
        }),
        // `webhook_create_json`
        "Webhook" => json!({
            "enabled": 1, "timeout": 5, "request_method": "POST", "meets_condition": "Yes",
            "preview_request_body": "Select a document to preview request data",
        }),
        // `bare_custom_docperm_post`
        "Custom DocPerm" => json!({"read": 1, "export": 1}),
        // `contact_create_with_link`
        "Contact" => json!({"status": "Passive", "phone": "", "mobile_no": "", "image": ""}),
        "User Permission" => json!({"apply_to_all_doctypes": 1}),
        _ => json!({}),
    };
    match defaults {
        Value::Object(record) => record,
        _ => Record::new(),
    }
}

/// How a new document is called.
pub(super) fn name_of_new(
    meta: &Meta,
    sent: &Map<String, Value>,
    random: &str,
) -> Result<String, Failure> {
    let name = match meta.name.as_str() {
        "User" => text(sent, "email").trim().to_lowercase(),
        "Role" => text(sent, "role_name").to_owned(),
        // `webhook_create_without_name`
        "Webhook" if text(sent, "name").is_empty() => {
            return Err(Failure::validation("Please set the document name"));
        }
        "Webhook" => text(sent, "name").to_owned(),
        // `contact_create_with_link`
        "Contact" => {
            let person = [text(sent, "first_name"), text(sent, "last_name")];
            let person = person.into_iter().filter(|part| !part.is_empty());
            let customer = sent
                .get("links")
                .and_then(|links| links.get(0)?.get("link_name")?.as_str());
            let parts = person.collect::<Vec<_>>().join(" ");
            customer.map_or_else(|| parts.clone(), |customer| format!("{parts}-{customer}"))
        }
        _ => random.to_owned(),
    };
    Ok(name)
}

/// Checks a document, and writes links as what they lead to is written.
pub(super) fn check(
    state: &State,
    meta: &Meta,
    record: &mut Record,
    sent: &Map<String, Value>,
) -> Result<(), Failure> {
    match meta.name.as_str() {
        "User" => check_user(state, record, text(sent, "new_password"))?,
        "User Permission" => check_user_permission(state, record)?,
        "Webhook" => check_webhook(record)?,
        "Portal Settings" => check_menu(record)?,
        _ => {}
    }
    links(&state.records, meta, record, "")?;
    for table in meta.table_fields() {
        let Some(child) = Metas::get().meta(&table.options) else {
            continue;
        };
        if let Some(Value::Array(rows)) = record.get_mut(&table.fieldname) {
            for (at, row) in rows.iter_mut().enumerate() {
                if let Value::Object(row) = row {
                    links(&state.records, child, row, &format!("Row #{}: ", at + 1))?;
                }
            }
        }
    }
    Ok(())
}

/// The `DocType` whose child table this is; a record does not say of which it is.
pub(super) fn parent_of(parent: &Record, field: &Field) -> String {
    let holders = Metas::get().parents_of(&field.options);
    let known = children(parent, &field.fieldname).next();
    known
        .map(|row| text(row, "parenttype").to_owned())
        .filter(|name| !name.is_empty())
        .or_else(|| {
            let mut holders = holders
                .iter()
                .filter(|(_, of)| of.fieldname == field.fieldname);
            holders.next().map(|(meta, _)| meta.name.clone())
        })
        .unwrap_or_default()
}

/// Links to what this site holds records of; those to anything else are taken as they are.
fn links(records: &Records, meta: &Meta, record: &mut Record, place: &str) -> Result<(), Failure> {
    for field in meta.link_fields() {
        let value = text(record, &field.fieldname).to_owned();
        if value.is_empty() {
            continue;
        }
        let stored = match field.options.as_str() {
            "DocType" => Metas::get().meta(&value).map(|meta| meta.name.clone()),
            "User" | "Customer" | "Role" => records
                .get(&field.options, &value)
                .map(|found| text(found, "name").to_owned()),
            _ => continue,
        };
        let Some(stored) = stored else {
            return Err(Failure::no_such_link(
                &format!("{place}{}", field.label),
                &value,
            ));
        };
        record.insert(field.fieldname.clone(), json!(stored));
    }
    Ok(())
}

fn check_user(state: &State, record: &mut Record, password: &str) -> Result<(), Failure> {
    let email = text(record, "email").to_owned();
    let is_address = email.contains('@') && !email.contains(char::is_whitespace);
    let name = text(record, "name").to_owned();
    if !is_address && name != "Administrator" {
        return Err(Failure::bad_address(&email));
    }
    if text(record, "first_name").is_empty() {
        let words = ["Error: Value missing for User: First Name".to_owned()];
        return Err(Failure::mandatory(
            &format!("User, {name}"),
            &["first_name"],
            &words,
        ));
    }
    if !password.is_empty() {
        state.require_strong(password)?;
    }
    record.insert("email".to_owned(), json!(email.to_lowercase()));
    Ok(())
}

fn check_user_permission(state: &State, record: &mut Record) -> Result<(), Failure> {
    let missing: Vec<&str> = ["user", "allow", "for_value"]
        .into_iter()
        .filter(|field| text(record, field).is_empty())
        .collect();
    if !missing.is_empty() {
        let words: Vec<String> = missing
            .iter()
            .map(|field| format!("Error: Value missing for User Permission: {field}"))
            .collect();
        let document = format!("User Permission, {}", text(record, "name"));
        return Err(Failure::mandatory(&document, &missing, &words));
    }
    let (allow, value) = (text(record, "allow"), text(record, "for_value"));
    let Some(found) = state.records.get(allow, value) else {
        return Err(Failure::no_such_link("For Value", value));
    };
    let value = text(found, "name").to_owned();
    record.insert("for_value".to_owned(), json!(value));
    let own = text(record, "name");
    let is_same = |other: &&Record| {
        text(other, "name") != own
            && ["user", "allow", "for_value", "applicable_for"]
                .iter()
                .all(|field| text(other, field) == text(record, field))
    };
    if state
        .records
        .documents("User Permission")
        .any(|other| is_same(&other))
    {
        return Err(Failure::duplicate("User permission already exists"));
    }
    Ok(())
}

fn check_webhook(record: &Record) -> Result<(), Failure> {
    let event = text(record, "webhook_docevent");
    if !EVENTS.contains(&event) {
        let all = EVENTS.map(|event| format!("\"{event}\"")).join(", ");
        return Err(Failure::validation(format!(
            " Doc Event cannot be \"{event}\". It should be one of {all}"
        )));
    }
    let is_submittable = Metas::get()
        .meta(text(record, "webhook_doctype"))
        .is_some_and(|meta| meta.is_submittable);
    if EVENTS_OF_SUBMITTED.contains(&event) && !is_submittable {
        return Err(Failure::validation(
            "DocType must be Submittable for the selected Doc Event",
        ));
    }
    let url = text(record, "request_url");
    if !url.starts_with("http://") && !url.starts_with("https://") {
        return Err(Failure::validation("Check Request URL"));
    }
    let has_secret = !text(record, "webhook_secret").is_empty();
    if int(record, "enable_security") != 0 && !has_secret {
        return Err(Failure::validation("Invalid Webhook Secret"));
    }
    Ok(())
}

/// `portalset_put_missing_route`
fn check_menu(record: &Record) -> Result<(), Failure> {
    for table in ["menu", "custom_menu"] {
        let mut rows = children(record, table).enumerate();
        if let Some((at, _)) = rows.find(|(_, row)| text(row, "route").is_empty()) {
            let words = format!(
                "Error: <strong>Portal Menu Item</strong> Row #{}: Value missing for: Route",
                at + 1
            );
            return Err(Failure::mandatory(
                "Portal Settings, Portal Settings",
                &["route"],
                &[words],
            ));
        }
    }
    Ok(())
}
