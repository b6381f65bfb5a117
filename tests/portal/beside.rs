//! What a page is made of is asked beside an old proof, and counts no sooner than the proof.

use std::time::Duration;

use quayfront::demo::Fault;

use crate::support::hooks::{SECRET, deliver};
use crate::support::{ANNA, VELDHUIS, Visitor, World, filters_of};

const LIST: &str = "/transport-jobs";
/// A page of it that nobody has looked at.
const UNSEEN: &str = "/transport-jobs?page=2";
const JOB: &str = "/transport-jobs/TRJ000000648";
/// A document of one step: nothing more is asked for once it is there.
const WAREHOUSE_JOB: &str = "/warehouse-jobs/WJ-0000000342";
const ROWS: &str = "/api/resource/Transport%20Job";
const PROOF: &str =
    "/api/method/frappe.core.doctype.user_permission.user_permission.get_user_permissions";

/// Somebody who was here and has been away for longer than the proof time.
async fn back(world: &World) -> Visitor {
    let mut anna = world.signed_in(ANNA).await;
    assert_eq!(anna.get(LIST).await.status, 200);
    world.settled().await;
    world.seconds_pass(30);
    world.asked();
    anna
}

/// The customers of whom rows were asked for, question by question.
fn customers_asked_for(world: &World) -> Vec<String> {
    let requests = world.site.requests().into_iter();
    let lists = requests.filter(|request| request.path == ROWS);
    let filters = lists.flat_map(|request| filters_of(&request));
    let customers = filters.filter(|(field, _)| field == "customer");
    customers.map(|(_, names)| names).collect()
}

#[tokio::test]
async fn who_comes_back_waits_for_no_proof_before_his_page_is_asked_for() {
    let world = World::new().await;
    let mut anna = back(&world).await;
    // Proof, row and document: none is answered before all three are asked for.
    world.site.hold(3);
    assert_eq!(anna.get(WAREHOUSE_JOB).await.status, 200);
    world.site.hold(0);
    assert_eq!(world.asked().len(), 3);
    assert_eq!(anna.get(WAREHOUSE_JOB).await.status, 200);
    assert!(world.asked().is_empty(), "and it is remembered");
}

#[tokio::test]
async fn what_is_remembered_needs_its_proof_and_nothing_else() {
    let world = World::with("[memory]\nlist = \"1h\"").await;
    let mut anna = back(&world).await;
    assert_eq!(anna.get(LIST).await.status, 200);
    assert_eq!(world.asked(), [PROOF]);
}

#[tokio::test]
async fn rows_of_a_scope_that_the_proof_does_not_confirm_are_shown_to_nobody_and_forgotten() {
    let world = World::with("[memory]\nlist = \"1h\"").await;
    let mut anna = back(&world).await;
    world.site.remove_user_permissions(ANNA);
    let other = "Nordlys Solar AS";
    world
        .site
        .add_user_permission(ANNA, "Customer", other, None);
    let list = anna.json(UNSEEN).await.json();
    assert_eq!(list["customers"], serde_json::json!([other]));
    let rows = list["rows"].as_array().expect("rows");
    assert!(!rows.is_empty() && rows.iter().all(|row| row["customer"] == other));
    let asked = customers_asked_for(&world);
    let both = [VELDHUIS, other].map(|customer| format!("[\"{customer}\"]"));
    assert_eq!(asked, both, "the scope of before was tried");
    // Had it been remembered, it would be good for an hour.
    world.site.remove_user_permissions(ANNA);
    world
        .site
        .add_user_permission(ANNA, "Customer", VELDHUIS, None);
    world.seconds_pass(30);
    world.asked();
    let list = anna.json(UNSEEN).await.json();
    assert_eq!(list["customers"], serde_json::json!([VELDHUIS]));
    assert_eq!(customers_asked_for(&world).last(), both.first());
}

#[tokio::test]
async fn what_is_answered_beside_a_proof_that_does_not_come_is_neither_shown_nor_remembered() {
    let world = World::new().await;
    let mut anna = back(&world).await;
    anna.get(JOB).await;
    let field = "customer_ref_no";
    let changed = || "PO-CHANGED".into();
    world
        .site
        .set_record_field("Transport Job", "TRJ000000648", field, changed());
    world.answers_expire();
    world.site.set_fault_on(PROOF, Fault::Status(502));
    world.asked();
    for address in [LIST, JOB, LIST, JOB] {
        let answer = anna.get(address).await;
        let page = answer.text();
        assert!(page.contains("cannot be reached at the moment"), "{page}");
        assert!(!page.contains("PO-CHANGED"), "{page}");
    }
    assert_eq!(anna.get(UNSEEN).await.status, 503);
    let asked = world.asked();
    let rows = asked.iter().filter(|path| *path == ROWS).count();
    assert_eq!(rows, 1, "not again while no proof comes: {asked:?}");
    world.site.clear_faults();
    assert!(anna.get(LIST).await.text().contains("PO-CHANGED"));
}

#[tokio::test]
async fn rows_that_come_before_the_proof_wait_for_it() {
    let world = World::with("[memory]\nlist = \"1h\"").await;
    let mut anna = back(&world).await;
    let scope_becomes = |customer| {
        world.site.remove_user_permissions(ANNA);
        world
            .site
            .add_user_permission(ANNA, "Customer", customer, None);
    };
    scope_becomes("Nordlys Solar AS");
    // Long enough for the rows to be read; how long it is decides nothing.
    let later = Fault::Slow(Duration::from_millis(100));
    world.site.set_fault_on(PROOF, later);
    assert_eq!(anna.get(UNSEEN).await.status, 200);
    world.site.clear_faults();
    scope_becomes(VELDHUIS);
    world.seconds_pass(30);
    world.asked();
    assert_eq!(anna.get(UNSEEN).await.status, 200);
    let asked = customers_asked_for(&world);
    assert!(
        asked.iter().any(|names| names.contains(VELDHUIS)),
        "nothing was remembered of them"
    );
}

#[tokio::test]
async fn what_is_dropped_while_the_proof_is_under_way_is_not_shown() {
    let world = World::with(&format!(
        "[memory]\nlist = \"1h\"\n[webhooks]\nrefresh_queue = 0\nsecrets = [\"{SECRET}\"]"
    ))
    .await;
    let anna = back(&world).await;
    let job = ("Transport Job", "TRJ000000648");
    let news = "PO-CHANGED";
    world
        .site
        .set_record_field(job.0, job.1, "customer_ref_no", news.into());
    // The rows are remembered, and wait for the proof alone.
    world.site.hold(2);
    let mut visitor = anna.clone();
    let page = tokio::spawn(async move { visitor.json(LIST).await.text() });
    World::until("the proof is asked for", || {
        !world.site.requests().is_empty()
    })
    .await;
    let record = world.site.record(job.0, job.1).expect("it is there");
    assert_eq!(deliver(&world, job.0, &record).await, 204);
    world.site.hold(0);
    assert!(page.await.expect("no panic").contains(news));
}

#[tokio::test]
async fn what_is_refused_beside_the_end_of_a_session_says_nothing_of_its_user() {
    let world = World::new().await;
    let mut anna = back(&world).await;
    world.site.kill_sessions(ANNA);
    assert_eq!(anna.get(UNSEEN).await.status, 303);
    assert!(world.asked().contains(&ROWS.to_owned()), "it was asked for");
    let mut again = world.signed_in(ANNA).await;
    assert_eq!(again.get(UNSEEN).await.status, 200);
    assert!(
        again
            .get("/")
            .await
            .text()
            .contains("href=\"/transport-jobs\"")
    );
}

#[tokio::test]
async fn a_stale_page_that_its_proof_confirms_is_refreshed() {
    let world = World::with("[memory]\nlist = \"20s\"\ndocument = \"20s\"").await;
    let mut anna = back(&world).await;
    assert_eq!(anna.json(LIST).await.json()["stale"], true);
    world.settled().await;
    assert_eq!(anna.json(LIST).await.json()["stale"], false);
}

#[tokio::test]
async fn a_site_that_has_failed_is_asked_for_the_proof_first() {
    let world = World::new().await;
    let mut anna = back(&world).await;
    world.site.set_fault(Some(Fault::Refuse));
    for _ in 0..10 {
        anna.get(UNSEEN).await;
    }
    world.site.clear_faults();
    world.answers_expire();
    world.asked();
    // One question may try the site. Were it another one, there would be no proof.
    assert_eq!(anna.get(UNSEEN).await.status, 200);
    assert_eq!(world.asked().first().map(String::as_str), Some(PROOF));
}
