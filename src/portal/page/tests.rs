use proptest::prelude::*;
use serde::de::DeserializeSeed as _;
use serde_json::Value;

use super::*;

/// The pages that ship, in the order of the menu that ships.
const SHIPPED: [&str; 8] = [
    "transport-jobs",
    "warehouse-jobs",
    "transport-orders",
    "inbound-orders",
    "release-orders",
    "transfer-orders",
    "vas-orders",
    "stocktake-orders",
];

pub(super) fn shipped() -> Pages {
    Pages::load(&SHIPPED.map(str::to_owned), None).expect("the pages that ship")
}

const SMALL: &str = r#"
doctype = "Gate Pass"
title = "Gate passes"
one = "Gate pass"
customer = "customer"
order = "-name"
columns = [{ field = "name", label = "Pass", kind = "code", sortable = true }]
"#;

fn wrong(text: &str) -> String {
    check::parse("pages/gate-passes.toml", text)
        .expect_err("this page file is wrong")
        .to_string()
}

/// What those that ship leave out besides what no page shows; an operator may decide otherwise.
const LEFT_OUT: [&str; 5] = [
    "contract",
    "company",
    "notes",
    "total_std_hours",
    "unit_std_hours",
];

fn every_field(page: &PageFile) -> Vec<String> {
    let mut fields: Vec<String> = Vec::new();
    let mut all =
        |shown: &[Field]| fields.extend(shown.iter().map(|field| field.field.to_string()));
    all(&page.columns);
    all(&page.facts);
    for section in &page.sections {
        match section {
            Section::Fields { fields, .. } => all(fields),
            Section::Table(table) => {
                all(&table.columns);
                if let Some(linked) = &table.linked {
                    all(&linked.columns);
                }
            }
            _ => {}
        }
    }
    fields.extend(page.sections.iter().map(Section::key));
    fields
}

#[test]
fn the_pages_that_ship_are_good() {
    let pages = shipped();
    let names: Vec<_> = pages.iter().map(|page| page.name.as_str()).collect();
    assert_eq!(names, SHIPPED);
    let warehouse = pages.iter().nth(1).expect("eight pages");
    assert_eq!(
        warehouse
            .status
            .as_ref()
            .map(|status| status.field.as_str()),
        Some("job_status")
    );
}

#[test]
fn the_pages_that_ship_name_nothing_of_the_operators_business() {
    for page in shipped().iter() {
        for field in every_field(page) {
            // A section's key need not be a field's name.
            let never = FieldName::parse(&field).is_ok_and(|name| is_never(&page.doctype, &name));
            let left_out = LEFT_OUT.contains(&field.as_str());
            assert!(!never && !left_out, "{}: {field}", page.name);
        }
    }
}

#[test]
fn every_page_file_that_ships_is_in_the_menu_that_ships() {
    let menu: toml::Table = toml::from_str(crate::config::DEFAULTS).expect("the defaults");
    let menu: Vec<_> = menu["pages"]["menu"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(toml::Value::as_str)
        .collect();
    let files = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/config/pages"));
    for file in files.expect("the folder").flatten() {
        let name = file.file_name().to_string_lossy().replace(".toml", "");
        assert!(menu.contains(&name.as_str()), "{name}");
        assert!(SHIPPED.contains(&name.as_str()), "{name}");
    }
}

#[test]
fn a_choice_is_what_the_page_shows_and_frappe_gets_what_it_stores() {
    let orders = shipped();
    let orders = orders.iter().nth(3).expect("the inbound orders");
    let field = |name: &str| FieldName::parse(name).expect("a field");
    assert_eq!(
        orders.stored(&field("docstatus"), "Cancelled"),
        [Operand::Integer(2)]
    );
    assert_eq!(orders.stored(&field("docstatus"), "2"), []);
    assert_eq!(
        orders.stored(&field("priority"), "High"),
        [Operand::Text("High".to_owned())]
    );
    let both = SMALL.replace(
        "columns = [",
        "columns = [{ field = \"grade\", label = \"Grade\", names = { \"A1\" = \"Good\", \"A2\" = \"Good\", \"B\" = \"Poor\" } }, ",
    );
    let page = check::parse("any.toml", &both).expect("a good page");
    let good = ["A1", "A2"].map(|value| Operand::Text(value.to_owned()));
    assert_eq!(page.stored(&field("grade"), "Good"), good);
}

#[test]
fn meanings_come_in_the_order_of_the_choices() {
    for page in shipped().iter() {
        let filter = page.filters.first().expect("a filter");
        let told: Vec<_> = page.told_meanings().map(|(value, _)| value).collect();
        assert_eq!(
            told[..filter.choices.len()],
            filter.choices,
            "{}",
            page.name
        );
        assert_eq!(told.len(), page.meanings.len(), "{}", page.name);
    }
    let jobs = shipped();
    let jobs = jobs.iter().next().expect("the transport jobs");
    let told: Vec<_> = jobs.told_meanings().map(|(value, _)| value).collect();
    assert_eq!(
        told[6..],
        ["On Track", "Not Applicable", "At Risk", "Breached"]
    );
}

#[test]
fn a_page_is_small_when_little_is_declared() {
    let page = check::parse("pages/gate-passes.toml", SMALL).expect("a small page");
    assert_eq!(
        page.order,
        SortKey {
            field: FieldName::name(),
            descending: true
        }
    );
    assert_eq!(page.tone("whatever"), Tone::Neutral);
}

#[test]
#[expect(clippy::too_many_lines, reason = "it is a table")]
fn a_broken_page_file_is_told_with_file_and_key() {
    for (change, expected) in [
        (
            (
                "order =",
                "print = [{ name = \"all\", format = \"Standard\" }]\norder =",
            ),
            "pages/gate-passes.toml: print.0.format: not the name of a Print Format other than Standard",
        ),
        (
            (
                "order =",
                "print = [{ name = \"All\", format = \"Pass\" }]\norder =",
            ),
            "pages/gate-passes.toml: print.0.name: ",
        ),
        (
            (
                "order =",
                "print = [{ name = \"a\", format = \"Pass\" }, { name = \"a\", format = \"Card\" }]\norder =",
            ),
            "pages/gate-passes.toml: print.a: found the same name twice; accepted is one print of a name",
        ),
        (
            (
                "order =",
                "print = [{ name = \"a\", format = \"Pass\", letterhead = \"X\", no_letterhead = true }]\norder =",
            ),
            "pages/gate-passes.toml: print.a.letterhead: ",
        ),
        (
            (
                "order =",
                "print = [{ name = \"a\", format = \"Pass\", language = \"not one\" }]\norder =",
            ),
            "pages/gate-passes.toml: print.0.language: ",
        ),
        (
            ("doctype = \"Gate Pass\"\n", ""),
            "pages/gate-passes.toml: doctype: found nothing",
        ),
        (
            ("doctype = \"Gate Pass\"\n", "docktype = \"Gate Pass\"\n"),
            "pages/gate-passes.toml: docktype: found an unknown key; accepted are doctype, title,",
        ),
        (
            ("\"customer\"", "\"customer desc; drop\""),
            "pages/gate-passes.toml: customer: ",
        ),
        (
            ("\"-name\"", "\"-booking_date\""),
            "pages/gate-passes.toml: order: found -booking_date; accepted is the field of a column",
        ),
        (
            ("kind = \"code\"", "kind = \"colour\""),
            "pages/gate-passes.toml: columns.0.kind: found \"colour\"; accepted is one of text, code,",
        ),
        (
            ("sortable = true", "sortible = true"),
            "pages/gate-passes.toml: columns.0.sortible: found an unknown key; accepted are field, label,",
        ),
        (
            ("kind = \"code\"", "kind = \"route\""),
            "pages/gate-passes.toml: columns.name: found kind = \"route\"; accepted is that kind with a [route]",
        ),
        (
            (
                "order =",
                "filters = [{ field = \"page\", label = \"Page\" }]\norder =",
            ),
            "pages/gate-passes.toml: filters.page: found a parameter that every list has",
        ),
        (
            ("order =", "fixed = [{ field = \"docstatus\" }]\norder ="),
            "pages/gate-passes.toml: fixed.docstatus: found both or none",
        ),
        (
            (
                "order =",
                "views = [{ name = \"Late\", label = \"Late\" }]\norder =",
            ),
            "pages/gate-passes.toml: views.0.name: found \"Late\"; accepted are lower-case letters",
        ),
        (
            (
                "order =",
                "views = [{ name = \"late\", label = \"Late\" }]\norder =",
            ),
            "pages/gate-passes.toml: views.late: found nothing that narrows the list; accepted is all, any or rows",
        ),
        (
            (
                "order =",
                "views = [{ name = \"late\", label = \"Late\", all = [{ field = \"docstatus\" }] }]\norder =",
            ),
            "pages/gate-passes.toml: views.0.all.0: found no test for docstatus; accepted is one of is, is_not,",
        ),
        (
            (
                "order =",
                "views = [{ name = \"late\", label = \"Late\", any = [{ field = \"due\", before = \"noon\" }] }]\norder =",
            ),
            "pages/gate-passes.toml: views.0.any.0.before: found \"noon\"; accepted is one of today",
        ),
        (
            (
                "order =",
                "views = [{ name = \"late\", label = \"Late\", rows = \"required_papers\" }]\norder =",
            ),
            "pages/gate-passes.toml: views.late.rows: found nothing that tells it; accepted is that with a section of kind checklist",
        ),
        (
            (
                "order =",
                "views = [{ name = \"late\", label = \"Late\", shows = [\"due\"], any = [{ field = \"due\", before = \"today\" }] }]\norder =",
            ),
            "pages/gate-passes.toml: views.late.shows: found due; accepted is the fields of columns and facts",
        ),
        (
            (
                "order =",
                "filters = [{ field = \"view\", label = \"View\" }]\norder =",
            ),
            "pages/gate-passes.toml: filters.view: found a parameter that every list has",
        ),
        (
            ("order =", "group = \" \"\norder ="),
            "pages/gate-passes.toml: group: found nothing",
        ),
        (
            ("order =", "meanings = { Daft = \"Not yet.\" }\norder ="),
            "pages/gate-passes.toml: meanings.Daft: found Not yet.; accepted is a sentence about a value that",
        ),
        (
            (
                "sortable = true }",
                "sortable = true }, { field = \"docstatus\", label = \"Status\", names = { \"0\" = \"Draft\" } }]\nfilters = [{ field = \"docstatus\", label = \"Status\", choices = [\"0\"] }",
            ),
            "pages/gate-passes.toml: filters.docstatus: found 0; accepted is a name that the field has: Draft",
        ),
        (
            ("order =", "aliases = [\"../x\"]\norder ="),
            "pages/gate-passes.toml: aliases: found ../x; accepted is lower-case letters",
        ),
    ] {
        let changed = SMALL.replace(change.0, change.1);
        assert_ne!(changed, SMALL);
        let message = wrong(&changed);
        assert!(message.starts_with(expected), "{message}");
    }
}

#[test]
fn a_page_that_is_not_there_is_told_with_those_that_are() {
    let message = Pages::load(&["bills".to_owned()], None)
        .expect_err("no such page")
        .to_string();
    assert!(
        message.contains("pages.menu: found bills; accepted is"),
        "{message}"
    );
    assert!(message.contains("transport-jobs"), "{message}");
}

#[test]
fn a_folder_replaces_single_pages_and_adds_new_ones() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join("pages")).expect("made");
    std::fs::write(folder.path().join("pages/gate-passes.toml"), SMALL).expect("written");
    let replaced = SMALL.replace("Gate passes", "Shipments");
    std::fs::write(folder.path().join("pages/transport-jobs.toml"), replaced).expect("written");
    let menu = ["transport-jobs", "warehouse-jobs", "gate-passes"].map(str::to_owned);
    let pages = Pages::load(&menu, Some(folder.path())).expect("good pages");
    let titles: Vec<_> = pages.iter().map(|page| page.title.as_str()).collect();
    assert_eq!(titles, ["Shipments", "Warehouse jobs", "Gate passes"]);
}

proptest! {
    #[test]
    fn any_text_is_a_page_or_a_message_and_never_a_panic(text in "\\PC{0,200}") {
        let _ = check::parse("any.toml", &text);
    }

    #[test]
    fn a_page_file_with_something_broken_never_panics(at in 0..SMALL.len(), put in "\\PC{0,3}") {
        if SMALL.is_char_boundary(at) {
            let _ = check::parse("any.toml", &format!("{}{put}{}", &SMALL[..at], &SMALL[at..]));
        }
    }

    #[test]
    fn what_a_page_declares_is_what_it_says(field in "[a-z][a-z0-9_]{0,20}", label in "[A-Za-z ]{1,20}", descending: bool) {
        prop_assume!(field != "name");
        let sign = if descending { "-" } else { "" };
        let text = SMALL.replace("order = \"-name\"", &format!("order = \"{sign}{field}\""))
            .replace("sortable = true }", &format!("sortable = true }}, {{ field = \"{field}\", label = \"{label}\", sortable = true }}"));
        let page = check::parse("any.toml", &text).expect("a good page");
        prop_assert_eq!(page.order.to_string(), format!("{sign}{field}"));
        prop_assert_eq!(&page.columns[1].label, &label);
    }

    #[test]
    fn a_page_name_is_what_an_address_can_hold(text in "\\PC{0,80}") {
        if let Some(name) = PageName::parse(&text) {
            prop_assert_eq!(name.as_str(), &text);
            prop_assert!(text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-'));
        }
    }
}

#[test]
fn what_is_added_to_a_page_stands_beside_what_ships() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join("pages")).expect("created");
    let more = folder.path().join("pages/transport-jobs.more.toml");
    let print = "[[print]]\nname = \"summary\"\nformat = \"Transport Job Summary\"\n";
    std::fs::write(&more, print).expect("written");
    let menu = ["transport-jobs".to_owned(), "warehouse-jobs".to_owned()];
    let pages = Pages::load(&menu, Some(folder.path())).expect("good pages");
    let formats: Vec<_> = pages
        .iter()
        .map(|page| {
            let formats = page.prints.iter().map(|print| print.format.as_str());
            formats.collect::<Vec<_>>()
        })
        .collect();
    assert_eq!(formats, [vec!["Transport Job Summary"], vec![]]);
    std::fs::write(&more, print.replace("format", "fromat")).expect("written");
    let message = Pages::load(&menu, Some(folder.path()))
        .expect_err("a wrong addition")
        .to_string();
    assert!(
        message.contains("transport-jobs.more.toml: print.0.fromat: found an unknown key"),
        "{message}"
    );
}

#[test]
fn of_a_document_nothing_is_read_that_is_the_operators_business() {
    let recorded = include_str!("../../../fixtures/recorded/recordings/desk_getdoc.json");
    let recorded: Value = serde_json::from_str(recorded).expect("JSON");
    let told = &recorded["response"]["body"]["docs"][0];
    let doctype = DocType::parse("Transport Job").expect("a DocType");
    let extract = shipped().extract(&doctype);
    let read = extract.deserialize(told).expect("a document").to_json();
    let is_never = |name: &String| {
        let field = FieldName::parse(name).expect("a field");
        is_never(&doctype, &field)
    };
    let fields = |of: &Value| -> Vec<String> {
        let fields = of.as_object().expect("an object");
        fields.keys().cloned().collect()
    };
    assert!(fields(told).iter().any(is_never), "there is such a thing");
    let rows = |of: &Value| -> Vec<String> {
        let tables = of.as_object().expect("an object").values();
        let rows = tables.filter_map(Value::as_array).flatten();
        rows.flat_map(&fields).collect()
    };
    let held = [fields(&read), rows(&read)].concat();
    assert_eq!(held.iter().filter(|name| is_never(name)).count(), 0);
    // What is shown of it is there as it was told.
    assert_eq!(read["customer"], told["customer"]);
    let milestones = |of: &Value| of["milestones"][0]["planned_end"].clone();
    assert!(!milestones(told).is_null());
    assert_eq!(milestones(&read), milestones(told));
}

#[test]
fn the_way_of_the_goods_is_one_column() {
    let route =
        "\n[route]\nfield = \"legs\"\nchild_doctype = \"Leg\"\nfrom = [\"a\"]\nto = [\"b\"]\n";
    let with = |columns: usize| {
        let column = ", { field = \"legs\", label = \"Way\", kind = \"route\" }".repeat(columns);
        SMALL.replace(
            "sortable = true }]",
            &format!("sortable = true }}{column}]"),
        ) + route
    };
    check::parse("pages/gate-passes.toml", &with(1)).expect("one is right");
    let told = wrong(&with(2));
    assert!(told.contains("two columns of kind = \"route\""), "{told}");
}
