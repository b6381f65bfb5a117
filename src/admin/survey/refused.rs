//! Documents that Frappe refuses to their own customer's users, because another link in them or in a
//! child row names something that a User Permission leaves out.
//!
//! Every link counts that does not ignore User Permissions (`doc_transport_job_bill_to_other`): one to
//! another Customer keeps out all users of the document's customer, one to a Warehouse, say, those
//! users who have a User Permission on Warehouse. Frappe is not asked as these users: it is worked out
//! by its rule.

use std::collections::{BTreeMap, BTreeSet};

use super::super::facts::{Fields, Permission, Read, Refused, Restriction, User};
use super::super::names::{CUSTOMER_ROLE, field};
use super::super::wanted::WantedPage;
use super::{Survey, list_of, of, text};
use crate::frappe::{DocType, Error, FieldName, Filter, UserId};

/// So many names stand in one filter; more make the answer slow.
const NAMES_AT_ONCE: usize = 400;

/// What keeps customers' users from documents.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits<'a> {
    /// Apply Strict User Permissions: a link that names nothing is refused too.
    pub(super) strict: bool,
    pub(super) permissions: &'a [Permission],
    pub(super) restrictions: &'a [Restriction],
}

/// A user who is kept from documents that link to anything but these.
struct Restricted<'a> {
    user: &'a str,
    customers: BTreeSet<&'a str>,
    allows: BTreeSet<&'a str>,
}

impl<'a> Limits<'a> {
    /// Who is restricted in what documents of a DocType may link to.
    fn of(&self, linked: &DocType, doctype: &DocType) -> Vec<Restricted<'a>> {
        let mut allowed: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for one in self.restrictions {
            let applies = one.applicable_for.as_ref().is_none_or(|to| to == doctype);
            if one.doctype == *linked && applies {
                let names = one.allows.iter().map(String::as_str);
                allowed.entry(&one.user).or_default().extend(names);
            }
        }
        let customers = |user: &str| {
            let his = self.permissions.iter().filter(|one| {
                let applies =
                    one.applicable_for.is_empty() || one.applicable_for == doctype.as_str();
                one.user == user && applies
            });
            his.map(|one| one.customer.as_str()).collect()
        };
        let restricted = allowed.into_iter().map(|(user, allows)| Restricted {
            user,
            customers: customers(user),
            allows,
        });
        restricted.collect()
    }
}

/// Where a link stands, and whom it may keep out.
struct Link<'a> {
    field: &'a FieldName,
    /// As it is told.
    place: String,
    linked: &'a str,
    restricted: Vec<Restricted<'a>>,
}

impl<'a> Link<'a> {
    /// Those of a DocType's links that may keep somebody out; not the page's own customer.
    fn all(
        fields: &'a Fields,
        own: Option<&FieldName>,
        table: Option<&FieldName>,
        page: &WantedPage,
        limits: &Limits<'a>,
    ) -> Vec<Self> {
        let links = fields.0.iter().filter(|(name, known)| {
            known.fieldtype == "Link" && !known.ignores_permissions && Some(*name) != own
        });
        let link = |(field, known): (&'a FieldName, &'a super::super::facts::Field)| {
            let linked = DocType::parse(&known.options).ok()?;
            let restricted = limits.of(&linked, &page.doctype);
            if known.options != "Customer" && restricted.is_empty() {
                return None;
            }
            Some(Link {
                field,
                place: table.map_or_else(|| field.to_string(), |table| format!("{table}.{field}")),
                linked: &known.options,
                restricted,
            })
        };
        links.filter_map(link).collect()
    }

    /// What is asked for: not what keeps nobody out.
    fn filters(&self, strict: bool) -> Vec<Filter> {
        let mut filters = Vec::new();
        if !strict {
            filters.push(Filter::is_set(self.field.clone()));
        }
        let mut each = self.restricted.iter().map(|one| one.allows.clone());
        if let Some(first) = each.next() {
            let common = each.fold(first, |common, next| &common & &next);
            if (1..=NAMES_AT_ONCE).contains(&common.len()) {
                filters.push(Filter::none_of(self.field.clone(), common));
            }
        }
        filters
    }

    /// Notes whom it keeps from a document.
    fn note(&self, found: &mut Found, name: &str, customer: &str, other: &str, strict: bool) {
        if customer.is_empty() || (other.is_empty() && !strict) {
            return;
        }
        let mut note = |user: Option<&str>| {
            let key = (name.to_owned(), user.map(str::to_owned));
            found.entry(key).or_insert_with(|| Refused {
                name: name.to_owned(),
                customer: customer.to_owned(),
                user: user.map(str::to_owned),
                field: self.place.clone(),
                linked: self.linked.to_owned(),
                other: other.to_owned(),
            });
        };
        if self.linked == "Customer" {
            if other != customer {
                note(None);
            }
            return;
        }
        for one in &self.restricted {
            if one.customers.contains(customer) && !one.allows.contains(other) {
                note(Some(one.user));
            }
        }
    }
}

/// Each document once for each user.
type Found = BTreeMap<(String, Option<String>), Refused>;

impl Survey {
    /// What User Permissions of customers' users allow of other DocTypes than Customer.
    pub(super) async fn restrictions(&self, users: &Read<Vec<User>>) -> Read<Vec<Restriction>> {
        let users = users.as_ref().map_err(Clone::clone)?;
        let mut query = super::list("User Permission", &["name", "user"]);
        query.filters = vec![Filter::not_equals(field("allow"), "Customer")];
        let rows = self.administrator.all(query).await?;
        let named: BTreeSet<String> = rows.iter().map(|row| text(row, "user")).collect();
        let customers_users = users.iter().filter(|user| {
            user.enabled && user.roles.contains(CUSTOMER_ROLE) && named.contains(&user.name)
        });
        let mut restrictions = Vec::new();
        for user in customers_users {
            let id = UserId::parse(&user.name).map_err(|_| Error::NotFound)?;
            let mut allowed: BTreeMap<(DocType, Option<DocType>), BTreeSet<String>> =
                BTreeMap::new();
            for (doctype, one) in self.administrator.permissions_of(&id).await?.iter() {
                let key = (doctype.clone(), one.applicable_for.clone());
                allowed.entry(key).or_default().insert(one.value.clone());
            }
            allowed.retain(|(doctype, _), _| doctype.as_str() != "Customer");
            restrictions.extend(
                allowed
                    .into_iter()
                    .map(|((doctype, applicable_for), allows)| Restriction {
                        user: user.name.clone(),
                        doctype,
                        applicable_for,
                        allows,
                    }),
            );
        }
        Ok(restrictions)
    }

    /// The documents of a page that are refused to users of their customer.
    pub(super) async fn refused(
        &self,
        page: &WantedPage,
        fields: &Fields,
        doctypes: &BTreeMap<DocType, Option<Fields>>,
        limits: &Limits<'_>,
    ) -> Read<Vec<Refused>> {
        let mut found = Found::new();
        for link in Link::all(fields, Some(&page.customer), None, page, limits) {
            let mut query = list_of(page.doctype.clone(), &["name"]);
            query
                .fields
                .extend([page.customer.clone(), link.field.clone()]);
            query.filters = link.filters(limits.strict);
            for row in self.administrator.all(query).await? {
                let (customer, other) = (of(&row, &page.customer), of(&row, link.field));
                let name = text(&row, "name");
                link.note(&mut found, &name, &customer, &other, limits.strict);
            }
        }
        for (table, child) in fields.tables() {
            let Some(Some(of_child)) = doctypes.get(&child) else {
                continue;
            };
            for link in Link::all(of_child, None, Some(&table), page, limits) {
                let mut query = list_of(child.clone(), &["parent"]);
                query.fields.push(link.field.clone());
                query.parent = Some(page.doctype.clone());
                query.filters = link.filters(limits.strict);
                query.filters.extend([
                    Filter::equals(field("parenttype"), page.doctype.as_str()),
                    Filter::equals(field("parentfield"), table.as_str()),
                ]);
                let rows = self.administrator.all(query).await?;
                let parents = rows.iter().map(|row| text(row, "parent")).collect();
                let customers = self.customers_of(page, &parents).await?;
                for row in &rows {
                    let parent = text(row, "parent");
                    if let Some(customer) = customers.get(&parent) {
                        let other = of(row, link.field);
                        link.note(&mut found, &parent, customer, &other, limits.strict);
                    }
                }
            }
        }
        Ok(found.into_values().collect())
    }

    async fn customers_of(
        &self,
        page: &WantedPage,
        names: &BTreeSet<String>,
    ) -> Read<BTreeMap<String, String>> {
        let names: Vec<&String> = names.iter().collect();
        let mut customers = BTreeMap::new();
        for piece in names.chunks(NAMES_AT_ONCE) {
            let mut query = list_of(page.doctype.clone(), &["name"]);
            query.fields.push(page.customer.clone());
            query.filters = vec![Filter::one_of(
                field("name"),
                piece.iter().map(|name| name.as_str()),
            )];
            let rows = self.administrator.all(query).await?;
            customers.extend(
                rows.iter()
                    .map(|row| (text(row, "name"), of(row, &page.customer))),
            );
        }
        Ok(customers)
    }
}
