//! `[pages]`: which pages there are, and which customers have them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::ConfigError;
use crate::frappe::{CustomerGroup, CustomerName};

/// The pages customers have.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Pages {
    /// The pages, in the order of the menu; each is a file `pages/NAME.toml`.
    pub menu: Vec<String>,
    /// A folder whose `pages/` and `templates/` replace or add single files.
    pub folder: Option<PathBuf>,
    /// Pages that only these customers have.
    #[serde(serialize_with = "super::how_many")]
    pub only_for: BTreeMap<String, Named>,
    /// Pages that these customers do not have.
    #[serde(serialize_with = "super::how_many")]
    pub not_for: BTreeMap<String, Named>,
}

/// Customers, each by his name or all of a group.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Named {
    /// Their names.
    #[serde(default)]
    pub customers: BTreeSet<CustomerName>,
    /// The Customer Groups that they are in.
    #[serde(default)]
    pub groups: BTreeSet<CustomerGroup>,
}

impl Pages {
    /// What no single key can tell: which customers have a page is said of a page that there is, and of somebody; whose group a
    /// customer is in, only the service account may read.
    pub(super) fn check(&self, name: &str, has_account: bool) -> Result<(), ConfigError> {
        let Self {
            menu,
            only_for,
            not_for,
            ..
        } = self;
        if menu.is_empty() {
            return Err(ConfigError::contradiction(
                name,
                "pages.menu",
                "an empty list",
                "the names of one or more page files",
            ));
        }
        let tables = [("only_for", only_for), ("not_for", not_for)];
        let entries = tables
            .into_iter()
            .flat_map(|(key, table)| table.iter().map(move |(page, named)| (key, page, named)));
        for (key, page, named) in entries {
            let key = format!("pages.{key}.{page}");
            let (found, accepted) = if !menu.contains(page) {
                ("a page that is not in pages.menu", menu.join(", "))
            } else if named.customers.is_empty() && named.groups.is_empty() {
                (
                    "nobody",
                    "one customer or group at least (customers, groups)".to_owned(),
                )
            } else if !named.groups.is_empty() && !has_account {
                (
                    "groups, and no service account",
                    "groups together with site.api_key: which group a customer is in, only the \
                     service account may read"
                        .to_owned(),
                )
            } else {
                continue;
            };
            return Err(ConfigError::contradiction(name, &key, found, &accepted));
        }
        Ok(())
    }
}
