//! Portal Settings: Frappe's own menu for Website Users, and what decides whose it is.
//!
//! Only Website Manager and whoever has been given the right may read them (`portal_settings_doc`,
//! `portalset_put_website_user`), so the service account does. Rows are kept in Frappe's own order and
//! as they stand; which of them lead anywhere, and for whom, is not decided here.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;

use serde_json::Value;

use super::{
    answer::Asked,
    client::{Caller, Client, decided, impossible, in_english, method},
    error::{Error, Outage},
    filter::Filter,
    limits::Turn,
    names::{CustomerGroup, CustomerName, DocType, FieldName, NotAName, RoleName},
    query::ListQuery,
    question::{Credentials, Question},
    record::Record,
};

/// The Single's name, and its `DocType`'s.
const SETTINGS: &str = "Portal Settings";

/// Portal Settings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PortalSettings {
    /// When it was changed last, as stored.
    pub modified: String,
    /// The role that a user gets at sign-up.
    pub default_role: String,
    /// Where users land.
    pub default_home: String,
    /// Whether the standard menu is hidden.
    pub hides_standard: bool,
    /// The rows of the standard menu, which apps bring along.
    pub standard: Vec<PortalMenuRow>,
    /// The rows of the custom menu.
    pub custom: Vec<PortalMenuRow>,
}

/// A row of Portal Settings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PortalMenuRow {
    /// The row's own name.
    pub name: String,
    /// The title.
    pub title: String,
    /// The route.
    pub route: String,
    /// The role, or none for everybody.
    pub role: String,
    /// Whether it is on.
    pub enabled: bool,
    /// The DocType that it names.
    pub reference_doctype: String,
    /// Where it opens, as in a link's `target`.
    pub target: String,
}

impl PortalSettings {
    /// Reads the document (`portalset_get`).
    pub fn from_record(settings: &Record) -> Result<Self, NotAName> {
        Ok(Self {
            modified: text(settings, "modified")?,
            default_role: text(settings, "default_role")?,
            default_home: text(settings, "default_portal_home")?,
            hides_standard: ticked(settings, "hide_standard_menu")?,
            standard: rows(settings, "menu")?,
            custom: rows(settings, "custom_menu")?,
        })
    }

    /// All rows in the order in which Frappe shows them, and whether each is shown at all: those of
    /// the standard menu are not while it is hidden.
    pub fn rows(&self) -> impl Iterator<Item = (&PortalMenuRow, bool)> {
        let standard = self.standard.iter();
        let standard = standard.map(|row| (row, row.enabled && !self.hides_standard));
        standard.chain(self.custom.iter().map(|row| (row, row.enabled)))
    }
}

fn rows(settings: &Record, table: &str) -> Result<Vec<PortalMenuRow>, NotAName> {
    let rows = settings.rows(&FieldName::parse(table)?).iter();
    rows.map(|row| {
        Ok(PortalMenuRow {
            name: text(row, "name")?,
            title: text(row, "title")?,
            route: text(row, "route")?,
            role: text(row, "role")?,
            enabled: ticked(row, "enabled")?,
            reference_doctype: text(row, "reference_doctype")?,
            target: text(row, "target")?,
        })
    })
    .collect()
}

fn text(record: &Record, field: &str) -> Result<String, NotAName> {
    let text = record.text(&FieldName::parse(field)?);
    Ok(text.unwrap_or_default().to_owned())
}

/// A check, also where it stands as the text in which a Single stores it.
fn ticked(record: &Record, field: &str) -> Result<bool, NotAName> {
    let field = FieldName::parse(field)?;
    Ok(record.check(&field) || record.text(&field) == Some("1"))
}

impl Client {
    /// Portal Settings, read by the service account.
    pub async fn portal_settings(&self) -> Result<PortalSettings, Error> {
        if !self.has_service_account() {
            return Err(Error::Unexpected("there is no service account".to_owned()));
        }
        let question = Question {
            path: vec!["api", "resource", SETTINGS, SETTINGS],
            body: in_english(Vec::new()),
            credentials: Credentials::Service,
            turn: Turn::Question,
        };
        let answer = self.transport.ask(question).await?;
        let (mut answer, _) = answer.read(Asked::Service).map_err(decided)?;
        let data = answer.get_mut("data").map(Value::take);
        let settings = data.and_then(Record::from_json).ok_or(Outage::Broken)?;
        PortalSettings::from_record(&settings).map_err(impossible)
    }

    /// The roles of the caller's user, those included that Frappe gives by itself, All and Guest
    /// (`get_roles_website_user`). Asked with the caller's own session, and for his user alone: Frappe
    /// would tell anybody's (`get_roles_of_other_website_user`).
    pub async fn roles(&self, caller: &Caller) -> Result<BTreeSet<RoleName>, Error> {
        let path = method("frappe.core.doctype.user.user.get_roles");
        let query = vec![("uid", caller.user.to_string())];
        let (answer, _) = self.ask(caller, path, in_english(query)).await?;
        let roles = answer.get("message").and_then(Value::as_array);
        let roles = roles.ok_or(Outage::Broken)?.iter();
        let role = |role: &Value| RoleName::parse(role.as_str()?).ok();
        Ok(roles
            .map(role)
            .collect::<Option<_>>()
            .ok_or(Outage::Broken)?)
    }

    /// The Customer Groups of these customers, as far as the service account may read them: customers
    /// without a group, and those that are not there under exactly this name, are left out.
    pub async fn customer_groups(
        &self,
        customers: &BTreeSet<CustomerName>,
    ) -> Result<BTreeMap<CustomerName, CustomerGroup>, Error> {
        let length = u32::try_from(customers.len())
            .ok()
            .and_then(NonZeroU32::new);
        let Some(length) = length else {
            return Ok(BTreeMap::new());
        };
        let doctype = DocType::parse("Customer").map_err(impossible)?;
        let group = FieldName::parse("customer_group").map_err(impossible)?;
        let mut query = ListQuery::new(doctype, vec![FieldName::name(), group.clone()], length);
        let names = customers.iter().map(CustomerName::as_str);
        query.filters = vec![Filter::one_of(FieldName::name(), names)];
        let rows = self.list_by_service(&query).await?;
        let groups = rows.iter().filter_map(|row| {
            let customer = CustomerName::parse(row.text(&FieldName::name())?).ok()?;
            let group = CustomerGroup::parse(row.text(&group)?).ok()?;
            // The database has compared without regard to case.
            customers.contains(&customer).then_some((customer, group))
        });
        Ok(groups.collect())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn rows_come_in_frappes_order_and_a_hidden_standard_menu_shows_none_of_its_own() {
        let row = |route: &str, enabled: i32| json!({"route": route, "enabled": enabled});
        for (hidden, shown) in [
            (json!(0), vec!["/a", "/c"]),
            (json!("0"), vec!["/a", "/c"]),
            (json!(1), vec!["/c"]),
            (json!("1"), vec!["/c"]),
        ] {
            let settings = json!({
                "name": "Portal Settings", "hide_standard_menu": hidden,
                "menu": [row("/a", 1), row("/b", 0)], "custom_menu": [row("/c", 1), row("/d", 0)],
            });
            let settings = Record::from_json(settings).unwrap();
            let settings = PortalSettings::from_record(&settings).unwrap();
            let rows = settings.rows().filter(|(_, is_shown)| *is_shown);
            let routes: Vec<_> = rows.map(|(row, _)| row.route.as_str()).collect();
            assert_eq!(routes, shown, "{hidden}");
            assert_eq!(settings.rows().count(), 4);
        }
    }
}
