//! `setup` and `link` against the demo ERP.

use std::collections::{BTreeMap, BTreeSet};

use quayfront::admin::facts::{Facts, Rule};
use quayfront::admin::plan::link::{Obstacle, link};
use quayfront::admin::plan::{Choices, Kind, plan};
use quayfront::admin::user::see;
use quayfront::demo::Fault;
use quayfront::frappe::{CustomerGroup, DocType};
use quayfront::portal::menu::Named;
use quayfront::portal::page::PageName;
use serde_json::json;

use super::support::{Office, apply_all, choices, ship_rights, tidy};

const ANNA: &str = "anna.visser@veldhuis-foods.example";
const VELDHUIS: &str = "Veldhuis Specialty Foods BV";

/// What each role may do on each DocType that has a row, but for these roles.
fn rights_without(rules: &[Rule], left_out: &[&str]) -> BTreeMap<String, BTreeSet<String>> {
    let doctypes: BTreeSet<&str> = rules.iter().map(|rule| rule.doctype.as_str()).collect();
    let of = |doctype: &str| {
        Facts::rules_of(rules, doctype)
            .filter(|rule| !left_out.contains(&rule.role.as_str()))
            .map(|rule| {
                format!(
                    "{} {} {} {:?}",
                    rule.role, rule.level, rule.only_own, rule.rights
                )
            })
            .collect()
    };
    let each = doctypes
        .iter()
        .map(|doctype| ((*doctype).to_owned(), of(doctype)));
    each.collect()
}

#[tokio::test]
async fn after_setup_check_is_silent_and_a_second_setup_has_nothing_to_do() {
    let mut office = Office::open().await;
    tidy(&office);
    ship_rights(&office, "VAS Order");
    ship_rights(&office, "Inbound Order");
    let facts = office.facts().await;
    let steps = plan(&facts, &office.wanted, &choices());
    apply_all(&mut office, &steps).await.expect("all steps");
    assert_eq!(office.faults().await, []);
    let facts = office.facts().await;
    assert_eq!(plan(&facts, &office.wanted, &choices()), []);
}

#[tokio::test]
async fn every_other_roles_rights_are_the_same_before_and_after() {
    let mut office = Office::open().await;
    for doctype in ["VAS Order", "Inbound Order", "Transport Job", "Bin"] {
        ship_rights(&office, doctype);
    }
    let ours = ["Customer", "Quayfront Reader"];
    let facts = office.facts().await;
    let before = rights_without(facts.rules.as_deref().expect("rules"), &ours);
    let steps = plan(&facts, &office.wanted, &choices());
    apply_all(&mut office, &steps).await.expect("all steps");
    let facts = office.facts().await;
    let rules = facts.rules.as_deref().expect("rules");
    assert_eq!(rights_without(rules, &ours), before);
    assert!(before.len() > 100, "all DocTypes were looked at");
    // And once our rules are gone, everything is as it was.
    let survey = office.survey().await;
    let doctype = DocType::parse("VAS Order").expect("a DocType");
    survey
        .administrator
        .remove_rule(&doctype, "Customer")
        .await
        .expect("a yes");
    let rules = survey.rules().await.expect("rules");
    let customers = Facts::rules_of(&rules, "VAS Order").filter(|rule| rule.role == "Customer");
    assert_eq!(customers.count(), 0);
    assert_eq!(rights_without(&rules, &ours), before);
}

#[tokio::test]
async fn rights_change_by_the_permission_manager_alone_and_system_settings_are_never_saved() {
    let mut office = Office::open().await;
    ship_rights(&office, "VAS Order");
    let facts = office.facts().await;
    let steps = plan(&facts, &office.wanted, &choices());
    office.site.clear_requests();
    apply_all(&mut office, &steps).await.expect("all steps");
    let requests = office.site.requests();
    let changes = requests.iter().filter(|request| request.method != "GET");
    let changes: Vec<_> = changes.map(|request| request.path.as_str()).collect();
    assert!(
        changes
            .iter()
            .any(|path| path.ends_with("permission_manager.add"))
    );
    for path in changes {
        assert!(!path.contains("Custom%20DocPerm"), "{path}");
        assert!(!path.contains("System%20Settings"), "{path}");
        assert!(!path.ends_with("permission_manager.reset"), "{path}");
    }
}

#[tokio::test]
async fn kinds_of_steps_can_be_left_out() {
    let office = Office::open().await;
    let facts = office.facts().await;
    let all = plan(&facts, &office.wanted, &choices());
    for kind in [
        Kind::Account,
        Kind::UserPermissions,
        Kind::Menu,
        Kind::Webhooks,
    ] {
        assert!(all.iter().any(|step| step.kind == kind), "{kind:?}");
        let without = Choices {
            without: vec![kind],
            ..choices()
        };
        let fewer = plan(&facts, &office.wanted, &without);
        assert!(fewer.iter().all(|step| step.kind != kind), "{kind:?}");
        assert!(!fewer.is_empty());
    }
}

#[tokio::test]
async fn a_site_that_refuses_half_way_has_done_what_was_before_and_goes_on_later() {
    let mut office = Office::open().await;
    let facts = office.facts().await;
    let steps = plan(&facts, &office.wanted, &choices());
    let first = steps.iter().position(|step| step.kind == Kind::Webhooks);
    let first = first.expect("a webhook");
    office
        .site
        .set_fault_on("/api/resource/Webhook", Fault::Status(502));
    let (at, problem) = apply_all(&mut office, &steps).await.expect_err("a refusal");
    assert_eq!(at, first, "{problem}");
    assert!(steps[..at].iter().all(|step| !step.undo.is_empty()));
    office.site.clear_faults();
    let facts = office.facts().await;
    let rest = plan(&facts, &office.wanted, &choices());
    assert_eq!(rest, steps[first..]);
    apply_all(&mut office, &rest).await.expect("the rest");
}

#[tokio::test]
async fn a_row_of_portal_settings_that_is_off_stays_off_and_none_is_lost() {
    let mut office = Office::open().await;
    let before = office.facts().await.menu.expect("Portal Settings");
    office.alter_menu(|menu| menu[0]["enabled"] = json!(0));
    let facts = office.facts().await;
    let steps = plan(&facts, &office.wanted, &choices());
    apply_all(&mut office, &steps).await.expect("all steps");
    let after = office.facts().await.menu.expect("Portal Settings");
    assert!(!after.custom[0].enabled);
    assert_eq!(after.standard, before.standard);
    let kept = &after.custom[..before.custom.len()];
    let routes = |rows: &[quayfront::admin::facts::MenuRow]| -> Vec<String> {
        rows.iter()
            .map(|row| format!("{} {} {}", row.route, row.title, row.role))
            .collect()
    };
    assert_eq!(routes(kept), routes(&before.custom));
}

#[tokio::test]
async fn check_says_which_menu_is_in_force_and_what_a_user_would_see_of_it() {
    let mut office = Office::open().await;
    let menu = async |office: &Office| {
        let findings = office.findings().await;
        let menu = findings.iter().filter(|finding| finding.check == "menu");
        menu.map(|finding| finding.found.clone())
            .collect::<Vec<_>>()
    };
    let why = async |office: &Office| {
        let seen = see(&office.facts().await, &office.wanted, ANNA);
        let pages = seen.pages.into_iter();
        let page = pages
            .into_iter()
            .find(|page| page.doctype == "Transport Job");
        let page = page.expect("the page");
        (page.customers, page.why)
    };
    let before = menu(&office).await;
    assert!(
        before[0].contains("pages.menu of the settings: the portal has no account of its own"),
        "{before:?}"
    );
    assert!(
        before.iter().any(|found| found.contains("/orders")),
        "{before:?}"
    );
    let facts = office.facts().await;
    let steps = plan(&facts, &office.wanted, &choices());
    apply_all(&mut office, &steps).await.expect("all steps");
    let after = menu(&office).await;
    assert!(
        after[0].starts_with("The menu is Portal Settings: "),
        "{after:?}"
    );
    assert_eq!(why(&office).await.0, [VELDHUIS]);
    office.alter_menu(|menu| {
        menu[0]["enabled"] = json!(0);
        menu[1]["role"] = json!("Supplier");
    });
    let (customers, why_not) = why(&office).await;
    assert_eq!(customers, [""; 0]);
    assert!(why_not.contains("Portal Settings have no row"), "{why_not}");
    let told = menu(&office).await;
    assert!(
        told[0].contains("switched off there: /transport-jobs"),
        "{told:?}"
    );
    assert!(
        told.iter()
            .any(|found| found.contains("/warehouse-jobs (Supplier)")),
        "{told:?}"
    );
    // Not for his customer.
    let mut wanted = office.wanted.clone();
    let page = PageName::parse("warehouse-jobs").expect("a page");
    let group = CustomerGroup::parse("Commercial").expect("a group");
    let named = Named {
        groups: BTreeSet::from([group]),
        ..Named::default()
    };
    wanted.customers.not_for.insert(page, named);
    office
        .site
        .set_single_field("Portal Settings", "custom_menu", json!([]));
    let seen = see(&office.facts().await, &wanted, ANNA);
    let jobs = seen
        .pages
        .iter()
        .find(|page| page.doctype == "Warehouse Job");
    let jobs = jobs.expect("the page");
    assert!(
        jobs.customers.is_empty() && jobs.why.contains("pages.not_for"),
        "{jobs:?}"
    );
}

#[tokio::test]
async fn a_new_customers_user_is_connected_in_every_way_and_sees_his_customer_alone() {
    let mut office = Office::open().await;
    let user = "new.buyer@veldhuis-foods.example";
    let facts = office.facts().await;
    let steps = link(&facts, user, VELDHUIS, "New").expect("steps");
    assert_eq!(steps.len(), 5);
    let place = |words: &str| {
        let mut wills = steps.iter();
        wills
            .position(|step| step.will.contains(words))
            .expect("a step")
    };
    // At no moment has he the role without the permission.
    assert!(place("User Permission") < place("Portal Users"));
    assert!(place("User Permission") < place("has role Customer"));
    apply_all(&mut office, &steps).await.expect("all steps");
    let facts = office.facts().await;
    assert_eq!(link(&facts, user, VELDHUIS, "New"), Ok(Vec::new()));
    let seen = see(&facts, &office.wanted, user);
    for page in &seen.pages {
        assert_eq!(page.customers, [VELDHUIS], "{page:?}");
    }
    let others = |facts: &Facts| {
        facts
            .portal_users
            .as_ref()
            .map(Vec::len)
            .unwrap_or_default()
    };
    assert!(others(&facts) > 1, "the table's other rows are still there");
}

#[tokio::test]
async fn nobody_is_connected_to_a_customer_that_is_not_there_nor_while_disabled() {
    let office = Office::open().await;
    let facts = office.facts().await;
    let lower = VELDHUIS.to_lowercase();
    assert_eq!(
        link(&facts, ANNA, &lower, "Anna"),
        Err(Obstacle::NoCustomer(lower))
    );
    office.site.disable_user(ANNA);
    let facts = office.facts().await;
    assert_eq!(
        link(&facts, ANNA, VELDHUIS, "Anna"),
        Err(Obstacle::Disabled(ANNA.to_owned()))
    );
}

#[tokio::test]
async fn the_menu_that_setup_leaves_outlives_a_migrate_with_what_is_off() {
    let mut office = Office::open().await;
    let custom = async |office: &Office| office.facts().await.menu.expect("a menu").custom;
    let mut rows = custom(&office).await;
    assert!(rows[0].reference_doctype.is_empty() && rows[0].route == "/transport-jobs");
    office.alter_menu(|menu| {
        menu[0]["enabled"] = json!(0);
        menu[1]["reference_doctype"] = json!("Barge Job");
    });
    let facts = office.facts().await;
    let steps = plan(&facts, &office.wanted, &choices());
    apply_all(&mut office, &steps).await.expect("all steps");
    rows = custom(&office).await;
    office.site.migrate();
    let mut kept = custom(&office).await;
    // What is no page of ours is nobody's here, and goes.
    rows.retain(|row| row.route != "/wiki");
    assert_eq!(kept, rows);
    assert!(!kept.remove(0).enabled);
    let named = |route: &str| {
        let mut rows = rows.iter();
        let row = rows.find(|row| row.route == route).expect("a row");
        row.reference_doctype.as_str()
    };
    assert_eq!(named("/transport-jobs"), "Transport Job");
    assert_eq!(named("/warehouse-jobs"), "Warehouse Job");
    assert_eq!(named("/stock-balance"), "Bin");
    assert_eq!(named("/warehousing-portal"), "Warehouse Job");
    assert_eq!(named("/vas-orders"), "VAS Order");
    let facts = office.facts().await;
    let again = plan(&facts, &office.wanted, &choices());
    assert!(
        again.iter().all(|step| step.kind != Kind::Menu),
        "{again:?}"
    );
}

#[tokio::test]
async fn what_setup_has_not_mended_is_gone_after_a_migrate() {
    let office = Office::open().await;
    office.site.migrate();
    let menu = office.facts().await.menu.expect("a menu");
    assert_eq!(menu.custom, []);
}
