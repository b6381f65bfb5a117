//! Whether there is an account, and of what kind, is told to nobody who does not have its password:
//! not by words, not by status or headers, and not by the order of the steps.

use quayfront::demo::SecondFactor;

use crate::support::{ANNA, Answer, DISPATCH, HUGO, JAN, LUCIA, PIOTR, TOM, Visitor, World};

/// An account with a second factor, one whose password has expired, one that may sign in from
/// elsewhere only, and accounts of all other kinds.
const ACCOUNTS: [&str; 9] = [
    "nobody@nowhere.example",
    "administrator",
    ANNA,
    JAN,
    PIOTR,
    HUGO,
    LUCIA,
    TOM,
    DISPATCH,
];

async fn world() -> World {
    let world = World::with("trusted_proxies = [\"127.0.0.0/8\"]").await;
    world.site.set_two_factor(SecondFactor::Email);
    world.site.add_role(ANNA, "Portal 2FA");
    world.site.set_forced_password_reset(true);
    world
        .site
        .set_record_field("User", JAN, "last_password_reset_date", "2026-01-01".into());
    world.site.set_restrict_ip(PIOTR, "192.0.2.");
    world
}

/// All that an answer tells, but for what was typed and what is another each time.
fn told(answer: &Answer, user: &str) -> String {
    let mut headers: Vec<_> = answer
        .headers
        .iter()
        .filter(|(name, _)| !["date", "content-length"].contains(&name.as_str()))
        .map(|(name, value)| {
            let value = value.to_str().expect("text");
            let value = if name == "set-cookie" {
                value.split('=').next().expect("a name")
            } else {
                value
            };
            format!("{name}: {value}")
        })
        .collect();
    headers.sort();
    let body = answer.text().replace(user, "…");
    format!("{} {headers:?}\n{body}", answer.status)
}

/// What one step after another tells to somebody who knows no password.
async fn walk(visitor: &mut Visitor, user: &str, world: &World) -> Vec<String> {
    let mut steps = Vec::new();
    for _ in 0..6 {
        steps.push(visitor.sign_in(user, "not the password").await);
    }
    world.seconds_pass(600);
    steps.push(visitor.sign_in(user, "").await);
    steps.push(visitor.post("/login/verify", &[("code", "000000")]).await);
    steps.push(visitor.get("/login/verify").await);
    for _ in 0..5 {
        steps.push(visitor.post("/password/forgot", &[("user", user)]).await);
        world.settled().await;
    }
    steps.push(visitor.get("/password/forgot?notice=asked").await);
    steps.push(visitor.get("/password/reset").await);
    steps.push(visitor.sign_in(user, "still not the password").await);
    assert!(visitor.cookie.is_none() && visitor.kept.is_empty());
    steps.iter().map(|answer| told(answer, user)).collect()
}

#[tokio::test]
async fn no_step_tells_whether_there_is_an_account_and_of_what_kind() {
    let world = world().await;
    let mut walks = Vec::new();
    for (number, user) in ACCOUNTS.iter().enumerate() {
        let mut visitor = world.visitor().seen_from(&format!("203.0.113.{number}"));
        walks.push((user, walk(&mut visitor, user, &world).await));
    }
    let (_, first) = &walks[0];
    for (user, steps) in &walks {
        for (number, (step, expected)) in steps.iter().zip(first).enumerate() {
            assert_eq!(step, expected, "{user}, step {number}");
        }
    }
}

#[tokio::test]
async fn the_walk_notices_a_difference() {
    let world = world().await;
    let mut visitor = world.visitor();
    let wrong = visitor.sign_in(ANNA, "not the password").await;
    let right = visitor.sign_in(ANNA, &world.password(ANNA)).await;
    assert_ne!(told(&wrong, ANNA), told(&right, ANNA));
    let mut visitor = world.visitor();
    let other = visitor.sign_in("nobody@nowhere.example", "x").await;
    assert_ne!(told(&wrong, ""), told(&other, ""));
}

/// A mail is asked for behind the answer, so a known account, whose mail takes Frappe a while, does
/// not answer later than an unknown one.
#[tokio::test]
async fn a_mail_is_asked_for_behind_the_answer() {
    let world = world().await;
    world.site.hold(100);
    for (number, user) in [ANNA, "nobody@nowhere.example"].into_iter().enumerate() {
        let mut visitor = world.visitor().seen_from(&format!("203.0.113.{number}"));
        let answer = visitor.post("/password/forgot", &[("user", user)]).await;
        assert_eq!(answer.status, 303, "the site has not answered yet");
    }
    world.site.hold(0);
    world.settled().await;
    assert_eq!(world.site.mails().len(), 1);
}

/// Only the right password leads further, so only it tells of a second factor or an expired one.
#[tokio::test]
async fn with_the_password_each_account_goes_its_own_way() {
    let world = world().await;
    for (user, leads_to) in [
        (ANNA, "/login/verify"),
        (JAN, "/password/reset"),
        (LUCIA, "/"),
        (TOM, "/"),
    ] {
        let mut visitor = world.visitor();
        let answer = visitor.sign_in(user, &world.password(user)).await;
        assert_eq!(answer.header("location"), leads_to, "{user}");
    }
    for user in [HUGO, PIOTR] {
        let mut visitor = world.visitor();
        let answer = visitor.sign_in(user, &world.password(user)).await;
        let unknown = visitor.sign_in("nobody@nowhere.example", "x").await;
        assert_eq!(
            told(&answer, user),
            told(&unknown, "nobody@nowhere.example"),
            "{user}"
        );
    }
}
