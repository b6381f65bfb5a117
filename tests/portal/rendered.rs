//! Finished pages are remembered, with their entity tags, and proved before anything is said of them.

use std::collections::BTreeSet;
use std::io::Read as _;

use quayfront::demo::Fault;
use reqwest::Method;
use serde_json::json;

use crate::support::{ANNA, Answer, JAN, Log, VELDHUIS, Visitor, World};

const LIST: &str = "/transport-jobs";
const JOB: &str = "/transport-jobs/TRJ000000648";
const PAGES: [&str; 5] = ["/", LIST, JOB, "/stock-balance", "/warehousing-portal"];

/// A memory that would serve for an hour.
async fn lasting_world() -> World {
    World::with("[memory]\nlist = \"1h\"\ndocument = \"1h\"\nmaster = \"1h\"\nreadable = \"1h\"")
        .await
}

/// Somebody for whom everything has been found out that a page is made of.
async fn settled(world: &World, user: &str) -> Visitor {
    let mut visitor = world.signed_in(user).await;
    visitor.get(LIST).await;
    world.settled().await;
    visitor
}

async fn asked_with(visitor: &mut Visitor, path: &str, header: (&'static str, &str)) -> Answer {
    let request = visitor.request(Method::GET, path);
    visitor.ask(request.header(header.0, header.1)).await
}

async fn if_not_known(visitor: &mut Visitor, path: &str, etag: &str) -> Answer {
    asked_with(visitor, path, ("if-none-match", etag)).await
}

fn decoded(answer: &Answer) -> Vec<u8> {
    let mut plain = Vec::new();
    match answer.header("content-encoding") {
        "br" => {
            brotli::BrotliDecompress(&mut &*answer.body, &mut plain).expect("brotli");
        }
        "gzip" => {
            let mut decoder = flate2::read::GzDecoder::new(&*answer.body);
            decoder.read_to_end(&mut plain).expect("gzip");
        }
        _ => plain.clone_from(&answer.body),
    }
    plain
}

#[tokio::test]
async fn a_page_that_the_browser_has_is_not_sent_again_and_one_that_changed_is() {
    let world = World::new().await;
    let mut anna = settled(&world, ANNA).await;
    for page in PAGES {
        let first = anna.get(page).await;
        assert_eq!(first.status, 200, "{page}");
        let etag = first.header("etag").to_owned();
        assert!(etag.starts_with('"') && etag.len() > 10, "{page}: {etag}");
        world.seconds_pass(1);
        let again = if_not_known(&mut anna, page, &etag).await;
        assert_eq!((again.status, again.body.len()), (304, 0), "{page}");
        assert_eq!(again.header("etag"), etag, "{page}");
        for name in ["cache-control", "vary", "content-security-policy"] {
            assert_eq!(again.header(name), first.header(name), "{name} of {page}");
        }
        let weak = if_not_known(&mut anna, page, &format!("\"other\", W/{etag}")).await;
        assert_eq!(weak.status, 304, "{page}");
        let other = if_not_known(&mut anna, page, "\"other\"").await;
        assert_eq!((other.status, &other.body), (200, &first.body), "{page}");
        let json = anna.json(page).await;
        assert_ne!(json.header("etag"), etag, "{page}");
    }
    let etag = anna.get(JOB).await.header("etag").to_owned();
    world.site.set_record_field(
        "Transport Job",
        "TRJ000000648",
        "customer_ref_no",
        "PO-CHANGED".into(),
    );
    world.answers_expire();
    let changed = if_not_known(&mut anna, JOB, &etag).await;
    assert_eq!(changed.status, 200);
    assert!(changed.text().contains("PO-CHANGED"));
}

/// The headers of an answer, but for the time.
fn headers(answer: &Answer) -> Vec<(String, String)> {
    let headers = answer.headers.iter().map(|(name, value)| {
        let value = value.to_str().expect("a text");
        (name.to_string(), value.to_owned())
    });
    let mut headers: Vec<_> = headers.filter(|(name, _)| name != "date").collect();
    headers.sort();
    headers
}

#[tokio::test]
async fn a_page_that_is_remembered_differs_in_nothing_from_one_that_was_made() {
    let world = World::new().await;
    let mut anna = settled(&world, ANNA).await;
    let log = Log::begin();
    for (page, route) in [
        ("/?x=1", "/"),
        ("/transport-jobs?page=1", LIST),
        ("/transport-jobs/TRJ000000511", "/transport-jobs/{name}"),
    ] {
        let made = anna.get(page).await;
        let remembered = anna.get(page).await;
        assert_eq!(remembered.body, made.body, "{page}");
        assert_eq!(headers(&remembered), headers(&made), "{page}");
        let lines = log.lines();
        let told = lines
            .iter()
            .rfind(|line| line.contains(" request reference="));
        let told = told.expect("a line");
        for part in [
            "method=GET",
            &format!("route=\"{route}\" status=200"),
            "questions=0 from_memory=true",
        ] {
            assert!(told.contains(part), "{part} in {told}");
        }
    }
}

#[tokio::test]
async fn a_remembered_page_renews_the_cookie_of_whoever_looks_at_it() {
    let world = World::with("[memory]\nlist = \"1h\"\ndocument = \"1h\"\n").await;
    let mut anna = settled(&world, ANNA).await;
    world.seconds_pass(59);
    anna.get(LIST).await;
    let early = anna.get(LIST).await;
    assert_eq!(early.header("set-cookie"), "");
    world.seconds_pass(1);
    world.asked();
    let due = anna.get(LIST).await;
    assert!(due.header("set-cookie").starts_with("quayfront="));
    assert!(world.asked().is_empty());
}

#[tokio::test]
async fn the_browser_may_keep_a_page_and_asks_before_it_shows_it_and_keeps_nothing_else() {
    let world = World::new().await;
    let mut anna = settled(&world, ANNA).await;
    for page in PAGES {
        for answer in [anna.get(page).await, anna.json(page).await] {
            assert_eq!(
                (answer.header("cache-control"), answer.header("vary")),
                ("private, no-cache", "Accept, Accept-Encoding, Cookie"),
                "{page}"
            );
        }
    }
    for (page, status) in [
        ("/transport-jobs?page=0", 400),
        ("/transport-jobs?customer=Somebody", 403),
        ("/transport-jobs/TRJ999999999", 404),
        ("/account", 200),
        ("/wiki", 200),
    ] {
        let answer = anna.get(page).await;
        assert_eq!(
            (answer.status, answer.header("cache-control")),
            (status, "private, no-store"),
            "{page}"
        );
        assert_eq!(answer.header("etag"), "", "{page}");
    }
}

#[tokio::test]
async fn each_coding_is_the_same_page_with_an_entity_tag_of_its_own() {
    let world = World::new().await;
    let mut anna = settled(&world, ANNA).await;
    for page in PAGES {
        let plain = anna.get(page).await;
        let mut etags = BTreeSet::from([plain.header("etag").to_owned()]);
        for coding in ["br", "gzip"] {
            let made = asked_with(&mut anna, page, ("accept-encoding", coding)).await;
            let remembered = asked_with(&mut anna, page, ("accept-encoding", coding)).await;
            for answer in [&made, &remembered] {
                assert_eq!(answer.header("content-encoding"), coding, "{page}");
                assert_eq!(decoded(answer), plain.body, "{page}, {coding}");
                assert!(answer.body.len() * 2 < plain.body.len(), "{page}, {coding}");
            }
            assert!(etags.insert(made.header("etag").to_owned()), "{page}");
        }
        let unlike = if_not_known(&mut anna, page, etags.first().expect("one")).await;
        let has = *etags.first().expect("one") == plain.header("etag");
        assert_eq!(unlike.status == 304, has, "{page}");
    }
    let style = anna.get(LIST).await.text();
    let style = style
        .split("/assets/")
        .nth(1)
        .and_then(|rest| rest.split('"').next());
    let style = format!("/assets/{}", style.expect("an asset"));
    let plain = anna.get(&style).await;
    for coding in ["br", "gzip"] {
        let coded = asked_with(&mut anna, &style, ("accept-encoding", coding)).await;
        assert_eq!(
            (coded.header("content-encoding"), coded.header("vary")),
            (coding, "Accept-Encoding")
        );
        assert_eq!(decoded(&coded), plain.body);
    }
}

#[tokio::test]
async fn an_entity_tag_tells_nobody_anything_whose_session_or_customers_are_gone() {
    let world = lasting_world().await;
    let (mut anna, mut jan) = (settled(&world, ANNA).await, settled(&world, JAN).await);
    let etag = anna.get(LIST).await.header("etag").to_owned();
    assert_eq!(if_not_known(&mut anna, LIST, &etag).await.status, 304);
    // A copy of the cookie, after the session was ended elsewhere.
    for sid in world.site.sessions_of(ANNA) {
        world.site.kill_session(&sid);
    }
    world.seconds_pass(31);
    assert_eq!(if_not_known(&mut anna, LIST, &etag).await.status, 303);
    // Jan's session is alive, and his customers are not his any more.
    let etag = jan.get(LIST).await.header("etag").to_owned();
    assert_eq!(if_not_known(&mut jan, LIST, &etag).await.status, 304);
    world.site.remove_user_permissions(JAN);
    world
        .site
        .set_record_field("Customer", VELDHUIS, "portal_users", json!([]));
    world.seconds_pass(31);
    let answer = if_not_known(&mut jan, LIST, &etag).await;
    assert_eq!((answer.status, answer.header("etag")), (403, ""));
}

#[tokio::test]
async fn a_page_is_remembered_for_nobody_but_the_user_it_was_made_for() {
    let world = World::new().await;
    let (mut anna, mut jan) = (settled(&world, ANNA).await, settled(&world, JAN).await);
    for page in PAGES {
        let hers = anna.get(page).await;
        let his = if_not_known(&mut jan, page, hers.header("etag")).await;
        assert_eq!(his.status, 200, "{page}");
        let name = |answer: &Answer, user: &str| answer.text().contains(user);
        assert!(name(&hers, ANNA) && !name(&hers, JAN), "{page}");
        assert!(name(&his, JAN) && !name(&his, ANNA), "{page}");
    }
}

#[tokio::test]
async fn what_is_late_by_now_is_told_within_a_minute_however_long_answers_are_fresh() {
    let world = lasting_world().await;
    let mut anna = settled(&world, ANNA).await;
    let job = world
        .site
        .record("Transport Job", "TRJ000000648")
        .expect("a job");
    let mut milestones = job["milestones"].clone();
    milestones[0]["planned_end"] = json!("2026-11-22 11:00:30");
    milestones[0]["actual_start"] = json!(null);
    milestones[0]["actual_end"] = json!(null);
    milestones[0]["status"] = json!("Planned");
    world
        .site
        .set_record_field("Transport Job", "TRJ000000648", "milestones", milestones);
    let before = anna.get(JOB).await;
    let late = |answer: &Answer| answer.text().matches("Not started").count();
    world.seconds_pass(61);
    world.asked();
    let after = anna.get(JOB).await;
    assert_eq!(late(&after), late(&before) + 1);
    let asked = world.asked();
    assert!(
        !asked.iter().any(|path| path.contains("TRJ000000648")),
        "{asked:?}"
    );
}

#[tokio::test]
async fn a_view_that_reaches_back_from_today_is_another_one_after_midnight_on_the_site() {
    let world = lasting_world().await;
    // Ten seconds before midnight in Amsterdam.
    world.seconds_pass(13 * 3600 - 10);
    let mut anna = settled(&world, ANNA).await;
    let view = format!("{LIST}?view=late");
    anna.get(&view).await;
    world.settled().await;
    world.asked();
    anna.get(&view).await;
    assert!(world.asked().is_empty());
    world.seconds_pass(10);
    anna.get(&view).await;
    assert!(!world.asked().is_empty(), "what is late today");
}

/// Whether the page was served as it was remembered, and not made.
async fn is_served(world: &World, visitor: &mut Visitor, page: &str) -> bool {
    let before = world.app.page_counts();
    assert_eq!(visitor.get(page).await.status, 200, "{page}");
    let after = world.app.page_counts();
    assert_eq!(after.served + after.made, before.served + before.made + 1);
    after.served > before.served
}

#[tokio::test]
async fn a_page_is_made_once_and_anew_when_something_that_concerns_it_has_changed() {
    let world = lasting_world().await;
    let mut anna = settled(&world, ANNA).await;
    // The first look may find out what she cannot read, which concerns every page's menu.
    for page in PAGES.into_iter().chain(PAGES) {
        anna.get(page).await;
        world.settled().await;
    }
    for page in PAGES {
        assert!(is_served(&world, &mut anna, page).await, "{page}");
    }
    // Whoever comes back with a proof that has to be asked for finds it too.
    world.seconds_pass(30);
    assert!(is_served(&world, &mut anna, LIST).await);
    anna.post("/refresh", &[("page", LIST)]).await;
    assert!(!is_served(&world, &mut anna, LIST).await);
    // What she may read is found out anew too, and decides her menu.
    world.settled().await;
    anna.get(LIST).await;
    assert!(is_served(&world, &mut anna, LIST).await);
}

#[tokio::test]
async fn a_page_with_a_part_that_could_not_be_read_is_not_remembered() {
    let world = World::new().await;
    let mut anna = settled(&world, ANNA).await;
    world.answers_expire();
    world
        .site
        .set_fault_on("/api/resource/Warehouse%20Job", Fault::Raised);
    let missing = "could not find out";
    assert!(anna.get("/").await.text().contains(missing));
    world.site.clear_faults();
    assert!(!anna.get("/").await.text().contains(missing));
}

#[tokio::test]
async fn who_refreshes_sees_what_is_so_now() {
    let world = lasting_world().await;
    let mut anna = settled(&world, ANNA).await;
    anna.get(JOB).await;
    world.site.set_record_field(
        "Transport Job",
        "TRJ000000648",
        "customer_ref_no",
        "PO-CHANGED".into(),
    );
    assert!(!anna.get(JOB).await.text().contains("PO-CHANGED"));
    anna.post("/refresh", &[("page", JOB)]).await;
    assert!(anna.get(JOB).await.text().contains("PO-CHANGED"));
}

#[tokio::test]
async fn signing_out_has_the_browser_forget_what_it_kept() {
    let world = World::new().await;
    let mut anna = settled(&world, ANNA).await;
    let answer = anna.post("/logout", &[]).await;
    assert_eq!(answer.header("clear-site-data"), "\"cache\"");
}
