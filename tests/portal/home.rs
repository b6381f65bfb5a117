//! The start page: what needs attention now.

use quayfront::demo::Fault;
use serde_json::{Value, json};

use crate::support::truth::{customers_of, is_in_view, jobs_of, text};
use crate::support::walk::{all_names, names};
use crate::support::{ANNA, KATRIN, LUCIA, MAEVE, METTE, PIOTR, SIOBHAN, VELDHUIS, Visitor, World};

fn attention(home: &Value) -> Vec<Value> {
    home["attention"].as_array().expect("views").clone()
}

/// What the number on a tile of the page is that leads to this address.
fn tile(page: &str, href: &str) -> Option<u64> {
    let tile = page.split("class=\"tile tone-").skip(1).find(|tile| {
        let opening = tile.split('>').next().unwrap_or_default();
        opening.contains(&format!("href=\"{href}\""))
    })?;
    let (_, number) = tile.split_once("tile-number\">")?;
    number.split('<').next()?.trim().parse().ok()
}

#[tokio::test]
async fn every_number_is_the_number_of_rows_that_its_link_shows() {
    let world = World::new().await;
    let mut seen = 0;
    for user in [ANNA, KATRIN, SIOBHAN, PIOTR, METTE, MAEVE] {
        let mut visitor = world.signed_in(user).await;
        let page = visitor.get("/").await.text();
        for view in attention(&visitor.json("/").await.json()) {
            let (href, count) = (text(&view, "href"), view["count"].as_u64());
            let count = count.unwrap_or_else(|| panic!("{user}, {href}: not known"));
            let shown = all_names(&mut visitor, href).await;
            assert_eq!(shown.len() as u64, count, "{user}, {href}");
            let first = names(&json!({"rows": view["rows"]}));
            assert_eq!(first, shown[..shown.len().min(3)], "{user}, {href}");
            assert_eq!(
                tile(&page, href),
                (count > 0).then_some(count),
                "{user}, {href}: {page}"
            );
            for name in first {
                assert!(page.contains(&format!("/{name}\"")), "{user}, {name}");
            }
            seen += count;
        }
    }
    assert!(seen > 200, "{seen}");
}

#[tokio::test]
async fn the_numbers_are_those_of_the_records() {
    let world = World::new().await;
    for user in [ANNA, KATRIN, SIOBHAN] {
        let customers = customers_of(user);
        let customers: Vec<&str> = customers.iter().map(String::as_str).collect();
        let home = world.signed_in(user).await.json("/").await.json();
        let mut sorted = customers.clone();
        sorted.sort_unstable();
        assert_eq!(home["customers"], json!(sorted));
        let attention = attention(&home);
        assert_eq!(attention.len(), 7, "{home}");
        for view in attention {
            // Stock has tests of its own.
            if text(&view, "page") == "stock-balance" {
                continue;
            }
            let file = text(&view, "page").trim_end_matches('s').replace('-', "_");
            let mut jobs = jobs_of(&file, &customers);
            jobs.retain(|job| is_in_view(text(&view, "view"), &file, job));
            assert_eq!(view["count"], jobs.len(), "{user}, {view}");
        }
    }
}

#[tokio::test]
async fn the_worst_comes_first_and_papers_are_named() {
    let world = World::new().await;
    let page = world.signed_in(ANNA).await.get("/").await.text();
    let places: Vec<_> = [
        "<span>Transport jobs</span>: <span>Late</span>",
        "<span>Warehouse jobs</span>: <span>Late</span>",
        "<span>Transport jobs</span>: <span>Papers missing</span>",
        "<span>Warehouse jobs</span>: <span>Papers missing</span>",
        "<span>Transport jobs</span>: <span>Under way</span>",
        "<span>Warehouse jobs</span>: <span>Under way</span>",
        "Your pages",
    ]
    .map(|title| {
        page.find(title)
            .unwrap_or_else(|| panic!("{title}: {page}"))
    })
    .into();
    assert!(places.is_sorted(), "{places:?}");
    assert!(
        page.contains("CMR Consignment Note, Packing List"),
        "{page}"
    );
}

const CALM: &str = "Nothing needs your attention right now.";

#[tokio::test]
async fn when_nothing_is_wrong_one_sentence_says_so() {
    let world = World::new().await;
    let page = world.signed_in(MAEVE).await.get("/").await.text();
    assert!(
        page.contains(CALM) && !page.contains("tile-number"),
        "{page}"
    );
    assert!(page.contains("href=\"/transport-jobs\""));
    // A job under way is nothing wrong.
    let mut job = jobs_of("transport_job", &[VELDHUIS]);
    let mut job = job.pop().expect("a job");
    job["name"] = json!("TRJ000099999");
    job["customer"] = json!("Quay Street Books");
    for customer in customers_of(MAEVE) {
        job["customer"] = json!(customer);
    }
    job["status"] = json!("In Progress");
    job["sla_status"] = json!("On Track");
    job["scheduled_date"] = json!("2026-11-30");
    job["documents"] = json!([]);
    world.site.insert_record("Transport Job", job.clone());
    world.answers_expire();
    let page = world.signed_in(MAEVE).await.get("/").await.text();
    assert_eq!(
        tile(&page, "/transport-jobs?view=under-way"),
        Some(1),
        "{page}"
    );
    assert!(page.contains(CALM), "{page}");
    // A late one is.
    job["scheduled_date"] = json!("2026-11-21");
    world.site.insert_record("Transport Job", job);
    world.answers_expire();
    let page = world.signed_in(MAEVE).await.get("/").await.text();
    assert_eq!(tile(&page, "/transport-jobs?view=late"), Some(1), "{page}");
    assert!(!page.contains(CALM), "{page}");
}

#[tokio::test]
async fn a_part_that_cannot_be_read_takes_nothing_else_away_and_is_never_called_nothing() {
    let world = World::new().await;
    for user in [ANNA, MAEVE] {
        let mut visitor = world.signed_in(user).await;
        world
            .site
            .set_fault_on("/api/resource/Warehouse%20Job", Fault::Status(502));
        let answer = visitor.get("/").await;
        assert_eq!(answer.status, 200, "{user}");
        let page = answer.text();
        assert!(
            page.contains("could not find out which of your warehouse jobs belong under “Late”")
                && !page.contains(CALM),
            "{user}: {page}"
        );
        let home = visitor.json("/").await.json();
        for view in attention(&home) {
            assert_eq!(
                view["count"].is_null(),
                view["page"] == "warehouse-jobs",
                "{user}: {view}"
            );
        }
        world.site.clear_faults();
        // Whoever asked a site that fails waits a little before he asks again.
        world.seconds_pass(31);
        let page = visitor.get("/").await.text();
        assert!(!page.contains("could not find out"), "{user}: {page}");
    }
}

#[tokio::test]
async fn the_end_of_the_session_or_of_the_site_is_the_whole_pages() {
    let world = World::new().await;
    let mut anna = world.signed_in(ANNA).await;
    world.site.set_fault(Some(Fault::Status(502)));
    let answer = anna.get("/").await;
    assert_eq!(answer.status, 503, "{}", answer.text());
    world.site.clear_faults();
    world.seconds_pass(31);
    assert_eq!(anna.get("/").await.status, 200);
    // The proof is still fresh, the answers are not: the questions themselves find out.
    let mut other = world.signed_in(SIOBHAN).await;
    world.site.kill_sessions(SIOBHAN);
    let answer = other.get("/").await;
    assert_eq!(answer.status, 303);
    assert!(answer.header("location").starts_with("/login"));
}

#[tokio::test]
async fn pages_that_one_may_not_read_are_left_out() {
    let world = World::new().await;
    let of = async |user: &str| {
        let mut visitor: Visitor = world.signed_in(user).await;
        let home = visitor.json("/").await;
        assert_eq!(home.status, 200, "{user}");
        let home = home.json();
        let names = |part: &str| -> Vec<String> {
            let mut names: Vec<_> = home[part]
                .as_array()
                .expect("a list")
                .iter()
                .map(|entry| text(entry, "page").to_owned())
                .collect();
            names.dedup();
            names
        };
        (names("attention"), names("pages"))
    };
    for (user, views, pages) in [
        (
            ANNA,
            vec!["transport-jobs", "warehouse-jobs", "stock-balance"],
            vec![
                "transport-jobs",
                "warehouse-jobs",
                "transport-orders",
                "inbound-orders",
                "release-orders",
                "transfer-orders",
                "vas-orders",
                "stocktake-orders",
                "stock-balance",
                "warehousing-portal",
            ],
        ),
        (
            METTE,
            vec!["warehouse-jobs"],
            vec!["warehouse-jobs", "warehousing-portal"],
        ),
    ] {
        let own = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        assert_eq!(of(user).await, (own(&views), own(&pages)), "{user}");
    }
    assert_eq!(of(LUCIA).await, (vec![], vec![]));
}

#[tokio::test]
async fn a_page_that_turns_out_to_be_unreadable_leaves_the_menu_with_the_same_answer() {
    let world = World::new().await;
    let mut anna = world.signed_in(ANNA).await;
    world.site.remove_role(ANNA, "Customer");
    let answer = anna.get("/").await;
    assert_eq!(answer.status, 200);
    assert!(
        !answer.text().contains("href=\"/transport-jobs"),
        "{}",
        answer.text()
    );
}

#[tokio::test]
async fn the_json_of_the_start_page_has_the_promised_form() {
    let world = World::new().await;
    let mut anna = world.signed_in(ANNA).await;
    let answer = anna.json("/").await;
    assert_eq!(answer.header("content-type"), "application/json");
    let home = answer.json();
    let keys = |value: &Value| -> Vec<String> {
        value
            .as_object()
            .expect("an object")
            .keys()
            .cloned()
            .collect()
    };
    assert_eq!(
        keys(&home),
        ["customers", "attention", "pages", "as_of", "stale"]
    );
    let late = &home["attention"][0];
    assert_eq!(
        keys(late),
        ["page", "view", "title", "count", "complete", "rows", "href"]
    );
    assert_eq!(
        (text(late, "href"), text(late, "title")),
        ("/transport-jobs?view=late", "Late")
    );
    assert_eq!(text(&late["rows"][0], "customer"), VELDHUIS);
    assert_eq!(
        home["pages"][0],
        json!({"page": "transport-jobs", "title": "Transport jobs", "href": "/transport-jobs"})
    );
    assert_eq!(home["as_of"], "2026-11-22T10:00:00Z");
}
