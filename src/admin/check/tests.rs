//! One table: a site where all is good, and what each fault in it is told as, alone.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::SignedDuration;

use super::{Finding, Grade, run, unreachable};
use crate::admin::facts::{
    Address, Documents, Facts, Field, Fields, Link, Menu, MenuRow, Outside, Permission, Place,
    PublicFile, Refused, Role, Rule, Service, Site, Stock, SystemSettings, User, Webhook,
};
use crate::admin::names::{READER_READS, READER_ROLE, WEBHOOK_EVENTS, doctype, field};
use crate::admin::wanted::{Wanted, WantedLinked, WantedPage};
use crate::config::MissingKeys;
use crate::frappe::{CustomerGroup, CustomerName, DocumentName, Error, Outage, Right};
use crate::portal::Showing;
use crate::portal::menu::{Named, PagesOfCustomers, Routes};
use crate::portal::page::{PageName, Pages};
use crate::portal::stock::Owner;

fn rule(doctype: &str, role: &str, rights: &[Right]) -> Rule {
    Rule {
        doctype: doctype.to_owned(),
        role: role.to_owned(),
        rights: rights.iter().copied().collect(),
        is_custom: true,
        ..Rule::default()
    }
}

fn of_type(fieldtype: &str, options: &str) -> Field {
    Field {
        fieldtype: fieldtype.to_owned(),
        options: options.to_owned(),
        ..Field::default()
    }
}

fn link() -> Link {
    Link {
        user: "anna@acme.example".to_owned(),
        customer: "Acme".to_owned(),
        through: "Acme".to_owned(),
    }
}

fn wanted() -> Wanted {
    let names = ["transport-jobs", "stock-balance"].map(str::to_owned);
    let pages = Pages::load(&names, None).expect("shipped pages");
    Wanted {
        public_url: "https://portal.example.com".to_owned(),
        listen: "127.0.0.1:8080".parse().expect("an address"),
        trusted_proxies: vec!["127.0.0.0/8".parse().expect("a network")],
        site_url: "http://127.0.0.1:8000".to_owned(),
        site_name: Some("erp.example.com".to_owned()),
        time_zone: "Europe/Amsterdam".to_owned(),
        site_tries: 10,
        site_window: Duration::from_mins(1),
        pages: vec![WantedPage {
            name: "transport-jobs".to_owned(),
            doctype: doctype("Transport Job"),
            customer: field("customer"),
            fields: BTreeSet::from([field("customer"), field("status")]),
            tables: BTreeMap::from([(field("legs"), BTreeSet::from([field("drop_address")]))]),
            linked: vec![WantedLinked {
                doctype: doctype("Transport Leg"),
                fields: BTreeSet::from([field("status"), field("transport_job")]),
            }],
        }],
        routes: vec![
            ("/transport-jobs".to_owned(), "Transport jobs".to_owned()),
            ("/stock-balance".to_owned(), "Stock".to_owned()),
        ],
        showing: Showing::all(&pages),
        leads: Routes::new(&pages, "https://portal.example.com"),
        row_doctypes: [
            ("transport-jobs", "Transport Job"),
            ("stock-balance", "Bin"),
        ]
        .map(|(page, name)| (PageName::parse(page).expect("a page"), doctype(name)))
        .into(),
        customers: PagesOfCustomers::default(),
        stock: Some(Owner::Item),
        secrets: Vec::new(),
        missing_keys: None,
    }
}

fn missing_key() -> MissingKeys {
    let file = std::path::PathBuf::from("/etc/quayfront/quayfront_api_key");
    MissingKeys {
        key: Some(file.clone()),
        missing: vec![("site.api_key", file)],
        ..MissingKeys::default()
    }
}

fn webhooks(wanted: &Wanted) -> Vec<Webhook> {
    let each = wanted.heard().into_iter().flat_map(|doctype| {
        WEBHOOK_EVENTS.map(|event| Webhook {
            name: format!("Quayfront {doctype} {event}"),
            doctype: doctype.to_string(),
            event: event.to_owned(),
            url: wanted.hook(),
            enabled: true,
            signed: true,
            secret_fits: Some(true),
            ..Webhook::default()
        })
    });
    each.collect()
}

fn facts() -> Facts {
    let fields = Fields(BTreeMap::from([
        (field("customer"), of_type("Link", "Customer")),
        (field("status"), of_type("Select", "")),
        (field("legs"), of_type("Table", "Transport Job Legs")),
        (field("internal_notes"), of_type("Text Editor", "")),
    ]));
    let legs = Fields(BTreeMap::from([(
        field("drop_address"),
        of_type("Data", ""),
    )]));
    let leg = Fields(BTreeMap::from([
        (field("status"), of_type("Select", "")),
        (field("transport_job"), of_type("Link", "Transport Job")),
    ]));
    let mut rules: Vec<Rule> = ["Transport Job", "Bin", "Item", "Warehouse"]
        .iter()
        .map(|doctype| rule(doctype, "Customer", &[Right::Read, Right::Print]))
        .collect();
    rules.extend(READER_READS.map(|doctype| rule(doctype, READER_ROLE, &[Right::Read])));
    let row = |route: &str, doctype: &str| MenuRow {
        route: route.to_owned(),
        reference_doctype: doctype.to_owned(),
        role: "Customer".to_owned(),
        enabled: true,
        ..MenuRow::default()
    };
    Facts {
        administrator: "Administrator".to_owned(),
        site: Site {
            clock_ahead: Ok(SignedDuration::from_secs(-1)),
            versions: Ok(["frappe", "erpnext", "logistics"]
                .map(|app| (app.to_owned(), "15.72.4".to_owned()))
                .into()),
            settings: Ok(SystemSettings {
                time_zone: "Europe/Amsterdam".to_owned(),
                attempts: 10,
                window: 60,
                ..SystemSettings::default()
            }),
            mails: Ok(Some("https://portal.example.com".to_owned())),
            sends_mails: Ok(true),
            address: Address::PassedOn,
            outside: None,
        },
        doctypes: Ok(BTreeMap::from([
            (doctype("Transport Job"), Some(fields)),
            (doctype("Transport Job Legs"), Some(legs)),
            (doctype("Transport Leg"), Some(leg)),
        ])),
        rules: Ok(rules),
        roles: Ok(vec![Role::default()]),
        users: Ok(vec![User {
            name: "anna@acme.example".to_owned(),
            enabled: true,
            roles: BTreeSet::from(["Customer".to_owned()]),
        }]),
        permissions: Ok(vec![Permission {
            name: "p1".to_owned(),
            user: "anna@acme.example".to_owned(),
            customer: "Acme".to_owned(),
            applicable_for: String::new(),
        }]),
        restrictions: Ok(Vec::new()),
        customers: Ok(vec!["Acme".to_owned(), "Bluefin".to_owned()]),
        groups: ["Acme", "Bluefin"]
            .map(|name| (name.to_owned(), "Commercial".to_owned()))
            .into(),
        portal_users: Ok(vec![link()]),
        contacts: Ok(vec![link()]),
        documents: BTreeMap::from([(doctype("Transport Job"), Ok(Documents::default()))]),
        stock: Some(Ok(Stock {
            items: BTreeMap::from([("Salt".to_owned(), "Acme".to_owned())]),
            warehouses: BTreeMap::from([
                ("Quay".to_owned(), Place::default()),
                (
                    "Quay A".to_owned(),
                    Place {
                        parent: "Quay".to_owned(),
                        customer: String::new(),
                    },
                ),
            ]),
            bins: vec![("Salt".to_owned(), "Quay A".to_owned())],
        })),
        public_files: Ok(Vec::new()),
        menu: Ok(Menu {
            custom: vec![
                row("/transport-jobs", "Transport Job"),
                row("/stock-balance", "Bin"),
            ],
            ..Menu::default()
        }),
        row_doctypes: Ok(["Transport Job", "Bin"].map(str::to_owned).into()),
        webhooks: Ok(webhooks(&wanted())),
        service: Some(Ok(Service {
            user: "quayfront@example.com".to_owned(),
            roles: BTreeSet::from([READER_ROLE.to_owned()]),
            reads: READER_READS.map(|name| (name.to_owned(), true)).into(),
        })),
    }
}

/// One row more in Portal Settings.
fn lead(facts: &mut Facts, route: &str) {
    let row = MenuRow {
        route: route.to_owned(),
        enabled: true,
        ..MenuRow::default()
    };
    let _ = facts.menu.as_mut().map(|menu| menu.custom.push(row));
}

fn only_for(wanted: &mut Wanted, customer: &str, group: &str) {
    let page = PageName::parse("stock-balance").expect("a page");
    let named = Named {
        customers: CustomerName::parse(customer).into_iter().collect(),
        groups: CustomerGroup::parse(group).into_iter().collect(),
    };
    wanted.customers.only_for.insert(page, named);
}

fn listed(lists: &[(&str, &str)]) -> Owner {
    let mut owner: BTreeMap<CustomerName, Vec<DocumentName>> = BTreeMap::new();
    for (customer, warehouse) in lists {
        let customer = CustomerName::parse(customer).expect("a customer");
        let warehouse = DocumentName::parse(warehouse).expect("a warehouse");
        owner.entry(customer).or_default().push(warehouse);
    }
    Owner::Settings(owner)
}

/// What breaks a site: in what was read, or in what is wanted.
type Fault = fn(&mut Facts, &mut Wanted);
/// What it is called, what it is, and what is told of it.
type Case = (&'static str, Fault, &'static [(&'static str, Grade)]);

const W: Grade = Grade::Warning;
const X: Grade = Grade::Wrong;

#[rustfmt::skip]
const CASES: &[Case] = &[
    ("all is good", |_, _| {}, &[]),
    ("no clock", |f, _| f.site.clock_ahead = Err(Error::NotFound), &[("reachable", X)]),
    ("plain HTTP across a network", |_, w| w.site_url = "http://erp.example.com".into(), &[("tls", X)]),
    ("HTTPS", |_, w| w.site_url = "https://erp.example.com".into(), &[]),
    ("a container's name", |_, w| w.site_url = "http://backend:8000".into(), &[]),
    ("no CargoNext", |f, _| { let _ = f.site.versions.as_mut().map(|v| v.remove("logistics")); }, &[("version", X)]),
    ("version 16", |f, _| { let _ = f.site.versions.as_mut().map(|v| v.insert("frappe".into(), "16.1.0".into())); }, &[("version", W)]),
    ("a clock that is behind", |f, _| f.site.clock_ahead = Ok(SignedDuration::from_secs(-90)), &[("clock", W)]),
    ("another time zone", |_, w| w.time_zone = "Asia/Kolkata".into(), &[("time-zone", X)]),
    ("a lock that comes earlier", |f, _| if let Ok(s) = &mut f.site.settings { s.attempts = 5 }, &[("sign-in-limits", W)]),
    ("a lock that lasts longer", |f, _| if let Ok(s) = &mut f.site.settings { s.window = 600 }, &[("sign-in-limits", W)]),
    ("no lock", |f, _| if let Ok(s) = &mut f.site.settings { s.attempts = 0 }, &[]),
    ("no Email Account that sends", |f, _| f.site.sends_mails = Ok(false), &[("outgoing-mail", W)]),
    ("Email Accounts that could not be read", |f, _| f.site.sends_mails = Err(Error::Forbidden), &[("outgoing-mail", W)]),
    ("mails that lead elsewhere", |f, _| f.site.mails = Ok(Some("http://erp.example.com:8000".into())), &[("host-name", X)]),
    ("no public page", |f, _| f.site.mails = Ok(None), &[("host-name", W)]),
    ("one address for all", |f, _| f.site.address = Address::Replaced("172.18.0.2".into()), &[("client-address", X)]),
    ("an API key", |f, _| f.site.address = Address::Unknown, &[("client-address", W)]),
    ("no trusted proxy", |_, w| w.trusted_proxies.clear(), &[("trusted-proxies", W)]),
    ("a trusted proxy elsewhere, before a listener of this machine", |_, w| w.trusted_proxies = vec!["10.0.0.5/32".parse().expect("a network")], &[("trusted-proxies", W)]),
    ("a trusted proxy elsewhere, before a listener of a network", |_, w| { w.trusted_proxies = vec!["10.0.0.5/32".parse().expect("a network")]; w.listen = "0.0.0.0:8080".parse().expect("an address") }, &[]),
    ("no proxy at all", |f, w| { w.trusted_proxies.clear(); w.public_url = "http://127.0.0.1:8080".into(); f.site.mails = Ok(Some(w.public_url.clone())); f.webhooks = Ok(webhooks(w)) }, &[]),
    ("Frappe outside", |f, _| f.site.outside = Some(Outside { url: "https://erp.example.com".into(), answers: true }), &[("outside", X)]),
    ("Frappe not outside", |f, _| f.site.outside = Some(Outside { url: "https://erp.example.com".into(), answers: false }), &[]),
    ("no service account", |f, _| f.service = None, &[("service-account", W)]),
    ("a key of the service account that is not there", |f, w| { f.service = None; w.missing_keys = Some(missing_key()); }, &[("service-account", X)]),
    ("a refused service account", |f, _| f.service = Some(Err(Error::Forbidden)), &[("service-account", X)]),
    ("a service account that could not be asked", |f, _| f.service = Some(Err(Error::Unavailable(Outage::TimedOut))), &[("service-account", W)]),
    ("a service account that reads too little", |f, _| if let Some(Ok(s)) = &mut f.service { s.reads.insert("Customer".into(), false); }, &[("service-too-little", X)]),
    ("a service account with another role", |f, _| if let Some(Ok(s)) = &mut f.service { s.roles.insert("Website Manager".into()); }, &[("service-too-much", X)]),
    ("a service account that is Administrator", |f, _| if let Some(Ok(s)) = &mut f.service { s.user = "Administrator".into() }, &[("service-too-much", X)]),
    ("a role that writes", |f, _| { let _ = f.rules.as_mut().map(|r| r.push(rule("Customer", READER_ROLE, &[Right::Write]))); }, &[("service-too-much", X)]),
    ("a role that reads more", |f, _| { let _ = f.rules.as_mut().map(|r| r.push(rule("Item", READER_ROLE, &[Right::Read]))); }, &[("service-too-much", X)]),
    ("a DocType that is not there", |f, w| { w.stock = None; f.stock = None; w.routes.truncate(1); f.webhooks = Ok(webhooks(w)); let _ = f.doctypes.as_mut().map(|d| d.insert(doctype("Transport Job"), None)); }, &[("fields", X)]),
    ("a field that is not there", |_, w| { w.pages[0].fields.insert(field("colour")); }, &[("fields", X)]),
    ("a child table's field that is not there", |_, w| { w.pages[0].tables.insert(field("legs"), BTreeSet::from([field("colour")])); }, &[("fields", X)]),
    ("a field on another level", |f, _| level(f, "Transport Job", 1), &[("fields", X)]),
    ("a field on a level that the role reads", |f, _| { level(f, "Transport Job", 1); let mut r = rule("Transport Job", "Customer", &[Right::Read]); r.level = 1; let _ = f.rules.as_mut().map(|all| all.push(r)); }, &[]),
    ("a field that is never shown", |_, w| { w.pages[0].fields.insert(field("internal_notes")); }, &[("fields", X)]),
    ("a role that may not read", |f, _| { let _ = f.rules.as_mut().map(|r| r[0].rights.clear()); }, &[("rights", X)]),
    ("a role that reads its own documents only", |f, _| { let _ = f.rules.as_mut().map(|r| r[0].only_own = true); }, &[("rights", X)]),
    ("a role that may write", |f, _| give(f, Right::Write), &[("rights", X)]),
    ("a role that may export", |f, _| give(f, Right::Export), &[("rights", W)]),
    ("a custom row in the place of all", |f, _| { let _ = f.rules.as_mut().map(|r| r[0].role = "Transport User".into()); }, &[("rights", X)]),
    ("a user without a User Permission", |f, _| f.permissions = Ok(Vec::new()), &[("user-permissions", X)]),
    ("a disabled user without a User Permission", |f, _| { f.permissions = Ok(Vec::new()); let _ = f.users.as_mut().map(|u| u[0].enabled = false); }, &[]),
    ("a User Permission for another DocType", |f, _| limit(f, "Customer"), &[("applicable-for", X)]),
    ("a User Permission for the DocType", |f, _| limit(f, "Transport Job"), &[]),
    ("a portal user without the role", |f, _| { let _ = f.users.as_mut().map(|u| u[0].roles.clear()); }, &[("portal-users", W)]),
    ("a portal user of another customer", |f, _| { let mut row = link(); row.customer = "Bluefin".into(); let _ = f.portal_users.as_mut().map(|r| r.push(row)); }, &[("portal-users", W)]),
    ("a user of nobody", |f, _| { f.permissions = Ok(Vec::new()); f.portal_users = Ok(Vec::new()); f.contacts = Ok(Vec::new()); }, &[("user-permissions", X), ("users-without-customer", W)]),
    ("a Contact of another customer", |f, _| { let mut row = link(); row.customer = "Bluefin".into(); let _ = f.contacts.as_mut().map(|r| r.push(row)); }, &[("contacts", W)]),
    ("documents without a customer", |f, _| documents(f).without_customer = 3, &[("empty-customers", W)]),
    ("documents without a customer on a strict site", |f, _| { documents(f).without_customer = 3; if let Ok(s) = &mut f.site.settings { s.strict = true } }, &[]),
    ("a document that names a second customer", |f, _| documents(f).refused.push(refused(None, "Bluefin")), &[("refused-documents", W)]),
    ("a document that a user's User Permission leaves out", |f, _| documents(f).refused.push(refused(Some("anna@acme.example"), "Quay B")), &[("refused-documents", W)]),
    ("an empty link on a strict site", |f, _| documents(f).refused.push(refused(None, "")), &[("refused-documents", W)]),
    ("User Permissions that could not be resolved", |f, _| f.restrictions = Err(Error::Forbidden), &[("refused-documents", W)]),
    ("a linked DocType that is not there", |f, _| { let _ = f.doctypes.as_mut().map(|d| d.insert(doctype("Transport Leg"), None)); }, &[("linked-fields", W)]),
    ("a linked field that is not there", |_, w| { w.pages[0].linked[0].fields.insert(field("colour")); }, &[("linked-fields", W)]),
    ("a linked field on another level, of what nobody reads", |f, _| level(f, "Transport Leg", 1), &[]),
    ("a linked field on another level", |f, _| { level(f, "Transport Leg", 1); leg_has(f, "customer", "Customer"); let _ = f.rules.as_mut().map(|r| r.push(rule("Transport Leg", "Customer", &[Right::Read]))); }, &[("linked-fields", X)]),
    ("a linked field that is never shown", |f, w| { w.pages[0].linked[0].fields.insert(field("cost_center")); leg_has(f, "cost_center", "Cost Center"); }, &[("linked-fields", X)]),
    ("linked documents of every customer's", |f, _| { let _ = f.rules.as_mut().map(|r| r.push(rule("Transport Leg", "Customer", &[Right::Read]))); }, &[("linked-rights", W)]),
    ("linked documents that name their customer", |f, _| { leg_has(f, "customer", "Customer"); let _ = f.rules.as_mut().map(|r| r.push(rule("Transport Leg", "Customer", &[Right::Read]))); }, &[]),
    ("linked documents that a customer may change", |f, _| { leg_has(f, "customer", "Customer"); let _ = f.rules.as_mut().map(|r| r.push(rule("Transport Leg", "Customer", &[Right::Read, Right::Write]))); }, &[("linked-rights", X)]),
    ("a rule that finds no stock", |f, _| if let Some(Ok(s)) = &mut f.stock { s.items.insert("Salt".into(), String::new()); }, &[("stock", X)]),
    ("no Warehouse that names a customer", |_, w| w.stock = Some(Owner::Warehouse(field("customer"))), &[("stock", X)]),
    ("a group that names the customer", |f, w| { w.stock = Some(Owner::Warehouse(field("customer"))); whose_quay(f, "Acme") }, &[]),
    ("stock of two customers", |f, w| { w.stock = Some(Owner::Warehouse(field("customer"))); whose_quay(f, "Bluefin") }, &[("stock", W), ("stock", X)]),
    ("a warehouse for two", |_, w| w.stock = Some(listed(&[("Acme", "Quay A"), ("Bluefin", "Quay A")])), &[("stock", X), ("stock", X)]),
    ("a warehouse that is not there", |_, w| w.stock = Some(listed(&[("Acme", "Quay"), ("Bluefin", "Quai")])), &[("stock", X)]),
    ("a public file", |f, _| f.public_files = Ok(vec![PublicFile::default()]), &[("public-files", W)]),
    ("none of our routes", |f, _| f.menu = Ok(Menu::default()), &[("menu", W)]),
    ("a page that is switched off", |f, _| { let _ = f.menu.as_mut().map(|m| m.custom[1].enabled = false); }, &[]),
    ("a page that is switched off where the portal does not read that", |f, _| { let _ = f.menu.as_mut().map(|m| m.custom[1].enabled = false); f.service = None; }, &[("service-account", W), ("menu", W)]),
    ("a page without a row", |f, _| { let _ = f.menu.as_mut().map(|m| m.custom.pop()); }, &[("menu", W)]),
    ("pages that are all switched off", |f, _| { let _ = f.menu.as_mut().map(|m| m.custom.iter_mut().for_each(|row| row.enabled = false)); }, &[("menu", X)]),
    ("pages in a standard menu that is hidden", |f, _| { let _ = f.menu.as_mut().map(|m| { m.standard = std::mem::take(&mut m.custom); m.hides_standard = true; }); }, &[("menu", X)]),
    ("a row without a DocType", |f, _| { let _ = f.menu.as_mut().map(|m| m.custom[0].reference_doctype.clear()); }, &[("menu", W)]),
    ("a row without a DocType that is switched off", |f, _| { let _ = f.menu.as_mut().map(|m| { m.custom[1].reference_doctype.clear(); m.custom[1].enabled = false; }); }, &[("menu", W)]),
    ("a row with a DocType that is not there", |f, _| { let _ = f.menu.as_mut().map(|m| m.custom[0].reference_doctype = "Barge Job".into()); }, &[("menu", W)]),
    ("a row with a DocType, of which it is not known whether it is there", |f, _| f.row_doctypes = Err(Error::Forbidden), &[]),
    ("a row without a DocType in a standard menu that is hidden", |f, _| { let _ = f.menu.as_mut().map(|m| { m.standard.push(MenuRow { route: "/transport-jobs".into(), ..MenuRow::default() }); m.hides_standard = true; }); }, &[]),
    ("rows with CargoNext's own routes", |f, _| { let _ = f.menu.as_mut().map(|m| m.custom[0].route = "/transport_jobs".into()); }, &[]),
    ("a row that the portal does not serve", |f, _| lead(f, "/orders"), &[]),
    ("a link that is none", |f, _| lead(f, "javascript:alert(1)"), &[("menu", W)]),
    ("a link elsewhere", |f, _| lead(f, "https://docs.example.com/"), &[]),
    ("a home that is no page", |f, _| { let _ = f.menu.as_mut().map(|m| m.default_home = "/me".into()); }, &[]),
    ("a page for a customer that is not there", |_, w| only_for(w, "acme", ""), &[("pages-of-customers", W)]),
    ("a page for a group that nobody is in", |_, w| only_for(w, "", "Retail"), &[("pages-of-customers", W)]),
    ("a page for a group", |_, w| only_for(w, "", "Commercial"), &[]),
    ("a page for a customer", |_, w| only_for(w, "Acme", ""), &[]),
    ("a page for another role", |f, _| { let _ = f.menu.as_mut().map(|m| m.custom[1].role = "Supplier".into()); }, &[("menu", W)]),
    ("a default role", |f, _| { let _ = f.menu.as_mut().map(|m| m.default_role = "Customer".into()); }, &[("default-role", W)]),
    ("no webhooks", |f, _| f.webhooks = Ok(Vec::new()), &[("webhooks", W)]),
    ("a webhook that is missing", |f, _| { let _ = f.webhooks.as_mut().map(Vec::pop); }, &[("webhooks", W)]),
    ("a webhook that is off", |f, _| webhook(f).enabled = false, &[("webhooks", W)]),
    ("a webhook that leads elsewhere", |f, _| webhook(f).url = "https://old.example.com/hooks/frappe".into(), &[("webhooks", W)]),
    ("a webhook that is not signed", |f, _| webhook(f).signed = false, &[("webhooks", W)]),
    ("a webhook with another secret", |f, _| webhook(f).secret_fits = Some(false), &[("webhooks", W)]),
    ("a webhook for too few events", |f, _| webhook(f).event = "on_update".into(), &[("webhooks", W)]),
    ("a webhook with a template", |f, _| webhook(f).template = Some("{}".into()), &[("webhooks", W)]),
    ("a webhook that failed", |f, _| webhook(f).failed = Some("2026-11-25 09:00:00".into()), &[("webhooks", W)]),
    ("rules that could not be read", |f, _| f.rules = Err(Error::Forbidden), &[("service-too-much", W), ("rights", W)]),
    ("System Settings that could not be read", |f, _| f.site.settings = Err(Error::Forbidden), &[("time-zone", W)]),
    ("users that could not be read", |f, _| f.users = Err(Error::Forbidden), &[("user-permissions", W)]),
];

fn fields_of<'a>(facts: &'a mut Facts, name: &'static str) -> &'a mut Fields {
    let doctypes = facts.doctypes.as_mut().expect("DocTypes");
    let fields = doctypes.get_mut(&doctype(name)).expect("the DocType");
    fields.as_mut().expect("fields")
}

fn level(facts: &mut Facts, doctype: &'static str, level: i64) {
    let status = fields_of(facts, doctype).0.get_mut(&field("status"));
    status.expect("a field").level = level;
}

fn leg_has(facts: &mut Facts, name: &'static str, linked: &str) {
    let fields = fields_of(facts, "Transport Leg");
    fields.0.insert(field(name), of_type("Link", linked));
}

fn refused(user: Option<&str>, other: &str) -> Refused {
    Refused {
        name: "TRJ1".into(),
        customer: "Acme".into(),
        user: user.map(str::to_owned),
        field: "charges.bill_to".into(),
        linked: "Customer".into(),
        other: other.into(),
    }
}

fn give(facts: &mut Facts, right: Right) {
    facts.rules.as_mut().expect("rules")[0].rights.insert(right);
}

fn limit(facts: &mut Facts, doctype: &str) {
    let permissions = facts.permissions.as_mut().expect("permissions");
    doctype.clone_into(&mut permissions[0].applicable_for);
}

fn documents(facts: &mut Facts) -> &mut Documents {
    let documents = facts.documents.get_mut(&doctype("Transport Job"));
    documents.expect("the DocType").as_mut().expect("documents")
}

fn whose_quay(facts: &mut Facts, customer: &str) {
    let stock = facts
        .stock
        .as_mut()
        .expect("stock")
        .as_mut()
        .expect("stock");
    let quay = stock.warehouses.get_mut("Quay").expect("a warehouse");
    customer.clone_into(&mut quay.customer);
}

fn webhook(facts: &mut Facts) -> &mut Webhook {
    &mut facts.webhooks.as_mut().expect("webhooks")[0]
}

#[test]
fn each_fault_is_told_and_nothing_else() {
    for (name, fault, expected) in CASES {
        let (mut facts, mut wanted) = (facts(), wanted());
        fault(&mut facts, &mut wanted);
        let findings = run(&facts, &wanted);
        let faults: Vec<_> = findings
            .iter()
            .filter(|finding| finding.grade != Grade::Good)
            .map(|finding| (finding.check, finding.grade))
            .collect();
        assert_eq!(faults, *expected, "{name}: {findings:#?}");
        for finding in findings
            .iter()
            .filter(|finding| finding.grade != Grade::Good)
        {
            assert!(
                !finding.means.is_empty() && !finding.mend.is_empty(),
                "{name}: {finding:?}"
            );
        }
    }
}

#[test]
fn customers_without_users_are_named_a_few_in_words_and_all_for_machines() {
    let mut facts = facts();
    let customers: Vec<String> = (1..=8).map(|number| format!("Customer {number}")).collect();
    facts.customers = Ok(customers.clone());
    let findings = run(&facts, &wanted());
    let of = |finding: &&Finding| finding.check == "customers-without-users";
    let finding = findings.iter().find(of).expect("a line");
    assert_eq!(
        finding.found,
        "8 of 8 customers have no user: Customer 1, Customer 2, Customer 3, Customer 4, Customer 5 and \
         3 more"
    );
    assert_eq!(finding.all, customers);
    let json = serde_json::to_value(finding).expect("JSON");
    assert_eq!(json["all"].as_array().map(Vec::len), Some(8));
}

#[test]
fn a_site_that_is_not_there_under_its_name_is_told_apart_from_one_that_does_not_answer() {
    let told = |problem: &Error| unreachable(&wanted(), problem);
    let by_name = told(&Error::NotFound);
    assert_eq!((by_name.check, by_name.grade), ("reachable", Grade::Wrong));
    assert!(by_name.mend.starts_with("site.name"), "{by_name:?}");
    let away = told(&Error::Unavailable(Outage::Unreachable));
    assert!(away.mend.starts_with("site.url"), "{away:?}");
    let refused = told(&Error::SignInRequired);
    assert!(
        refused.mend.starts_with("The administrator's"),
        "{refused:?}"
    );
}

#[test]
fn what_setup_does_not_set_is_not_said_to_be_its_to_mend() {
    let mend = |of: &dyn Fn(&mut Facts)| {
        let mut facts = facts();
        of(&mut facts);
        let findings = run(&facts, &wanted());
        let mut bad = findings
            .iter()
            .filter(|finding| finding.grade != Grade::Good);
        bad.next().expect("a fault").mend.clone()
    };
    let push = |facts: &mut Facts, one: Rule| facts.rules.as_mut().expect("rules").push(one);
    let setup = "quayfront setup; or Role Permissions Manager";
    assert!(mend(&|f| give(f, Right::Write)).starts_with(setup));
    let everybodys = mend(&|f| push(f, rule("Transport Job", "All", &[Right::Write])));
    assert_eq!(
        everybodys,
        "Role Permissions Manager > Transport Job, role All: read and print alone."
    );
    let too_much =
        |doctype| move |f: &mut Facts| push(f, rule(doctype, READER_ROLE, &[Right::Write]));
    assert!(mend(&too_much("Customer")).starts_with(setup));
    assert!(mend(&too_much("Item")).starts_with("Role Permissions Manager"));
}

#[test]
fn mails_that_have_only_a_port_too_many_are_mended_by_taking_the_port_away() {
    let mend = |address: &str| {
        let mut facts = facts();
        facts.site.mails = Ok(Some(address.to_owned()));
        let findings = run(&facts, &wanted());
        let mut mails = findings.iter().filter(|one| one.check == "host-name");
        mails.next().expect("a finding").mend.clone()
    };
    let port = mend("https://portal.example.com:8000");
    assert!(
        port.starts_with("bench --site erp.example.com set-config webserver_port 0;"),
        "{port}"
    );
    for elsewhere in [
        "http://erp.example.com:8000",
        "http://portal.example.com:8000",
        "http://erp.example.com",
    ] {
        let mend = mend(elsewhere);
        assert!(
            mend.contains(" set-config host_name https://portal.example.com "),
            "{mend}"
        );
    }
}
