//! Limits of the portal's own on signing in: whoever tries is told to wait, and nobody else.

use quayfront::demo::{Fault, SecondFactor};

use crate::support::{ANNA, HUGO, JAN, Log, SIOBHAN, Visitor, World};

/// A portal behind a proxy that says where visitors are.
async fn behind_a_proxy() -> World {
    World::with("trusted_proxies = [\"127.0.0.0/8\"]").await
}

/// How often somebody is let try, until he is told to wait.
async fn wrong_tries(visitor: &mut Visitor, user: &str) -> usize {
    for number in 0..20 {
        match visitor.sign_in(user, "wrong").await.status {
            422 => {}
            429 => return number,
            other => panic!("{other}"),
        }
    }
    panic!("nobody ever told him to wait")
}

/// How often the site was asked to sign somebody in.
fn sign_ins(world: &World) -> usize {
    let asked = world.asked();
    asked.iter().filter(|path| path.ends_with("/login")).count()
}

#[tokio::test]
async fn whoever_tries_too_often_is_told_for_how_long_to_wait_and_the_site_is_not_asked() {
    let world = World::new().await;
    let mut visitor = world.visitor();
    assert_eq!(wrong_tries(&mut visitor, ANNA).await, 4);
    assert_eq!(sign_ins(&world), 4);
    let answer = visitor.sign_in(ANNA, &world.password(ANNA)).await;
    assert_eq!((answer.status, answer.header("retry-after")), (429, "60"));
    assert!(answer.text().contains("60 seconds"), "{}", answer.text());
    assert!(answer.text().contains(ANNA) && visitor.cookie.is_none());
    assert_eq!(sign_ins(&world), 0);
    world.seconds_pass(60);
    let answer = visitor.sign_in(ANNA, &world.password(ANNA)).await;
    assert_eq!(answer.status, 303);
}

#[tokio::test]
async fn it_is_the_same_for_accounts_that_exist_and_for_those_that_do_not() {
    let mut told = Vec::new();
    for user in [ANNA, HUGO, "nobody@nowhere.example"] {
        let world = World::new().await;
        let mut visitor = world.visitor();
        let tried = wrong_tries(&mut visitor, user).await;
        let answer = visitor.sign_in(user, "wrong").await;
        let text = answer.text().replace(user, "…");
        told.push((
            tried,
            answer.status,
            answer.header("retry-after").to_owned(),
            text,
        ));
    }
    assert!(told.iter().all(|one| *one == told[0]), "{told:?}");
}

#[tokio::test]
async fn one_address_is_told_to_wait_and_another_is_not() {
    let world = behind_a_proxy().await;
    let mut attacker = world.visitor().seen_from("203.0.113.66");
    for number in 0..5 {
        let user = format!("user{number}@nowhere.example");
        assert_eq!(attacker.sign_in(&user, "wrong").await.status, 422);
    }
    assert_eq!(
        attacker.sign_in("user6@nowhere.example", "x").await.status,
        429
    );
    // What he writes in front of his address is not his.
    let mut liar = world.visitor().seen_from("198.51.100.1, 203.0.113.66");
    assert_eq!(liar.sign_in(ANNA, &world.password(ANNA)).await.status, 429);
    let mut anna = world.visitor().seen_from("203.0.113.7");
    assert_eq!(anna.sign_in(ANNA, &world.password(ANNA)).await.status, 303);
}

#[tokio::test]
async fn a_network_of_ipv6_counts_as_one_address() {
    let world = behind_a_proxy().await;
    for number in 0..5 {
        let mut attacker = world
            .visitor()
            .seen_from(&format!("2001:db8:1:2::{number}"));
        let user = format!("user{number}@nowhere.example");
        assert_eq!(attacker.sign_in(&user, "wrong").await.status, 422);
    }
    for (address, status) in [("2001:db8:1:2:ffff::1", 429), ("2001:db8:1:3::1", 303)] {
        let mut anna = world.visitor().seen_from(address);
        let answer = anna.sign_in(ANNA, &world.password(ANNA)).await;
        assert_eq!(answer.status, status, "{address}");
    }
}

#[tokio::test]
async fn an_attacker_everywhere_keeps_no_browser_out_that_the_account_knows() {
    let world = behind_a_proxy().await;
    let mut anna = world.visitor().seen_from("203.0.113.7");
    assert_eq!(anna.sign_in(ANNA, &world.password(ANNA)).await.status, 303);
    anna.post("/logout", &[]).await;
    for minute in 0..10 {
        let mut let_through = 0;
        for address in 0..30 {
            let mut attacker = world
                .visitor()
                .seen_from(&format!("198.51.{minute}.{address}"));
            // In any spelling that the site takes for hers.
            let user = if address % 2 == 0 {
                ANNA.to_uppercase()
            } else {
                ANNA.to_owned()
            };
            let_through += usize::from(attacker.sign_in(&user, "wrong").await.status == 422);
        }
        assert!(let_through <= 5, "{let_through} in minute {minute}");
        assert_eq!(anna.sign_in(ANNA, "mistyped").await.status, 422);
        assert_eq!(
            anna.sign_in(ANNA, &world.password(ANNA)).await.status,
            303,
            "minute {minute}"
        );
        anna.post("/logout", &[]).await;
        world.seconds_pass(60);
    }
    let mut elsewhere = world.visitor().seen_from("203.0.113.8");
    assert_eq!(elsewhere.sign_in(ANNA, "wrong").await.status, 422);
}

#[tokio::test]
async fn the_cookie_of_a_known_browser_is_worth_nothing_at_another_account_and_lets_nobody_in() {
    let world = World::new().await;
    let mut anna = world.signed_in(ANNA).await;
    let kept = anna.kept.clone();
    assert_eq!(kept.len(), 1, "{kept:?}");
    anna.post("/logout", &[]).await;
    assert_eq!(anna.kept, kept, "it outlives the session");
    assert_eq!(anna.get("/transport-jobs").await.status, 303);
    let mut stranger = world.visitor();
    assert_eq!(wrong_tries(&mut stranger, JAN).await, 4);
    anna.kept = kept;
    assert_eq!(anna.sign_in(JAN, "wrong").await.status, 429);
    assert_eq!(anna.sign_in(ANNA, "wrong").await.status, 422);
}

#[tokio::test]
async fn right_passwords_and_outages_cost_nobody_a_try() {
    let world = World::new().await;
    for _ in 0..15 {
        let mut anna = world.visitor();
        assert_eq!(anna.sign_in(ANNA, &world.password(ANNA)).await.status, 303);
    }
    world.site.set_fault(Some(Fault::Refuse));
    for _ in 0..15 {
        let mut siobhan = world.visitor();
        assert_eq!(siobhan.sign_in(SIOBHAN, "wrong").await.status, 503);
    }
    // What is found out after a sign-in runs into it too.
    world.settled().await;
    world.site.set_fault(None);
    world.seconds_pass(60);
    assert_eq!(wrong_tries(&mut world.visitor(), SIOBHAN).await, 4);
}

#[tokio::test]
async fn many_tries_at_the_same_moment_are_as_many_as_one_after_another() {
    let world = World::new().await;
    let tries: Vec<_> = (0..20)
        .map(|_| {
            let mut visitor = world.visitor();
            tokio::spawn(async move { visitor.sign_in(ANNA, "wrong").await.status })
        })
        .collect();
    let mut let_through = 0;
    for answer in tries {
        let_through += usize::from(answer.await.expect("no panic") == 422);
    }
    assert_eq!(let_through, 4);
    assert_eq!(sign_ins(&world), 4);
}

#[tokio::test]
async fn whoever_leaves_before_the_answer_has_tried_all_the_same() {
    let world = World::new().await;
    world.site.hold(100);
    for _ in 0..4 {
        let mut visitor = world.visitor();
        let asked = world.site.requests().len();
        let leaving = tokio::spawn(async move { visitor.sign_in(ANNA, "wrong").await });
        while world.site.requests().len() == asked {
            tokio::task::yield_now().await;
        }
        leaving.abort();
    }
    world.site.hold(0);
    assert_eq!(world.visitor().sign_in(ANNA, "wrong").await.status, 429);
}

#[tokio::test]
async fn codes_are_limited_though_the_password_is_given_again() {
    let world = World::new().await;
    world.site.set_two_factor(SecondFactor::App);
    world.site.add_role(ANNA, "Portal 2FA");
    let mut thief = world.visitor();
    let mut let_through = 0;
    for _ in 0..60 {
        let answer = thief.sign_in(ANNA, &world.password(ANNA)).await;
        assert_eq!(answer.header("location"), "/login/verify");
        for _ in 0..10 {
            match thief
                .post("/login/verify", &[("code", "000000")])
                .await
                .status
            {
                422 => let_through += 1,
                429 => break,
                other => panic!("{other}"),
            }
        }
        world.seconds_pass(60);
    }
    // Five at once, and twelve in an hour.
    assert!((15..=17).contains(&let_through), "{let_through} codes");
}

#[tokio::test]
async fn codes_are_not_sent_without_end_to_somebody_whose_password_is_known() {
    let world = World::new().await;
    world.site.set_two_factor(SecondFactor::App);
    world.site.add_role(ANNA, "Portal 2FA");
    let mut thief = world.visitor();
    for _ in 0..5 {
        let answer = thief.sign_in(ANNA, &world.password(ANNA)).await;
        assert_eq!(answer.header("location"), "/login/verify");
    }
    world.site.clear_requests();
    for _ in 0..10 {
        let answer = thief.sign_in(ANNA, &world.password(ANNA)).await;
        assert_eq!((answer.status, answer.header("retry-after")), (429, "60"));
        assert!(answer.text().contains("60 seconds"), "{}", answer.text());
    }
    assert_eq!(sign_ins(&world), 0);
    world.seconds_pass(60);
    let answer = thief.sign_in(ANNA, &world.password(ANNA)).await;
    assert_eq!(answer.header("location"), "/login/verify");
}

#[tokio::test]
async fn what_can_be_no_account_is_refused_unasked_in_the_same_words() {
    let world = World::new().await;
    let sentence = "That e-mail address and password do not belong together";
    for user in [
        "ánna.visser@veldhuis-foods.example",
        "anna\u{1}@x.example",
        &"a".repeat(141),
    ] {
        let answer = world.visitor().sign_in(user, "wrong").await;
        assert_eq!(answer.status, 422, "{user:?}");
        assert!(answer.text().contains(sentence), "{}", answer.text());
    }
    assert!(world.asked().is_empty());
}

#[tokio::test]
async fn a_refusal_comes_no_sooner_for_accounts_that_do_not_exist() {
    let world = World::with("[sign_in]\nrefusal = \"250ms\"").await;
    for user in [ANNA, "nobody@nowhere.example", "ánna@x.example", ""] {
        let began = tokio::time::Instant::now();
        assert_eq!(world.visitor().sign_in(user, "wrong").await.status, 422);
        let took = began.elapsed();
        assert!(took.as_millis() >= 250, "{user:?}: {took:?}");
    }
}

#[tokio::test]
async fn what_was_typed_never_reaches_the_log() {
    let world = World::new().await;
    let log = Log::begin();
    let mut visitor = world.visitor();
    for _ in 0..6 {
        visitor
            .sign_in("my-password-by-mistake", "and-the-other-one")
            .await;
    }
    visitor
        .post("/password/forgot", &[("user", "my-password-by-mistake")])
        .await;
    world.settled().await;
    let lines = log.lines().join("\n");
    assert!(lines.contains("/login"), "{lines}");
    for secret in ["my-password-by-mistake", "and-the-other-one"] {
        assert!(!lines.contains(secret), "{lines}");
    }
}
