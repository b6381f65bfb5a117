//! Pages that only some customers have, and pages that some customers do not have, as the settings
//! say. Frappe has nothing of the kind.

use std::collections::{BTreeMap, BTreeSet};

use crate::config;
use crate::frappe::{CustomerGroup, CustomerName};
use crate::portal::page::PageName;

/// Customers, each by his name or all of a group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Named {
    /// Their names.
    pub customers: BTreeSet<CustomerName>,
    /// The groups that they are in: exactly these, and none below them.
    pub groups: BTreeSet<CustomerGroup>,
}

/// Which customers have which page; a page that is not named, all have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PagesOfCustomers {
    /// Pages that only these have.
    pub only_for: BTreeMap<PageName, Named>,
    /// Pages that these do not have.
    pub not_for: BTreeMap<PageName, Named>,
}

impl PagesOfCustomers {
    /// What the settings say; they were checked to name pages that there are.
    #[must_use]
    pub fn of(settings: &config::Pages) -> Self {
        let table = |named: &BTreeMap<String, config::Named>| {
            let named = named.iter().filter_map(|(page, named)| {
                let config::Named { customers, groups } = named.clone();
                Some((PageName::parse(page)?, Named { customers, groups }))
            });
            named.collect()
        };
        Self {
            only_for: table(&settings.only_for),
            not_for: table(&settings.not_for),
        }
    }

    /// The customers that are named anywhere.
    #[must_use]
    pub fn customers(&self) -> BTreeSet<&CustomerName> {
        let all = self.only_for.values().chain(self.not_for.values());
        all.flat_map(|named| &named.customers).collect()
    }

    /// The groups that are named anywhere.
    #[must_use]
    pub fn groups(&self) -> BTreeSet<&CustomerGroup> {
        let all = self.only_for.values().chain(self.not_for.values());
        all.flat_map(|named| &named.groups).collect()
    }

    /// Whether groups decide anything.
    #[must_use]
    pub fn go_by_groups(&self) -> bool {
        let mut all = self.only_for.values().chain(self.not_for.values());
        all.any(|named| !named.groups.is_empty())
    }

    /// Whether all customers have the page.
    #[must_use]
    pub fn all_have(&self, page: &PageName) -> bool {
        !self.only_for.contains_key(page) && !self.not_for.contains_key(page)
    }

    /// Whether a customer, who is in this group, has the page. Where the group is not known, he has
    /// what is not for groups, and not what is for groups only.
    #[must_use]
    pub fn has(
        &self,
        page: &PageName,
        customer: &CustomerName,
        group: Option<&CustomerGroup>,
    ) -> bool {
        let is_on = self.only_for.get(page).is_none_or(|named| {
            named.customers.contains(customer)
                || group.is_some_and(|group| named.groups.contains(group))
        });
        let is_off = self.not_for.get(page).is_some_and(|named| {
            let in_group = || match group {
                Some(group) => named.groups.contains(group),
                None => !named.groups.is_empty(),
            };
            named.customers.contains(customer) || in_group()
        });
        is_on && !is_off
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_on_for_those_it_is_on_for_and_the_unknown_group_is_the_worst_one() {
        let page = PageName::parse("stock-balance").expect("a page");
        let customer = |name: &str| CustomerName::parse(name).expect("a customer");
        let group = |name: &str| CustomerGroup::parse(name).expect("a group");
        let named = |customers: &[&str], groups: &[&str]| Named {
            customers: customers.iter().map(|name| customer(name)).collect(),
            groups: groups.iter().map(|name| group(name)).collect(),
        };
        let table = |named: Option<Named>| {
            named
                .map(|named| (page.clone(), named))
                .into_iter()
                .collect()
        };
        let acme_or_retail = || Some(named(&["Acme"], &["Retail"]));
        for (only, not, of, in_group, has) in [
            (None, None, "Acme", None, true),
            (acme_or_retail(), None, "Acme", None, true),
            (acme_or_retail(), None, "acme", None, false),
            (acme_or_retail(), None, "Bluefin", Some("Retail"), true),
            (
                acme_or_retail(),
                None,
                "Bluefin",
                Some("Retail North"),
                false,
            ),
            (acme_or_retail(), None, "Bluefin", None, false),
            (None, acme_or_retail(), "Acme", Some("Wholesale"), false),
            (None, acme_or_retail(), "Bluefin", Some("Retail"), false),
            (None, acme_or_retail(), "Bluefin", Some("Wholesale"), true),
            (None, acme_or_retail(), "Bluefin", None, false),
            (None, Some(named(&["Acme"], &[])), "Bluefin", None, true),
            (
                acme_or_retail(),
                Some(named(&["Acme"], &[])),
                "Acme",
                Some("Retail"),
                false,
            ),
        ] {
            let pages = PagesOfCustomers {
                only_for: table(only),
                not_for: table(not),
            };
            let is_in = in_group.map(group);
            assert_eq!(
                pages.has(&page, &customer(of), is_in.as_ref()),
                has,
                "{pages:?}, {of}, {in_group:?}"
            );
        }
    }
}
