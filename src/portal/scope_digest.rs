//! What stands for a user's scopes, where they only have to be compared.

use std::hash::{Hash, Hasher};

use sha2::{Digest as _, Sha256};

use crate::frappe::{PortalUser, UserPermissions};

/// What stands for all that a user's scopes are worked out from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ScopeDigest([u8; 32]);

impl ScopeDigest {
    /// Of what Frappe says of a user.
    pub fn of(permissions: &UserPermissions, portal_users: &[PortalUser]) -> Self {
        let mut digest = Digesting(Sha256::new());
        (permissions, portal_users).hash(&mut digest);
        Self(digest.0.finalize().into())
    }
}

/// Digests what a value hashes. `Hash` tells how long lists are and where texts end, so that no two
/// values are told alike.
struct Digesting(Sha256);

impl Hasher for Digesting {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// Of no use: the digest is longer.
    fn finish(&self) -> u64 {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frappe::{DocType, UserId, UserPermission};

    /// What Frappe may say of a user: customers, each for a DocType or for all, and the rows of portal
    /// users.
    fn digest(customers: &[(&str, Option<&str>)], rows: &[[&str; 2]]) -> ScopeDigest {
        let doctype = |name: &str| DocType::parse(name).expect("a DocType");
        let permissions = customers.iter().map(|(value, applicable_for)| {
            let permission = UserPermission {
                value: (*value).to_owned(),
                applicable_for: applicable_for.map(doctype),
                is_default: false,
                hide_descendants: false,
            };
            (doctype("Customer"), permission)
        });
        let rows = rows.iter().map(|[parent, parenttype]| PortalUser {
            parent: (*parent).to_owned(),
            parenttype: (*parenttype).to_owned(),
            user: "anna@acme.example".to_owned(),
        });
        let user = UserId::parse("anna@acme.example").expect("a user");
        let rows: Vec<PortalUser> = rows.collect();
        ScopeDigest::of(&UserPermissions::new(user, permissions), &rows)
    }

    #[test]
    fn whatever_differs_in_what_a_scope_is_made_of_has_another_digest() {
        let told = [
            digest(&[], &[]),
            digest(&[("A", None)], &[]),
            digest(&[("A", Some("Bin"))], &[]),
            digest(&[("A", None), ("B", None)], &[]),
            digest(&[("B", None), ("A", None)], &[]),
            digest(&[("AB", None)], &[]),
            digest(&[], &[["A", "Customer"]]),
            digest(&[], &[["AC", "ustomer"]]),
            digest(&[("A", None)], &[["A", "Customer"]]),
        ];
        for (at, one) in told.iter().enumerate() {
            assert!(!told[..at].contains(one), "{at}");
        }
        assert_eq!(digest(&[("A", None)], &[]), told[1]);
    }
}
