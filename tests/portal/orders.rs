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

const ARTICLES: &str = r#"
doctype = "Item"
title = "Articles"
one = "Article"
text = "What you keep with us."
icon = "box"
group = "Goods"
customer = "customer"
order = "item_name"
search = ["name", "item_name"]

[status]
field = "item_group"
label = "Group"
kind = "status"

[tones]
Food = "good"
"Chilled food" = "warn"

[meanings]
"Chilled food" = "It is kept between 2 and 8 degrees."

[[columns]]
field = "name"
label = "Article"
kind = "code"
sortable = true

[[columns]]
field = "item_name"
label = "Name"
sortable = true

[[columns]]
field = "item_group"
label = "Group"
kind = "status"

[[columns]]
field = "weight_per_unit"
label = "Weight"
kind = "number"
unit_field = "weight_uom"
sortable = true

[[filters]]
field = "item_group"
label = "Group"
choices = ["Food", "Chilled food", "Tea"]

[[filters]]
field = "has_batch_no"
label = "Batches"
choices = ["In batches", "Loose"]

[[facts]]
field = "has_batch_no"
label = "Batches"
names = { "1" = "In batches", "0" = "Loose" }

[[sections]]
kind = "fields"
title = "Article"

[[sections.fields]]
field = "stock_uom"
label = "Unit"

[[sections]]
kind = "rich_text"
title = "Description"
field = "description"
"#;

/// A portal with a seventh kind of document: a file, and nothing else.
async fn with_articles() -> (World, tempfile::TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join("pages")).expect("made");
    std::fs::write(folder.path().join("pages/articles.toml"), ARTICLES).expect("written");
    let settings = format!(
        "[pages]\nmenu = [\"transport-jobs\", \"inbound-orders\", \"articles\"]\nfolder = {:?}\n",
        folder.path()
    );
    (World::with(&settings).await, folder)
}

#[tokio::test]
async fn a_seventh_kind_of_document_takes_a_file_and_nothing_else() {
    let (world, _folder) = with_articles().await;
    let mut anna = world.signed_in(ANNA).await;
    assert!(anna.get("/").await.text().contains("href=\"/articles\""));
    let own = of_customer("item", VELDHUIS);
    assert!(own.len() > 10);
    assert_eq!(listed(&mut anna, "/articles").await, names(&own));
    let with = |keep: &dyn Fn(&Value) -> bool| -> Vec<String> {
        let mut kept = own.clone();
        kept.retain(|item| keep(item));
        assert!(!kept.is_empty() && kept.len() < own.len());
        names(&kept)
    };
    let chilled = with(&|item| item["item_group"] == "Chilled food");
    assert_eq!(
        listed(&mut anna, "/articles?item_group=Chilled+food").await,
        chilled
    );
    let loose = with(&|item| item["has_batch_no"] == 0);
    assert_eq!(
        listed(&mut anna, "/articles?has_batch_no=Loose").await,
        loose
    );
    let oils = with(&|item| text(item, "item_name").contains("olive oil"));
    assert_eq!(listed(&mut anna, "/articles?q=OLIVE+OIL").await, oils);
    let heaviest = anna.json("/articles?sort=-weight_per_unit").await.json();
    assert_eq!(heaviest["rows"][0]["name"], "VSF-OLV-1000");
    assert_eq!(anna.get("/articles?item_group=Solar").await.status, 400);
    // A name with a slash and an ampersand, as an address and on the page.
    let document = anna.json("/articles/VSF%2FGIFT%20%26%20MORE").await.json();
    assert_eq!(
        (
            &document["fields"]["has_batch_no"],
            &document["sections"]["article"]
        ),
        (&json!("Loose"), &json!({"stock_uom": "Nos"}))
    );
    let page = anna.get("/articles/VSF-TOM-0690").await.text();
    assert!(page.contains("<p>Tomato passata 690 g</p>") && page.contains("In batches"));
    // Others have codes for this one, so Frappe shows its row and refuses the rest.
    let page = anna.get("/articles/VSF-OLV-1000").await.text();
    assert!(page.contains("In batches"), "{page}");
    for never in ["OIL-77123", "HUILE-OLV", "ART-4100", "valuation"] {
        assert!(!page.contains(never), "{never}");
    }
    let help = anna.get("/wiki").await.text();
    assert!(help.contains("between 2 and 8 degrees"));
}

#[tokio::test]
async fn nobody_sees_anothers_documents_of_a_seventh_kind() {
    let (world, _folder) = with_articles().await;
    let mut siobhan = world.signed_in(SIOBHAN).await;
    let own = of_customer("item", "O'Brien & Daughters \"The Tea House\" Ltd");
    assert_eq!(listed(&mut siobhan, "/articles").await, names(&own));
    let missing = siobhan.get("/articles/NO-SUCH-ARTICLE").await.status;
    for of_others in [
        "VSF-OLV-1000",
        "vsf-olv-1000",
        "EUR-PAL",
        "UNMARKED-01",
        "FUEL-SURCHARGE",
    ] {
        let answer = siobhan.get(&format!("/articles/{of_others}")).await;
        assert_eq!((answer.status, missing), (404, 404), "{of_others}");
    }
    let foreign = siobhan
        .get("/articles?customer=Veldhuis+Specialty+Foods+BV")
        .await;
    assert_eq!(foreign.status, 403);
    // Where Frappe's permissions fail open, the scope holds.
    world.site.remove_user_permissions(SIOBHAN);
    world.seconds_pass(31);
    assert_eq!(
        listed(&mut siobhan, "/articles").await,
        names(&own),
        "by her Portal User row"
    );
}
