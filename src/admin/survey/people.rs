//! Users and roles, what they may read, and whose customers they are.

use std::collections::{BTreeMap, BTreeSet};

use super::super::facts::{Link, Permission, Read, Role, Rule, User};
use super::super::names::{doctype, field};
use super::{Survey, list, text, ticked};
use crate::frappe::{Filter, ListQuery, Record, Right};

impl Survey {
    /// `get_permissions` hides the rows of custom roles (`pm_get_permissions_custom_role_sysmgr`), so
    /// the rows themselves are read; the standard ones with their parent
    /// (`docperm_with_parent_sysmgr`).
    ///
    /// # Errors
    /// When Frappe refuses or does not answer.
    pub async fn rules(&self) -> Read<Vec<Rule>> {
        let custom = self
            .administrator
            .all(rows_of_rules("Custom DocPerm"))
            .await?;
        let mut standard = rows_of_rules("DocPerm");
        standard.parent = Some(doctype("DocType"));
        let standard = self.administrator.all(standard).await?;
        let custom = custom.iter().map(|row| rule(row, true));
        Ok(custom
            .chain(standard.iter().map(|row| rule(row, false)))
            .collect())
    }

    pub(super) async fn roles(&self) -> Read<Vec<Role>> {
        let query = list("Role", &["name", "desk_access", "two_factor_auth"]);
        let roles = self.administrator.all(query).await?;
        let role = |row: &Record| Role {
            name: text(row, "name"),
            desk: ticked(row, "desk_access"),
            two_factor: ticked(row, "two_factor_auth"),
        };
        Ok(roles.iter().map(role).collect())
    }

    pub(super) async fn users(&self) -> Read<Vec<User>> {
        let mut query = list("User", &["name", "enabled"]);
        query.filters = vec![Filter::equals(field("user_type"), "Website User")];
        let users = self.administrator.all(query).await?;
        let mut roles: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let mut query = has_role();
        query.filters = vec![Filter::equals(field("parenttype"), "User")];
        for row in self.administrator.all(query).await? {
            let user = text(&row, "parent");
            roles.entry(user).or_default().insert(text(&row, "role"));
        }
        let user = |row: &Record| {
            let name = text(row, "name");
            User {
                enabled: ticked(row, "enabled"),
                roles: roles.remove(&name).unwrap_or_default(),
                name,
            }
        };
        let users = users.iter().map(user);
        Ok(users.filter(|user| user.name != "Guest").collect())
    }

    pub(super) async fn roles_of(&self, user: &str) -> Read<BTreeSet<String>> {
        let mut query = has_role();
        query.filters = vec![
            Filter::equals(field("parenttype"), "User"),
            Filter::equals(field("parent"), user),
        ];
        let rows = self.administrator.all(query).await?;
        let roles = rows.iter().map(|row| text(row, "role"));
        // What Frappe gives to everybody by itself is nothing that was given.
        Ok(roles
            .filter(|role| !["All", "Guest", "Desk User"].contains(&role.as_str()))
            .collect())
    }

    pub(super) async fn permissions(&self) -> Read<Vec<Permission>> {
        let fields = ["name", "user", "for_value", "applicable_for"];
        let mut query = list("User Permission", &fields);
        query.filters = vec![Filter::equals(field("allow"), "Customer")];
        let rows = self.administrator.all(query).await?;
        let permission = |row: &Record| Permission {
            name: text(row, "name"),
            user: text(row, "user"),
            customer: text(row, "for_value"),
            applicable_for: text(row, "applicable_for"),
        };
        Ok(rows.iter().map(permission).collect())
    }

    /// Each with the group that it is in.
    pub(super) async fn customers(&self) -> Read<Vec<(String, String)>> {
        let query = list("Customer", &["name", "customer_group"]);
        let rows = self.administrator.all(query).await?;
        let rows = rows.iter();
        Ok(rows
            .map(|row| (text(row, "name"), text(row, "customer_group")))
            .collect())
    }

    pub(super) async fn portal_users(&self) -> Read<Vec<Link>> {
        let mut query = list("Portal User", &["parent", "user"]);
        query.parent = Some(doctype("Customer"));
        query.filters = vec![Filter::equals(field("parenttype"), "Customer")];
        let rows = self.administrator.all(query).await?;
        let link = |row: &Record| Link {
            user: text(row, "user"),
            customer: text(row, "parent"),
            through: text(row, "parent"),
        };
        Ok(rows.iter().map(link).collect())
    }

    pub(super) async fn contacts(&self) -> Read<Vec<Link>> {
        let mut query = list("Dynamic Link", &["parent", "link_name"]);
        query.parent = Some(doctype("Contact"));
        query.filters = vec![
            Filter::equals(field("link_doctype"), "Customer"),
            Filter::equals(field("parenttype"), "Contact"),
        ];
        let links = self.administrator.all(query).await?;
        let mut query = list("Contact", &["name", "user"]);
        query.filters = vec![Filter::is_set(field("user"))];
        let contacts = self.administrator.all(query).await?;
        let users: BTreeMap<String, String> = contacts
            .iter()
            .map(|contact| (text(contact, "name"), text(contact, "user")))
            .collect();
        let link = |row: &Record| {
            let through = text(row, "parent");
            let user = users.get(&through)?.clone();
            let customer = text(row, "link_name");
            Some(Link {
                user,
                customer,
                through,
            })
        };
        Ok(links.iter().filter_map(link).collect())
    }
}

fn has_role() -> ListQuery {
    let mut query = list("Has Role", &["parent", "role"]);
    query.parent = Some(doctype("User"));
    query
}

fn rows_of_rules(name: &'static str) -> ListQuery {
    let mut query = list(name, &["parent", "role", "permlevel", "if_owner"]);
    query
        .fields
        .extend(Right::ALL.map(|right| field(right.name())));
    query
}

fn rule(row: &Record, is_custom: bool) -> Rule {
    let given = |right: &Right| row.check(&field(right.name()));
    Rule {
        doctype: text(row, "parent"),
        role: text(row, "role"),
        level: row.integer(&field("permlevel")).unwrap_or(0),
        only_own: ticked(row, "if_owner"),
        rights: Right::ALL.into_iter().filter(given).collect(),
        is_custom,
    }
}
