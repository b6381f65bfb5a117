//! What a user was given: roles, and User Permissions with what they bring.
//!
//! Read from the records each time, so that every change acts at once, on live sessions too.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::collation;
use super::meta::Metas;
use super::records::{Record, Records, children, int, text};

/// The user that everything is allowed to.
pub(super) const ADMINISTRATOR: &str = "Administrator";
/// The user of nobody signed in.
pub(super) const GUEST: &str = "Guest";

/// One User Permission as `get_user_permissions` lists it.
#[derive(Clone, Debug)]
pub(super) struct Allowed {
    pub(super) doc: String,
    pub(super) applicable_for: Option<String>,
    is_default: Value,
    hide_descendants: Value,
}

impl Allowed {
    pub(super) fn applies_to(&self, doctype: &str) -> bool {
        self.applicable_for
            .as_deref()
            .is_none_or(|only| only == doctype)
    }

    pub(super) fn to_json(&self) -> Value {
        json!({
            "doc": self.doc,
            "applicable_for": self.applicable_for,
            "is_default": self.is_default,
            "hide_descendants": self.hide_descendants,
        })
    }
}

/// The roles of a user, those included that Frappe gives by itself (`get_roles_website_user`).
pub(super) fn roles_of(records: &Records, user: &str) -> Vec<String> {
    if user == GUEST {
        return vec![GUEST.to_owned()];
    }
    let document = records.get("User", user);
    let mut roles: Vec<String> = document
        .into_iter()
        .flat_map(|document| children(document, "roles"))
        .map(|row| text(row, "role").to_owned())
        .filter(|role| !["All", "Guest", "Desk User", "Administrator"].contains(&role.as_str()))
        .collect();
    roles.extend(["All".to_owned(), "Guest".to_owned()]);
    if document.is_some_and(|document| text(document, "user_type") == "System User") {
        roles.push("Desk User".to_owned());
    }
    roles
}

/// The User Permissions of a user by DocType, newest first; a group of a tree brings its
/// descendants (`user_permissions_own_with_warehouse`).
pub(super) fn user_permissions_of(records: &Records, user: &str) -> BTreeMap<String, Vec<Allowed>> {
    let mut permissions: BTreeMap<String, Vec<Allowed>> = BTreeMap::new();
    if user == ADMINISTRATOR || user == GUEST {
        return permissions;
    }
    let mut rows: Vec<&Record> = records
        .documents("User Permission")
        .filter(|row| collation::equal(text(row, "user"), user))
        .collect();
    rows.sort_by(|left, right| text(right, "modified").cmp(text(left, "modified")));
    for row in rows {
        let allow = text(row, "allow");
        let applicable_for = row
            .get("applicable_for")
            .and_then(Value::as_str)
            .filter(|doctype| !doctype.is_empty())
            .map(str::to_owned);
        let allowed = Allowed {
            doc: text(row, "for_value").to_owned(),
            applicable_for,
            is_default: json!(int(row, "is_default")),
            hide_descendants: json!(int(row, "hide_descendants")),
        };
        let list = permissions.entry(allow.to_owned()).or_default();
        let is_tree = Metas::get().meta(allow).is_some_and(|meta| meta.is_tree);
        let below = if is_tree && int(row, "hide_descendants") == 0 {
            descendants(records, allow, &allowed.doc)
        } else {
            Vec::new()
        };
        list.push(allowed.clone());
        list.extend(below.into_iter().map(|doc| Allowed {
            doc,
            is_default: json!(false),
            hide_descendants: json!(false),
            ..allowed.clone()
        }));
    }
    permissions
}

/// The names below a node of a tree, the last first.
pub(super) fn descendants(records: &Records, doctype: &str, name: &str) -> Vec<String> {
    let Some(node) = records.get(doctype, name) else {
        return Vec::new();
    };
    let (left, right) = (int(node, "lft"), int(node, "rgt"));
    let mut below: Vec<&Record> = records
        .documents(doctype)
        .filter(|row| int(row, "lft") > left && int(row, "rgt") < right)
        .collect();
    below.sort_by_key(|row| std::cmp::Reverse(int(row, "lft")));
    below
        .into_iter()
        .map(|row| text(row, "name").to_owned())
        .collect()
}
