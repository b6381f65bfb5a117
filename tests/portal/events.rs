//! What open pages are told: that they have changed, never what, and only who may see them.

use std::time::Duration;

use quayfront::demo::Fault;
use quayfront::web;
use reqwest::Method;
use reqwest::header::ACCEPT;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::support::events::{Stream, Told, address, changed, ended, version};
use crate::support::hooks::{SECRET, deliver};
use crate::support::truth::customers_of;
use crate::support::{ANNA, JAN, KATRIN, Log, MAEVE, TOM, VELDHUIS, Visitor, World};

const LIST: &str = "/transport-jobs";
const JOB: &str = "/transport-jobs/TRJ000000648";
const ELSEWHERE: &str = "/warehouse-jobs";

/// A portal that hears webhooks, and says all the time that its streams are there.
async fn world_with(events: &str) -> World {
    World::with(&format!(
        "[webhooks]\nsecrets = [\"{SECRET}\"]\n[events]\nheartbeat = \"5ms\"\n{events}"
    ))
    .await
}

async fn world() -> World {
    world_with("").await
}

/// A job changes; nobody is told.
fn change(world: &World, reference: &str) {
    world.site.set_record_field(
        "Transport Job",
        "TRJ000000648",
        "customer_ref_no",
        reference.into(),
    );
}

/// The site tells that the job has changed; `reference` makes one delivery another than the last.
async fn tell(world: &World, reference: &str) {
    let body = json!({"name": "TRJ000000648", "customer": VELDHUIS, "modified": reference});
    assert_eq!(deliver(world, "Transport Job", &body).await, 204);
    world.settled().await;
}

/// Somebody opens a page and its stream.
async fn open(visitor: &mut Visitor, pages: &[&str]) -> Stream {
    let mut shown = Vec::new();
    for page in pages {
        let text = visitor.get(page).await.text();
        shown.push(format!("{page} {}", version(&text)));
    }
    let shown: Vec<&str> = shown.iter().map(String::as_str).collect();
    let stream = Stream::open(visitor, &shown).await;
    assert_eq!(stream.status(), 200);
    stream
}

#[tokio::test]
async fn an_open_page_is_told_that_it_has_changed_and_not_what() {
    let world = world().await;
    let mut anna = world.signed_in(ANNA).await;
    let mut stream = open(&mut anna, &[LIST, JOB, ELSEWHERE]).await;
    assert!(stream.is_silent().await);
    change(&world, "PO-CHANGED");
    tell(&world, "PO-CHANGED").await;
    let mut told = [stream.event().await, stream.event().await];
    told.sort_by_key(|told| format!("{told:?}"));
    assert_eq!(told, [changed(LIST), changed(JOB)]);
    assert!(stream.is_silent().await, "and of no other page");
    world.asked();
    for page in [LIST, JOB] {
        assert!(anna.get(page).await.text().contains("PO-CHANGED"));
    }
    assert!(world.asked().is_empty(), "asked for once, before the event");
}

#[tokio::test]
async fn a_drop_that_changes_nothing_is_no_event() {
    let world = world().await;
    let mut anna = world.signed_in(ANNA).await;
    let mut stream = open(
        &mut anna,
        &[LIST, "/", "/stock-balance", "/warehousing-portal"],
    )
    .await;
    world.settled().await;
    world.asked();
    tell(&world, "1").await;
    assert!(!world.asked().is_empty(), "asked again, and the same");
    let entry = json!({"name": "MAT-SLE-1"});
    assert_eq!(deliver(&world, "Stock Ledger Entry", &entry).await, 204);
    world.settled().await;
    assert!(stream.is_silent().await);
}

#[tokio::test]
async fn a_page_learns_that_its_refresh_brought_something_else() {
    let world = world().await;
    let mut anna = world.signed_in(ANNA).await;
    anna.get(LIST).await;
    change(&world, "PO-SILENT");
    world.seconds_pass(60);
    // Shown stale and refreshed behind the visitor's back, before or after the stream is there.
    let mut stream = open(&mut anna, &[LIST]).await;
    assert_eq!(stream.event().await, changed(LIST));
    world.seconds_pass(60);
    let mut other = anna.clone();
    change(&world, "PO-SILENT-AGAIN");
    other.get(LIST).await;
    world.settled().await;
    // It may have been asked for a moment ago.
    world.seconds_pass(5);
    assert_eq!(stream.event().await, changed(LIST));
}

#[tokio::test]
async fn a_page_that_changed_before_its_stream_was_there_is_told_at_once() {
    let world = world().await;
    let mut anna = world.signed_in(ANNA).await;
    let shown = format!("{LIST} {}", version(&anna.get(LIST).await.text()));
    let mut stream = Stream::open(&anna, &[&shown]).await;
    assert!(stream.is_silent().await);
    change(&world, "PO-CHANGED");
    tell(&world, "PO-CHANGED").await;
    let mut stream = Stream::open(&anna, &[&shown, ELSEWHERE]).await;
    assert_eq!(stream.event().await, changed(LIST));
    assert!(stream.is_silent().await);
    // Its version tells nothing but that: two replicas name the same page differently.
    let replica = world.replica().await;
    let elsewhere = anna.at(replica.address).get(LIST).await.text();
    assert_ne!(version(&elsewhere), version(&anna.get(LIST).await.text()));
}

#[tokio::test]
async fn a_change_of_anothers_is_nobodys_event() {
    let world = world().await;
    let mut katrin = world.signed_in(KATRIN).await;
    let mut jan = world.signed_in(JAN).await;
    let mut of_katrin = open(&mut katrin, &[LIST, "/"]).await;
    let mut of_jan = open(&mut jan, &[LIST]).await;
    world.settled().await;
    world.asked();
    change(&world, "PO-CHANGED");
    tell(&world, "PO-CHANGED").await;
    assert_eq!(of_jan.event().await, changed(LIST));
    assert!(of_katrin.is_silent().await);
    let asked = world.site.requests();
    let is_hers = |user: &Option<String>| user.as_deref() == Some(KATRIN);
    assert!(!asked.iter().any(|request| is_hers(&request.user)));
}

#[tokio::test]
async fn only_addresses_of_pages_that_the_user_may_see_are_watched() {
    let world = world().await;
    let (anna, tom) = (world.signed_in(ANNA).await, world.signed_in(TOM).await);
    let maeve = world.signed_in(MAEVE).await;
    let of_katrin = form_urlencoded::Serializer::new("/transport-jobs?".to_owned())
        .append_pair("customer", &customers_of(KATRIN)[0])
        .finish();
    let of_katrin = of_katrin.replace("?&", "?");
    let many = [LIST; 9];
    for (visitor, pages, status) in [
        (&anna, vec![LIST], 200),
        (&anna, vec!["/"], 200),
        (&anna, vec!["/stock-balance?group=warehouse"], 200),
        (&anna, vec!["/warehousing-portal"], 200),
        (&anna, vec![], 400),
        (&anna, many.to_vec(), 400),
        (&anna, vec!["https://evil.example/transport-jobs"], 400),
        (&anna, vec!["//evil.example/"], 400),
        (&anna, vec!["/transport-jobs\nevent: ended"], 400),
        (&anna, vec!["/transport-jobs?page=0"], 400),
        (&anna, vec!["/transport-jobs?status=None"], 400),
        (
            &anna,
            vec![LIST, "/transport-jobs?sort=internal_notes"],
            400,
        ),
        (&anna, vec!["/stock-balance?warehouse=Nowhere"], 400),
        (&anna, vec![of_katrin.as_str()], 403),
        (&tom, vec![LIST], 403),
        (&tom, vec!["/"], 403),
        (&anna, vec!["/transport-jobs/TRJ000000001"], 404),
        (&maeve, vec![JOB], 404),
        (&anna, vec!["/transport-jobs/TRJ999999999"], 404),
        (
            &anna,
            vec!["/transport-jobs/TRJ000000648/files/179f4bad96"],
            404,
        ),
        (&anna, vec!["/account"], 404),
        (&anna, vec!["/transport_jobs"], 404),
        (&anna, vec!["/nothing"], 404),
        (&world.visitor(), vec![LIST], 401),
    ] {
        let stream = Stream::open(visitor, &pages).await;
        assert_eq!(stream.status(), status, "{pages:?}");
        let is_stream = stream.header("content-type") == "text/event-stream";
        assert_eq!(is_stream, status == 200, "{pages:?}");
        drop(stream);
        World::until("the stream is gone", || world.app.streams() == 0).await;
    }
}

#[tokio::test]
async fn a_page_that_is_gone_is_told_beside_others_and_keeps_none_of_them_from_being_watched() {
    let world = world().await;
    let mut anna = world.signed_in(ANNA).await;
    let mut stream = Stream::open(&anna, &["/transport-jobs/TRJ000000001", LIST]).await;
    assert_eq!(
        stream.event().await,
        changed("/transport-jobs/TRJ000000001")
    );
    anna.get(JOB).await;
    let mut of_job = open(&mut anna, &[JOB]).await;
    assert!(of_job.is_silent().await);
    let other = customers_of(KATRIN)[0].clone();
    world
        .site
        .set_record_field("Transport Job", "TRJ000000648", "customer", other.into());
    tell(&world, "gone").await;
    assert_eq!(of_job.event().await, changed(JOB));
    assert_eq!(stream.event().await, changed(LIST));
    assert_eq!(anna.get(JOB).await.status, 404);
}

#[tokio::test]
async fn a_sign_out_ends_the_streams_of_its_session_at_once_and_no_other() {
    // Nothing but the sign-out says anything.
    let world = World::with("[events]\nheartbeat = \"1m\"").await;
    let mut anna = world.signed_in(ANNA).await;
    let mut elsewhere = world.signed_in(ANNA).await;
    let mut stream = open(&mut anna, &[LIST]).await;
    let mut other = open(&mut elsewhere, &[LIST]).await;
    assert_eq!(stream.next().await, Told::Nothing);
    // Though the site does not hear of it.
    world.site.set_fault(Some(Fault::Refuse));
    let copy = anna.clone();
    anna.post("/logout", &[]).await;
    assert_eq!(stream.next().await, ended());
    assert_eq!(stream.next().await, Told::End);
    assert_eq!(other.next().await, Told::Nothing);
    assert_eq!(Stream::open(&copy, &[LIST]).await.status(), 401);
    World::until("one is left", || world.app.streams() == 1).await;
}

#[tokio::test]
async fn a_session_that_frappe_has_ended_ends_its_stream_within_the_proof_time() {
    let world = world().await;
    let mut anna = world.signed_in(ANNA).await;
    let mut stream = open(&mut anna, &[LIST]).await;
    world.site.kill_sessions(ANNA);
    assert!(stream.is_silent().await, "proved just now");
    world.seconds_pass(31);
    assert_eq!(stream.event().await, ended());
    assert_eq!(stream.next().await, Told::End);
}

#[tokio::test]
async fn a_webhook_about_a_user_ends_the_streams_of_one_who_is_disabled() {
    let world = world().await;
    let (mut anna, mut jan) = (world.signed_in(ANNA).await, world.signed_in(JAN).await);
    let mut stream = open(&mut anna, &[LIST]).await;
    let mut of_jan = open(&mut jan, &[LIST]).await;
    world.site.disable_user(ANNA);
    let body = json!({"name": ANNA, "enabled": 0});
    assert_eq!(deliver(&world, "User", &body).await, 204);
    assert_eq!(stream.event().await, ended());
    assert!(of_jan.is_silent().await);
}

#[tokio::test]
async fn a_page_whose_customers_are_taken_away_is_told_within_the_proof_time() {
    let world = world().await;
    let mut katrin = world.signed_in(KATRIN).await;
    let mut stream = open(&mut katrin, &[LIST]).await;
    world.site.remove_user_permissions(KATRIN);
    let kept = customers_of(KATRIN)[0].clone();
    world
        .site
        .add_user_permission(KATRIN, "Customer", &kept, None);
    assert!(stream.is_silent().await);
    world.seconds_pass(31);
    assert_eq!(stream.event().await, changed(LIST));
}

#[tokio::test]
async fn a_stream_ends_with_the_session_that_nobody_uses() {
    for session in ["idle = \"1h\"", "idle = \"30m\"\nabsolute = \"30m\""] {
        let settings = format!("{session}\n[events]\nheartbeat = \"5ms\"");
        let world = World::with_session(&settings).await;
        let mut anna = world.signed_in(ANNA).await;
        let mut stream = open(&mut anna, &[LIST]).await;
        world.seconds_pass(29 * 60);
        assert!(stream.is_silent().await, "{session}");
        world.seconds_pass(31 * 60);
        assert_eq!(stream.event().await, ended(), "{session}");
    }
}

#[tokio::test]
async fn while_frappe_cannot_be_reached_a_stream_goes_on_and_says_nothing() {
    let world = world().await;
    let mut anna = world.signed_in(ANNA).await;
    let mut stream = open(&mut anna, &[LIST]).await;
    world.site.set_fault(Some(Fault::Refuse));
    world.seconds_pass(60);
    change(&world, "PO-CHANGED");
    tell(&world, "PO-CHANGED").await;
    assert!(stream.is_silent().await);
    world.site.clear_faults();
    // What could not be asked then is asked a little later.
    world.seconds_pass(60);
    assert_eq!(stream.event().await, changed(LIST));
}

#[tokio::test]
async fn an_open_page_that_keeps_changing_is_asked_for_every_five_seconds_and_no_more() {
    let world = world().await;
    let mut anna = world.signed_in(ANNA).await;
    let mut stream = open(&mut anna, &[JOB]).await;
    world.settled().await;
    world.asked();
    for number in 0..20 {
        change(&world, &format!("PO-{number}"));
        tell(&world, &format!("PO-{number}")).await;
    }
    let loads = |asked: Vec<String>| {
        let load = |path: &&String| path.contains("getdoc");
        asked.iter().filter(load).count()
    };
    assert_eq!(stream.event().await, changed(JOB));
    assert!(stream.is_silent().await);
    assert_eq!(loads(world.asked()), 1);
    world.seconds_pass(4);
    assert!(stream.is_silent().await);
    assert_eq!(loads(world.asked()), 0);
    world.seconds_pass(1);
    assert_eq!(stream.event().await, changed(JOB));
    assert_eq!(loads(world.asked()), 1);
    assert!(anna.get(JOB).await.text().contains("PO-19"));
    assert_eq!(loads(world.asked()), 0);
}

#[tokio::test]
async fn an_open_page_asks_frappe_nothing_but_whether_its_session_is_good() {
    let world = world().await;
    let mut anna = world.signed_in(ANNA).await;
    let mut stream = open(&mut anna, &[LIST, "/"]).await;
    world.settled().await;
    world.asked();
    for _ in 0..10 {
        world.seconds_pass(31);
        assert!(stream.is_silent().await);
    }
    world.settled().await;
    let asked = world.asked();
    let proofs = asked
        .iter()
        .filter(|path| path.contains("get_user_permissions"))
        .count();
    assert!((1..=10).contains(&proofs), "{asked:?}");
    let about_jobs = asked.iter().any(|path| path.contains("get_count"));
    assert!(!about_jobs, "{asked:?}");
}

#[tokio::test]
async fn streams_are_bounded_for_each_user_and_in_all_and_make_room_when_they_are_left() {
    let world = world_with("at_once = 3\neach_user = 2").await;
    let (anna, jan) = (world.signed_in(ANNA).await, world.signed_in(JAN).await);
    let first = Stream::open(&anna, &[LIST]).await;
    let second = Stream::open(&anna, &[LIST]).await;
    let refused = Stream::open(&anna, &[LIST]).await;
    assert_eq!((first.status(), second.status()), (200, 200));
    assert_eq!(
        (refused.status(), refused.header("retry-after")),
        (429, "60")
    );
    let third = Stream::open(&jan, &[LIST]).await;
    assert_eq!(third.status(), 200);
    assert_eq!(Stream::open(&jan, &[LIST]).await.status(), 429);
    assert_eq!(world.app.streams(), 3);
    drop((first, second));
    World::until("there is room", || world.app.streams() == 1).await;
    assert_eq!(Stream::open(&anna, &[LIST]).await.status(), 200);
}

#[tokio::test]
async fn nothing_on_the_way_keeps_an_event_back() {
    let world = world().await;
    let anna = world.signed_in(ANNA).await;
    let log = Log::begin();
    let request = anna
        .request(Method::GET, &address(&[LIST]))
        .header(ACCEPT, "text/event-stream")
        .header("accept-encoding", "gzip, br");
    let response = anna.open(request).await;
    let header = |name: &str| {
        let value = response.headers().get(name);
        value.map(|value| value.to_str().expect("text").to_owned())
    };
    assert_eq!(header("content-type").as_deref(), Some("text/event-stream"));
    assert_eq!(header("cache-control").as_deref(), Some("no-store"));
    assert_eq!(header("x-accel-buffering").as_deref(), Some("no"));
    assert_eq!(header("content-encoding"), None);
    assert_eq!(header("content-length"), None);
    assert_eq!(header("set-cookie"), None);
    let lines = log.lines();
    let line = lines.iter().find(|line| line.contains("route=\"/events\""));
    let line = line.expect("one line, while the stream goes on");
    assert!(
        line.contains("status=200") && !line.contains("transport-jobs"),
        "{line}"
    );
}

#[tokio::test]
async fn the_end_of_the_process_waits_for_no_stream() {
    let world = world().await;
    let anna = world.signed_in(ANNA).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let (end, ended) = oneshot::channel::<()>();
    let limits = web::Limits {
        connections: 16,
        patience: Duration::from_hours(1),
        // A stream that has nothing to say takes nothing for longer than that, and is not cut off.
        stall: Duration::from_millis(1),
    };
    let shutdown = async { drop(ended.await) };
    let serving = tokio::spawn(web::serve(listener, world.app.clone(), shutdown, limits));
    let mut stream = Stream::open(&anna.at(address), &[LIST]).await;
    for _ in 0..5 {
        assert_eq!(stream.next().await, Told::Nothing);
    }
    end.send(()).expect("it serves");
    // The page is told nothing: it comes back, to whoever serves then.
    assert_eq!(stream.event().await, Told::End);
    let ended = tokio::time::timeout(Duration::from_mins(1), serving).await;
    ended.expect("in time").expect("no panic").expect("served");
}

#[tokio::test]
async fn a_page_that_fetches_itself_keeps_no_session_alive() {
    let world = world().await;
    let mut anna = world.signed_in(ANNA).await;
    world.seconds_pass(120);
    let by_itself = anna
        .request(Method::GET, LIST)
        .header(ACCEPT, "text/html")
        .header("sec-fetch-dest", "empty");
    assert_eq!(anna.ask(by_itself).await.header("set-cookie"), "");
    let looked_at = anna
        .request(Method::GET, LIST)
        .header(ACCEPT, "text/html")
        .header("sec-fetch-dest", "document");
    assert_ne!(anna.ask(looked_at).await.header("set-cookie"), "");
}

#[tokio::test]
async fn an_operator_may_have_no_streams() {
    let world = world_with("at_once = 0").await;
    let mut anna = world.signed_in(ANNA).await;
    assert!(!anna.get(LIST).await.text().contains("data-version"));
    assert_eq!(Stream::open(&anna, &[LIST]).await.status(), 404);
}
