//! The description of the JSON, held against the standard, against the routes and against real answers.

use std::collections::{BTreeMap, BTreeSet};

use jsonschema::{Draft, Validator};
use serde_json::{Value, json};

use crate::support::{
    ANNA, Answer, KATRIN, LUCIA, MAEVE, METTE, PIOTR, SIOBHAN, TOM, Visitor, World,
};

/// Routes that answer pages, forms, assets or a word to whoever watches, and are not described.
const PAGES_ALONE: [&str; 16] = [
    "/login",
    "/logout",
    "/login/verify",
    "/password/forgot",
    "/password/reset",
    "/update-password",
    "/account",
    "/account/preferences",
    "/account/password",
    "/account/sign-out-elsewhere",
    "/wiki",
    "/assets/{file}",
    "/health/live",
    "/health/ready",
    "/stock_balance",
    "/hooks/frappe",
];

/// A description and what it says of answers.
struct Description {
    document: Value,
    schemas: BTreeMap<String, Validator>,
}

impl Description {
    async fn of(visitor: &mut Visitor) -> Self {
        let answer = visitor.json("/api/openapi.json").await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        Self {
            document: answer.json(),
            schemas: BTreeMap::new(),
        }
    }

    fn paths(&self) -> BTreeSet<String> {
        let paths = self.document["paths"].as_object().expect("paths");
        paths.keys().cloned().collect()
    }

    fn parameters(&self, path: &str) -> Vec<Value> {
        let parameters = &self.document["paths"][path]["get"]["parameters"];
        parameters.as_array().cloned().unwrap_or_default()
    }

    /// What a schema of the document says, its references followed.
    fn validator(&mut self, schema: &Value) -> &Validator {
        let components = &self.document["components"];
        self.schemas.entry(schema.to_string()).or_insert_with(|| {
            let mut whole = schema.clone();
            whole["components"] = components.clone();
            jsonschema::options()
                .with_draft(Draft::Draft202012)
                .should_validate_formats(true)
                .build(&whole)
                .expect("a schema")
        })
    }

    /// What is wrong with an answer of a path.
    fn wrong(&mut self, path: &str, answer: &Answer) -> Option<String> {
        let status = answer.status.to_string();
        let described = &self.document["paths"][path]["get"]["responses"][&status];
        let kind = answer.header("content-type");
        let kind = kind.split(';').next().unwrap_or_default();
        let content = described["content"].get(kind);
        let of_any_kind = || described["content"].get("*/*");
        let Some(content) = content.or_else(of_any_kind).cloned() else {
            return Some(format!("{status} with {kind} is not described"));
        };
        if !kind.ends_with("json") {
            return None;
        }
        let body = answer.json();
        let errors: Vec<String> = self
            .validator(&content["schema"])
            .iter_errors(&body)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .take(3)
            .collect();
        (!errors.is_empty()).then(|| errors.join("\n"))
    }

    fn holds(&mut self, path: &str, address: &str, answer: &Answer) {
        let wrong = self.wrong(path, answer);
        assert!(wrong.is_none(), "{address}: {}", wrong.unwrap_or_default());
    }
}

fn names(list: &Answer) -> Vec<String> {
    let rows = list.json()["rows"].as_array().cloned().unwrap_or_default();
    rows.iter()
        .filter_map(|row| Some(row["name"].as_str()?.to_owned()))
        .collect()
}

#[tokio::test]
async fn the_description_is_openapi_3_1() {
    let world = World::printing("").await;
    let mut anna = world.signed_in(ANNA).await;
    let description = Description::of(&mut anna).await;
    let standard = include_str!("../../fixtures/openapi/schema-3.1.json");
    let standard: Value = serde_json::from_str(standard).expect("a schema");
    let validator = jsonschema::options()
        .with_draft(Draft::Draft202012)
        .build(&standard)
        .expect("the standard's schema");
    let errors: Vec<String> = validator
        .iter_errors(&description.document)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{errors:#?}");
    assert!(!validator.is_valid(&json!({"openapi": "3.1.0"})));
    let schemas = description.document["components"]["schemas"].as_object();
    for (name, schema) in schemas.expect("schemas") {
        assert!(jsonschema::draft202012::meta::is_valid(schema), "{name}");
    }
    let ids: Vec<&str> = description.document["paths"]
        .as_object()
        .expect("paths")
        .values()
        .map(|path| path["get"]["operationId"].as_str().expect("an id"))
        .collect();
    let distinct: BTreeSet<_> = ids.iter().collect();
    assert_eq!(ids.len(), distinct.len(), "{ids:?}");
}

#[tokio::test]
async fn the_description_names_every_route_that_answers_data_and_no_other() {
    let world = World::printing("").await;
    let mut anna = world.signed_in(ANNA).await;
    let described = Description::of(&mut anna).await.paths();
    let routes: BTreeSet<String> = quayfront::web::routes(&world.app)
        .into_iter()
        .map(|route| route.path)
        .collect();
    let left_out: BTreeSet<_> = routes.difference(&described).cloned().collect();
    for path in &left_out {
        // CargoNext's own routes lead elsewhere, and a page without formats has no print.
        let is_alias = path[1..]
            .chars()
            .all(|letter| letter.is_ascii_lowercase() || letter == '_');
        let is_empty = path.ends_with("-orders/{name}/print.pdf");
        assert!(
            PAGES_ALONE.contains(&path.as_str()) || is_alias || is_empty,
            "{path} is not described"
        );
    }
    let invented: Vec<_> = described.difference(&routes).collect();
    assert!(invented.is_empty(), "{invented:?}");
}

#[tokio::test]
async fn every_answer_is_as_described() {
    let world = World::printing("").await;
    let mut seen = BTreeSet::new();
    for user in [ANNA, KATRIN, SIOBHAN, PIOTR, METTE, MAEVE, TOM, LUCIA] {
        let mut visitor = world.signed_in(user).await;
        let mut description = Description::of(&mut visitor).await;
        for path in description.paths() {
            if path == "/api/openapi.json" {
                continue;
            }
            let mut addresses = Vec::new();
            if let Some(list) = path.strip_suffix("/{name}") {
                let rows = visitor
                    .json(&format!("{list}?page_size=50&sort=name"))
                    .await;
                let names = names(&rows);
                addresses.extend(names.iter().step_by(5).map(|name| format!("{list}/{name}")));
                addresses.extend(
                    ["TRJ000000648", "TRJ000000451", "TRJ999999999"]
                        .map(|name| format!("{list}/{name}")),
                );
            } else if path.contains('{') {
                continue;
            } else {
                let queries = [
                    "",
                    "?page_size=100",
                    "?page=99",
                    "?page=0",
                    "?customer=Nobody",
                    "?view=late",
                    "?view=papers",
                    "?group=warehouse&hide_zero=1",
                    "?out_of_stock=1",
                ];
                addresses.extend(queries.map(|query| format!("{path}{query}")));
            }
            for address in addresses {
                let answer = visitor.json(&address).await;
                seen.insert((path.clone(), answer.status));
                description.holds(&path, &address, &answer);
            }
        }
    }
    for (path, status) in [
        ("/", 200),
        ("/", 403),
        ("/transport-jobs", 200),
        ("/transport-jobs", 400),
        ("/transport-jobs", 403),
        ("/transport-jobs/{name}", 200),
        ("/transport-jobs/{name}", 404),
        ("/warehouse-jobs/{name}", 200),
        ("/inbound-orders/{name}", 200),
        ("/stock-balance", 200),
        ("/warehousing-portal", 200),
    ] {
        assert!(
            seen.contains(&(path.to_owned(), status)),
            "{path} {status}: {seen:?}"
        );
    }
}

#[tokio::test]
async fn a_print_and_its_refusals_are_as_described() {
    let world = World::printing("").await;
    let mut anna = world.signed_in(ANNA).await;
    let mut description = Description::of(&mut anna).await;
    let path = "/transport-jobs/{name}/print.pdf";
    for (job, status) in [
        ("TRJ000000648", 200),
        ("TRJ000000451", 403),
        ("TRJ999999999", 404),
    ] {
        let address = format!("/transport-jobs/{job}/print.pdf");
        let answer = anna.json(&address).await;
        assert_eq!(answer.status, status);
        description.holds(path, &address, &answer);
    }
    world.site.set_pdf_engine(false);
    let address = "/transport-jobs/TRJ000000648/print.pdf";
    let answer = anna.json(address).await;
    assert_eq!(answer.status, 503);
    description.holds(path, address, &answer);
}

#[tokio::test]
async fn files_and_their_bundles_are_as_described() {
    let world = World::new().await;
    let mut anna = world.signed_in(ANNA).await;
    let mut description = Description::of(&mut anna).await;
    let job = "/transport-jobs/TRJ000000511";
    let document = anna.json(job).await;
    let id = document.json()["files"][0]["id"].clone();
    let id = id.as_str().expect("a file");
    assert!(
        document.json()["documents"]
            .as_array()
            .expect("papers")
            .iter()
            .any(|paper| paper["file"].is_string())
    );
    description.holds("/transport-jobs/{name}", job, &document);
    for (path, address, status) in [
        ("{name}/files/{file}", format!("{job}/files/{id}"), 200),
        ("{name}/files/{file}", format!("{job}/files/none"), 404),
        (
            "{name}/files/{file}",
            format!("{job}/files/{id}?inline=7"),
            400,
        ),
        ("{name}/documents.zip", format!("{job}/documents.zip"), 200),
        (
            "documents.zip",
            "/transport-jobs/documents.zip?name=TRJ000000511".to_owned(),
            200,
        ),
        (
            "documents.zip",
            "/transport-jobs/documents.zip".to_owned(),
            400,
        ),
    ] {
        let answer = anna.json(&address).await;
        assert_eq!(answer.status, status, "{address}");
        description.holds(&format!("/transport-jobs/{path}"), &address, &answer);
    }
}

#[tokio::test]
async fn every_value_that_is_described_as_accepted_is_accepted() {
    let world = World::printing("").await;
    let mut anna = world.signed_in(ANNA).await;
    let description = Description::of(&mut anna).await;
    let mut tried = 0;
    for path in description
        .paths()
        .iter()
        .filter(|path| !path.contains('{') && !path.contains('.'))
    {
        for parameter in description.parameters(path) {
            let schema = &parameter["schema"];
            let choices = schema["enum"]
                .as_array()
                .or_else(|| schema["items"]["enum"].as_array());
            for choice in choices.into_iter().flatten() {
                let value = choice
                    .as_str()
                    .map_or_else(|| choice.to_string(), str::to_owned);
                let query = form_urlencoded::Serializer::new(String::new())
                    .append_pair(parameter["name"].as_str().expect("a name"), &value)
                    .finish();
                let answer = anna.json(&format!("{path}?{query}")).await;
                assert_eq!(answer.status, 200, "{path}?{query}: {}", answer.text());
                tried += 1;
            }
        }
    }
    assert!(tried > 150, "{tried}");
}

#[tokio::test]
async fn a_field_that_is_not_described_is_noticed() {
    let world = World::printing("").await;
    let mut anna = world.signed_in(ANNA).await;
    let mut description = Description::of(&mut anna).await;
    for path in [
        "/transport-jobs",
        "/stock-balance",
        "/warehousing-portal",
        "/",
    ] {
        let mut answer = anna.json(path).await;
        assert_eq!(description.wrong(path, &answer), None);
        let mut body = answer.json();
        body["estimated_cost"] = json!(7);
        answer.body = body.to_string().into_bytes();
        assert!(description.wrong(path, &answer).is_some(), "{path}");
    }
    let mut list = anna.json("/transport-jobs").await;
    let mut body = list.json();
    body["rows"][0]["internal_notes"] = json!("none");
    list.body = body.to_string().into_bytes();
    assert!(description.wrong("/transport-jobs", &list).is_some());
}

#[tokio::test]
async fn the_description_is_for_who_is_signed_in() {
    let world = World::new().await;
    let answer = world.visitor().json("/api/openapi.json").await;
    assert_eq!(answer.status, 401);
    assert_eq!(answer.header("content-type"), "application/problem+json");
    let mut anna = world.signed_in(ANNA).await;
    world.site.kill_sessions(ANNA);
    world.seconds_pass(60);
    assert_eq!(anna.json("/api/openapi.json").await.status, 401);
}
