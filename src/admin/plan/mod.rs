//! What would bring a site to the state that `check` wants: steps, each with what is, what will be,
//! why, and how to undo it.
//!
//! Planning is a function from facts to steps and changes nothing. A site that needs nothing gets no
//! steps, so a second run changes nothing. No step saves System Settings, and rights change through
//! the permission manager alone.

mod account;
pub mod apply;
pub mod link;
mod menu;
mod rights;
mod webhooks;

pub use self::account::KeptKey;
pub use self::webhooks::{Alike, Amiss};
use super::facts::{Facts, Permission};
use super::names::CUSTOMER_ROLE;
use super::wanted::Wanted;
use crate::frappe::{DocType, Right};

/// What kind of step it is: each kind can be left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The portal's own role and account.
    Account,
    /// What role Customer may do.
    Rights,
    /// User Permissions of customers' users.
    UserPermissions,
    /// Portal Settings.
    Menu,
    /// Webhooks.
    Webhooks,
    /// The connection of one user to one customer.
    Link,
}

impl Kind {
    /// What can be left out, by the name that an administrator writes.
    pub const NAMED: [(&str, Self); 5] = [
        ("account", Self::Account),
        ("rights", Self::Rights),
        ("user-permissions", Self::UserPermissions),
        ("menu", Self::Menu),
        ("webhooks", Self::Webhooks),
    ];

    /// The kind of this name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut named = Self::NAMED.into_iter();
        named.find(|(name, _)| *name == text).map(|(_, kind)| kind)
    }
}

/// One step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What kind it is.
    pub kind: Kind,
    /// What is.
    pub is: String,
    /// What will be.
    pub will: String,
    /// Why.
    pub why: String,
    /// How to undo it.
    pub undo: String,
    /// What does it.
    pub action: Action,
}

/// What a step does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Makes a role that opens no desk.
    MakeRole(String),
    /// Makes a user with these roles.
    MakeUser {
        /// The address.
        email: String,
        /// His name.
        first_name: String,
        /// The roles that he gets at once.
        roles: Vec<String>,
    },
    /// Gives a user an API key and a new secret.
    MakeKey(String),
    /// Adds a rule for a role that has none, and leaves it these rights.
    AddRule(DocType, String, Vec<Right>),
    /// Sets rights of a rule.
    SetRights(DocType, String, Vec<(Right, bool)>),
    /// Makes a User Permission.
    MakePermission {
        /// The user.
        user: String,
        /// The customer.
        customer: String,
    },
    /// Adds rows to Portal Settings.
    AddToMenu(Vec<NewRow>),
    /// Has rows of Portal Settings, by their own names, name a DocType.
    KeepInMenu(Vec<(String, DocType)>),
    /// Empties Default Role at Time of Signup.
    ClearDefaultRole,
    /// Makes a webhook.
    MakeWebhook {
        /// Its name.
        name: String,
        /// The DocType.
        doctype: DocType,
        /// The event.
        event: &'static str,
        /// The field that names the customer, if there is one.
        customer: Option<String>,
    },
    /// Sets a webhook right that is there, and leaves the rest of it as it is.
    MendWebhook {
        /// Its name.
        name: String,
        /// The DocType.
        doctype: DocType,
        /// The event.
        event: &'static str,
        /// The field that names the customer, if there is one.
        customer: Option<String>,
        /// What is not as it has to be.
        was: Vec<Amiss>,
    },
    /// Adds a role to a user.
    AddRole {
        /// The user.
        user: String,
        /// The role.
        role: String,
    },
    /// Adds a row to a customer's Portal Users.
    AddPortalUser {
        /// The user.
        user: String,
        /// The customer.
        customer: String,
    },
    /// Links the user's Contact to the customer.
    LinkContact {
        /// The user.
        user: String,
        /// The customer.
        customer: String,
    },
}

/// A row that Portal Settings have not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRow {
    /// Where it leads.
    pub route: String,
    /// Its title.
    pub title: String,
    /// The DocType that it names; `None` where the site has not got it.
    pub doctype: Option<DocType>,
}

/// What an administrator has chosen.
#[derive(Clone, Debug, Default)]
pub struct Choices {
    /// Kinds of steps to leave out.
    pub without: Vec<Kind>,
    /// The address of the portal's own account.
    pub account: String,
    /// The key of that account that was made before.
    pub key: KeptKey,
}

/// The steps that the site needs.
#[must_use]
pub fn plan(facts: &Facts, wanted: &Wanted, choices: &Choices) -> Vec<Step> {
    let mut steps = account::account(facts, choices);
    // Whoever is narrowed is so before his role may read more.
    steps.extend(user_permissions(facts));
    steps.extend(rights::customers(facts, wanted));
    steps.extend(menu::menu(facts, wanted));
    steps.extend(webhooks::webhooks(facts, wanted));
    steps.retain(|step| !choices.without.contains(&step.kind));
    steps
}

/// The users whom Frappe would show every customer's documents once these steps are done: role Customer
/// may read more then, and they have no User Permission on Customer.
#[must_use]
pub fn widened<'facts>(facts: &'facts Facts, steps: &[Step]) -> Vec<&'facts str> {
    let is_wider = |step: &Step| match &step.action {
        Action::AddRule(_, role, _) => role == CUSTOMER_ROLE,
        Action::SetRights(_, role, rights) => {
            role == CUSTOMER_ROLE && rights.iter().any(|one| one.1)
        }
        _ => false,
    };
    let (Ok(users), Ok(permissions)) = (&facts.users, &facts.permissions) else {
        return Vec::new();
    };
    if !steps.iter().any(is_wider) {
        return Vec::new();
    }
    let is_given = |name: &str| {
        steps
            .iter()
            .any(|step| matches!(&step.action, Action::MakePermission { user, .. } if user == name))
    };
    users
        .iter()
        .filter(|user| user.is_a_customers())
        .map(|user| user.name.as_str())
        .filter(|name| !permissions.iter().any(|one| one.user == *name) && !is_given(name))
        .collect()
}

/// User Permissions of users that a customer's Portal Users table names: without one Frappe shows
/// them everything.
fn user_permissions(facts: &Facts) -> Vec<Step> {
    let (Ok(users), Ok(permissions), Ok(rows)) =
        (&facts.users, &facts.permissions, &facts.portal_users)
    else {
        return Vec::new();
    };
    let is_a_customers = |user: &str| {
        let mut known = users.iter();
        known.any(|one| one.name == user && one.is_a_customers())
    };
    // A permission for some DocTypes alone is somebody's decision; `check` names it.
    let is_open = |user: &str| !permissions.iter().any(|one| one.user == user);
    let mut made: Vec<Permission> = Vec::new();
    let mut steps = Vec::new();
    for row in rows {
        let is_made = made
            .iter()
            .any(|one| one.user == row.user && one.customer == row.customer);
        if is_made || !is_a_customers(&row.user) || !is_open(&row.user) {
            continue;
        }
        made.push(Permission {
            user: row.user.clone(),
            customer: row.customer.clone(),
            ..Permission::default()
        });
        steps.push(permission(&row.user, &row.customer, Kind::UserPermissions));
    }
    steps
}

fn permission(user: &str, customer: &str, kind: Kind) -> Step {
    Step {
        kind,
        is: format!("{user} has no User Permission on a Customer"),
        will: format!("{user} has a User Permission for {customer}"),
        why: "Without one Frappe shows him every customer's documents.".to_owned(),
        undo: format!(
            "Delete the User Permission of {user} for {customer}. Frappe then shows him everything \
             again, as far as role {CUSTOMER_ROLE} may read anything: disable him first."
        ),
        action: Action::MakePermission {
            user: user.to_owned(),
            customer: customer.to_owned(),
        },
    }
}
