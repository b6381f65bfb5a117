//! Changes of documents over REST, of the few `DocTypes` that administrators' commands change.
//!
//! Frappe's order: the right to change, then the document, then what is in it (`rules`), then what
//! other parts of the site do about it (`effects`). A child table that is sent replaces the one that
//! is stored, row by row as sent (`portalset_put_add_row`, `custlink_customer_put_only_new_row`).

mod effects;
mod rules;

use serde_json::{Map, Value, json};

use super::answers::{Failure, hash};
use super::documents::{self, find, require};
use super::meta::{Field, Meta, Metas};
use super::permissions::Access;
use super::records::{Record, children, text};
use super::state::State;
use super::visit::Visit;

/// What can be made, changed and deleted here; the Single and the customers are only changed.
const CHANGEABLE: [&str; 8] = [
    "Contact",
    "Custom DocPerm",
    "Customer",
    "Portal Settings",
    "Role",
    "User",
    "User Permission",
    "Webhook",
];
const ONLY_CHANGED: [&str; 2] = ["Customer", "Portal Settings"];

/// Whether this site takes changes of the `DocType`.
fn is_changeable(doctype: &str) -> bool {
    CHANGEABLE.contains(&doctype)
}

/// `POST /api/resource/<DocType>`
pub(super) fn create(
    state: &mut State,
    visit: &mut Visit,
    doctype: &str,
) -> Result<Value, Failure> {
    let meta = allowed(state, visit, doctype, "create")?;
    if !is_changeable(doctype) || ONLY_CHANGED.contains(&doctype) {
        return Err(unknown_change());
    }
    let sent = visit.form.clone();
    let mut record = rules::defaults(doctype);
    let name = rules::name_of_new(meta, &sent, &hash(10))?;
    stamp(state, visit, &mut record, &name);
    put_in(state, visit, meta, &mut record, &sent);
    let secrets = hide_secrets(meta, &mut record, &sent);
    rules::check(state, meta, &mut record, &sent)?;
    if state.records.get(doctype, &name).is_some() {
        return Err(Failure::duplicate(format!(
            "{doctype} <strong>{name}</strong> already exists"
        )));
    }
    keep_secrets(state, doctype, &name, secrets);
    effects::before(state, doctype, &mut record);
    state.records.put(doctype, record);
    effects::after(state, visit, doctype, &name, true);
    answer(state, meta, &name, &sent)
}

/// `PUT /api/resource/<DocType>/<name>`
pub(super) fn update(
    state: &mut State,
    visit: &mut Visit,
    doctype: &str,
    name: &str,
) -> Result<Value, Failure> {
    let user = visit.user.clone();
    let (meta, mut record) = {
        if doctype != "User" {
            allowed(state, visit, doctype, "write")?;
        }
        let access = Access::new(&state.records, &user);
        let (meta, document) = find(&access, doctype, name)?;
        require(&access, visit, meta, &document, "write")?;
        (meta, (*document).clone())
    };
    if doctype == "User" && !may_change_any_user(state, &user) {
        return documents::update_own_user(state, visit, name);
    }
    if !is_changeable(doctype) {
        return Err(unknown_change());
    }
    let sent = visit.form.clone();
    let stored = text(&record, "modified").to_owned();
    if let Some(known) = sent.get("modified").and_then(Value::as_str)
        && known != stored
    {
        return Err(Failure::timestamp_mismatch(&stored, known));
    }
    let name = text(&record, "name").to_owned();
    record.insert("modified".to_owned(), json!(state.site_time()));
    record.insert("modified_by".to_owned(), json!(user));
    put_in(state, visit, meta, &mut record, &sent);
    let secrets = hide_secrets(meta, &mut record, &sent);
    rules::check(state, meta, &mut record, &sent)?;
    keep_secrets(state, doctype, &name, secrets);
    effects::before(state, doctype, &mut record);
    if meta.is_single {
        *state.records.single_mut(doctype) = record;
    } else {
        state.records.put(doctype, record);
    }
    effects::after(state, visit, doctype, &name, false);
    answer(state, meta, &name, &sent)
}

/// `DELETE /api/resource/<DocType>/<name>`
pub(super) fn delete(
    state: &mut State,
    visit: &mut Visit,
    doctype: &str,
    name: &str,
) -> Result<Value, Failure> {
    let user = visit.user.clone();
    {
        let access = Access::new(&state.records, &user);
        let (meta, document) = find(&access, doctype, name)?;
        require(&access, visit, meta, &document, "delete")?;
    }
    if !is_changeable(doctype) || ONLY_CHANGED.contains(&doctype) {
        return Err(unknown_change());
    }
    if let Some(holder) = effects::holder_of(state, doctype, name) {
        return Err(Failure::linked(doctype, name, &holder));
    }
    state.records.remove(doctype, name);
    visit.status = 202;
    Ok(json!("ok"))
}

fn unknown_change() -> Failure {
    Failure::validation("The demo ERP does not take changes of this kind")
}

/// The right to change documents of this `DocType` at all; the refusal has no traceback
/// (`up_create_as_reader`, `portalset_put_sysmgr`).
fn allowed(
    state: &State,
    visit: &Visit,
    doctype: &str,
    right: &str,
) -> Result<&'static Meta, Failure> {
    let meta = Metas::get()
        .meta(doctype)
        .ok_or_else(|| Failure::unknown_doctype(doctype))?;
    Access::new(&state.records, &visit.user)
        .require(meta, right, None)
        .map_err(Failure::without_traceback)?;
    Ok(meta)
}

fn may_change_any_user(state: &State, user: &str) -> bool {
    let access = Access::new(&state.records, user);
    Metas::get()
        .meta("User")
        .is_some_and(|meta| access.may_by_role(meta, "write"))
}

fn stamp(state: &State, visit: &Visit, record: &mut Record, name: &str) {
    let moment = state.site_time();
    for (field, value) in [
        ("name", json!(name)),
        ("owner", json!(visit.user)),
        ("creation", json!(moment)),
        ("modified", json!(moment)),
        ("modified_by", json!(visit.user)),
        ("docstatus", json!(0)),
        ("idx", json!(0)),
    ] {
        record.insert(field.to_owned(), value);
    }
}

fn put_in(
    state: &State,
    visit: &Visit,
    meta: &Meta,
    record: &mut Record,
    sent: &Map<String, Value>,
) {
    for (name, value) in sent {
        // A user's address is his name, and is not changed this way (`user_rename_email_put`).
        let is_fixed = meta.name == "User" && name == "email" && record.contains_key("email");
        let Some(field) = meta.field(name).filter(|_| !is_fixed) else {
            continue;
        };
        if field.is_table() {
            let rows = table(state, visit, field, record, value);
            record.insert(name.clone(), rows);
        } else if value.is_null() {
            record.remove(name);
        } else if field.fieldtype != "Password" {
            record.insert(name.clone(), value.clone());
        }
    }
}

/// The rows of a child table, as sent: what a row leaves out is empty.
fn table(state: &State, visit: &Visit, field: &Field, parent: &Record, sent: &Value) -> Value {
    let Some(child) = Metas::get().meta(&field.options) else {
        return json!([]);
    };
    let known: Vec<&str> = children(parent, &field.fieldname)
        .map(|row| text(row, "name"))
        .collect();
    let rows = sent.as_array().into_iter().flatten().enumerate();
    let rows = rows.filter_map(|(at, row)| {
        let row = row.as_object()?;
        let name = text(row, "name");
        let is_known = known.contains(&name);
        let name = if is_known { name.to_owned() } else { hash(10) };
        let owner = if is_known {
            text(parent, "owner")
        } else {
            visit.user.as_str()
        };
        let mut made = Record::new();
        for (key, value) in [
            ("name", json!(name)),
            ("owner", json!(owner)),
            (
                "creation",
                parent
                    .get("creation")
                    .cloned()
                    .unwrap_or(json!(state.site_time())),
            ),
            ("modified", json!(state.site_time())),
            ("modified_by", json!(visit.user)),
            ("docstatus", json!(0)),
            ("idx", json!(at + 1)),
        ] {
            made.insert(key.to_owned(), value);
        }
        for (key, value) in row.iter().filter(|(_, value)| !value.is_null()) {
            if child.field(key).is_some() {
                made.insert(key.clone(), value.clone());
            }
        }
        for (key, value) in [
            ("parent", json!(text(parent, "name"))),
            ("parentfield", json!(field.fieldname)),
            ("parenttype", json!(rules::parent_of(parent, field))),
        ] {
            made.insert(key.to_owned(), value);
        }
        if !is_known {
            made.insert("__unsaved".to_owned(), json!(1));
        }
        Some(Value::Object(made))
    });
    rows.collect()
}

/// Passwords are stored apart; their fields show as many asterisks (`webhook_get`). What was read
/// and is sent back changes nothing (`webhook_put_masked_secret`). Gives what is to be stored.
fn hide_secrets(meta: &Meta, record: &mut Record, sent: &Map<String, Value>) -> Option<String> {
    let mut fields = meta.fields.iter();
    let field = fields.find(|field| field.fieldtype == "Password" && meta.name != "User")?;
    let secret = sent.get(&field.fieldname)?.as_str()?;
    if secret.chars().all(|letter| letter == '*') {
        return None;
    }
    let mask = "*".repeat(secret.chars().count());
    record.insert(field.fieldname.clone(), json!(mask));
    Some(secret.to_owned())
}

fn keep_secrets(state: &mut State, doctype: &str, name: &str, secret: Option<String>) {
    if let Some(secret) = secret {
        let key = (doctype.to_owned(), name.to_owned());
        state.secrets.insert(key, secret);
    }
}

/// The document as it has become; rows that are new say so.
fn answer(
    state: &mut State,
    meta: &'static Meta,
    name: &str,
    sent: &Map<String, Value>,
) -> Result<Value, Failure> {
    let stored = if meta.is_single {
        state.records.single(&meta.name)
    } else {
        state.records.get(&meta.name, name)
    };
    let mut record = stored.cloned().ok_or_else(Failure::not_found)?;
    let mut shown = documents::shown(meta, &record, None);
    for field in meta
        .table_fields()
        .filter(|field| sent.contains_key(&field.fieldname))
    {
        let unsaved = children(&record, &field.fieldname).map(|row| row.contains_key("__unsaved"));
        let unsaved: Vec<bool> = unsaved.collect();
        if let Some(Value::Array(rows)) = shown.get_mut(&field.fieldname) {
            for (row, _) in rows
                .iter_mut()
                .zip(&unsaved)
                .filter(|(_, unsaved)| **unsaved)
            {
                row["__unsaved"] = json!(1);
            }
        }
        if let Some(Value::Array(rows)) = record.get_mut(&field.fieldname) {
            for row in rows.iter_mut().filter_map(Value::as_object_mut) {
                row.remove("__unsaved");
            }
        }
    }
    if meta.is_single {
        *state.records.single_mut(&meta.name) = record;
    } else {
        state.records.put(&meta.name, record);
    }
    Ok(Value::Object(shown))
}
