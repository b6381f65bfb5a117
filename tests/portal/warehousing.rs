//! The warehouse at a glance: every number leads to exactly its rows.

use quayfront::demo::Fault;
use serde_json::Value;

use crate::support::truth::text;
use crate::support::{ANNA, KATRIN, LUCIA, METTE, PIOTR, SIOBHAN, TOM, World};

/// Every object with a number and an address in an answer.
fn counted(answer: &Value, found: &mut Vec<(String, u64)>) {
    match answer {
        Value::Array(entries) => entries.iter().for_each(|entry| counted(entry, found)),
        Value::Object(fields) => {
            let number = ["count", "total"]
                .iter()
                .find_map(|key| fields.get(*key)?.as_u64());
            if let (Some(number), Some(href)) = (number, fields.get("href")) {
                let href = href.as_str().expect("an address").to_owned();
                found.push((href, number));
            } else if let Some(href) = fields.get("href") {
                // One of the top items: one row.
                found.push((href.as_str().expect("an address").to_owned(), 1));
            }
            fields.values().for_each(|value| counted(value, found));
        }
        _ => {}
    }
}

#[tokio::test]
async fn every_number_is_the_number_of_rows_that_its_link_shows() {
    let world = World::new().await;
    for user in [ANNA, KATRIN, SIOBHAN, PIOTR, METTE] {
        let mut visitor = world.signed_in(user).await;
        let answer = visitor.json("/warehousing-portal").await;
        assert_eq!(answer.status, 200, "{user}: {}", answer.text());
        let mut links = Vec::new();
        counted(&answer.json(), &mut links);
        assert!(links.len() > 3, "{user}: {links:?}");
        let page = visitor.get("/warehousing-portal").await.text();
        for (href, number) in &links {
            let list = visitor.json(href).await;
            assert_eq!(list.status, 200, "{user}, {href}");
            let total = list.json()["total"].as_u64();
            assert_eq!(total, Some(*number), "{user}, {href}");
            if *number > 0 {
                let escaped = href.replace('&', "&amp;").replace('\'', "&#x27;");
                assert!(
                    page.contains(&format!("href=\"{escaped}\"")),
                    "{user}: {href}"
                );
            }
        }
    }
}

#[tokio::test]
async fn parts_come_together_to_their_wholes() {
    let world = World::new().await;
    let mut katrin = world.signed_in(KATRIN).await;
    let answer = katrin.json("/warehousing-portal").await.json();
    let sum = |part: &Value| -> u64 {
        let counts = part["counts"].as_array().expect("counts");
        counts
            .iter()
            .filter_map(|count| count["count"].as_u64())
            .sum()
    };
    assert_eq!(Some(sum(&answer["jobs"])), answer["jobs"]["total"].as_u64());
    for orders in answer["orders"].as_array().expect("orders") {
        assert_eq!(Some(sum(orders)), orders["total"].as_u64(), "{orders}");
    }
    let places = answer["stock"].as_array().expect("stock");
    let rows: u64 = places
        .iter()
        .filter_map(|place| place["count"].as_u64())
        .sum();
    let all = katrin.json("/stock-balance?hide_zero=1").await.json();
    assert_eq!(Some(rows), all["total"].as_u64());
}

#[tokio::test]
async fn what_cannot_be_read_is_said_and_takes_nothing_else_away() {
    let world = World::new().await;
    let mut anna = world.signed_in(ANNA).await;
    world
        .site
        .set_fault_on("/api/resource/Bin", Fault::Status(502));
    let answer = anna.get("/warehousing-portal").await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert!(
        answer
            .text()
            .contains("We could not find out what stands under “Stock balance”")
    );
    let json = anna.json("/warehousing-portal").await.json();
    assert_eq!(json["stock"], Value::Null);
    assert!(json["jobs"]["total"].as_u64() > Some(0), "{json}");
    assert_eq!(text(&json["unknown"], "0"), "");
    assert!(
        json["unknown"].to_string().contains("Stock balance"),
        "{json}"
    );
}

#[tokio::test]
async fn without_the_right_to_read_any_part_there_is_no_such_page() {
    let world = World::new().await;
    for (user, status) in [(LUCIA, 200), (TOM, 403)] {
        let mut visitor = world.signed_in(user).await;
        let answer = visitor.get("/warehousing-portal").await;
        assert_eq!(answer.status, status, "{user}: {}", answer.text());
        assert!(!answer.text().contains("class=\"counted\""), "{user}");
    }
}

#[tokio::test]
async fn the_end_of_the_session_or_of_the_site_is_the_whole_pages() {
    let world = World::new().await;
    let mut anna = world.signed_in(ANNA).await;
    world.site.set_fault(Some(Fault::Status(502)));
    assert_eq!(anna.get("/warehousing-portal").await.status, 503);
    world.site.clear_faults();
    world.seconds_pass(31);
    world.site.kill_sessions(ANNA);
    let answer = anna.get("/warehousing-portal").await;
    assert_eq!(answer.status, 303);
    assert!(answer.header("location").starts_with("/login"));
}
