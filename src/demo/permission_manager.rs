//! The permission manager's calls (`pm_*`): the way to change the rights of a role that leaves those
//! of all others as they are.
//!
//! Each first copies the standard rows of a `DocType` that has no Custom `DocPerm` rows yet, since
//! these replace them all. They answer next to nothing, whether they changed something or not.

use serde_json::{Value, json};

use super::answers::{Failure, hash, printed};
use super::grants::{ADMINISTRATOR, roles_of};
use super::meta::{Meta, Metas};
use super::records::{Record, int, text};
use super::state::State;
use super::visit::Visit;

/// The rights of a permission row.
pub(super) const RIGHTS: [&str; 14] = [
    "select", "read", "write", "create", "delete", "submit", "cancel", "amend", "report", "export",
    "import", "share", "print", "email",
];

/// The calls.
pub(super) const ADD: &str = "frappe.core.page.permission_manager.permission_manager.add";
pub(super) const UPDATE: &str = "frappe.core.page.permission_manager.permission_manager.update";
pub(super) const REMOVE: &str = "frappe.core.page.permission_manager.permission_manager.remove";
pub(super) const RESET: &str = "frappe.core.page.permission_manager.permission_manager.reset";

/// Does what one of the calls asks for.
pub(super) fn call(
    state: &mut State,
    visit: &mut Visit,
    method: &str,
) -> Result<Option<Value>, Failure> {
    require_system_manager(state, &visit.user)?;
    match method {
        ADD => add(state, visit),
        UPDATE => update(state, visit),
        REMOVE => remove(state, visit),
        _ => {
            let doctype = visit.parameter("doctype").to_owned();
            for name in rules(state, &doctype, |_| true) {
                state.records.remove("Custom DocPerm", &name);
            }
            Ok(None)
        }
    }
}

/// `pm_add_as_reader`: a refusal without a word.
pub(super) fn require_system_manager(state: &State, user: &str) -> Result<(), Failure> {
    let roles = roles_of(&state.records, user);
    if user == ADMINISTRATOR || roles.iter().any(|role| role == "System Manager") {
        return Ok(());
    }
    Err(Failure::not_permitted(&[], None))
}

fn add(state: &mut State, visit: &mut Visit) -> Result<Option<Value>, Failure> {
    let meta = doctype(visit.parameter("parent"))?;
    let role = visit.parameter("role").to_owned();
    let level = level(visit);
    if state.records.get("Role", &role).is_none() {
        return Err(Failure::no_such_link("Row #0: Role", &role));
    }
    copy_standard_rows(state, meta, &visit.user);
    if !rules(state, &meta.name, |row| is_rule(row, &role, level)).is_empty() {
        let words =
            "Rule for this doctype, role, permlevel and if-owner combination already exists.";
        visit.printed.push(printed(words, "Message"));
        return Ok(None);
    }
    let mut row = empty_row(state, meta, &visit.user);
    row.insert("role".to_owned(), json!(role));
    row.insert("permlevel".to_owned(), json!(level));
    // What the DocType's defaults are (`pm_custom_docperm_after_add`).
    for right in ["read", "export"] {
        row.insert(right.to_owned(), json!(1));
    }
    state.records.put("Custom DocPerm", row);
    Ok(None)
}

fn update(state: &mut State, visit: &Visit) -> Result<Option<Value>, Failure> {
    let meta = doctype(visit.parameter("doctype"))?;
    let (role, level) = (visit.parameter("role").to_owned(), level(visit));
    let right = visit.parameter("ptype").to_owned();
    if !RIGHTS.contains(&right.as_str()) {
        let message = format!("Unknown column '{right}' in 'SET'");
        return Err(Failure::operational(1054, &message));
    }
    let copied = copy_standard_rows(state, meta, &visit.user);
    let value = i64::from(
        visit
            .form
            .get("value")
            .is_some_and(|value| super::cells::cint(value) != 0),
    );
    for name in rules(state, &meta.name, |row| is_rule(row, &role, level)) {
        if let Some(row) = state.records.get_mut("Custom DocPerm", &name) {
            row.insert(right.clone(), json!(value));
        }
    }
    Ok(copied.then(|| json!("refresh")))
}

fn remove(state: &mut State, visit: &Visit) -> Result<Option<Value>, Failure> {
    let meta = doctype(visit.parameter("doctype"))?;
    let (role, level) = (visit.parameter("role").to_owned(), level(visit));
    copy_standard_rows(state, meta, &visit.user);
    let all = rules(state, &meta.name, |_| true).len();
    let named = rules(state, &meta.name, |row| is_rule(row, &role, level));
    if !named.is_empty() && named.len() == all {
        return Err(Failure::validation(
            "There must be atleast one permission rule.",
        ));
    }
    for name in named {
        state.records.remove("Custom DocPerm", &name);
    }
    Ok(None)
}

fn doctype(name: &str) -> Result<&'static Meta, Failure> {
    Metas::get()
        .meta(name)
        .ok_or_else(|| Failure::unknown_doctype(name))
}

fn level(visit: &Visit) -> i64 {
    visit.form.get("permlevel").map_or(0, super::cells::cint)
}

fn is_rule(row: &Record, role: &str, level: i64) -> bool {
    text(row, "role") == role && int(row, "permlevel") == level && int(row, "if_owner") == 0
}

fn rules(state: &State, doctype: &str, which: impl Fn(&Record) -> bool) -> Vec<String> {
    state
        .records
        .documents("Custom DocPerm")
        .filter(|row| text(row, "parent") == doctype && which(row))
        .map(|row| text(row, "name").to_owned())
        .collect()
}

fn empty_row(state: &State, meta: &Meta, user: &str) -> Record {
    let moment = state.site_time();
    let mut row = Record::new();
    for (field, value) in [
        ("name", json!(hash(10))),
        ("owner", json!(user)),
        ("creation", json!(moment)),
        ("modified", json!(moment)),
        ("modified_by", json!(user)),
        ("docstatus", json!(0)),
        ("idx", json!(0)),
        ("parent", json!(meta.name)),
        ("if_owner", json!(0)),
    ] {
        row.insert(field.to_owned(), value);
    }
    for right in RIGHTS {
        row.insert(right.to_owned(), json!(0));
    }
    row
}

/// Whether there was something to copy.
fn copy_standard_rows(state: &mut State, meta: &Meta, user: &str) -> bool {
    if !rules(state, &meta.name, |_| true).is_empty() {
        return false;
    }
    let standard = state
        .records
        .documents("DocPerm")
        .filter(|row| text(row, "parent") == meta.name);
    let mut standard: Vec<Record> = standard.cloned().collect();
    if standard.is_empty() {
        standard.clone_from(&meta.permissions);
    }
    for from in &standard {
        let mut row = empty_row(state, meta, user);
        for field in RIGHTS
            .iter()
            .chain(&["role", "permlevel", "if_owner", "idx"])
        {
            if let Some(value) = from.get(*field) {
                row.insert((*field).to_owned(), value.clone());
            }
        }
        state.records.put("Custom DocPerm", row);
    }
    !standard.is_empty()
}
