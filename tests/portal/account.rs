//! One's own account: seen, changed, and signed out elsewhere.

use quayfront::demo::Fault;
use serde_json::{Value, json};

use crate::support::{ANNA, Answer, KATRIN, SIOBHAN, TOM, VELDHUIS, Visitor, World};

const GOOD: &str = "Ferry-Lantern-Oboe-41";

async fn change(visitor: &mut Visitor, old: &str, new: &str, again: &str) -> Answer {
    let form = [("old", old), ("new", new), ("again", again)];
    visitor.post("/account/password", &form).await
}

async fn prefer(visitor: &mut Visitor, language: &str, time_zone: &str) -> Answer {
    let form = [("language", language), ("time_zone", time_zone)];
    visitor.post("/account/preferences", &form).await
}

fn stored(world: &World, user: &str, field: &str) -> Value {
    world.site.record("User", user).expect("a user")[field].clone()
}

#[tokio::test]
async fn one_sees_who_one_is_and_what_one_may_change() {
    let world = World::new().await;
    let mut katrin = world.signed_in(KATRIN).await;
    let home = katrin.get("/").await;
    assert!(home.text().contains("href=\"/account\""));
    world
        .site
        .set_record_field("User", KATRIN, "language", json!("de"));
    world
        .site
        .set_record_field("User", KATRIN, "time_zone", json!("Europe/Berlin"));
    let page = katrin.get("/account").await;
    assert_eq!(page.status, 200);
    let text = page.text();
    for words in [
        "Katrin Bauer",
        KATRIN,
        "Müller &amp; Söhne GmbH",
        "Nordlys Solar AS",
        "<option value=\"de\" selected>Deutsch</option>",
        "<option value=\"Europe/Berlin\" selected>Berlin</option>",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
    assert_eq!(text.matches(" selected>").count(), 2);
}

#[tokio::test]
async fn the_json_of_an_account_holds_five_fields_and_no_more() {
    let world = World::new().await;
    world
        .site
        .set_record_field("User", ANNA, "language", json!("nl"));
    world
        .site
        .set_record_field("User", ANNA, "time_zone", Value::Null);
    let mut anna = world.signed_in(ANNA).await;
    let answer = anna.json("/account").await;
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(
        answer.json(),
        json!({
            "user": ANNA,
            "full_name": "Anna Visser",
            "customers": [VELDHUIS],
            "language": "nl",
            "time_zone": null,
        })
    );
    let mut nobody = world.visitor();
    assert_eq!(nobody.json("/account").await.status, 401);
    assert_eq!(
        nobody.get("/account").await.header("location"),
        "/login?next=%2Faccount"
    );
}

#[tokio::test]
async fn whoever_has_no_customer_has_an_account_all_the_same() {
    let world = World::new().await;
    let mut tom = world.signed_in(TOM).await;
    let page = tom.get("/account").await;
    assert_eq!(page.status, 200);
    assert!(page.text().contains("None yet"), "{}", page.text());
}

#[tokio::test]
async fn language_and_time_zone_are_changed_as_the_site_has_them() {
    let world = World::new().await;
    let mut anna = world.signed_in(ANNA).await;
    let answer = prefer(&mut anna, "de", "America/New_York").await;
    assert_eq!(
        (answer.status, answer.header("location")),
        (303, "/account?notice=preferences")
    );
    assert_eq!(stored(&world, ANNA, "language"), "de");
    assert_eq!(stored(&world, ANNA, "time_zone"), "America/New_York");
    let page = anna.get("/account?notice=preferences").await;
    let text = page.text();
    assert!(text.contains("Saved."), "{text}");
    assert!(
        text.contains("<option value=\"America/New_York\" selected>New York</option>"),
        "{text}"
    );
    // As it is already is always a choice, and asks nothing.
    world.site.clear_requests();
    assert_eq!(
        prefer(&mut anna, "de", "America/New_York").await.status,
        303
    );
    assert!(
        world
            .site
            .requests()
            .iter()
            .all(|request| request.method == "GET"),
        "nothing is written"
    );
}

#[tokio::test]
async fn what_is_no_choice_is_refused_and_never_reaches_the_site() {
    let world = World::new().await;
    let mut anna = world.signed_in(ANNA).await;
    let before = world.site.record("User", ANNA);
    let (language, zone) = ("de", "Europe/Berlin");
    for (language, zone, words) in [
        ("tlh", zone, "one of the languages"),
        ("", zone, "one of the languages"),
        ("<script>", zone, "one of the languages"),
        (language, "Mars/Olympus", "one of the time zones"),
        (language, "../../etc/passwd", "one of the time zones"),
        (language, "Etc/GMT+3", "one of the time zones"),
    ] {
        let answer = prefer(&mut anna, language, zone).await;
        assert_eq!(answer.status, 422, "{language} {zone}");
        assert!(answer.text().contains(words), "{}", answer.text());
        assert!(!answer.text().contains("<script>"));
    }
    assert_eq!(world.site.record("User", ANNA), before);
}

#[tokio::test]
async fn nothing_but_language_and_time_zone_is_written() {
    let world = World::new().await;
    let mut anna = world.signed_in(ANNA).await;
    let before = world.site.record("User", ANNA).expect("a user");
    let form = [
        ("language", "de"),
        ("time_zone", "Europe/Berlin"),
        ("new_password", "stolen"),
        ("full_name", "Somebody Else"),
        ("name", SIOBHAN),
        ("user", SIOBHAN),
        ("enabled", "0"),
    ];
    assert_eq!(anna.post("/account/preferences", &form).await.status, 303);
    let after = world.site.record("User", ANNA).expect("a user");
    let (before, after) = (
        before.as_object().expect("fields"),
        after.as_object().expect("fields"),
    );
    let changed: Vec<_> = after
        .iter()
        .filter(|(field, value)| before.get(*field) != Some(value))
        .map(|(field, _)| field.as_str())
        .collect();
    let harmless = [
        "language",
        "time_zone",
        "modified",
        "modified_by",
        "last_active",
    ];
    assert!(
        changed.iter().all(|field| harmless.contains(field)),
        "{changed:?}"
    );
    assert_eq!(
        world
            .visitor()
            .sign_in(ANNA, &world.password(ANNA))
            .await
            .status,
        303
    );
}

#[tokio::test]
async fn a_new_password_keeps_one_signed_in_here_and_nowhere_else() {
    let world = World::new().await;
    let (mut desk, mut phone) = (world.signed_in(ANNA).await, world.signed_in(ANNA).await);
    let mut copied = desk.clone();
    let answer = change(&mut desk, &world.password(ANNA), GOOD, GOOD).await;
    assert_eq!(
        (answer.status, answer.header("location")),
        (303, "/account?notice=password"),
        "{}",
        answer.text()
    );
    assert_ne!(desk.cookie, copied.cookie, "the session is a new one");
    let page = desk.get("/account?notice=password").await;
    assert!(
        page.text().contains("Your new password is set."),
        "{}",
        page.text()
    );
    assert_eq!(desk.get("/transport-jobs").await.status, 200);
    assert_eq!(copied.get("/transport-jobs").await.status, 303, "at once");
    world.seconds_pass(31);
    assert_eq!(phone.get("/transport-jobs").await.status, 303);
    assert_eq!(desk.get("/transport-jobs").await.status, 200);
    assert_eq!(world.site.sessions_of(ANNA).len(), 1);
    assert_eq!(world.visitor().sign_in(ANNA, GOOD).await.status, 303);
    assert_eq!(
        world
            .visitor()
            .sign_in(ANNA, &world.password(ANNA))
            .await
            .status,
        422
    );
}

#[tokio::test]
async fn a_copied_cookie_is_dead_though_whoever_changes_the_password_leaves_at_once() {
    let world = World::new().await;
    let old = world.password(ANNA);
    for (path, form) in [
        (
            "/account/password",
            vec![("old", &*old), ("new", GOOD), ("again", GOOD)],
        ),
        ("/account/sign-out-elsewhere", vec![("password", GOOD)]),
    ] {
        let mut anna = world.visitor();
        let password = if path.ends_with("password") {
            &*old
        } else {
            GOOD
        };
        assert_eq!(anna.sign_in(ANNA, password).await.status, 303);
        world.settled().await;
        let mut copied = anna.clone();
        world.leaving(anna, path, &form).await;
        assert_eq!(copied.get("/transport-jobs").await.status, 303, "{path}");
    }
}

#[tokio::test]
async fn without_the_old_password_there_is_no_new_one() {
    let world = World::new().await;
    world
        .site
        .set_system_setting("enable_password_policy", 1.into());
    let mut anna = world.signed_in(ANNA).await;
    let old = world.password(ANNA);
    for (old, new, again, words) in [
        ("wrong", GOOD, GOOD, "That is not your password"),
        ("", GOOD, GOOD, "the password that you have now"),
        (&*old, GOOD, "another", "not the same"),
        (&*old, "", "", "type a new password"),
        (&*old, "12345", "12345", "too easy to guess"),
    ] {
        let answer = change(&mut anna, old, new, again).await;
        assert_eq!(answer.status, 422, "{words}");
        let text = answer.text();
        assert!(text.contains(words), "{words}: {text}");
        assert!(!text.contains(GOOD), "{text}");
    }
    assert_eq!(anna.get("/transport-jobs").await.status, 200);
    assert_eq!(world.visitor().sign_in(ANNA, &old).await.status, 303);
}

#[tokio::test]
async fn old_passwords_cannot_be_guessed_at_without_end() {
    let world = World::new().await;
    let mut thief = world.signed_in(ANNA).await;
    for _ in 0..3 {
        assert_eq!(change(&mut thief, "wrong", GOOD, GOOD).await.status, 422);
    }
    for _ in 0..2 {
        let form = [("password", "Oboe-Ferry-Lantern-42")];
        let answer = thief.post("/account/sign-out-elsewhere", &form).await;
        assert_eq!(answer.status, 422);
    }
    // With the right one too.
    world.site.clear_requests();
    let answer = change(&mut thief, &world.password(ANNA), GOOD, GOOD).await;
    assert_eq!((answer.status, answer.header("retry-after")), (429, "300"));
    assert!(answer.text().contains("5 minutes"), "{}", answer.text());
    assert!(
        !world
            .asked()
            .iter()
            .any(|path| path.contains("update_password"))
    );
    world.seconds_pass(300);
    assert_eq!(change(&mut thief, "wrong", GOOD, GOOD).await.status, 422);
    assert_eq!(change(&mut thief, "wrong", GOOD, GOOD).await.status, 429);
    // In another session of hers there are tries left.
    let mut anna = world.signed_in(ANNA).await;
    assert_eq!(
        change(&mut anna, &world.password(ANNA), GOOD, GOOD)
            .await
            .status,
        303
    );
}

#[tokio::test]
async fn weak_new_passwords_count_and_too_long_ones_never_reach_the_site() {
    let world = World::new().await;
    world
        .site
        .set_system_setting("enable_password_policy", 1.into());
    let mut anna = world.signed_in(ANNA).await;
    let old = world.password(ANNA);
    let long = "a".repeat(129);
    for _ in 0..10 {
        let answer = change(&mut anna, &old, &long, &long).await;
        assert_eq!(answer.status, 422);
        assert!(answer.text().contains("at most 128"), "{}", answer.text());
        let form = [("password", long.as_str())];
        let answer = anna.post("/account/sign-out-elsewhere", &form).await;
        assert_eq!(answer.status, 422);
        let text = answer.text();
        assert!(text.contains("Nothing was signed out"), "{text}");
    }
    let asked = |world: &World| {
        let asked = world.asked();
        let asked = asked.iter();
        asked
            .filter(|path| path.contains("update_password"))
            .count()
    };
    assert_eq!(asked(&world), 0);
    for _ in 0..5 {
        let answer = change(&mut anna, &old, "12345", "12345").await;
        assert_eq!(answer.status, 422);
    }
    assert_eq!(change(&mut anna, &old, "12345", "12345").await.status, 429);
    assert_eq!(asked(&world), 5);
}

#[tokio::test]
async fn one_can_sign_out_everywhere_else_and_the_password_stays() {
    let world = World::new().await;
    let (mut desk, mut phone) = (world.signed_in(ANNA).await, world.signed_in(ANNA).await);
    let password = world.password(ANNA);
    let answer = desk
        .post("/account/sign-out-elsewhere", &[("password", &password)])
        .await;
    assert_eq!(
        (answer.status, answer.header("location")),
        (303, "/account?notice=elsewhere")
    );
    let page = desk.get("/account?notice=elsewhere").await;
    assert!(
        page.text().contains("signed out everywhere else"),
        "{}",
        page.text()
    );
    assert_eq!(world.site.sessions_of(ANNA).len(), 1);
    world.seconds_pass(31);
    assert_eq!(phone.get("/transport-jobs").await.status, 303);
    assert_eq!(desk.get("/transport-jobs").await.status, 200);
    assert_eq!(world.visitor().sign_in(ANNA, &password).await.status, 303);
}

#[tokio::test]
async fn a_password_that_would_not_be_taken_today_signs_nobody_out_and_says_so() {
    let world = World::new().await;
    world.site.set_password(ANNA, "12345");
    world
        .site
        .set_system_setting("enable_password_policy", 1.into());
    let mut desk = world.visitor();
    assert_eq!(desk.sign_in(ANNA, "12345").await.status, 303);
    world.settled().await;
    let answer = desk
        .post("/account/sign-out-elsewhere", &[("password", "12345")])
        .await;
    assert_eq!(answer.status, 422);
    assert!(
        answer.text().contains("Nothing was signed out"),
        "{}",
        answer.text()
    );
}

#[tokio::test]
async fn a_form_from_another_site_changes_nothing() {
    let world = World::new().await;
    let mut anna = world.signed_in(ANNA).await;
    let before = world.site.record("User", ANNA);
    let old = world.password(ANNA);
    for (path, form) in [
        (
            "/account/preferences",
            vec![("language", "de"), ("time_zone", "Europe/Berlin")],
        ),
        (
            "/account/password",
            vec![("old", old.as_str()), ("new", GOOD), ("again", GOOD)],
        ),
        (
            "/account/sign-out-elsewhere",
            vec![("password", old.as_str())],
        ),
    ] {
        for (name, value) in [
            ("sec-fetch-site", "cross-site"),
            ("origin", "https://evil.example"),
            ("x-nothing", "x"),
        ] {
            let request = anna
                .request(reqwest::Method::POST, path)
                .header(name, value)
                .form(&form);
            assert_eq!(anna.ask(request).await.status, 403, "{path} {name}");
        }
        let answer = anna.get(path).await;
        assert_eq!(
            (answer.status, answer.header("location")),
            (303, "/account"),
            "a typed address changes nothing either"
        );
    }
    assert_eq!(world.site.record("User", ANNA), before);
    assert_eq!(anna.get("/transport-jobs").await.status, 200);
}

#[tokio::test]
async fn a_session_that_has_ended_changes_nothing_and_leads_to_the_sign_in_page() {
    let world = World::new().await;
    let mut anna = world.signed_in(ANNA).await;
    world.site.kill_sessions(ANNA);
    let answer = change(&mut anna, &world.password(ANNA), GOOD, GOOD).await;
    assert_eq!(
        (answer.status, answer.header("location")),
        (303, "/login?ended=1")
    );
    assert_eq!(
        world
            .visitor()
            .sign_in(ANNA, &world.password(ANNA))
            .await
            .status,
        303
    );
}

#[tokio::test]
async fn while_the_site_is_down_nothing_is_changed_and_a_page_says_so() {
    let world = World::new().await;
    let mut anna = world.signed_in(ANNA).await;
    world.site.set_fault_on(
        "/api/method/frappe.core.doctype.user.user.update_password",
        Fault::Refuse,
    );
    let answer = change(&mut anna, &world.password(ANNA), GOOD, GOOD).await;
    assert_eq!(answer.status, 503);
    assert!(
        answer.text().contains("does not answer"),
        "{}",
        answer.text()
    );
    world.site.clear_faults();
    world.site.set_fault(Some(Fault::Refuse));
    world.seconds_pass(60);
    assert_eq!(anna.get("/account").await.status, 503);
}

#[tokio::test]
async fn words_in_the_address_are_not_shown() {
    let world = World::new().await;
    let mut anna = world.signed_in(ANNA).await;
    for (path, words) in [
        ("/account?notice=Send+us+your+password", "Send us"),
        ("/account?notice=preferences2", "Saved."),
    ] {
        assert!(!anna.get(path).await.text().contains(words));
    }
    let mut nobody = world.visitor();
    let page = nobody.get("/login?notice=Call+0900+123").await;
    assert!(!page.text().contains("0900"));
}
