//! Does the steps of a plan, one after the other, and stops at the first that fails: what was done,
//! what failed and what was not begun is then plain.
//!
//! After a rule was added, all rights of all other roles on that DocType are read again; where one is
//! not what it was, the rule is taken away and the step has failed.

mod menu;
mod webhook;

use std::collections::BTreeSet;
use std::num::NonZeroU32;
use std::time::Duration;

use secrecy::SecretString;
use serde_json::{Value, json};

use super::{Action, Step};
use crate::admin::facts::{Facts, Rule};
use crate::admin::names::{doctype, field};
use crate::admin::survey::Survey;
use crate::frappe::{
    Administrator, DocType, DocumentName, Error, Filter, ListQuery, Record, Right, UserId,
};

/// How often a Contact is looked for that Frappe makes in the background (`user_auto_contact`).
const LOOKS: u32 = 5;

/// What steps need besides.
#[derive(Clone, Debug)]
pub struct Tools {
    /// The secret that webhooks are signed with.
    pub webhook_secret: SecretString,
    /// The portal's address.
    pub public_url: String,
    /// How long to wait before a Contact is looked for again.
    pub pause: Duration,
}

/// What a step has brought.
#[derive(Clone, Debug)]
pub enum Done {
    /// It is done.
    Done,
    /// It is done, and this is the key and the secret.
    Key(String, SecretString),
}

/// Why a step failed.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Failed {
    /// Frappe refused or did not answer.
    #[error("{0}")]
    Frappe(#[from] Error),
    /// Frappe said yes, and it is not so.
    #[error("Frappe said yes, and then it was not so: {0}")]
    NotSo(String),
    /// A new rule could be neither narrowed nor taken away again.
    #[error(
        "the new rule of {role} on {doctype} could not be narrowed ({narrowing}) nor taken away again \
         ({removing}): it may read and export until it is removed"
    )]
    Left {
        /// The DocType.
        doctype: String,
        /// The role.
        role: String,
        /// Why it could not be narrowed.
        narrowing: Box<Failed>,
        /// Why it could not be taken away.
        removing: Error,
    },
    /// Others' rights were not what they had been.
    #[error("the rights of other roles on {0} changed with it; the rule was taken away again")]
    Others(String),
}

/// Does one step.
///
/// # Errors
/// When it was not done, or not wholly.
pub async fn apply(survey: &Survey, step: &Step, tools: &Tools) -> Result<Done, Failed> {
    let admin = &survey.administrator;
    match &step.action {
        Action::MakeRole(name) => {
            let role = json!({"role_name": name, "desk_access": 0});
            admin.create(&doctype("Role"), role).await?;
        }
        Action::MakeUser {
            email,
            first_name,
            roles,
        } => {
            let roles: Vec<Value> = roles.iter().map(|role| json!({"role": role})).collect();
            let user = json!({
                "email": email, "first_name": first_name, "send_welcome_email": 0, "roles": roles,
            });
            admin.create(&doctype("User"), user).await?;
        }
        Action::MakeKey(user) => return key(admin, user).await,
        Action::AddRule(doctype, role, rights) => {
            add_rule(survey, doctype, role, rights).await?;
        }
        Action::SetRights(doctype, role, changes) => {
            set_rights(survey, doctype, role, changes).await?;
        }
        Action::MakePermission { user, customer } => {
            let permission = json!({
                "user": user, "allow": "Customer", "for_value": customer,
                "apply_to_all_doctypes": 1,
            });
            let made = admin
                .create(&doctype("User Permission"), permission)
                .await?;
            // Frappe finds names whatever their case (`up_create_lowercase_customer`).
            if made.text(&field("for_value")) != Some(customer) {
                return Err(Failed::NotSo(format!(
                    "the User Permission is for {customer}"
                )));
            }
        }
        Action::AddToMenu(rows) => menu::add(admin, rows).await?,
        Action::KeepInMenu(rows) => menu::keep(admin, rows).await?,
        Action::ClearDefaultRole => {
            let settings = document(admin, "Portal Settings", "Portal Settings").await?;
            let fields = json!({
                "default_role": Value::Null, "modified": settings.text(&field("modified")),
                "custom_menu": rows(&settings, "custom_menu"), "menu": rows(&settings, "menu"),
            });
            change(admin, "Portal Settings", "Portal Settings", fields).await?;
        }
        Action::MakeWebhook {
            name,
            doctype: of_doctype,
            event,
            customer,
        } => {
            let webhook = webhook::whole(name, of_doctype, event, customer.as_deref(), tools);
            admin.create(&doctype("Webhook"), webhook).await?;
        }
        Action::MendWebhook {
            name,
            doctype,
            event,
            customer,
            was,
        } => {
            let mended = webhook::mended(was, doctype, event, customer.as_deref(), tools);
            change(admin, "Webhook", name, mended).await?;
        }
        Action::AddRole { user, role } => {
            let known = document(admin, "User", user).await?;
            let has = |row: &Record| row.text(&field("role")) == Some(role);
            if !known.rows(&field("roles")).iter().any(has) {
                let mut roles = rows(&known, "roles");
                roles.push(json!({"role": role}));
                let fields = json!({"roles": roles, "modified": known.text(&field("modified"))});
                change(admin, "User", user, fields).await?;
            }
        }
        Action::AddPortalUser { user, customer } => {
            let known = document(admin, "Customer", customer).await?;
            let mut portal_users = rows(&known, "portal_users");
            portal_users.push(json!({"user": user}));
            let fields = json!({
                "portal_users": portal_users, "modified": known.text(&field("modified")),
            });
            change(admin, "Customer", customer, fields).await?;
        }
        Action::LinkContact { user, customer } => {
            link_contact(admin, user, customer, tools.pause).await?;
        }
    }
    Ok(Done::Done)
}

async fn key(admin: &Administrator, user: &str) -> Result<Done, Failed> {
    let id = UserId::parse(user).map_err(|_| Error::NotFound)?;
    let secret = admin.generate_keys(&id).await?;
    let known = document(admin, "User", user).await?;
    let key = known.text(&field("api_key"));
    let key = key.ok_or_else(|| Failed::NotSo(format!("{user} has an API key")))?;
    Ok(Done::Key(key.to_owned(), secret))
}

/// Sets rights of a rule, and sees that this is all that has changed.
async fn set_rights(
    survey: &Survey,
    doctype: &DocType,
    role: &str,
    changes: &[(Right, bool)],
) -> Result<(), Failed> {
    let admin = &survey.administrator;
    let before = others(&survey.rules().await?, doctype, role);
    for (right, given) in changes {
        admin.set_right(doctype, role, *right, *given).await?;
    }
    let rules = survey.rules().await?;
    let now = rights_of(&rules, doctype, role);
    if let Some((right, _)) = changes
        .iter()
        .find(|(right, given)| now.contains(right) != *given)
    {
        return Err(Failed::NotSo(format!("{} on {doctype}", right.name())));
    }
    if others(&rules, doctype, role) != before {
        return Err(Failed::NotSo(format!("rights of other roles on {doctype}")));
    }
    Ok(())
}

/// Adds a rule, and closes export before anything else: it comes open.
async fn add_rule(
    survey: &Survey,
    doctype: &DocType,
    role: &str,
    rights: &[Right],
) -> Result<(), Failed> {
    let admin = &survey.administrator;
    let before = others(&survey.rules().await?, doctype, role);
    admin.add_rule(doctype, role).await?;
    let Err(problem) = narrow(survey, doctype, role, rights, &before).await else {
        return Ok(());
    };
    // A new rule may export; one that could not be narrowed does not stay.
    match admin.remove_rule(doctype, role).await {
        Ok(()) => Err(problem),
        Err(removing) => Err(Failed::Left {
            doctype: doctype.to_string(),
            role: role.to_owned(),
            narrowing: Box::new(problem),
            removing,
        }),
    }
}

/// Takes from a new rule what was not planned, and sees that this is all that has changed.
async fn narrow(
    survey: &Survey,
    doctype: &DocType,
    role: &str,
    rights: &[Right],
    before: &BTreeSet<String>,
) -> Result<(), Failed> {
    for right in [Right::Export, Right::Read, Right::Print] {
        let given = rights.contains(&right);
        survey
            .administrator
            .set_right(doctype, role, right, given)
            .await?;
    }
    let rules = survey.rules().await?;
    if others(&rules, doctype, role) != *before {
        return Err(Failed::Others(doctype.to_string()));
    }
    let wanted: BTreeSet<Right> = rights.iter().copied().collect();
    if rights_of(&rules, doctype, role) != wanted {
        return Err(Failed::NotSo(format!("the rule of {role} on {doctype}")));
    }
    Ok(())
}

/// What all other roles may do.
fn others(rules: &[Rule], doctype: &DocType, role: &str) -> BTreeSet<String> {
    Facts::rules_of(rules, doctype.as_str())
        .filter(|rule| rule.role != role)
        .map(|rule| {
            let Rule {
                role,
                level,
                only_own,
                rights,
                ..
            } = rule;
            format!("{role} {level} {only_own} {rights:?}")
        })
        .collect()
}

fn rights_of(rules: &[Rule], doctype: &DocType, role: &str) -> BTreeSet<Right> {
    Facts::rules_of(rules, doctype.as_str())
        .filter(|rule| rule.role == role && rule.level == 0 && !rule.only_own)
        .flat_map(|rule| rule.rights.iter().copied())
        .collect()
}

async fn link_contact(
    admin: &Administrator,
    user: &str,
    customer: &str,
    pause: Duration,
) -> Result<(), Failed> {
    let link = json!({"link_doctype": "Customer", "link_name": customer});
    let name = field("name");
    let mut query = ListQuery::new(doctype("Contact"), vec![name.clone()], NonZeroU32::MIN);
    query.filters = vec![Filter::equals(field("user"), user)];
    for look in 0..LOOKS {
        if let Some(contact) = admin.all(query.clone()).await?.first() {
            let contact = contact.text(&name).unwrap_or_default().to_owned();
            let known = document(admin, "Contact", &contact).await?;
            let mut links = rows(&known, "links");
            links.push(link);
            let fields = json!({"links": links, "modified": known.text(&field("modified"))});
            change(admin, "Contact", &contact, fields).await?;
            return Ok(());
        }
        if look + 1 < LOOKS {
            tokio::time::sleep(pause).await;
        }
    }
    let known = document(admin, "User", user).await?;
    let contact = json!({
        "first_name": known.text(&field("first_name")), "user": user,
        "email_ids": [{"email_id": user, "is_primary": 1}], "links": [link],
    });
    admin.create(&doctype("Contact"), contact).await?;
    Ok(())
}

async fn document(admin: &Administrator, of: &'static str, name: &str) -> Result<Record, Error> {
    let name = DocumentName::parse(name).map_err(|_| Error::NotFound)?;
    admin.document(&doctype(of), &name).await
}

async fn change(
    admin: &Administrator,
    of: &'static str,
    name: &str,
    fields: Value,
) -> Result<Record, Error> {
    let name = DocumentName::parse(name).map_err(|_| Error::NotFound)?;
    admin.change(&doctype(of), &name, fields).await
}

/// The rows of a child table as they came, whole.
fn rows(document: &Record, table: &'static str) -> Vec<Value> {
    document
        .rows(&field(table))
        .iter()
        .map(Record::to_json)
        .collect()
}
