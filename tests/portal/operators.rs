//! The operators' listener: what it tells, that no secret and nothing of a customer's is in it, and that
//! nobody reaches it who should not.

use std::path::Path;

use quayfront::admin::check::Finding;
use quayfront::admin::report::Report;
use quayfront::config::Settings;
use quayfront::web::operators::Operators;
use quayfront::web::{self, Limits};
use reqwest::Method;
use reqwest::header::{ACCEPT, HOST};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::support::truth::{records, text};
use crate::support::{ANNA, Answer, METTE, PIOTR, TOM, VELDHUIS, Visitor, World};

const SECRETS: [&str; 5] = [
    "c2Vzc2lvbi1rZXktb2YtdGhlLW9wZXJhdG9ycy10ZXN0cy10aGF0LW5vYm9keS1zZWVz",
    "an-api-key-nobody-sees",
    "an-api-secret-nobody-sees",
    "a-webhook-secret-nobody-sees",
    "another-webhook-secret-nobody-sees",
];

fn settings(report: &Path) -> Settings {
    let [session, key, secret, webhook, another] = SECRETS;
    let report = report.display();
    let text = format!(
        "public_url = \"https://portal.example.com\"\n\
         [site]\nurl = \"http://127.0.0.1:8000\"\ntime_zone = \"Europe/Amsterdam\"\n\
         api_key = \"{key}\"\napi_secret = \"{secret}\"\n\
         [session]\nkeys = [\"{session}\"]\n\
         [webhooks]\nsecrets = [\"{webhook}\", \"{another}\"]\n\
         [stock]\nowner = \"settings\"\nwarehouses = {{ \"{VELDHUIS}\" = [\"Hamburg Ambient - HLL\"] }}\n\
         [operators]\ncheck_report = \"{report}\"\n"
    );
    Settings::extract("the test's settings", &text).expect("good settings")
}

/// The operators' page of a portal, and somebody with a browser at it.
async fn operators(world: &World, report: &Path) -> Visitor {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let operators = Operators::new(world.app.clone(), &settings(report), address);
    let limits = Limits {
        connections: 64,
        patience: std::time::Duration::ZERO,
        stall: std::time::Duration::from_mins(1),
    };
    tokio::spawn(web::serve_operators(
        listener,
        operators,
        std::future::pending(),
        limits,
    ));
    Visitor::new(address)
}

/// Without a report.
pub async fn bare(world: &World) -> Visitor {
    operators(world, Path::new("/nowhere/check.json")).await
}

async fn figures(visitor: &mut Visitor) -> Value {
    visitor.json("/").await.json()
}

/// Everything of customers' that could stand on a page: names of documents, customers and users.
fn names() -> Vec<String> {
    let mut names = Vec::new();
    for file in [
        "customer",
        "transport_job",
        "warehouse_job",
        "inbound_order",
        "user",
    ] {
        let of = records(file);
        names.extend(of.iter().map(|one| text(one, "name").to_owned()));
    }
    names.retain(|name| !["Guest", "Administrator"].contains(&name.as_str()));
    names
}

fn holds_none(answer: &Answer, names: &[String]) {
    let told = answer.text();
    for name in names {
        assert!(!told.contains(name.as_str()), "{name}");
    }
}

#[tokio::test]
async fn no_secret_of_the_settings_is_told_and_every_setting_is() {
    let world = World::new().await;
    let mut visitor = bare(&world).await;
    let answers = [
        visitor.get("/").await,
        visitor.json("/").await,
        visitor.get("/metrics").await,
    ];
    for answer in &answers {
        assert_eq!(answer.status, 200);
        for secret in SECRETS {
            assert!(!answer.text().contains(secret), "{secret}");
        }
    }
    let told = &answers[1].json()["settings"];
    assert_eq!(told["session.keys"], "1 set, and not shown");
    assert_eq!(told["site.api_key"], "set, and not shown");
    assert_eq!(
        told["webhooks.secrets"],
        "set, and not shown, set, and not shown"
    );
    assert_eq!(told["site.url"], "http://127.0.0.1:8000/");
    assert_eq!(told["session.proof"], "30s");
    assert_eq!(told["memory.size"], "256.0 MiB");
    assert_eq!(told["sign_in.account.then_every"], "30s");
    assert_eq!(told["stock.warehouses"], "1 set, and not shown");
    let tables: toml::Table = toml::from_str(quayfront::config::DEFAULTS).expect("TOML");
    for table in tables.keys().filter(|key| *key != "wiki") {
        let told = told.as_object().expect("settings");
        assert!(told.keys().any(|key| key.starts_with(table)), "{table}");
    }
}

#[tokio::test]
async fn its_routes_are_none_of_the_portals_and_the_portals_are_none_of_its() {
    let world = World::new().await;
    let mut portal = world.signed_in(ANNA).await;
    assert_eq!(portal.get("/metrics").await.status, 404);
    assert_eq!(portal.get("/operators").await.status, 404);
    assert!(!portal.get("/").await.text().contains("For operators"));
    let mut visitor = bare(&world).await;
    let shared = ["/", "/assets/{file}"];
    for route in web::routes(&world.app) {
        if !shared.contains(&route.path.as_str()) {
            let path = route
                .path
                .replace("{name}", "TRJ000000648")
                .replace("{file}", "x");
            assert_eq!(visitor.get(&path).await.status, 404, "{path}");
        }
    }
}

#[tokio::test]
async fn no_website_reaches_it_through_an_operators_browser() {
    let world = World::new().await;
    let mut visitor = bare(&world).await;
    for path in ["/", "/metrics", "/nothing", "/assets/app.css"] {
        for (header, value, status) in [
            ("host", "rebound.example.com", 421),
            ("host", "127.0.0.1", 421),
            ("sec-fetch-site", "cross-site", 403),
            ("sec-fetch-site", "same-site", 403),
        ] {
            let asked = visitor.request(Method::GET, path).header(header, value);
            let answer = visitor.ask(asked).await;
            assert_eq!(answer.status, status, "{path} {header}: {value}");
            assert!(answer.body.len() < 120, "{path} {header}: {value}");
        }
        let asked = visitor.request(Method::POST, path);
        assert_eq!(visitor.ask(asked).await.status, 403, "{path}");
    }
    for site in ["none", "same-origin"] {
        let asked = visitor
            .request(Method::GET, "/")
            .header("sec-fetch-site", site);
        assert_eq!(visitor.ask(asked).await.status, 200, "{site}");
    }
    let asked = visitor.request(Method::GET, "/").header(HOST, "LOCALHOST");
    assert_eq!(visitor.ask(asked).await.status, 421, "without the port");
    let answer = visitor.get("/").await;
    assert!(
        answer
            .header("content-security-policy")
            .contains("default-src 'none'")
    );
    assert_eq!(answer.header("x-frame-options"), "DENY");
    assert_eq!(answer.header("cross-origin-resource-policy"), "same-origin");
    assert_eq!(answer.header("cache-control"), "private, no-store");
}

#[tokio::test]
async fn it_tells_how_the_site_stands_and_asks_it_no_more_than_health_does() {
    let world = World::new().await;
    let mut visitor = bare(&world).await;
    world.asked();
    let told = figures(&mut visitor).await;
    assert_eq!(told["site"]["state"], "answering");
    assert_eq!(told["site"]["breaker"], "shut");
    assert_eq!(told["site"]["answered_at"], told["at"]);
    figures(&mut visitor).await;
    visitor.get("/metrics").await;
    assert_eq!(world.asked().len(), 1, "one ping for all of them");
    world.site.set_fault(Some(quayfront::demo::Fault::Refuse));
    world.seconds_pass(120);
    for _ in 0..8 {
        figures(&mut visitor).await;
        world.seconds_pass(3);
    }
    let told = figures(&mut visitor).await;
    assert_eq!(told["site"]["state"], "not answering");
    assert_eq!(told["site"]["breaker"], "open");
    assert_ne!(told["site"]["answered_at"], told["at"]);
    assert!(visitor.get("/").await.text().contains("Does not answer"));
}

#[tokio::test]
async fn sign_ins_are_counted_by_how_they_ended_and_nobody_is_named() {
    let world = World::new().await;
    let mut visitor = bare(&world).await;
    world.signed_in(ANNA).await;
    for _ in 0..5 {
        world.visitor().sign_in(METTE, "wrong").await;
    }
    world
        .site
        .set_fault(Some(quayfront::demo::Fault::Status(502)));
    world.visitor().sign_in(TOM, "right or wrong").await;
    world.site.clear_faults();
    let told = figures(&mut visitor).await;
    let expected = json!({
        "succeeded": 1, "refused": 4, "limited": 1, "locked_out": 0, "unanswered": 1,
    });
    assert_eq!(told["sign_ins_last_hour"], expected);
    let metrics = visitor.get("/metrics").await;
    assert!(
        metrics
            .text()
            .contains("quayfront_sign_ins_total{outcome=\"refused\"} 4\n")
    );
    for answer in [visitor.get("/").await, visitor.json("/").await, metrics] {
        holds_none(&answer, &names());
    }
    world.seconds_pass(3_700);
    let told = figures(&mut visitor).await;
    assert_eq!(told["sign_ins_last_hour"]["refused"], 0);
}

#[tokio::test]
async fn figures_of_what_is_remembered_move_with_what_is_shown() {
    let world = World::new().await;
    let mut visitor = bare(&world).await;
    let mut anna = world.signed_in(ANNA).await;
    let of = |told: &Value, memory: &str| {
        let all = told["memory"].as_array().expect("memories").clone();
        let mut of_it = all.into_iter().filter(|one| one["memory"] == memory);
        of_it.next().expect("the memory")
    };
    let before = figures(&mut visitor).await;
    anna.get("/transport-jobs").await;
    let cold = figures(&mut visitor).await;
    for memory in ["answers", "pages"] {
        for figure in ["misses", "bytes", "entries"] {
            let (was, is) = (&of(&before, memory)[figure], &of(&cold, memory)[figure]);
            assert!(is.as_u64() > was.as_u64(), "{memory} {figure}: {was}, {is}");
        }
    }
    anna.get("/transport-jobs").await;
    let warm = figures(&mut visitor).await;
    for memory in ["answers", "pages"] {
        let (was, is) = (of(&cold, memory), of(&warm, memory));
        assert_eq!(is["misses"], was["misses"], "{memory}");
    }
    // The finished page is all that it takes, and whose session it is.
    for memory in ["pages", "sessions"] {
        let (was, is) = (of(&cold, memory), of(&warm, memory));
        assert!(is["hits"].as_u64() > was["hits"].as_u64(), "{memory}");
    }
}

#[tokio::test]
async fn of_a_user_it_says_whose_he_is_by_frappes_last_word_and_shows_no_document() {
    let world = World::new().await;
    let mut visitor = bare(&world).await;
    let path = |user: &str| format!("/?user={}", user.replace('@', "%40"));
    let told = visitor.json(&path(ANNA)).await.json();
    assert_eq!(
        (&told["user"]["known"], &told["user"]["pages"]),
        (&json!(false), &json!([]))
    );
    let page = visitor.get(&path(ANNA)).await.text();
    assert!(
        page.contains(&format!("quayfront check --user {ANNA}")),
        "{page}"
    );
    for user in [ANNA, METTE, PIOTR] {
        world.signed_in(user).await.get("/").await;
    }
    world.settled().await;
    world.seconds_pass(20);
    world.asked();
    let answer = visitor.json(&path(ANNA)).await;
    let user = answer.json()["user"].clone();
    assert_eq!(user["customers_from"], "user permissions");
    assert_eq!(user["age_seconds"], 20);
    for page in user["pages"].as_array().expect("pages") {
        assert_eq!(page["customers"], json!([VELDHUIS]), "{page}");
        assert_eq!(
            (&page["shown"], &page["why"]),
            (&json!(true), &json!("readable")),
            "{page}"
        );
    }
    let mut others = names();
    others.retain(|name| name != VELDHUIS && name != ANNA);
    holds_none(&answer, &others);
    holds_none(&visitor.get(&path(ANNA)).await, &others);
    // A User Permission for one DocType alone, and none but a Portal Users row.
    let told = visitor.json(&path(METTE)).await.json();
    let pages = told["user"]["pages"].as_array().expect("pages").clone();
    let with: Vec<&Value> = pages
        .iter()
        .filter(|page| page["customers"] != json!([]))
        .collect();
    assert_eq!(with.len(), 1);
    assert_eq!(with[0]["doctype"], "Warehouse Job");
    let told = visitor.json(&path(PIOTR)).await.json();
    assert_eq!(told["user"]["customers_from"], "portal users");
    let asked = world.asked();
    assert!(asked.iter().all(|path| path.ends_with("ping")), "{asked:?}");
}

#[tokio::test]
async fn the_portals_cookie_changes_nothing_there() {
    let world = World::new().await;
    let mut anna = world.signed_in(ANNA).await;
    // Her start page is remembered, and the portal would send it the short way.
    for _ in 0..2 {
        assert_eq!(anna.get("/").await.status, 200);
    }
    world.settled().await;
    let cookie = anna.cookie.clone().expect("a session");
    let mut visitor = bare(&world).await;
    // The second is an error page, which in the portal greets whoever is signed in.
    for path in ["/", "/assets/nothing.css"] {
        let asked = visitor
            .request(Method::GET, path)
            .header(ACCEPT, "text/html");
        let with = visitor.ask(asked.header("cookie", &cookie)).await;
        let without = visitor.get(path).await;
        assert_eq!(with.status, without.status, "{path}");
        for answer in [with, without] {
            let told = answer.text();
            assert!(
                !told.contains("Anna") && !told.contains("/logout"),
                "{path}: {told}"
            );
        }
    }
}

#[tokio::test]
async fn what_the_last_check_left_is_shown_with_its_age() {
    let world = World::new().await;
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("check.json");
    let mut visitor = operators(&world, &file).await;
    assert_eq!(figures(&mut visitor).await["check"], Value::Null);
    assert!(
        visitor
            .get("/")
            .await
            .text()
            .contains("Nobody has run quayfront check")
    );
    std::fs::write(&file, "{").expect("written");
    assert!(visitor.get("/").await.text().contains("cannot be read"));
    let finding: Finding = Finding {
        check: "user-permissions",
        grade: quayfront::admin::check::Grade::Wrong,
        found: format!("No User Permission on Customer: {ANNA}"),
        means: "Frappe shows them everything.".to_owned(),
        mend: "quayfront setup".to_owned(),
        all: vec![ANNA.to_owned()],
    };
    let report = Report::of(&[finding], world.clock.now());
    report.leave(&file).expect("written");
    world.seconds_pass(7_200);
    let page = visitor.get("/").await.text();
    assert!(
        page.contains("2 hours ago: 0 good, 0 warnings, 1 wrong"),
        "{page}"
    );
    assert!(
        page.contains("No User Permission on Customer (1)"),
        "{page}"
    );
    assert!(!page.contains(ANNA));
    let told = figures(&mut visitor).await;
    assert_eq!(told["check"]["worst"], "wrong");
    let metrics = visitor.get("/metrics").await.text();
    assert!(
        metrics.contains("quayfront_check_age_seconds 7200\n"),
        "{metrics}"
    );
    assert!(
        metrics.contains("quayfront_check_findings{grade=\"wrong\"} 1\n"),
        "{metrics}"
    );
}

#[tokio::test]
async fn metrics_are_families_of_samples_as_prometheus_reads_them() {
    let world = World::new().await;
    let mut visitor = bare(&world).await;
    let answer = visitor.get("/metrics").await;
    assert_eq!(
        answer.header("content-type"),
        "text/plain; version=0.0.4; charset=utf-8"
    );
    let mut family = String::new();
    for line in answer.text().lines() {
        if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').expect("name and type");
            assert!(["gauge", "counter"].contains(&kind), "{line}");
            assert_eq!(kind == "counter", name.ends_with("_total"), "{line}");
            family = name.to_owned();
        } else if !line.starts_with("# HELP ") {
            let (sample, value) = line.rsplit_once(' ').expect("sample and value");
            let name = sample.split('{').next().unwrap_or_default();
            assert_eq!(name, family, "{line}");
            value.parse::<f64>().expect("a number");
        }
    }
    assert!(!family.is_empty());
}
