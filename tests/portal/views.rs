//! Views: named presets of a list.

use serde_json::{Value, json};

use crate::support::truth::{customers_of, expected, is_in_view, jobs_of, text};
use crate::support::walk::{all_names, names, sorted};
use crate::support::{ANNA, KATRIN, PIOTR, SIOBHAN, VELDHUIS, Visitor, World, filters_of};

const PIOTRS: &str = "Łódź Ceramika Sp. z o.o.";

/// The views of both kinds of job.
const VIEWS: [(&str, &str, &str); 7] = [
    ("transport-jobs", "transport_job", "late"),
    ("transport-jobs", "transport_job", "under-way"),
    ("transport-jobs", "transport_job", "papers"),
    ("warehouse-jobs", "warehouse_job", "late"),
    ("warehouse-jobs", "warehouse_job", "under-way"),
    ("warehouse-jobs", "warehouse_job", "papers"),
    ("warehouse-jobs", "warehouse_job", "operations-under-way"),
];

/// The jobs of a view, from the records.
fn truth(file: &str, view: &str, customers: &[&str]) -> Vec<Value> {
    let mut jobs = jobs_of(file, customers);
    jobs.retain(|job| is_in_view(view, file, job));
    jobs
}

async fn total(visitor: &mut Visitor, address: &str) -> u64 {
    let list = visitor.json(address).await.json();
    list["total"].as_u64().expect("a total")
}

#[tokio::test]
async fn a_view_holds_exactly_the_jobs_that_it_says() {
    let world = World::new().await;
    for user in [ANNA, KATRIN, SIOBHAN, PIOTR] {
        let mut customers = customers_of(user);
        if user == PIOTR {
            customers = vec![PIOTRS.to_owned()];
        }
        let customers: Vec<&str> = customers.iter().map(String::as_str).collect();
        let mut visitor = world.signed_in(user).await;
        for (page, file, view) in VIEWS {
            let address = format!("/{page}?view={view}");
            assert_eq!(
                sorted(all_names(&mut visitor, &address).await),
                expected(truth(file, view, &customers)),
                "{user}, {address}"
            );
        }
    }
}

#[tokio::test]
async fn every_view_leaves_something_in_and_something_out() {
    for (_, file, view) in VIEWS {
        let all = jobs_of(file, &[VELDHUIS]).len();
        let found = truth(file, view, &[VELDHUIS]).len();
        assert!(0 < found && found < all, "{file}, {view}: {found} of {all}");
    }
}

#[tokio::test]
async fn a_view_goes_with_filters_customers_order_and_search() {
    let world = World::new().await;
    let mut katrin = world.signed_in(KATRIN).await;
    let customers = customers_of(KATRIN);
    let customers: Vec<&str> = customers.iter().map(String::as_str).collect();
    let of = |view: &str, keep: &dyn Fn(&Value) -> bool| {
        let mut jobs = truth("transport_job", view, &customers);
        let all = jobs.len();
        jobs.retain(|job| keep(job));
        assert!(
            !jobs.is_empty() && jobs.len() < all,
            "{view}: {}",
            jobs.len()
        );
        expected(jobs)
    };
    let found = |job: &Value| {
        ["name", "customer_ref_no", "container_no"]
            .iter()
            .any(|field| text(job, field).to_lowercase().contains("45"))
    };
    for view in ["late", "papers", "under-way"] {
        let address = format!("/transport-jobs?view={view}");
        assert_eq!(
            sorted(all_names(&mut katrin, &format!("{address}&status=In+Progress")).await),
            of(view, &|job| text(job, "status") == "In Progress"),
            "{view}"
        );
        assert_eq!(
            sorted(all_names(&mut katrin, &format!("{address}&customer=Nordlys+Solar+AS")).await),
            of(view, &|job| text(job, "customer") == "Nordlys Solar AS"),
            "{view}"
        );
        assert_eq!(
            sorted(all_names(&mut katrin, &format!("{address}&q=45")).await),
            of(view, &found),
            "{view}"
        );
        let by_name = all_names(&mut katrin, &format!("{address}&sort=-name&page_size=50")).await;
        let mut largest_first = expected(truth("transport_job", view, &customers));
        largest_first.reverse();
        assert_eq!(by_name, largest_first, "{view}");
    }
}

/// Frappe knows one group of alternatives in a question; "late" is one and the search is another.
#[tokio::test]
async fn alternatives_of_a_view_and_of_a_search_never_mix() {
    let world = World::new().await;
    let mut anna = world.signed_in(ANNA).await;
    world.site.clear_requests();
    anna.json("/transport-jobs?view=late&q=TRJ").await;
    for request in world.site.requests() {
        let parameter = |name: &str| {
            let mut query = request.query.iter();
            let found = query.find(|(parameter, _)| parameter == name);
            found.map_or("", |(_, value)| value.as_str())
        };
        let alternatives = parameter("or_filters");
        assert!(
            !(alternatives.contains("sla_status") && alternatives.contains("like")),
            "{alternatives}"
        );
        if alternatives.contains("like") {
            let fields: Vec<_> = filters_of(&request)
                .into_iter()
                .map(|(field, _)| field)
                .collect();
            assert!(fields.contains(&"name".to_owned()), "{fields:?}");
        }
    }
}

#[tokio::test]
async fn the_sites_midnight_decides_what_is_late() {
    let world = World::new().await;
    let mut jobs = jobs_of("transport_job", &[VELDHUIS]);
    jobs.retain(|job| !is_in_view("late", "transport_job", job));
    let job = jobs.iter().find(|job| text(job, "status") == "Submitted");
    let name = text(job.expect("a job under way"), "name");
    for (field, value) in [
        ("scheduled_date", json!("2026-11-22")),
        ("sla_status", json!("On Track")),
    ] {
        world
            .site
            .set_record_field("Transport Job", name, field, value);
    }
    let is_late = async || {
        let mut anna = world.signed_in(ANNA).await;
        let list = anna.json("/transport-jobs?view=late&page_size=100").await;
        names(&list.json()).contains(&name.to_owned())
    };
    assert!(!is_late().await);
    // In Amsterdam it is 11:00; a second before midnight it is still the job's day.
    world.seconds_pass(13 * 3600 - 1);
    assert!(!is_late().await);
    world.seconds_pass(1);
    assert!(is_late().await, "at once, and not when memory is over");
}

#[tokio::test]
async fn a_job_without_a_date_is_not_late_by_it() {
    let world = World::new().await;
    let late = truth("transport_job", "late", &[VELDHUIS]);
    let job = late
        .iter()
        .find(|job| text(job, "sla_status") != "Breached")
        .expect("one that is late by its date alone");
    world.site.set_record_field(
        "Transport Job",
        text(job, "name"),
        "scheduled_date",
        Value::Null,
    );
    let mut anna = world.signed_in(ANNA).await;
    assert_eq!(
        total(&mut anna, "/transport-jobs?view=late").await,
        late.len() as u64 - 1
    );
}

#[tokio::test]
async fn a_job_without_a_customer_is_in_nobodys_view() {
    let world = World::new().await;
    for (page, file, view) in VIEWS {
        let doctype = match file {
            "transport_job" => "Transport Job",
            _ => "Warehouse Job",
        };
        let jobs = truth(file, view, &[VELDHUIS]);
        let name = text(&jobs[0], "name");
        world
            .site
            .set_record_field(doctype, name, "customer", "".into());
        let mut anna = world.signed_in(ANNA).await;
        let shown = all_names(&mut anna, &format!("/{page}?view={view}")).await;
        assert!(!shown.contains(&name.to_owned()), "{page}, {view}");
        world
            .site
            .set_record_field(doctype, name, "customer", VELDHUIS.into());
        world.answers_expire();
    }
}

/// Frappe would answer the papers of all customers' jobs (`child_job_document_other_customer`).
#[tokio::test]
async fn papers_are_asked_for_jobs_that_are_provably_the_customers_and_for_no_others() {
    let world = World::new().await;
    let mut piotr = world.signed_in(PIOTR).await;
    world.site.clear_requests();
    piotr.json("/transport-jobs?view=papers").await;
    let requests = world.site.requests();
    let papers: Vec<_> = requests
        .iter()
        .filter(|request| {
            request.path.ends_with("Job%20Document") || request.path.ends_with("Job Document")
        })
        .collect();
    assert_eq!(papers.len(), 1, "{requests:?}");
    let filters = filters_of(papers[0]);
    assert_eq!(filters[0].0, "parent");
    let parents: Vec<String> = serde_json::from_str(&filters[0].1).expect("names");
    let mut jobs = jobs_of("transport_job", &[PIOTRS]);
    jobs.retain(|job| text(job, "status") != "Cancelled");
    assert_eq!(sorted(parents), expected(jobs));
    // Nor for papers that came: a start page remembers what is answered.
    let of = |field: &str| filters.iter().any(|(known, _)| known == field);
    assert!(of("date_received") && of("status"), "{filters:?}");
}

#[tokio::test]
async fn papers_of_more_jobs_than_fit_one_question_are_all_looked_at() {
    const MORE: usize = 1_100;
    let world = World::new().await;
    let before = truth("transport_job", "papers", &[VELDHUIS]);
    let lacking = &before[0];
    let paper = lacking["documents"]
        .as_array()
        .expect("papers")
        .iter()
        .find(|paper| paper["is_required"] == 1 && text(paper, "date_received").is_empty())
        .expect("a paper that is not there");
    for number in 0..MORE {
        let name = format!("TRJ1{number:08}");
        let mut job = lacking.clone();
        let mut paper = paper.clone();
        paper["name"] = json!(format!("paper-{number}"));
        paper["parent"] = json!(name);
        job["name"] = json!(name);
        for table in ["legs", "milestones", "packages", "charges"] {
            job[table] = json!([]);
        }
        // Every other one has all its papers.
        job["documents"] = if number % 2 == 0 {
            json!([paper])
        } else {
            json!([])
        };
        world.site.insert_record("Transport Job", job);
    }
    let mut anna = world.signed_in(ANNA).await;
    let expected = (before.len() + MORE / 2) as u64;
    assert_eq!(
        total(&mut anna, "/transport-jobs?view=papers").await,
        expected
    );
    assert_eq!(
        all_names(&mut anna, "/transport-jobs?view=papers&page_size=100")
            .await
            .len() as u64,
        expected
    );
    let list = anna.json("/transport-jobs?view=papers").await.json();
    assert_eq!(list["complete"], true);
}

#[tokio::test]
async fn a_paper_counts_as_the_page_of_its_job_says() {
    let world = World::new().await;
    let mut anna = world.signed_in(ANNA).await;
    let shown = all_names(&mut anna, "/transport-jobs?view=papers").await;
    for job in jobs_of("transport_job", &[VELDHUIS]).iter().take(60) {
        let name = text(job, "name");
        let page = anna.json(&format!("/transport-jobs/{name}")).await.json();
        let papers = page["documents"].as_array().expect("papers");
        let lacks = papers.iter().any(|paper| {
            paper["is_required"] == true && ["missing", "overdue"].contains(&text(paper, "problem"))
        });
        let is_open = text(job, "status") != "Cancelled";
        assert_eq!(shown.contains(&name.to_owned()), lacks && is_open, "{name}");
    }
}

/// A page whose operations stand in a DocType that its user may not read.
fn refused() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join("pages")).expect("made");
    let page = include_str!("../../config/pages/warehouse-jobs.toml")
        .replace(
            "child_doctype = \"Warehouse Job Operations\"",
            "child_doctype = \"Transport Leg\"",
        )
        .replace(
            "name = [\"description\", \"operation\"]",
            "name = [\"name\"]",
        )
        .replace("start = \"start_date\"", "start = \"creation\"")
        .replace("end = \"end_date\"", "end = \"modified\"")
        .replace(
            "label = \"Being worked on\"",
            "label = \"Being worked on\"\nattention = true",
        );
    std::fs::write(folder.path().join("pages/warehouse-jobs.toml"), page).expect("written");
    folder
}

#[tokio::test]
async fn what_frappe_refuses_is_not_shown_as_nothing() {
    let folder = refused();
    let settings = format!(
        "[pages]\nmenu = [\"transport-jobs\", \"warehouse-jobs\"]\nfolder = \"{}\"\n",
        folder.path().display()
    );
    let world = World::with(&settings).await;
    let mut anna = world.signed_in(ANNA).await;
    let answer = anna.get("/warehouse-jobs?view=operations-under-way").await;
    assert_eq!(answer.status, 403, "{}", answer.text());
    assert!(
        answer.text().contains("we cannot say what belongs in it"),
        "{}",
        answer.text()
    );
    assert_eq!(anna.get("/warehouse-jobs?view=late").await.status, 200);
    let home = anna.get("/").await;
    assert_eq!(home.status, 200);
    let text = home.text();
    assert!(
        text.contains(
            "could not find out which of your warehouse jobs belong under “Being worked on”"
        ) && text.contains("/warehouse-jobs?view=late"),
        "{text}"
    );
    let home = anna.json("/").await.json();
    let unknown: Vec<&Value> = home["attention"]
        .as_array()
        .expect("views")
        .iter()
        .filter(|view| view["count"].is_null())
        .map(|view| &view["view"])
        .collect();
    assert_eq!(unknown, ["operations-under-way"]);
}

#[tokio::test]
async fn the_views_are_tabs_that_keep_the_customer_and_begin_at_the_first_page() {
    let world = World::new().await;
    let mut katrin = world.signed_in(KATRIN).await;
    let page = katrin
        .get("/transport-jobs?view=under-way&customer=Nordlys+Solar+AS&page=2&page_size=50&q=TRJ")
        .await
        .text();
    for expected in [
        "href=\"/transport-jobs?customer=Nordlys+Solar+AS&amp;page_size=50\">All</a>",
        "href=\"/transport-jobs?view=late&amp;customer=Nordlys+Solar+AS&amp;page_size=50\">Late</a>",
        "href=\"/transport-jobs?view=under-way&amp;customer=Nordlys+Solar+AS&amp;page_size=50\" aria-current=\"true\">Under way</a>",
        "<input type=\"hidden\" name=\"view\" value=\"under-way\">",
    ] {
        assert!(page.contains(expected), "{expected}: {page}");
    }
    let plain = katrin.get("/transport-jobs").await.text();
    assert!(plain.contains("aria-current=\"true\">All</a>"), "{plain}");
}

#[tokio::test]
async fn a_view_with_nothing_in_it_says_so_and_leads_to_the_whole_list() {
    let world = World::new().await;
    let mut maeve = world.signed_in(crate::support::MAEVE).await;
    for view in ["late", "papers"] {
        let page = maeve.get(&format!("/transport-jobs?view={view}")).await;
        assert_eq!(page.status, 200);
        assert!(
            page.text().contains("Nothing here right now")
                && page.text().contains("Show all transport jobs"),
            "{}",
            page.text()
        );
        let list = maeve
            .json(&format!("/transport-jobs?view={view}"))
            .await
            .json();
        assert_eq!((&list["total"], &list["view"]), (&json!(0), &json!(view)));
    }
}
