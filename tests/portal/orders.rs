//! Orders: six pages that are declared and not coded, and a seventh.

use serde_json::{Value, json};

use crate::support::truth::{records, text};
use crate::support::{ANNA, KATRIN, METTE, SIOBHAN, VELDHUIS, Visitor, World, filters_of};

/// The page, the file of its records, the field of its date, and the old route.
const PAGES: [(&str, &str, &str, Option<&str>); 6] = [
    ("transport-orders", "transport_order", "booking_date", None),
    (
        "inbound-orders",
        "inbound_order",
        "order_date",
        Some("inbound_orders"),
    ),
    (
        "release-orders",
        "release_order",
        "order_date",
        Some("release_orders"),
    ),
    (
        "transfer-orders",
        "transfer_order",
        "order_date",
        Some("transfer_orders"),
    ),
    ("vas-orders", "vas_order", "order_date", Some("vas_orders")),
    (
        "stocktake-orders",
        "stocktake_order",
        "date",
        Some("stocktake_orders"),
    ),
];

const STATUSES: [&str; 3] = ["Draft", "Submitted", "Cancelled"];

fn of_customer(file: &str, customer: &str) -> Vec<Value> {
    let mut orders = records(file);
    orders.retain(|order| text(order, "customer") == customer);
    orders
}

fn status(order: &Value) -> &'static str {
    let at = order["docstatus"]
        .as_u64()
        .and_then(|at| usize::try_from(at).ok());
    STATUSES[at.expect("a docstatus")]
}

fn sorted(names: impl IntoIterator<Item = String>) -> Vec<String> {
    let mut names: Vec<String> = names.into_iter().collect();
    names.sort();
    names
}

fn names(orders: &[Value]) -> Vec<String> {
    sorted(orders.iter().map(|order| text(order, "name").to_owned()))
}

/// The names of a list's rows; no customer has more than a page of a hundred.
async fn listed(visitor: &mut Visitor, address: &str) -> Vec<String> {
    let joint = if address.contains('?') { '&' } else { '?' };
    let answer = visitor
        .json(&format!("{address}{joint}page_size=100"))
        .await;
    assert_eq!(answer.status, 200, "{address}: {}", answer.text());
    let list = answer.json();
    let rows = list["rows"].as_array().expect("rows").clone();
    assert_eq!(list["total"].as_u64(), Some(rows.len() as u64));
    names(&rows)
}

#[tokio::test]
async fn a_customer_sees_all_his_orders_drafts_and_cancelled_ones_included_and_no_others() {
    let world = World::new().await;
    let mut anna = world.signed_in(ANNA).await;
    let mut siobhan = world.signed_in(SIOBHAN).await;
    let mut mette = world.signed_in(METTE).await;
    let mut seen = Vec::new();
    for (page, file, date, _) in PAGES {
        let own = of_customer(file, VELDHUIS);
        assert_eq!(
            listed(&mut anna, &format!("/{page}")).await,
            names(&own),
            "{page}"
        );
        let others = of_customer(file, "O'Brien & Daughters \"The Tea House\" Ltd");
        assert_eq!(
            listed(&mut siobhan, &format!("/{page}")).await,
            names(&others)
        );
        assert_eq!(
            mette.get(&format!("/{page}")).await.status,
            403,
            "hers are warehouse jobs"
        );
        seen.extend(own.iter().map(status));
        // The newest first, as the customer knows them by their date.
        let rows = anna.json(&format!("/{page}")).await.json()["rows"].clone();
        let dates: Vec<String> = rows
            .as_array()
            .expect("rows")
            .iter()
            .map(|row| text(row, date).to_owned())
            .collect();
        assert!(
            dates.is_sorted_by(|one, next| one >= next),
            "{page}: {dates:?}"
        );
    }
    for status in STATUSES {
        assert!(seen.contains(&status), "{status}");
    }
}

#[tokio::test]
async fn the_status_is_a_word_everywhere_and_a_number_for_frappe_alone() {
    let world = World::new().await;
    let mut katrin = world.signed_in(KATRIN).await;
    let customers = [
        "Müller & Söhne GmbH",
        "Nordlys Solar AS",
        "Azulejos del Mediterráneo S.L.",
    ];
    for (page, file, ..) in PAGES {
        let mut own = records(file);
        own.retain(|order| customers.contains(&text(order, "customer")));
        let mut found = Vec::new();
        for chosen in STATUSES {
            let wanted: Vec<Value> = own
                .iter()
                .filter(|order| status(order) == chosen)
                .cloned()
                .collect();
            let listed = listed(&mut katrin, &format!("/{page}?docstatus={chosen}")).await;
            assert_eq!(listed, names(&wanted), "{page} {chosen}");
            found.extend(listed);
        }
        assert_eq!(sorted(found), names(&own), "{page}");
        let shown = katrin
            .json(&format!("/{page}?docstatus=Draft&docstatus=Cancelled"))
            .await
            .json();
        for row in shown["rows"].as_array().expect("rows") {
            assert!(
                ["Draft", "Cancelled"].contains(&text(row, "docstatus")),
                "{row}"
            );
        }
    }
    world.site.clear_requests();
    katrin
        .json("/vas-orders?docstatus=Draft&docstatus=Submitted&page_size=50")
        .await;
    let asked = world.site.requests();
    let of_list = asked
        .iter()
        .find(|request| request.path.contains("VAS%20Order"));
    let filters = filters_of(of_list.expect("a question"));
    assert!(
        filters.contains(&("docstatus".to_owned(), "[0,1]".to_owned())),
        "{filters:?}"
    );
    let refused = katrin.json("/vas-orders?docstatus=0").await;
    assert_eq!(
        (refused.status, refused.json()["accepted"].clone()),
        (400, json!("one of Draft, Submitted, Cancelled"))
    );
}

#[tokio::test]
async fn every_order_opens_and_says_what_it_holds_and_nothing_of_the_operators_business() {
    let world = World::new().await;
    let mut anna = world.signed_in(ANNA).await;
    for (page, file, ..) in PAGES {
        for order in of_customer(file, VELDHUIS) {
            let name = text(&order, "name");
            let address = format!("/{page}/{name}");
            let answer = anna.get(&address).await;
            assert_eq!(answer.status, 200, "{address}");
            let shown = answer.text();
            let chip = format!("\">{}</span>", status(&order));
            assert!(shown.contains(&chip), "{address} is {}", status(&order));
            for never in [
                "INTERNAL",
                "WC-00017",
                "SQU-",
                "JN-",
                "Main - HLL",
                "<script>alert",
            ] {
                assert!(!shown.contains(never), "{address}: {never}");
            }
            let document = anna.json(&address).await.json();
            for (table, field) in [
                ("items", "item"),
                ("packages", "description"),
                ("legs", "facility_to"),
            ] {
                let rows = |of: &Value| -> Vec<String> {
                    let rows = of[table].as_array().into_iter().flatten();
                    rows.map(|row| text(row, field).to_owned()).collect()
                };
                assert_eq!(
                    rows(&document["sections"]),
                    rows(&order),
                    "{address}: {table}"
                );
            }
            let papers = document["documents"].as_array().map_or(0, Vec::len);
            assert_eq!(
                papers,
                order["documents"].as_array().map_or(0, Vec::len),
                "{address}"
            );
        }
    }
}

#[tokio::test]
async fn an_order_of_another_customer_and_one_of_nobody_are_not_found() {
    let world = World::new().await;
    let mut siobhan = world.signed_in(SIOBHAN).await;
    let mut nobodys = 0;
    for (page, file, ..) in PAGES {
        let missing = siobhan.get(&format!("/{page}/NO-SUCH-ORDER")).await;
        for order in records(file) {
            let customer = text(&order, "customer");
            nobodys += usize::from(customer.is_empty());
            if customer.is_empty() || customer == VELDHUIS {
                let answer = siobhan
                    .get(&format!("/{page}/{}", text(&order, "name")))
                    .await;
                assert_eq!((answer.status, missing.status), (404, 404));
            }
        }
    }
    assert!(nobodys > 1, "the demo has orders without a customer");
}

#[tokio::test]
async fn orders_are_searched_by_the_customers_own_reference() {
    let world = World::new().await;
    let mut siobhan = world.signed_in(SIOBHAN).await;
    let own = of_customer("inbound_order", "O'Brien & Daughters \"The Tea House\" Ltd");
    let order = own
        .iter()
        .find(|order| text(order, "cust_reference").len() > 4);
    let order = order.expect("an order with a reference");
    let part = &text(order, "cust_reference")[3..];
    let found = listed(&mut siobhan, &format!("/inbound-orders?q={part}")).await;
    assert_eq!(found, [text(order, "name")]);
}

#[tokio::test]
async fn a_transport_order_says_where_its_goods_come_from_and_go_to() {
    let world = World::new().await;
    let mut anna = world.signed_in(ANNA).await;
    let list = anna.json("/transport-orders?page_size=100").await.json();
    for order in of_customer("transport_order", VELDHUIS) {
        let rows = list["rows"].as_array().expect("rows");
        let row = rows
            .iter()
            .find(|row| row["name"] == order["name"])
            .expect("its row");
        let legs = order["legs"].as_array().expect("legs");
        let way =
            json!({"from": legs[0]["facility_from"], "to": legs[legs.len() - 1]["facility_to"]});
        assert_eq!(row["legs"], way);
    }
}

#[tokio::test]
async fn orders_stand_together_in_the_menu_and_their_old_routes_lead_to_them() {
    let world = World::new().await;
    let mut anna = world.signed_in(ANNA).await;
    let home = anna.get("/").await.text();
    let (before, group) = home.split_once("<span>Orders</span>").expect("one entry");
    let (group, after) = group.split_once("</details>").expect("its end");
    assert!(!after.contains("<span>Orders</span>"), "one entry");
    for (page, _, _, alias) in PAGES {
        let link = format!("href=\"/{page}\"");
        let before = before.rsplit_once("<nav").expect("a menu").1;
        assert!(group.contains(&link) && !before.contains(&link), "{page}");
        if let Some(alias) = alias {
            let moved = anna.get(&format!("/{alias}?customer=x")).await;
            assert_eq!(
                (moved.status, moved.header("location")),
                (308, &*format!("/{page}"))
            );
        }
    }
    let list = anna.get("/vas-orders").await.text();
    let current = "<a href=\"/vas-orders\" aria-current=\"page\">";
    assert!(list.contains(current), "{list}");
    assert_eq!(list.matches("aria-current=\"page\"").count(), 1);
}

const DELIVERY_NOTES: &str = r#"
doctype = "Delivery Note"
title = "Delivery notes"
one = "Delivery note"
text = "What was delivered to you."
group = "Orders"
customer = "customer"
order = "-posting_date"
search = ["name", "po_no"]

[status]
field = "status"
label = "Status"
kind = "status"

[tones]
Completed = "good"
"To Bill" = "info"

[meanings]
"To Bill" = "It was delivered, and the invoice follows."

[[columns]]
field = "name"
label = "Delivery note"
kind = "code"
sortable = true

[[columns]]
field = "status"
label = "Status"
kind = "status"

[[columns]]
field = "po_no"
label = "Your order"

[[columns]]
field = "posting_date"
label = "Delivered"
kind = "date"
sortable = true

[[filters]]
field = "status"
label = "Status"
choices = ["To Bill", "Completed"]

[[filters]]
field = "posting_date"
label = "Delivered"

[[sections]]
kind = "table"
title = "Items"
table = "items"

[[sections.columns]]
field = "item_name"
label = "Item"

[[sections.columns]]
field = "qty"
label = "Quantity"
kind = "number"
"#;

/// A portal with a seventh kind of document, made of a file and of the site's own records.
async fn with_delivery_notes() -> (World, tempfile::TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join("pages")).expect("made");
    let file = folder.path().join("pages/delivery-notes.toml");
    std::fs::write(file, DELIVERY_NOTES).expect("written");
    let settings = format!(
        "[pages]\nmenu = [\"transport-jobs\", \"inbound-orders\", \"delivery-notes\"]\nfolder = {:?}\n",
        folder.path()
    );
    let world = World::with(&settings).await;
    let right = json!({
        "name": "customers read delivery notes", "parent": "Delivery Note", "role": "Customer",
        "permlevel": 0, "read": 1,
    });
    world.site.insert_record("Custom DocPerm", right);
    for (number, customer, status, day) in [
        (1, VELDHUIS, "Completed", "2026-11-02"),
        (2, VELDHUIS, "To Bill", "2026-11-20"),
        (3, "Nordlys Solar AS", "To Bill", "2026-11-21"),
        (4, "", "To Bill", "2026-11-21"),
    ] {
        let note = json!({
            "name": format!("DN-{number:05}"), "docstatus": 1, "customer": customer, "status": status,
            "po_no": format!("PO {number}{number}{number}"), "posting_date": day, "per_billed": 12.5,
            "items": [{"name": format!("row{number}"), "item_name": "Olive oil", "qty": 12.0, "incoming_rate": 3.14159}],
        });
        world.site.insert_record("Delivery Note", note);
    }
    (world, folder)
}

#[tokio::test]
async fn a_seventh_kind_of_document_takes_a_file_and_nothing_else() {
    let (world, _folder) = with_delivery_notes().await;
    let mut anna = world.signed_in(ANNA).await;
    assert!(
        anna.get("/")
            .await
            .text()
            .contains("href=\"/delivery-notes\"")
    );
    assert_eq!(
        listed(&mut anna, "/delivery-notes").await,
        ["DN-00001", "DN-00002"]
    );
    assert_eq!(
        listed(&mut anna, "/delivery-notes?status=To+Bill").await,
        ["DN-00002"]
    );
    assert_eq!(
        listed(&mut anna, "/delivery-notes?posting_date_to=2026-11-10").await,
        ["DN-00001"]
    );
    assert_eq!(
        listed(&mut anna, "/delivery-notes?q=O+222").await,
        ["DN-00002"]
    );
    let list = anna.get("/delivery-notes").await.text();
    assert!(
        list.contains("PO 222") && list.contains("20 Nov 2026"),
        "{list}"
    );
    let document = anna.json("/delivery-notes/DN-00002").await.json();
    assert_eq!(document["fields"]["status"], "To Bill");
    assert_eq!(
        document["sections"]["items"],
        json!([{"item_name": "Olive oil", "qty": 12}])
    );
    let page = anna.get("/delivery-notes/DN-00002").await.text();
    assert!(page.contains("Olive oil") && !page.contains("3.14159") && !page.contains("12.5"));
    assert!(
        anna.get("/wiki")
            .await
            .text()
            .contains("the invoice follows")
    );
}

#[tokio::test]
async fn nobody_sees_anothers_documents_of_a_seventh_kind() {
    let (world, _folder) = with_delivery_notes().await;
    let mut anna = world.signed_in(ANNA).await;
    for name in ["DN-00003", "DN-00004", "DN-99999"] {
        assert_eq!(
            anna.get(&format!("/delivery-notes/{name}")).await.status,
            404,
            "{name}"
        );
    }
    let mut katrin = world.signed_in(KATRIN).await;
    assert_eq!(listed(&mut katrin, "/delivery-notes").await, ["DN-00003"]);
    let foreign = katrin
        .get("/delivery-notes?customer=Veldhuis+Specialty+Foods+BV")
        .await;
    assert_eq!(foreign.status, 403);
    let mut siobhan = world.signed_in(SIOBHAN).await;
    assert_eq!(
        listed(&mut siobhan, "/delivery-notes").await,
        [] as [&str; 0]
    );
}
