//! Broken sites: the demo ERP with one fault more, which `check` names and adds nothing else.

use quayfront::admin::check::Grade;
use serde_json::json;

use super::support::{Office, SECRET};

const W: Grade = Grade::Warning;
const X: Grade = Grade::Wrong;

/// What breaks the site, in its records.
type Fault = fn(&mut Office);
/// What it is called, what it is, and what is told of it.
type Case = (&'static str, Fault, &'static [(&'static str, Grade)]);

#[rustfmt::skip]
const FAULTS: &[Case] = &[
    ("nothing", |_| {}, &[]),
    ("no CargoNext", |o| o.site.set_version("logistics", None), &[("version", X)]),
    ("another time zone", |o| o.site.set_system_setting("time_zone", json!("Asia/Kolkata")), &[("time-zone", X)]),
    ("a lock that comes earlier", |o| o.site.set_system_setting("allow_consecutive_login_attempts", json!("3")), &[("sign-in-limits", W)]),
    ("mails that lead elsewhere", |o| o.site.set_host_name("http://erp.example.com:8000"), &[("host-name", X)]),
    ("an nginx that hides addresses", |o| o.site.set_address_of_all(Some("172.18.0.5")), &[("client-address", X)]),
    ("a field that went", |o| set_property(o, "Transport Job", "shipper", "permlevel", "2"), &[("fields", X)]),
    ("a right too many", |o| right(o, "Transport Job", "write"), &[("rights", X)]),
    ("an export", |o| right(o, "Bin", "export"), &[("rights", W)]),
    ("a bare Custom DocPerm row in the place of all", |o| bare_row(o), &[("rights", X)]),
    ("a new user without a User Permission", |o| new_user(o), &[("user-permissions", X), ("users-without-customer", W)]),
    ("a public file", |o| public_file(o), &[("public-files", W)]),
    ("a default role", |o| o.site.set_single_field("Portal Settings", "default_role", json!("Customer")), &[("default-role", W)]),
    ("no rule for stock", |o| o.clear_field("Item", "customer"), &[("stock", X)]),
];

fn set_property(office: &Office, doctype: &str, field: &str, property: &str, value: &str) {
    let setter = json!({
        "name": format!("{doctype}-{field}-{property}"), "doctype_or_field": "DocField",
        "doc_type": doctype, "field_name": field, "property": property, "value": value,
    });
    office.site.insert_record("Property Setter", setter);
}

/// The row of role Customer on a DocType.
fn row_of(office: &Office, doctype: &str) -> String {
    let names = office.site.record_names("Custom DocPerm").into_iter();
    let mut rows = names.filter_map(|name| office.site.record("Custom DocPerm", &name));
    let row = rows.find(|row| row["parent"] == doctype && row["role"] == "Customer");
    row.expect("a row")["name"]
        .as_str()
        .expect("a name")
        .to_owned()
}

fn right(office: &Office, doctype: &str, right: &str) {
    let name = row_of(office, doctype);
    office
        .site
        .set_record_field("Custom DocPerm", &name, right, json!(1));
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

fn public_file(office: &Office) {
    let mut jobs = office.site.record_names("Transport Job").into_iter();
    let file = json!({
        "name": "f1", "file_name": "f.pdf", "file_url": "/files/f.pdf", "is_private": 0,
        "attached_to_doctype": "Transport Job", "attached_to_name": jobs.next(),
    });
    office.site.insert_record("File", file);
}

/// Faults without one of those that were there before for each.
fn added<T: PartialEq>(before: &[T], mut after: Vec<T>) -> Vec<T> {
    for fault in before {
        if let Some(at) = after.iter().position(|other| other == fault) {
            after.remove(at);
        }
    }
    after
}

#[tokio::test]
async fn every_fault_of_a_site_is_named_and_nothing_else_is() {
    for (name, fault, expected) in FAULTS {
        let mut office = Office::open().await;
        tidy(&office);
        let before = office.faults().await;
        fault(&mut office);
        let after = office.faults().await;
        assert_eq!(added(&before, after), *expected, "{name}");
    }
}

/// Takes out what the demo shows on purpose, where one fault more could not be told from it.
fn tidy(office: &Office) {
    for name in office.site.record_names("File") {
        office
            .site
            .set_record_field("File", &name, "is_private", json!(1));
    }
    for user in [
        "piotr.nowak@lodz-ceramika.example",
        "tom.wander@example.org",
    ] {
        office.site.disable_user(user);
    }
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
            ("webhooks", W),
        ]
    );
}

#[tokio::test]
async fn a_site_that_does_not_answer_is_told_as_that() {
    let office = Office::open().await;
    office.site.set_maintenance(true);
    let survey = office.administrator();
    let problem = survey.user().await.expect_err("maintenance");
    let finding = quayfront::admin::check::unreachable(&office.wanted, &problem);
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
    let grade = quayfront::commands::check::run(&options, None, None, true)
        .await
        .expect("a report");
    assert_eq!(grade, X);
    assert_eq!(office.site.sessions_of("Administrator"), [""; 0]);
}
