//! Proof before memory: what Frappe takes away is gone within the proof time, however warm the memory.

use std::collections::BTreeSet;

use quayfront::demo::Fault;
use quayfront::{frappe, portal};

use crate::support::{ANNA, PIOTR, VELDHUIS, Visitor, World};

/// A memory that would serve for an hour, so that only the proof can stop it.
async fn warm_world() -> World {
    World::with("[memory]\nlist = \"1h\"\ndocument = \"1h\"\nreadable = \"1h\"").await
}

async fn warmed(world: &World, user: &str) -> Visitor {
    let mut visitor = world.signed_in(user).await;
    assert_eq!(visitor.get("/transport-jobs").await.status, 200);
    world.site.clear_requests();
    assert_eq!(visitor.get("/transport-jobs").await.status, 200);
    assert!(world.asked().is_empty(), "the list is remembered");
    visitor
}

#[tokio::test]
async fn nothing_remembered_is_served_once_the_proof_is_old_without_asking_this_very_session() {
    let world = warm_world().await;
    let mut anna = warmed(&world, ANNA).await;
    world.seconds_pass(29);
    anna.get("/transport-jobs").await;
    assert!(world.asked().is_empty(), "a proof of 29 seconds is good");
    world.seconds_pass(1);
    assert_eq!(anna.get("/transport-jobs").await.status, 200);
    let asked = world.site.requests();
    assert_eq!(
        asked[0].path,
        "/api/method/frappe.core.doctype.user_permission.user_permission.get_user_permissions"
    );
    assert_eq!(
        asked[0].sid.as_deref(),
        world.site.sessions_of(ANNA).first().map(String::as_str)
    );
}

#[tokio::test]
async fn one_sessions_proof_is_not_another_ones() {
    let world = warm_world().await;
    warmed(&world, ANNA).await;
    let mut second = world.visitor();
    second.sign_in(ANNA, &world.password(ANNA)).await;
    world.settled().await;
    let asked_by: BTreeSet<String> = world
        .site
        .requests()
        .into_iter()
        .filter(|request| request.path.ends_with("get_user_permissions"))
        .filter_map(|request| request.sid)
        .collect();
    let alive: BTreeSet<String> = world.site.sessions_of(ANNA).into_iter().collect();
    assert_eq!(alive.len(), 2);
    assert!(
        asked_by.is_subset(&alive) && asked_by.len() == 1,
        "the second session is asked for itself"
    );
}

#[tokio::test]
async fn a_killed_session_is_dead_within_the_proof_time_and_the_users_other_one_notices_nothing() {
    let world = warm_world().await;
    let mut dead = warmed(&world, ANNA).await;
    let killed = world.site.sessions_of(ANNA);
    let mut live = world.signed_in(ANNA).await;
    assert_eq!(live.get("/transport-jobs").await.status, 200);
    assert!(world.site.kill_session(&killed[0]));
    world.seconds_pass(30);
    let (dead_answer, live_answer) =
        tokio::join!(dead.get("/transport-jobs"), live.get("/transport-jobs"));
    assert_eq!(
        (dead_answer.status, dead_answer.header("location")),
        (303, "/login?next=%2Ftransport-jobs&ended=1")
    );
    assert_eq!(live_answer.status, 200);
    let login = dead.get("/login?next=%2Ftransport-jobs&ended=1").await;
    assert!(
        login.text().contains("Your session has ended"),
        "{}",
        login.text()
    );
}

#[tokio::test]
async fn a_disabled_user_sees_nothing_after_the_proof_time() {
    let world = warm_world().await;
    let mut anna = warmed(&world, ANNA).await;
    world.site.disable_user(ANNA);
    world.seconds_pass(30);
    assert_eq!(anna.get("/transport-jobs").await.status, 303);
    let answer = anna.json("/transport-jobs").await;
    assert_eq!(
        (answer.status, answer.header("content-type")),
        (401, "application/problem+json")
    );
}

#[tokio::test]
async fn a_revoked_user_permission_takes_effect_within_the_proof_time() {
    let world = warm_world().await;
    let mut anna = warmed(&world, ANNA).await;
    // Without one Frappe shows her everything; her Portal User row goes too.
    world.site.remove_user_permissions(ANNA);
    world
        .site
        .set_record_field("Customer", VELDHUIS, "portal_users", serde_json::json!([]));
    world.seconds_pass(30);
    let answer = anna.get("/transport-jobs").await;
    assert_eq!(answer.status, 403);
    assert!(
        answer.text().contains("User Permission") && answer.text().contains(ANNA),
        "{}",
        answer.text()
    );
}

#[tokio::test]
async fn a_changed_scope_never_meets_what_was_remembered_for_the_old_one() {
    let world = warm_world().await;
    let mut anna = warmed(&world, ANNA).await;
    world.site.remove_user_permissions(ANNA);
    world
        .site
        .add_user_permission(ANNA, "Customer", "Nordlys Solar AS", None);
    world.seconds_pass(30);
    let list = anna.json("/transport-jobs").await.json();
    assert_eq!(list["customers"], serde_json::json!(["Nordlys Solar AS"]));
    assert_eq!(list["total"], 73);
    let foreign = anna
        .json(&format!(
            "/transport-jobs?customer={}",
            VELDHUIS.replace(' ', "+")
        ))
        .await;
    assert_eq!(foreign.status, 403);
}

#[tokio::test]
async fn a_permission_that_narrows_something_else_than_customers_serves_nothing_of_before() {
    let world = warm_world().await;
    let mut anna = warmed(&world, ANNA).await;
    world
        .site
        .add_user_permission(ANNA, "Branch", "Rotterdam", None);
    world.seconds_pass(30);
    world.asked();
    assert_eq!(anna.get("/transport-jobs").await.status, 200);
    let asked = world.asked();
    assert!(
        asked.contains(&"/api/resource/Transport%20Job".to_owned()),
        "rows of before are not shown, not even as stale ones: {asked:?}"
    );
}

#[tokio::test]
async fn a_session_that_is_over_takes_no_questions_from_its_user() {
    let world = warm_world().await;
    let dead = warmed(&world, ANNA).await;
    let killed = world.site.sessions_of(ANNA);
    assert!(world.site.kill_session(&killed[0]));
    world.seconds_pass(30);
    let proofs = |asked: Vec<String>| {
        let of_proof = |path: &&String| path.ends_with("get_user_permissions");
        asked.iter().filter(of_proof).count()
    };
    world.asked();
    for _ in 0..20 {
        let answer = dead.clone().get("/transport-jobs").await;
        assert_eq!(answer.status, 303);
    }
    assert_eq!(proofs(world.asked()), 1);
    // A word of Frappe's that is older than a proof may be counts no longer.
    world.seconds_pass(30);
    dead.clone().get("/transport-jobs").await;
    assert_eq!(proofs(world.asked()), 1);
}

#[tokio::test]
async fn a_site_whose_database_gives_up_is_not_away_so_that_no_old_proof_counts() {
    let world = warm_world().await;
    let mut anna = warmed(&world, ANNA).await;
    world.seconds_pass(30);
    world.site.set_fault_on(
        "/api/method/frappe.core.doctype.user_permission.user_permission.get_user_permissions",
        Fault::Deadlock,
    );
    assert_eq!(anna.get("/transport-jobs").await.status, 503);
    world.site.clear_faults();
    assert_eq!(anna.get("/transport-jobs").await.status, 200);
}

#[tokio::test]
async fn a_session_at_another_address_is_asked_for_again() {
    let world = World::with("trusted_proxies = [\"127.0.0.0/8\"]").await;
    let mut anna = warmed(&world, ANNA).await;
    world.site.set_restrict_ip(ANNA, "127.0.0.1");
    let request = anna
        .request(reqwest::Method::GET, "/transport-jobs")
        .header("x-forwarded-for", "203.0.113.7");
    assert_eq!(
        anna.ask(request).await.status,
        303,
        "Frappe holds this user to his address"
    );
}

#[tokio::test]
async fn while_frappe_cannot_be_asked_whoever_was_never_proved_sees_nothing() {
    let world = warm_world().await;
    let mut anna = warmed(&world, ANNA).await;
    let replica = world.replica().await;
    let mut second = anna.at(replica.address);
    world.site.set_fault(Some(Fault::Refuse));
    assert_eq!(
        anna.get("/transport-jobs").await.status,
        200,
        "the proof is good still"
    );
    let answer = second.get("/transport-jobs").await;
    assert_eq!(answer.status, 503, "nothing was ever proved of this one");
    assert!(second.cookie.is_some(), "an outage ends no session");
}

#[tokio::test]
async fn an_idle_session_ends_and_a_busy_one_is_renewed() {
    let world = World::new().await;
    let mut busy = world.signed_in(ANNA).await;
    let mut idle = world.signed_in(ANNA).await;
    let first = busy.cookie.clone();
    busy.get("/").await;
    assert_eq!(busy.cookie, first, "within a minute the cookie stays");
    for _ in 0..3 {
        world.seconds_pass(3 * 3600);
        assert_eq!(busy.get("/").await.status, 200);
    }
    assert_ne!(busy.cookie, first);
    assert_eq!(idle.get("/").await.status, 303, "nine hours without use");
}

#[tokio::test]
async fn a_user_that_frappe_would_show_everything_is_named_in_the_log() {
    let world = World::new().await;
    let log = crate::support::Log::begin();
    let mut piotr = world.signed_in(PIOTR).await;
    piotr.get("/transport-jobs").await;
    world.settled().await;
    let warnings: Vec<_> = log
        .lines()
        .into_iter()
        .filter(|line| line.contains("more than his customers' documents"))
        .collect();
    assert_eq!(
        warnings
            .iter()
            .filter(|line| line.contains(PIOTR) && line.contains("Transport Job"))
            .count(),
        1,
        "{warnings:?}"
    );
    assert_eq!(
        warnings
            .iter()
            .filter(|line| line.contains(PIOTR) && line.contains("Warehouse Job"))
            .count(),
        1,
        "{warnings:?}"
    );
    world.seconds_pass(60);
    piotr.get("/transport-jobs").await;
    world.settled().await;
    let again = log
        .lines()
        .iter()
        .filter(|line| line.contains("more than his customers' documents"))
        .count();
    assert_eq!(again, warnings.len(), "once for each user and DocType");
}

#[tokio::test]
async fn what_a_user_may_read_is_asked_once_for_each_doctype_and_not_again_while_it_is_yes() {
    let world = World::new().await;
    let mut anna = world.signed_in(ANNA).await;
    let looks = |world: &World| {
        let requests = world.site.requests();
        let is_look = |request: &&quayfront::demo::Request| {
            let fields = ("fields".to_owned(), r#"["name"]"#.to_owned());
            request.query.contains(&fields)
        };
        requests.iter().filter(is_look).count()
    };
    anna.get("/transport-jobs").await;
    world.settled().await;
    // Eight kinds of documents on pages, and the bins of the stock.
    assert_eq!(looks(&world), 9, "{:?}", world.asked());
    world.asked();
    world.seconds_pass(301);
    anna.get("/transport-jobs").await;
    world.settled().await;
    assert_eq!(looks(&world), 0, "{:?}", world.asked());
}

#[tokio::test]
async fn a_document_is_asked_for_again_when_the_scope_has_changed() {
    let world = warm_world().await;
    let mut anna = world.signed_in(ANNA).await;
    let job = "/transport-jobs/TRJ000000648";
    assert_eq!(anna.get(job).await.status, 200);
    world
        .site
        .add_user_permission(ANNA, "Customer", "Nordlys Solar AS", None);
    world.seconds_pass(30);
    world.site.clear_requests();
    assert_eq!(anna.get(job).await.status, 200);
    let asked = world.asked();
    assert!(
        asked.contains(&"/api/method/frappe.desk.form.load.getdoc".to_owned()),
        "what was remembered for the old scope does not serve the new one: {asked:?}"
    );
}

#[tokio::test]
async fn a_proof_is_good_for_the_user_it_names_and_for_nobody_else() {
    let world = warm_world().await;
    warmed(&world, ANNA).await;
    let visit = |user| world.app.portal().visit(world.caller(ANNA, user));
    assert!(visit(ANNA).await.is_ok());
    assert!(world.asked().is_empty(), "it is remembered");
    let stranger = visit(PIOTR).await;
    assert!(
        matches!(
            stranger,
            Err(portal::Error::Frappe(frappe::Error::SignInRequired))
        ),
        "{stranger:?}"
    );
}

#[tokio::test]
async fn portal_users_that_cannot_be_asked_for_are_an_outage_and_not_no_customers() {
    let world = World::new().await;
    world
        .site
        .set_fault_on("/api/resource/Portal%20User", Fault::Status(502));
    let mut piotr = world.signed_in(PIOTR).await;
    assert_eq!(piotr.get("/transport-jobs").await.status, 503);
    world.site.clear_faults();
    assert_eq!(piotr.get("/transport-jobs").await.status, 200);
}
