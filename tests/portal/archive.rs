//! All papers of a job, or of several, as one ZIP.

use std::io::{Cursor, Read as _};

use quayfront::demo::{Fault, MadeFile};
use reqwest::Method;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use zip::ZipArchive;

use crate::support::truth::{records, text};
use crate::support::{ANNA, Answer, SIOBHAN, World};

/// Two of Anna's with papers, one without any, and one of Siobhan's.
pub const JOB: &str = "TRJ000000511";
const ANOTHER: &str = "TRJ000000514";
const BARE: &str = "TRJ000000648";
const FOREIGN: &str = "TRJ000000573";

/// The files of [`JOB`], as they are called in its archive.
pub const FILES: [(&str, &str); 3] = [
    ("179f4bad96", "proof-of-delivery_TRJ000000511.pdf"),
    ("615c32ee35", "Packliste & Lieferschein 6284.pdf"),
    ("8bd341dfa6", "Temperature log TRJ000000511 2–8 °C ❄.pdf"),
];

pub fn of_job(job: &str) -> String {
    format!("/transport-jobs/{job}/documents.zip")
}

pub fn of_jobs(jobs: &[&str]) -> String {
    let names: Vec<_> = jobs.iter().map(|job| format!("name={job}")).collect();
    format!("/transport-jobs/documents.zip?{}", names.join("&"))
}

pub fn record(id: &str) -> serde_json::Value {
    records("file")
        .into_iter()
        .find(|file| text(file, "name") == id)
        .expect("a file")
}

pub fn bytes_of(id: &str) -> Vec<u8> {
    let path = format!(
        "{}/fixtures/demo/files/{}.pdf",
        env!("CARGO_MANIFEST_DIR"),
        text(&record(id), "content_hash")
    );
    std::fs::read(path).expect("bytes")
}

/// What an archive holds, in its order.
fn opened(answer: &Answer) -> Vec<(String, Vec<u8>)> {
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.header("content-type"), "application/zip");
    let mut archive = ZipArchive::new(Cursor::new(&answer.body)).expect("a ZIP");
    (0..archive.len())
        .map(|at| {
            let mut entry = archive.by_index(at).expect("an entry");
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes).expect("its bytes");
            (entry.name().expect("a name").into_owned(), bytes)
        })
        .collect()
}

/// The lines of an index, without its headings.
fn index(bytes: &[u8]) -> Vec<Vec<String>> {
    let text = bytes.strip_prefix("\u{feff}".as_bytes()).expect("a mark");
    let mut lines = csv::Reader::from_reader(text);
    let headings: Vec<_> = lines.headers().expect("headings").iter().collect();
    assert_eq!(
        headings,
        [
            "Document", "As of", "File", "Type", "Paper", "Number", "Status", "Bytes", "Result"
        ]
    );
    let lines = lines.records().map(|line| line.expect("a line"));
    lines
        .map(|line| line.iter().map(str::to_owned).collect())
        .collect()
}

#[tokio::test]
async fn all_papers_of_a_job_come_in_one_archive_with_an_index_at_its_end() {
    let world = World::new().await;
    let mut anna = world.signed_in(ANNA).await;
    let answer = anna.get(&of_job(JOB)).await;
    let disposition = answer.header("content-disposition");
    assert_eq!(disposition, "attachment; filename=\"TRJ000000511.zip\"");
    let entries = opened(&answer);
    let mut names: Vec<&str> = entries.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names.pop(), Some("index.csv"));
    names.sort_unstable();
    assert_eq!(
        names,
        [
            "Packliste & Lieferschein 6284.pdf",
            "Temperature log TRJ000000511 2–8 °C ❄.pdf",
            "proof-of-delivery_TRJ000000511.pdf"
        ]
    );
    for (id, name) in FILES {
        let (_, bytes) = entries
            .iter()
            .find(|(found, _)| found == name)
            .expect("the file");
        assert_eq!(*bytes, bytes_of(id), "{name}");
    }
    let lines = index(&entries.last().expect("the index").1);
    assert_eq!(lines.len(), 3);
    let pod = lines.iter().find(|line| line[3] == "POD").expect("a line");
    assert_eq!(pod[0], JOB);
    assert_eq!(pod[2], "proof-of-delivery_TRJ000000511.pdf");
    assert_eq!(pod[7], bytes_of("179f4bad96").len().to_string());
    assert_eq!(pod[8], "complete");
}

#[tokio::test]
async fn a_selection_of_jobs_comes_in_folders_and_says_which_have_no_papers() {
    let world = World::new().await;
    let mut anna = world.signed_in(ANNA).await;
    let answer = anna.get(&of_jobs(&[JOB, BARE, ANOTHER, JOB])).await;
    assert!(
        answer
            .header("content-disposition")
            .contains("transport-jobs.zip")
    );
    let entries = opened(&answer);
    let count = |folder: &str| {
        let within = format!("{folder}/");
        let names = entries.iter().map(|(name, _)| name);
        names.filter(|name| name.starts_with(&within)).count()
    };
    assert_eq!((count(JOB), count(ANOTHER), count(BARE)), (3, 3, 0));
    let lines = index(&entries.last().expect("the index").1);
    let bare: Vec<_> = lines.iter().filter(|line| line[0] == BARE).collect();
    assert_eq!(bare.len(), 1);
    assert_eq!(bare[0][8], "no files");
}

#[tokio::test]
async fn a_selection_with_somebody_elses_job_and_one_with_a_job_that_does_not_exist_look_the_same()
{
    let world = World::new().await;
    let mut anna = world.signed_in(ANNA).await;
    let mut told = Vec::new();
    for other in [FOREIGN, "TRJ999999999"] {
        world.asked();
        let answer = anna.get(&of_jobs(&[JOB, other])).await;
        assert_eq!(answer.status, 404, "{other}");
        told.push((world.asked().len(), answer.text().len()));
    }
    assert_eq!(told[0], told[1]);
    for path in [
        of_job(FOREIGN),
        of_job("TRJ999999999"),
        of_job(BARE),
        of_job("%2e%2e"),
        of_jobs(&["trj000000511"]),
        of_jobs(&["%00"]),
        of_jobs(&["%25"]),
    ] {
        assert_eq!(anna.get(&path).await.status, 404, "{path}");
    }
    let mut siobhan = world.signed_in(SIOBHAN).await;
    assert_eq!(siobhan.get(&of_jobs(&[JOB])).await.status, 404);
}

#[tokio::test]
async fn a_selection_that_is_too_large_or_empty_is_refused_before_anything_is_asked() {
    let world = World::with("[files]\nlargest_selection = 3").await;
    let mut anna = world.signed_in(ANNA).await;
    world.asked();
    let many = ["A", "B", "C", "D"];
    let answer = anna.get(&of_jobs(&many)).await;
    assert_eq!(answer.status, 400);
    assert!(
        answer.text().contains("at most 3 documents"),
        "{}",
        answer.text()
    );
    let thousands: Vec<String> = (0..2_000).map(|at| format!("T{at}")).collect();
    let thousands: Vec<&str> = thousands.iter().map(String::as_str).collect();
    assert_eq!(anna.get(&of_jobs(&thousands)).await.status, 400);
    assert_eq!(anna.get("/transport-jobs/documents.zip").await.status, 400);
    assert_eq!(world.asked(), Vec::<String>::new());
    // A browser would not even send so long an address; what does is refused by its first line.
    let ten_thousand: Vec<String> = (0..10_000).map(|at| format!("name=TRJ{at:09}")).collect();
    let ten_thousand = ten_thousand.join("&");
    let head = format!("GET /transport-jobs/documents.zip?{ten_thousand} HTTP/1.1\r\n");
    let mut socket = TcpStream::connect(world.address).await.expect("a socket");
    let (mut reading, mut writing) = socket.split();
    let mut said = [0; 12];
    let (_, read) = tokio::join!(
        writing.write_all(head.as_bytes()),
        reading.read_exact(&mut said)
    );
    read.expect("an answer");
    assert!(said.starts_with(b"HTTP/1.1 4"), "{said:?}");
}

#[tokio::test]
async fn one_file_that_cannot_be_read_is_named_in_the_index_and_not_the_end_of_the_others() {
    let world = World::new().await;
    let mut anna = world.signed_in(ANNA).await;
    let lost = "/private/files/Packliste%20&%20Lieferschein%206284.pdf";
    for refusal in [403, 301] {
        world.site.set_fault_on(lost, Fault::Status(refusal));
        let entries = opened(&anna.get(&of_job(JOB)).await);
        assert_eq!(entries.len(), 3);
        let lines = index(&entries.last().expect("the index").1);
        let told: Vec<_> = lines
            .iter()
            .map(|line| (line[3].as_str(), line[8].as_str()))
            .collect();
        assert!(told.contains(&("PL", "could not be read")), "{told:?}");
        assert!(told.contains(&("POD", "complete")) && told.contains(&("TEMP", "complete")));
    }
}

#[tokio::test]
async fn an_archive_looks_broken_when_a_file_breaks_off_or_the_site_goes_away_or_the_session_ends()
{
    for trouble in ["breaks", "away", "ended"] {
        let world = World::new().await;
        let anna = world.signed_in(ANNA).await;
        // The first file is long enough for trouble to come while it is read.
        for (id, _) in FILES {
            let url = text(&record(id), "file_url").to_owned();
            world
                .site
                .set_file_content(&url, MadeFile::Pattern(64 << 20));
        }
        if trouble == "breaks" {
            world.site.set_fault_on("/private/files/", Fault::Truncated);
        }
        let request = anna.request(Method::GET, &of_job(JOB));
        let mut response = anna.open(request).await;
        assert_eq!(response.status(), 200);
        response.chunk().await.expect("it begins");
        match trouble {
            "away" => world.site.set_fault(Some(Fault::Refuse)),
            "ended" => world.site.kill_sessions(ANNA),
            _ => {}
        }
        let read = async {
            loop {
                match response.chunk().await {
                    Ok(Some(_)) => {}
                    Ok(None) => return "whole",
                    Err(_) => return "broken",
                }
            }
        };
        assert_eq!(read.await, "broken", "{trouble}");
    }
}

#[tokio::test]
async fn a_visitor_who_leaves_ends_the_archive_at_the_site_too() {
    let world = World::new().await;
    let anna = world.signed_in(ANNA).await;
    for (id, _) in FILES {
        let url = text(&record(id), "file_url").to_owned();
        world
            .site
            .set_file_content(&url, MadeFile::Pattern(1 << 40));
    }
    let request = anna.request(Method::GET, &of_job(JOB));
    let mut response = anna.open(request).await;
    response.chunk().await.expect("it begins");
    World::until("the first file is being sent", || {
        world.site.made_files_open() == 1
    })
    .await;
    drop(response);
    World::until("the site sends no more", || {
        world.site.made_files_open() == 0
    })
    .await;
}

#[tokio::test]
async fn names_that_would_leave_the_archive_or_hide_each_other_do_neither() {
    let world = World::new().await;
    let mut anna = world.signed_in(ANNA).await;
    for ((id, _), name) in
        FILES
            .iter()
            .zip(["../../etc/passwd", "..\\..\\ETC\\PASSWD", "index.csv"])
    {
        world
            .site
            .set_record_field("File", id, "file_name", json!(name));
    }
    let entries = opened(&anna.get(&of_job(JOB)).await);
    let mut names: Vec<String> = entries
        .iter()
        .map(|(name, _)| name.to_lowercase())
        .collect();
    assert!(names.iter().all(|name| !name.contains(['/', '\\'])));
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), 4);
}

#[tokio::test]
async fn cells_of_an_index_are_no_formulas() {
    let world = World::new().await;
    let mut anna = world.signed_in(ANNA).await;
    let mut job = world.site.record("Transport Job", JOB).expect("a job");
    for paper in job["documents"].as_array_mut().expect("papers") {
        paper["document_number"] = json!("=HYPERLINK(\"https://evil.example\")");
    }
    world.site.insert_record("Transport Job", job);
    let entries = opened(&anna.get(&of_job(JOB)).await);
    for line in index(&entries.last().expect("the index").1) {
        assert_eq!(line[5], "'=HYPERLINK(\"https://evil.example\")");
    }
}

#[tokio::test]
async fn whoever_asks_for_the_head_of_an_archive_makes_none() {
    let world = World::new().await;
    let mut anna = world.signed_in(ANNA).await;
    let request = anna.request(Method::HEAD, &of_job(JOB));
    let answer = anna.ask(request).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), "application/zip");
    let asked = world.asked();
    assert!(!asked.iter().any(|path| path.starts_with("/private/")));
}

#[tokio::test]
async fn a_list_of_a_page_with_papers_has_rows_to_tick() {
    let world = World::new().await;
    let mut anna = world.signed_in(ANNA).await;
    let page = anna.get("/transport-jobs").await.text();
    assert!(page.contains("action=\"/transport-jobs/documents.zip\""));
    assert!(page.contains("form=\"ticked\" name=\"name\" value=\"TRJ"));
    let orders = anna.get("/stocktake-orders").await.text();
    assert!(!orders.contains("documents.zip"));
}

#[tokio::test]
async fn a_permission_that_is_taken_away_ends_an_archive_within_the_proof_time() {
    let world = World::new().await;
    let anna = world.signed_in(ANNA).await;
    for (id, _) in FILES {
        let url = text(&record(id), "file_url").to_owned();
        world
            .site
            .set_file_content(&url, MadeFile::Pattern(64 << 20));
    }
    let request = anna.request(Method::GET, &of_job(JOB));
    let mut response = anna.open(request).await;
    response.chunk().await.expect("it begins");
    world.site.remove_user_permissions(ANNA);
    world
        .site
        .add_user_permission(ANNA, "Customer", "Nordlys Solar AS", None);
    world.seconds_pass(31);
    let read = async {
        loop {
            match response.chunk().await {
                Ok(Some(_)) => {}
                Ok(None) => return "whole",
                Err(_) => return "broken",
            }
        }
    };
    assert_eq!(read.await, "broken");
    assert!(world.site.made_bytes_sent() <= 64 << 20, "no second file");
}
