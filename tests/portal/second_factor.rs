//! Signing in with a second factor, walked from the password to the first page.

use jiff::SignedDuration;
use quayfront::demo::{Fault, SecondFactor};

use crate::support::{ANNA, Answer, DISPATCH, SIOBHAN, Visitor, World};

const COOKIE: &str = "quayfront-second-factor";

/// A portal in front of a site that asks Anna for a code.
async fn world(method: SecondFactor) -> World {
    let world = World::new().await;
    world.site.set_two_factor(method);
    world.site.add_role(ANNA, "Portal 2FA");
    world
}

/// Anna, whose password was right.
async fn half_way(world: &World) -> Visitor {
    let mut anna = world.visitor();
    let form = [
        ("user", ANNA),
        ("password", &world.password(ANNA)),
        ("next", "/warehouse-jobs?page=2"),
    ];
    let answer = anna.post("/login", &form).await;
    assert_eq!(
        (answer.status, answer.header("location")),
        (303, "/login/verify")
    );
    assert!(anna.cookie.is_none(), "she is not signed in yet");
    anna
}

async fn enter(visitor: &mut Visitor, code: &str) -> Answer {
    visitor.post("/login/verify", &[("code", code)]).await
}

fn leads_back(answer: &Answer) -> bool {
    (answer.status, answer.header("location")) == (303, "/login?notice=attempt-over")
}

#[tokio::test]
async fn with_the_code_one_is_signed_in_and_back_where_one_was() {
    for (method, words) in [
        (SecondFactor::App, "the app on your phone"),
        (SecondFactor::Email, "sent you a mail with a code"),
        (SecondFactor::Sms, "sent a text message"),
        (
            SecondFactor::AppNotSetUp,
            "a mail that says how to set it up",
        ),
    ] {
        let world = world(method).await;
        world
            .site
            .set_record_field("User", ANNA, "mobile_no", "+31612345678".into());
        let mut anna = half_way(&world).await;
        let page = anna.get("/login/verify").await;
        assert_eq!(page.status, 200);
        let text = page.text();
        assert!(text.contains(words) && text.contains(ANNA), "{text}");
        assert!(
            text.contains("autocomplete=\"one-time-code\"")
                && text.contains("inputmode=\"numeric\""),
            "{text}"
        );
        let code = world.site.second_factor_code();
        let (head, tail) = code.split_at(3);
        let answer = enter(&mut anna, &format!(" {head} {tail} ")).await;
        assert_eq!(
            (answer.status, answer.header("location")),
            (303, "/warehouse-jobs?page=2"),
            "{}",
            answer.text()
        );
        assert!(!anna.kept.contains_key(COOKIE), "the attempt is over");
        world.settled().await;
        let home = anna.get("/").await;
        assert!(home.text().contains("Anna Visser"), "{}", home.text());
    }
}

#[tokio::test]
async fn a_code_that_could_not_be_sent_is_told() {
    let world = world(SecondFactor::Sms).await;
    world
        .site
        .set_record_field("User", ANNA, "mobile_no", "".into());
    world
        .site
        .set_record_field("User", ANNA, "phone", "".into());
    let mut anna = half_way(&world).await;
    let text = anna.get("/login/verify").await.text();
    assert!(text.contains("could not be sent"), "{text}");
}

#[tokio::test]
async fn a_wrong_code_is_told_and_the_next_one_may_be_right() {
    let world = world(SecondFactor::Email).await;
    let mut anna = half_way(&world).await;
    for wrong in ["000000", "not a code", "", "12345678901234567890"] {
        let answer = enter(&mut anna, wrong).await;
        assert_eq!(answer.status, 422, "{wrong}");
        assert!(
            answer.text().contains("no longer valid"),
            "{}",
            answer.text()
        );
        assert!(anna.cookie.is_none());
    }
    let answer = enter(&mut anna, &world.site.second_factor_code()).await;
    assert_eq!(answer.status, 303);
    assert!(anna.cookie.is_some());
}

#[tokio::test]
async fn after_too_many_wrong_codes_one_is_told_for_how_long_to_wait() {
    let world = world(SecondFactor::Email).await;
    let mut anna = half_way(&world).await;
    for _ in 0..5 {
        assert_eq!(enter(&mut anna, "000000").await.status, 422);
    }
    let answer = enter(&mut anna, &world.site.second_factor_code()).await;
    assert_eq!((answer.status, answer.header("retry-after")), (429, "300"));
    assert!(answer.text().contains("5 minutes"), "{}", answer.text());
    assert!(anna.cookie.is_none());
}

#[tokio::test]
async fn right_codes_and_outages_cost_nobody_a_try() {
    let world = world(SecondFactor::Email).await;
    for _ in 0..15 {
        let mut anna = half_way(&world).await;
        let answer = enter(&mut anna, &world.site.second_factor_code()).await;
        assert_eq!(answer.status, 303);
    }
    let mut anna = half_way(&world).await;
    // What is asked behind a sign-in would be the one question that may try a site that has failed.
    world.settled().await;
    world.site.set_fault(Some(Fault::Refuse));
    for _ in 0..15 {
        assert_eq!(enter(&mut anna, "000000").await.status, 503);
    }
    world.site.set_fault(None);
    world.seconds_pass(60);
    assert_eq!(enter(&mut anna, "000000").await.status, 422);
}

#[tokio::test]
async fn an_attempt_that_was_not_finished_in_time_leads_back_with_kind_words() {
    for (method, minutes) in [(SecondFactor::Email, 5), (SecondFactor::App, 3)] {
        let world = world(method).await;
        let mut anna = half_way(&world).await;
        world
            .clock
            .advance(SignedDuration::from_mins(minutes) - SignedDuration::from_secs(1));
        assert_eq!(anna.get("/login/verify").await.status, 200);
        world.seconds_pass(1);
        let mut too_late = anna.clone();
        assert!(leads_back(&anna.get("/login/verify").await));
        world.site.clear_requests();
        assert!(leads_back(
            &enter(&mut too_late, &world.site.second_factor_code()).await
        ));
        assert!(world.asked().is_empty());
        let page = anna.get("/login?notice=attempt-over").await;
        assert!(
            page.text().contains("Please sign in again"),
            "{}",
            page.text()
        );
    }
}

#[tokio::test]
async fn without_an_attempt_there_is_nothing_to_enter() {
    let world = world(SecondFactor::App).await;
    let mut nobody = world.visitor();
    assert!(leads_back(&nobody.get("/login/verify").await));
    assert!(leads_back(
        &enter(&mut nobody, &world.site.second_factor_code()).await
    ));
    assert!(world.asked().is_empty());
}

#[tokio::test]
async fn an_attempt_works_once_so_a_copied_one_is_worth_nothing_afterwards() {
    let world = world(SecondFactor::App).await;
    let mut anna = half_way(&world).await;
    let mut thief = anna.clone();
    let code = world.site.second_factor_code();
    assert_eq!(
        enter(&mut anna, &code).await.header("location"),
        "/warehouse-jobs?page=2"
    );
    world.settled().await;
    world.site.clear_requests();
    // Frappe itself would take the pair again.
    assert!(leads_back(&enter(&mut thief, &code).await));
    assert!(thief.cookie.is_none() && world.asked().is_empty());
    assert_eq!(world.site.sessions_of(ANNA).len(), 1);
}

#[tokio::test]
async fn of_two_requests_with_the_same_attempt_at_the_same_moment_one_is_refused() {
    let world = world(SecondFactor::App).await;
    let anna = half_way(&world).await;
    let code = world.site.second_factor_code();
    world.site.clear_requests();
    // The first waits at the site until the second has had its answer.
    world.site.hold(100);
    let (mut first, first_code) = (anna.clone(), code.clone());
    let first = tokio::spawn(async move { enter(&mut first, &first_code).await });
    while world.site.requests().is_empty() {
        tokio::task::yield_now().await;
    }
    let mut second = anna.clone();
    assert!(leads_back(&enter(&mut second, &code).await));
    assert!(second.cookie.is_none());
    world.site.hold(0);
    let first = first.await.expect("no panic");
    assert_eq!(first.header("location"), "/warehouse-jobs?page=2");
    assert_eq!(world.site.sessions_of(ANNA).len(), 1);
}

#[tokio::test]
async fn whoever_leaves_while_a_code_is_looked_at_has_spent_the_attempt() {
    let world = world(SecondFactor::App).await;
    let anna = half_way(&world).await;
    let code = world.site.second_factor_code();
    world.site.clear_requests();
    world.site.hold(100);
    let (mut leaving, leaving_code) = (anna.clone(), code.clone());
    let leaving = tokio::spawn(async move { enter(&mut leaving, &leaving_code).await });
    while world.site.requests().is_empty() {
        tokio::task::yield_now().await;
    }
    leaving.abort();
    let _ = leaving.await;
    world.site.hold(0);
    // The portal notices that he has left when it next looks at the connection.
    let mut again = anna.clone();
    assert!(leads_back(&enter(&mut again, &code).await));
}

#[tokio::test]
async fn while_the_site_is_down_the_attempt_stays_open() {
    let world = world(SecondFactor::Email).await;
    let mut anna = half_way(&world).await;
    world.site.set_fault(Some(Fault::Refuse));
    let answer = enter(&mut anna, &world.site.second_factor_code()).await;
    assert_eq!(answer.status, 503);
    assert!(
        answer.text().contains("does not answer"),
        "{}",
        answer.text()
    );
    world.site.set_fault(None);
    world.seconds_pass(60);
    assert_eq!(
        enter(&mut anna, &world.site.second_factor_code())
            .await
            .status,
        303
    );
}

#[tokio::test]
async fn a_cookie_of_another_purpose_or_one_that_was_changed_is_no_attempt() {
    let world = world(SecondFactor::App).await;
    let anna = half_way(&world).await;
    let code = world.site.second_factor_code();
    let attempt = anna.kept[COOKIE].clone();

    // An attempt is no session.
    let mut thief = world.visitor();
    thief.cookie = Some(format!("quayfront={attempt}"));
    assert_eq!(thief.get("/transport-jobs").await.status, 303);

    // A session is no attempt, and neither is the mark of a known browser.
    let siobhan = world.signed_in(SIOBHAN).await;
    let session = siobhan.cookie.expect("a session");
    let session = session.split_once('=').expect("a pair").1.to_owned();
    let known = siobhan.kept["quayfront-known-browser"].clone();
    let mut changed = attempt.clone().into_bytes();
    let middle = changed.len() / 2;
    changed[middle] = if changed[middle] == b'A' { b'B' } else { b'A' };
    let changed = String::from_utf8(changed).expect("ASCII");
    world.site.clear_requests();
    for value in [session, known, changed] {
        let mut thief = world.visitor();
        thief.kept.insert(COOKIE.to_owned(), value);
        assert!(leads_back(&thief.get("/login/verify").await));
        thief.kept = anna.kept.clone();
        thief.kept.insert(COOKIE.to_owned(), "x".to_owned());
        assert!(leads_back(&enter(&mut thief, &code).await));
    }
    assert!(world.asked().is_empty());
}

#[tokio::test]
async fn a_form_from_another_site_enters_no_code() {
    let world = world(SecondFactor::App).await;
    let mut anna = half_way(&world).await;
    let request = anna
        .request(reqwest::Method::POST, "/login/verify")
        .header("sec-fetch-site", "cross-site")
        .form(&[("code", world.site.second_factor_code())]);
    assert_eq!(anna.ask(request).await.status, 403);
    assert!(anna.cookie.is_none());
}

#[tokio::test]
async fn staff_is_turned_away_after_the_code_as_it_is_after_the_password() {
    let world = World::new().await;
    world.site.set_two_factor(SecondFactor::App);
    world.site.add_role(DISPATCH, "Portal 2FA");
    let mut staff = world.visitor();
    staff.sign_in(DISPATCH, &world.password(DISPATCH)).await;
    let answer = enter(&mut staff, &world.site.second_factor_code()).await;
    assert_eq!(answer.status, 403);
    assert!(staff.cookie.is_none() && world.site.sessions_of(DISPATCH).is_empty());
}

#[tokio::test]
async fn signing_in_with_a_code_ends_the_earlier_session_of_the_browser() {
    let world = world(SecondFactor::App).await;
    let mut browser = world.signed_in(SIOBHAN).await;
    browser.sign_in(ANNA, &world.password(ANNA)).await;
    assert_eq!(
        world.site.sessions_of(SIOBHAN).len(),
        1,
        "not before the code"
    );
    enter(&mut browser, &world.site.second_factor_code()).await;
    world.settled().await;
    assert!(world.site.sessions_of(SIOBHAN).is_empty());
}
