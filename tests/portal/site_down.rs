//! When Frappe is slow, broken or away.

use quayfront::demo::{Fault, Trouble};

use crate::support::{ANNA, Log, World};

#[tokio::test]
async fn whatever_is_wrong_with_the_site_a_page_says_so_and_the_log_has_its_reference() {
    for fault in [
        Fault::Refuse,
        Fault::Status(502),
        Fault::Status(504),
        Fault::Garbage,
        Fault::Truncated,
    ] {
        let world = World::new().await;
        let log = Log::begin();
        let mut anna = world.signed_in(ANNA).await;
        let shown = format!("{fault:?}");
        world.site.set_fault(Some(fault));
        let answer = anna.get("/transport-jobs").await;
        assert_eq!(answer.status, 503, "{shown}");
        assert_eq!(answer.header("retry-after"), "10", "{shown}");
        let page = answer.text();
        assert!(
            page.contains("does not answer") && page.contains("Try again"),
            "{shown}: {page}"
        );
        for foreign in ["nginx", "gunicorn", "Traceback", "frappe.", "Bad Gateway"] {
            assert!(!page.contains(foreign), "{shown}: {page}");
        }
        let reference = crate::support::reference(&page);
        assert_eq!(reference.len(), 10, "{page}");
        assert!(
            log.lines().iter().any(|line| line.contains(&reference)),
            "{shown}"
        );
        assert!(anna.cookie.is_some(), "an outage ends no session");
        let answer = anna.json("/transport-jobs").await;
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (503, "application/problem+json")
        );
        assert_eq!(answer.json()["status"], 503);
    }
}

#[tokio::test]
async fn each_trouble_of_the_chaos_passes_and_ends_no_session() {
    // The slow ones are answers like others, only later; a test does not wait.
    let slow = [Trouble::Slow, Trouble::Stuck];
    for trouble in Trouble::ALL.into_iter().filter(|one| !slow.contains(one)) {
        let world = World::new().await;
        let mut anna = world.signed_in(ANNA).await;
        trouble.befall(&world.site);
        assert_eq!(anna.get("/transport-jobs").await.status, 503, "{trouble}");
        assert!(anna.cookie.is_some(), "{trouble}");
        Trouble::None.befall(&world.site);
        assert_eq!(anna.get("/transport-jobs").await.status, 200, "{trouble}");
    }
}

#[tokio::test]
async fn frappes_own_words_reach_nobody() {
    let world = World::new().await;
    let mut anna = world.signed_in(ANNA).await;
    // Frappe names the other customer in its refusal (`doc_transport_job_other_customer`).
    let answer = anna.get("/transport-jobs/TRJ000000448").await;
    for foreign in [
        "Azulejos",
        "linked to",
        "PermissionError",
        "_server_messages",
        "Traceback",
    ] {
        assert!(!answer.text().contains(foreign), "{foreign}");
    }
}

#[tokio::test]
async fn ready_tells_whether_the_site_answers_and_live_that_the_process_does() {
    let world = World::new().await;
    let mut probe = world.visitor();
    assert_eq!(probe.get("/health/ready").await.json()["site"], "answering");
    world.site.set_fault(Some(Fault::Refuse));
    world.seconds_pass(10);
    let answer = probe.get("/health/ready").await;
    assert_eq!(
        (answer.status, answer.json()["site"].clone()),
        (200, "remembered as answering".into())
    );
    world.seconds_pass(60);
    let answer = probe.get("/health/ready").await;
    assert_eq!(
        (answer.status, answer.json()["ready"].clone()),
        (503, false.into())
    );
    assert_eq!(probe.get("/health/live").await.status, 200);
}

#[tokio::test]
async fn one_log_line_a_request_has_the_route_and_neither_address_nor_secret() {
    let world = World::new().await;
    let log = Log::begin();
    let mut anna = world.signed_in(ANNA).await;
    anna.get("/transport-jobs/TRJ000000648?secret=in-the-query")
        .await;
    anna.get("/transport-jobs?q=somebodys+search").await;
    world.settled().await;
    let lines = log.lines();
    let requests: Vec<_> = lines
        .iter()
        .filter(|line| line.contains("quayfront::web::middleware: request"))
        .collect();
    assert_eq!(requests.len(), 3, "{requests:?}");
    assert!(
        requests[1].contains("route=\"/transport-jobs/{name}\"")
            && requests[1].contains("status=200")
            && requests[1].contains("questions=3"),
        "{}",
        requests[1]
    );
    let ours: Vec<_> = lines
        .iter()
        .filter(|line| line.contains("quayfront::"))
        .collect();
    let sids = world.site.sessions_of(ANNA);
    for secret in [
        "in-the-query",
        "somebodys",
        "calm-harbour-lights",
        sids[0].as_str(),
    ] {
        assert!(ours.iter().all(|line| !line.contains(secret)), "{secret}");
    }
}
