//! The tenants' matrix: every kind of user against every route, filter, JSON and error. Nothing of
//! another customer's, and none of the operator's business, appears in any answer.

mod addresses;
mod operators;
mod truth;

use std::collections::BTreeSet;
use std::io::{Cursor, Read as _};

use serde_json::json;
use zip::ZipArchive;

use self::addresses::every_address;
use self::truth::{Forbidden, Truth};
use crate::support::events;
use crate::support::export::{is_workbook, unpacked_workbook};
use crate::support::truth::text;
use crate::support::{
    ANNA, Answer, JAN, KATRIN, LUCIA, MAEVE, METTE, PIOTR, SIOBHAN, TOM, Visitor, World,
};

const NOBODY: &str = "nobody is signed in";

/// What an answer says, decoded and unpacked, with the echo of the question taken out.
fn said(answer: &Answer, address: &str) -> String {
    let mut said = if answer.header("content-type") == "application/zip" {
        unpacked(&answer.body)
    } else if is_workbook(answer) {
        unpacked_workbook(&answer.body)
    } else {
        // In CSV quotes are doubled.
        answer.text().replace("\"\"", "\"")
    };
    for (name, value) in &answer.headers {
        if name != "location" && name != "set-cookie" {
            let value = String::from_utf8_lossy(value.as_bytes());
            said.extend(["\n", name.as_str(), ": ", &value]);
        }
    }
    let said = said
        .replace("&quot;", "\"")
        .replace("&#x27;", "'")
        .replace("&#39;", "'")
        .replace("&amp;", "&")
        .replace("\\\"", "\"");
    // A page that does not take a parameter leads to the same address without it.
    let path = address.split('?').next().unwrap_or_default();
    let said = said.replace(&format!("href=\"{path}\""), "");
    // The filters that a visitor typed himself come back to him in the form and in the message.
    let typed = address.split_once('?').map_or("", |(_, query)| query);
    form_urlencoded::parse(typed.as_bytes()).fold(said, |said, (_, value)| {
        if value.len() > 3 {
            said.replace(value.as_ref(), "…")
        } else {
            said
        }
    })
}

/// The names and contents of all entries of an archive.
fn unpacked(archive: &[u8]) -> String {
    let mut archive = ZipArchive::new(Cursor::new(archive)).expect("a ZIP");
    let mut said = String::new();
    for at in 0..archive.len() {
        let mut entry = archive.by_index(at).expect("an entry");
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).expect("its bytes");
        said.push_str(&entry.name().expect("a name"));
        said.push('\n');
        said.push_str(&String::from_utf8_lossy(&bytes));
        said.push('\n');
    }
    said
}

/// What a stream says at first, and that it is there.
async fn beginning(visitor: &mut Visitor, address: &str) -> Answer {
    loop {
        let request = visitor.request(reqwest::Method::GET, address);
        let mut response = visitor.open(request).await;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let mut body = Vec::new();
        // The first events come before the first comment.
        while !String::from_utf8_lossy(&body).contains(": \n\n") {
            match response.chunk().await.expect("a body") {
                Some(chunk) => body.extend(chunk),
                None => break,
            }
        }
        // Those that were left are gone in a moment.
        if status != 429 {
            return Answer {
                status,
                headers,
                body,
            };
        }
        tokio::task::yield_now().await;
    }
}

/// What is answered at an address; of a stream, what it says at first.
async fn answer(visitor: &mut Visitor, address: &str, json: bool) -> Answer {
    if address.starts_with("/events") {
        beginning(visitor, address).await
    } else if json {
        visitor.json(address).await
    } else {
        visitor.get(address).await
    }
}

async fn look(truth: &Truth, visitor: &mut Visitor, user: &str, addresses: &[String], when: &str) {
    let forbidden = truth.forbidden(user);
    for address in addresses {
        for json in [false, true] {
            let answer = answer(visitor, address, json).await;
            assert!(
                answer.status < 500,
                "{user}, {address}, {when}: {} {}",
                answer.status,
                answer.text()
            );
            let said = said(&answer, address);
            let leak = if address.starts_with("/stock") || address.starts_with("/warehousing") {
                forbidden.find_words(&said)
            } else {
                forbidden.find(&said)
            };
            assert!(
                leak.is_none(),
                "{user}, {address} (JSON: {json}), {when}: {leak:?} in {said}"
            );
        }
    }
}

#[tokio::test]
async fn nobody_sees_anything_of_anothers_on_any_route() {
    let world = World::new().await;
    let truth = Truth::read();
    let addresses = every_address(&world);
    for user in [
        ANNA, SIOBHAN, KATRIN, PIOTR, METTE, MAEVE, TOM, LUCIA, NOBODY,
    ] {
        let mut visitor = if user == NOBODY {
            world.visitor()
        } else {
            world.signed_in(user).await
        };
        look(&truth, &mut visitor, user, &addresses, "first").await;
        look(&truth, &mut visitor, user, &addresses, "from memory").await;
    }
}

/// Pages that Portal Settings or the settings keep from a user, or from one of his customers, are kept
/// from him at every address; and what is left is nobody else's.
#[tokio::test]
async fn nobody_sees_anything_of_anothers_or_of_pages_that_he_has_not_where_the_menu_is_narrowed() {
    const SOLAR: &str = "Nordlys Solar AS";
    let world = World::reading_portal_settings(&format!(
        "[pages.not_for]\ntransport-jobs = {{ customers = [\"{SOLAR}\"] }}"
    ))
    .await;
    let row = |route: &str, role: &str, enabled: i32| json!({"title": route, "route": route, "role": role, "enabled": enabled});
    let rows = json!([
        row("/transport_jobs", "Customer", 1),
        row("/inbound-orders", "Customer", 1),
        row("/warehouse-jobs", "Supplier", 1),
        row("/stock-balance", "Customer", 0),
        row("javascript:alert(1)", "Customer", 1),
    ]);
    world
        .site
        .set_single_field("Portal Settings", "custom_menu", rows);
    let truth = Truth::read();
    let addresses = every_address(&world);
    let is_kept = |address: &str| {
        let pages = world.app.portal().pages().entries();
        let mut pages = pages.map(|page| format!("/{}", page.name()));
        let has = ["/transport-jobs", "/inbound-orders"];
        pages.any(|page| !has.contains(&page.as_str()) && address.starts_with(&page))
    };
    let of_solar: BTreeSet<String> = truth
        .jobs
        .iter()
        .filter(|(doctype, job)| *doctype == "Transport Job" && text(job, "customer") == SOLAR)
        .map(|(_, job)| text(job, "name").to_owned())
        .collect();
    assert!(!of_solar.is_empty());
    let of_solar = Forbidden::new(of_solar);
    for user in [ANNA, KATRIN, PIOTR, LUCIA] {
        let mut visitor = world.signed_in(user).await;
        look(&truth, &mut visitor, user, &addresses, "narrowed").await;
        for address in &addresses {
            let answer = answer(&mut visitor, address, true).await;
            if is_kept(address) {
                assert!(answer.status >= 400, "{user}, {address}: {}", answer.status);
            }
            let said = said(&answer, address);
            assert_eq!(of_solar.find(&said), None, "{user}, {address}");
        }
        for page in ["/warehouse-jobs", "/stock-balance", "/release-orders"] {
            let watched = events::address(&[page]);
            let answer = answer(&mut visitor, &watched, true).await;
            assert!(answer.status >= 400, "{user}, {watched}: {}", answer.status);
        }
    }
}

#[tokio::test]
async fn nobody_sees_anything_of_anothers_where_documents_are_printed() {
    let world = World::printing("").await;
    let truth = Truth::read();
    let addresses: Vec<_> = quayfront::web::routes(&world.app)
        .iter()
        .filter(|route| route.path.contains("-jobs/{name}") || route.path.starts_with("/api/"))
        .flat_map(|route| addresses::of_route(&route.path))
        .collect();
    for user in [
        ANNA, SIOBHAN, KATRIN, PIOTR, METTE, MAEVE, TOM, LUCIA, NOBODY,
    ] {
        let mut visitor = if user == NOBODY {
            world.visitor()
        } else {
            world.signed_in(user).await
        };
        look(&truth, &mut visitor, user, &addresses, "printed").await;
    }
}

#[tokio::test]
async fn nobody_sees_anything_of_anothers_after_him_in_the_same_browser() {
    let world = World::new().await;
    let truth = Truth::read();
    let addresses = every_address(&world);
    let mut browser = world.signed_in(ANNA).await;
    look(&truth, &mut browser, ANNA, &addresses, "first").await;
    for user in [SIOBHAN, PIOTR, TOM, JAN] {
        browser.post("/logout", &[]).await;
        look(&truth, &mut browser, NOBODY, &addresses, "signed out").await;
        assert_eq!(
            browser.sign_in(user, &world.password(user)).await.status,
            303
        );
        look(&truth, &mut browser, user, &addresses, "after another user").await;
    }
}

#[tokio::test]
async fn nobody_sees_anything_of_anothers_who_waits_on_the_same_question() {
    let world = World::new().await;
    let truth = Truth::read();
    let users = [ANNA, SIOBHAN, KATRIN, PIOTR, ANNA, TOM];
    let mut visitors = Vec::new();
    for user in users {
        visitors.push((user, world.signed_in(user).await));
    }
    for address in [
        "/transport-jobs?page_size=100&sort=name",
        "/warehouse-jobs?page_size=100",
        "/transport-jobs/TRJ000000648",
        "/transport-jobs/TRJ000000448",
    ] {
        let asked: Vec<_> = visitors
            .iter()
            .map(|(user, visitor)| {
                let (user, mut visitor) = (*user, visitor.clone());
                tokio::spawn(async move { (user, visitor.json(address).await) })
            })
            .collect();
        for answer in asked {
            let (user, answer) = answer.await.expect("no panic");
            let said = said(&answer, address);
            let forbidden = truth.forbidden(user);
            let leak = forbidden.find(&said);
            assert!(leak.is_none(), "{user}, {address}: {leak:?}");
        }
    }
}

/// And so is what Frappe's Standard format prints of one's own job.
#[tokio::test]
async fn the_matrix_notices_a_print_in_the_standard_format() {
    let world = World::printing("").await;
    let truth = Truth::read();
    let mut anna = world.signed_in(ANNA).await;
    let address = "/transport-jobs/TRJ000000648/print.pdf";
    let answer = anna.get(address).await;
    assert_eq!(answer.status, 200);
    let forbidden = truth.forbidden(ANNA);
    assert_eq!(forbidden.find(&said(&answer, address)), None);
    let standard = world
        .site
        .print_standard("Transport Job", "TRJ000000648")
        .expect("a job");
    assert!(
        forbidden
            .find(&String::from_utf8_lossy(&standard))
            .is_some()
    );
}

/// The matrix itself can fail: another's page, or the operator's view of one's own job, is a leak.
#[tokio::test]
async fn the_matrix_notices_a_leak() {
    let world = World::new().await;
    let truth = Truth::read();
    let annas = world
        .signed_in(ANNA)
        .await
        .json("/transport-jobs?page_size=100")
        .await;
    let leaks = |user: &str, said: &str| truth.forbidden(user).find(said).is_some();
    assert!(leaks(SIOBHAN, &said(&annas, "/transport-jobs")));
    assert!(!leaks(ANNA, &said(&annas, "/transport-jobs")));
    let whole = world
        .site
        .record("Transport Job", "TRJ000000648")
        .expect("a job")
        .to_string();
    assert!(leaks(ANNA, &whole));
}
