//! The files of a document: which there are, how they come, and who does not get them.

use quayfront::demo::{Fault, MadeFile, pattern};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::truth::{records, text};
use crate::support::{ANNA, Answer, JAN, PIOTR, SIOBHAN, Visitor, World};

/// One of Anna's with three papers that have files.
const JOB: &str = "TRJ000000511";
/// Its proof of delivery, whose name is plain.
const POD: &str = "179f4bad96";
/// Its temperature log, whose name is not.
const LOG: &str = "8bd341dfa6";
/// One of Siobhan's, and a file of it.
const FOREIGN: &str = "TRJ000000573";
const FOREIGN_FILE: &str = "0523c1449b";
/// One of Anna's warehouse jobs with a photo that no paper names, and which is public.
const WITH_PHOTO: &str = "WJ-0000000342";
const PHOTO: &str = "e2ee2675fb";

fn address(job: &str, file: &str) -> String {
    let page = if job.starts_with('W') {
        "warehouse-jobs"
    } else {
        "transport-jobs"
    };
    format!("/{page}/{job}/files/{file}")
}

fn file_url(id: &str) -> String {
    let file = records("file")
        .into_iter()
        .find(|file| text(file, "name") == id)
        .expect("a file");
    text(&file, "file_url").to_owned()
}

/// The bytes of a file as they stand among the demo's records.
fn bytes_of(id: &str) -> Vec<u8> {
    let file = records("file")
        .into_iter()
        .find(|file| text(file, "name") == id)
        .expect("a file");
    let path = format!(
        "{}/fixtures/demo/files/{}.{}",
        env!("CARGO_MANIFEST_DIR"),
        text(&file, "content_hash"),
        text(&file, "file_type").to_lowercase()
    );
    std::fs::read(path).expect("bytes")
}

/// Lets the job's first paper claim that its file lies there.
fn claim(world: &World, attachment: &str) {
    let mut job = world.site.record("Transport Job", JOB).expect("a job");
    let paper = job["documents"]
        .as_array_mut()
        .and_then(|papers| papers.first_mut())
        .expect("a paper");
    paper["document_type"] = json!("POD");
    paper["attachment"] = json!(attachment);
    world.site.insert_record("Transport Job", job);
}

/// The names of the files that the JSON of a job has.
async fn listed(visitor: &mut Visitor, job: &str) -> Vec<String> {
    let answer = visitor.json(&format!("/transport-jobs/{job}")).await;
    answer.json()["files"]
        .as_array()
        .expect("files")
        .iter()
        .map(|file| text(file, "name").to_owned())
        .collect()
}

async fn with_range(visitor: &Visitor, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = visitor.request(Method::GET, path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    visitor.clone().ask(request).await
}

#[tokio::test]
async fn papers_lead_to_their_files_and_files_that_no_paper_names_are_not_there() {
    let world = World::new().await;
    let mut anna = world.signed_in(ANNA).await;
    let page = anna.get(&format!("/transport-jobs/{JOB}")).await.text();
    for shown in [
        "proof-of-delivery_TRJ000000511.pdf",
        "Packliste &amp; Lieferschein 6284.pdf",
        "Temperature log TRJ000000511 2–8 °C ❄.pdf",
        &address(JOB, POD),
        "All 3 papers",
    ] {
        assert!(page.contains(shown), "{shown}: {page}");
    }
    let document = anna.json(&format!("/transport-jobs/{JOB}")).await.json();
    let of_paper = |kind: &str| {
        let papers = document["documents"].as_array().expect("papers");
        let paper = papers
            .iter()
            .find(|paper| paper["document_type"] == kind)
            .expect("a paper");
        paper["file"].clone()
    };
    assert_eq!(of_paper("POD"), json!(POD));
    assert_eq!(of_paper("TEMP"), json!(LOG));
    let files = document["files"].as_array().expect("files");
    let pod = files.iter().find(|file| file["id"] == POD);
    assert_eq!(
        pod.expect("its file"),
        &json!({
            "id": POD,
            "name": "proof-of-delivery_TRJ000000511.pdf",
            "href": address(JOB, POD),
            "content_type": "application/pdf",
            "size": null,
            "added": null,
        })
    );
    let warehouse = anna.get(&format!("/warehouse-jobs/{WITH_PHOTO}")).await;
    assert!(!warehouse.text().contains("photo-"));
    assert_eq!(anna.get(&address(WITH_PHOTO, PHOTO)).await.status, 404);
}

#[tokio::test]
async fn a_file_arrives_whole_under_its_own_name_to_be_saved() {
    let world = World::new().await;
    let mut anna = world.signed_in(ANNA).await;
    let answer = anna.get(&address(JOB, LOG)).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.body, bytes_of(LOG));
    assert_eq!(answer.header("content-type"), "application/pdf");
    assert_eq!(
        answer.header("content-disposition"),
        "attachment; filename=\"Temperature log TRJ000000511 2_8 _C _.pdf\"; \
         filename*=UTF-8''Temperature%20log%20TRJ000000511%202%E2%80%938%20%C2%B0C%20%E2%9D%84.pdf"
    );
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
    assert_eq!(answer.header("cache-control"), "private, no-store");
    assert_eq!(
        answer.header("content-security-policy"),
        "default-src 'none'; base-uri 'none'; frame-ancestors 'none'"
    );
    assert!(answer.headers.get("set-cookie").is_none());
}

#[tokio::test]
async fn a_pdf_is_shown_when_that_is_asked_for_and_what_could_run_never_is() {
    let world = World::new().await;
    let mut anna = world.signed_in(ANNA).await;
    let shown = anna.get(&format!("{}?inline=1", address(JOB, POD))).await;
    assert!(shown.header("content-disposition").starts_with("inline; "));
    let wrong = anna.get(&format!("{}?inline=yes", address(JOB, POD))).await;
    assert_eq!(wrong.status, 400);
    for name in ["evil.html", "evil.svg", "evil.pdf.htm", "evil.xml", "evil"] {
        world
            .site
            .set_record_field("File", POD, "file_name", json!(name));
        world.seconds_pass(601);
        let answer = anna.get(&format!("{}?inline=1", address(JOB, POD))).await;
        assert_eq!(answer.header("content-type"), "application/octet-stream");
        assert!(
            answer
                .header("content-disposition")
                .starts_with("attachment; "),
            "{name}"
        );
    }
}

#[tokio::test]
async fn another_customers_file_and_one_that_does_not_exist_look_the_same() {
    let world = World::new().await;
    let mut anna = world.signed_in(ANNA).await;
    let mut told = Vec::new();
    for path in [
        address(FOREIGN, FOREIGN_FILE),
        address("TRJ999999999", "ffffffffff"),
    ] {
        world.asked();
        let answer = anna.get(&path).await;
        assert_eq!(answer.status, 404, "{path}");
        let questions: Vec<String> = world
            .asked()
            .into_iter()
            .filter(|path| !path.contains("get_count"))
            .collect();
        assert!(
            !questions.iter().any(|path| path.contains("/files/")),
            "{questions:?}"
        );
        told.push((questions.len(), answer.text().len()));
    }
    assert_eq!(told[0], told[1]);
    for path in [
        // A file of somebody else's at a job of hers, and the other way round.
        address(JOB, FOREIGN_FILE),
        address(FOREIGN, POD),
        // Hers, at another job of hers, and by other spellings.
        address("TRJ000000514", POD),
        address(JOB, &POD.to_uppercase()),
        address(JOB, &format!("{POD}%20")),
        address(JOB, &format!("%2e%2e%2f{POD}")),
        address(JOB, "..%2F..%2Fsite_config.json"),
        address(JOB, "%00"),
        address(JOB, &"a".repeat(300)),
        address(JOB, "proof-of-delivery_TRJ000000511.pdf"),
        address(
            JOB,
            "%2Fprivate%2Ffiles%2Fproof-of-delivery_TRJ000000511.pdf",
        ),
        address("TRJ000000511%2F", POD),
    ] {
        assert_eq!(anna.get(&path).await.status, 404, "{path}");
    }
    let mut siobhan = world.signed_in(SIOBHAN).await;
    assert_eq!(siobhan.get(&address(JOB, POD)).await.status, 404);
    // Frappe would give Piotr everything.
    let mut piotr = world.signed_in(PIOTR).await;
    assert_eq!(piotr.get(&address(JOB, POD)).await.status, 404);
    let nobody = world.visitor().get(&address(JOB, POD)).await;
    assert_eq!(nobody.status, 303);
}

#[tokio::test]
async fn what_a_paper_claims_is_followed_only_to_a_file_of_this_very_document() {
    let world = World::new().await;
    let mut anna = world.signed_in(ANNA).await;
    let foreign = file_url(FOREIGN_FILE);
    let own = file_url(POD);
    for claimed in [
        foreign.as_str(),
        &file_url("1b0ffde2b1"),
        &format!("https://erp.example{own}"),
        &format!("//erp.example{own}"),
        &format!("{own}?fid=1"),
        &format!("/private/files/../..{own}"),
        "/private/files/../../site_config.json",
        "/api/method/frappe.client.get_list",
        "javascript:alert(1)",
    ] {
        claim(&world, claimed);
        world.seconds_pass(601);
        let document = anna.json(&format!("/transport-jobs/{JOB}")).await.json();
        assert_eq!(document["documents"][0]["file"], Value::Null, "{claimed}");
        let page = anna.get(&format!("/transport-jobs/{JOB}")).await.text();
        assert!(!page.contains("javascript:") && !page.contains("site_config"));
        assert_eq!(anna.get(&address(JOB, FOREIGN_FILE)).await.status, 404);
    }
    claim(&world, &own);
    world.seconds_pass(601);
    let document = anna.json(&format!("/transport-jobs/{JOB}")).await.json();
    assert_eq!(document["documents"][0]["file"], json!(POD));
}

#[tokio::test]
async fn only_the_types_of_papers_that_the_page_declares_have_files() {
    let folder = tempfile::tempdir().expect("a folder");
    let shipped = std::fs::read_to_string("config/pages/transport-jobs.toml").expect("a page");
    let (before, rest) = shipped.split_once("\n[files]\n").expect("files");
    let (_, after) = rest.split_once("\n\n").expect("what follows");
    std::fs::create_dir(folder.path().join("pages")).expect("a folder");
    for (files, expected) in [
        ("", vec![]),
        (
            "[files]\ntypes = [\"PL\"]\n",
            vec!["Packliste & Lieferschein 6284.pdf"],
        ),
        (
            "[files]\ntypes = \"all\"\nothers = true\n",
            vec![
                "Packliste & Lieferschein 6284.pdf",
                "Temperature log TRJ000000511 2–8 °C ❄.pdf",
                "proof-of-delivery_TRJ000000511.pdf",
            ],
        ),
    ] {
        let page = format!("{before}\n{files}\n{after}");
        std::fs::write(folder.path().join("pages/transport-jobs.toml"), page).expect("written");
        let settings = format!("[pages]\nfolder = {:?}", folder.path());
        let world = World::with(&settings).await;
        let mut anna = world.signed_in(ANNA).await;
        let mut names = listed(&mut anna, JOB).await;
        names.sort();
        assert_eq!(names, expected, "{files}");
        let status = anna.get(&address(JOB, POD)).await.status;
        assert_eq!(status == 200, files.contains("all"), "{files}");
    }
}

#[tokio::test]
async fn a_public_file_is_asked_for_without_the_session() {
    let world = World::new().await;
    let mut anna = world.signed_in(ANNA).await;
    world
        .site
        .set_record_field("File", POD, "file_url", json!("/files/pod.pdf"));
    claim(&world, "/files/pod.pdf");
    world.site.clear_requests();
    let answer = anna.get(&address(JOB, POD)).await;
    assert_eq!((answer.status, answer.body), (200, bytes_of(POD)));
    let requests = world.site.requests();
    let of_file = requests
        .iter()
        .find(|request| request.path == "/files/pod.pdf")
        .expect("the file was asked for");
    assert_eq!((&of_file.sid, of_file.authorization), (&None, false));
    assert!(
        requests
            .iter()
            .all(|request| !request.path.starts_with("/private/"))
    );
}

#[tokio::test]
async fn a_private_file_is_asked_for_as_the_user_and_from_his_address() {
    let world = World::new().await;
    let mut anna = world.signed_in(ANNA).await;
    world.site.clear_requests();
    assert_eq!(anna.get(&address(JOB, POD)).await.status, 200);
    let requests = world.site.requests();
    let of_file = requests
        .iter()
        .find(|request| request.path.starts_with("/private/files/"))
        .expect("the file was asked for");
    assert_eq!(of_file.user.as_deref(), Some(ANNA));
    assert_eq!(of_file.x_forwarded_for.as_deref(), Some("127.0.0.1"));
    assert!(
        requests
            .iter()
            .all(|request| !request.path.contains("download_file"))
    );
}

#[tokio::test]
async fn a_file_that_has_vanished_is_refused_or_is_led_elsewhere_is_told_as_gone() {
    let world = World::new().await;
    let mut anna = world.signed_in(ANNA).await;
    for fault in [301, 302, 308, 403, 404, 410] {
        world
            .site
            .set_fault_on("/private/files/", Fault::Status(fault));
        let answer = anna.get(&address(JOB, POD)).await;
        assert_eq!(answer.status, 404, "{fault}");
        assert!(answer.text().contains("not there any more"), "{fault}");
        let head = anna.request(Method::HEAD, &address(JOB, POD));
        assert_eq!(anna.ask(head).await.status, 404, "{fault}");
    }
    for (fault, status) in [
        (Fault::Status(502), 503),
        (Fault::Refuse, 503),
        (Fault::Status(500), 500),
    ] {
        world.site.set_fault_on("/private/files/", fault.clone());
        let answer = anna.get(&address(JOB, POD)).await;
        assert_eq!(answer.status, status, "{fault:?}");
        assert!(!answer.text().contains("nginx"));
    }
}

#[tokio::test]
async fn a_session_that_has_ended_gets_no_file() {
    let world = World::new().await;
    let mut anna = world.signed_in(ANNA).await;
    // The document is remembered and the session proved; Frappe is asked for the file all the same.
    anna.get(&format!("/transport-jobs/{JOB}")).await;
    world.site.kill_sessions(ANNA);
    let answer = anna.get(&address(JOB, POD)).await;
    assert_eq!(answer.status, 303);
    assert!(answer.header("location").starts_with("/login"));
}

#[tokio::test]
async fn a_download_that_breaks_off_looks_broken() {
    let world = World::new().await;
    let anna = world.signed_in(ANNA).await;
    for (url, length) in [
        (file_url(POD), 3_000_000),
        ("/files/pod.pdf".to_owned(), 3_000_000),
    ] {
        // The one comes in chunks, the other says how long it is.
        world
            .site
            .set_record_field("File", POD, "file_url", json!(url));
        claim(&world, &url);
        world.site.set_file_content(&url, MadeFile::Pattern(length));
        world
            .site
            .set_fault_on(&url.replace(' ', "%20"), Fault::Truncated);
        world.seconds_pass(601);
        let response = anna
            .open(anna.request(Method::GET, &address(JOB, POD)))
            .await;
        assert_eq!(response.status(), 200);
        assert!(response.bytes().await.is_err(), "{url} looked whole");
    }
}

#[tokio::test]
async fn a_gigabyte_passes_through_while_little_of_it_is_held() {
    const GIGABYTE: u64 = 1 << 30;
    /// What may be on its way in sockets and channels.
    const HELD: u64 = 24 << 20;
    for length in [25 << 20, GIGABYTE] {
        let world = World::new().await;
        let anna = world.signed_in(ANNA).await;
        world
            .site
            .set_file_content(&file_url(POD), MadeFile::Pattern(length));
        let request = anna.request(Method::GET, &address(JOB, POD));
        let mut response = anna.open(request).await;
        let mut received = 0;
        while let Some(piece) = response.chunk().await.expect("it goes on") {
            let mut rest = &piece[..];
            while !rest.is_empty() {
                let expected = pattern(received, rest.len() as u64);
                assert!(rest.starts_with(&expected), "other bytes at {received}");
                received += expected.len() as u64;
                rest = &rest[expected.len()..];
            }
            let held = world.site.made_bytes_sent() - received;
            assert!(held < HELD, "{held} bytes are held");
        }
        assert_eq!(received, length);
    }
}

#[tokio::test]
async fn a_visitor_who_leaves_ends_the_download_at_the_site_too() {
    let world = World::new().await;
    let anna = world.signed_in(ANNA).await;
    world
        .site
        .set_file_content(&file_url(POD), MadeFile::Pattern(1 << 40));
    let request = anna.request(Method::GET, &address(JOB, POD));
    let mut response = anna.open(request).await;
    assert!(response.chunk().await.expect("the first bytes").is_some());
    assert_eq!(world.site.made_files_open(), 1);
    drop(response);
    World::until("the site sends no more", || {
        world.site.made_files_open() == 0
    })
    .await;
}

#[tokio::test]
async fn a_part_of_a_file_is_the_part_that_was_asked_for() {
    let world = World::new().await;
    let anna = world.signed_in(ANNA).await;
    let path = address(JOB, POD);
    let whole = bytes_of(POD);
    let last = whole.len() - 1;
    for (range, from, to) in [
        ("bytes=0-99", 0, 99),
        ("bytes=100-", 100, last),
        ("bytes=-7", last - 6, last),
        ("bytes=5-999999", 5, last),
    ] {
        let answer = with_range(&anna, &path, &[("range", range)]).await;
        assert_eq!(answer.status, 206, "{range}");
        assert_eq!(answer.body, whole[from..=to], "{range}");
        assert_eq!(
            answer.header("content-range"),
            format!("bytes {from}-{to}/{}", whole.len())
        );
        assert_eq!(answer.header("accept-ranges"), "bytes");
        assert_eq!(answer.header("content-type"), "application/pdf");
        assert!(answer.header("content-disposition").contains("proof-of"));
    }
    let beyond = with_range(&anna, &path, &[("range", "bytes=999999-")]).await;
    assert_eq!(beyond.status, 416);
    assert_eq!(
        beyond.header("content-range"),
        format!("bytes */{}", whole.len())
    );
    for ignored in ["bytes=0-1,4-5", "lines=1-2", "bytes=9-2", "bytes=a-b"] {
        let answer = with_range(&anna, &path, &[("range", ignored)]).await;
        assert_eq!((answer.status, &answer.body), (200, &whole), "{ignored}");
    }
}

#[tokio::test]
async fn a_download_goes_on_only_where_it_is_still_the_same_file() {
    let world = World::new().await;
    let anna = world.signed_in(ANNA).await;
    let path = address(JOB, POD);
    let begun = with_range(&anna, &path, &[("range", "bytes=0-9")]).await;
    let tag = begun.header("etag").to_owned();
    assert!(tag.starts_with('"') && tag.len() > 40, "{tag}");
    let rest = [("range", "bytes=10-"), ("if-range", tag.as_str())];
    assert_eq!(with_range(&anna, &path, &rest).await.status, 206);
    // Another replica, and later, when nothing is kept any more.
    world.seconds_pass(601);
    assert_eq!(with_range(&anna, &path, &rest).await.status, 206);
    world
        .site
        .set_file_content(&file_url(POD), MadeFile::Bytes(b"another file".to_vec()));
    world.seconds_pass(601);
    let other = with_range(&anna, &path, &rest).await;
    assert_eq!((other.status, other.body), (200, b"another file".to_vec()));
    let date = [
        ("range", "bytes=1-2"),
        ("if-range", "Sun, 22 Nov 2026 10:00:00 GMT"),
    ];
    assert_eq!(with_range(&anna, &path, &date).await.status, 200);
}

#[tokio::test]
async fn parts_of_one_file_cost_the_site_one_question_and_are_for_one_user() {
    let world = World::new().await;
    let anna = world.signed_in(ANNA).await;
    let jan = world.signed_in(JAN).await;
    let path = address(JOB, POD);
    let asked = |world: &World| {
        let paths = world.asked();
        paths
            .iter()
            .filter(|path| path.starts_with("/private/files/"))
            .count()
    };
    world.asked();
    let parts = ["bytes=0-9", "bytes=10-19", "bytes=20-29"];
    let parts = parts.map(|range| {
        let (anna, path) = (anna.clone(), path.clone());
        async move { with_range(&anna, &path, &[("range", range)]).await.status }
    });
    let [one, two, three] = parts;
    assert_eq!(tokio::join!(one, two, three), (206, 206, 206));
    assert_eq!(asked(&world), 1);
    with_range(&jan, &path, &[("range", "bytes=0-9")]).await;
    assert_eq!(asked(&world), 1);
    world.seconds_pass(601);
    with_range(&anna, &path, &[("range", "bytes=0-9")]).await;
    assert_eq!(asked(&world), 1);
}

#[tokio::test]
async fn a_file_too_large_for_parts_comes_whole_and_says_so() {
    let world = World::with("[files]\nlargest_range = \"1 KB\"\nspool = \"1 KB\"").await;
    let mut anna = world.signed_in(ANNA).await;
    let path = address(JOB, POD);
    let whole = bytes_of(POD);
    assert!(whole.len() > 1_024);
    let answer = with_range(&anna, &path, &[("range", "bytes=0-9")]).await;
    assert_eq!((answer.status, &answer.body), (200, &whole));
    // Frappe tells the length of public files alone.
    let url = "/files/pod.pdf";
    world
        .site
        .set_record_field("File", POD, "file_url", json!(url));
    claim(&world, url);
    world.seconds_pass(601);
    let answer = anna.get(&path).await;
    assert_eq!(answer.header("accept-ranges"), "none");
    assert_eq!(answer.header("content-length"), whole.len().to_string());
}

#[tokio::test]
async fn whoever_asks_only_for_the_head_gets_what_would_be_said_and_no_bytes() {
    let world = World::new().await;
    let anna = world.signed_in(ANNA).await;
    world
        .site
        .set_file_content(&file_url(POD), MadeFile::Pattern(1 << 40));
    let head = |path: String| {
        let request = anna.request(Method::HEAD, &path);
        let mut anna = anna.clone();
        async move { anna.ask(request).await }
    };
    let answer = head(address(JOB, POD)).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), "application/pdf");
    assert!(answer.header("content-disposition").contains("proof-of"));
    assert!(answer.body.is_empty());
    assert!(answer.headers.get("content-length").is_none());
    assert_eq!(world.site.made_bytes_sent(), 0);
    assert_eq!(head(address(FOREIGN, FOREIGN_FILE)).await.status, 404);
}

#[tokio::test]
async fn one_user_has_only_so_many_downloads_at_once() {
    let world = World::with("[files]\nin_flight_user = 2").await;
    let mut anna = world.signed_in(ANNA).await;
    let mut jan = world.signed_in(JAN).await;
    world
        .site
        .set_file_content(&file_url(POD), MadeFile::Pattern(1 << 40));
    let path = address(JOB, POD);
    let mut held = Vec::new();
    for _ in 0..2 {
        let mut response = anna.open(anna.request(Method::GET, &path)).await;
        assert!(response.chunk().await.expect("bytes").is_some());
        held.push(response);
    }
    let refused = anna.get(&address(JOB, LOG)).await;
    assert_eq!(refused.status, 429);
    assert!(refused.text().contains("Too many downloads"));
    assert_eq!(jan.get(&address(JOB, LOG)).await.status, 200);
    held.clear();
    World::until("the downloads are over", || {
        world.site.made_files_open() == 0
    })
    .await;
    let after = async { while anna.get(&address(JOB, LOG)).await.status == 429 {} };
    let in_time = tokio::time::timeout(std::time::Duration::from_mins(1), after);
    in_time.await.expect("there is room again");
}

#[tokio::test]
async fn the_service_account_tells_sizes_and_days_in_one_question() {
    let world = World::with_service_account().await;
    let mut anna = world.signed_in(ANNA).await;
    world.site.clear_requests();
    let document = anna.json(&format!("/transport-jobs/{JOB}")).await.json();
    let files = document["files"].as_array().expect("files");
    for file in files {
        let record = records("file")
            .into_iter()
            .find(|record| record["name"] == file["id"])
            .expect("a record");
        assert_eq!(file["size"], record["file_size"]);
        assert!(file["added"].is_string(), "{file}");
    }
    let asked: Vec<_> = world
        .site
        .requests()
        .into_iter()
        .filter(|request| request.authorization)
        .collect();
    assert_eq!(asked.len(), 1, "{asked:?}");
    assert_eq!(asked[0].path, "/api/resource/File");
    assert_eq!(asked[0].sid, None);
    let page = anna.get(&format!("/transport-jobs/{JOB}")).await.text();
    assert!(page.contains(" KB"), "{page}");
}

#[tokio::test]
async fn a_document_whose_attachments_cannot_be_read_is_shown_without_files() {
    let world = World::new().await;
    let mut anna = world.signed_in(ANNA).await;
    let getdoc = "/api/method/frappe.desk.form.load.getdoc";
    world.site.set_fault_on(getdoc, Fault::Raised);
    let page = anna.get(&format!("/transport-jobs/{JOB}")).await;
    assert_eq!(page.status, 200);
    assert!(page.text().contains("Temperature Log") || page.text().contains("TEMP"));
    assert!(page.text().contains("cannot be shown right now"));
    assert!(!page.text().contains(&address(JOB, POD)));
    assert_eq!(anna.get(&address(JOB, POD)).await.status, 404);
    // What is not there is not there, whichever way it was asked for.
    assert_eq!(anna.get("/transport-jobs/TRJ999999999").await.status, 404);
    world.site.set_fault_on(getdoc, Fault::Status(502));
    assert_eq!(anna.get("/transport-jobs/TRJ000000514").await.status, 503);
}
