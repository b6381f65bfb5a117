//! Forgotten and expired passwords, walked from the mail to the first page.

use quayfront::demo::{Fault, MailContent, SecondFactor};

use crate::support::{ANNA, Answer, HUGO, Log, SIOBHAN, Visitor, World};

const COOKIE: &str = "quayfront-new-password";
const GOOD: &str = "Ferry-Lantern-Oboe-41";

async fn forgot(visitor: &mut Visitor, user: &str) -> Answer {
    visitor.post("/password/forgot", &[("user", user)]).await
}

async fn choose(visitor: &mut Visitor, new: &str, again: &str) -> Answer {
    visitor
        .post("/password/reset", &[("new", new), ("again", again)])
        .await
}

/// The address in the newest mail, as somebody opens it in the portal.
fn mailed(world: &World) -> String {
    let mail = world.site.mails().pop().expect("a mail");
    let MailContent::ResetLink(link) = mail.content else {
        panic!("a link to set a new password: {mail:?}")
    };
    let (_, path) = link.split_once("/update-password").expect("the address");
    format!("/update-password{path}")
}

fn key_of(link: &str) -> String {
    let (_, key) = link.split_once("key=").expect("a key");
    key.split('&').next().expect("a key").to_owned()
}

/// Somebody who has clicked the link in a mail to Anna.
async fn with_a_key(world: &World) -> Visitor {
    let mut visitor = world.visitor();
    forgot(&mut visitor, ANNA).await;
    world.settled().await;
    let answer = visitor.get(&mailed(world)).await;
    assert_eq!(
        (answer.status, answer.header("location")),
        (303, "/password/reset")
    );
    visitor
}

#[tokio::test]
async fn whoever_forgot_his_password_sets_a_new_one_and_signs_in_with_it() {
    let world = World::new().await;
    let old = world.signed_in(ANNA).await;
    let mut anna = world.visitor();
    let page = anna.get("/login").await;
    assert!(page.text().contains("href=\"/password/forgot\""));
    assert_eq!(anna.get("/password/forgot").await.status, 200);
    let answer = forgot(&mut anna, &format!(" {} ", ANNA.to_uppercase())).await;
    assert_eq!(
        (answer.status, answer.header("location")),
        (303, "/password/forgot?notice=asked")
    );
    let page = anna.get("/password/forgot?notice=asked").await;
    assert!(page.text().contains("mailbox"), "{}", page.text());
    world.settled().await;

    let answer = anna.get(&mailed(&world)).await;
    assert_eq!(answer.header("location"), "/password/reset");
    let page = anna.get("/password/reset").await;
    assert_eq!(page.status, 200);
    assert_eq!(
        page.text().matches("autocomplete=\"new-password\"").count(),
        2
    );
    let answer = choose(&mut anna, GOOD, GOOD).await;
    assert_eq!(
        (answer.status, answer.header("location")),
        (303, "/login?notice=password-set")
    );
    assert!(!anna.kept.contains_key(COOKIE), "the key is done with");
    assert!(
        world.site.sessions_of(ANNA).is_empty(),
        "the session that the key began is ended, and so are all others"
    );
    assert!(anna.cookie.is_none());
    let page = anna.get("/login?notice=password-set").await;
    assert!(
        page.text()
            .contains("Your new password is set. Please sign in."),
        "{}",
        page.text()
    );

    assert_eq!(
        world
            .visitor()
            .sign_in(ANNA, &world.password(ANNA))
            .await
            .status,
        422
    );
    assert_eq!(anna.sign_in(ANNA, GOOD).await.status, 303);
    assert_eq!(anna.get("/transport-jobs").await.status, 200);
    world.seconds_pass(31);
    let mut old = old;
    assert_eq!(old.get("/transport-jobs").await.status, 303);
}

#[tokio::test]
async fn the_session_that_a_key_begins_is_ended_though_the_visitor_leaves_at_once() {
    let world = World::new().await;
    let visitor = with_a_key(&world).await;
    world
        .leaving(
            visitor,
            "/password/reset",
            &[("new", GOOD), ("again", GOOD)],
        )
        .await;
    assert!(world.site.sessions_of(ANNA).is_empty());
    assert_eq!(world.visitor().sign_in(ANNA, GOOD).await.status, 303);
}

#[tokio::test]
async fn an_expired_password_is_told_and_a_new_one_can_be_chosen() {
    let world = World::new().await;
    world.site.set_forced_password_reset(true);
    world.site.set_record_field(
        "User",
        ANNA,
        "last_password_reset_date",
        "2026-01-01".into(),
    );
    let mut anna = world.visitor();
    let answer = anna.sign_in(ANNA, &world.password(ANNA)).await;
    assert_eq!(
        (answer.status, answer.header("location")),
        (303, "/password/reset")
    );
    assert!(anna.cookie.is_none());
    let page = anna.get("/password/reset").await;
    assert!(
        page.text()
            .contains("Your password has expired; choose a new one."),
        "{}",
        page.text()
    );
    let answer = choose(&mut anna, GOOD, GOOD).await;
    assert_eq!(answer.header("location"), "/login?notice=password-set");
    assert_eq!(anna.sign_in(ANNA, GOOD).await.header("location"), "/");
    assert_eq!(anna.get("/transport-jobs").await.status, 200);
}

#[tokio::test]
async fn a_new_password_lets_nobody_past_the_second_factor() {
    let world = World::new().await;
    world.site.set_two_factor(SecondFactor::App);
    world.site.add_role(ANNA, "Portal 2FA");
    let mut thief = with_a_key(&world).await;
    choose(&mut thief, GOOD, GOOD).await;
    assert!(thief.cookie.is_none() && world.site.sessions_of(ANNA).is_empty());
    let answer = thief.sign_in(ANNA, GOOD).await;
    assert_eq!(answer.header("location"), "/login/verify");
}

#[tokio::test]
async fn used_unknown_too_old_and_weak_are_told_apart() {
    let world = World::new().await;
    world
        .site
        .set_system_setting("reset_password_link_expiry_duration", 3_600.into());
    world
        .site
        .set_system_setting("enable_password_policy", 1.into());
    let mut anna = with_a_key(&world).await;
    let link = mailed(&world);

    let answer = choose(&mut anna, "password", "password").await;
    assert_eq!(answer.status, 422);
    let text = answer.text();
    assert!(text.contains("too easy to guess"), "{text}");
    assert!(text.contains("everybody tries first"), "{text}");
    for (new, again, words) in [
        ("", "", "type a new password"),
        (GOOD, "another", "not the same"),
        (&*"x".repeat(129), &*"x".repeat(129), "at most 128"),
    ] {
        let answer = choose(&mut anna, new, again).await;
        assert_eq!(answer.status, 422);
        assert!(answer.text().contains(words), "{}", answer.text());
    }
    assert_eq!(
        choose(&mut anna, GOOD, GOOD).await.status,
        303,
        "still good"
    );

    anna.get(&link).await;
    let answer = choose(&mut anna, GOOD, GOOD).await;
    assert_eq!(answer.status, 410);
    assert!(
        answer.text().contains("has been used already"),
        "{}",
        answer.text()
    );
    assert!(!anna.kept.contains_key(COOKIE));

    anna.get("/update-password?key=0123456789abcdef").await;
    let answer = choose(&mut anna, GOOD, GOOD).await;
    assert_eq!(answer.status, 410);
    assert!(
        answer.text().contains("This link does not work"),
        "{}",
        answer.text()
    );

    forgot(&mut anna, ANNA).await;
    world.settled().await;
    let link = mailed(&world);
    world.seconds_pass(3_601);
    anna.get(&link).await;
    let answer = choose(&mut anna, GOOD, GOOD).await;
    assert_eq!(answer.status, 410);
    assert!(answer.text().contains("too old"), "{}", answer.text());
}

#[tokio::test]
async fn weak_passwords_cannot_be_weighed_without_end_and_long_ones_never_reach_the_site() {
    let world = World::new().await;
    world
        .site
        .set_system_setting("enable_password_policy", 1.into());
    let mut attacker = world.visitor();
    attacker.get("/update-password?key=0123456789abcdef").await;
    let long = "a".repeat(129);
    for _ in 0..20 {
        assert_eq!(choose(&mut attacker, &long, &long).await.status, 422);
    }
    assert!(world.asked().is_empty());
    for _ in 0..10 {
        assert_eq!(choose(&mut attacker, "12345", "12345").await.status, 422);
    }
    assert_eq!(world.asked().len(), 10);
    assert_eq!(choose(&mut attacker, "12345", "12345").await.status, 429);
    assert!(world.asked().is_empty());
}

#[tokio::test]
async fn keys_that_are_too_old_or_of_somebody_refused_count() {
    let world = World::new().await;
    let mut anna = with_a_key(&world).await;
    let link = mailed(&world);
    world.site.set_restrict_ip(ANNA, "192.0.2.");
    let mut asked = 0;
    for _ in 0..20 {
        anna.get(&link).await;
        match choose(&mut anna, GOOD, GOOD).await.status {
            403 | 410 => asked += 1,
            status => assert_eq!(status, 429),
        }
    }
    assert_eq!(asked, 10);
}

#[tokio::test]
async fn a_good_key_of_somebody_who_may_not_sign_in_says_so() {
    let world = World::new().await;
    let mut anna = with_a_key(&world).await;
    world.site.set_restrict_ip(ANNA, "192.0.2.");
    let answer = choose(&mut anna, GOOD, GOOD).await;
    assert_eq!(answer.status, 403);
    assert!(
        answer.text().contains("cannot sign in"),
        "{}",
        answer.text()
    );
}

#[tokio::test]
async fn the_key_leaves_the_address_at_once_and_stands_in_no_log_and_no_page() {
    let world = World::new().await;
    let mut anna = world.visitor();
    forgot(&mut anna, ANNA).await;
    world.settled().await;
    let link = mailed(&world);
    let key = key_of(&link);
    let log = Log::begin();
    let mut said = Vec::new();
    let answer = anna.get(&link).await;
    assert_eq!(answer.header("referrer-policy"), "no-referrer");
    assert_eq!(answer.header("cache-control"), "private, no-store");
    said.push(answer);
    said.push(anna.json(&link).await);
    said.push(anna.get("/password/reset").await);
    // What is wrong with the request, and what else may happen to it, says it no more.
    said.push(anna.post(&link, &[]).await);
    let foreign = anna.request(reqwest::Method::POST, &link);
    said.push(anna.ask(foreign).await);
    said.push(choose(&mut anna, "", "").await);
    world.site.set_fault(Some(Fault::Refuse));
    said.push(choose(&mut anna, GOOD, GOOD).await);
    world.site.set_fault(None);
    world.seconds_pass(60);
    said.push(choose(&mut anna, GOOD, GOOD).await);
    anna.get(&link).await;
    said.push(choose(&mut anna, GOOD, GOOD).await);
    assert_eq!(said.last().map(|answer| answer.status), Some(410));
    world.settled().await;
    for answer in said {
        let headers = format!("{:?}", answer.headers);
        assert!(!answer.text().contains(&key), "{}", answer.text());
        assert!(!headers.contains(&key), "{headers}");
    }
    let lines = log.lines();
    assert!(
        lines.iter().any(|line| line.contains("/update-password")),
        "{lines:?}"
    );
    assert!(!lines.iter().any(|line| line.contains(&key)), "{lines:?}");
    assert!(!lines.iter().any(|line| line.contains(GOOD)), "{lines:?}");
}

#[tokio::test]
async fn without_a_key_the_page_says_what_to_do() {
    let world = World::new().await;
    let mut visitor = world.visitor();
    for address in [
        "/update-password",
        "/update-password?key=",
        "/update-password?key=%00%0a",
        "/update-password?kee=0123456789",
        "/password/reset",
    ] {
        let answer = visitor.get(address).await;
        assert_eq!(answer.status, 400, "{address}");
        let text = answer.text();
        assert!(text.contains("use the link in our mail"), "{text}");
        assert!(text.contains("href=\"/password/forgot\""), "{text}");
        assert!(visitor.kept.is_empty());
    }
    let answer = choose(&mut visitor, GOOD, GOOD).await;
    assert_eq!(answer.status, 400);
    assert!(world.asked().is_empty());
}

#[tokio::test]
async fn a_key_that_was_left_lying_is_worth_nothing_after_ten_minutes() {
    let world = World::new().await;
    let mut anna = with_a_key(&world).await;
    world.seconds_pass(599);
    assert_eq!(anna.get("/password/reset").await.status, 200);
    world.seconds_pass(1);
    assert_eq!(anna.get("/password/reset").await.status, 400);
    world.site.clear_requests();
    assert_eq!(choose(&mut anna, GOOD, GOOD).await.status, 400);
    assert!(world.asked().is_empty());
    let answer = anna.get(&mailed(&world)).await;
    assert_eq!(answer.status, 303, "the link itself is still good");
}

#[tokio::test]
async fn the_cookie_of_another_purpose_holds_no_key_and_a_key_is_no_session() {
    let world = World::new().await;
    let anna = with_a_key(&world).await;
    let key = anna.kept[COOKIE].clone();
    let siobhan = world.signed_in(SIOBHAN).await;
    let session = siobhan.cookie.expect("a session");
    let session = session.split_once('=').expect("a pair").1.to_owned();
    let known = siobhan.kept["quayfront-known-browser"].clone();
    for value in [session, known, format!("{key}x"), "x".to_owned()] {
        let mut thief = world.visitor();
        thief.kept.insert(COOKIE.to_owned(), value);
        assert_eq!(thief.get("/password/reset").await.status, 400);
    }
    let mut thief = world.visitor();
    thief.cookie = Some(format!("quayfront={key}"));
    assert_eq!(thief.get("/transport-jobs").await.status, 303);
    thief
        .kept
        .insert("quayfront-second-factor".to_owned(), key.clone());
    assert_eq!(thief.get("/login/verify").await.status, 303);
}

#[tokio::test]
async fn a_browser_that_is_signed_in_can_follow_the_link_and_signs_in_anew() {
    let world = World::new().await;
    let mut anna = world.signed_in(ANNA).await;
    let mut copy = anna.clone();
    forgot(&mut anna, ANNA).await;
    world.settled().await;
    anna.get(&mailed(&world)).await;
    assert_eq!(anna.get("/password/reset").await.status, 200);
    let answer = choose(&mut anna, GOOD, GOOD).await;
    assert_eq!(answer.header("location"), "/login?notice=password-set");
    assert_eq!(anna.get("/login?notice=password-set").await.status, 200);
    world.settled().await;
    assert_eq!(copy.get("/transport-jobs").await.status, 303);
}

#[tokio::test]
async fn nobody_is_signed_out_by_a_key_that_is_not_his() {
    let world = World::new().await;
    let thief = with_a_key(&world).await;
    let mut siobhan = world.signed_in(SIOBHAN).await;
    siobhan
        .kept
        .insert(COOKIE.to_owned(), thief.kept[COOKIE].clone());
    let answer = choose(&mut siobhan, GOOD, GOOD).await;
    assert_eq!(answer.header("location"), "/login?notice=password-set");
    world.settled().await;
    world.seconds_pass(31);
    assert_eq!(siobhan.get("/transport-jobs").await.status, 200);
}

#[tokio::test]
async fn an_address_alone_tells_nobody_that_his_password_has_expired() {
    let world = World::new().await;
    let mut anna = world.visitor();
    anna.get("/update-password?key=0123456789abcdef&password_expired=true")
        .await;
    let page = anna.get("/password/reset").await;
    assert_eq!(page.status, 200);
    assert!(!page.text().contains("has expired"), "{}", page.text());
}

#[tokio::test]
async fn a_form_from_another_site_asks_for_no_mail_and_sets_no_password() {
    let world = World::new().await;
    let mut anna = with_a_key(&world).await;
    world.site.clear_requests();
    for (path, form) in [
        ("/password/forgot", vec![("user", ANNA)]),
        ("/password/reset", vec![("new", GOOD), ("again", GOOD)]),
    ] {
        let request = anna
            .request(reqwest::Method::POST, path)
            .header("sec-fetch-site", "cross-site")
            .form(&form);
        assert_eq!(anna.ask(request).await.status, 403, "{path}");
    }
    world.settled().await;
    assert!(world.asked().is_empty());
}

#[tokio::test]
async fn more_than_three_mails_an_hour_are_refused_kindly_and_unasked() {
    let world = World::with("trusted_proxies = [\"127.0.0.0/8\"]").await;
    let mut visitor = world.visitor().seen_from("203.0.113.7");
    for user in [ANNA, HUGO, "nobody@nowhere.example"] {
        assert_eq!(forgot(&mut visitor, user).await.status, 303);
    }
    world.settled().await;
    world.site.clear_requests();
    for user in [SIOBHAN, "nobody@nowhere.example"] {
        let answer = forgot(&mut visitor, user).await;
        assert_eq!((answer.status, answer.header("retry-after")), (429, "3600"));
        assert!(answer.text().contains("60 minutes"), "{}", answer.text());
    }
    world.settled().await;
    assert!(world.asked().is_empty());
    let mut elsewhere = world.visitor().seen_from("203.0.113.8");
    assert_eq!(forgot(&mut elsewhere, SIOBHAN).await.status, 303);
}

#[tokio::test]
async fn nobody_fills_anothers_mailbox_from_many_addresses() {
    let world = World::with("trusted_proxies = [\"127.0.0.0/8\"]").await;
    let mut asked = 0;
    for address in 0..20 {
        let mut attacker = world.visitor().seen_from(&format!("203.0.113.{address}"));
        asked += usize::from(forgot(&mut attacker, ANNA).await.status == 303);
    }
    world.settled().await;
    assert_eq!((asked, world.site.mails().len()), (3, 3));
}

#[tokio::test]
async fn when_the_site_sends_no_more_mails_the_next_one_to_ask_from_there_is_told() {
    let world = World::new().await;
    // Asked past the portal, from the same address.
    for _ in 0..3 {
        let client = world.app.portal().client();
        let address = std::net::IpAddr::from([127, 0, 0, 1]);
        client
            .request_password_reset(SIOBHAN, address)
            .await
            .expect("an answer");
    }
    let mut anna = world.visitor();
    assert_eq!(forgot(&mut anna, ANNA).await.status, 303);
    world.settled().await;
    let answer = forgot(&mut anna, ANNA).await;
    assert_eq!((answer.status, answer.header("retry-after")), (429, "900"));
    world.seconds_pass(900);
    assert_eq!(forgot(&mut anna, ANNA).await.status, 303);
}

#[tokio::test]
async fn keys_cannot_be_guessed_at_without_end() {
    let world = World::new().await;
    let mut attacker = world.visitor();
    let mut let_through = 0;
    for number in 0..20 {
        attacker
            .get(&format!("/update-password?key=guess-{number}"))
            .await;
        let answer = choose(&mut attacker, GOOD, GOOD).await;
        let_through += usize::from(answer.status == 410);
        assert!(matches!(answer.status, 410 | 429), "{}", answer.status);
    }
    assert_eq!(let_through, 10);
    let mut anna = with_a_key(&world).await;
    let answer = choose(&mut anna, GOOD, GOOD).await;
    assert_eq!((answer.status, answer.header("retry-after")), (429, "60"));
    world.seconds_pass(60);
    assert_eq!(choose(&mut anna, GOOD, GOOD).await.status, 303);
}

#[tokio::test]
async fn a_session_that_could_not_be_ended_is_ended_as_soon_as_the_site_answers() {
    let world = World::new().await;
    let mut anna = with_a_key(&world).await;
    world.site.set_fault_on("/api/method/logout", Fault::Refuse);
    let answer = choose(&mut anna, GOOD, GOOD).await;
    assert_eq!(answer.header("location"), "/login?notice=password-set");
    assert_eq!(world.site.sessions_of(ANNA).len(), 1);
    world.site.clear_faults();
    world.seconds_pass(60);
    world.signed_in(SIOBHAN).await.get("/").await;
    world.settled().await;
    assert!(world.site.sessions_of(ANNA).is_empty());
}
