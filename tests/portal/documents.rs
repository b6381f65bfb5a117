//! One document: what it shows, and to whom.

use serde_json::{Value, json};

use crate::support::rights::let_customers_read_legs;
use crate::support::truth::{jobs_of, records, text};
use crate::support::{ANNA, KATRIN, PIOTR, VELDHUIS, World, filters_of};

/// One of Anna's, with everything in it.
const FULL: &str = "TRJ000000648";
/// One of Anna's that Frappe refuses: a charge of it is billed to another customer.
const BILLED_TO_OTHER: &str = "TRJ000000451";
/// One of somebody else's.
const FOREIGN: &str = "TRJ000000448";

/// One of the legs of [`FULL`].
fn first_leg() -> Value {
    records("transport_leg")
        .into_iter()
        .find(|leg| text(leg, "transport_job") == FULL)
        .expect("a leg")
}

/// Rows that are remembered for an hour, and documents that are not.
async fn world_of_remembered_rows() -> World {
    World::with("[memory]\nlist = \"1h\"\ndocument = \"1s\"\nstale = \"0s\"").await
}

#[tokio::test]
async fn a_transport_job_shows_status_facts_milestones_legs_documents_and_packages() {
    let world = World::new().await;
    let mut anna = world.signed_in(ANNA).await;
    let answer = anna.get(&format!("/transport-jobs/{FULL}")).await;
    assert_eq!(answer.status, 200);
    let page = answer.text();
    for shown in [
        FULL,
        "Submitted",
        "PO-97455",
        "26 Nov 2026",
        "20,067.3",
        "BOOKED",
        "Rotterdam Container Terminal B",
        "Bill of Lading",
        "NORU2626310",
        "Laadklep nodig, let op: <em>smalle straat</em>.",
    ] {
        assert!(page.contains(shown), "{shown}: {page}");
    }
    for never in [
        "INTERNAL",
        "margin",
        "349.09",
        "520.77",
        "HR-EMP",
        "PC-TRANS",
        "Main - HLL",
        "ql-editor",
    ] {
        assert!(!page.contains(never), "{never}");
    }
}

#[tokio::test]
async fn the_json_of_a_document_has_the_promised_form_and_nothing_undeclared() {
    let world = World::new().await;
    let mut anna = world.signed_in(ANNA).await;
    let document = anna.json(&format!("/transport-jobs/{FULL}")).await.json();
    let keys: Vec<_> = document
        .as_object()
        .expect("an object")
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(
        keys,
        [
            "page",
            "name",
            "fields",
            "sections",
            "documents",
            "files",
            "details_missing",
            "as_of",
            "stale"
        ]
    );
    let sections: Vec<_> = document["sections"]
        .as_object()
        .expect("sections")
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(
        sections,
        ["milestones", "legs", "packages", "shipment", "client_notes"]
    );
    assert_eq!(document["fields"]["customer"], json!(VELDHUIS));
    assert_eq!(
        document["documents"][0]["document_name"],
        json!("Bill of Lading")
    );
    insta::assert_json_snapshot!(document);
}

#[tokio::test]
async fn a_milestone_is_late_when_its_planned_end_has_passed_or_it_ended_after_it() {
    let world = World::new().await;
    let mut anna = world.signed_in(ANNA).await;
    let now = "2026-11-22 11:00:00";
    let (mut late, mut in_time) = (0, 0);
    for job in jobs_of("transport_job", &[VELDHUIS]).iter().rev().take(40) {
        let name = text(job, "name");
        let document = anna.json(&format!("/transport-jobs/{name}")).await.json();
        let rows = job["milestones"].as_array().cloned().unwrap_or_default();
        let shown = document["sections"]["milestones"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        if document["details_missing"] == json!(true) {
            continue;
        }
        assert_eq!(rows.len(), shown.len(), "{name}");
        for (row, shown) in rows.iter().zip(&shown) {
            let (planned, actual) = (text(row, "planned_end"), text(row, "actual_end"));
            let done = !actual.is_empty() || text(row, "status") == "Completed";
            let expected = if planned.is_empty() {
                text(row, "status") == "Delayed"
            } else if actual.is_empty() {
                planned < now && !done
            } else {
                actual > planned
            };
            assert_eq!(shown["late"], json!(expected), "{name}: {row}");
            if expected { late += 1 } else { in_time += 1 }
        }
    }
    assert!(late > 3 && in_time > 30, "{late} late, {in_time} in time");
}

#[tokio::test]
async fn an_operations_state_follows_from_its_dates() {
    let world = World::new().await;
    let mut anna = world.signed_in(ANNA).await;
    let mut seen = std::collections::BTreeSet::new();
    for job in jobs_of("warehouse_job", &[VELDHUIS]).iter().rev().take(30) {
        let name = text(job, "name");
        let document = anna.json(&format!("/warehouse-jobs/{name}")).await.json();
        let rows = job["operations"].as_array().cloned().unwrap_or_default();
        let operations = document["sections"]["operations"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        assert!(
            rows.len() == operations.len() || document["details_missing"] == json!(true),
            "{name}"
        );
        for (row, shown) in rows.iter().zip(&operations) {
            let expected = match (text(row, "start_date"), text(row, "end_date")) {
                ("", "") => "not_started",
                (_, "") => "running",
                _ => "done",
            };
            assert_eq!(shown["state"], json!(expected), "{name}: {row}");
            seen.insert(expected);
        }
    }
    assert_eq!(seen.len(), 3, "all states were seen: {seen:?}");
}

#[tokio::test]
async fn a_job_that_frappe_refuses_shows_its_row_and_says_that_details_are_missing() {
    let world = World::new().await;
    let mut anna = world.signed_in(ANNA).await;
    let answer = anna
        .get(&format!("/transport-jobs/{BILLED_TO_OTHER}"))
        .await;
    assert_eq!(answer.status, 200);
    let page = answer.text();
    assert!(
        page.contains("PO-65570") && page.contains("Completed"),
        "{page}"
    );
    assert!(page.contains("not available"), "{page}");
    let document = anna
        .json(&format!("/transport-jobs/{BILLED_TO_OTHER}"))
        .await
        .json();
    assert_eq!(
        (&document["details_missing"], &document["sections"]),
        (&json!(true), &json!({}))
    );
}

#[tokio::test]
async fn anothers_job_and_one_that_does_not_exist_look_the_same_and_take_the_same_questions() {
    let world = World::new().await;
    for user in [ANNA, PIOTR] {
        let mut visitor = world.signed_in(user).await;
        let mut seen = Vec::new();
        for name in [FOREIGN, "TRJ999999999"] {
            world.asked();
            let answer = visitor.get(&format!("/transport-jobs/{name}")).await;
            let reference = crate::support::reference(&answer.text());
            let asked: Vec<_> = world
                .asked()
                .iter()
                .map(|path| path.replace(name, "NAME"))
                .collect();
            let again = visitor.json(&format!("/transport-jobs/{name}")).await;
            seen.push((
                answer.status,
                answer.text().replace(&reference, ""),
                asked,
                again.status,
            ));
        }
        assert_eq!(seen[0], seen[1], "{user}");
        assert_eq!(seen[0].0, 404);
    }
}

#[tokio::test]
async fn a_job_without_customer_is_shown_to_nobody() {
    let world = World::new().await;
    let orphan = records("warehouse_job")
        .into_iter()
        .find(|job| text(job, "customer").is_empty() && job["docstatus"] == 1)
        .expect("one without");
    for user in [ANNA, PIOTR, KATRIN] {
        let mut visitor = world.signed_in(user).await;
        assert_eq!(
            visitor
                .get(&format!("/warehouse-jobs/{}", text(&orphan, "name")))
                .await
                .status,
            404,
            "{user}"
        );
    }
}

#[tokio::test]
async fn a_draft_is_not_found() {
    let world = World::new().await;
    let draft = records("transport_job")
        .into_iter()
        .find(|job| text(job, "customer") == VELDHUIS && job["docstatus"] == 0)
        .expect("a draft");
    let mut anna = world.signed_in(ANNA).await;
    assert_eq!(
        anna.get(&format!("/transport-jobs/{}", text(&draft, "name")))
            .await
            .status,
        404
    );
}

#[tokio::test]
async fn the_records_own_spelling_of_its_name_is_its_address() {
    let world = World::new().await;
    let mut anna = world.signed_in(ANNA).await;
    let answer = anna
        .get(&format!("/transport-jobs/{}", FULL.to_lowercase()))
        .await;
    assert_eq!(
        (answer.status, answer.header("location")),
        (308, format!("/transport-jobs/{FULL}").as_str())
    );
    let document = anna
        .json(&format!("/transport-jobs/{}", FULL.to_lowercase()))
        .await
        .json();
    assert_eq!(document["name"], json!(FULL));
}

#[tokio::test]
async fn legs_have_their_own_status_where_the_user_may_read_them() {
    let world = World::new().await;
    let mut anna = world.signed_in(ANNA).await;
    let address = format!("/transport-jobs/{FULL}");
    let legs = anna.json(&address).await.json()["sections"]["legs"].clone();
    assert!(
        legs[0].get("status").is_none(),
        "role Customer may not read Transport Leg: {legs}"
    );
    let_customers_read_legs(&world);
    // Whether it is readable was remembered for five minutes.
    world.seconds_pass(301);
    let mut anna = world.signed_in(ANNA).await;
    let legs = anna.json(&address).await.json()["sections"]["legs"].clone();
    let leg = first_leg();
    assert_eq!(legs[0]["status"], leg["status"], "{legs}");
}

#[tokio::test]
async fn a_leg_of_another_job_shows_nothing_of_it() {
    let world = World::new().await;
    let_customers_read_legs(&world);
    let leg = first_leg();
    world.site.set_record_field(
        "Transport Leg",
        text(&leg, "name"),
        "transport_job",
        json!(FOREIGN),
    );
    let mut anna = world.signed_in(ANNA).await;
    let legs =
        anna.json(&format!("/transport-jobs/{FULL}")).await.json()["sections"]["legs"].clone();
    let at = text(&leg, "order").parse::<usize>().unwrap_or(1) - 1;
    assert_eq!(
        legs[at].get("status"),
        Some(&Value::Null),
        "the leg does not point back: {legs}"
    );
    assert_eq!(
        legs[1 - at]["status"],
        json!("Open"),
        "the other one does: {legs}"
    );
}

#[tokio::test]
async fn notes_keep_their_form_and_lose_their_teeth() {
    let world = World::new().await;
    let mut anna = world.signed_in(ANNA).await;
    let page = anna.get("/transport-jobs/TRJ000000540").await.text();
    assert!(page.contains("Please call before delivery."), "{page}");
    assert!(
        page.contains("&lt;script&gt;alert("),
        "the hostile reference is text"
    );
    assert!(!page.contains("<script>alert"), "{page}");
    let hostile = "<p onclick=x()>Hi <img src=x onerror=alert(1)><a href=\"javascript:alert(2)\">there</a><iframe src=//evil></iframe></p>";
    world
        .site
        .set_record_field("Transport Job", FULL, "client_notes", json!(hostile));
    let notes =
        anna.json(&format!("/transport-jobs/{FULL}")).await.json()["sections"]["client_notes"]
            .clone();
    assert_eq!(
        notes,
        json!("<p>Hi <a rel=\"noopener noreferrer\">there</a></p>")
    );
}

#[tokio::test]
async fn a_bare_job_is_a_page_without_empty_sections() {
    let world = World::new().await;
    let mut anna = world.signed_in(ANNA).await;
    let answer = anna.get("/transport-jobs/TRJ000000576").await;
    assert_eq!(answer.status, 200);
    assert!(!answer.text().contains("Milestones"), "{}", answer.text());
}

#[tokio::test]
async fn names_that_are_the_name_of_nothing_are_not_found_unasked() {
    let world = World::new().await;
    let mut anna = world.signed_in(ANNA).await;
    world.site.clear_requests();
    for name in [&"x".repeat(141), "a%00b", "a%0Ab", "%7F"] {
        let status = anna.get(&format!("/transport-jobs/{name}")).await.status;
        assert_eq!(status, 404, "{name}");
    }
    assert!(world.asked().is_empty());
    // What climbs is a name like any other: it stays a name, in whatever question.
    assert_eq!(
        anna.get("/transport-jobs/..%2f..%2fmethod%2fping")
            .await
            .status,
        404
    );
    let paths: Vec<_> = world
        .site
        .requests()
        .into_iter()
        .map(|request| request.path)
        .collect();
    assert_eq!(paths.len(), 2, "{paths:?}");
    for path in [
        "/api/resource/Transport%20Job",
        "/api/method/frappe.desk.form.load.getdoc",
    ] {
        assert!(paths.iter().any(|asked| asked == path), "{paths:?}");
    }
}

#[tokio::test]
async fn a_name_with_a_slash_has_an_address() {
    let world = World::new().await;
    let mut job = world.site.record("Transport Job", FULL).expect("a job");
    job["name"] = json!("TRJ/2026 A&B №7");
    world.site.insert_record("Transport Job", job);
    let mut anna = world.signed_in(ANNA).await;
    let list = anna.get("/transport-jobs?q=TRJ%2F2026").await.text();
    let address = "/transport-jobs/TRJ%2F2026%20A%26B%20%E2%84%967";
    assert!(list.contains(address), "{list}");
    assert_eq!(anna.get(address).await.status, 200);
}

#[tokio::test]
async fn a_leg_that_points_back_in_another_spelling_shows_nothing_of_it() {
    let world = World::new().await;
    let_customers_read_legs(&world);
    let leg = first_leg();
    // MariaDB finds it all the same, because it compares without case.
    world.site.set_record_field(
        "Transport Leg",
        text(&leg, "name"),
        "transport_job",
        json!(FULL.to_lowercase()),
    );
    let mut anna = world.signed_in(ANNA).await;
    let legs =
        anna.json(&format!("/transport-jobs/{FULL}")).await.json()["sections"]["legs"].clone();
    let at = text(&leg, "order").parse::<usize>().unwrap_or(1) - 1;
    assert_eq!(legs[at].get("status"), Some(&Value::Null), "{legs}");
}

#[tokio::test]
async fn legs_are_asked_for_by_their_names_and_by_the_job_they_point_back_to() {
    let world = World::new().await;
    let_customers_read_legs(&world);
    let mut anna = world.signed_in(ANNA).await;
    world.site.clear_requests();
    anna.get(&format!("/transport-jobs/{FULL}")).await;
    let requests = world.site.requests();
    let legs = requests
        .iter()
        .find(|request| request.path == "/api/resource/Transport%20Leg")
        .expect("legs are asked for");
    let filters = filters_of(legs);
    let fields: Vec<_> = filters.iter().map(|filter| filter.0.as_str()).collect();
    assert_eq!(fields, ["name", "transport_job"]);
    assert!(filters[0].1.contains(text(&first_leg(), "name")));
    assert!(filters[1].1.contains(FULL));
}

#[tokio::test]
async fn a_job_that_has_become_anothers_shows_no_details() {
    let world = world_of_remembered_rows().await;
    let job = jobs_of("transport_job", &["Łódź Ceramika Sp. z o.o."])
        .pop()
        .expect("one of his");
    let name = text(&job, "name");
    let address = format!("/transport-jobs/{name}");
    // Frappe shows him everybody's, so nothing but the portal refuses the document.
    let mut piotr = world.signed_in(PIOTR).await;
    let before = piotr.json(&address).await.json();
    assert_eq!(before["details_missing"], json!(false));
    world
        .site
        .set_record_field("Transport Job", name, "customer", json!(VELDHUIS));
    world.seconds_pass(2);
    let after = piotr.json(&address).await.json();
    assert_eq!(
        (&after["details_missing"], &after["sections"]),
        (&json!(true), &json!({})),
        "the row is remembered still, and there is no more than it"
    );
    world.seconds_pass(3600);
    assert_eq!(piotr.json(&address).await.status, 404);
}

#[tokio::test]
async fn details_are_those_of_the_very_record_that_the_row_names() {
    let world = world_of_remembered_rows().await;
    let mut anna = world.signed_in(ANNA).await;
    let address = format!("/transport-jobs/{FULL}");
    let before = anna.json(&address).await.json();
    assert_eq!(before["details_missing"], json!(false));
    // Another record, which the database finds by the name of the first.
    let mut other = world.site.record("Transport Job", FULL).expect("a job");
    other["name"] = json!(FULL.to_lowercase());
    assert!(world.site.remove_record("Transport Job", FULL));
    world.site.insert_record("Transport Job", other);
    world.seconds_pass(2);
    let after = anna.json(&address).await.json();
    assert_eq!(
        (&after["name"], &after["details_missing"]),
        (&json!(FULL), &json!(true))
    );
}

#[tokio::test]
async fn a_session_that_ends_between_row_and_document_leads_to_the_sign_in_page() {
    let world = world_of_remembered_rows().await;
    let mut anna = world.signed_in(ANNA).await;
    let address = format!("/transport-jobs/{FULL}");
    assert_eq!(anna.get(&address).await.status, 200);
    world.site.kill_sessions(ANNA);
    world.seconds_pass(2);
    let answer = anna.get(&address).await;
    assert_eq!(answer.status, 303, "and not a page without details");
    assert!(answer.header("location").starts_with("/login"));
}
