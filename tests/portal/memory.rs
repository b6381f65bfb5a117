//! What is remembered, and what a page costs Frappe.

use quayfront::demo::Request;

use crate::support::truth::{jobs_of, text};
use crate::support::{ANNA, JAN, KATRIN, MAEVE, VELDHUIS, World};

/// A job with legs.
const JOB: &str = "/transport-jobs/TRJ000000648";

#[tokio::test]
async fn a_page_that_is_remembered_asks_nothing() {
    let world = World::new().await;
    let mut anna = world.signed_in(ANNA).await;
    for address in ["/", "/transport-jobs", "/warehouse-jobs?type=Pick", JOB] {
        anna.get(address).await;
        if address == "/" {
            // JSON has more of each row than the page shows.
            anna.json(address).await;
        }
        world.site.clear_requests();
        assert_eq!(anna.get(address).await.status, 200);
        assert_eq!(
            anna.json(address).await.status,
            200,
            "JSON comes from the same memory"
        );
        assert!(world.asked().is_empty(), "{address}");
    }
}

/// The questions of a page, in steps: those of a step have to be in flight at the same time, or the
/// demo ERP never answers them and the test never ends.
async fn costs(world: &World, address: &str, steps: &[usize]) {
    let mut anna = world.signed_in(ANNA).await;
    world.site.clear_requests();
    world.site.hold(usize::MAX);
    let page = address.to_owned();
    let page = tokio::spawn(async move { anna.get(&page).await.status });
    let mut asked = 0;
    for step in steps {
        asked += step;
        while world.site.requests().len() < asked {
            tokio::task::yield_now().await;
        }
        // Those go; the next ones are held.
        world.site.hold(usize::MAX);
    }
    world.site.hold(0);
    assert_eq!(page.await.expect("no panic"), 200, "{address}");
    let questions = world.asked();
    assert_eq!(questions.len(), asked, "{address}: {questions:?}");
}

#[tokio::test]
async fn a_full_page_of_a_list_takes_its_rows_and_then_their_number_beside_their_legs() {
    let world = World::new().await;
    costs(&world, "/warehouse-jobs", &[1, 1]).await;
    costs(&world, "/transport-jobs", &[1, 2]).await;
}

#[tokio::test]
async fn a_page_that_is_not_full_says_itself_how_many_there_are() {
    let world = World::new().await;
    let mut anna = world.signed_in(ANNA).await;
    let all = anna.json("/warehouse-jobs").await.json();
    let total = all["total"].as_u64().expect("a number");
    let last = total.div_ceil(20);
    assert!(!total.is_multiple_of(20), "the last page is not full");
    world.asked();
    // Beyond the last page there are no rows that could tell, and the number is remembered.
    for (page, questions) in [(last, 1), (last + 1, 1)] {
        let json = anna.json(&format!("/warehouse-jobs?page={page}")).await;
        assert_eq!(json.json()["total"], total, "{page}");
        assert_eq!(world.asked().len(), questions, "{page}");
    }
}

#[tokio::test]
async fn a_full_page_of_which_rows_were_dropped_does_not_pass_for_the_last_one() {
    let world = World::new().await;
    let mut anna = world.signed_in(ANNA).await;
    let before = anna.json("/transport-jobs").await.json();
    // The database takes it for the same customer, and the portal for nobody's.
    let other_spelling = VELDHUIS.to_uppercase();
    let job = text(&before["rows"][0], "name");
    world
        .site
        .set_record_field("Transport Job", job, "customer", other_spelling.into());
    world.answers_expire();
    let after = anna.json("/transport-jobs").await.json();
    assert_eq!(after["rows"].as_array().map(Vec::len), Some(19));
    assert_eq!(after["total"], before["total"]);
}

#[tokio::test]
async fn papers_are_asked_for_once_however_customers_are_chosen_among() {
    let world = World::new().await;
    let mut katrin = world.signed_in(KATRIN).await;
    let list = katrin.json("/transport-jobs?view=papers").await.json();
    let customer = text(&list["rows"][0], "customer").replace(' ', "+");
    world.asked();
    let address = format!("/transport-jobs?view=papers&customer={customer}");
    assert_eq!(katrin.get(&address).await.status, 200);
    let asked = world.site.requests();
    let is_about_papers = |request: &Request| {
        let body = request.body.as_ref();
        request.path.contains("Job%20Document")
            || body.is_some_and(|body| body["doctype"] == "Job Document")
    };
    assert!(
        !asked.is_empty() && !asked.iter().any(is_about_papers),
        "{asked:?}"
    );
}

#[tokio::test]
async fn a_document_that_is_not_remembered_takes_row_and_document_side_by_side() {
    let world = World::new().await;
    let job = jobs_of("warehouse_job", &[VELDHUIS])
        .pop()
        .expect("one of hers");
    costs(
        &world,
        &format!("/warehouse-jobs/{}", text(&job, "name")),
        &[2],
    )
    .await;
}

#[tokio::test]
async fn no_page_takes_more_than_two_steps_and_none_asks_for_each_row() {
    for (address, questions) in [
        ("/transport-jobs?page_size=100", 3),
        ("/transport-jobs?page_size=20&sort=name", 3),
        ("/warehouse-jobs?page_size=100", 1),
        ("/transport-jobs/TRJ000000648", 3),
        ("/transport-jobs/TRJ000000576", 2),
    ] {
        let world = World::new().await;
        let mut anna = world.signed_in(ANNA).await;
        world.site.clear_requests();
        assert_eq!(anna.get(address).await.status, 200);
        let asked = world.asked();
        assert_eq!(asked.len(), questions, "{address}: {asked:?}");
    }
}

/// Jobs of a kind are two: all of them with what their views go by and the page shows, and their
/// papers; stock is up to four: items and warehouses, bins, and the customers' own codes.
#[tokio::test]
async fn the_start_page_asks_for_all_views_of_a_page_together_and_for_no_job() {
    let world = World::new().await;
    for (user, questions) in [(ANNA, 8), (KATRIN, 8), (MAEVE, 4)] {
        let mut visitor = world.signed_in(user).await;
        world.site.clear_requests();
        assert_eq!(visitor.get("/").await.status, 200);
        let asked = world.asked();
        assert_eq!(asked.len(), questions, "{user}: {asked:?}");
    }
}

#[tokio::test]
async fn what_the_start_page_has_counted_is_not_counted_again_for_its_links() {
    let world = World::new().await;
    let mut anna = world.signed_in(ANNA).await;
    let home = anna.json("/").await.json();
    world.site.clear_requests();
    for view in home["attention"].as_array().expect("views") {
        anna.get(text(view, "href")).await;
    }
    // The rows of each, and where the goods of some come from and go to.
    let asked = world.site.requests();
    let a_page = ("limit_page_length".to_owned(), "20".to_owned());
    let is_of_page = |request: &Request| {
        let body = request.body.as_ref();
        let has_length = body.is_some_and(|body| body["limit_page_length"] == 20);
        has_length || request.query.contains(&a_page) || request.path.contains("Legs")
    };
    assert!(
        !asked.is_empty() && asked.iter().all(is_of_page),
        "{asked:?}"
    );
}

#[tokio::test]
async fn legs_that_may_not_be_read_are_not_asked_for_again() {
    let world = World::new().await;
    let mut anna = world.signed_in(ANNA).await;
    anna.get("/transport-jobs/TRJ000000648").await;
    world.site.clear_requests();
    anna.get("/transport-jobs/TRJ000000519").await;
    assert_eq!(world.asked().len(), 2);
}

#[tokio::test]
async fn an_error_is_never_remembered() {
    let world = World::new().await;
    let mut anna = world.signed_in(ANNA).await;
    world.site.set_fault_on(
        "/api/resource/Transport%20Job",
        quayfront::demo::Fault::Status(502),
    );
    assert_eq!(anna.get("/transport-jobs").await.status, 503);
    world.site.clear_faults();
    assert_eq!(anna.get("/transport-jobs").await.status, 200);
}

#[tokio::test]
async fn many_who_want_the_same_page_share_one_question() {
    let world = World::new().await;
    let anna = world.signed_in(ANNA).await;
    world.site.clear_requests();
    let visits: Vec<_> = (0..12)
        .map(|_| {
            let mut visitor = anna.clone();
            tokio::spawn(async move { visitor.get("/warehouse-jobs").await.status })
        })
        .collect();
    for visit in visits {
        assert_eq!(visit.await.expect("no panic"), 200);
    }
    assert_eq!(world.asked().len(), 2, "rows and their number, once");
}

#[tokio::test]
async fn a_dead_sessions_failure_is_not_the_answer_for_a_live_one_that_waits_on_the_same_question()
{
    let world = World::new().await;
    let mut dead = world.signed_in(ANNA).await;
    let killed = world.site.sessions_of(ANNA);
    let mut live = world.signed_in(ANNA).await;
    dead.get("/").await;
    live.get("/").await;
    world.site.clear_requests();
    world.site.kill_session(&killed[0]);
    // The dead one asks, and its questions are held back until the live one waits behind it.
    world.site.hold(4);
    let dead = tokio::spawn(async move { dead.get("/warehouse-jobs").await.status });
    while world.site.requests().is_empty() {
        tokio::task::yield_now().await;
    }
    let live = tokio::spawn(async move { live.get("/warehouse-jobs").await.status });
    for _ in 0..1_000 {
        tokio::task::yield_now().await;
    }
    assert_eq!(world.site.requests().len(), 1, "the live one waits");
    world.site.hold(0);
    assert_eq!(
        (dead.await.expect("no panic"), live.await.expect("no panic")),
        (303, 200)
    );
}

#[tokio::test]
async fn two_users_of_one_customer_do_not_share_answers() {
    let world = World::new().await;
    let (mut anna, mut jan) = (world.signed_in(ANNA).await, world.signed_in(JAN).await);
    anna.get("/transport-jobs").await;
    world.site.clear_requests();
    jan.get("/transport-jobs").await;
    assert!(
        world
            .site
            .requests()
            .iter()
            .any(|request| request.user.as_deref() == Some(JAN)),
        "Frappe decides for each of them"
    );
}

#[tokio::test]
async fn what_cannot_be_read_is_asked_once_in_five_minutes() {
    let world = World::new().await;
    let mut lucia = world.signed_in(crate::support::LUCIA).await;
    world.site.clear_requests();
    for _ in 0..3 {
        assert_eq!(lucia.get("/transport-jobs").await.status, 403);
    }
    assert!(world.asked().is_empty());
    world.site.add_role(crate::support::LUCIA, "Customer");
    world.seconds_pass(301);
    lucia.get("/").await;
    world.settled().await;
    assert_eq!(lucia.get("/transport-jobs").await.status, 200);
}

#[tokio::test]
async fn a_refusal_of_the_page_itself_is_remembered_and_takes_it_off_the_menu() {
    let world = World::new().await;
    let mut anna = world.signed_in(ANNA).await;
    world.site.remove_role(ANNA, "Customer");
    assert_eq!(anna.get("/transport-jobs").await.status, 403);
    world.site.clear_requests();
    assert_eq!(anna.get("/transport-jobs?page=2").await.status, 403);
    assert!(world.asked().is_empty());
    let home = anna.get("/").await.text();
    assert!(!home.contains("href=\"/transport-jobs\""), "{home}");
}
