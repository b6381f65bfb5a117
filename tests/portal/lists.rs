//! Lists: rows, filters, order, pages, customers.

use serde_json::{Value, json};

use crate::support::truth::{expected, jobs_of, text};
use crate::support::walk::{all_names, names, sorted};
use crate::support::{
    ANNA, KATRIN, LUCIA, Log, MAEVE, METTE, PIOTR, TOM, VELDHUIS, Visitor, World, filters_of,
};

const KATRINS: [&str; 3] = [
    "Azulejos del Mediterráneo S.L.",
    "Müller & Söhne GmbH",
    "Nordlys Solar AS",
];

#[tokio::test]
async fn every_job_of_the_customer_stands_on_exactly_one_page_and_no_draft_on_any() {
    let world = World::new().await;
    let mut anna = world.signed_in(ANNA).await;
    for (address, file) in [
        ("/transport-jobs", "transport_job"),
        ("/warehouse-jobs", "warehouse_job"),
        ("/transport-jobs?sort=status", "transport_job"),
        (
            "/warehouse-jobs?sort=-job_status&page_size=50",
            "warehouse_job",
        ),
    ] {
        assert_eq!(
            sorted(all_names(&mut anna, address).await),
            expected(jobs_of(file, &[VELDHUIS])),
            "{address}"
        );
    }
}

#[tokio::test]
async fn the_order_is_the_chosen_one_and_ties_are_broken_by_the_name() {
    let world = World::new().await;
    let mut katrin = world.signed_in(KATRIN).await;
    let mut jobs = jobs_of("transport_job", &KATRINS);
    jobs.sort_by(|one, other| {
        (text(one, "booking_date"), text(one, "name"))
            .cmp(&(text(other, "booking_date"), text(other, "name")))
    });
    let oldest_first: Vec<_> = jobs
        .iter()
        .map(|job| text(job, "name").to_owned())
        .collect();
    assert_eq!(
        all_names(
            &mut katrin,
            "/transport-jobs?sort=booking_date&page_size=50"
        )
        .await,
        oldest_first
    );
    let newest_first: Vec<_> = oldest_first.into_iter().rev().collect();
    assert_eq!(
        all_names(&mut katrin, "/transport-jobs?page_size=100").await,
        newest_first
    );
}

#[tokio::test]
async fn filters_combine_and_are_kept_in_the_address() {
    let world = World::new().await;
    let mut anna = world.signed_in(ANNA).await;
    let address = "/transport-jobs?status=Completed&status=In+Progress&booking_date_from=2026-10-20&booking_date_to=2026-11-10";
    let mut jobs = jobs_of("transport_job", &[VELDHUIS]);
    jobs.retain(|job| ["Completed", "In Progress"].contains(&text(job, "status")));
    let days = || jobs.iter().map(|job| text(job, "booking_date"));
    assert!(
        days().any(|day| day < "2026-10-20") && days().any(|day| day > "2026-11-10"),
        "each end leaves something out"
    );
    jobs.retain(|job| ("2026-10-20"..="2026-11-10").contains(&text(job, "booking_date")));
    let wanted = expected(jobs);
    assert!(wanted.len() > 5);
    assert_eq!(sorted(all_names(&mut anna, address).await), wanted);
    let page = anna.get(&format!("{address}&page_size=50")).await.text();
    for kept in [
        "status=Completed&amp;status=In+Progress",
        "booking_date_from=2026-10-20",
        "page_size=50",
        "value=\"2026-11-10\"",
    ] {
        assert!(page.contains(kept), "{kept}");
    }
}

#[tokio::test]
async fn a_search_finds_a_part_of_any_searched_field_whatever_its_case() {
    let world = World::new().await;
    let mut anna = world.signed_in(ANNA).await;
    let wanted = expected(
        jobs_of("transport_job", &[VELDHUIS])
            .into_iter()
            .filter(|job| {
                ["name", "customer_ref_no", "container_no"]
                    .iter()
                    .any(|field| text(job, field).to_lowercase().contains("po-6"))
            }),
    );
    assert!(wanted.len() > 3);
    assert_eq!(
        sorted(all_names(&mut anna, "/transport-jobs?q=pO-6").await),
        wanted
    );
    let nothing = anna
        .get("/transport-jobs?q=there+is+no+such+job")
        .await
        .text();
    assert!(
        nothing.contains("No transport jobs match") && nothing.contains("Clear all filters"),
        "{nothing}"
    );
}

#[tokio::test]
async fn one_chooses_among_ones_customers_and_nobody_elses() {
    let world = World::new().await;
    let mut katrin = world.signed_in(KATRIN).await;
    let all = katrin.json("/transport-jobs").await.json();
    assert_eq!(
        (all["customers"].clone(), all["total"].clone()),
        (json!(KATRINS), json!(238))
    );
    let two = katrin
        .json("/transport-jobs?customer=M%C3%BCller+%26+S%C3%B6hne+GmbH&customer=Nordlys+Solar+AS")
        .await
        .json();
    assert_eq!(two["total"], json!(180));
    assert_eq!(
        sorted(
            all_names(
                &mut katrin,
                "/transport-jobs?customer=Nordlys+Solar+AS&page_size=100"
            )
            .await
        ),
        expected(jobs_of("transport_job", &["Nordlys Solar AS"]))
    );
    for foreign in [
        "Veldhuis+Specialty+Foods+BV",
        "nordlys+solar+as",
        "Nordlys+Solar+AS&customer=Veldhuis+Specialty+Foods+BV",
    ] {
        let answer = katrin
            .get(&format!("/transport-jobs?customer={foreign}"))
            .await;
        assert_eq!(answer.status, 403, "{foreign}");
        assert!(answer.text().contains("Not one of your customers"));
    }
}

#[tokio::test]
async fn a_user_whom_frappe_shows_everything_sees_his_own_customer_alone() {
    let world = World::new().await;
    let mut piotr = world.signed_in(PIOTR).await;
    let own = jobs_of("transport_job", &["Łódź Ceramika Sp. z o.o."]);
    assert_eq!(
        sorted(all_names(&mut piotr, "/transport-jobs?page_size=100").await),
        expected(own)
    );
    let own = jobs_of("warehouse_job", &["Łódź Ceramika Sp. z o.o."]);
    assert_eq!(
        sorted(all_names(&mut piotr, "/warehouse-jobs?page_size=100").await),
        expected(own)
    );
}

#[tokio::test]
async fn a_permission_that_applies_to_another_doctype_opens_that_one_alone() {
    let world = World::new().await;
    let mut mette = world.signed_in(METTE).await;
    assert_eq!(
        mette.json("/warehouse-jobs").await.json()["total"],
        json!(29)
    );
    let answer = mette.get("/transport-jobs").await;
    assert_eq!(answer.status, 403);
    let home = mette.get("/").await.text();
    assert!(
        home.contains("href=\"/warehouse-jobs\"") && !home.contains("href=\"/transport-jobs\""),
        "{home}"
    );
}

#[tokio::test]
async fn nobodys_customer_sees_no_data_and_what_is_missing() {
    let world = World::new().await;
    let mut tom = world.signed_in(TOM).await;
    world.site.clear_requests();
    for address in [
        "/",
        "/transport-jobs",
        "/warehouse-jobs",
        "/transport-jobs/TRJ000000648",
    ] {
        let answer = tom.get(address).await;
        assert_eq!(answer.status, 403, "{address}");
        assert!(
            answer.text().contains(TOM) && answer.text().contains("User Permission"),
            "{}",
            answer.text()
        );
    }
    assert!(
        world
            .asked()
            .iter()
            .all(|path| !path.contains("/Transport%20Job")),
        "and no row is asked for in his name"
    );
}

#[tokio::test]
async fn a_customer_without_jobs_is_told_so() {
    let world = World::new().await;
    let mut maeve = world.signed_in(MAEVE).await;
    let answer = maeve.get("/transport-jobs").await;
    assert_eq!(answer.status, 200);
    assert!(
        answer.text().contains("No transport jobs yet"),
        "{}",
        answer.text()
    );
}

#[tokio::test]
async fn a_doctype_one_may_not_read_is_not_in_the_menu_and_says_so() {
    let world = World::new().await;
    let mut lucia = world.signed_in(LUCIA).await;
    let home = lucia.get("/").await;
    assert_eq!(home.status, 200);
    assert!(
        !home.text().contains("href=\"/transport-jobs\""),
        "{}",
        home.text()
    );
    let answer = lucia.get("/transport-jobs").await;
    assert_eq!(answer.status, 403);
    assert!(
        answer.text().contains("not available for your account"),
        "{}",
        answer.text()
    );
}

#[tokio::test]
async fn the_json_of_a_list_has_the_promised_form() {
    let world = World::new().await;
    let mut anna = world.signed_in(ANNA).await;
    let answer = anna.json("/transport-jobs?page=2&page_size=50").await;
    assert_eq!(answer.header("content-type"), "application/json");
    let list = answer.json();
    let keys: Vec<_> = list
        .as_object()
        .expect("an object")
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(
        keys,
        [
            "page",
            "view",
            "complete",
            "customers",
            "rows",
            "total",
            "page_number",
            "page_size",
            "as_of",
            "stale"
        ]
    );
    assert_eq!(
        (&list["page_number"], &list["page_size"], &list["total"]),
        (&json!(2), &json!(50), &json!(143))
    );
    assert_eq!(
        (&list["as_of"], &list["stale"]),
        (&json!("2026-11-22T10:00:00Z"), &json!(false))
    );
    let row = list["rows"][0].as_object().expect("a row");
    let fields: Vec<_> = row.keys().map(String::as_str).collect();
    assert_eq!(
        fields,
        [
            "customer",
            "name",
            "status",
            "customer_ref_no",
            "legs",
            "booking_date",
            "scheduled_date",
            "transport_job_type",
            "total_packages",
            "total_weight",
            "sla_status"
        ]
    );
}

#[tokio::test]
async fn a_row_tells_where_the_goods_come_from_and_go_to() {
    let world = World::new().await;
    let mut anna = world.signed_in(ANNA).await;
    let list = anna.json("/transport-jobs?page_size=100").await.json();
    let jobs = jobs_of("transport_job", &[VELDHUIS]);
    let mut with_way = 0;
    for row in list["rows"].as_array().expect("rows") {
        let job = jobs
            .iter()
            .find(|job| job["name"] == row["name"])
            .expect("one of hers");
        let Some(legs) = job["legs"].as_array().filter(|legs| !legs.is_empty()) else {
            assert_eq!(row["legs"], Value::Null);
            continue;
        };
        let end = |leg: &Value, fields: [&str; 2]| {
            fields
                .iter()
                .map(|field| text(leg, field).to_owned())
                .find(|text| !text.is_empty())
        };
        assert_eq!(
            row["legs"]["from"].as_str().map(str::to_owned),
            end(&legs[0], ["facility_from", "pick_address"]),
            "{}",
            row["name"]
        );
        assert_eq!(
            row["legs"]["to"].as_str().map(str::to_owned),
            end(&legs[legs.len() - 1], ["facility_to", "drop_address"]),
            "{}",
            row["name"]
        );
        with_way += 1;
    }
    assert!(with_way > 50);
}

#[tokio::test]
async fn as_of_is_told_in_the_sites_time_zone() {
    let world = World::new().await;
    let mut anna = world.signed_in(ANNA).await;
    let page = anna.get("/transport-jobs").await.text();
    assert!(page.contains("22 Nov 2026, 11:00"), "{page}");
    world.seconds_pass(20);
    assert!(
        anna.get("/transport-jobs")
            .await
            .text()
            .contains("2026-11-22T11:00:00+01:00"),
        "remembered rows say of when they are"
    );
}

#[tokio::test]
async fn a_page_past_the_end_leads_back() {
    let world = World::new().await;
    let mut anna = world.signed_in(ANNA).await;
    let answer = anna.get("/transport-jobs?page=99").await;
    assert_eq!(answer.status, 200);
    assert!(answer.text().contains("past the end"), "{}", answer.text());
}

#[tokio::test]
async fn cargonexts_own_routes_lead_here() {
    let world = World::new().await;
    let answer = world.visitor().get("/transport_jobs?customer=x").await;
    assert_eq!(
        (answer.status, answer.header("location")),
        (308, "/transport-jobs")
    );
}

#[tokio::test]
async fn a_row_that_the_database_takes_for_the_customers_is_not_his_by_another_spelling() {
    let world = World::new().await;
    // MariaDB finds it with the customer filter, because it compares without case.
    world.site.set_record_field(
        "Transport Job",
        "TRJ000000648",
        "customer",
        "VELDHUIS specialty foods BV".into(),
    );
    let dropped = |log: &Log| {
        log.lines()
            .iter()
            .filter(|line| line.contains("rows outside the scope") && line.contains("dropped=1"))
            .count()
    };
    let mut anna = world.signed_in(ANNA).await;
    let log = Log::begin();
    let names = all_rows(&mut anna).await;
    assert!(!names.contains(&"TRJ000000648".to_owned()));
    assert_eq!(dropped(&log), 1, "it is not even remembered");
    let log = Log::begin();
    assert_eq!(anna.get("/transport-jobs/TRJ000000648").await.status, 404);
    assert_eq!(dropped(&log), 1, "it is not even remembered");
}

async fn all_rows(visitor: &mut Visitor) -> Vec<String> {
    let mut all = Vec::new();
    for page in 1..=2 {
        all.extend(names(
            &visitor
                .json(&format!("/transport-jobs?page_size=100&page={page}"))
                .await
                .json(),
        ));
    }
    all
}

#[tokio::test]
async fn the_way_of_the_goods_is_asked_for_the_rows_of_the_page_and_for_no_others() {
    let world = World::new().await;
    let mut anna = world.signed_in(ANNA).await;
    world.site.clear_requests();
    let shown = names(&anna.json("/transport-jobs?page_size=20").await.json());
    let requests = world.site.requests();
    let legs = requests
        .iter()
        .find(|request| request.path.ends_with("Legs"))
        .expect("the legs are asked for");
    let filters = filters_of(legs);
    let fields: Vec<_> = filters.iter().map(|filter| filter.0.as_str()).collect();
    assert_eq!(fields, ["parent", "parenttype", "parentfield"]);
    let mut parents: Vec<String> = serde_json::from_str(&filters[0].1).expect("names");
    parents.sort();
    assert_eq!(parents, sorted(shown));
    assert_eq!(
        (filters[1].1.as_str(), filters[2].1.as_str()),
        ("\"Transport Job\"", "\"legs\"")
    );
}

#[tokio::test]
async fn what_one_user_may_not_read_another_may() {
    let world = World::new().await;
    let mut lucia = world.signed_in(LUCIA).await;
    assert_eq!(lucia.get("/transport-jobs").await.status, 403);
    let mut anna = world.signed_in(ANNA).await;
    assert_eq!(anna.get("/transport-jobs").await.status, 200);
    assert_eq!(lucia.get("/transport-jobs").await.status, 403);
}

#[tokio::test]
async fn a_leg_of_a_job_in_another_spelling_is_dropped_before_it_is_remembered() {
    let world = World::new().await;
    let mut job = world
        .site
        .record("Transport Job", "TRJ000000648")
        .expect("a job");
    let legs = job["legs"].as_array_mut().expect("legs");
    for leg in &mut *legs {
        leg["parent"] = json!("trj000000648");
    }
    let legs = format!("dropped={}", legs.len());
    world.site.insert_record("Transport Job", job);
    let mut anna = world.signed_in(ANNA).await;
    let log = Log::begin();
    let list = anna.json("/transport-jobs?q=TRJ000000648").await.json();
    assert_eq!(names(&list), ["TRJ000000648"]);
    assert_eq!(list["rows"][0]["legs"], Value::Null);
    let lines = log.lines();
    assert!(
        lines
            .iter()
            .any(|line| line.contains("rows outside the scope") && line.contains(&legs)),
        "{lines:?}"
    );
}
