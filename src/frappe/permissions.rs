//! What Frappe says about whom a user belongs to: User Permissions and Portal User rows.
//!
//! Both are given as they are, checked for their form alone. Which customers follow from them is
//! not decided here.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{
    error::{Error, Outage},
    names::{DocType, UserId},
    record::is_ticked,
};

/// All User Permissions of one user, by the DocType they allow something of (`user_permissions_own`).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct UserPermissions {
    user: UserId,
    allowed: BTreeMap<DocType, Vec<UserPermission>>,
}

/// One document that a user may see.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct UserPermission {
    /// The document's name.
    pub value: String,
    /// The only DocType that it applies to; all where there is none.
    pub applicable_for: Option<DocType>,
    /// Whether new documents get it by default.
    pub is_default: bool,
    /// Whether what lies below it in a tree is left out.
    pub hide_descendants: bool,
}

impl UserPermissions {
    /// Whose they are: the session that asked was this user's.
    #[must_use]
    pub const fn user(&self) -> &UserId {
        &self.user
    }

    /// Those that allow documents of this DocType, whatever they apply to.
    #[must_use]
    pub fn allowing(&self, doctype: &DocType) -> &[UserPermission] {
        self.allowed.get(doctype).map_or(&[], Vec::as_slice)
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = (&DocType, &UserPermission)> {
        self.allowed
            .iter()
            .flat_map(|(doctype, permissions)| permissions.iter().map(move |one| (doctype, one)))
    }

    /// Permissions made by hand, for tests of what follows from them.
    #[must_use]
    pub fn new(
        user: UserId,
        permissions: impl IntoIterator<Item = (DocType, UserPermission)>,
    ) -> Self {
        let mut allowed: BTreeMap<DocType, Vec<UserPermission>> = BTreeMap::new();
        for (doctype, permission) in permissions {
            allowed.entry(doctype).or_default().push(permission);
        }
        Self { user, allowed }
    }

    /// Reads `{"Customer": [{"doc": …, "applicable_for": …, …}]}`. One entry that cannot be read makes
    /// the whole unreadable: leaving out a permission could open what it closes.
    pub(super) fn from_json(user: UserId, message: &Value) -> Result<Self, Error> {
        let incomplete = || Error::Unavailable(Outage::Incomplete);
        let mut permissions = Vec::new();
        for (doctype, entries) in message.as_object().ok_or_else(incomplete)? {
            let doctype = DocType::parse(doctype).map_err(|_| incomplete())?;
            for entry in entries.as_array().ok_or_else(incomplete)? {
                let permission = UserPermission::from_json(entry).ok_or_else(incomplete)?;
                permissions.push((doctype.clone(), permission));
            }
        }
        Ok(Self::new(user, permissions))
    }
}

impl UserPermission {
    fn from_json(entry: &Value) -> Option<Self> {
        let applicable_for = match entry.get("applicable_for") {
            None | Some(Value::Null) => None,
            Some(Value::String(text)) if text.is_empty() => None,
            Some(Value::String(text)) => Some(DocType::parse(text).ok()?),
            Some(_) => return None,
        };
        Some(Self {
            value: entry.get("doc")?.as_str()?.to_owned(),
            applicable_for,
            is_default: entry.get("is_default").is_some_and(is_ticked),
            hide_descendants: entry.get("hide_descendants").is_some_and(is_ticked),
        })
    }
}

/// A row of a customer's (or supplier's) table of portal users (`portal_user_own_rows`).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PortalUser {
    /// The document that the row stands in.
    pub parent: String,
    /// Its DocType.
    pub parenttype: String,
    /// The user as the row spells it; the database found it without regard to case.
    pub user: String,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(message: &Value) -> Result<UserPermissions, Error> {
        UserPermissions::from_json(UserId::parse("anna@acme.example").unwrap(), message)
    }

    #[test]
    fn an_empty_applicable_for_applies_to_everything() {
        let permissions = read(&json!({"Customer": [
            {"doc": "A", "applicable_for": null, "is_default": 0, "hide_descendants": 0},
            {"doc": "B", "applicable_for": "", "is_default": true, "hide_descendants": false},
            {"doc": "C", "applicable_for": "Transport Job", "is_default": 1},
        ]}))
        .unwrap();
        let customer = DocType::parse("Customer").unwrap();
        let found: Vec<_> = permissions
            .allowing(&customer)
            .iter()
            .map(|one| {
                (
                    one.value.as_str(),
                    one.applicable_for.as_ref().map(DocType::as_str),
                )
            })
            .collect();
        assert_eq!(
            found,
            [("A", None), ("B", None), ("C", Some("Transport Job"))]
        );
        assert!(
            permissions
                .allowing(&DocType::parse("Warehouse").unwrap())
                .is_empty()
        );
    }

    #[test]
    fn one_entry_that_cannot_be_read_makes_the_whole_unreadable() {
        for message in [
            json!([]),
            json!(null),
            json!({"Customer": {}}),
            json!({"Customer": [{"doc": null}]}),
            json!({"Customer": [{"doc": "A"}, {"applicable_for": null}]}),
            json!({"Customer": [{"doc": "A", "applicable_for": 7}]}),
        ] {
            assert_eq!(read(&message), Err(Outage::Incomplete.into()), "{message}");
        }
    }
}
