//! Signing in with a password.

use quayfront::demo::Fault;

use crate::support::{ANNA, Answer, DISPATCH, HUGO, World};

/// The sentence for whatever was wrong with address and password.
fn problem(answer: &Answer) -> String {
    let text = answer.text();
    let start = text
        .find("That e-mail address and password")
        .unwrap_or_else(|| panic!("the one sentence: {text}"));
    text[start..]
        .split('<')
        .next()
        .expect("a sentence")
        .trim()
        .to_owned()
}

#[tokio::test]
async fn a_customer_signs_in_and_sees_his_jobs() {
    let world = World::new().await;
    let mut anna = world.visitor();
    let answer = anna.get("/").await;
    assert_eq!((answer.status, answer.header("location")), (303, "/login"));
    assert_eq!(anna.get("/login").await.status, 200);
    let answer = anna.sign_in(ANNA, &world.password(ANNA)).await;
    assert_eq!((answer.status, answer.header("location")), (303, "/"));
    world.settled().await;
    let home = anna.get("/").await;
    assert_eq!(home.status, 200);
    assert!(
        home.text().contains("Anna Visser") && home.text().contains("href=\"/transport-jobs\"")
    );
    let list = anna.get("/transport-jobs").await;
    assert!(
        list.text().contains("143 transport jobs"),
        "{}",
        list.text()
    );
}

#[tokio::test]
async fn capitals_and_spaces_around_the_address_do_no_harm() {
    let world = World::new().await;
    let mut anna = world.visitor();
    let typed = format!("  {} ", ANNA.to_uppercase());
    assert_eq!(
        anna.sign_in(&typed, &world.password(ANNA)).await.status,
        303
    );
    assert_eq!(anna.get("/transport-jobs").await.status, 200);
}

#[tokio::test]
async fn wrong_unknown_and_disabled_are_told_with_the_same_sentence() {
    let world = World::new().await;
    let good = world.password(ANNA);
    let mut told = Vec::new();
    for (user, password) in [
        (ANNA, "wrong"),
        ("nobody@nowhere.example", good.as_str()),
        (HUGO, good.as_str()),
        (HUGO, "wrong"),
        ("", "x"),
        (ANNA, ""),
    ] {
        let mut visitor = world.visitor();
        let answer = visitor.sign_in(user, password).await;
        assert!(visitor.cookie.is_none(), "{user} is not signed in");
        told.push((answer.status, problem(&answer)));
    }
    assert!(told.iter().all(|one| *one == told[0]), "{told:?}");
    assert_eq!(told[0].0, 422);
}

#[tokio::test]
async fn what_was_typed_is_kept_except_the_password() {
    let world = World::new().await;
    let mut visitor = world.visitor();
    let answer = visitor
        .post(
            "/login",
            &[
                ("user", "\"><script>x"),
                ("password", "hunter2hunter2"),
                ("next", "/warehouse-jobs?page=2"),
            ],
        )
        .await;
    let text = answer.text();
    assert!(text.contains("&quot;&gt;&lt;script&gt;x"), "{text}");
    assert!(text.contains("/warehouse-jobs?page=2"), "{text}");
    assert!(!text.contains("hunter2hunter2") && !text.contains("<script>x"));
}

#[tokio::test]
async fn a_lock_of_the_sites_own_is_told_like_one_of_ours() {
    // An account that somebody has locked past the portal.
    let world = World::with("[sign_in]\nrefusal = \"0s\"\nsite_tries = 0\naccount = { tries = 100, then_every = \"1s\" }\n\
         account_from_address = { tries = 100, then_every = \"1s\" }\naddress = { tries = 100, then_every = \"1s\" }")
        .await;
    let mut visitor = world.visitor();
    for _ in 0..11 {
        assert_eq!(visitor.sign_in(ANNA, "wrong").await.status, 422);
    }
    let answer = visitor.sign_in(ANNA, &world.password(ANNA)).await;
    assert_eq!((answer.status, answer.header("retry-after")), (429, "60"));
    assert!(
        answer.text().contains("Please try again in 60 seconds"),
        "{}",
        answer.text()
    );
    world.seconds_pass(61);
    assert_eq!(
        visitor.sign_in(ANNA, &world.password(ANNA)).await.status,
        303
    );
}

#[tokio::test]
async fn every_question_carries_exactly_one_client_address() {
    let world = World::new().await;
    let mut anna = world.visitor();
    let request = anna
        .request(reqwest::Method::POST, "/login")
        .header("x-forwarded-for", "198.51.100.1, 198.51.100.2");
    let request = request
        .header("sec-fetch-site", "same-origin")
        .form(&[("user", ANNA), ("password", &world.password(ANNA))]);
    assert_eq!(anna.ask(request).await.status, 303);
    anna.get("/transport-jobs").await;
    world.settled().await;
    let requests = world.site.requests();
    assert!(requests.len() > 4);
    for request in requests {
        assert_eq!(
            request.x_forwarded_for.as_deref(),
            Some("127.0.0.1"),
            "{}",
            request.path
        );
    }
}

#[tokio::test]
async fn a_system_user_is_turned_away_and_signed_out_again_unless_a_setting_lets_him_in() {
    let world = World::new().await;
    let mut staff = world.visitor();
    let answer = staff.sign_in(DISPATCH, &world.password(DISPATCH)).await;
    assert_eq!(answer.status, 403);
    assert!(
        answer.text().contains("This portal is for customers"),
        "{}",
        answer.text()
    );
    assert!(staff.cookie.is_none());
    assert!(
        world.site.sessions_of(DISPATCH).is_empty(),
        "his session in the ERP is ended"
    );

    let world = World::with_session("system_users = true").await;
    let mut staff = world.visitor();
    assert_eq!(
        staff
            .sign_in(DISPATCH, &world.password(DISPATCH))
            .await
            .status,
        303
    );
}

#[tokio::test]
async fn while_the_erp_is_down_signing_in_says_so_and_keeps_the_address() {
    let world = World::new().await;
    for fault in [Fault::Refuse, Fault::Status(502), Fault::Garbage] {
        world.site.set_fault(Some(fault));
        let answer = world.visitor().sign_in(ANNA, "some password").await;
        assert_eq!(answer.status, 503);
        assert!(
            answer.text().contains(ANNA) && answer.text().contains("does not answer"),
            "{}",
            answer.text()
        );
        assert!(!answer.text().contains("some password"));
    }
    world.site.set_fault(None);
    world.site.set_maintenance(true);
    world.seconds_pass(60);
    let answer = world.visitor().sign_in(ANNA, "some password").await;
    assert_eq!(answer.status, 503);
    assert!(
        answer.text().contains("being maintained"),
        "{}",
        answer.text()
    );
}

#[tokio::test]
async fn one_is_led_back_to_where_one_was_and_never_elsewhere() {
    let world = World::new().await;
    let mut anna = world.visitor();
    let answer = anna.get("/transport-jobs?status=Completed&page=2").await;
    let login = answer.header("location").to_owned();
    assert!(
        login.starts_with("/login?next=%2Ftransport-jobs"),
        "{login}"
    );
    assert!(
        anna.get(&login)
            .await
            .text()
            .contains("/transport-jobs?status=Completed&amp;page=2")
    );
    let form = |next| {
        [
            ("user", ANNA),
            ("next", next),
            ("password", "calm-harbour-lights"),
        ]
    };
    let answer = anna
        .post("/login", &form("/transport-jobs?status=Completed&page=2"))
        .await;
    assert_eq!(
        answer.header("location"),
        "/transport-jobs?status=Completed&page=2"
    );
    for foreign in [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
    ] {
        let answer = world.visitor().post("/login", &form(foreign)).await;
        assert_eq!(
            (answer.status, answer.header("location")),
            (303, "/"),
            "{foreign}"
        );
    }
}

#[tokio::test]
async fn a_form_from_another_site_signs_nobody_in() {
    let world = World::new().await;
    let mut visitor = world.visitor();
    let form = [("user", ANNA), ("password", "calm-harbour-lights")];
    for (name, value) in [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("origin", "https://evil.example"),
        ("x-nothing", "x"),
    ] {
        let request = visitor
            .request(reqwest::Method::POST, "/login")
            .header(name, value)
            .form(&form);
        let answer = visitor.ask(request).await;
        assert_eq!(answer.status, 403, "{name}: {value}");
        assert!(answer.text().contains("own pages"), "{}", answer.text());
        assert!(visitor.cookie.is_none());
    }
    assert!(world.asked().is_empty(), "the ERP is not even asked");
    let origin = format!("http://{}", world.address);
    let request = visitor
        .request(reqwest::Method::POST, "/login")
        .header("origin", origin)
        .form(&form);
    assert_eq!(
        visitor.ask(request).await.status,
        303,
        "a browser without Sec-Fetch-Site sends its Origin"
    );
}

#[tokio::test]
async fn any_replica_serves_a_session_and_a_restart_signs_nobody_out() {
    let world = World::new().await;
    let anna = world.signed_in(ANNA).await;
    let replica = world.replica().await;
    assert_eq!(
        anna.at(replica.address).get("/transport-jobs").await.status,
        200
    );
}

#[tokio::test]
async fn an_unreadable_forwarded_line_lets_nobody_choose_his_address() {
    let world = World::with("trusted_proxies = [\"127.0.0.0/8\"]").await;
    let mut visitor = world.visitor();
    let line = reqwest::header::HeaderValue::from_bytes(b"\xff, 203.0.113.7").expect("a header");
    let request = visitor
        .request(reqwest::Method::POST, "/login")
        .header("x-forwarded-for", "198.51.100.1")
        .header("x-forwarded-for", line)
        .header("sec-fetch-site", "same-origin")
        .form(&[("user", ANNA), ("password", "wrong")]);
    visitor.ask(request).await;
    let asked = world.site.requests();
    assert_eq!(asked[0].x_forwarded_for.as_deref(), Some("203.0.113.7"));
}
