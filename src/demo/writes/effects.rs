//! What ERPNext and Frappe do besides when a document is stored.

use serde_json::{Value, json};

use super::super::answers::hash;
use super::super::collation;
use super::super::grants::{ADMINISTRATOR, roles_of};
use super::super::records::{Record, children, int, text};
use super::super::state::State;
use super::super::visit::Visit;

/// What is worked out from other fields.
pub(super) fn before(state: &State, doctype: &str, record: &mut Record) {
    match doctype {
        "User" => {
            let names = [text(record, "first_name"), text(record, "last_name")];
            let names: Vec<&str> = names.into_iter().filter(|name| !name.is_empty()).collect();
            let full = names.join(" ");
            record.insert("full_name".to_owned(), json!(full));
            if text(record, "username").is_empty() {
                let username = text(record, "first_name").to_lowercase();
                record.insert("username".to_owned(), json!(username));
            }
            // Linked to a customer by a Contact, he keeps the role (`user_put_roles_replaces`).
            if !has_role(record, "Customer") && is_linked(state, text(record, "name")) {
                give_role(record, "Customer");
            }
            let opens_the_desk = children(record, "roles").any(|row| {
                let role = state.records.get("Role", text(row, "role"));
                role.is_some_and(|role| int(role, "desk_access") != 0)
            });
            let kind = if opens_the_desk {
                "System User"
            } else {
                "Website User"
            };
            // `user_create_desk_role`
            if text(record, "name") != ADMINISTRATOR {
                record.insert("user_type".to_owned(), json!(kind));
            }
        }
        "Contact" => {
            let first = children(record, "email_ids").next();
            let address = first.map(|row| text(row, "email_id").to_owned());
            if let Some(address) = address {
                // The Contact of a user's address is that user's (`contact_self_link_any_customer`).
                if state.records.get("User", &address).is_some() {
                    record.insert("user".to_owned(), json!(address));
                }
                record.insert("email_id".to_owned(), json!(address));
            }
            let names = [text(record, "first_name"), text(record, "last_name")];
            let names: Vec<&str> = names.into_iter().filter(|name| !name.is_empty()).collect();
            record.insert("full_name".to_owned(), json!(names.join(" ")));
            if let Some(Value::Array(links)) = record.get_mut("links") {
                for link in links.iter_mut().filter_map(Value::as_object_mut) {
                    let title = link.get("link_name").cloned().unwrap_or_default();
                    link.insert("link_title".to_owned(), title);
                }
            }
        }
        _ => {}
    }
}

/// What follows for other documents.
pub(super) fn after(state: &mut State, visit: &Visit, doctype: &str, name: &str, is_new: bool) {
    match doctype {
        // `custlink_customer_put_user_without_role_admin`
        "Customer" => {
            let roles = roles_of(&state.records, &visit.user);
            let may =
                visit.user == ADMINISTRATOR || roles.iter().any(|role| role == "System Manager");
            let users: Vec<String> = state
                .records
                .get("Customer", name)
                .into_iter()
                .flat_map(|customer| children(customer, "portal_users"))
                .map(|row| text(row, "user").to_owned())
                .collect();
            for user in users.iter().filter(|_| may) {
                if let Some(record) = state.records.get_mut("User", user)
                    && !has_role(record, "Customer")
                {
                    give_role(record, "Customer");
                    stored(record);
                }
            }
        }
        "User" if is_new => make_contact(state, visit, name),
        "User" => {
            let is_disabled = state
                .records
                .get("User", name)
                .is_some_and(|user| int(user, "enabled") == 0);
            if is_disabled {
                state.sessions.retain(|_, session| session.user != name);
            }
        }
        _ => {}
    }
}

/// A document that links to one that is to be deleted. Frappe looks through all; here only what
/// the commands could run into.
pub(super) fn holder_of(state: &State, doctype: &str, name: &str) -> Option<String> {
    let users = || state.records.documents("User");
    match doctype {
        "Role" => users()
            .find(|user| has_role(user, name))
            .map(|user| format!("User {}", text(user, "name"))),
        "User" => state
            .records
            .documents("User Permission")
            .find(|row| collation::equal(text(row, "user"), name))
            .map(|row| format!("User Permission {}", text(row, "name"))),
        _ => None,
    }
}

/// What a document's answer says of rows that were not there before, it does not keep.
fn stored(user: &mut Record) {
    if let Some(Value::Array(rows)) = user.get_mut("roles") {
        for row in rows.iter_mut().filter_map(Value::as_object_mut) {
            row.remove("__unsaved");
        }
    }
}

fn has_role(user: &Record, role: &str) -> bool {
    children(user, "roles").any(|row| text(row, "role") == role)
}

fn give_role(user: &mut Record, role: &str) {
    let of_user = |field: &str| text(user, field).to_owned();
    let (name, owner) = (of_user("name"), of_user("modified_by"));
    let (creation, modified) = (of_user("creation"), of_user("modified"));
    let rows = user.entry("roles").or_insert_with(|| json!([]));
    if let Value::Array(rows) = rows {
        let idx = rows.len() + 1;
        rows.push(json!({
            "name": hash(10), "owner": owner, "creation": creation, "modified": modified,
            "modified_by": owner, "docstatus": 0, "idx": idx, "role": role,
            "parent": name, "parentfield": "roles", "parenttype": "User",
            "__unsaved": 1,
        }));
    }
}

fn is_linked(state: &State, user: &str) -> bool {
    state.records.documents("Contact").any(|contact| {
        collation::equal(text(contact, "user"), user)
            && children(contact, "links").any(|link| text(link, "link_doctype") == "Customer")
    })
}

/// Frappe makes a Contact of every new user, in the background (`user_auto_contact`).
fn make_contact(state: &mut State, visit: &Visit, user: &str) {
    let Some(record) = state.records.get("User", user) else {
        return;
    };
    let mut name = text(record, "full_name").to_owned();
    if state.records.get("Contact", &name).is_some() {
        name = format!("{name}-1");
    }
    let moment = state.site_time();
    let contact = json!({
        "name": name, "owner": visit.user, "creation": moment, "modified": moment,
        "modified_by": visit.user, "docstatus": 0, "idx": 0, "status": "Passive",
        "phone": "", "mobile_no": "", "image": "",
        "first_name": text(record, "first_name"), "last_name": text(record, "last_name"),
        "full_name": text(record, "full_name"), "email_id": user, "user": user,
        "email_ids": [{
            "name": hash(10), "owner": visit.user, "creation": moment, "modified": moment,
            "modified_by": visit.user, "idx": 1, "docstatus": 0, "email_id": user, "is_primary": 1,
            "parent": name, "parentfield": "email_ids", "parenttype": "Contact",
        }],
        "links": [],
    });
    if let Value::Object(contact) = contact {
        state.records.put("Contact", contact);
    }
}
