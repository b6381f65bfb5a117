//! The webhooks that `setup` makes and mends.

use quayfront::admin::plan::{Action, Kind, Step, plan};
use quayfront::frappe::{DocType, DocumentName};
use serde_json::{Value, json};

use super::support::{Office, PUBLIC_URL, apply_all, choices};

/// A webhook, what is set in it, and what its undo says was.
type Fault<'a> = (&'a str, &'a [(&'a str, Value)], &'a str);

async fn steps(office: &Office) -> Vec<Step> {
    plan(&office.facts().await, &office.wanted, &choices())
}

fn webhook(office: &Office, name: &str) -> Value {
    office.site.record("Webhook", name).expect("the webhook")
}

#[tokio::test]
async fn setup_makes_webhooks_of_documents_that_rows_of_the_pages_point_to() {
    let office = Office::open().await;
    let of_legs: Vec<_> = steps(&office)
        .await
        .into_iter()
        .filter_map(|step| match step.action {
            Action::MakeWebhook {
                doctype,
                event,
                customer,
                ..
            } if doctype.as_str() == "Transport Leg" => Some((event, customer)),
            _ => None,
        })
        .collect();
    let whose = ["after_insert", "on_change", "on_trash"].map(|event| (event, None));
    assert_eq!(of_legs, whose);
}

#[tokio::test]
async fn a_webhook_that_is_mended_keeps_all_else_and_its_undo_says_what_was() {
    const TEMPLATE: &str = "{\"name\": \"{{ doc.name }}\"}";
    const SECRET: &str =
        "Webhook Secret: one that the portal does not know, and that is not shown here";
    let faults: [Fault<'_>; 6] = [
        (
            "Quayfront Transport Job on_change",
            &[(
                "request_url",
                json!("https://old.example.com/hooks/frappe?event=on_change"),
            )],
            "Request URL: https://old.example.com/hooks/frappe?event=on_change",
        ),
        (
            "Quayfront Warehouse Job on_change",
            &[("webhook_docevent", json!("on_update"))],
            "Doc Event: on_update",
        ),
        (
            "Quayfront Item on_trash",
            &[("enabled", json!(0))],
            "Enabled: off",
        ),
        (
            "Quayfront User on_change",
            &[("enable_security", json!(0))],
            "Enable Security: off",
        ),
        ("Quayfront Customer on_change", &[], SECRET),
        (
            "Quayfront VAS Order on_change",
            &[
                ("webhook_json", json!(TEMPLATE)),
                ("request_structure", json!("JSON")),
                ("enabled", json!(0)),
            ],
            "Enabled: off; JSON Request Body (with Request Structure JSON): \
             \"{\\\"name\\\": \\\"{{ doc.name }}\\\"}\"",
        ),
    ];
    let mut office = Office::set_up().await;
    let headers = json!([{"name": "h1", "key": "X-Of-The-Operator", "value": "kept"}]);
    let mut before = Vec::new();
    for (name, fields, _) in &faults {
        before.push(webhook(&office, name));
        let set = |field: &str, value: &Value| {
            office
                .site
                .set_record_field("Webhook", name, field, value.clone());
        };
        set("webhook_headers", &headers);
        for (field, value) in *fields {
            set(field, value);
        }
    }
    // What stands behind the asterisks only an administrator sets.
    let of_customers = DocumentName::parse("Quayfront Customer on_change").expect("a name");
    let doctype = DocType::parse("Webhook").expect("a DocType");
    let another = json!({"webhook_secret": "another"});
    let administrator = office.administrator();
    let changed = administrator.change(&doctype, &of_customers, another);
    changed.await.expect("a yes");
    let planned = steps(&office).await;
    assert_eq!(planned.len(), faults.len(), "{planned:#?}");
    for (name, _, was) in &faults {
        let undo = format!("Webhook {name:?}, put back: {was}.");
        assert!(
            planned.iter().any(|step| step.undo == undo),
            "{undo}: {planned:#?}"
        );
    }
    apply_all(&mut office, &planned).await.expect("all steps");
    assert_eq!(office.faults().await, []);
    assert_eq!(steps(&office).await, []);
    for ((name, fields, _), before) in faults.iter().zip(before) {
        let after = webhook(&office, name);
        for (field, _) in *fields {
            assert_eq!(after[field], before[field], "{name}: {field}");
        }
        assert_eq!(after["webhook_headers"][0]["value"], "kept", "{name}");
    }
}

#[tokio::test]
async fn after_a_change_of_the_public_address_setup_leads_each_webhook_there() {
    let mut office = Office::set_up().await;
    let there = office.site.record_names("Webhook").len();
    office.wanted.public_url = "https://new.example.com".to_owned();
    let planned = steps(&office).await;
    let webhooks: Vec<_> = planned
        .iter()
        .filter(|step| step.kind == Kind::Webhooks)
        .collect();
    assert_eq!(webhooks.len(), there);
    for step in webhooks {
        let former = format!("put back: Request URL: {PUBLIC_URL}/hooks/frappe?event=");
        assert!(step.undo.contains(&former), "{}", step.undo);
    }
}
