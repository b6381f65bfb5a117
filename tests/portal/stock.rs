//! The stock balance: whose it is, what it comes to, and what can be asked of it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::support::truth::{
    QUANTITIES, bins_of, customers_of, own_bins, recorded_site, records, records_in, text,
};
use crate::support::{
    ANNA, KATRIN, LUCIA, Log, MAEVE, METTE, PIOTR, SIOBHAN, VELDHUIS, Visitor, World,
};

/// The rows on all pages.
async fn all_rows(visitor: &mut Visitor, query: &str) -> Vec<Value> {
    let mut rows = Vec::new();
    for page in 1..1_000 {
        let answer = visitor
            .json(&format!("/stock-balance?page_size=100&page={page}&{query}"))
            .await;
        assert_eq!(answer.status, 200, "{query}: {}", answer.text());
        let answer = answer.json();
        rows.extend(answer["rows"].as_array().expect("rows").clone());
        if rows.len() as u64 == answer["total"].as_u64().expect("a total") {
            return rows;
        }
    }
    panic!("{query}: more than a thousand pages");
}

/// What says which row it is, and how much it holds: to be compared.
fn essence(row: &Value) -> String {
    let quantities = QUANTITIES.map(|field| format!("{:.6}", row[field].as_f64().unwrap_or(0.0)));
    format!(
        "{}|{}|{}|{}|{}",
        text(row, "customer"),
        text(row, "item_code"),
        text(row, "warehouse"),
        text(row, "stock_uom"),
        quantities.join("|")
    )
}

fn essences(rows: &[Value]) -> BTreeSet<String> {
    let all: BTreeSet<String> = rows.iter().map(essence).collect();
    assert_eq!(all.len(), rows.len(), "a row is there twice");
    all
}

/// Sums for each unit, worked out here.
fn sums<'row>(rows: impl IntoIterator<Item = &'row Value>) -> BTreeMap<String, [f64; 4]> {
    let mut sums: BTreeMap<String, [f64; 4]> = BTreeMap::new();
    for row in rows {
        let sum = sums.entry(text(row, "stock_uom").to_owned()).or_default();
        for (sum, field) in sum.iter_mut().zip(QUANTITIES) {
            *sum += row[field].as_f64().unwrap_or(0.0);
        }
    }
    sums
}

fn assert_totals(totals: &Value, expected: &BTreeMap<String, [f64; 4]>, what: &str) {
    let totals = totals.as_array().expect("totals");
    assert_eq!(totals.len(), expected.len(), "{what}: {totals:?}");
    for total in totals {
        let expected = expected[text(total, "stock_uom")];
        for (field, expected) in QUANTITIES.iter().zip(expected) {
            let found = total[*field].as_f64().expect("a number");
            assert!((found - expected).abs() < 1e-6, "{what}: {total}");
        }
    }
}

fn names(customers: &[&str]) -> Vec<String> {
    customers.iter().map(|name| (*name).to_owned()).collect()
}

#[tokio::test]
async fn every_customer_sees_his_bins_and_their_sums_and_no_other() {
    let world = World::new().await;
    let (mut customers_seen, mut units) = (0, BTreeSet::new());
    for account in world.site.accounts() {
        let user = account.email.as_str();
        let customers = match user {
            PIOTR => names(&[LODZ]),
            METTE | LUCIA => continue,
            _ => customers_of(user),
        };
        let expected = bins_of(&customers);
        // Some accounts are there to show that they cannot sign in, or not by a password alone.
        let mut visitor = world.visitor();
        visitor.sign_in(user, &world.password(user)).await;
        if customers.is_empty() || visitor.get("/stock-balance").await.status != 200 {
            continue;
        }
        let shown = all_rows(&mut visitor, "").await;
        assert_eq!(essences(&shown), essences(&expected), "{user}");
        let answer = visitor.json("/stock-balance").await.json();
        let expected_sums = sums(&expected);
        assert_totals(&answer["totals"], &expected_sums, user);
        customers_seen += customers.len();
        units.extend(expected_sums.into_keys());
        for customer in &customers {
            let own: Vec<Value> = expected
                .iter()
                .filter(|bin| text(bin, "customer") == customer)
                .cloned()
                .collect();
            let query = form_urlencoded::Serializer::new(String::new())
                .append_pair("customer", customer)
                .finish();
            let shown = all_rows(&mut visitor, &query).await;
            assert_eq!(essences(&shown), essences(&own), "{user}, {customer}");
        }
    }
    assert!(customers_seen > 10, "{customers_seen}");
    assert!(units.len() >= 3, "{units:?}");
}

/// The recorded site, whose stock another program made: every customer of it, by every user that one
/// User Permission alone ties to him.
#[tokio::test]
async fn the_recorded_sites_stock_comes_to_what_its_bins_come_to() {
    const PASSWORD: &str = "calm-harbour-lights";
    let folder = recorded_site();
    let (bins, items) = (records_in(&folder, "bin"), records_in(&folder, "item"));
    let mut permissions: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for permission in records_in(&folder, "user_permission") {
        let user = text(&permission, "user").to_owned();
        permissions.entry(user).or_default().push(permission);
    }
    let world = World::of_folder(&folder, PASSWORD).await;
    let (mut customers_seen, mut rows_seen) = (BTreeSet::new(), 0);
    for (user, permissions) in permissions {
        // A permission on warehouses narrows the bins besides, in Frappe.
        let [permission] = permissions.as_slice() else {
            continue;
        };
        let of_all = text(permission, "applicable_for").is_empty();
        if text(permission, "allow") != "Customer" || !of_all {
            continue;
        }
        let mut visitor = world.visitor();
        visitor.sign_in(&user, PASSWORD).await;
        let answer = visitor.json("/stock-balance").await;
        // Disabled, a second factor, or no role.
        if answer.status != 200 {
            continue;
        }
        let customer = text(permission, "for_value").to_owned();
        let expected = own_bins(bins.clone(), &items, std::slice::from_ref(&customer));
        assert_totals(&answer.json()["totals"], &sums(&expected), &user);
        let shown = all_rows(&mut visitor, "").await;
        assert_eq!(essences(&shown), essences(&expected), "{user}");
        rows_seen += shown.len();
        customers_seen.insert(customer);
    }
    assert!(customers_seen.len() > 30, "{customers_seen:?}");
    assert!(rows_seen > 100, "{rows_seen}");
}

#[tokio::test]
async fn subtotals_are_of_one_unit_each_and_of_the_whole_group() {
    let world = World::new().await;
    let mut anna = world.signed_in(ANNA).await;
    let expected = bins_of(&names(&[VELDHUIS]));
    let mut several_units = 0;
    for (group, field) in [("item", "item_code"), ("warehouse", "warehouse")] {
        let address = format!("/stock-balance?group={group}&page_size=20");
        let answer = anna.json(&address).await.json();
        let groups = answer["groups"].as_array().expect("groups").clone();
        assert!(!groups.is_empty());
        for shown in groups {
            let of_group = |row: &&Value| text(row, field) == text(&shown, field);
            let expected_sums = sums(expected.iter().filter(of_group));
            assert_eq!(
                shown["total"].as_u64(),
                Some(expected.iter().filter(of_group).count() as u64)
            );
            several_units += usize::from(expected_sums.len() > 1);
            assert_totals(&shown["totals"], &expected_sums, group);
        }
    }
    assert!(several_units > 0, "no warehouse holds two units");
}

/// The filters, each beside what it should leave over.
#[tokio::test]
async fn filters_leave_over_what_they_say() {
    let world = World::new().await;
    let mut anna = world.signed_in(ANNA).await;
    let bins = bins_of(&names(&[VELDHUIS]));
    let items: BTreeMap<String, Value> = records("item")
        .into_iter()
        .map(|item| (text(&item, "name").to_owned(), item))
        .collect();
    let parents: BTreeMap<String, String> = records("warehouse")
        .iter()
        .map(|place| {
            (
                text(place, "name").to_owned(),
                text(place, "parent_warehouse").to_owned(),
            )
        })
        .collect();
    let is_below = |warehouse: &str, group: &str| {
        let mut place = warehouse.to_owned();
        loop {
            if place == group {
                return true;
            }
            match parents.get(&place) {
                Some(parent) if !parent.is_empty() => place.clone_from(parent),
                _ => return false,
            }
        }
    };
    let places: BTreeSet<&str> = bins.iter().map(|bin| text(bin, "warehouse")).collect();
    let groups: BTreeSet<&String> = places
        .iter()
        .filter_map(|place| parents.get(*place))
        .collect();
    assert!(groups.len() > 1, "{groups:?}");
    let mut expectations: Vec<(String, Vec<Value>)> = Vec::new();
    let mut expect = |pairs: &[(&str, &str)], keep: &dyn Fn(&Value) -> bool| {
        let query = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(pairs)
            .finish();
        let kept = bins.iter().filter(|bin| keep(bin)).cloned().collect();
        expectations.push((query, kept));
    };
    for place in places
        .iter()
        .copied()
        .chain(groups.iter().map(|group| group.as_str()))
    {
        expect(&[("warehouse", place)], &|bin| {
            is_below(text(bin, "warehouse"), place)
        });
    }
    let of = |bin: &Value, field: &str| text(&items[text(bin, "item_code")], field).to_owned();
    let item_groups: BTreeSet<String> = bins.iter().map(|bin| of(bin, "item_group")).collect();
    for group in &item_groups {
        expect(&[("item_group", group)], &|bin| {
            of(bin, "item_group") == *group
        });
    }
    let some = text(&bins[0], "item_code").to_owned();
    expect(&[("item", &some)], &|bin| text(bin, "item_code") == some);
    for q in ["feta", "FETA", "vsf-", "art-41"] {
        expect(&[("q", q)], &|bin| {
            let item = &items[text(bin, "item_code")];
            let codes = item["customer_items"].as_array().into_iter().flatten();
            let own = codes
                .filter(|code| text(code, "customer_name") == VELDHUIS)
                .map(|code| text(code, "ref_code"));
            own.chain([text(item, "name"), text(item, "item_name")])
                .any(|text| text.to_lowercase().contains(&q.to_lowercase()))
        });
    }
    expect(&[("q", "%%")], &|_| false);
    expect(&[("hide_zero", "1")], &|bin| {
        bin["actual_qty"] != json!(0.0)
    });
    let on_hand = |code: &str| {
        bins.iter()
            .filter(|bin| text(bin, "item_code") == code)
            .filter_map(|bin| bin["actual_qty"].as_f64())
            .sum::<f64>()
    };
    expect(&[("out_of_stock", "1")], &|bin| {
        on_hand(text(bin, "item_code")) <= 1e-9
    });
    let mut narrowed = 0;
    for (query, expected) in expectations {
        let shown = all_rows(&mut anna, &query).await;
        assert_eq!(essences(&shown), essences(&expected), "{query}");
        narrowed += usize::from(!expected.is_empty() && expected.len() < bins.len());
    }
    assert!(narrowed > 5, "{narrowed}");
}

#[tokio::test]
async fn what_is_chosen_must_be_ones_own_and_what_exists_elsewhere_is_not_told() {
    let world = World::new().await;
    let mut siobhan = world.signed_in(SIOBHAN).await;
    let own = all_rows(&mut siobhan, "").await;
    let own_items: BTreeSet<&str> = own.iter().map(|row| text(row, "item_code")).collect();
    let foreign = bins_of(&names(&[VELDHUIS]))
        .iter()
        .map(|bin| text(bin, "item_code").to_owned())
        .find(|code| !own_items.contains(code.as_str()))
        .expect("an item of Anna's alone");
    let refusal = async |visitor: &mut Visitor, value: &str| {
        let answer = visitor.json(&format!("/stock-balance?item={value}")).await;
        assert_eq!(answer.status, 400, "{value}");
        let mut told = answer.json();
        for field in ["reference", "instance"] {
            told[field] = Value::Null;
        }
        told.to_string().replace(value, "…")
    };
    assert_eq!(
        refusal(&mut siobhan, &foreign).await,
        refusal(&mut siobhan, "NO-SUCH-ITEM").await
    );
    for query in [
        "warehouse=NO+SUCH+PLACE",
        "warehouse=%25",
        "item_group=No+such+group",
        "sort=valuation_rate",
        "group=customer",
        "page=0",
        "page_size=7",
        "hide_zero=perhaps",
        "q=x",
    ] {
        let answer = siobhan.get(&format!("/stock-balance?{query}")).await;
        assert_eq!(answer.status, 400, "{query}");
    }
    let answer = siobhan
        .get("/stock-balance?customer=Veldhuis+Specialty+Foods+BV")
        .await;
    assert_eq!(answer.status, 403);
}

#[tokio::test]
async fn an_order_holds_over_all_pages() {
    let world = World::new().await;
    let mut anna = world.signed_in(ANNA).await;
    for (sort, field) in [
        ("actual_qty", "actual_qty"),
        ("-projected_qty", "projected_qty"),
    ] {
        let item = &all_rows(&mut anna, &format!("group=warehouse&sort={sort}")).await;
        let mut by_place: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
        for row in item {
            let number = row[field].as_f64().expect("a number");
            by_place
                .entry(text(row, "warehouse"))
                .or_default()
                .push(number);
        }
        assert!(by_place.len() > 2);
        for (place, numbers) in by_place {
            let mut sorted = numbers.clone();
            sorted.sort_by(f64::total_cmp);
            if sort.starts_with('-') {
                sorted.reverse();
            }
            assert_eq!(numbers, sorted, "{sort}, {place}");
        }
    }
}

#[tokio::test]
async fn whoever_has_nothing_in_stock_is_told_so_in_plain_words() {
    let world = World::new().await;
    let mut maeve = world.signed_in(MAEVE).await;
    let page = maeve.get("/stock-balance").await;
    assert_eq!(page.status, 200);
    assert!(page.text().contains("Nothing in stock"), "{}", page.text());
    assert_eq!(maeve.json("/stock-balance").await.json()["total"], 0);
    // Goods that have been here before are no stock either.
    world.site.insert_record(
        "Item",
        json!({"name": "GONE", "item_code": "GONE", "item_name": "Gone", "customer": customers_of(MAEVE)[0], "docstatus": 0}),
    );
    let bin = |on_hand: f64| json!({"name": "gone", "item_code": "GONE", "warehouse": "Venlo Hall 1 - HLL", "actual_qty": on_hand, "ordered_qty": 2.0, "stock_uom": "Nos", "docstatus": 0});
    for (on_hand, is_told) in [(0.0, true), (1.0, false)] {
        world.site.insert_record("Bin", bin(on_hand));
        world.answers_expire();
        let page = maeve.get("/stock-balance").await.text();
        assert!(page.contains("GONE"), "{page}");
        assert_eq!(page.contains("Nothing of yours is on hand"), is_told);
    }
}

#[tokio::test]
async fn filters_orders_and_pages_ask_frappe_nothing_while_the_stock_is_fresh() {
    let world = World::new().await;
    let mut katrin = world.signed_in(KATRIN).await;
    katrin.get("/stock-balance").await;
    world.site.clear_requests();
    for query in [
        "q=aa",
        "hide_zero=1&group=warehouse",
        "sort=-actual_qty&page=2",
    ] {
        katrin.get(&format!("/stock-balance?{query}")).await;
    }
    assert_eq!(world.asked(), Vec::<String>::new());
    world.seconds_pass(31);
    katrin.get("/stock-balance").await;
    assert!(!world.asked().is_empty());
}

#[tokio::test]
async fn values_are_not_even_asked_for() {
    let world = World::new().await;
    let mut anna = world.signed_in(ANNA).await;
    world.site.clear_requests();
    let page = anna.get("/stock-balance").await.text();
    for word in ["valuation_rate", "stock_value"] {
        assert!(!page.contains(word));
        for request in world.site.requests() {
            assert!(!format!("{request:?}").contains(word), "{request:?}");
        }
    }
}

#[tokio::test]
async fn a_user_who_may_not_read_bins_has_no_such_page() {
    let world = World::new().await;
    let mut lucia = world.signed_in(LUCIA).await;
    let answer = lucia.get("/stock-balance").await;
    assert_eq!(answer.status, 403, "{}", answer.text());
    assert!(
        !lucia
            .get("/")
            .await
            .text()
            .contains("href=\"/stock-balance\"")
    );
}

/// The field that names the customer in these tests. Version 16 and many sites have a Link field for
/// it; the demo ERP's Warehouse has none, and any field will do.
const FIELD: &str = "city";

/// A field of Warehouse names the customer, as in ERPNext 16 and on many sites.
#[tokio::test]
async fn a_field_of_the_warehouse_can_say_whose_stock_it_is() {
    let world = by_warehouse().await;
    let bins = records("bin");
    let mine = text(&bins[0], "warehouse").to_owned();
    for (user, customer) in [(ANNA, VELDHUIS), (PIOTR, LODZ)] {
        world
            .site
            .set_record_field("Warehouse", &mine, FIELD, json!(customer));
        world.answers_expire();
        rule_gives(&world, user, customer, &mine).await;
    }
}

async fn by_warehouse() -> World {
    let rule = format!("[stock]\nowner = \"warehouse\"\nwarehouse_field = \"{FIELD}\"");
    let world = World::with(&rule).await;
    for place in records("warehouse") {
        let name = text(&place, "name");
        world
            .site
            .set_record_field("Warehouse", name, FIELD, Value::Null);
    }
    world
}

/// The operator is told which setting is wrong, and the customer nothing of it.
#[tokio::test]
async fn a_field_that_warehouses_do_not_have_is_named_in_the_log() {
    let world =
        World::with("[stock]\nowner = \"warehouse\"\nwarehouse_field = \"no_such_field\"").await;
    let mut anna = world.signed_in(ANNA).await;
    let log = Log::begin();
    let answer = anna.get("/stock-balance").await;
    assert_eq!(answer.status, 500);
    assert!(
        !answer.text().contains("no_such_field"),
        "{}",
        answer.text()
    );
    let told =
        |line: &String| line.contains("stock.warehouse_field") && line.contains("no_such_field");
    assert!(log.lines().iter().any(told), "{:?}", log.lines());
}

#[tokio::test]
async fn the_settings_can_say_whose_stock_it_is() {
    let bins = records("bin");
    let mine = text(&bins[0], "warehouse").to_owned();
    for (user, customer) in [(ANNA, VELDHUIS), (PIOTR, LODZ)] {
        let world = World::with(&format!(
            "[stock]\nowner = \"settings\"\n[stock.warehouses]\n\"{customer}\" = [\"{mine}\"]"
        ))
        .await;
        rule_gives(&world, user, customer, &mine).await;
    }
}

/// Piotr's customer. Frappe shows Piotr everybody's items; nothing but the portal drops them.
const LODZ: &str = "Łódź Ceramika Sp. z o.o.";

/// Under a rule that gives a user's customer one warehouse, he sees its bins, but for those whose Item
/// names another customer; and nobody else sees any.
async fn rule_gives(world: &World, user: &str, customer: &str, warehouse: &str) {
    let items: BTreeMap<String, Value> = records("item")
        .into_iter()
        .map(|item| (text(&item, "name").to_owned(), item))
        .collect();
    let (own, others): (Vec<Value>, Vec<Value>) = records("bin")
        .into_iter()
        .filter(|bin| text(bin, "warehouse") == warehouse)
        .partition(|bin| {
            let provider = text(&items[text(bin, "item_code")], "customer");
            provider.is_empty() || provider == customer
        });
    assert!(!own.is_empty() && !others.is_empty(), "{warehouse}");
    let expected: Vec<Value> = own
        .into_iter()
        .map(|mut bin| {
            bin["customer"] = json!(customer);
            bin
        })
        .collect();
    let mut visitor = world.signed_in(user).await;
    let shown = all_rows(&mut visitor, "").await;
    assert_eq!(essences(&shown), essences(&expected));
    let mut siobhan = world.signed_in(SIOBHAN).await;
    assert_eq!(all_rows(&mut siobhan, "").await, Vec::<Value>::new());
    let page = siobhan.get("/stock-balance").await.text();
    assert!(!page.contains(warehouse), "{page}");
}

#[tokio::test]
async fn a_group_named_for_somebody_else_is_no_choice() {
    let world = by_warehouse().await;
    let place = records("warehouse")
        .into_iter()
        .find(|place| {
            let name = text(place, "name");
            records("bin")
                .iter()
                .any(|bin| text(bin, "warehouse") == name)
        })
        .expect("a warehouse with bins");
    let (name, group) = (text(&place, "name"), text(&place, "parent_warehouse"));
    let set = |place: &str, customer: &str| {
        world
            .site
            .set_record_field("Warehouse", place, FIELD, json!(customer));
    };
    set(name, VELDHUIS);
    set(group, "O'Brien & Daughters \"The Tea House\" Ltd");
    let mut anna = world.signed_in(ANNA).await;
    assert!(!all_rows(&mut anna, "").await.is_empty());
    let page = anna.get("/stock-balance").await.text();
    assert!(!page.contains(&format!("value=\"{group}\"")), "{page}");
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("warehouse", group)
        .finish();
    assert_eq!(
        anna.get(&format!("/stock-balance?{query}")).await.status,
        400
    );
}

/// Many items do not fit a request line, nor one piece.
#[tokio::test]
async fn five_thousand_items_are_all_there() {
    let world = World::new().await;
    let customer = &customers_of(MAEVE)[0];
    for at in 0..5_000 {
        let code = format!("MANY-{at:05}");
        world.site.insert_record(
            "Item",
            json!({"name": code, "item_code": code, "item_name": format!("Thing {at}"), "item_group": "Products", "stock_uom": "Nos", "customer": customer, "docstatus": 0}),
        );
        world.site.insert_record(
            "Bin",
            json!({"name": format!("many{at:05}"), "item_code": code, "warehouse": "Venlo Hall 1 - HLL", "actual_qty": 0.5, "reserved_qty": -1.0, "ordered_qty": 0.0, "projected_qty": 1.5, "stock_uom": "Nos", "docstatus": 0}),
        );
    }
    let mut maeve = world.signed_in(MAEVE).await;
    let answer = maeve
        .json("/stock-balance?page=50&page_size=100")
        .await
        .json();
    assert_eq!(
        (&answer["total"], &answer["items"]),
        (&json!(5_000), &json!(5_000))
    );
    assert_eq!(answer["rows"].as_array().map(Vec::len), Some(100));
    assert_eq!(answer["rows"][99]["item_code"], "MANY-04999");
    assert_eq!(answer["cut_at"], Value::Null);
    assert_eq!(answer["totals"][0]["actual_qty"], 2_500.0);
    assert_eq!(answer["totals"][0]["reserved_qty"], -5_000.0);
    let found = maeve.json("/stock-balance?q=thing+4999").await.json();
    assert_eq!(found["total"], 1);
}

#[tokio::test]
async fn more_than_twenty_thousand_rows_are_told() {
    let world = World::new().await;
    let customer = &customers_of(MAEVE)[0];
    world.site.insert_record(
        "Item",
        json!({"name": "PLENTY", "item_code": "PLENTY", "item_name": "Plenty", "item_group": "Products", "stock_uom": "Nos", "customer": customer, "docstatus": 0}),
    );
    for at in 0..=20_000 {
        world.site.insert_record(
            "Bin",
            json!({"name": format!("plenty{at:05}"), "item_code": "PLENTY", "warehouse": "Venlo Hall 1 - HLL", "actual_qty": 1.0, "stock_uom": "Nos", "docstatus": 0}),
        );
    }
    let mut maeve = world.signed_in(MAEVE).await;
    let answer = maeve.json("/stock-balance").await.json();
    assert_eq!(
        (&answer["total"], &answer["cut_at"]),
        (&json!(20_000), &json!(20_000))
    );
    let page = maeve.get("/stock-balance").await.text();
    assert!(
        page.contains("only the first 20,000 rows were read"),
        "{page}"
    );
}

#[tokio::test]
async fn an_operator_decides_how_many_rows_are_read() {
    let world = World::with("stock.rows = 3").await;
    let answer = world
        .signed_in(ANNA)
        .await
        .json("/stock-balance")
        .await
        .json();
    assert_eq!(
        (&answer["total"], &answer["cut_at"]),
        (&json!(3), &json!(3))
    );
}
