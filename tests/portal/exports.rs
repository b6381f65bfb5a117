//! Lists and the stock, taken away as CSV and XLSX.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::export::{about, as_records, column, csv_records, sheets};
use crate::support::truth::{bins_of, jobs_of, text};
use crate::support::walk::all_names;
use crate::support::{ANNA, JAN, KATRIN, SIOBHAN, VELDHUIS, Visitor, World};

/// Anna's transport jobs in the order of the page: the newest first.
pub fn annas_jobs() -> Vec<Value> {
    let mut jobs = jobs_of("transport_job", &[VELDHUIS]);
    jobs.sort_by_key(|job| {
        std::cmp::Reverse((
            text(job, "booking_date").to_owned(),
            text(job, "name").to_owned(),
        ))
    });
    jobs
}

/// The first of these fields that is filled, of the first leg that fills one.
fn end_of_way<'leg>(legs: impl Iterator<Item = &'leg Value>, fields: [&str; 2]) -> String {
    for leg in legs {
        if let Some(found) = fields
            .iter()
            .map(|field| text(leg, field))
            .find(|text| !text.is_empty())
        {
            return found.to_owned();
        }
    }
    String::new()
}

/// A job as a row of the export, worked out from its record.
pub fn row_of(job: &Value) -> Vec<String> {
    let mut legs = job["legs"].as_array().cloned().unwrap_or_default();
    legs.sort_by_key(|leg| leg["idx"].as_i64());
    let number = |field: &str| {
        job[field]
            .as_f64()
            .map(|number| number.to_string())
            .unwrap_or_default()
    };
    let of = |field: &str| text(job, field).trim().to_owned();
    vec![
        of("name"),
        of("status"),
        of("customer_ref_no"),
        end_of_way(legs.iter(), ["facility_from", "pick_address"]),
        end_of_way(legs.iter().rev(), ["facility_to", "drop_address"]),
        of("booking_date"),
        of("scheduled_date"),
        of("transport_job_type"),
        number("total_packages"),
        number("total_weight"),
        of("sla_status"),
    ]
}

/// The headings of transport jobs.
pub const HEADINGS: [&str; 11] = [
    "Job",
    "Status",
    "Your reference",
    "From",
    "To",
    "Booked",
    "Scheduled",
    "Type",
    "Packages",
    "Weight (kg)",
    "On time",
];

#[tokio::test]
async fn csv_and_xlsx_hold_all_rows_of_the_list_cell_by_cell_in_its_order() {
    let world = World::new().await;
    let mut anna = world.signed_in(ANNA).await;
    let expected: Vec<Vec<String>> = annas_jobs().iter().map(row_of).collect();
    assert!(expected.len() > 100 && expected.iter().any(|row| !row[3].is_empty()));

    let answer = anna.get("/transport-jobs.csv").await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let records = csv_records(&answer.body);
    assert_eq!(records[0], HEADINGS);
    let harmless = |text: &String| {
        let is_formula = text.starts_with(['=', '+', '-', '@']);
        if is_formula {
            format!("'{text}")
        } else {
            text.clone()
        }
    };
    let neutral: Vec<Vec<String>> = expected
        .iter()
        .map(|row| row.iter().map(harmless).collect())
        .collect();
    assert_eq!(records[1..], neutral);

    let answer = anna.get("/transport-jobs.xlsx").await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let (rows, told) = sheets(&answer.body);
    let records = as_records(&rows);
    assert_eq!(records[0], HEADINGS);
    assert_eq!(records[1..], expected);
    assert_eq!(about(&told, "Rows"), [expected.len().to_string()]);
    assert_eq!(about(&told, "Customers"), [VELDHUIS]);
    assert_eq!(
        about(&told, "As of"),
        ["22 Nov 2026, 11:00 (Europe/Amsterdam)"]
    );
    assert_eq!(about(&told, "Sorted by"), ["Booked, newest first"]);
    assert!(about(&told, "Note").is_empty());
}

#[tokio::test]
async fn an_export_has_the_filters_and_the_order_of_its_list_and_not_its_page() {
    let world = World::new().await;
    let mut katrin = world.signed_in(KATRIN).await;
    for (path, query, name) in [
        (
            "/transport-jobs",
            "customer=Nordlys+Solar+AS&sort=name",
            "Job",
        ),
        (
            "/transport-jobs",
            "status=Completed&booking_date_from=2026-10-01&sort=-total_weight",
            "Job",
        ),
        ("/transport-jobs", "view=late&q=00", "Job"),
        ("/transport-jobs", "view=papers", "Job"),
        ("/warehouse-jobs", "type=Pick&sort=-job_status", "Job"),
        (
            "/inbound-orders",
            "docstatus=Draft&docstatus=Submitted",
            "Order",
        ),
    ] {
        let names = all_names(&mut katrin, &format!("{path}?{query}")).await;
        assert!(!names.is_empty(), "{query}");
        let answer = katrin
            .get(&format!("{path}.csv?{query}&page=7&page_size=20"))
            .await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let records = csv_records(&answer.body);
        assert_eq!(column(&records, name), names, "{query}");
        let customers = column(&records, "Customer");
        assert!(
            customers.iter().all(|customer| !customer.is_empty()),
            "whose each row is"
        );
        let (rows, _) = sheets(
            &katrin
                .get(&format!("{path}.xlsx?{query}&page=7"))
                .await
                .body,
        );
        assert_eq!(column(&as_records(&rows), name), names, "{query}");
    }
    let answer = katrin
        .get("/transport-jobs.xlsx?status=Completed&view=late&booking_date_from=2026-01-02")
        .await;
    let (rows, told) = sheets(&answer.body);
    assert_eq!(rows.height(), 1, "nothing but headings");
    assert_eq!(about(&told, "Status"), ["Completed"]);
    assert_eq!(about(&told, "View"), ["Late"]);
    assert_eq!(about(&told, "Booked"), ["from 2 Jan 2026"]);
}

#[tokio::test]
async fn the_stock_goes_out_row_by_row_as_the_page_has_it() {
    let world = World::new().await;
    let mut anna = world.signed_in(ANNA).await;
    let bins = bins_of(&[VELDHUIS.to_owned()]);
    for query in ["sort=-actual_qty", "group=warehouse&hide_zero=1"] {
        let mut shown = Vec::new();
        for page in 1.. {
            let list = anna
                .json(&format!("/stock-balance?{query}&page={page}"))
                .await
                .json();
            let rows = list["rows"].as_array().expect("rows").clone();
            if rows.is_empty() {
                break;
            }
            shown.extend(rows);
        }
        let records = csv_records(
            &anna
                .get(&format!("/stock-balance.csv?{query}&page=3"))
                .await
                .body,
        );
        let (rows, told) = sheets(&anna.get(&format!("/stock-balance.xlsx?{query}")).await.body);
        assert_eq!(
            column(&as_records(&rows), "On hand"),
            column(&records, "On hand")
        );
        assert_eq!(about(&told, "Rows"), [shown.len().to_string()]);
        for (heading, field) in [
            ("Item", "item_code"),
            ("Item name", "item_name"),
            ("Unit", "stock_uom"),
        ] {
            let of_page: Vec<_> = shown
                .iter()
                .map(|row| text(row, field).to_owned())
                .collect();
            assert_eq!(column(&as_records(&rows), heading), of_page, "{query}");
        }
        for (heading, field) in [("On hand", "actual_qty"), ("Projected", "projected_qty")] {
            let of_page: Vec<_> = shown
                .iter()
                .map(|row| (row[field].as_f64().expect("a number") + 0.0).to_string())
                .collect();
            assert_eq!(column(&records, heading), of_page, "{query}");
        }
    }
    let records = csv_records(&anna.get("/stock-balance.csv").await.body);
    assert_eq!(records.len() - 1, bins.len());
    let bad = anna.get("/stock-balance.csv?warehouse=Elsewhere").await;
    assert_eq!(bad.status, 400);
}

#[tokio::test]
async fn what_looks_like_a_formula_is_text_and_other_peoples_letters_stay() {
    let world = World::new().await;
    let jobs = annas_jobs();
    let texts = [
        "=HYPERLINK(\"http://x.example\",\"y\")",
        "+31 20 5551234",
        "-2+3",
        "@SUM(A1)",
        "Łódź „№“ 🚚 ß",
        "one, \"two\"; three",
        "first\nsecond",
    ];
    for (job, reference) in jobs.iter().zip(texts) {
        let name = text(job, "name");
        world
            .site
            .set_record_field("Transport Job", name, "customer_ref_no", json!(reference));
    }
    let mut anna = world.signed_in(ANNA).await;
    let records = csv_records(&anna.get("/transport-jobs.csv").await.body);
    let written = column(&records, "Your reference");
    for (at, reference) in texts.iter().enumerate() {
        let neutral = if at < 4 {
            format!("'{reference}")
        } else {
            (*reference).to_owned()
        };
        assert_eq!(written[at], neutral);
    }
    let (rows, _) = sheets(&anna.get("/transport-jobs.xlsx").await.body);
    assert_eq!(
        column(&as_records(&rows), "Your reference")[..texts.len()],
        texts
    );
}

#[tokio::test]
async fn a_bound_that_leaves_rows_out_is_told_in_the_file() {
    let world = World::with("exports.rows = 10").await;
    let mut anna = world.signed_in(ANNA).await;
    for path in ["/transport-jobs", "/stock-balance"] {
        let records = csv_records(&anna.get(&format!("{path}.csv")).await.body);
        assert_eq!(records.len(), 12, "headings, ten rows, a note");
        assert!(
            records[11][0].starts_with("# There are more rows than these 10"),
            "{:?}",
            records[11]
        );
        assert!(records[11][1..].iter().all(String::is_empty));
        let (rows, told) = sheets(&anna.get(&format!("{path}.xlsx")).await.body);
        assert_eq!(rows.height(), 11);
        assert!(about(&told, "Note")[0].starts_with("There are more rows"));
    }
    let few = annas_jobs().len();
    let world = World::with(&format!("exports.rows = {few}")).await;
    let mut anna = world.signed_in(ANNA).await;
    let records = csv_records(&anna.get("/transport-jobs.csv").await.body);
    assert_eq!(
        records.len(),
        few + 1,
        "a bound that is met leaves nothing out"
    );
}

/// More of Anna's warehouse jobs than two pieces hold; these are newer than all others.
fn add_many(world: &World, many: std::ops::Range<u32>) {
    let job = jobs_of("warehouse_job", &[VELDHUIS]).remove(0);
    for number in many {
        let mut job = job.clone();
        job["name"] = json!(format!("WJ-{number:010}"));
        job["job_open_date"] = json!("2027-01-01");
        world.site.insert_record("Warehouse Job", job);
    }
}

const FIRST: u32 = 5_000_000;

/// Begins an export of warehouse jobs and waits until its second piece is asked for and held back.
async fn begun(
    world: &World,
    visitor: &Visitor,
    path: &'static str,
) -> tokio::task::JoinHandle<reqwest::Result<(u16, Vec<u8>)>> {
    world.site.clear_requests();
    // Rows and count go together; the second piece is alone.
    world.site.hold(2);
    let request = visitor.request(Method::GET, path);
    let asking = tokio::spawn(async move {
        #[expect(
            clippy::disallowed_methods,
            reason = "this is a browser, not the portal"
        )]
        let response = request.send().await?;
        let status = response.status().as_u16();
        Ok((status, response.bytes().await?.to_vec()))
    });
    while world.site.requests().len() < 3 {
        tokio::task::yield_now().await;
    }
    asking
}

#[tokio::test]
async fn a_list_that_changes_meanwhile_gives_no_row_twice_and_says_so() {
    let world = World::new().await;
    add_many(&world, FIRST..FIRST + 2_500);
    let anna = world.signed_in(ANNA).await;
    let asking = begun(&world, &anna, "/warehouse-jobs.csv?sort=-name").await;
    add_many(&world, FIRST + 2_500..FIRST + 2_510);
    world.site.hold(0);
    let (status, body) = asking.await.expect("no panic").expect("a whole answer");
    assert_eq!(status, 200);
    let records = csv_records(&body);
    let names = column(&records, "Job");
    let known = names
        .iter()
        .filter(|name| name.starts_with("WJ-0005"))
        .count();
    assert_eq!(known, 2_500, "those that were there, each once");
    let mut different = names.clone();
    different.sort();
    different.dedup();
    assert_eq!(different.len(), names.len());
    let note = &records.last().expect("a note")[0];
    assert!(note.starts_with("# The list changed while"), "{note}");
}

#[tokio::test]
async fn a_download_that_could_not_be_finished_looks_broken() {
    for trouble in ["outage", "session", "permission"] {
        let world = World::new().await;
        add_many(&world, FIRST..FIRST + 2_500);
        let anna = world.signed_in(ANNA).await;
        let asking = begun(&world, &anna, "/warehouse-jobs.csv").await;
        match trouble {
            "outage" => world.site.set_fault(Some(quayfront::demo::Fault::Refuse)),
            "session" => world.site.kill_sessions(ANNA),
            _ => {
                world.site.remove_user_permissions(ANNA);
                world
                    .site
                    .add_user_permission(ANNA, "Customer", "Nordlys Solar AS", None);
                world.seconds_pass(31);
            }
        }
        world.site.hold(0);
        let answer = asking.await.expect("no panic");
        assert!(answer.is_err(), "{trouble}: {answer:?}");
        world.settled().await;
    }
}

#[tokio::test]
async fn a_file_that_could_not_be_made_is_a_page_that_says_so() {
    let world = World::new().await;
    add_many(&world, FIRST..FIRST + 2_500);
    let anna = world.signed_in(ANNA).await;
    let asking = begun(&world, &anna, "/warehouse-jobs.xlsx").await;
    world.site.set_fault(Some(quayfront::demo::Fault::Refuse));
    world.site.hold(0);
    let (status, body) = asking.await.expect("no panic").expect("a page");
    assert_eq!(status, 503);
    assert!(String::from_utf8_lossy(&body).contains("does not answer"));

    let world = World::with("exports.file = \"10 KiB\"").await;
    let mut anna = world.signed_in(ANNA).await;
    let answer = anna.get("/transport-jobs.xlsx").await;
    assert_eq!(answer.status, 422);
    assert!(answer.text().contains("too much for one file"));
}

#[tokio::test]
async fn whoever_leaves_ends_the_work_for_him() {
    for path in ["/warehouse-jobs.csv", "/warehouse-jobs.xlsx"] {
        let world = World::with("exports.at_once = 1").await;
        add_many(&world, FIRST..FIRST + 9_000);
        let mut anna = world.signed_in(ANNA).await;
        // The stock is remembered: to ask for it takes a turn, and no question.
        anna.get("/stock-balance").await;
        let asking = begun(&world, &anna, path).await;
        asking.abort();
        assert!(asking.await.is_err(), "he has left");
        // His turn is given back while his question is still held.
        while anna.get("/stock-balance.csv").await.status == 503 {
            tokio::task::yield_now().await;
        }
        world.site.hold(0);
        world.settled().await;
        let pieces = world
            .asked()
            .iter()
            .filter(|path| path.contains("Warehouse%20Job"))
            .count();
        assert_eq!(pieces, 2, "{path}: the first, and the one under way");
    }
}

#[tokio::test]
async fn few_exports_are_made_at_once_and_fewer_for_one_user() {
    let world = World::with("[exports]\nat_once = 2\neach_user = 1").await;
    let mut anna = world.signed_in(ANNA).await;
    let mut siobhan = world.signed_in(SIOBHAN).await;
    let mut katrin = world.signed_in(KATRIN).await;
    world.site.clear_requests();
    world.site.hold(1_000);
    let export = |visitor: &Visitor| {
        let mut visitor = visitor.clone();
        tokio::spawn(async move { visitor.get("/transport-jobs.csv").await })
    };
    let first = export(&anna);
    while world.site.requests().len() < 2 {
        tokio::task::yield_now().await;
    }
    let refused = anna.get("/transport-jobs.xlsx").await;
    assert_eq!((refused.status, refused.header("retry-after")), (429, "10"));
    assert!(refused.text().contains("Too many downloads at once"));
    let second = export(&siobhan);
    while world.site.requests().len() < 4 {
        tokio::task::yield_now().await;
    }
    let refused = katrin.json("/transport-jobs.csv").await;
    assert_eq!(
        (refused.status, refused.header("content-type")),
        (503, "application/problem+json")
    );
    world.site.hold(0);
    for asking in [first, second] {
        assert_eq!(asking.await.expect("no panic").status, 200);
    }
    world.settled().await;
    assert_eq!(katrin.get("/transport-jobs.csv").await.status, 200);
    assert_eq!(siobhan.get("/transport-jobs.xlsx").await.status, 200);
}

#[tokio::test]
async fn users_who_export_the_same_at_the_same_time_ask_for_themselves() {
    let world = World::new().await;
    let users = [ANNA, JAN, SIOBHAN, KATRIN];
    let mut visitors = Vec::new();
    for user in users {
        visitors.push(world.signed_in(user).await);
    }
    world.site.clear_requests();
    let answers: Vec<_> = visitors
        .into_iter()
        .map(|mut visitor| {
            tokio::spawn(async move { visitor.get("/transport-jobs.csv?sort=name").await })
        })
        .collect();
    let mut bodies = Vec::new();
    for answer in answers {
        bodies.push(answer.await.expect("no panic").body);
    }
    assert_eq!(bodies[0], bodies[1], "one customer, two users");
    let names: Vec<_> = bodies
        .iter()
        .map(|body| column(&csv_records(body), "Job"))
        .collect();
    assert!(
        names[2]
            .iter()
            .chain(&names[3])
            .all(|name| !names[0].contains(name))
    );
    for user in users {
        let asked = world.site.requests().into_iter().filter(|request| {
            request.user.as_deref() == Some(user) && request.path.ends_with("Transport%20Job")
        });
        assert_eq!(asked.count(), 1, "{user}");
    }
}

#[tokio::test]
async fn an_export_is_an_attachment_that_nobody_keeps() {
    let world = World::new().await;
    let mut anna = world.signed_in(ANNA).await;
    for (path, kind, name) in [
        (
            "/transport-jobs.csv",
            "text/csv; charset=utf-8; header=present",
            "Transport jobs 2026-11-22.csv",
        ),
        (
            "/stock-balance.xlsx",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            "Stock balance 2026-11-22.xlsx",
        ),
    ] {
        let whole = anna.get(path).await;
        world.site.clear_requests();
        let head = anna.ask(anna.request(Method::HEAD, path)).await;
        assert!(head.body.is_empty());
        assert!(world.asked().is_empty(), "nothing is read for its headers");
        for answer in [&head, &whole] {
            assert_eq!(answer.status, 200);
            assert_eq!(answer.header("content-type"), kind);
            assert_eq!(
                answer.header("content-disposition"),
                format!("attachment; filename=\"{name}\"")
            );
            assert_eq!(answer.header("cache-control"), "private, no-store");
            assert_eq!(answer.header("x-content-type-options"), "nosniff");
        }
        assert_eq!(head.header("content-length"), "");
        let length = if path.ends_with("xlsx") {
            whole.body.len().to_string()
        } else {
            String::new()
        };
        assert_eq!(whole.header("content-length"), length);
    }
}

#[tokio::test]
async fn what_an_export_refuses_its_list_refuses_too() {
    let world = World::new().await;
    let mut anna = world.signed_in(ANNA).await;
    for query in [
        "page=0",
        "status=Nope",
        "sort=customer",
        "page_size=7",
        "q=x",
        "customer=Nordlys+Solar+AS",
    ] {
        let list = anna.json(&format!("/transport-jobs?{query}")).await;
        assert!([400, 403].contains(&list.status), "{query}");
        for form in ["csv", "xlsx"] {
            world.site.clear_requests();
            let export = anna.json(&format!("/transport-jobs.{form}?{query}")).await;
            assert_eq!(export.status, list.status, "{query}");
            assert_eq!(export.json()["detail"], list.json()["detail"], "{query}");
            assert!(world.asked().is_empty(), "{query}");
        }
    }
    let mut nobody = world.visitor();
    assert_eq!(nobody.json("/transport-jobs.csv").await.status, 401);
    assert_eq!(nobody.get("/stock-balance.xlsx").await.status, 303);
}

#[tokio::test]
async fn a_list_has_links_to_its_exports_with_what_is_chosen() {
    let world = World::new().await;
    let mut anna = world.signed_in(ANNA).await;
    let page = anna
        .get("/transport-jobs?status=Completed&sort=name&page_size=50&page=1")
        .await
        .text();
    assert!(
        page.contains("href=\"/transport-jobs.csv?status=Completed&amp;sort=name\""),
        "{page}"
    );
    assert!(
        page.contains("href=\"/transport-jobs.xlsx?status=Completed&amp;sort=name\" data-making"),
        "{page}"
    );
    let page = anna
        .get("/stock-balance?hide_zero=1&page_size=50")
        .await
        .text();
    assert!(
        page.contains("href=\"/stock-balance.csv?hide_zero=1\""),
        "{page}"
    );
    let empty = anna
        .get("/transport-jobs?q=there+is+no+such+job")
        .await
        .text();
    assert!(!empty.contains(".csv"), "nothing is nothing to take away");
}
