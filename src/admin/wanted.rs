//! What the portal wants of a site, as its settings and page files say.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::time::Duration;

use ipnet::IpNet;
use secrecy::SecretString;

use super::names::{WEBHOOK_PATH, doctype, field};
use crate::config::{MissingKeys, Settings};
use crate::frappe::{DocType, FieldName};
use crate::portal::Showing;
use crate::portal::menu::{PagesOfCustomers, Routes};
use crate::portal::page::{BuiltIn, Entry, Page, PageName, Pages, Section};
use crate::portal::stock::{self, Owner};

/// What is wanted.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// The address customers type, without a slash at its end.
    pub public_url: String,
    /// Where the portal listens, in plain HTTP.
    pub listen: SocketAddr,
    /// The reverse proxies whose word on clients' addresses it believes.
    pub trusted_proxies: Vec<IpNet>,
    /// Where the portal reaches Frappe.
    pub site_url: String,
    /// What it is called there (`Host`), where that is not the address's own host.
    pub site_name: Option<String>,
    /// The name of the site's time zone in the settings.
    pub time_zone: String,
    /// How many wrong tries Frappe allows, as the settings say.
    pub site_tries: u32,
    /// Within which time.
    pub site_window: Duration,
    /// The pages that files declare.
    pub pages: Vec<WantedPage>,
    /// The routes of all pages in the order of the menu, and their titles.
    pub routes: Vec<(String, String)>,
    /// The pages that show documents, in the order of the menu.
    pub showing: Vec<Showing>,
    /// The DocType that a row of Portal Settings names for each page.
    pub row_doctypes: BTreeMap<PageName, DocType>,
    /// Where rows of Portal Settings lead.
    pub leads: Routes,
    /// Which customers have which pages.
    pub customers: PagesOfCustomers,
    /// Whose stock it is, when a page shows stock.
    pub stock: Option<Owner>,
    /// The secrets that the portal knows webhooks by.
    pub secrets: Vec<SecretString>,
    /// What is not there of the key of the portal's own account, though the settings name it.
    pub missing_keys: Option<MissingKeys>,
}

/// A declared page.
#[derive(Clone, Debug)]
pub struct WantedPage {
    /// Its name.
    pub name: String,
    /// The DocType.
    pub doctype: DocType,
    /// The field that names the customer.
    pub customer: FieldName,
    /// The fields of the DocType itself.
    pub fields: BTreeSet<FieldName>,
    /// The fields of child tables, by the Table field.
    pub tables: BTreeMap<FieldName, BTreeSet<FieldName>>,
    /// Documents that rows of its child tables point to.
    pub linked: Vec<WantedLinked>,
}

/// Documents that rows of a child table point to, of which a page shows fields.
#[derive(Clone, Debug)]
pub struct WantedLinked {
    /// Their DocType.
    pub doctype: DocType,
    /// Their fields, with the one that points back to the document of the page.
    pub fields: BTreeSet<FieldName>,
}

impl Wanted {
    /// What settings and pages want.
    #[must_use]
    pub fn of(
        settings: &Settings,
        pages: &Pages,
        stock: Owner,
        secrets: Vec<SecretString>,
    ) -> Self {
        let zone = settings.site.time_zone.zone();
        Self {
            public_url: settings.public_url.origin(),
            listen: settings.listen.address,
            trusted_proxies: settings.trusted_proxies.clone(),
            site_url: settings
                .site
                .url
                .url()
                .as_str()
                .trim_end_matches('/')
                .to_owned(),
            site_name: settings.site.name.clone(),
            time_zone: zone.iana_name().unwrap_or_default().to_owned(),
            site_tries: settings.sign_in.site_tries,
            site_window: settings.sign_in.site_window,
            pages: pages.iter().map(WantedPage::of).collect(),
            routes: pages
                .entries()
                .map(|entry| (format!("/{}", entry.name()), title(entry)))
                .collect(),
            showing: Showing::all(pages),
            row_doctypes: pages
                .entries()
                .filter_map(|entry| Some((PageName::parse(entry.name())?, row_doctype(entry))))
                .collect(),
            leads: Routes::new(pages, &settings.public_url.origin()),
            customers: PagesOfCustomers::of(&settings.pages),
            stock: pages.has(BuiltIn::StockBalance).then_some(stock),
            secrets,
            missing_keys: None,
        }
    }

    /// The DocTypes that customers read, in the order of the pages.
    #[must_use]
    pub fn doctypes(&self) -> Vec<DocType> {
        let mut doctypes: Vec<DocType> = Vec::new();
        let pages = self.pages.iter().map(|page| page.doctype.clone());
        let stock = ["Bin", "Item", "Warehouse"].map(doctype);
        let stock = stock.into_iter().filter(|_| self.stock.is_some());
        for doctype in pages.chain(stock) {
            if !doctypes.contains(&doctype) {
                doctypes.push(doctype);
            }
        }
        doctypes
    }

    /// What rows of the pages' child tables point to.
    pub fn linked(&self) -> impl Iterator<Item = &WantedLinked> {
        self.pages.iter().flat_map(|page| &page.linked)
    }

    /// The DocTypes whose changes the portal wants to hear of.
    #[must_use]
    pub fn heard(&self) -> Vec<DocType> {
        let mut heard = self.doctypes();
        // A Bin's quantities move without an event; the ledger's rows have one.
        for doctype_of_stock in heard.iter_mut().filter(|doctype| doctype.as_str() == "Bin") {
            *doctype_of_stock = doctype("Stock Ledger Entry");
        }
        for linked in self.linked() {
            if !heard.contains(&linked.doctype) {
                heard.push(linked.doctype.clone());
            }
        }
        heard.extend(["Customer", "User Permission", "User", "Portal Settings"].map(doctype));
        heard
    }

    /// The field of a DocType that names the customer, where there is one.
    #[must_use]
    pub fn customer_field(&self, doctype: &DocType) -> Option<FieldName> {
        let page = self.pages.iter().find(|page| page.doctype == *doctype);
        let of_item = || (doctype.as_str() == "Item").then(|| field("customer"));
        page.map(|page| page.customer.clone()).or_else(of_item)
    }

    /// Whether a User Permission on Customer narrows what is shown of a DocType at all; that of a
    /// stock DocType does not, or the portal does not build on it.
    #[must_use]
    pub fn customer_field_of(&self, doctype: &str) -> bool {
        self.pages
            .iter()
            .any(|page| page.doctype.as_str() == doctype)
    }

    /// Where webhooks have to be sent.
    #[must_use]
    pub fn hook(&self) -> String {
        format!("{}{WEBHOOK_PATH}", self.public_url)
    }
}

fn title(entry: &Entry) -> String {
    match entry {
        Entry::Declared(page) => page.title.clone(),
        Entry::BuiltIn(page) => page.title().to_owned(),
    }
}

fn row_doctype(entry: &Entry) -> DocType {
    match entry {
        Entry::Declared(page) => page.doctype.clone(),
        Entry::BuiltIn(BuiltIn::StockBalance) => stock::doctype(),
        // It is made of other pages: this is what they show before all else.
        Entry::BuiltIn(BuiltIn::WarehousingPortal) => doctype("Warehouse Job"),
    }
}

impl WantedPage {
    fn of(page: &Page) -> Self {
        let mut fields: BTreeSet<FieldName> = page
            .fields()
            .map(|declared| declared.field.clone())
            .collect();
        fields.insert(page.customer.clone());
        fields.extend(page.fixed.iter().map(|fixed| fixed.field.clone()));
        fields.extend(page.filters.iter().map(|filter| filter.field.clone()));
        fields.extend(page.search.iter().cloned());
        let units = page
            .fields()
            .filter_map(|declared| declared.unit_field.clone());
        fields.extend(units);
        let mut tables: BTreeMap<FieldName, BTreeSet<FieldName>> = BTreeMap::new();
        if let Some(route) = &page.route {
            let ends = route.from.iter().chain(&route.to).cloned();
            tables.entry(route.field.clone()).or_default().extend(ends);
        }
        for section in &page.sections {
            match section {
                Section::Fields { .. } => {}
                Section::RichText { field, .. } => {
                    fields.insert(field.clone());
                }
                Section::Table(table) => {
                    let columns = table.columns.iter().map(|column| column.field.clone());
                    let table_fields = tables.entry(table.table.clone()).or_default();
                    table_fields.extend(columns);
                    table_fields.extend(table.linked.iter().map(|linked| linked.link.clone()));
                }
                Section::Timeline(timeline) => {
                    tables.entry(timeline.table.clone()).or_default().extend([
                        timeline.name.clone(),
                        timeline.status.clone(),
                        timeline.planned_start.clone(),
                        timeline.planned_end.clone(),
                        timeline.actual_start.clone(),
                        timeline.actual_end.clone(),
                    ]);
                }
                Section::Operations(operations) => {
                    let table = tables.entry(operations.table.clone()).or_default();
                    table.extend(operations.name.iter().cloned());
                    table.extend([
                        operations.quantity.clone(),
                        operations.unit.clone(),
                        operations.start.clone(),
                        operations.end.clone(),
                        operations.hours.clone(),
                    ]);
                }
                Section::Checklist(checklist) => {
                    tables.entry(checklist.table.clone()).or_default();
                }
            }
        }
        let linked = page.sections.iter().filter_map(|section| match section {
            Section::Table(table) => table.linked.as_ref(),
            _ => None,
        });
        let linked = linked.map(|linked| WantedLinked {
            doctype: linked.doctype.clone(),
            fields: linked
                .columns
                .iter()
                .flat_map(|column| [Some(&column.field), column.unit_field.as_ref()])
                .flatten()
                .chain([&linked.back])
                .cloned()
                .collect(),
        });
        let route = page.route.as_ref().map(|route| &route.field);
        fields.retain(|field| Some(field) != route && field.as_str() != "name");
        fields.retain(|field| field.as_str() != "docstatus");
        Self {
            name: page.name.as_str().to_owned(),
            doctype: page.doctype.clone(),
            customer: page.customer.clone(),
            linked: linked.collect(),
            fields,
            tables,
        }
    }
}
