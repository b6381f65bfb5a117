//! A document as a PDF: of whom, in which format, and what is said where there is none.

use std::time::Duration;

use quayfront::demo::Fault;
use reqwest::Method;
use serde_json::json;

use crate::support::truth::text;
use crate::support::{ANNA, JAN, MAEVE, METTE, SIOBHAN, Visitor, World};

/// One of Anna's, with everything in it.
const FULL: &str = "TRJ000000648";
/// One of Anna's that Frappe refuses: a charge of it is billed to another customer.
const BILLED_TO_OTHER: &str = "TRJ000000451";
/// One of somebody else's.
const FOREIGN: &str = "TRJ000000448";

const PRINT: &str = "/api/method/frappe.utils.print_format.download_pdf";
const FORMATS: &str = "/api/resource/Print%20Format";

fn address(job: &str) -> String {
    format!("/transport-jobs/{job}/print.pdf")
}

/// The parameters of the print that the site was asked for.
fn printed(world: &World) -> Vec<(String, String)> {
    let requests = world.site.requests();
    let print = requests.iter().find(|request| request.path == PRINT);
    print.expect("a print").query.clone()
}

#[tokio::test]
async fn a_job_is_printed_in_the_format_that_its_page_names() {
    let world = World::printing("").await;
    let mut anna = world.signed_in(ANNA).await;
    let page = anna.get(&format!("/transport-jobs/{FULL}")).await.text();
    for shown in [
        "href=\"/transport-jobs/TRJ000000648/print.pdf\"",
        "href=\"/transport-jobs/TRJ000000648/print.pdf?format=labels\"",
        "Print (PDF)",
        "data-making=",
    ] {
        assert!(page.contains(shown), "{shown}: {page}");
    }
    world.site.clear_requests();
    let answer = anna.get(&address(FULL)).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert!(answer.body.starts_with(b"%PDF-"));
    for (header, expected) in [
        ("content-type", "application/pdf"),
        (
            "content-disposition",
            "inline; filename=\"TRJ000000648 summary.pdf\"",
        ),
        (
            "content-security-policy",
            "default-src 'none'; base-uri 'none'; frame-ancestors 'none'",
        ),
        ("x-content-type-options", "nosniff"),
        ("cache-control", "private, no-store"),
    ] {
        assert_eq!(answer.header(header), expected, "{header}");
    }
    let paper = answer.text();
    assert!(paper.contains("Transport Job Summary") && paper.contains("PO-97455"));
    for costs in ["INTERNAL", "estimated_cost", "charges"] {
        assert!(!paper.contains(costs), "{costs}: {paper}");
    }
    let asked: Vec<_> = printed(&world);
    let asked: Vec<_> = asked
        .iter()
        .map(|(name, value)| (&**name, &**value))
        .collect();
    assert_eq!(
        asked,
        [
            ("doctype", "Transport Job"),
            ("name", FULL),
            ("format", "Transport Job Summary"),
            ("no_letterhead", "0"),
        ]
    );
    // The format is looked up as the service account, the print is the user's own.
    for request in world.site.requests() {
        let by_service = request.path == FORMATS;
        assert_eq!(request.authorization, by_service, "{}", request.path);
        assert_eq!(
            request.user.as_deref() == Some(ANNA),
            !by_service,
            "{}",
            request.path
        );
    }
}

#[tokio::test]
async fn a_print_is_chosen_by_the_name_of_the_page_and_by_nothing_else() {
    let world = World::printing("").await;
    let mut anna = world.signed_in(ANNA).await;
    let labels = anna.get(&format!("{}?format=labels", address(FULL))).await;
    assert_eq!(labels.status, 200);
    assert!(labels.text().contains("Transport Job Labels"));
    assert!(
        !labels.text().contains("Maasvlakteweg"),
        "there is no letterhead"
    );
    for wanted in [
        "Standard",
        "Transport+Job+Labels",
        "labels&format=summary",
        "Labels",
    ] {
        world.site.clear_requests();
        let answer = anna
            .json(&format!("{}?format={wanted}", address(FULL)))
            .await;
        assert_eq!(answer.status, 400, "{wanted}");
        assert_eq!(answer.json()["accepted"], "one of summary, labels");
        assert!(world.asked().is_empty(), "{wanted}: nothing is asked");
    }
    // What Frappe reads in any query is not passed on.
    let odd = format!(
        "{}?doctype=User&name=Administrator&_lang=de&no_letterhead=1&cmd=logout",
        address(FULL)
    );
    world.site.clear_requests();
    assert_eq!(anna.get(&odd).await.status, 200);
    assert_eq!(printed(&world).len(), 4);
}

#[tokio::test]
async fn anothers_document_and_nobodys_look_alike_and_are_not_printed() {
    let world = World::printing("").await;
    let mut anna = world.signed_in(ANNA).await;
    let mut questions = Vec::new();
    for job in [FOREIGN, "TRJ999999999"] {
        world.site.clear_requests();
        let answer = anna.get(&address(job)).await;
        assert_eq!(answer.status, 404, "{job}");
        let asked: Vec<_> = world
            .asked()
            .iter()
            .map(|path| path.replace(job, ""))
            .collect();
        assert!(
            !asked.iter().any(|path| path == PRINT || path == FORMATS),
            "{asked:?}"
        );
        questions.push(asked);
    }
    assert_eq!(questions[0], questions[1]);
    for unnamed in [".", "..", "%20", "a%0Ab"] {
        assert_eq!(anna.get(&address(unnamed)).await.status, 404, "{unnamed:?}");
    }
    for stranger in [SIOBHAN, MAEVE] {
        let mut stranger = world.signed_in(stranger).await;
        assert_eq!(stranger.get(&address(FULL)).await.status, 404);
    }
    let mut mette = world.signed_in(METTE).await;
    assert_eq!(
        mette.json(&address(FULL)).await.status,
        403,
        "she has no transport jobs"
    );
    assert_eq!(world.visitor().json(&address(FULL)).await.status, 401);
    let back = world.visitor().get(&address(FULL)).await;
    assert_eq!(
        back.header("location"),
        "/login?next=%2Ftransport-jobs%2FTRJ000000648%2Fprint.pdf"
    );
}

#[tokio::test]
async fn a_page_without_a_format_has_no_print() {
    let world = World::new().await;
    let mut anna = world.signed_in(ANNA).await;
    let page = anna.get(&format!("/transport-jobs/{FULL}")).await;
    assert!(!page.text().contains("print.pdf"));
    world.site.clear_requests();
    assert_eq!(anna.get(&address(FULL)).await.status, 404);
    assert!(world.asked().is_empty());
}

/// Frappe prints Standard, costs too, in place of a format that it does not have.
#[tokio::test]
async fn a_format_that_frappe_would_not_keep_to_is_not_printed() {
    for (field, value) in [
        ("disabled", json!(1)),
        ("doc_type", json!("Warehouse Job")),
        ("custom_format", json!(0)),
        ("raw_printing", json!(1)),
        ("name", json!("Another Name")),
    ] {
        let world = World::printing("").await;
        let mut anna = world.signed_in(ANNA).await;
        let name = "Transport Job Summary";
        let mut format = world.site.record("Print Format", name).expect("a format");
        format[field] = value;
        world.site.remove_record("Print Format", name);
        world.site.insert_record("Print Format", format);
        world.site.clear_requests();
        let answer = anna.get(&address(FULL)).await;
        assert_eq!(answer.status, 503, "{field}");
        assert!(
            answer.text().contains("A PDF cannot be made right now"),
            "{field}"
        );
        assert!(
            !world.asked().contains(&PRINT.to_owned()),
            "{field}: nothing is printed"
        );
    }
}

#[tokio::test]
async fn a_document_that_may_not_be_printed_says_so_and_leads_to_the_browsers_own_print() {
    let world = World::printing("").await;
    let mut anna = world.signed_in(ANNA).await;
    let refused = anna.get(&address(BILLED_TO_OTHER)).await;
    assert_eq!(refused.status, 403);
    assert!(
        refused.text().contains("The page itself prints well"),
        "{}",
        refused.text()
    );
    assert!(!refused.text().contains("permission on"));
    // The page itself is still there.
    assert_eq!(anna.get("/transport-jobs").await.status, 200);
    let all = crate::support::truth::records("custom_docperm");
    let customer = all
        .iter()
        .find(|row| text(row, "parent") == "Transport Job" && text(row, "role") == "Customer")
        .expect("Customer may read jobs");
    world
        .site
        .set_record_field("Custom DocPerm", text(customer, "name"), "print", json!(0));
    assert_eq!(anna.get(&address(FULL)).await.status, 403);
    assert_eq!(
        anna.get(&format!("/transport-jobs/{FULL}")).await.status,
        200
    );
}

#[tokio::test]
async fn a_broken_pdf_engine_is_told_to_the_visitor_and_to_the_log() {
    let world = World::printing("").await;
    let log = crate::support::Log::begin();
    let mut anna = world.signed_in(ANNA).await;
    world.site.set_pdf_engine(false);
    let answer = anna.get(&address(FULL)).await;
    assert_eq!(answer.status, 503);
    assert_eq!(answer.header("content-type"), "text/html; charset=utf-8");
    assert_eq!(answer.header("retry-after"), "60");
    let page = answer.text();
    assert!(
        page.contains("The page itself prints well") && page.contains("Try again"),
        "{page}"
    );
    assert!(!page.contains("OSError") && !page.contains("HostNotFound"));
    let line = |line: &String| {
        line.contains("Transport Job Summary")
            && line.contains("status 500, OSError")
            && line.contains("Error Log")
    };
    assert!(log.lines().iter().any(line), "{:#?}", log.lines());
    world.site.set_pdf_engine(true);
    assert_eq!(anna.get(&address(FULL)).await.status, 200);
}

#[tokio::test]
async fn what_is_no_pdf_is_not_sent_as_one() {
    for fault in [Fault::Garbage, Fault::Truncated, Fault::Status(504)] {
        let world = World::printing("").await;
        let mut anna = world.signed_in(ANNA).await;
        world.site.set_fault_on(PRINT, fault.clone());
        let answer = anna.json(&address(FULL)).await;
        assert_eq!(answer.status, 503, "{fault:?}");
        assert_eq!(answer.header("content-type"), "application/problem+json");
        // A print that fails is no outage: the pages go on.
        for _ in 0..6 {
            assert_eq!(anna.json(&address(FULL)).await.status, 503, "{fault:?}");
        }
        assert_eq!(anna.get("/warehouse-jobs").await.status, 200, "{fault:?}");
    }
}

#[tokio::test]
async fn a_session_that_ended_signs_in_again_and_prints_nothing() {
    let world = World::printing("").await;
    let mut anna = world.signed_in(ANNA).await;
    assert_eq!(
        anna.get(&format!("/transport-jobs/{FULL}")).await.status,
        200
    );
    world.site.kill_sessions(ANNA);
    // Proof and document are remembered: Frappe's own answer to the print ends the session.
    assert_eq!(anna.json(&address(FULL)).await.status, 401);
}

#[tokio::test]
async fn a_print_is_never_remembered() {
    let world = World::printing("").await;
    let mut anna = world.signed_in(ANNA).await;
    for _ in 0..2 {
        world.site.clear_requests();
        assert_eq!(anna.get(&address(FULL)).await.status, 200);
        let asked = world.asked();
        assert_eq!(asked.iter().filter(|path| *path == PRINT).count(), 1);
        assert_eq!(asked.iter().filter(|path| *path == FORMATS).count(), 1);
    }
}

#[tokio::test]
async fn a_head_request_proves_the_document_and_prints_nothing() {
    let world = World::printing("").await;
    let mut anna = world.signed_in(ANNA).await;
    world.site.clear_requests();
    let head = |visitor: &Visitor, job: &str| visitor.request(Method::HEAD, &address(job));
    let request = head(&anna, FULL);
    let answer = anna.ask(request).await;
    assert_eq!(
        (answer.status, answer.header("content-type")),
        (200, "application/pdf")
    );
    let request = head(&anna, FOREIGN);
    assert_eq!(anna.ask(request).await.status, 404);
    assert!(!world.asked().contains(&PRINT.to_owned()));
}

#[tokio::test]
async fn the_paper_speaks_the_users_language() {
    let world = World::printing("").await;
    for (user, language) in [(ANNA, "/Lang(en)"), (JAN, "/Lang(nl)")] {
        let mut visitor = world.signed_in(user).await;
        let paper = visitor.get(&address(FULL)).await.text();
        let paper: String = paper.split_whitespace().collect();
        assert!(paper.contains(language), "{user}: {paper}");
    }
}

#[tokio::test]
async fn only_so_many_prints_run_at_once_and_pages_go_on_meanwhile() {
    let world = World::printing("prints_in_flight = 1\nqueue_deadline = \"0s\"").await;
    let mut anna = world.signed_in(ANNA).await;
    let mut jan = world.signed_in(JAN).await;
    assert_eq!(
        anna.get(&format!("/transport-jobs/{FULL}")).await.status,
        200
    );
    assert_eq!(
        jan.get(&format!("/transport-jobs/{FULL}")).await.status,
        200
    );
    world
        .site
        .set_fault_on(PRINT, Fault::Slow(Duration::from_hours(1)));
    let first = tokio::spawn(async move { anna.get(&address(FULL)).await });
    while !world
        .site
        .requests()
        .iter()
        .any(|request| request.path == PRINT)
    {
        tokio::task::yield_now().await;
    }
    let second = jan.json(&address(FULL)).await;
    assert_eq!(second.status, 503);
    assert!(second.text().contains("very busy"), "{}", second.text());
    assert_eq!(jan.get("/warehouse-jobs").await.status, 200);
    first.abort();
}

#[tokio::test]
async fn a_print_has_a_time_out_of_its_own() {
    let world = World::printing("print_timeout = \"50ms\"").await;
    let mut anna = world.signed_in(ANNA).await;
    world
        .site
        .set_fault_on(PRINT, Fault::Slow(Duration::from_hours(1)));
    let answer = anna.get(&address(FULL)).await;
    assert_eq!(answer.status, 503);
    assert!(answer.text().contains("A PDF cannot be made right now"));
}

#[tokio::test]
async fn the_page_is_told_that_its_file_has_come_whatever_came() {
    let world = World::printing("").await;
    let mut anna = world.signed_in(ANNA).await;
    let token = "0123456789abcdef01234567";
    for (job, status) in [(FULL, 200), (FOREIGN, 404)] {
        let answer = anna.get(&format!("{}?making={token}", address(job))).await;
        assert_eq!(answer.status, status);
        let told = answer.headers.get_all("set-cookie").iter().any(|cookie| {
            cookie
                .to_str()
                .expect("text")
                .starts_with("quayfront-made-0123456789abcdef01234567=1;")
        });
        assert!(told, "{job}: {:?}", answer.headers);
    }
}

/// Nobody else may look a Print Format up, and without that look Frappe may print Standard.
#[test]
fn a_portal_that_prints_does_not_start_without_a_service_account() {
    use quayfront::clock::Clock;
    use quayfront::commands::serve::{Sources, assemble};
    use quayfront::config::Settings;

    let text = "public_url = \"http://127.0.0.1:1\"\n[site]\nurl = \"http://127.0.0.1:2\"\n\
        time_zone = \"UTC\"\n{key}\n[session]\nkeys = [\"MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=\"]\n";
    let start = |key: &str| {
        let settings = Settings::extract("portal.toml", &text.replace("{key}", key));
        let sources = Sources {
            additions: &[(
                "transport-jobs",
                include_str!("../../fixtures/demo/pages/transport-jobs.more.toml"),
            )],
            ..Sources::default()
        };
        let settings = settings.expect("good settings");
        assemble(&settings, &sources, Clock::system()).map_err(|problem| problem.to_string())
    };
    let refused = start("").expect_err("no service account");
    assert!(
        refused.starts_with("site.api_key: found nothing, while the page transport-jobs names"),
        "{refused}"
    );
    assert!(start("api_key = \"k\"\napi_secret = \"s\"").is_ok());
}

#[tokio::test]
async fn nothing_is_printed_on_an_old_proof_though_frappe_would_print() {
    let world = World::printing("").await;
    let mut anna = world.signed_in(ANNA).await;
    assert_eq!(anna.get(&address(FULL)).await.status, 200);
    world.seconds_pass(31);
    // Only the proof cannot be had; the page is shown from memory meanwhile.
    world
        .site
        .set_fault_on("/api/method/frappe.core", Fault::Status(502));
    let page = anna.get(&format!("/transport-jobs/{FULL}")).await;
    assert_eq!(page.status, 200);
    world.asked();
    assert_eq!(anna.get(&address(FULL)).await.status, 503);
    assert!(!world.asked().iter().any(|path| path == PRINT));
}

#[tokio::test]
async fn a_document_that_has_become_somebody_elses_is_not_printed_though_its_page_is_remembered() {
    let world = World::printing("").await;
    let mut anna = world.signed_in(ANNA).await;
    anna.get(&format!("/transport-jobs/{FULL}")).await;
    world
        .site
        .set_record_field("Transport Job", FULL, "customer", json!("Nordlys Solar AS"));
    world.asked();
    assert_eq!(anna.get(&address(FULL)).await.status, 404);
    assert!(!world.asked().iter().any(|path| path == PRINT));
}
