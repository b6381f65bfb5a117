//! Signing out, here and in Frappe.

use quayfront::demo::Fault;
use quayfront::{frappe, portal};

use crate::support::{ANNA, SIOBHAN, World};

#[tokio::test]
async fn signing_out_ends_the_session_in_frappe_and_a_copied_cookie_is_dead_at_once() {
    let world = World::new().await;
    let mut anna = world.signed_in(ANNA).await;
    let mut thief = anna.clone();
    assert_eq!(thief.get("/transport-jobs").await.status, 200);
    let answer = anna.post("/logout", &[]).await;
    assert!(
        answer.text().contains("You are signed out"),
        "{}",
        answer.text()
    );
    assert!(anna.cookie.is_none() && world.site.sessions_of(ANNA).is_empty());
    let answer = thief.get("/transport-jobs").await;
    assert_eq!(
        (answer.status, answer.header("location")),
        (303, "/login?next=%2Ftransport-jobs&ended=1")
    );
}

#[tokio::test]
async fn on_another_replica_a_copied_cookie_is_dead_within_the_proof_time() {
    let world = World::new().await;
    let mut anna = world.signed_in(ANNA).await;
    let replica = world.replica().await;
    let mut thief = anna.at(replica.address);
    assert_eq!(thief.get("/transport-jobs").await.status, 200);
    anna.post("/logout", &[]).await;
    world.seconds_pass(30);
    assert_eq!(thief.get("/transport-jobs").await.status, 303);
    assert!(thief.cookie.is_none(), "the dead cookie is taken away");
}

#[tokio::test]
async fn while_the_erp_is_down_signing_out_works_here_says_so_and_is_tried_again() {
    let world = World::new().await;
    let mut anna = world.signed_in(ANNA).await;
    let mut thief = anna.clone();
    world.site.set_fault(Some(Fault::Refuse));
    let answer = anna.post("/logout", &[]).await;
    assert_eq!(answer.status, 200);
    assert!(
        answer.text().contains("could not be reached"),
        "{}",
        answer.text()
    );
    assert!(anna.cookie.is_none());
    world.site.set_fault(None);
    assert_eq!(
        world.site.sessions_of(ANNA).len(),
        1,
        "Frappe has not heard of it"
    );
    assert_eq!(
        thief.get("/transport-jobs").await.status,
        303,
        "here the sid is refused all the same"
    );
    // The next visit shows that the site answers again, and the sign-out follows.
    world.seconds_pass(60);
    world.signed_in(SIOBHAN).await.get("/").await;
    world.settled().await;
    assert!(world.site.sessions_of(ANNA).is_empty());
}

#[tokio::test]
async fn a_linked_or_typed_address_signs_nobody_out() {
    let world = World::new().await;
    let mut anna = world.signed_in(ANNA).await;
    assert_eq!(anna.get("/logout").await.status, 303);
    let request = anna
        .request(reqwest::Method::POST, "/logout")
        .header("sec-fetch-site", "cross-site");
    assert_eq!(anna.ask(request).await.status, 403);
    assert_eq!(anna.get("/transport-jobs").await.status, 200);
}

#[tokio::test]
async fn one_session_signed_out_leaves_another_of_the_same_user_alone() {
    let world = World::new().await;
    let (mut desk, mut phone) = (world.signed_in(ANNA).await, world.signed_in(ANNA).await);
    assert_eq!(desk.get("/transport-jobs").await.status, 200);
    assert_eq!(phone.get("/transport-jobs").await.status, 200);
    desk.post("/logout", &[]).await;
    assert_eq!(phone.get("/transport-jobs").await.status, 200);
    world.seconds_pass(31);
    assert_eq!(phone.get("/transport-jobs").await.status, 200);
    assert_eq!(world.site.sessions_of(ANNA).len(), 1);
}

#[tokio::test]
async fn a_sign_out_is_carried_through_though_the_visitor_leaves_at_once() {
    let world = World::new().await;
    let anna = world.signed_in(ANNA).await;
    world.leaving(anna, "/logout", &[]).await;
    assert!(world.site.sessions_of(ANNA).is_empty());
}

#[tokio::test]
async fn signing_in_again_in_the_same_browser_ends_the_earlier_session() {
    let world = World::new().await;
    let mut anna = world.signed_in(ANNA).await;
    let mut copied = anna.clone();
    assert_eq!(
        anna.sign_in(SIOBHAN, &world.password(SIOBHAN)).await.status,
        303
    );
    world.settled().await;
    assert!(world.site.sessions_of(ANNA).is_empty());
    assert_eq!(copied.get("/transport-jobs").await.status, 303);
    assert_eq!(anna.get("/transport-jobs").await.status, 200);
}

#[tokio::test]
async fn a_sign_out_that_frappe_refuses_says_so_and_keeps_no_other_one_waiting() {
    let world = World::new().await;
    let mut anna = world.signed_in(ANNA).await;
    let mut siobhan = world.signed_in(SIOBHAN).await;
    world.site.set_fault(Some(Fault::Refuse));
    anna.post("/logout", &[]).await;
    siobhan.post("/logout", &[]).await;
    world.site.set_fault(None);
    // Hers cannot be ended from here any more.
    world.site.set_restrict_ip(ANNA, "192.0.2.1");
    world.seconds_pass(60);
    world.signed_in(crate::support::KATRIN).await;
    world.settled().await;
    assert_eq!(world.site.sessions_of(ANNA).len(), 1);
    assert!(world.site.sessions_of(SIOBHAN).is_empty());
}

#[tokio::test]
async fn signing_out_forgets_what_was_proved_of_the_session() {
    let world = World::new().await;
    let mut anna = world.signed_in(ANNA).await;
    let caller = world.caller(ANNA, ANNA);
    assert!(world.app.portal().visit(caller.clone()).await.is_ok());
    anna.post("/logout", &[]).await;
    let visit = world.app.portal().visit(caller).await;
    assert!(
        matches!(
            visit,
            Err(portal::Error::Frappe(frappe::Error::SignInRequired))
        ),
        "Frappe is asked, and not memory: {visit:?}"
    );
}

#[tokio::test]
async fn whoever_signs_out_while_his_session_is_being_proved_is_shown_nothing() {
    let world = World::with("[memory]\nlist = \"1h\"").await;
    let mut anna = world.signed_in(ANNA).await;
    anna.get("/transport-jobs").await;
    world.seconds_pass(30);
    world.site.clear_requests();
    // Frappe has said that the session is good, and while that is on its way the session ends.
    world.site.hold(3);
    let mut thief = anna.clone();
    let page = tokio::spawn(async move { thief.get("/transport-jobs").await.status });
    while world.site.requests().is_empty() {
        tokio::task::yield_now().await;
    }
    let signed_out = tokio::spawn(async move { anna.post("/logout", &[]).await.status });
    while world.site.requests().len() < 2 {
        tokio::task::yield_now().await;
    }
    world.site.hold(0);
    assert_eq!(page.await.expect("no panic"), 303);
    assert_eq!(signed_out.await.expect("no panic"), 200);
}

#[tokio::test]
async fn a_session_that_was_signed_out_here_leads_to_the_sign_in_page_unasked() {
    let world = World::new().await;
    let mut anna = world.signed_in(ANNA).await;
    let mut copy = anna.clone();
    anna.post("/logout", &[]).await;
    world.site.clear_requests();
    assert_eq!(copy.get("/login").await.status, 200, "and not back again");
    assert_eq!(copy.get("/transport-jobs").await.status, 303);
    assert!(world.asked().is_empty());
}
