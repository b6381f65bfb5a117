//! What the demo ERP promises to who builds on it, over HTTP: the demo's own records, the
//! controls, and the faults.

mod accounts;

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use reqwest::{Client, RequestBuilder, Response};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::{Fault, SecondFactor, Site, serve};
use crate::clock::Clock;

struct Visitor {
    site: Arc<Site>,
    clock: Clock,
    client: Client,
    address: String,
}

#[expect(
    clippy::disallowed_methods,
    reason = "these tests speak to the server directly"
)]
async fn send(builder: RequestBuilder) -> reqwest::Result<Response> {
    builder.send().await
}

impl Visitor {
    async fn at_the_demo() -> Self {
        let start: Timestamp = "2027-03-01T12:00:00Z".parse().expect("a time");
        let clock = Clock::manual(start);
        let site = Site::demo(clock.clone()).expect("the demo's records");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        tokio::spawn(serve(listener, Arc::clone(&site), std::future::pending()));
        let client = Client::builder().no_proxy().build().expect("a client");
        Self {
            site,
            clock,
            client,
            address,
        }
    }

    async fn sign_in(&self, user: &str, password: &str) -> (u16, Option<String>, Value) {
        let form = [("usr", user), ("pwd", password)];
        let builder = self
            .client
            .post(format!("{}/api/method/login", self.address))
            .form(&form);
        let response = send(builder).await.expect("an answer");
        let status = response.status().as_u16();
        let cookies = response.headers().get_all("set-cookie").iter();
        let sid = cookies
            .filter_map(|cookie| {
                cookie
                    .to_str()
                    .ok()?
                    .strip_prefix("sid=")?
                    .split(';')
                    .next()
            })
            .map(str::to_owned)
            .next();
        (status, sid, response.json().await.unwrap_or_default())
    }

    fn get(&self, path: &str, sid: &str) -> RequestBuilder {
        let builder = self.client.get(format!("{}{path}", self.address));
        builder.header("Cookie", format!("sid={sid}"))
    }

    async fn read(&self, path: &str, sid: &str) -> (u16, Value) {
        let response = send(self.get(path, sid)).await.expect("an answer");
        (
            response.status().as_u16(),
            response.json().await.unwrap_or_default(),
        )
    }
}

#[tokio::test]
async fn every_account_of_the_demo_signs_in_and_its_newest_job_is_near_today() {
    let visitor = Visitor::at_the_demo().await;
    let accounts = visitor.site.accounts().to_vec();
    assert!(accounts.len() >= 8);
    let first = &accounts[0];
    let (status, sid, body) = visitor.sign_in(&first.email, &first.password).await;
    assert_eq!(
        (status, &body["message"]),
        (200, &json!("No App")),
        "{body}"
    );
    let path = "/api/resource/Transport%20Job?fields=[%22max(booking_date)%20as%20newest%22]";
    let (status, body) = visitor.read(path, &sid.expect("a session")).await;
    assert_eq!(status, 200);
    let newest: jiff::civil::Date = body["data"][0]["newest"]
        .as_str()
        .and_then(|date| date.parse().ok())
        .expect("a date");
    let days = newest
        .until(jiff::civil::date(2027, 3, 1))
        .expect("a span")
        .get_days();
    assert!(days.abs() < 60, "the newest job is {days} days old");
}

#[tokio::test]
async fn what_is_done_to_a_user_acts_on_a_live_session_at_once() {
    let visitor = Visitor::at_the_demo().await;
    let account = visitor.site.accounts()[0].clone();
    let (_, sid, _) = visitor.sign_in(&account.email, &account.password).await;
    let sid = sid.expect("a session");
    let jobs = "/api/method/frappe.desk.reportview.get_count?doctype=Transport%20Job";
    let count = async || visitor.read(jobs, &sid).await.1["message"].as_u64();
    let own = count().await.expect("a number");
    visitor.site.remove_user_permissions(&account.email);
    let all = count().await.expect("a number");
    assert!(own > 0 && own < all, "{own} of {all}");
    visitor
        .site
        .add_user_permission(&account.email, "Customer", "Nobody's", Some("Bin"));
    assert_eq!(count().await, Some(all));
    visitor.site.remove_role(&account.email, "Customer");
    assert_eq!(visitor.read(jobs, &sid).await.0, 403);
    visitor.site.disable_user(&account.email);
    assert_eq!(visitor.read(jobs, &sid).await.0, 417);
    assert!(visitor.site.kill_session(&sid));
    assert_eq!(
        visitor.read(jobs, &sid).await.1["session_expired"],
        json!(1)
    );
}

#[tokio::test]
async fn a_session_ends_by_the_clock_that_was_passed_in() {
    let visitor = Visitor::at_the_demo().await;
    let account = visitor.site.accounts()[0].clone();
    visitor.site.expire_sessions_after(Duration::from_hours(1));
    let (_, sid, _) = visitor.sign_in(&account.email, &account.password).await;
    let sid = sid.expect("a session");
    let who = "/api/method/frappe.auth.get_logged_user";
    visitor.clock.advance(SignedDuration::from_mins(59));
    assert_eq!(visitor.read(who, &sid).await.0, 200);
    visitor.clock.advance(SignedDuration::from_mins(59));
    assert_eq!(visitor.read(who, &sid).await.0, 200);
    visitor.clock.advance(SignedDuration::from_mins(61));
    assert_eq!(visitor.read(who, &sid).await.0, 403);
}

#[tokio::test]
async fn a_second_factor_gives_no_session_until_its_code_is_right() {
    let visitor = Visitor::at_the_demo().await;
    let account = visitor.site.accounts()[0].clone();
    visitor.site.add_role(&account.email, "Portal 2FA");
    visitor.site.set_two_factor(SecondFactor::App);
    let (status, sid, body) = visitor.sign_in(&account.email, &account.password).await;
    assert_eq!((status, sid), (200, None));
    let code = visitor.site.second_factor_code();
    for (code, expected) in [("000000", 401), (code.as_str(), 200)] {
        let form = [
            ("tmp_id", body["tmp_id"].as_str().expect("an id")),
            ("otp", code),
        ];
        let builder = visitor
            .client
            .post(format!("{}/api/method/login", visitor.address));
        let response = send(builder.form(&form)).await.expect("an answer");
        assert_eq!(response.status().as_u16(), expected);
    }
}

#[tokio::test]
async fn accounts_show_a_second_factor_and_an_expired_password_and_nobody_else_meets_them() {
    let visitor = Visitor::at_the_demo().await;
    let mut met = Vec::new();
    for account in visitor.site.accounts().to_vec() {
        let (_, _, body) = visitor.sign_in(&account.email, &account.password).await;
        if body["verification"]["method"] == json!("Email") {
            met.push(("code", account.email.clone()));
        }
        if body["message"] == json!("Password Reset") {
            met.push(("expired", account.email));
        }
    }
    let expected = [
        ("code", "ingrid.dahl@nordlys-solar.example".to_owned()),
        ("expired", "bram.kuipers@veldhuis-foods.example".to_owned()),
    ];
    assert_eq!(met, expected);
}

/// What every table of Frappe's has, and the ties of a child row.
const COLUMNS: [&str; 10] = [
    "name",
    "creation",
    "modified",
    "modified_by",
    "owner",
    "docstatus",
    "idx",
    "parent",
    "parentfield",
    "parenttype",
];

#[test]
fn the_records_of_the_demo_have_no_field_that_their_doctype_has_not() {
    let site = Site::demo(Clock::system()).expect("the demo's records");
    let state = site.state();
    let check = |meta: &super::meta::Meta, record: &super::records::Record| {
        for field in record
            .keys()
            .filter(|field| !COLUMNS.contains(&field.as_str()))
        {
            assert!(
                !meta.has_fields() || meta.field(field).is_some(),
                "{}: {field}",
                meta.name
            );
        }
    };
    for (doctype, least) in [
        ("Transport Job", 650),
        ("Warehouse Job", 420),
        ("Transport Order", 60),
        ("Inbound Order", 60),
        ("Release Order", 60),
        ("Transfer Order", 60),
        ("VAS Order", 60),
        ("Stocktake Order", 60),
        ("Item", 60),
        ("Warehouse", 10),
        ("Bin", 800),
    ] {
        let meta = super::meta::Metas::get().meta(doctype).expect("a DocType");
        let records: Vec<_> = state.records.documents(doctype).collect();
        assert!(records.len() >= least, "{doctype}: {}", records.len());
        for record in records {
            check(meta, record);
            for table in meta.table_fields() {
                let child = super::meta::Metas::get().meta(&table.options);
                for row in super::records::children(record, &table.fieldname) {
                    check(child.expect("a child table"), row);
                }
            }
        }
    }
}

#[tokio::test]
async fn faults_break_answers_in_the_way_that_was_asked_for() {
    let visitor = Visitor::at_the_demo().await;
    let (site, ping) = (&visitor.site, "/api/method/ping");
    site.set_fault(Some(Fault::Refuse));
    assert!(send(visitor.get(ping, "Guest")).await.is_err());
    site.set_fault(Some(Fault::Status(502)));
    let response = send(visitor.get(ping, "Guest")).await.expect("an answer");
    assert_eq!(response.status().as_u16(), 502);
    assert!(response.text().await.expect("a page").contains("nginx"));
    site.set_fault(Some(Fault::Garbage));
    let response = send(visitor.get(ping, "Guest")).await.expect("an answer");
    assert_eq!(response.status().as_u16(), 200);
    assert!(response.json::<Value>().await.is_err());
    site.set_fault(None);
    site.set_fault_on("/api/method", Fault::Truncated);
    let response = send(visitor.get(ping, "Guest"))
        .await
        .expect("the beginning");
    assert!(response.bytes().await.is_err());
    site.clear_faults();
    assert_eq!(
        visitor.read(ping, "Guest").await,
        (200, json!({"message": "pong"}))
    );
}

#[tokio::test]
async fn held_answers_prove_that_questions_go_side_by_side() {
    let visitor = Visitor::at_the_demo().await;
    visitor.site.hold(3);
    let ping = || visitor.read("/api/method/ping", "Guest");
    let answers = tokio::join!(ping(), ping(), ping());
    assert_eq!((answers.0.0, answers.1.0, answers.2.0), (200, 200, 200));
    visitor.site.hold(0);
    visitor.site.clear_requests();
    ping().await;
    let requests = visitor.site.requests();
    assert_eq!(requests.len(), 1);
    assert_eq!(
        (requests[0].method.as_str(), requests[0].user.as_ref()),
        ("GET", None)
    );
}

#[tokio::test]
async fn a_private_file_is_for_who_may_read_its_document() {
    let visitor = Visitor::at_the_demo().await;
    let state_of = |user: &str, password: &str| {
        let (user, password) = (user.to_owned(), password.to_owned());
        let visitor = &visitor;
        async move {
            visitor
                .sign_in(&user, &password)
                .await
                .1
                .expect("a session")
        }
    };
    let accounts = visitor.site.accounts().to_vec();
    let owner = state_of(&accounts[0].email, &accounts[0].password).await;
    let job = "/api/resource/Transport%20Job?limit_page_length=0";
    let names = visitor.read(job, &owner).await.1;
    let names: Vec<&str> = names["data"]
        .as_array()
        .expect("rows")
        .iter()
        .filter_map(|row| row["name"].as_str())
        .collect();
    let url = {
        let state = visitor.site.state();
        let file = state.records.documents("File").find(|file| {
            names.contains(&super::records::text(file, "attached_to_name"))
                && super::records::int(file, "is_private") == 1
        });
        super::records::text(file.expect("a file of a job"), "file_url").to_owned()
    };
    let url = url
        .replace('%', "%25")
        .replace(' ', "%20")
        .replace('#', "%23")
        .replace('?', "%3F");
    let response = send(visitor.get(&url, &owner)).await.expect("an answer");
    assert_eq!(response.status().as_u16(), 200);
    assert!(response.bytes().await.expect("bytes").len() > 500);
    let response = send(visitor.get(&url, "Guest")).await.expect("an answer");
    assert_eq!(response.status().as_u16(), 403);
}

#[tokio::test]
async fn no_request_however_odd_is_left_without_an_answer() {
    let visitor = Visitor::at_the_demo().await;
    let account = visitor.site.accounts()[0].clone();
    let (_, sid, _) = visitor.sign_in(&account.email, &account.password).await;
    let sid = sid.expect("a session");
    let odd = [
        "[]",
        "{}",
        "null",
        "0",
        "-1",
        "\"a\"",
        "[[]]",
        "[null]",
        "[[\"name\"]]",
        "[\"*\"]",
        "[{}]",
        "[[\"name\",\"=\"]]",
        "[[\"name\",\"in\",5]]",
        "[[\"name\",\"between\",[1]]]",
        "%",
        "é",
        "(",
        "`",
        "[[\"status\",\"like\",{}]]",
        "{\"name\":[]}",
        "{\"booking_date\":[\"=\",\"x\"]}",
        "[\"a.b.c\"]",
        "[[\"Transport Job\",\"modified\",\">\",[]]]",
        "[\"count(*)\"]",
        "[\"packages.x as y\"]",
        "[[\"Nope\",\"a\",\"=\",1]]",
        "name desc, (select 1)",
        "1,2,3",
        "99999999999999999999",
    ];
    let parameters = [
        "fields",
        "filters",
        "or_filters",
        "order_by",
        "group_by",
        "limit_start",
        "limit_page_length",
        "parent",
        "as_dict",
        "distinct",
        "limit",
    ];
    let paths = [
        "/api/resource/Transport%20Job",
        "/api/resource/Portal%20User",
        "/api/method/frappe.desk.reportview.get_count?doctype=Transport%20Job",
        "/api/method/frappe.client.get_list?doctype=Job%20Document",
    ];
    for path in paths {
        for parameter in parameters {
            for value in odd {
                let builder = visitor.get(path, &sid).query(&[(parameter, value)]);
                let response = send(builder).await;
                let response =
                    response.unwrap_or_else(|error| panic!("{path} {parameter}={value}: {error}"));
                let status = response.status().as_u16();
                assert!(
                    [200, 403, 404, 417, 500].contains(&status),
                    "{path} {parameter}={value}: {status}"
                );
                let kind = response.headers()["content-type"]
                    .to_str()
                    .unwrap_or_default()
                    .to_owned();
                assert_eq!(kind, "application/json");
            }
        }
    }
    for path in [
        "/",
        "//",
        "/api",
        "/api/",
        "/api/resource/",
        "/api/resource//",
        "/api/method/",
        "/api/resource/Transport%20Job/%2e%2e/",
        "/api/resource/%FF%FE/%00",
        "/files/",
        "/private/files/",
        "/api/resource/User/%20",
        "/api/v1/method/ping",
        "/api/v2/method/ping",
    ] {
        assert!(send(visitor.get(path, &sid)).await.is_ok(), "{path}");
    }
}
