//! Kind to Frappe: what one visitor may ask, and what is fetched before anybody clicks.

use quayfront::demo::Fault;

use crate::support::{ANNA, JAN, KATRIN, MAEVE, World};

fn search(number: usize) -> String {
    format!("/warehouse-jobs?q=nothing+{number}")
}

#[tokio::test]
async fn random_searches_flood_nobody_and_whoever_makes_them_is_told_to_wait() {
    let world = World::with_site("user_per_minute = 60").await;
    let (mut anna, mut jan) = (world.signed_in(ANNA).await, world.signed_in(JAN).await);
    assert_eq!(anna.get("/transport-jobs").await.status, 200);
    world.site.clear_requests();
    let mut refused = None;
    for number in 0..60 {
        let answer = anna.get(&search(number)).await;
        if answer.status != 200 {
            refused = Some(answer);
            break;
        }
    }
    let refused = refused.expect("a limit");
    assert_eq!(refused.status, 429);
    let seconds: u64 = refused.header("retry-after").parse().expect("seconds");
    assert!((1..=60).contains(&seconds), "{seconds}");
    assert!(refused.text().contains("Too many requests"));
    assert!(world.asked().len() <= 60);
    assert_eq!(anna.json(&search(99)).await.status, 429);
    // What is remembered costs nothing, and others are not meant.
    assert_eq!(anna.get("/transport-jobs").await.status, 200);
    assert_eq!(jan.get(&search(0)).await.status, 200);
    world.seconds_pass(60);
    assert_eq!(anna.get(&search(99)).await.status, 200);
}

#[tokio::test]
async fn a_refusal_for_asking_too_much_is_no_outage_for_which_old_data_would_stand_in() {
    let world = World::with_site("user_per_minute = 60").await;
    let mut anna = world.signed_in(ANNA).await;
    anna.get("/transport-jobs").await;
    world.answers_expire();
    for number in 0..60 {
        anna.get(&search(number)).await;
    }
    assert_eq!(anna.get("/transport-jobs").await.status, 429);
}

#[tokio::test]
async fn one_visitors_questions_leave_turns_to_others() {
    let world = World::with_site("user_in_flight = 2\nin_flight = 3").await;
    let (anna, mut jan) = (world.signed_in(ANNA).await, world.signed_in(JAN).await);
    world.settled().await;
    world.site.clear_requests();
    // Nothing is answered before three questions are there, and hers are two.
    world.site.hold(3);
    let mut visitor = anna.clone();
    let start = tokio::spawn(async move { visitor.get("/").await.status });
    while world.site.requests().len() < 2 {
        tokio::task::yield_now().await;
    }
    for _ in 0..1_000 {
        tokio::task::yield_now().await;
    }
    assert_eq!(world.site.requests().len(), 2);
    let answer = jan.get("/warehouse-jobs").await;
    assert_eq!(answer.status, 200);
    world.site.hold(0);
    assert_eq!(start.await.expect("no panic"), 200);
}

#[tokio::test]
async fn random_searches_empty_nobody_elses_memory() {
    let world = World::with("[memory]\nuser_size = \"140 KiB\"").await;
    let (mut anna, mut jan) = (world.signed_in(ANNA).await, world.signed_in(JAN).await);
    anna.get("/transport-jobs").await;
    jan.get("/transport-jobs").await;
    for page in 1..=12 {
        anna.get(&format!("/warehouse-jobs?page_size=100&q=0&page={page}"))
            .await;
        for size in [20, 50, 100] {
            anna.get(&format!("/transport-jobs?page_size={size}&page={page}"))
                .await;
        }
    }
    world.site.clear_requests();
    jan.get("/transport-jobs").await;
    assert!(world.asked().is_empty(), "his is remembered");
    anna.get("/transport-jobs").await;
    assert!(!world.asked().is_empty(), "hers was the oldest of her own");
}

/// The lists of a user's menu, and the start page.
fn lists(start: &serde_json::Value) -> Vec<String> {
    let pages = start["pages"].as_array().expect("pages");
    let href = |page: &serde_json::Value| page["href"].as_str().expect("an address").to_owned();
    let pages = pages.iter().map(href).chain(["/".to_owned()]);
    pages.filter(|page| page != "/warehousing-portal").collect()
}

#[tokio::test]
async fn after_a_sign_in_the_start_page_and_the_lists_are_there_before_the_first_click() {
    let world = World::with_site("warm_up = 4").await;
    for user in [ANNA, KATRIN, MAEVE] {
        let mut visitor = world.signed_in(user).await;
        let start = visitor.json("/").await.json();
        world.site.clear_requests();
        for page in lists(&start) {
            assert_eq!(visitor.get(&page).await.status, 200, "{user}, {page}");
            let asked = world.asked();
            assert!(asked.is_empty(), "{user}, {page}: {asked:?}");
        }
    }
}

#[tokio::test]
async fn nothing_is_fetched_ahead_where_the_operator_does_not_want_it() {
    let world = World::with_site("warm_up = 0").await;
    let mut anna = world.signed_in(ANNA).await;
    world.site.clear_requests();
    anna.get("/").await;
    assert!(!world.asked().is_empty());
}

#[tokio::test]
async fn pages_are_fetched_ahead_for_so_many_at_the_same_time_and_no_more() {
    let world = World::with_site("warm_up = 1\nin_flight = 64").await;
    let portal = world.app.portal();
    let _visitors = (world.signed_in(ANNA).await, world.signed_in(JAN).await);
    world.answers_expire();
    let anna = portal.visit(world.caller(ANNA, ANNA)).await.expect("hers");
    let jan = portal.visit(world.caller(JAN, JAN)).await.expect("his");
    world.settled().await;
    world.site.clear_requests();
    world.site.hold(1_000);
    portal.warm_up(&anna);
    portal.warm_up(&jan);
    for _ in 0..1_000 {
        tokio::task::yield_now().await;
    }
    world.site.hold(0);
    world.settled().await;
    let asked: Vec<_> = world.site.requests();
    assert!(!asked.is_empty());
    let of_jan = |user: &Option<String>| user.as_deref() == Some(JAN);
    assert!(asked.iter().all(|request| !of_jan(&request.user)));
    portal.warm_up(&jan);
    world.settled().await;
    let asked = world.site.requests();
    assert!(
        asked.iter().any(|request| of_jan(&request.user)),
        "there is room again"
    );
}

#[tokio::test]
async fn nothing_is_fetched_ahead_while_frappe_has_enough_to_do() {
    // Every turn is taken by somebody else.
    let world = World::with_site("warm_up = 4\nin_flight = 1").await;
    let portal = world.app.portal().clone();
    let (_anna, jan) = (world.signed_in(ANNA).await, world.signed_in(JAN).await);
    world.answers_expire();
    let anna = portal.visit(world.caller(ANNA, ANNA)).await.expect("hers");
    world.settled().await;
    world.site.clear_requests();
    world.site.hold(2);
    let mut visitor = jan.clone();
    let waiting = tokio::spawn(async move { visitor.get("/account").await.status });
    while world.site.requests().is_empty() {
        tokio::task::yield_now().await;
    }
    portal.warm_up(&anna);
    for _ in 0..1_000 {
        tokio::task::yield_now().await;
    }
    world.site.hold(0);
    assert_eq!(waiting.await.expect("no panic"), 200);
    world.settled().await;
    let of_anna = |request: &quayfront::demo::Request| request.user.as_deref() == Some(ANNA);
    assert!(!world.site.requests().iter().any(of_anna));

    // It has failed just now, and one answer is to show that it is well again.
    let world = World::with_site("warm_up = 4").await;
    let portal = world.app.portal().clone();
    let mut jan = {
        let _anna = world.signed_in(ANNA).await;
        world.signed_in(JAN).await
    };
    let anna = portal.visit(world.caller(ANNA, ANNA)).await.expect("hers");
    world.settled().await;
    world.site.set_fault(Some(Fault::Refuse));
    for number in 0..5 {
        jan.get(&search(number)).await;
    }
    world.site.clear_faults();
    world.seconds_pass(6);
    world.answers_expire();
    world.site.clear_requests();
    portal.warm_up(&anna);
    world.settled().await;
    assert!(world.asked().is_empty());
}
