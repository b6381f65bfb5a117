//! Broken sites: a demo ERP that is set up, with one fault, which `check` names and adds nothing else.

use std::collections::BTreeMap;

use quayfront::admin::check::{self, Grade};
use quayfront::admin::plan::plan;
use quayfront::admin::report::Report;
use quayfront::admin::wanted::WantedLinked;
use quayfront::clock::Clock;
use quayfront::frappe::{CustomerName, DocType, DocumentName, FieldName};
use quayfront::portal::stock::Owner;
use serde_json::{Value, json};

use super::support::{Office, PUBLIC_URL, SECRET, choices};

const W: Grade = Grade::Warning;
const X: Grade = Grade::Wrong;

const ANNA: &str = "anna.visser@veldhuis-foods.example";
const VELDHUIS: &str = "Veldhuis Specialty Foods BV";
const NORDLYS: &str = "Nordlys Solar AS";
const ACCOUNT: &str = "quayfront@example.com";

/// What breaks the site, in its records.
type Fault = fn(&mut Office);
/// What it is called, what it is, and what is told of it.
type Case = (&'static str, Fault, &'static [(&'static str, Grade)]);

#[rustfmt::skip]
const FAULTS: &[Case] = &[
    ("nothing", |_| {}, &[]),
    // How the site is reached and what it says of itself.
    ("plain HTTP across a network", |o| o.wanted.site_url = "http://erp.example.com".into(), &[("tls", X)]),
    ("no CargoNext", |o| o.site.set_version("logistics", None), &[("version", X)]),
    ("version 16", |o| o.site.set_version("frappe", Some("16.0.1")), &[("version", W)]),
    ("a clock that is behind", |o| o.clock = Clock::manual("2026-11-25T09:05:00Z".parse().expect("a time")), &[("clock", W)]),
    ("another time zone", |o| o.site.set_system_setting("time_zone", json!("Asia/Kolkata")), &[("time-zone", X)]),
    ("a lock that comes earlier", |o| o.site.set_system_setting("allow_consecutive_login_attempts", json!("3")), &[("sign-in-limits", W)]),
    ("mails that lead elsewhere", |o| o.site.set_host_name("http://erp.example.com:8000"), &[("host-name", X)]),
    ("an Email Account that does not send", |o| of_mails(o, "enable_outgoing"), &[("outgoing-mail", W)]),
    ("an Email Account that sends for others alone", |o| of_mails(o, "default_outgoing"), &[("outgoing-mail", W)]),
    ("an nginx that hides addresses", |o| o.site.set_address_of_all(Some("172.18.0.5")), &[("client-address", X)]),
    ("a reverse proxy that the settings do not name", |o| o.wanted.trusted_proxies.clear(), &[("trusted-proxies", W)]),
    ("Frappe outside", |o| o.outside = Some(o.address.clone()), &[("outside", X)]),
    ("Frappe not outside", |o| o.outside = Some("http://127.0.0.1:9".to_owned()), &[]),
    // The portal's own account.
    ("no service account", |o| o.service = None, &[("service-account", W)]),
    ("another key of the service account", |o| o.service = Some(("0000".to_owned(), "0000".to_owned())), &[("service-account", X)]),
    ("a service account that reads too little", |o| without_rule(o, "Customer", "Quayfront Reader"), &[("service-too-little", X)]),
    ("a service account with another role", |o| o.site.add_role(ACCOUNT, "Website Manager"), &[("service-too-much", X)]),
    ("a role that writes", |o| right(o, "Customer", "Quayfront Reader", "write"), &[("service-too-much", X)]),
    // What the pages show.
    ("a page of a DocType that is not there", |o| o.wanted.pages[0].doctype = doctype("Barge Job"), &[("fields", X)]),
    ("a field that is not there", |o| { o.wanted.pages[0].fields.insert(field("colour")); }, &[("fields", X)]),
    ("a field on another level", |o| set_property(o, "Transport Job", "shipper", "permlevel", "2"), &[("fields", X)]),
    ("a field that is never shown", |o| { o.wanted.pages[0].fields.insert(field("internal_notes")); }, &[("fields", X)]),
    ("rows that point to what is not there", |o| linked(o).doctype = doctype("Barge Leg"), &[("linked-fields", W)]),
    ("a field of a leg that is not there", |o| { linked(o).fields.insert(field("colour")); }, &[("linked-fields", W)]),
    ("a field of a leg that is never shown", |o| { linked(o).fields.insert(field("owner")); set_custom(o, "Transport Leg", "owner"); }, &[("linked-fields", X)]),
    ("legs that every customer may read", |o| rule(o, "Transport Leg", json!({"read": 1})), &[("linked-rights", W)]),
    ("legs on another level that customers may read", |o| { rule(o, "Transport Leg", json!({"read": 1})); set_custom(o, "Transport Leg", "customer"); set_property(o, "Transport Leg", "status", "permlevel", "1"); }, &[("linked-fields", X)]),
    ("legs that a customer may change", |o| { rule(o, "Transport Leg", json!({"read": 1, "write": 1})); set_custom(o, "Transport Leg", "customer"); }, &[("linked-rights", X)]),
    ("a right too few", |o| without_rule(o, "VAS Order", "Customer"), &[("rights", X)]),
    ("a right too many", |o| right(o, "Transport Job", "Customer", "write"), &[("rights", X)]),
    ("an export", |o| right(o, "Bin", "Customer", "export"), &[("rights", W)]),
    ("a report", |o| right(o, "Bin", "Customer", "report"), &[("rights", W)]),
    ("a bare Custom DocPerm row in the place of all", |o| bare_row(o), &[("rights", X)]),
    // Whose customers users are.
    ("a user without a User Permission", |o| { new_user(o); portal_users(o, VELDHUIS, &["new@acme.example"]); }, &[("user-permissions", X)]),
    ("a user of nobody", |o| new_user(o), &[("user-permissions", X), ("users-without-customer", W)]),
    ("a User Permission for another DocType", |o| of_anna(o, "applicable_for", json!("Customer")), &[("applicable-for", X)]),
    ("a portal user without the role", |o| { new_user(o); o.site.remove_role("new@acme.example", "Customer"); portal_users(o, VELDHUIS, &["new@acme.example"]); }, &[("portal-users", W)]),
    ("a portal user of another customer", |o| portal_users(o, NORDLYS, &[ANNA]), &[("portal-users", W)]),
    ("a Contact of another customer", |o| contact(o), &[("contacts", W)]),
    // What will surprise a customer.
    ("a document without a customer", |o| of_a_job(o, "customer", Value::Null), &[("empty-customers", W)]),
    ("a document without a customer on a strict site", |o| { of_a_job(o, "customer", Value::Null); o.site.set_strict_user_permissions(true); }, &[]),
    ("a second customer in a document", |o| charged_to(o, Some(NORDLYS)), &[("refused-documents", W)]),
    ("a second customer that counts for nothing", |o| { charged_to(o, Some(NORDLYS)); set_property(o, "Transport Job Charges", "bill_to", "ignore_user_permissions", "1"); }, &[]),
    ("a User Permission on what documents link to", |o| permission(o, "Branch", "Rotterdam", None), &[("refused-documents", W)]),
    ("a User Permission on what child rows link to", |o| permission(o, "Warehouse Item", "VSF-OLV-1000", None), &[("refused-documents", W)]),
    ("a User Permission on what documents do not link to", |o| permission(o, "Item Group", "Services", None), &[]),
    ("a User Permission on what documents link to, for others", |o| permission(o, "Branch", "Rotterdam", Some("Purchase Order")), &[]),
    ("empty links on a strict site", |o| { charged_to(o, None); o.site.set_strict_user_permissions(true); }, &[("refused-documents", W)]),
    ("a public file", |o| public_file(o), &[("public-files", W)]),
    // Stock.
    ("no rule for stock", |o| o.clear_field("Item", "customer"), &[("stock", X)]),
    ("no field of Warehouse", |o| o.wanted.stock = Some(Owner::Warehouse(field("customer"))), &[("stock", X)]),
    ("a warehouse that is not there", |o| listed(o, &[(VELDHUIS, "his first"), (VELDHUIS, "Nowhere - HLL")]), &[("stock", X)]),
    ("a warehouse for two", |o| listed(o, &[(VELDHUIS, "his first"), (NORDLYS, "his first")]), &[("stock", X)]),
    ("stock of two customers", |o| listed(o, &[(NORDLYS, "his first")]), &[("stock", W)]),
    // Portal Settings.
    ("none of our routes", |o| o.site.set_single_field("Portal Settings", "custom_menu", json!([])), &[("menu", W)]),
    ("a page that somebody has switched off", |o| of_the_menu(o, "enabled", json!(0)), &[]),
    ("a page for another role", |o| of_the_menu(o, "role", json!("Supplier")), &[("menu", W)]),
    ("a row that names no DocType", |o| of_the_menu(o, "reference_doctype", Value::Null), &[("menu", W)]),
    ("a row that names a DocType that is not there", |o| of_the_menu(o, "reference_doctype", json!("Barge Job")), &[("menu", W)]),
    ("a row that names another DocType", |o| of_the_menu(o, "reference_doctype", json!("Customer")), &[]),
    ("a default role", |o| o.site.set_single_field("Portal Settings", "default_role", json!("Customer")), &[("default-role", W)]),
    // Webhooks.
    ("no webhooks", |o| for name in o.site.record_names("Webhook") { o.site.remove_record("Webhook", &name); }, &[("webhooks", W)]),
    ("a webhook that is missing", |o| { let name = a_webhook(o); o.site.remove_record("Webhook", &name); }, &[("webhooks", W)]),
    ("a webhook that is off", |o| of_a_webhook(o, "enabled", json!(0)), &[("webhooks", W)]),
    ("a webhook for too few events", |o| of_a_webhook(o, "webhook_docevent", json!("on_update")), &[("webhooks", W)]),
    ("a webhook that leads elsewhere", |o| of_a_webhook(o, "request_url", json!("https://old.example.com/hooks/frappe")), &[("webhooks", W)]),
    ("a webhook that is not signed", |o| of_a_webhook(o, "enable_security", json!(0)), &[("webhooks", W)]),
    ("a webhook with another secret", |o| { o.wanted.secrets = vec!["another".into()]; }, &[("webhooks", W)]),
    ("a webhook with a template", |o| of_a_webhook(o, "webhook_json", json!("{\"name\": \"{{ doc.name }}\"}")), &[("webhooks", W)]),
    ("a webhook that failed", |o| failed(o, "Traceback: 502"), &[("webhooks", W)]),
    ("a webhook that failed and then did not", |o| { failed(o, "Traceback: 502"); failed(o, ""); }, &[]),
];

fn doctype(name: &str) -> DocType {
    DocType::parse(name).expect("a DocType")
}

fn field(name: &str) -> FieldName {
    FieldName::parse(name).expect("a field")
}

/// What rows of the transport jobs point to.
fn linked(office: &mut Office) -> &mut WantedLinked {
    let mut pages = office.wanted.pages.iter_mut();
    let page = pages.find(|page| page.name == "transport-jobs");
    &mut page.expect("the page").linked[0]
}

fn set_property(office: &Office, doctype: &str, field: &str, property: &str, value: &str) {
    let setter = json!({
        "name": format!("{doctype}-{field}-{property}"), "doctype_or_field": "DocField",
        "doc_type": doctype, "field_name": field, "property": property, "value": value,
    });
    office.site.insert_record("Property Setter", setter);
}

/// A Custom Field; one called `customer` is a link to one.
fn set_custom(office: &Office, doctype: &str, name: &str) {
    let field = json!({
        "name": format!("{doctype}-{name}"), "dt": doctype, "fieldname": name, "fieldtype": "Link",
        "options": if name == "customer" { "Customer" } else { "User" },
    });
    office.site.insert_record("Custom Field", field);
}

/// The row of a role on a DocType.
fn row_of(office: &Office, doctype: &str, role: &str) -> String {
    let names = office.site.record_names("Custom DocPerm").into_iter();
    let mut rows = names.filter_map(|name| office.site.record("Custom DocPerm", &name));
    let row = rows.find(|row| row["parent"] == doctype && row["role"] == role);
    row.expect("a row")["name"]
        .as_str()
        .expect("a name")
        .to_owned()
}

fn right(office: &Office, doctype: &str, role: &str, right: &str) {
    let name = row_of(office, doctype, role);
    office
        .site
        .set_record_field("Custom DocPerm", &name, right, json!(1));
}

fn without_rule(office: &Office, doctype: &str, role: &str) {
    let name = row_of(office, doctype, role);
    office.site.remove_record("Custom DocPerm", &name);
}

fn rule(office: &Office, doctype: &str, mut row: Value) {
    row["name"] = json!(format!("{doctype}-rule"));
    row["parent"] = json!(doctype);
    row["role"] = json!("Customer");
    office.site.insert_record("Custom DocPerm", row);
}

fn bare_row(office: &Office) {
    for name in office.site.record_names("Custom DocPerm") {
        let row = office.site.record("Custom DocPerm", &name).expect("a row");
        if row["parent"] == "VAS Order" {
            office.site.remove_record("Custom DocPerm", &name);
        }
    }
    let row = json!({"name": "bare", "parent": "VAS Order", "role": "Stock User", "read": 1});
    office.site.insert_record("Custom DocPerm", row);
}

fn new_user(office: &Office) {
    office.site.insert_record(
        "User",
        json!({
            "name": "new@acme.example", "email": "new@acme.example", "enabled": 1,
            "user_type": "Website User", "first_name": "New",
        }),
    );
    office.site.add_role("new@acme.example", "Customer");
}

/// Adds users to a customer's table.
fn portal_users(office: &Office, customer: &str, users: &[&str]) {
    let known = office.site.record("Customer", customer).expect("one");
    let mut rows = known["portal_users"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    rows.extend(users.iter().map(|user| {
        json!({
            "name": user, "user": user, "parent": customer, "parenttype": "Customer",
            "parentfield": "portal_users",
        })
    }));
    office
        .site
        .set_record_field("Customer", customer, "portal_users", json!(rows));
}

/// Sets a field of the User Permission of one user.
fn of_anna(office: &Office, field: &str, value: Value) {
    let names = office.site.record_names("User Permission").into_iter();
    let mut his = names.filter(|name| {
        let one = office.site.record("User Permission", name);
        one.expect("one")["user"] == ANNA
    });
    let name = his.next().expect("a User Permission");
    office
        .site
        .set_record_field("User Permission", &name, field, value);
}

fn permission(office: &Office, allow: &str, value: &str, applicable_for: Option<&str>) {
    let permission = json!({
        "name": "further", "user": ANNA, "allow": allow, "for_value": value,
        "apply_to_all_doctypes": i32::from(applicable_for.is_none()), "applicable_for": applicable_for,
    });
    office.site.insert_record("User Permission", permission);
}

fn contact(office: &Office) {
    let contact = json!({
        "name": "Anna elsewhere", "user": ANNA, "first_name": "Anna",
        "links": [{
            "name": "l1", "link_doctype": "Customer", "link_name": NORDLYS,
            "parent": "Anna elsewhere", "parenttype": "Contact", "parentfield": "links",
        }],
    });
    office.site.insert_record("Contact", contact);
}

/// A Transport Job of one customer.
fn a_job(office: &Office) -> String {
    let names = office.site.record_names("Transport Job").into_iter();
    let mut his = names.filter(|name| {
        let job = office.site.record("Transport Job", name);
        job.expect("a job")["customer"] == VELDHUIS
    });
    his.next().expect("a job")
}

fn of_a_job(office: &Office, field: &str, value: Value) {
    let name = a_job(office);
    office
        .site
        .set_record_field("Transport Job", &name, field, value);
}

/// Leaves a job one charge, with this to be billed.
fn charged_to(office: &Office, bill_to: Option<&str>) {
    let charge = json!({
        "name": "c1", "idx": 1, "bill_to": bill_to, "parent": a_job(office),
        "parenttype": "Transport Job", "parentfield": "charges",
    });
    of_a_job(office, "charges", json!([charge]));
}

/// Takes out most documents, so that a survey is quick.
fn keep_few(office: &Office) {
    let pages = office.wanted.pages.iter();
    for doctype in pages.map(|page| page.doctype.as_str()).chain(["File"]) {
        let names = office.site.record_names(doctype);
        let is_his = |name: &&String| {
            let document = office.site.record(doctype, name);
            document.expect("a document")["customer"] == VELDHUIS
        };
        let kept: Vec<&String> = names.iter().filter(is_his).take(40).collect();
        for name in names.iter().filter(|name| !kept.contains(name)) {
            office.site.remove_record(doctype, name);
        }
    }
}

fn public_file(office: &Office) {
    let mut jobs = office.site.record_names("Transport Job").into_iter();
    let file = json!({
        "name": "f1", "file_name": "f.pdf", "file_url": "/files/f.pdf", "is_private": 0,
        "attached_to_doctype": "Transport Job", "attached_to_name": jobs.next(),
    });
    office.site.insert_record("File", file);
}

/// The rule that lists warehouses: these, and one customer's own, where there are no goods but his.
fn listed(office: &mut Office, lists: &[(&str, &str)]) {
    let his = stocked(office);
    let first = his.first().cloned().expect("a warehouse");
    let lists = lists.iter().map(|(customer, warehouse)| match *warehouse {
        "his first" => (*customer, first.as_str()),
        other => (*customer, other),
    });
    let his = his.iter().skip(1);
    let his = his.map(|warehouse| (VELDHUIS, warehouse.as_str()));
    let mut owner = BTreeMap::<CustomerName, Vec<DocumentName>>::new();
    for (customer, warehouse) in lists.chain(his) {
        let customer = CustomerName::parse(customer).expect("a customer");
        let warehouse = DocumentName::parse(warehouse).expect("a warehouse");
        owner.entry(customer).or_default().push(warehouse);
    }
    office.wanted.stock = Some(Owner::Settings(owner));
}

/// Takes out others' goods. The warehouses in which one customer's lie.
fn stocked(office: &Office) -> Vec<String> {
    let site = &office.site;
    let mut warehouses: Vec<String> = Vec::new();
    for name in site.record_names("Bin") {
        let bin = site.record("Bin", &name).expect("a Bin");
        let item = site.record("Item", bin["item_code"].as_str().expect("an Item"));
        let is_his = item.is_some_and(|item| item["customer"] == VELDHUIS);
        let warehouse = bin["warehouse"].as_str().expect("a Warehouse").to_owned();
        if !is_his {
            site.remove_record("Bin", &name);
        } else if !warehouses.contains(&warehouse) {
            warehouses.push(warehouse);
        }
    }
    warehouses
}

/// Sets a field of the menu's last row.
fn of_the_menu(office: &Office, field: &str, value: Value) {
    office.alter_menu(|menu| {
        let last = menu.as_array_mut().and_then(|rows| rows.last_mut());
        last.expect("a row")[field] = value;
    });
}

/// Takes a tick from all Email Accounts.
fn of_mails(office: &Office, field: &str) {
    for name in office.site.record_names("Email Account") {
        office
            .site
            .set_record_field("Email Account", &name, field, json!(0));
    }
}

fn a_webhook(office: &Office) -> String {
    let names = office.site.record_names("Webhook").into_iter();
    let mut of_jobs = names.filter(|name| name.contains("Transport Job"));
    of_jobs.next().expect("a webhook")
}

fn of_a_webhook(office: &Office, field: &str, value: Value) {
    let name = a_webhook(office);
    office.site.set_record_field("Webhook", &name, field, value);
}

/// One more attempt in the log.
fn failed(office: &Office, error: &str) {
    let count = office.site.record_names("Webhook Request Log").len();
    let row = json!({
        "name": format!("log{count}"), "webhook": a_webhook(office), "error": error,
        "creation": format!("2026-11-24 09:00:0{count}.000000"),
    });
    office.site.insert_record("Webhook Request Log", row);
}

#[tokio::test]
async fn every_fault_of_a_site_is_named_and_nothing_else_is() {
    let mut office = Office::set_up().await;
    keep_few(&office);
    let (records, clock) = (office.site.snapshot(), office.clock.clone());
    let (wanted, service) = (office.wanted.clone(), office.service.clone());
    let mut wrong = Vec::new();
    for (name, fault, expected) in FAULTS {
        fault(&mut office);
        let facts = office.facts().await;
        let findings = check::run(&facts, &office.wanted).into_iter();
        let bad: Vec<_> = findings.filter(|one| one.grade != Grade::Good).collect();
        let faults: Vec<_> = bad.iter().map(|one| (one.check, one.grade)).collect();
        if faults != *expected {
            let told = bad
                .iter()
                .map(|one| format!("{}: {}", one.check, one.found));
            let told: Vec<String> = told.collect();
            wrong.push(format!("{name}: expected {expected:?}, found {told:#?}"));
        }
        let planned = plan(&facts, &office.wanted, &choices());
        let is_named = bad
            .iter()
            .any(|one| one.mend.starts_with("quayfront setup"));
        if !planned.is_empty() && !is_named {
            let wills: Vec<_> = planned.iter().map(|step| &step.will).collect();
            wrong.push(format!(
                "{name}: setup plans {wills:?}, and check says {bad:#?}"
            ));
        }
        office.site.restore(&records);
        for app in ["frappe", "logistics"] {
            office.site.set_version(app, Some("15.72.4"));
        }
        office.site.set_host_name(PUBLIC_URL);
        office.site.set_address_of_all(None);
        office.outside = None;
        office.clock = clock.clone();
        office.wanted = wanted.clone();
        office.service.clone_from(&service);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn what_the_demo_shows_on_purpose_is_named() {
    let office = Office::open().await;
    assert_eq!(
        office.faults().await,
        [
            ("service-account", W),
            ("user-permissions", X),
            ("applicable-for", X),
            ("users-without-customer", W),
            ("contacts", W),
            ("empty-customers", W),
            ("refused-documents", W),
            ("public-files", W),
            ("menu", W),
            ("menu", W),
            ("webhooks", W),
        ]
    );
}

#[tokio::test]
async fn documents_that_a_users_further_permission_leaves_out_are_those_that_frappe_refuses_him() {
    let office = Office::set_up().await;
    permission(&office, "Branch", "Rotterdam", None);
    let findings = office.findings().await;
    let mut of_them = findings.iter();
    let told = of_them.find(|one| one.check == "refused-documents");
    let told = &told.expect("a line").all;
    let mut jobs = 0;
    for name in office.site.record_names("Transport Job") {
        let job = office.site.record("Transport Job", &name).expect("a job");
        let has_other = job["branch"]
            .as_str()
            .is_some_and(|branch| branch != "Rotterdam");
        let is_refused = job["customer"] == VELDHUIS && has_other;
        let line = format!("Transport Job {name}");
        assert_eq!(told.contains(&line), is_refused, "{line}");
        jobs += usize::from(is_refused);
    }
    assert!(jobs > 50, "{jobs}");
}

#[tokio::test]
async fn a_site_that_does_not_answer_is_told_as_that() {
    let office = Office::open().await;
    office.site.set_maintenance(true);
    let survey = office.administrator();
    let problem = survey.user().await.expect_err("maintenance");
    let finding = check::unreachable(&office.wanted, &problem);
    assert_eq!((finding.check, finding.grade), ("reachable", X));
}

#[tokio::test]
async fn no_secret_is_in_a_finding() {
    let office = Office::open().await;
    let text = format!("{:?}", office.findings().await);
    assert!(!text.contains(SECRET) && !text.contains("sid"), "{text}");
}

#[tokio::test]
async fn the_command_ends_with_the_worst_that_it_found_and_keeps_no_session() {
    let office = Office::open().await;
    let folder = tempfile::tempdir().expect("a folder");
    let options = office.options(folder.path());
    let mut out = Vec::new();
    let grade = quayfront::commands::check::run(&options, None, None, true, &mut out)
        .await
        .expect("a report");
    assert_eq!(grade, X);
    let report: Value = serde_json::from_slice(&out).expect("JSON");
    assert_eq!(report["worst"], "wrong");
    assert_eq!(office.site.sessions_of("Administrator"), [""; 0]);
}

#[tokio::test]
async fn what_a_check_leaves_for_operators_names_no_user_customer_or_document() {
    let office = Office::open().await;
    permission(&office, "Branch", "Rotterdam", None);
    let folder = tempfile::tempdir().expect("a folder");
    let mut options = office.options(folder.path());
    let settings = std::fs::read_to_string(&options.config).expect("settings");
    let settings = format!("{settings}[operators]\ncheck_report = \"left.json\"\n");
    options.config = folder.path().join("with_report.toml");
    std::fs::write(&options.config, settings).expect("written");
    quayfront::commands::check::run(&options, None, None, false, &mut Vec::new())
        .await
        .expect("a report");
    let left = Report::left_in(&folder.path().join("left.json")).expect("a report");
    assert_eq!(left.worst, X);
    let told = format!("{left:?}");
    for doctype in [
        "Customer",
        "User",
        "Transport Job",
        "Warehouse Job",
        "Contact",
    ] {
        for name in office.site.record_names(doctype) {
            let is_the_programs = ["Administrator", "Guest"].contains(&name.as_str());
            assert!(
                is_the_programs || !told.contains(&name),
                "{name}: {left:#?}"
            );
        }
    }
    let found = |check: &str| {
        let mut lines = left.findings.iter().filter(|line| line.check == check);
        lines.next().map(|line| line.found.as_str())
    };
    assert_eq!(
        found("contacts"),
        Some("Contacts that link a user to a customer that he is not of (1)")
    );
}
