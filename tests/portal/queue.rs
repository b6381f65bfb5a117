//! The queue: what webhooks drop is asked for again before anybody looks, for those who looked lately,
//! a few at a time, and for nobody else.

use quayfront::demo::Fault;
use serde_json::json;

use crate::support::hooks::{SECRET, deliver};
use crate::support::{ANNA, JAN, KATRIN, VELDHUIS, World};

const LIST: &str = "/transport-jobs";
/// Rows, their number, and where the goods come from and go to.
const OF_A_LIST: usize = 3;
const JOB: &str = "/transport-jobs/TRJ000000648";

/// A portal that hears webhooks, and remembers for so long that nothing else makes it forget.
async fn world_with(webhooks: &str) -> World {
    World::with(&format!(
        "[memory]\nlist = \"1h\"\ndocument = \"1h\"\nmaster = \"1h\"\nreadable = \"1h\"\nstale = \"2h\"\n\
         [webhooks]\nsecrets = [\"{SECRET}\"]\n{webhooks}"
    ))
    .await
}

async fn world() -> World {
    world_with("").await
}

/// A job changes, and the site tells of it. `times` makes one delivery another than the one before.
async fn change(world: &World, times: usize) {
    let reference = format!("PO-CHANGED-{times}");
    world.site.set_record_field(
        "Transport Job",
        "TRJ000000648",
        "customer_ref_no",
        reference.into(),
    );
    let body = json!({"name": "TRJ000000648", "customer": VELDHUIS, "modified": times});
    assert_eq!(deliver(world, "Transport Job", &body).await, 204);
}

/// What the site was asked since that was last looked at, when all is done that goes on by itself.
async fn asked(world: &World) -> Vec<String> {
    world.settled().await;
    world.asked()
}

/// How many of the questions are about rows, counts and documents, and not about sessions.
fn about_data(asked: &[String]) -> usize {
    let is_proof = |path: &&String| path.contains("get_user_permissions");
    asked.iter().filter(|path| !is_proof(path)).count()
}

#[tokio::test]
async fn what_was_dropped_of_a_page_that_somebody_looked_at_is_there_again_before_the_next_look() {
    let world = world().await;
    let mut anna = world.signed_in(ANNA).await;
    for page in [LIST, JOB, "/warehouse-jobs", "/stock-balance"] {
        anna.get(page).await;
    }
    asked(&world).await;
    change(&world, 1).await;
    let again = asked(&world).await;
    assert!(about_data(&again) > 0);
    let of_jobs =
        |path: &String| path.contains("Transport Job") || path.contains("Transport%20Job");
    let elsewhere = again.iter().filter(|path| !of_jobs(path));
    let elsewhere: Vec<_> = elsewhere
        .filter(|path| !path.contains("get_count") && !path.contains("getdoc"))
        .collect();
    assert!(elsewhere.is_empty(), "{elsewhere:?}");
    for page in [LIST, JOB] {
        assert!(
            anna.get(page).await.text().contains("PO-CHANGED-1"),
            "{page}"
        );
    }
    let again = asked(&world).await;
    assert!(again.is_empty(), "{again:?}");
}

#[tokio::test]
async fn a_page_is_asked_for_once_for_each_look_however_often_it_changes() {
    let world = world().await;
    let mut anna = world.signed_in(ANNA).await;
    anna.get(LIST).await;
    asked(&world).await;
    change(&world, 1).await;
    assert_eq!(about_data(&asked(&world).await), OF_A_LIST);
    for times in 2..5 {
        change(&world, times).await;
        assert!(asked(&world).await.is_empty(), "nobody has looked since");
    }
    assert!(anna.get(LIST).await.text().contains("PO-CHANGED-4"));
    asked(&world).await;
    change(&world, 5).await;
    assert_eq!(about_data(&asked(&world).await), OF_A_LIST);
}

#[tokio::test]
async fn what_nobody_looked_at_lately_waits_for_who_looks_at_it() {
    let world = world().await;
    let mut anna = world.signed_in(ANNA).await;
    anna.get(LIST).await;
    asked(&world).await;
    // The list holds for an hour; who looked three minutes ago may not come back.
    world.seconds_pass(180);
    change(&world, 1).await;
    assert!(asked(&world).await.is_empty());
    assert!(anna.get(LIST).await.text().contains("PO-CHANGED-1"));
}

#[tokio::test]
async fn others_are_asked_for_nothing_and_each_is_asked_for_with_his_own_session() {
    let world = world().await;
    let (mut anna, mut jan) = (world.signed_in(ANNA).await, world.signed_in(JAN).await);
    let mut katrin = world.signed_in(KATRIN).await;
    for visitor in [&mut anna, &mut jan, &mut katrin] {
        visitor.get(LIST).await;
    }
    asked(&world).await;
    change(&world, 1).await;
    world.settled().await;
    let requests = world.site.requests();
    let users: std::collections::BTreeSet<_> = requests
        .iter()
        .map(|request| request.user.clone().expect("somebody"))
        .collect();
    assert_eq!(users, [ANNA.to_owned(), JAN.to_owned()].into());
}

#[tokio::test]
async fn a_session_is_proved_before_anything_is_asked_in_its_name_and_asked_nothing_after_its_end()
{
    let world = world().await;
    let mut anna = world.signed_in(ANNA).await;
    anna.get(LIST).await;
    asked(&world).await;
    world.seconds_pass(31);
    change(&world, 1).await;
    let again = asked(&world).await;
    assert!(again[0].contains("get_user_permissions"), "{again:?}");
    assert_eq!(about_data(&again), OF_A_LIST);

    anna.get(LIST).await;
    world.site.kill_sessions(ANNA);
    world.seconds_pass(31);
    change(&world, 2).await;
    let again = asked(&world).await;
    assert_eq!((again.len(), about_data(&again)), (1, 0), "{again:?}");
    change(&world, 3).await;
    assert!(asked(&world).await.is_empty(), "known to have ended");
}

#[tokio::test]
async fn nothing_is_asked_in_the_name_of_who_has_signed_out() {
    let world = world().await;
    let mut anna = world.signed_in(ANNA).await;
    anna.get(LIST).await;
    // The site does not hear of it, and would still answer.
    world.site.set_fault(Some(Fault::Refuse));
    anna.post("/logout", &[]).await;
    world.site.clear_faults();
    asked(&world).await;
    change(&world, 1).await;
    assert!(asked(&world).await.is_empty());
}

#[tokio::test]
async fn a_drop_of_everybody_is_asked_for_again_a_few_pages_at_a_time() {
    let world = world_with("refreshes = 1").await;
    let (mut anna, mut jan) = (world.signed_in(ANNA).await, world.signed_in(JAN).await);
    for visitor in [&mut anna, &mut jan] {
        for page in [LIST, "/warehouse-jobs"] {
            visitor.get(page).await;
        }
    }
    asked(&world).await;
    // Nothing is answered, so what is asked at the same time stands there together.
    world.site.hold(1_000);
    let body = json!({"name": "Customer", "modified": "1"});
    assert_eq!(deliver(&world, "Role", &body).await, 204);
    World::until("something is asked", || !world.site.requests().is_empty()).await;
    for _ in 0..1_000 {
        tokio::task::yield_now().await;
    }
    let requests = world.site.requests();
    let users: std::collections::BTreeSet<_> = requests.iter().map(|one| &one.user).collect();
    assert_eq!(users.len(), 1, "one page, one user: {requests:?}");
    assert!(requests.len() <= 2, "{requests:?}");
    world.site.hold(0);
    asked(&world).await;
    for visitor in [&mut anna, &mut jan] {
        for page in [LIST, "/warehouse-jobs"] {
            assert_eq!(visitor.get(page).await.status, 200);
        }
    }
    let again = asked(&world).await;
    assert!(again.is_empty(), "{again:?}");
}

#[tokio::test]
async fn what_finds_no_place_in_the_queue_is_asked_for_when_it_is_looked_at() {
    let world = world_with("refreshes = 1\nrefresh_queue = 1").await;
    let mut anna = world.signed_in(ANNA).await;
    let pages: Vec<_> = (1..=5).map(|page| format!("{LIST}?page={page}")).collect();
    for page in &pages {
        anna.get(page).await;
    }
    asked(&world).await;
    world.site.hold(1_000);
    change(&world, 1).await;
    World::until("something is asked", || !world.site.requests().is_empty()).await;
    for _ in 0..1_000 {
        tokio::task::yield_now().await;
    }
    world.site.hold(0);
    let again = asked(&world).await;
    let lists = again.iter().filter(|path| !path.contains("get_count"));
    assert!((1..=2).contains(&lists.count()), "{again:?}");
    for page in &pages {
        assert_eq!(anna.get(page).await.status, 200);
    }
    assert!(!asked(&world).await.is_empty());
}

#[tokio::test]
async fn nothing_is_asked_again_while_frappe_has_failed_or_all_turns_are_taken() {
    let world = world().await;
    let (mut anna, mut jan) = (world.signed_in(ANNA).await, world.signed_in(JAN).await);
    anna.get(LIST).await;
    world.site.set_fault(Some(Fault::Refuse));
    for number in 0..5 {
        jan.get(&format!("{LIST}?q=never+asked+{number}")).await;
    }
    world.site.clear_faults();
    world.seconds_pass(6);
    asked(&world).await;
    change(&world, 1).await;
    assert!(asked(&world).await.is_empty());
}

#[tokio::test]
async fn nobody_waits_for_the_queue() {
    let world = world_with("refreshes = 1").await;
    let mut anna = world.signed_in(ANNA).await;
    let mut jan = world.signed_in(JAN).await;
    for page in [LIST, JOB, "/", "/warehouse-jobs"] {
        anna.get(page).await;
    }
    jan.get("/warehouse-jobs").await;
    asked(&world).await;
    world.site.hold(1_000);
    change(&world, 1).await;
    for visitor in [&mut anna, &mut jan] {
        let page = visitor.get("/warehouse-jobs").await;
        assert_eq!(page.status, 200, "though nothing is answered");
    }
    world.site.hold(0);
    asked(&world).await;
}

#[tokio::test]
async fn an_operator_may_have_nothing_asked_for_again() {
    let world = world_with("refresh_queue = 0").await;
    let mut anna = world.signed_in(ANNA).await;
    anna.get(LIST).await;
    asked(&world).await;
    change(&world, 1).await;
    assert!(asked(&world).await.is_empty());
}
