//! Bad input gets a clear answer and loses nothing.

use reqwest::Method;

use crate::support::{ANNA, World};

#[tokio::test]
async fn a_bad_parameter_is_a_400_that_says_which_and_the_site_is_not_asked() {
    let world = World::new().await;
    let mut anna = world.signed_in(ANNA).await;
    anna.get("/").await;
    world.site.clear_requests();
    for (query, parameter) in [
        ("page=0", "page"),
        ("page=abc", "page"),
        ("page_size=7", "page_size"),
        ("sort=internal_notes", "sort"),
        ("sort=(select+sleep(1))", "sort"),
        ("status=Lost", "status"),
        ("booking_date_from=31-12-2026", "booking_date_from"),
        ("q=x", "q"),
        ("view=lost", "view"),
        ("view=Late", "view"),
        ("view=late&view=late", "view"),
        ("view=late&view=papers", "view"),
    ] {
        let answer = anna.get(&format!("/transport-jobs?{query}")).await;
        assert_eq!(answer.status, 400, "{query}");
        assert!(
            answer.text().contains(&format!("{parameter}: "))
                && answer.text().contains("Accepted is"),
            "{query}: {}",
            answer.text()
        );
        let problem = anna.json(&format!("/transport-jobs?{query}")).await;
        assert_eq!(
            (problem.status, problem.header("content-type")),
            (400, "application/problem+json")
        );
        assert_eq!(problem.json()["parameter"], parameter, "{query}");
    }
    assert!(world.asked().is_empty());
}

#[tokio::test]
async fn unknown_parameters_and_long_queries_do_no_harm() {
    let world = World::new().await;
    let mut anna = world.signed_in(ANNA).await;
    let long = "x".repeat(10_000);
    assert_eq!(
        anna.get(&format!(
            "/transport-jobs?fields={long}&cmd=login&sid=Guest&_lang=de&debug=1"
        ))
        .await
        .status,
        200
    );
    assert_eq!(
        anna.get(&format!("/transport-jobs?q={long}")).await.status,
        400
    );
    let forwarded = world.site.requests();
    assert!(forwarded.iter().all(|request| {
        request
            .query
            .iter()
            .all(|(name, _)| !["sid", "cmd", "debug"].contains(&name.as_str()))
    }));
}

#[tokio::test]
async fn unknown_routes_and_wrong_methods_are_pages_or_problem_details() {
    let world = World::new().await;
    for mut visitor in [world.visitor(), world.signed_in(ANNA).await] {
        for address in [
            "/nothing",
            "/transport-jobs/",
            "/transport-jobs/a/b",
            "/assets/nothing.css",
            "/api/resource/Transport%20Job",
            "/%FF",
            "/wp-login.php",
            "//evil",
        ] {
            let answer = visitor.get(address).await;
            assert_eq!(answer.status, 404, "{address}");
            assert!(
                answer.text().contains("Not found")
                    && !crate::support::reference(&answer.text()).is_empty(),
                "{address}: {}",
                answer.text()
            );
        }
        let request = visitor
            .request(Method::DELETE, "/transport-jobs")
            .header("sec-fetch-site", "same-origin");
        let answer = visitor.ask(request).await;
        assert_eq!((answer.status, answer.header("allow")), (405, "GET,HEAD"));
        assert!(answer.text().contains("cannot be done here"));
    }
    let mut program = world.visitor();
    let answer = program.json("/transport-jobs").await;
    assert_eq!(
        (answer.status, answer.json()["title"].clone()),
        (401, "Please sign in".into())
    );
    assert_eq!(program.json("/nothing").await.json()["status"], 404);
}

#[tokio::test]
async fn a_body_that_is_too_large_or_no_form_is_told() {
    let world = World::new().await;
    let mut visitor = world.visitor();
    let large = "x".repeat(100_000);
    let answer = visitor
        .post("/login", &[("user", large.as_str()), ("password", "x")])
        .await;
    assert_eq!(answer.status, 413);
    assert!(
        answer.text().contains("Too much at once"),
        "{}",
        answer.text()
    );
    let request = visitor
        .request(Method::POST, "/login")
        .header("sec-fetch-site", "same-origin")
        .header("content-type", "text/plain")
        .body("user=x");
    assert_eq!(visitor.ask(request).await.status, 415);
    let long = "u".repeat(5_000);
    assert_eq!(
        visitor
            .post("/login", &[("user", long.as_str()), ("password", "x")])
            .await
            .status,
        422
    );
    assert!(world.asked().is_empty(), "the site hears of none of it");
}

#[tokio::test]
async fn a_broken_cookie_or_one_of_another_key_leads_to_the_sign_in_page() {
    let world = World::new().await;
    let anna = world.signed_in(ANNA).await;
    let good = anna.cookie.clone().expect("a cookie");
    let mut changed = good.clone().into_bytes();
    changed[30] = if changed[30] == b'A' { b'B' } else { b'A' };
    for cookie in [
        "quayfront=",
        "quayfront=garbage",
        "quayfront=%FF%00",
        &good[..good.len() - 10],
        &String::from_utf8(changed).expect("text"),
    ] {
        let mut visitor = anna.clone();
        visitor.cookie = Some(cookie.to_owned());
        let answer = visitor.get("/transport-jobs").await;
        assert_eq!(answer.status, 303, "{cookie}");
        assert!(
            answer
                .header("location")
                .starts_with("/login?next=%2Ftransport-jobs"),
            "{cookie}"
        );
    }
}

#[tokio::test]
async fn every_answer_carries_the_headers_that_keep_it_safe() {
    let world = World::new().await;
    let mut anna = world.signed_in(ANNA).await;
    let login = anna.get("/transport-jobs").await.text();
    let style = login
        .split("/assets/")
        .nth(1)
        .and_then(|rest| rest.split('"').next())
        .expect("a style sheet")
        .to_owned();
    for address in [
        "/",
        "/transport-jobs",
        "/nothing",
        "/health/live",
        &format!("/assets/{style}"),
    ] {
        let answer = anna.get(address).await;
        assert!(
            answer
                .header("content-security-policy")
                .starts_with("default-src 'none'"),
            "{address}"
        );
        assert!(
            !answer.header("content-security-policy").contains("unsafe"),
            "{address}"
        );
        assert_eq!(
            answer.header("x-content-type-options"),
            "nosniff",
            "{address}"
        );
        for (name, value) in [
            ("referrer-policy", "same-origin"),
            ("x-frame-options", "DENY"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
        ] {
            assert_eq!(answer.header(name), value, "{name} of {address}");
        }
        assert!(
            answer.header("permissions-policy").contains("camera=()"),
            "{address}"
        );
        let (cache, vary) = match address {
            "/" | "/transport-jobs" => ("private, no-cache", "Accept, Accept-Encoding, Cookie"),
            "/nothing" | "/health/live" => ("private, no-store", "Accept, Cookie"),
            _ => ("public, max-age=31536000, immutable", "Accept-Encoding"),
        };
        assert_eq!(answer.header("cache-control"), cache, "{address}");
        assert_eq!(answer.header("vary"), vary, "{address}");
    }
}

#[tokio::test]
async fn hostile_text_in_records_is_text_on_every_page() {
    let world = World::new().await;
    world.site.set_record_field(
        "Transport Job",
        "TRJ000000648",
        "customer_ref_no",
        "\"><script>alert(1)</script>{{ 7*7 }}".into(),
    );
    let mut anna = world.signed_in(ANNA).await;
    for address in ["/transport-jobs", "/transport-jobs/TRJ000000648"] {
        let page = anna.get(address).await.text();
        assert!(
            page.contains("&lt;script&gt;alert(1)") && page.contains("{{ 7*7 }}"),
            "{address}"
        );
        assert!(!page.contains("<script>alert"), "{address}");
    }
}

#[tokio::test]
async fn another_cookie_beside_ours_may_hold_anything() {
    let world = World::new().await;
    let mut anna = world.signed_in(ANNA).await;
    let ours = anna.cookie.take().expect("a cookie");
    let cookies = [b"promo=Jos\xe9; ".as_slice(), ours.as_bytes()].concat();
    let cookies = reqwest::header::HeaderValue::from_bytes(&cookies).expect("a header");
    let request = anna
        .request(Method::GET, "/transport-jobs")
        .header("cookie", cookies);
    assert_eq!(anna.ask(request).await.status, 200);
}

#[tokio::test]
async fn over_https_browsers_are_held_to_it_and_the_cookie_is_for_this_host_alone() {
    let world = World::over_https().await;
    let mut anna = world.visitor();
    let answer = anna.sign_in(ANNA, &world.password(ANNA)).await;
    assert_eq!(answer.status, 303);
    let cookie = answer.header("set-cookie").to_owned();
    assert!(
        cookie.starts_with("__Host-quayfront=") && cookie.contains("; Secure"),
        "{cookie}"
    );
    for answer in [answer, anna.get("/transport-jobs").await] {
        assert_eq!(
            answer.header("strict-transport-security"),
            "max-age=31536000"
        );
    }
}

#[tokio::test]
async fn another_sites_page_gets_no_further_by_any_method_that_changes_something() {
    let world = World::new().await;
    let mut anna = world.signed_in(ANNA).await;
    for method in [Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
        for address in ["/", "/logout", "/transport-jobs", "/nothing"] {
            let request = anna
                .request(method.clone(), address)
                .header("sec-fetch-site", "cross-site");
            let answer = anna.ask(request).await;
            assert_eq!(answer.status, 403, "{method} {address}");
        }
    }
    assert_eq!(anna.get("/transport-jobs").await.status, 200);
}
