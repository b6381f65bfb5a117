//! Webhooks: what the site tells of its changes makes the portal forget, and nothing else.

use std::fs;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::hooks::{SECRET, deliver, deliver_signed, signature};
use crate::support::rights::let_customers_read_legs;
use crate::support::truth::{customers_of, text};
use crate::support::{ANNA, JAN, KATRIN, VELDHUIS, Visitor, World};

const LIST: &str = "/transport-jobs";
const JOB: &str = "/transport-jobs/TRJ000000648";
/// Another one of the same customer.
const OTHER_JOB: &str = "/transport-jobs/TRJ000000576";

/// A portal that hears webhooks, and remembers for so long that nothing else makes it forget. It asks
/// for nothing before somebody looks, so that it shows what was dropped.
async fn world() -> World {
    World::with(&format!(
        "[memory]\nlist = \"1h\"\ndocument = \"1h\"\nmaster = \"1h\"\nreadable = \"1h\"\n\
         [webhooks]\nrefresh_queue = 0\nsecrets = [\"the next one\", \"{SECRET}\"]"
    ))
    .await
}

/// Whether a page that was remembered has to be asked for again.
async fn is_asked_for(world: &World, visitor: &mut Visitor, page: &str) -> bool {
    world.settled().await;
    world.asked();
    assert_eq!(visitor.get(page).await.status, 200, "{page}");
    !world.asked().is_empty()
}

async fn warm(visitor: &mut Visitor, pages: &[&str]) {
    for page in pages {
        assert_eq!(visitor.get(page).await.status, 200, "{page}");
    }
}

fn change(world: &World) {
    world.site.set_record_field(
        "Transport Job",
        "TRJ000000648",
        "customer_ref_no",
        "PO-CHANGED".into(),
    );
}

#[tokio::test]
async fn every_recorded_delivery_is_taken_as_it_was_signed_and_none_that_was_not() {
    let world = world().await;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/recorded/webhooks");
    let mut taken = 0;
    for entry in fs::read_dir(folder).expect("the deliveries") {
        let path = entry.expect("a file").path();
        let recorded: Value =
            serde_json::from_str(&fs::read_to_string(&path).expect("a recording")).expect("JSON");
        let delivery = &recorded["delivery"];
        let body = STANDARD
            .decode(text(delivery, "body_base64"))
            .expect("base64");
        let headers = delivery["headers"].as_array().expect("headers");
        let signature = headers
            .iter()
            .find(|header| header[0] == "X-Frappe-Webhook-Signature")
            .and_then(|header| header[1].as_str());
        let doctype = text(&recorded["webhook"], "webhook_doctype");
        let is_good = recorded["signature_over_exact_body_matches"] == true;
        let status = deliver_signed(&world, doctype, &body, signature).await;
        let expected = if is_good { 204 } else { 401 };
        assert_eq!(status, expected, "{}", path.display());
        taken += usize::from(is_good);
    }
    assert!(taken >= 15, "{taken} recorded deliveries");
}

#[tokio::test]
async fn a_changed_document_shows_at_once_to_whoever_has_its_customer_and_costs_nobody_else_a_question()
 {
    let world = world().await;
    let (mut anna, mut jan) = (world.signed_in(ANNA).await, world.signed_in(JAN).await);
    let mut katrin = world.signed_in(KATRIN).await;
    warm(
        &mut anna,
        &[
            LIST,
            JOB,
            OTHER_JOB,
            "/",
            "/warehouse-jobs",
            "/stock-balance",
        ],
    )
    .await;
    warm(&mut jan, &[LIST]).await;
    warm(&mut katrin, &[LIST]).await;
    change(&world);
    assert!(!anna.get(LIST).await.text().contains("PO-CHANGED"));
    let body = json!({"name": "TRJ000000648", "customer": VELDHUIS, "status": "Submitted"});
    assert_eq!(deliver(&world, "Transport Job", &body).await, 204);
    for page in ["/warehouse-jobs", "/stock-balance", OTHER_JOB] {
        assert!(!is_asked_for(&world, &mut anna, page).await, "{page}");
    }
    assert!(!is_asked_for(&world, &mut katrin, LIST).await);
    for page in [LIST, JOB] {
        assert!(anna.get(page).await.text().contains("PO-CHANGED"), "{page}");
    }
    assert!(
        is_asked_for(&world, &mut anna, "/").await,
        "what is derived"
    );
    assert!(jan.get(LIST).await.text().contains("PO-CHANGED"));
}

#[tokio::test]
async fn a_document_is_forgotten_in_whatever_spelling_it_was_asked_for() {
    let world = world().await;
    let mut anna = world.signed_in(ANNA).await;
    let spelled = JOB.to_lowercase();
    anna.json(&spelled).await;
    change(&world);
    let body = json!({"name": "TRJ000000648", "customer": VELDHUIS});
    assert_eq!(deliver(&world, "Transport Job", &body).await, 204);
    world.asked();
    anna.json(&spelled).await;
    assert!(!world.asked().is_empty());
}

#[tokio::test]
async fn a_document_that_becomes_anothers_is_forgotten_for_both() {
    let world = world().await;
    let (mut anna, mut katrin) = (world.signed_in(ANNA).await, world.signed_in(KATRIN).await);
    warm(&mut anna, &[LIST, JOB]).await;
    warm(&mut katrin, &[LIST]).await;
    let other = customers_of(KATRIN)[0].clone();
    world.site.set_record_field(
        "Transport Job",
        "TRJ000000648",
        "customer",
        other.clone().into(),
    );
    let body = json!({"name": "TRJ000000648", "customer": other});
    assert_eq!(deliver(&world, "Transport Job", &body).await, 204);
    assert_eq!(anna.get(JOB).await.status, 404);
    assert!(!anna.get(LIST).await.text().contains("TRJ000000648"));
    assert!(is_asked_for(&world, &mut katrin, LIST).await);
}

#[tokio::test]
async fn a_change_that_does_not_say_whose_it_is_drops_its_doctype() {
    let world = world().await;
    let (mut anna, mut katrin) = (world.signed_in(ANNA).await, world.signed_in(KATRIN).await);
    for body in [json!({}), json!({"name": "TRJ000000648"}), json!([1])] {
        warm(&mut anna, &[LIST, "/warehouse-jobs"]).await;
        warm(&mut katrin, &[LIST]).await;
        assert_eq!(deliver(&world, "Transport Job", &body).await, 204);
        assert!(is_asked_for(&world, &mut anna, LIST).await, "{body}");
        assert!(is_asked_for(&world, &mut katrin, LIST).await, "{body}");
        assert!(!is_asked_for(&world, &mut anna, "/warehouse-jobs").await);
    }
}

#[tokio::test]
async fn a_change_of_what_a_pages_rows_point_to_shows_at_once_on_the_document_and_drops_no_list() {
    let world = world().await;
    let_customers_read_legs(&world);
    let mut anna = world.signed_in(ANNA).await;
    warm(&mut anna, &[LIST, JOB]).await;
    // As setup has it told: legs name no customer.
    let body = json!({"doctype": "Transport Leg", "name": "TRL000001", "modified": "x"});
    assert_eq!(deliver(&world, "", &body).await, 204);
    assert!(is_asked_for(&world, &mut anna, JOB).await);
    assert!(!is_asked_for(&world, &mut anna, LIST).await);
}

#[tokio::test]
async fn a_stock_ledger_entry_drops_stock_and_no_lists() {
    let world = world().await;
    let mut anna = world.signed_in(ANNA).await;
    for doctype in ["Stock Ledger Entry", "Item", "Warehouse"] {
        warm(&mut anna, &["/stock-balance", LIST]).await;
        let body = json!({"name": "MAT-SLE-2026-00001", "item_code": "X"});
        assert_eq!(deliver(&world, doctype, &body).await, 204);
        assert!(
            is_asked_for(&world, &mut anna, "/stock-balance").await,
            "{doctype}"
        );
        assert!(!is_asked_for(&world, &mut anna, LIST).await, "{doctype}");
    }
}

#[tokio::test]
async fn a_revoked_permission_and_a_disabled_user_take_effect_at_once_and_for_that_user() {
    for (doctype, body) in [
        (
            "User Permission",
            json!({"name": "x", "user": ANNA, "allow": "Customer"}),
        ),
        ("User", json!({"name": ANNA, "enabled": 0})),
    ] {
        let world = world().await;
        let (mut anna, mut jan) = (world.signed_in(ANNA).await, world.signed_in(JAN).await);
        warm(&mut anna, &[LIST]).await;
        warm(&mut jan, &[LIST]).await;
        world.site.kill_sessions(ANNA);
        assert_eq!(anna.get(LIST).await.status, 200, "proved just now");
        assert_eq!(deliver(&world, doctype, &body).await, 204);
        assert_eq!(anna.get(LIST).await.status, 303, "{doctype}");
        assert!(!is_asked_for(&world, &mut jan, LIST).await, "{doctype}");
    }
}

#[tokio::test]
async fn what_concerns_everybody_drops_everybody_and_at_most_every_five_seconds() {
    let world = world().await;
    let mut anna = world.signed_in(ANNA).await;
    for doctype in ["Custom DocPerm", "Portal Settings", "Role", "Customer", ""] {
        warm(&mut anna, &[LIST]).await;
        let first = json!({"name": doctype, "modified": "1"});
        assert_eq!(deliver(&world, doctype, &first).await, 204);
        assert!(is_asked_for(&world, &mut anna, LIST).await, "{doctype}");
        for modified in 2..10 {
            let body = json!({"name": doctype, "modified": modified});
            assert_eq!(deliver(&world, doctype, &body).await, 204);
        }
        assert!(!is_asked_for(&world, &mut anna, LIST).await, "{doctype}");
        world.seconds_pass(5);
        assert!(is_asked_for(&world, &mut anna, LIST).await, "{doctype}");
        world.seconds_pass(5);
    }
}

#[tokio::test]
async fn the_same_body_counts_once_in_a_minute() {
    let world = world().await;
    let mut anna = world.signed_in(ANNA).await;
    let body = json!({"name": "TRJ000000648", "customer": VELDHUIS});
    warm(&mut anna, &[LIST]).await;
    assert_eq!(deliver(&world, "Transport Job", &body).await, 204);
    assert!(is_asked_for(&world, &mut anna, LIST).await);
    assert_eq!(deliver(&world, "Transport Job", &body).await, 204, "taken");
    assert!(
        !is_asked_for(&world, &mut anna, LIST).await,
        "and not counted"
    );
    world.seconds_pass(60);
    warm(&mut anna, &[LIST]).await;
    assert_eq!(deliver(&world, "Transport Job", &body).await, 204);
    assert!(is_asked_for(&world, &mut anna, LIST).await);
}

#[tokio::test]
async fn what_no_page_shows_drops_nothing() {
    let world = world().await;
    let mut anna = world.signed_in(ANNA).await;
    warm(&mut anna, &[LIST]).await;
    let body = json!({"name": "SINV-1", "customer": VELDHUIS});
    assert_eq!(deliver(&world, "Sales Invoice", &body).await, 204);
    assert!(!is_asked_for(&world, &mut anna, LIST).await);
}

#[tokio::test]
async fn only_what_one_of_our_secrets_has_signed_is_heard() {
    let world = world().await;
    let mut anna = world.signed_in(ANNA).await;
    let body = json!({"name": "TRJ000000648", "customer": VELDHUIS}).to_string();
    let body = body.as_bytes();
    let good = signature(SECRET, body);
    let unpadded = good.trim_end_matches('=').to_owned();
    warm(&mut anna, &[LIST]).await;
    for refused in [
        None,
        Some(""),
        Some("quay-test-secret"),
        Some(unpadded.as_str()),
        Some(&good[..20]),
        Some(&signature("another secret", body)),
        Some(&signature(SECRET, b"another body")),
    ] {
        let status = deliver_signed(&world, "Transport Job", body, refused).await;
        assert_eq!(status, 401, "{refused:?}");
        assert!(!is_asked_for(&world, &mut anna, LIST).await, "{refused:?}");
    }
    // Two secrets at a time, so that one can follow the other.
    let next = signature("the next one", body);
    let status = deliver_signed(&world, "Transport Job", body, Some(&next)).await;
    assert_eq!(status, 204);
    assert!(is_asked_for(&world, &mut anna, LIST).await);
    let large = vec![b' '; 100 << 10];
    let signed = signature(SECRET, &large);
    let status = deliver_signed(&world, "Transport Job", &large, Some(&signed)).await;
    assert_eq!(status, 413);
}

#[tokio::test]
async fn without_a_secret_there_are_no_webhooks_and_no_other_route_takes_posts_from_elsewhere() {
    let world = World::new().await;
    let body = b"{}";
    let signed = signature("", body);
    for signature in [None, Some(signed.as_str())] {
        let status = deliver_signed(&world, "Transport Job", body, signature).await;
        assert_eq!(status, 404);
    }
    let mut anna = world.signed_in(ANNA).await;
    for path in [
        "/refresh",
        "/logout",
        "/hooks/frappe/",
        "/hooks/frappe/x",
        "/hooks",
    ] {
        let request = anna.request(Method::POST, path).body("{}");
        assert_eq!(anna.ask(request).await.status, 403, "{path}");
    }
    let put = anna.request(Method::PUT, "/hooks/frappe").body("{}");
    assert_eq!(anna.ask(put).await.status, 403);
}
