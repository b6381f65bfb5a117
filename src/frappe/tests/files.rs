//! Files: what goes out for one, and what its answer is taken for.

use super::*;

const PATH: &str = "/private/files/Größe & Maß №1 (final).pdf";

fn path() -> FilePath {
    FilePath::parse(PATH).unwrap()
}

/// A file, with the headers that Frappe puts on it (`file_private_own`).
fn file(status: u16, headers: &[(&str, &str)], body: &'static str) -> Response<Body> {
    let mut reply = Response::builder()
        .status(status)
        .header("content-type", "application/pdf");
    for (name, value) in headers {
        reply = reply.header(*name, *value);
    }
    reply.body(body.into()).unwrap()
}

#[tokio::test]
async fn a_private_file_is_asked_for_by_its_path_with_the_sid_and_one_address() {
    let (site, connection) = Site::answering([file(200, &COOKIES, "%PDF-1.4")]).await;
    let mut bytes = client(connection).file(&caller(), &path()).await.unwrap();
    assert_eq!(bytes.next().await.unwrap().unwrap(), "%PDF-1.4");
    assert_eq!(bytes.next().await, Ok(None));
    let [seen] = &site.seen()[..] else { panic!() };
    assert_eq!(
        seen.target,
        "/private/files/Gr%C3%B6%C3%9Fe%20&%20Ma%C3%9F%20%E2%84%961%20(final).pdf"
    );
    assert_eq!(seen.header("cookie"), ["sid=5ec2e7"]);
    assert_eq!(seen.header("x-forwarded-for"), ["203.0.113.7"]);
    assert!(seen.header("range").is_empty());
}

#[tokio::test]
async fn a_public_file_is_asked_for_without_sid_or_address() {
    let (site, connection) = Site::answering([file(200, &[], "x")]).await;
    let public = FilePath::parse("/files/photo.png").unwrap();
    client(connection).file(&caller(), &public).await.unwrap();
    let [seen] = &site.seen()[..] else { panic!() };
    assert!(seen.header("cookie").is_empty() && seen.header("x-forwarded-for").is_empty());
}

#[tokio::test]
async fn a_refused_file_is_not_found_where_the_session_is_good_and_a_sign_in_where_it_is_not() {
    for (whose, expected) in [
        (reply(200, &[], &json!({"message": ANNA})), Error::NotFound),
        (forbidden(&[]), Error::SignInRequired),
    ] {
        let (_, connection) = Site::answering([html(403), whose]).await;
        let opened = client(connection).file(&caller(), &path()).await;
        assert_eq!(opened.unwrap_err(), expected);
    }
    let guest = [("set-cookie", "user_id=Guest; Path=/")];
    let (_, connection) = Site::answering([file(200, &guest, "of nobody's")]).await;
    let opened = client(connection).file(&caller(), &path()).await;
    assert_eq!(opened.unwrap_err(), Error::SignInRequired);
}

#[tokio::test]
async fn an_empty_body_with_x_accel_redirect_is_no_file() {
    let headers = [("x-accel-redirect", "/protected/private/files/a.pdf")];
    let (_, connection) = Site::answering([file(200, &headers, "")]).await;
    let opened = client(connection).file(&caller(), &path()).await;
    let Err(Error::Unexpected(reason)) = opened else {
        panic!("{opened:?}")
    };
    assert!(reason.contains("site.url"), "{reason}");
}

/// A document, where the desk answers this.
async fn document(answer: &Value) -> Result<(Record, Vec<Attachment>), Error> {
    let (_, connection) = Site::answering([reply(200, &COOKIES, answer)]).await;
    let name = DocumentName::parse("TRJ000000001").unwrap();
    let job = DocType::parse("Transport Job").unwrap();
    let client = client(connection);
    let mut extract = Extract::default();
    extract.add_fields([FieldName::name()]);
    client
        .document_with_attachments(&caller(), &job, &name, &extract)
        .await
}

#[tokio::test]
async fn a_document_that_the_desk_does_not_find_is_not_found() {
    for (answer, expected) in [
        (json!({"message": []}), Error::NotFound),
        (
            json!({"docs": [], "docinfo": {}}),
            Outage::Incomplete.into(),
        ),
        (json!({"docs": [{"name": "a"}]}), Outage::Incomplete.into()),
    ] {
        let found = document(&answer).await;
        assert_eq!(found, Err(expected));
    }
}

#[tokio::test]
async fn a_document_is_read_alike_whatever_the_desk_says_beside_it() {
    let plain = json!({
        "docs": [{"name": "TRJ000000001", "legs": [{"name": "a"}]}, {"name": "another"}],
        "docinfo": {"comments": [{"content": "internal"}], "attachments": []},
        "_link_titles": {"User::anna": "Anna"},
    });
    let with = |key: &str, value: Value| {
        let mut answer = plain.clone();
        answer[key] = value;
        answer
    };
    let read = Ok("TRJ000000001".to_owned());
    for (answer, expected) in [
        (plain.clone(), read.clone()),
        (with("_server_messages", json!("[]")), read.clone()),
        (with("user_info", json!({})), read),
        (
            with("session_expired", json!(1)),
            Err(Error::SignInRequired),
        ),
        (with("docinfo", json!([])), Err(Outage::Incomplete.into())),
        (with("docs", json!([1])), Err(Outage::Incomplete.into())),
    ] {
        let found = document(&answer).await;
        let found = found.map(|(document, _)| document.text(&field("name")).unwrap().to_owned());
        assert_eq!(found, expected, "{answer}");
    }
}

#[tokio::test]
async fn attachments_that_lead_elsewhere_are_none() {
    let row = |name: &str, url: &str| json!({"name": name, "file_name": "a", "file_url": url});
    let answer = json!({
        "docs": [{"name": "TRJ000000001"}],
        "docinfo": {"attachments": [
            row("a1", "/private/files/a.pdf"),
            row("a2", "https://drive.example/a.pdf"),
            row("..", "/private/files/b.pdf"),
            {"name": "a3"},
            "a4",
        ]},
    });
    let (_, attachments) = document(&answer).await.unwrap();
    let ids: Vec<_> = attachments.iter().map(|file| file.id.as_str()).collect();
    assert_eq!(ids, ["a1"]);
}

#[tokio::test]
async fn the_service_account_is_asked_for_details_of_named_files_of_one_document() {
    let rows = json!({"data": [
        {"name": "a1", "file_size": 611, "creation": "2026-11-22 18:17:52.848126"},
        {"name": "a2", "file_size": 0, "creation": null},
    ]});
    let (site, mut connection) = Site::answering([reply(200, &[], &rows)]).await;
    connection.service = Some(ServiceAccount {
        key: "key".to_owned(),
        secret: "secret".into(),
    });
    let name = |text| DocumentName::parse(text).unwrap();
    let job = DocType::parse("Transport Job").unwrap();
    let (first, second) = (name("a1"), name("a2"));
    let details = client(connection)
        .file_details(&job, &name("TRJ000000001"), &[&first, &second])
        .await
        .unwrap();
    assert_eq!(details[0].1.size, Some(611));
    assert_eq!(
        details[1].1,
        FileDetails {
            size: None,
            added: None
        }
    );
    let seen = &site.seen()[0];
    assert!(seen.target.contains("attached_to_name") && seen.target.contains("TRJ000000001"));
    assert_eq!(seen.header("authorization"), ["token key:secret"]);
}
