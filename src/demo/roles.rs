//! The roles of the site, which the data set does not hold: every one that a permission row or a
//! user names is there (`role_admin`).

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::meta::Metas;
use super::records::{Records, children, text};

/// Roles that open no desk (`role_admin`).
const WITHOUT_DESK: [&str; 6] = [
    "All",
    "Customer",
    "Guest",
    "Portal 2FA",
    "Supplier",
    "Website User",
];

/// Puts in the roles that are named somewhere and not there.
pub(super) fn add_missing(records: &mut Records) {
    // This one asks for a second factor (`role_admin`).
    let mut names: BTreeSet<String> = ["All", "Customer", "Desk User", "Guest", "Portal 2FA"]
        .map(str::to_owned)
        .into();
    for doctype in ["DocPerm", "Custom DocPerm"] {
        names.extend(
            records
                .documents(doctype)
                .map(|row| text(row, "role").to_owned()),
        );
    }
    for meta in Metas::get().iter() {
        names.extend(
            meta.permissions
                .iter()
                .map(|row| text(row, "role").to_owned()),
        );
    }
    for user in records.documents("User") {
        names.extend(children(user, "roles").map(|row| text(row, "role").to_owned()));
    }
    if let Some(settings) = records.single("Portal Settings") {
        let rows = ["menu", "custom_menu"].map(|table| children(settings, table));
        names.extend(
            rows.into_iter()
                .flatten()
                .map(|row| text(row, "role").to_owned()),
        );
    }
    for name in names {
        if name.is_empty() || records.get("Role", &name).is_some() {
            continue;
        }
        let role = json!({
            "name": name,
            "owner": "Administrator",
            "creation": "2025-01-01 00:00:00",
            "modified": "2025-01-01 00:00:00",
            "modified_by": "Administrator",
            "docstatus": 0,
            "idx": 0,
            "role_name": name,
            "disabled": 0,
            "is_custom": 0,
            "desk_access": i32::from(!WITHOUT_DESK.contains(&name.as_str())),
            "two_factor_auth": i32::from(name == "Portal 2FA"),
        });
        if let Value::Object(role) = role {
            records.put("Role", role);
        }
    }
}
