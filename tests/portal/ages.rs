//! Three ages of what is remembered: fresh, stale, and kept for when Frappe cannot be reached.

use quayfront::demo::{Fault, Trouble};
use quayfront::{frappe, portal};
use reqwest::Method;
use serde_json::json;

use crate::support::truth::customers_of;
use crate::support::{ANNA, JAN, VELDHUIS, Visitor, World};

const LIST: &str = "/transport-jobs";
const JOB: &str = "/transport-jobs/TRJ000000648";
/// A file of another job.
const FILE: &str = "/transport-jobs/TRJ000000511/files/179f4bad96";
/// What stands on a page that is shown only because Frappe cannot be reached.
const BANNER: &str = "Our system cannot be reached at the moment";

/// The record changes in a way that nobody is told of.
fn change(world: &World) {
    world.site.set_record_field(
        "Transport Job",
        "TRJ000000648",
        "customer_ref_no",
        "PO-CHANGED".into(),
    );
}

async fn shows_change(visitor: &mut Visitor, address: &str) -> bool {
    let answer = visitor.get(address).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.text().contains("PO-CHANGED")
}

/// How often a path was asked for since that was last looked at.
fn times(asked: &[String], path: &str) -> usize {
    asked.iter().filter(|one| one.contains(path)).count()
}

#[tokio::test]
async fn a_fresh_page_is_served_as_it_is() {
    let world = World::new().await;
    let mut anna = world.signed_in(ANNA).await;
    anna.get(LIST).await;
    change(&world);
    world.seconds_pass(29);
    world.asked();
    assert!(!shows_change(&mut anna, LIST).await);
    let list = anna.json(LIST).await;
    assert_eq!(
        (list.header("age"), &list.json()["stale"]),
        ("29", &json!(false))
    );
    assert_eq!(list.json()["as_of"], json!("2026-11-22T10:00:00Z"));
    assert!(world.asked().is_empty());
}

#[tokio::test]
async fn a_stale_page_is_served_at_once_and_refreshed_behind_the_visitors_back() {
    let world = World::new().await;
    let mut anna = world.signed_in(ANNA).await;
    for address in [LIST, JOB] {
        anna.get(address).await;
    }
    change(&world);
    world.seconds_pass(30);
    for (address, path) in [(LIST, "get_count"), (JOB, "load.getdoc")] {
        world.asked();
        let stale = anna.json(address).await;
        assert_eq!(
            (stale.header("age"), &stale.json()["stale"]),
            ("30", &json!(true)),
            "{address}"
        );
        assert!(!stale.text().contains("PO-CHANGED"), "{address}");
        world.settled().await;
        assert_eq!(times(&world.asked(), path), 1, "{address}");
        let fresh = anna.json(address).await;
        assert!(fresh.text().contains("PO-CHANGED"), "{address}");
        assert_eq!(
            (fresh.header("age"), &fresh.json()["stale"]),
            ("0", &json!(false)),
            "{address}"
        );
        assert!(world.asked().is_empty(), "{address}");
    }
}

#[tokio::test]
async fn nobody_waits_for_the_refresh_of_a_stale_page_and_however_many_look_it_is_one() {
    let world = World::new().await;
    let mut anna = world.signed_in(ANNA).await;
    anna.get("/warehouse-jobs").await;
    world.seconds_pass(30);
    assert_eq!(anna.get("/account").await.status, 200, "proved again");
    world.settled().await;
    world.asked();
    // Rows and count are never answered before the pages are.
    world.site.hold(3);
    for _ in 0..12 {
        assert_eq!(anna.get("/warehouse-jobs").await.status, 200);
    }
    world.site.hold(0);
    world.settled().await;
    let asked = world.asked();
    assert_eq!(asked.len(), 2, "rows and count, once: {asked:?}");
}

#[tokio::test]
async fn an_expired_page_is_asked_for_before_anything_is_shown() {
    let world = World::new().await;
    let mut anna = world.signed_in(ANNA).await;
    anna.get(LIST).await;
    change(&world);
    world.seconds_pass(600);
    assert!(shows_change(&mut anna, LIST).await);
}

#[tokio::test]
async fn items_and_warehouses_are_fresh_for_longer_than_quantities() {
    let world = World::new().await;
    let mut anna = world.signed_in(ANNA).await;
    anna.get("/stock-balance").await;
    for (second, masters, bins) in [(31, 0, 1), (62, 0, 1), (301, 1, 1)] {
        world.seconds_pass(if second == 301 { 301 - 62 } else { 31 });
        world.asked();
        anna.get("/stock-balance").await;
        world.settled().await;
        let asked = world.asked();
        let times = |path| asked.iter().filter(|one| one.ends_with(path)).count();
        assert_eq!(times("/Bin"), bins, "{second}: {asked:?}");
        assert_eq!(times("/Warehouse"), masters, "{second}: {asked:?}");
    }
}

#[tokio::test]
async fn a_refusal_behind_the_visitors_back_takes_away_what_was_remembered() {
    let world = World::new().await;
    let mut anna = world.signed_in(ANNA).await;
    anna.get(JOB).await;
    world
        .site
        .set_record_field("Transport Job", "TRJ000000648", "customer", "".into());
    world.seconds_pass(30);
    assert_eq!(anna.get(JOB).await.status, 200, "stale");
    world.settled().await;
    // Though Frappe is away now, and the old answer is young enough to be kept.
    world.site.set_fault(Some(Fault::Refuse));
    assert_ne!(anna.get(JOB).await.status, 200);
}

#[tokio::test]
async fn while_frappe_cannot_be_reached_what_is_kept_is_shown_with_its_age() {
    for trouble in [Trouble::Refusing, Trouble::Maintenance, Trouble::Failing] {
        let world = World::new().await;
        let mut anna = world.signed_in(ANNA).await;
        for address in ["/", LIST, JOB, "/stock-balance", "/warehousing-portal"] {
            assert!(!anna.get(address).await.text().contains(BANNER));
        }
        world.seconds_pass(23 * 60);
        trouble.befall(&world.site);
        for address in ["/", LIST, JOB, "/stock-balance", "/warehousing-portal"] {
            let page = anna.get(address).await;
            assert_eq!(page.status, 200, "{trouble}, {address}");
            let text = page.text();
            assert!(
                text.contains(BANNER) && text.contains("23 minutes old"),
                "{trouble}, {address}: {text}"
            );
            assert!(text.contains("22 Nov 2026, 11:00"), "{address}");
            let data = anna.json(address).await;
            assert_eq!(
                (data.header("age"), &data.json()["stale"]),
                ("1380", &json!(true)),
                "{trouble}, {address}"
            );
            assert_eq!(data.json()["as_of"], json!("2026-11-22T10:00:00Z"));
        }
        assert_eq!(
            anna.get("/transport-jobs?page=2").await.status,
            503,
            "what was never asked for is not there"
        );
        Trouble::None.befall(&world.site);
        world.seconds_pass(10);
        let page = anna.get(LIST).await;
        assert!(page.status == 200 && !page.text().contains(BANNER));
    }
}

#[tokio::test]
async fn what_is_kept_is_kept_for_four_hours() {
    let world = World::new().await;
    let mut anna = world.signed_in(ANNA).await;
    anna.get(LIST).await;
    world.site.set_fault(Some(Fault::Refuse));
    world.seconds_pass(4 * 3600 - 1);
    assert_eq!(anna.get(LIST).await.status, 200);
    world.seconds_pass(1);
    assert_eq!(anna.get(LIST).await.status, 503);
    assert!(anna.cookie.is_some(), "an outage ends no session");
}

#[tokio::test]
async fn an_operator_may_have_nothing_kept() {
    let world = World::with("[memory]\nstale = \"0s\"\nkept = \"0s\"").await;
    let mut anna = world.signed_in(ANNA).await;
    anna.get(LIST).await;
    world.site.set_fault(Some(Fault::Refuse));
    world.seconds_pass(29);
    assert_eq!(anna.get(LIST).await.status, 200, "fresh still");
    world.seconds_pass(1);
    assert_eq!(anna.get(LIST).await.status, 503);
}

/// What takes everything from Anna.
type Revocation = fn(&World);

const REVOCATIONS: [(&str, Revocation, u16); 4] = [
    (
        "no customer",
        |world| {
            world.site.remove_user_permissions(ANNA);
            world
                .site
                .set_record_field("Customer", VELDHUIS, "portal_users", json!([]));
        },
        403,
    ),
    ("no session", |world| world.site.kill_sessions(ANNA), 303),
    ("disabled", |world| world.site.disable_user(ANNA), 303),
    (
        "another customer",
        |world| {
            world.site.remove_user_permissions(ANNA);
            for customer in customers_of(JAN) {
                let rows = json!([]);
                world
                    .site
                    .set_record_field("Customer", &customer, "portal_users", rows);
            }
            let other = "Nordlys Solar AS";
            world
                .site
                .add_user_permission(ANNA, "Customer", other, None);
        },
        200,
    ),
];

#[tokio::test]
async fn a_revoked_user_who_comes_back_after_nine_minutes_sees_nothing() {
    for (what, revoke, status) in REVOCATIONS {
        let world = World::new().await;
        let mut anna = world.signed_in(ANNA).await;
        assert!(anna.get(LIST).await.text().contains("TRJ000000648"));
        revoke(&world);
        world.seconds_pass(9 * 60);
        let answer = anna.get(LIST).await;
        assert_eq!(answer.status, status, "{what}");
        assert!(!answer.text().contains("TRJ000000648"), "{what}");
    }
}

#[tokio::test]
async fn what_frappe_has_taken_away_does_not_come_back_when_frappe_is_away() {
    for (what, revoke, status) in REVOCATIONS {
        let world = World::new().await;
        let mut anna = world.signed_in(ANNA).await;
        anna.get(LIST).await;
        let mut copy = anna.clone();
        revoke(&world);
        world.seconds_pass(9 * 60);
        assert_eq!(anna.get(LIST).await.status, status, "{what}");
        world.site.set_fault(Some(Fault::Refuse));
        world.seconds_pass(60);
        let answer = copy.get(LIST).await;
        assert!(!answer.text().contains("TRJ000000648"), "{what}");
    }
}

#[tokio::test]
async fn a_session_whose_end_a_question_runs_into_is_not_proved_by_what_was_said_before() {
    let world = World::with("[memory]\ndocument = \"1s\"\nstale = \"0s\"").await;
    let mut anna = world.signed_in(ANNA).await;
    anna.get(JOB).await;
    let mut copy = anna.clone();
    world.site.kill_sessions(ANNA);
    world.seconds_pass(2);
    assert_eq!(anna.get(JOB).await.status, 303);
    world.site.set_fault(Some(Fault::Refuse));
    assert_ne!(copy.get(JOB).await.status, 200);
}

#[tokio::test]
async fn refusals_are_never_papered_over() {
    let cases: [(Revocation, u16); 3] = [
        (|world| world.site.remove_role(ANNA, "Customer"), 403),
        (
            |world| {
                let name = "TRJ000000648";
                assert!(world.site.remove_record("Transport Job", name));
            },
            404,
        ),
        (|world| world.site.kill_sessions(ANNA), 303),
    ];
    for (refuse, status) in cases {
        let world = World::new().await;
        let mut anna = world.signed_in(ANNA).await;
        anna.get(JOB).await;
        refuse(&world);
        world.answers_expire();
        assert_eq!(anna.get(JOB).await.status, status);
    }
}

#[tokio::test]
async fn the_last_proof_counts_no_longer_than_the_cookie() {
    for session in ["absolute = \"1h\"\nidle = \"1h\"", "idle = \"1h\""] {
        let world = World::with_session(session).await;
        let mut anna = world.signed_in(ANNA).await;
        anna.get(LIST).await;
        let mut idle = anna.clone();
        world.site.set_fault(Some(Fault::Refuse));
        world.seconds_pass(59 * 60);
        assert_eq!(anna.get(LIST).await.status, 200);
        world.seconds_pass(2 * 60);
        assert_eq!(idle.get(LIST).await.status, 303, "{session}");
    }
}

#[tokio::test]
async fn the_last_proof_counts_at_the_address_that_it_was_given_for() {
    let world = World::with("trusted_proxies = [\"127.0.0.0/8\"]").await;
    let mut anna = world.signed_in(ANNA).await;
    anna.get(LIST).await;
    world.seconds_pass(60);
    world.site.set_fault(Some(Fault::Refuse));
    let elsewhere = anna
        .request(Method::GET, LIST)
        .header("x-forwarded-for", "203.0.113.7");
    assert_eq!(anna.ask(elsewhere).await.status, 503);
    assert_eq!(anna.get(LIST).await.status, 200);
}

#[tokio::test]
async fn on_an_old_proof_nothing_is_shown_that_was_not_known() {
    let world = World::new().await;
    let mut anna = world.signed_in(ANNA).await;
    anna.get(LIST).await;
    // The document of which it is a file is remembered, the file itself is not.
    anna.get("/transport-jobs/TRJ000000511").await;
    world.answers_expire();
    world.asked();
    // Everything else would be answered, but against a scope that is not proved.
    world
        .site
        .set_fault_on("/api/method/frappe.core", Fault::Status(502));
    assert!(anna.get(LIST).await.text().contains(BANNER));
    // Once, its rows were asked for beside the proof.
    world.settled().await;
    world.asked();
    let addresses = [
        "/warehouse-jobs",
        "/account",
        "/stock-balance",
        JOB,
        "/transport-jobs.csv",
        FILE,
    ];
    for address in addresses {
        assert_eq!(anna.get(address).await.status, 503, "{address}");
    }
    world.settled().await;
    let asked = world.asked();
    assert_eq!(
        times(&asked, "get_user_permissions"),
        asked.len(),
        "{asked:?}"
    );
}

/// That we ask Frappe too much is something that a visitor could bring about.
#[tokio::test]
async fn an_old_proof_does_not_count_because_too_much_is_asked() {
    let world = World::with_site(
        "in_flight = 1
queue_deadline = \"1ms\"",
    )
    .await;
    let _anna = world.signed_in(ANNA).await;
    let _jan = world.signed_in(JAN).await;
    let visit = |user| {
        let (portal, caller) = (world.app.portal().clone(), world.caller(user, user));
        async move { portal.visit(caller).await }
    };
    assert!(visit(ANNA).await.is_ok());
    world.settled().await;
    world.seconds_pass(60);
    world.asked();
    world.site.hold(2);
    let jan = tokio::spawn(visit(JAN));
    while world.site.requests().is_empty() {
        tokio::task::yield_now().await;
    }
    let refused = visit(ANNA).await;
    assert!(
        matches!(
            refused,
            Err(portal::Error::Frappe(frappe::Error::Unavailable(
                frappe::Outage::Overloaded
            )))
        ),
        "{refused:?}"
    );
    world.site.hold(0);
    assert!(jan.await.expect("no panic").is_ok());
}

async fn refresh(visitor: &mut Visitor, page: &str) -> String {
    let answer = visitor.post("/refresh", &[("page", page)]).await;
    assert_eq!(answer.status, 303);
    answer.header("location").to_owned()
}

#[tokio::test]
async fn refresh_goes_past_the_memory_and_back_to_the_page() {
    let world = World::new().await;
    let mut anna = world.signed_in(ANNA).await;
    let filtered = "/transport-jobs?page_size=50";
    for address in [filtered, JOB, LIST] {
        let page = anna.get(address).await.text();
        let address = address.replace('&', "&amp;");
        assert!(
            page.contains("action=\"/refresh\"")
                && page.contains(&format!("name=\"page\" value=\"{address}\"")),
            "{page}"
        );
    }
    change(&world);
    assert!(!shows_change(&mut anna, filtered).await);
    assert_eq!(refresh(&mut anna, filtered).await, filtered);
    for address in [filtered, JOB, LIST] {
        assert!(shows_change(&mut anna, address).await, "{address}");
    }
    world.settled().await;
    world.asked();
    // At most once in a few seconds, and nobody else's.
    world.seconds_pass(4);
    refresh(&mut anna, filtered).await;
    assert!(shows_change(&mut anna, filtered).await);
    assert!(world.asked().is_empty());
    world.seconds_pass(1);
    refresh(&mut anna, filtered).await;
    assert!(shows_change(&mut anna, filtered).await);
    assert!(!world.asked().is_empty());
}

#[tokio::test]
async fn refresh_asks_whether_the_user_may_still_see_it() {
    let world = World::new().await;
    let mut anna = world.signed_in(ANNA).await;
    anna.get(LIST).await;
    world.site.kill_sessions(ANNA);
    assert_eq!(anna.get(LIST).await.status, 200, "proved just now");
    refresh(&mut anna, LIST).await;
    assert_eq!(anna.get(LIST).await.status, 303);
}

#[tokio::test]
async fn refresh_takes_nothing_away_while_frappe_cannot_be_reached() {
    let world = World::new().await;
    let mut anna = world.signed_in(ANNA).await;
    anna.get(LIST).await;
    world.site.set_fault(Some(Fault::Refuse));
    refresh(&mut anna, LIST).await;
    let page = anna.get(LIST).await;
    assert_eq!(page.status, 200);
    assert!(
        page.text().contains(BANNER) && page.text().contains("less than a minute old"),
        "{}",
        page.text()
    );
}

#[tokio::test]
async fn refresh_leads_nowhere_else_and_is_for_whoever_is_signed_in() {
    let world = World::new().await;
    let mut anna = world.signed_in(ANNA).await;
    for elsewhere in ["https://evil.example/", "//evil.example", "/refresh", ""] {
        assert_eq!(refresh(&mut anna, elsewhere).await, "/");
    }
    let answer = world.visitor().post("/refresh", &[("page", LIST)]).await;
    assert_eq!(answer.status, 303);
    assert!(answer.header("location").starts_with("/login"));
    let foreign = anna
        .request(Method::POST, "/refresh")
        .header("origin", "https://evil.example")
        .form(&[("page", LIST)]);
    assert_eq!(anna.ask(foreign).await.status, 403);
}
