//! What Portal Settings say of the menu, as far as it concerns the portal.

use std::collections::BTreeSet;

use super::routes::{Leads, Routes};
use super::{Item, Menu};
use crate::cache::Weigh;
use crate::frappe::{PortalSettings, RoleName};
use crate::portal::page::PageName;

/// What Portal Settings say.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Ruling {
    /// What is shown, in Frappe's order, to whom.
    rows: Vec<(Item, Option<RoleName>)>,
    is_in_force: bool,
    home: Option<PageName>,
}

impl Ruling {
    /// Reads them.
    #[must_use]
    pub fn read(settings: &PortalSettings, routes: &Routes) -> Self {
        let mut rows = Vec::new();
        let mut is_in_force = false;
        for (row, is_shown) in settings.rows() {
            let Ok(leads) = routes.leads(&row.route) else {
                continue;
            };
            // One that is switched off says so too: whoever has switched all pages off wants none.
            is_in_force |= matches!(leads, Leads::Page(_));
            if is_shown {
                let title = Some(row.title.trim().to_owned());
                let item = Item {
                    title: title.filter(|title| !title.is_empty()),
                    new_window: row.target.trim() == "_blank",
                    leads,
                };
                rows.push((item, RoleName::parse(&row.role).ok()));
            }
        }
        let home = match routes.leads(&settings.default_home) {
            Ok(Leads::Page(page)) => Some(page),
            _ => None,
        };
        Self {
            rows,
            is_in_force,
            home,
        }
    }

    /// Whether they name any page of ours, on or off: then they decide, and else the settings do.
    #[must_use]
    pub const fn is_in_force(&self) -> bool {
        self.is_in_force
    }

    /// The page on which users land, where it is one of ours.
    #[must_use]
    pub const fn home(&self) -> Option<&PageName> {
        self.home.as_ref()
    }

    /// What somebody with these roles has: the first row that leads somewhere stands for all of them.
    #[must_use]
    pub fn for_roles(&self, roles: &BTreeSet<RoleName>) -> Menu {
        let mut seen = BTreeSet::new();
        let is_his =
            |role: &Option<RoleName>| role.as_ref().is_none_or(|role| roles.contains(role));
        let rows = self.rows.iter().filter(|(_, role)| is_his(role));
        rows.map(|(item, _)| item)
            .filter(|item| seen.insert(&item.leads))
            .cloned()
            .collect()
    }
}

impl Weigh for Ruling {
    fn weight(&self) -> usize {
        // A row's texts are short: an address, a title and a role.
        100 + self.rows.len() * 600
    }
}

#[cfg(test)]
mod tests {
    use super::super::routes::Common;
    use super::*;
    use crate::frappe::PortalMenuRow;
    use crate::portal::page::Pages;

    fn read(settings: &PortalSettings) -> Ruling {
        let names = ["transport-jobs", "warehouse-jobs", "stock-balance"].map(str::to_owned);
        let pages = Pages::load(&names, None).expect("shipped pages");
        Ruling::read(settings, &Routes::new(&pages, "https://portal.example.com"))
    }

    fn row(route: &str, role: &str, enabled: bool) -> PortalMenuRow {
        PortalMenuRow {
            title: format!("The {route}"),
            route: route.to_owned(),
            role: role.to_owned(),
            enabled,
            ..PortalMenuRow::default()
        }
    }

    fn of(ruling: &Ruling, roles: &[&str]) -> Vec<String> {
        let roles = roles
            .iter()
            .map(|role| RoleName::parse(role).expect("a role"));
        let menu = ruling.for_roles(&roles.collect());
        let name = |item: &Item| match &item.leads {
            Leads::Page(page) => page.to_string(),
            Leads::Common(place) => place.href().to_owned(),
            Leads::Away(away) => away.href().to_owned(),
        };
        menu.items().map(name).collect()
    }

    #[test]
    fn whoever_has_a_rows_role_has_the_row() {
        let settings = PortalSettings {
            standard: vec![row("/stock-balance", "", true), row("/orders", "", true)],
            custom: vec![
                row("/warehouse_jobs", "Warehouse Customer", true),
                row("https://docs.example.com/", "Customer", true),
                row("/transport-jobs", "customer", true),
                row("/transport-jobs", "Customer", false),
                row("/wiki", "All", true),
                row("/warehouse-jobs", "Customer", true),
            ],
            ..PortalSettings::default()
        };
        let ruling = read(&settings);
        assert!(ruling.is_in_force());
        assert_eq!(of(&ruling, &[]), ["stock-balance"]);
        assert_eq!(
            of(&ruling, &["Customer", "All"]),
            [
                "stock-balance",
                "https://docs.example.com/",
                "/wiki",
                "warehouse-jobs"
            ]
        );
        assert_eq!(
            of(&ruling, &["Warehouse Customer", "Customer"]),
            [
                "stock-balance",
                "warehouse-jobs",
                "https://docs.example.com/"
            ]
        );
        let hidden = PortalSettings {
            hides_standard: true,
            ..settings
        };
        assert_eq!(of(&read(&hidden), &["All"]), ["/wiki"]);
    }

    #[test]
    fn they_decide_as_soon_as_they_name_a_page_on_or_off() {
        let named = |standard: Vec<PortalMenuRow>, custom: Vec<PortalMenuRow>, hides_standard| {
            let settings = PortalSettings {
                hides_standard,
                standard,
                custom,
                ..PortalSettings::default()
            };
            read(&settings).is_in_force()
        };
        assert!(!named(vec![], vec![], false));
        assert!(!named(
            vec![row("/orders", "Customer", true)],
            vec![],
            false
        ));
        assert!(!named(vec![], vec![row("/wiki", "Customer", true)], false));
        assert!(named(
            vec![],
            vec![row("/transport_jobs", "Customer", false)],
            false
        ));
        assert!(named(vec![row("/stock-balance", "", true)], vec![], true));
    }

    #[test]
    fn titles_targets_and_the_home_are_taken_as_they_can_be() {
        let custom = [("A", "_blank"), (" ", "_top"), ("C", "")];
        let routes = ["/transport-jobs", "/warehouse-jobs", "/wiki"];
        let custom = custom
            .iter()
            .zip(routes)
            .map(|((title, target), route)| PortalMenuRow {
                title: (*title).to_owned(),
                target: (*target).to_owned(),
                ..row(route, "", true)
            });
        let settings = PortalSettings {
            custom: custom.collect(),
            ..PortalSettings::default()
        };
        let menu = read(&settings).for_roles(&BTreeSet::new());
        let items: Vec<_> = menu
            .items()
            .map(|item| (item.title.as_deref(), item.new_window))
            .collect();
        assert_eq!(
            items,
            [(Some("A"), true), (None, false), (Some("C"), false)]
        );
        assert_eq!(
            menu.items().last().map(|item| &item.leads),
            Some(&Leads::Common(Common::Help))
        );
        for (home, page) in [
            ("/warehouse_jobs", Some("warehouse-jobs")),
            ("", None),
            ("/me", None),
            ("/wiki", None),
            ("https://evil.example/", None),
        ] {
            let settings = PortalSettings {
                default_home: home.to_owned(),
                ..PortalSettings::default()
            };
            let ruling = read(&settings);
            assert_eq!(ruling.home().map(PageName::as_str), page, "{home}");
        }
    }
}
