//! Whose customer one is.
//!
//! Frappe's permissions fail open: a user without a User Permission sees every customer's rows
//! (`list_ironclad_no_up`, `list_nolink_distinct_customers`). So the portal works out each user's
//! customers itself, here, in one pure function, and holds every row against them. Contact links
//! are never a grant: a Website User can make one for any customer
//! (`contact_self_link_any_customer`).

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::frappe::{CustomerName, DocType, PortalUser, UserId, UserPermissions};

/// The set of customers of a user for a DocType. Customers are compared exactly, letter by letter.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Scope(BTreeSet<CustomerName>);

impl Scope {
    /// Whether no customer is in it: then there is no data.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether documents of this customer may be seen. An empty customer belongs to nobody.
    #[must_use]
    pub fn holds(&self, customer: &CustomerName) -> bool {
        self.0.contains(customer)
    }

    /// The customer of this name, if documents of his may be seen.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&CustomerName> {
        self.0.get(name)
    }

    /// The customers, in the order of their names.
    #[must_use]
    pub fn customers(&self) -> impl ExactSizeIterator<Item = &CustomerName> {
        self.0.iter()
    }

    /// The part of this scope that was chosen; `None` when something else was chosen too.
    #[must_use]
    pub fn narrowed(&self, chosen: &[CustomerName]) -> Option<Self> {
        if chosen.is_empty() {
            return Some(self.clone());
        }
        let chosen: BTreeSet<_> = chosen.iter().cloned().collect();
        chosen.is_subset(&self.0).then_some(Self(chosen))
    }
}

impl FromIterator<CustomerName> for Scope {
    fn from_iter<I: IntoIterator<Item = CustomerName>>(customers: I) -> Self {
        Self(customers.into_iter().collect())
    }
}

/// A user's scopes. Most DocTypes have the same: none of his User Permissions names them.
#[derive(Debug, PartialEq)]
pub struct Scopes {
    named: Vec<(DocType, Arc<Scope>)>,
    others: Arc<Scope>,
}

impl Scopes {
    /// The customers whose documents of a DocType the user may see:
    ///
    /// 1. If the user has any User Permission on Customer: those that apply to every DocType or to
    ///    this one; nobody when none applies.
    /// 2. Only with no such permission at all: the Portal User rows of Customers that name exactly
    ///    this user.
    /// 3. Otherwise nobody.
    #[must_use]
    pub fn new(user: &UserId, permissions: &UserPermissions, portal_users: &[PortalUser]) -> Self {
        let none = Self {
            named: Vec::new(),
            others: Arc::default(),
        };
        if permissions.user() != user {
            return none;
        }
        let on_customer = permissions.allowing(&customer_doctype());
        if on_customer.is_empty() {
            let rows = portal_users
                .iter()
                .filter(|row| row.parenttype == "Customer" && row.user == user.as_str());
            let customers = rows.filter_map(|row| CustomerName::parse(&row.parent).ok());
            return Self {
                others: Arc::new(customers.collect()),
                ..none
            };
        }
        let applying = |to: Option<&DocType>| -> Arc<Scope> {
            let applies = |only: &DocType| Some(only) == to;
            let permissions = on_customer
                .iter()
                .filter(|permission| permission.applicable_for.as_ref().is_none_or(applies));
            let customers =
                permissions.filter_map(|permission| CustomerName::parse(&permission.value).ok());
            Arc::new(customers.collect())
        };
        let named: BTreeSet<&DocType> = on_customer
            .iter()
            .filter_map(|permission| permission.applicable_for.as_ref())
            .collect();
        Self {
            named: named
                .into_iter()
                .map(|doctype| (doctype.clone(), applying(Some(doctype))))
                .collect(),
            others: applying(None),
        }
    }

    /// The scope for a DocType.
    #[must_use]
    pub fn of(&self, doctype: &DocType) -> &Arc<Scope> {
        let named = self.named.iter().find(|(named, _)| named == doctype);
        named.map_or(&self.others, |(_, scope)| scope)
    }

    /// All there are.
    pub fn all(&self) -> impl Iterator<Item = &Arc<Scope>> {
        self.named
            .iter()
            .map(|(_, scope)| scope)
            .chain([&self.others])
    }
}

/// Whether the Portal User rows decide, so that they have to be asked for.
#[must_use]
pub fn needs_portal_users(permissions: &UserPermissions) -> bool {
    permissions.allowing(&customer_doctype()).is_empty()
}

fn customer_doctype() -> DocType {
    #[expect(
        clippy::expect_used,
        reason = "the name is written here and is a DocType's"
    )]
    DocType::parse("Customer").expect("Customer is a DocType")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::frappe::UserPermission;

    fn permission(
        allow: &str,
        value: &str,
        applicable_for: Option<&str>,
    ) -> (DocType, UserPermission) {
        let permission = UserPermission {
            value: value.to_owned(),
            applicable_for: applicable_for.map(|name| DocType::parse(name).expect("a DocType")),
            is_default: false,
            hide_descendants: false,
        };
        (DocType::parse(allow).expect("a DocType"), permission)
    }

    fn row(parenttype: &str, parent: &str, user: &str) -> PortalUser {
        PortalUser {
            parent: parent.to_owned(),
            parenttype: parenttype.to_owned(),
            user: user.to_owned(),
        }
    }

    fn of(permissions: Vec<(DocType, UserPermission)>, rows: &[PortalUser]) -> Vec<String> {
        let user = UserId::parse("buyer@acme-foods.example").expect("a user");
        let permissions = UserPermissions::new(user.clone(), permissions);
        let doctype = DocType::parse("Transport Job").expect("a DocType");
        Scopes::new(&user, &permissions, rows)
            .of(&doctype)
            .customers()
            .map(ToString::to_string)
            .collect()
    }

    const ME: &str = "buyer@acme-foods.example";

    /// The one table: what Frappe says, and whose customer one is for Transport Job.
    #[test]
    fn the_table_of_scope() {
        let acme = || permission("Customer", "Acme Foods", None);
        let for_jobs = || permission("Customer", "Cedar & Oak", Some("Transport Job"));
        let for_others = || permission("Customer", "Bluefin Seafoods", Some("Warehouse Job"));
        let warehouse = || permission("Warehouse", "Acme DC", None);
        let mine = || row("Customer", "Ironclad Safety", ME);
        for (what, permissions, rows, expected) in [
            ("nothing is nobody", vec![], vec![], vec![]),
            ("a permission", vec![acme()], vec![], vec!["Acme Foods"]),
            (
                "two permissions",
                vec![acme(), for_jobs()],
                vec![],
                vec!["Acme Foods", "Cedar & Oak"],
            ),
            (
                "one that applies to another DocType is none",
                vec![for_others()],
                vec![],
                vec![],
            ),
            (
                "and does not let portal users decide",
                vec![for_others()],
                vec![mine()],
                vec![],
            ),
            (
                "nor widens others",
                vec![acme(), for_others()],
                vec![mine()],
                vec!["Acme Foods"],
            ),
            (
                "a permission wins over portal users",
                vec![acme()],
                vec![mine()],
                vec!["Acme Foods"],
            ),
            (
                "a portal user row alone",
                vec![],
                vec![mine()],
                vec!["Ironclad Safety"],
            ),
            (
                "permissions on other DocTypes do not count",
                vec![warehouse()],
                vec![mine()],
                vec!["Ironclad Safety"],
            ),
            (
                "a Supplier's portal user is no customer",
                vec![],
                vec![row("Supplier", "Hauler", ME)],
                vec![],
            ),
            (
                "another user's row is not mine",
                vec![],
                vec![row("Customer", "Acme Foods", "ops@acme-foods.example")],
                vec![],
            ),
            (
                "nor is one the database takes for mine",
                vec![],
                vec![row("Customer", "Acme Foods", "Buyer@acme-foods.example")],
                vec![],
            ),
            (
                "an empty customer is nobody",
                vec![permission("Customer", "", None)],
                vec![mine()],
                vec![],
            ),
            (
                "an empty parent is nobody",
                vec![],
                vec![row("Customer", " ", ME)],
                vec![],
            ),
        ] {
            assert_eq!(of(permissions, &rows), expected, "{what}");
        }
    }

    #[test]
    fn permissions_of_another_user_give_nothing() {
        let me = UserId::parse(ME).expect("a user");
        let other = UserId::parse("ops@acme-foods.example").expect("a user");
        let permissions = UserPermissions::new(other, [permission("Customer", "Acme Foods", None)]);
        let doctype = DocType::parse("Transport Job").expect("a DocType");
        assert!(Scopes::new(&me, &permissions, &[]).of(&doctype).is_empty());
    }

    #[test]
    fn choosing_never_widens_a_scope() {
        let name = |text| CustomerName::parse(text).expect("a customer");
        let scope: Scope = [name("Acme Foods"), name("Cedar & Oak")]
            .into_iter()
            .collect();
        assert_eq!(scope.narrowed(&[]), Some(scope.clone()));
        assert_eq!(
            scope.narrowed(&[name("Cedar & Oak")]),
            Some([name("Cedar & Oak")].into_iter().collect())
        );
        assert_eq!(
            scope.narrowed(&[name("Cedar & Oak"), name("Bluefin Seafoods")]),
            None
        );
        assert_eq!(
            scope.narrowed(&[name("acme foods")]),
            None,
            "customers are compared exactly"
        );
    }

    fn any_permission() -> impl Strategy<Value = (DocType, UserPermission)> {
        (
            "Customer|Warehouse|Item",
            ".{0,12}",
            prop::option::of("Transport Job|Warehouse Job"),
        )
            .prop_map(|(allow, value, only)| permission(&allow, &value, only.as_deref()))
    }

    fn any_row() -> impl Strategy<Value = PortalUser> {
        (
            "Customer|Supplier",
            ".{0,12}",
            "buyer@acme-foods.example|BUYER@acme-foods.example|.{0,8}",
        )
            .prop_map(|(parenttype, parent, user)| row(&parenttype, &parent, &user))
    }

    proptest! {
        #[test]
        fn everyone_in_a_scope_was_named_by_frappe_for_this_user(
            permissions in prop::collection::vec(any_permission(), 0..6),
            rows in prop::collection::vec(any_row(), 0..6),
        ) {
            let on_customer: Vec<_> = permissions.iter().filter(|(allow, _)| allow.as_str() == "Customer").collect();
            for customer in of(permissions.clone(), &rows) {
                prop_assert!(!customer.trim().is_empty());
                if on_customer.is_empty() {
                    prop_assert!(rows.iter().any(|row| row.parenttype == "Customer" && row.user == ME && row.parent == customer));
                } else {
                    prop_assert!(on_customer.iter().any(|(_, permission)| permission.value == customer
                        && permission.applicable_for.as_ref().is_none_or(|only| only.as_str() == "Transport Job")));
                }
            }
        }
    }
}
