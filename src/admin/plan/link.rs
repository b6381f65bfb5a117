//! The connection of one user to one customer: Website User, User Permission, Portal User row, role
//! and Contact, in an order in which he at no moment has the role without the permission.

use super::{Action, Kind, Step, permission};
use crate::admin::facts::Facts;
use crate::admin::names::CUSTOMER_ROLE;

/// Why a user cannot be connected to a customer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Obstacle {
    /// There is no such customer.
    #[error("there is no customer {0:?}; the name has to be the customer's own, letter by letter")]
    NoCustomer(String),
    /// What has to be known could not be read.
    #[error("users, permissions or customers could not be read: {0}")]
    Unread(#[from] crate::frappe::Error),
    /// A disabled user stays disabled.
    #[error("{0} is disabled: enable the user first, if that is meant")]
    Disabled(String),
}

/// The steps that connect them.
///
/// # Errors
/// When they cannot be connected.
pub fn link(
    facts: &Facts,
    user: &str,
    customer: &str,
    first_name: &str,
) -> Result<Vec<Step>, Obstacle> {
    let customers = facts.customers.as_ref().map_err(Clone::clone)?;
    let users = facts.users.as_ref().map_err(Clone::clone)?;
    let permissions = facts.permissions.as_ref().map_err(Clone::clone)?;
    let rows = facts.portal_users.as_ref().map_err(Clone::clone)?;
    let contacts = facts.contacts.as_ref().map_err(Clone::clone)?;
    if !customers.iter().any(|known| known == customer) {
        return Err(Obstacle::NoCustomer(customer.to_owned()));
    }
    let known = users.iter().find(|known| known.name == user);
    if known.is_some_and(|known| !known.enabled) {
        return Err(Obstacle::Disabled(user.to_owned()));
    }
    let step = |is: String, will: String, why: &str, undo: String, action| Step {
        kind: Kind::Link,
        is,
        will,
        why: why.to_owned(),
        undo,
        action,
    };
    let mut steps = Vec::new();
    if known.is_none() {
        steps.push(step(
            format!("There is no Website User {user}"),
            format!("A Website User {user}, without a role at first and without a welcome mail"),
            "He signs in with it.",
            format!("Delete or disable the user {user}."),
            Action::MakeUser {
                email: user.to_owned(),
                first_name: first_name.to_owned(),
                roles: Vec::new(),
            },
        ));
    }
    let has_permission = permissions
        .iter()
        .any(|one| one.user == user && one.customer == customer && one.applicable_for.is_empty());
    if !has_permission {
        steps.push(permission(user, customer, Kind::Link));
    }
    if !rows
        .iter()
        .any(|row| row.user == user && row.customer == customer)
    {
        steps.push(step(
            format!("{customer}'s Portal Users table does not name {user}"),
            format!("{customer}'s Portal Users table names {user}"),
            "It is where ERPNext keeps whose portal user he is.",
            format!("Customer > {customer} > Portal Users: delete the row."),
            Action::AddPortalUser {
                user: user.to_owned(),
                customer: customer.to_owned(),
            },
        ));
    }
    if !known.is_some_and(|known| known.roles.contains(CUSTOMER_ROLE)) {
        steps.push(step(
            format!("{user} does not have role {CUSTOMER_ROLE}"),
            format!("{user} has role {CUSTOMER_ROLE}"),
            "The role may read what the pages show; his User Permission says whose.",
            format!("User > {user} > Roles."),
            Action::AddRole {
                user: user.to_owned(),
                role: CUSTOMER_ROLE.to_owned(),
            },
        ));
    }
    if !contacts
        .iter()
        .any(|one| one.user == user && one.customer == customer)
    {
        steps.push(step(
            format!("No Contact links {user} to {customer}"),
            format!("His Contact links to {customer}"),
            "For your own people: the portal takes no Contact for a grant.",
            format!("Contact of {user} > Links: delete the row."),
            Action::LinkContact {
                user: user.to_owned(),
                customer: customer.to_owned(),
            },
        ));
    }
    Ok(steps)
}
