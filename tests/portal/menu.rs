//! The menu: which pages a user has, as Portal Settings and the settings say.

use quayfront::demo::Fault;
use quayfront::frappe::DocType;
use quayfront::portal::{Change, Dropped, FirstRows};
use serde_json::{Value, json};

use crate::support::truth::text;
use crate::support::walk::all_names;
use crate::support::{ANNA, Answer, JAN, KATRIN, LUCIA, SERVICE, VELDHUIS, Visitor, World};

const PORTAL_SETTINGS: &str = "/api/resource/Portal%20Settings/Portal%20Settings";
const GET_ROLES: &str = "/api/method/frappe.core.doctype.user.user.get_roles";

/// The pages of the settings that ship.
const ALL: [&str; 10] = [
    "transport-jobs",
    "warehouse-jobs",
    "transport-orders",
    "inbound-orders",
    "release-orders",
    "transfer-orders",
    "vas-orders",
    "stocktake-orders",
    "stock-balance",
    "warehousing-portal",
];

/// Those that the demo's Portal Settings name, as CargoNext ships them.
const NAMED: [&str; 4] = [
    "transport-jobs",
    "warehouse-jobs",
    "stock-balance",
    "warehousing-portal",
];

fn row(route: &str, role: &str, enabled: i32) -> Value {
    json!({"title": format!("To {route}"), "route": route, "role": role, "enabled": enabled})
}

/// Puts these rows in the place of the custom menu.
fn set_menu(world: &World, rows: &[Value]) {
    world
        .site
        .set_single_field("Portal Settings", "custom_menu", json!(rows));
}

/// The pages that a visitor has, as the start page tells them to programs.
async fn pages(visitor: &mut Visitor) -> Vec<String> {
    let home = visitor.json("/").await;
    assert_eq!(home.status, 200, "{}", home.text());
    let pages = home.json()["pages"].as_array().expect("pages").clone();
    pages
        .iter()
        .map(|page| text(page, "page").to_owned())
        .collect()
}

async fn pages_of(world: &World, user: &str) -> Vec<String> {
    pages(&mut world.signed_in(user).await).await
}

/// The links of a page's menu.
async fn links(visitor: &mut Visitor) -> Vec<String> {
    let page = visitor.get("/").await.text();
    let (_, menu) = page.split_once("class=\"site-menu\"").expect("a menu");
    let (menu, _) = menu.split_once("</nav>").expect("its end");
    let links = menu.split("<a ").skip(1);
    links
        .map(|link| link.split("</a>").next().unwrap_or_default().to_owned())
        .collect()
}

/// Tells the portal that a document has changed.
fn hear(world: &World, doctype: &str, fields: &Value) -> Dropped {
    world.app.portal().changed(&Change {
        doctype: Some(DocType::parse(doctype).expect("a DocType")),
        fields: fields.as_object().expect("fields").clone(),
    })
}

/// How often the site was asked for paths that begin so, since that was forgotten.
fn times(asked: &[String], path: &str) -> usize {
    asked.iter().filter(|asked| asked.starts_with(path)).count()
}

#[tokio::test]
async fn a_user_has_the_pages_that_portal_settings_name_in_their_order() {
    let world = World::reading_portal_settings("").await;
    let mut anna = world.signed_in(ANNA).await;
    assert_eq!(pages(&mut anna).await, NAMED);
    let links = links(&mut anna).await;
    let hrefs: Vec<_> = links
        .iter()
        .filter_map(|link| link.split('"').nth(1))
        .collect();
    assert_eq!(
        hrefs,
        [
            "/transport-jobs",
            "/warehouse-jobs",
            "/stock-balance",
            "/warehousing-portal",
            "/wiki"
        ]
    );
    assert!(
        links[4].contains("<span>Wiki &amp; Documentation</span>"),
        "{links:?}"
    );
    set_menu(
        &world,
        &[
            row("/vas_orders", "", 1),
            row("/orders", "", 1),
            row("/transport-jobs", "Customer", 1),
        ],
    );
    assert_eq!(
        hear(&world, "Portal Settings", &json!({})),
        Dropped::Everybody
    );
    assert_eq!(pages(&mut anna).await, ["vas-orders", "transport-jobs"]);
    let page = anna.get("/").await.text();
    assert!(
        page.contains("To /vas_orders") && !page.contains("/orders\""),
        "{page}"
    );
    assert!(
        !page.contains("href=\"/warehouse-jobs"),
        "nor what needs attention there: {page}"
    );
    let home = anna.json("/").await.json();
    let titles: Vec<_> = home["pages"].as_array().expect("pages").iter().collect();
    assert_eq!(text(titles[0], "title"), "To /vas_orders");
    let help = anna.get("/wiki").await.text();
    assert!(
        help.contains("href=\"/vas-orders\"") && !help.contains("/inbound-orders"),
        "{help}"
    );
}

/// Everything that there is of the pages for jobs and for stock, all of it Anna's.
const EVERY_FORM: [&str; 13] = [
    "/transport-jobs",
    "/transport-jobs?view=late",
    "/transport-jobs.csv",
    "/transport-jobs.xlsx",
    "/transport-jobs/TRJ000000648",
    "/transport-jobs/TRJ000000648/print.pdf",
    "/transport-jobs/TRJ000000511/documents.zip",
    "/transport-jobs/documents.zip?name=TRJ000000511",
    "/transport-jobs/TRJ000000511/files/179f4bad96",
    "/stock-balance",
    "/stock-balance.csv",
    "/stock-balance.xlsx",
    "/warehousing-portal",
];

#[tokio::test]
async fn a_page_that_is_not_in_the_menu_is_refused_in_every_form_and_nothing_is_asked_for_it() {
    let world = World::printing("").await;
    let mut anna = world.signed_in(ANNA).await;
    for address in EVERY_FORM {
        assert_eq!(anna.get(address).await.status, 200, "{address}");
    }
    set_menu(
        &world,
        &[
            row("/warehouse-jobs", "Customer", 1),
            row("/transport-jobs", "Customer", 0),
        ],
    );
    hear(&world, "Portal Settings", &json!({}));
    assert_eq!(pages(&mut anna).await, ["warehouse-jobs"]);
    world.settled().await;
    // A page that Frappe refuses looks the same.
    let mut lucia = world.signed_in(LUCIA).await;
    let unreadable = lucia.json("/warehouse-jobs").await;
    let told = |answer: &Answer| {
        let mut told = answer.json();
        told["reference"] = Value::Null;
        told
    };
    for address in EVERY_FORM {
        world.site.clear_requests();
        for answer in [anna.get(address).await, anna.json(address).await] {
            assert_eq!(answer.status, 403, "{address}: {}", answer.text());
            assert!(
                answer
                    .text()
                    .contains("This page is not available for your account")
            );
        }
        assert_eq!(
            told(&anna.json(address).await),
            told(&unreadable),
            "{address}"
        );
        assert_eq!(world.asked(), [""; 0], "{address}");
    }
    assert_eq!(anna.get("/warehouse-jobs").await.status, 200);
    // And so does a document of another's on it: nobody learns whether it is there.
    for name in ["TRJ000000001", "TRJ999999999"] {
        assert_eq!(
            anna.get(&format!("/transport-jobs/{name}")).await.status,
            403
        );
    }
}

#[tokio::test]
async fn what_is_not_in_the_menu_is_not_fetched_ahead() {
    let world = World::reading_portal_settings("").await;
    set_menu(&world, &[row("/warehouse-jobs", "Customer", 1)]);
    let _anna = world.signed_in(ANNA).await;
    let portal = world.app.portal();
    let visit = portal.visit(world.caller(ANNA, ANNA)).await.expect("hers");
    world.settled().await;
    world.site.clear_requests();
    let needed = visit
        .attention(FirstRows::Shown)
        .await
        .expect("what needs attention");
    assert!(needed.stock.is_none() && !needed.views.is_empty());
    assert!(
        needed
            .views
            .iter()
            .all(|view| view.page.name.as_str() == "warehouse-jobs")
    );
    assert_eq!(times(&world.asked(), "/api/resource/Transport%20Job"), 0);
}

#[tokio::test]
async fn a_users_roles_decide_and_frappe_tells_them_with_his_own_session() {
    let world = World::reading_portal_settings("").await;
    world
        .site
        .insert_record("Role", json!({"name": "Warehouse Customer"}));
    set_menu(
        &world,
        &[
            row("/transport-jobs", "Customer", 1),
            row("/warehouse-jobs", "Warehouse Customer", 1),
        ],
    );
    let (mut anna, mut jan) = (world.signed_in(ANNA).await, world.signed_in(JAN).await);
    let asked = world.site.requests();
    let of_roles: Vec<_> = asked
        .iter()
        .filter(|request| request.path == GET_ROLES)
        .collect();
    assert_eq!(of_roles.len(), 2, "{of_roles:?}");
    for request in of_roles {
        let uid = request.query.iter().find(|(name, _)| name == "uid");
        assert_eq!(uid.map(|(_, user)| user), request.user.as_ref());
    }
    let of_settings = asked
        .iter()
        .filter(|request| request.path == PORTAL_SETTINGS);
    assert!(of_settings.clone().count() == 1, "{asked:?}");
    // With a key, and nobody's session.
    assert!(of_settings.clone().all(|request| request.user.is_none()));
    assert_eq!(pages(&mut anna).await, ["transport-jobs"]);
    // What a role gives shows once it was fresh no more, on the page after the next.
    world.site.add_role(ANNA, "Warehouse Customer");
    assert_eq!(pages(&mut anna).await, ["transport-jobs"]);
    world.seconds_pass(31);
    pages(&mut anna).await;
    world.settled().await;
    assert_eq!(pages(&mut anna).await, ["transport-jobs", "warehouse-jobs"]);
    // And what it took away at once, where the site says so.
    world.site.remove_role(ANNA, "Warehouse Customer");
    assert_eq!(hear(&world, "User", &json!({"name": ANNA})), Dropped::User);
    assert_eq!(pages(&mut anna).await, ["transport-jobs"]);
    assert_eq!(anna.get("/warehouse-jobs").await.status, 403);
    assert_eq!(pages(&mut jan).await, ["transport-jobs"]);
    // The browser's word counts for nothing.
    let answer = anna
        .get("/warehouse-jobs?role=Warehouse+Customer&roles=Warehouse+Customer")
        .await;
    assert_eq!(answer.status, 403);
}

#[tokio::test]
async fn a_hidden_standard_menu_shows_none_of_its_rows() {
    let world = World::reading_portal_settings("").await;
    let site = &world.site;
    site.set_single_field(
        "Portal Settings",
        "menu",
        json!([row("/vas-orders", "Customer", 1)]),
    );
    assert_eq!(
        pages_of(&world, ANNA).await[..2],
        ["vas-orders", "transport-jobs"]
    );
    site.set_single_field("Portal Settings", "hide_standard_menu", json!("1"));
    hear(&world, "Portal Settings", &json!({}));
    assert_eq!(pages_of(&world, ANNA).await, NAMED);
}

#[tokio::test]
async fn links_lead_away_to_https_alone_and_say_so() {
    let world = World::reading_portal_settings("").await;
    let mut rows: Vec<_> = [
        "javascript:alert(document.cookie)",
        "//evil.example/",
        "http://plain.example/",
        "/invoices",
        "/me",
        "https://anna:secret@evil.example/",
        "https://tariffs.example/2026?a=1&b=\"2\"",
    ]
    .map(|route| row(route, "Customer", 1))
    .to_vec();
    rows.push(json!({
        "title": "<b>News</b>", "route": "https://news.example/", "enabled": 1, "target": "_blank",
    }));
    rows.push(row("/transport-jobs", "Customer", 1));
    rows.push(row("https://staff.example/", "Transport User", 1));
    set_menu(&world, &rows);
    let mut anna = world.signed_in(ANNA).await;
    let links = links(&mut anna).await;
    assert_eq!(links.len(), 3, "{links:?}");
    let [tariffs, news, jobs] = [0, 1, 2].map(|at| links[at].as_str());
    assert!(
        tariffs.starts_with("href=\"https://tariffs.example/2026?a=1&amp;b=%222%22\""),
        "{tariffs}"
    );
    for away in [tariffs, news] {
        assert!(
            away.contains("rel=\"external noopener noreferrer\""),
            "{away}"
        );
        assert!(
            away.contains("#away\"") && away.contains("another site"),
            "{away}"
        );
    }
    assert!(!tariffs.contains("target="), "{tariffs}");
    assert!(
        news.contains("target=\"_blank\"") && news.contains("in a new window"),
        "{news}"
    );
    assert!(
        news.contains("&lt;b&gt;News") && !news.contains("<b>"),
        "{news}"
    );
    assert!(
        jobs.starts_with("href=\"/transport-jobs\"") && !jobs.contains("rel="),
        "{jobs}"
    );
    let page = anna.get("/").await.text();
    for never in [
        "javascript:",
        "evil.example",
        "plain.example",
        "staff.example",
    ] {
        assert!(!page.contains(never), "{never}");
    }
}

#[tokio::test]
async fn portal_settings_that_name_no_page_leave_the_pages_of_the_settings() {
    let world = World::reading_portal_settings("").await;
    set_menu(
        &world,
        &[row("/wiki", "Customer", 1), row("/orders", "Customer", 1)],
    );
    let mut anna = world.signed_in(ANNA).await;
    assert_eq!(pages(&mut anna).await, ALL);
    // Nor is anybody's role asked for then.
    let mut jan = world.signed_in(JAN).await;
    world.site.clear_requests();
    assert_eq!(pages(&mut jan).await, ALL);
    world.answers_expire();
    pages(&mut jan).await;
    assert_eq!(times(&world.asked(), GET_ROLES), 0);
    // Pages that are all switched off are named.
    set_menu(&world, &[row("/transport_jobs", "Customer", 0)]);
    hear(&world, "Portal Settings", &json!({}));
    assert_eq!(pages(&mut jan).await, [""; 0]);
    assert_eq!(jan.get("/transport-jobs").await.status, 403);
}

#[tokio::test]
async fn without_a_service_account_the_pages_of_the_settings_are_the_menu_and_nothing_is_asked() {
    let world = World::new().await;
    assert_eq!(pages_of(&world, ANNA).await, ALL);
    let asked = world.asked();
    assert_eq!(
        times(&asked, PORTAL_SETTINGS) + times(&asked, GET_ROLES),
        0,
        "{asked:?}"
    );
}

#[tokio::test]
async fn portal_settings_that_cannot_be_read_leave_the_last_menu_or_the_pages_of_the_settings() {
    let world = World::reading_portal_settings("").await;
    world.site.remove_role(SERVICE, "Website Manager");
    let mut anna = world.signed_in(ANNA).await;
    assert_eq!(pages(&mut anna).await, ALL, "never known");
    // Whoever asks in vain does not ask for each page.
    world.site.clear_requests();
    for _ in 0..5 {
        anna.get("/transport-jobs").await;
    }
    hear(&world, "User", &json!({"name": ANNA}));
    anna.get("/transport-jobs").await;
    let asked = world.asked();
    let of_menu = times(&asked, PORTAL_SETTINGS) + times(&asked, GET_ROLES);
    assert_eq!(of_menu, 0, "{asked:?}");
    world.site.add_role(SERVICE, "Website Manager");
    world.seconds_pass(31);
    assert_eq!(pages(&mut anna).await, NAMED);
    for fault in [
        Fault::Status(502),
        Fault::Garbage,
        Fault::Raised,
        Fault::Refuse,
    ] {
        world.site.set_fault_on(PORTAL_SETTINGS, fault.clone());
        for _ in 0..3 {
            world.seconds_pass(6 * 3600);
            let mut jan = world.signed_in(JAN).await;
            assert_eq!(pages(&mut jan).await, NAMED, "{fault:?}");
            assert_eq!(
                hear(&world, "Portal Settings", &json!({})),
                Dropped::Everybody
            );
            assert_eq!(pages(&mut jan).await, NAMED, "{fault:?}, after a change");
        }
        world.site.clear_faults();
    }
    world.site.remove_role(SERVICE, "Website Manager");
    world.seconds_pass(6 * 3600);
    assert_eq!(pages_of(&world, JAN).await, NAMED, "refused");
}

#[tokio::test]
async fn what_the_menu_is_made_of_is_asked_for_side_by_side_with_the_proof_and_then_remembered() {
    let world = World::reading_portal_settings("").await;
    let _anna = world.signed_in(ANNA).await;
    // Nobody's roles, and no Portal Settings, are remembered any more.
    hear(&world, "Portal Settings", &json!({}));
    world.settled().await;
    world.site.clear_requests();
    // Nothing is answered before all three questions are there.
    world.site.hold(3);
    let portal = world.app.portal().clone();
    let caller = world.caller(ANNA, ANNA);
    let visiting = tokio::spawn(async move { portal.visit(caller).await.map(drop) });
    World::until("three questions side by side", || {
        world.site.requests().len() >= 3
    })
    .await;
    world.site.hold(0);
    visiting.await.expect("no panic").expect("hers");
    world.settled().await;
    let asked = world.asked();
    assert_eq!(
        (times(&asked, PORTAL_SETTINGS), times(&asked, GET_ROLES)),
        (1, 1)
    );
    let mut anna = world.signed_in(ANNA).await;
    for page in [
        "/transport-jobs",
        "/warehouse-jobs",
        "/",
        "/transport-jobs.csv",
    ] {
        anna.get(page).await;
    }
    let asked = world.asked();
    assert_eq!(
        times(&asked, PORTAL_SETTINGS) + times(&asked, GET_ROLES),
        0,
        "{asked:?}"
    );
    // Older than fresh, they are asked for once, behind the visitor's back.
    world.seconds_pass(31);
    anna.get("/transport-jobs").await;
    world.settled().await;
    anna.get("/transport-jobs").await;
    let asked = world.asked();
    assert_eq!(
        (times(&asked, PORTAL_SETTINGS), times(&asked, GET_ROLES)),
        (1, 1)
    );
}

#[tokio::test]
async fn a_finished_page_that_is_remembered_goes_with_the_menu_that_it_shows() {
    let world = World::reading_portal_settings("").await;
    let (mut anna, mut jan) = (world.signed_in(ANNA).await, world.signed_in(JAN).await);
    world.seconds_pass(20);
    for page in ["/transport-jobs", "/warehouse-jobs"] {
        assert_eq!(anna.get(page).await.status, 200, "{page}");
    }
    set_menu(&world, &[row("/warehouse-jobs", "Customer", 1)]);
    // Somebody else's page has Portal Settings asked for; hers are finished pages, and fresh.
    world.seconds_pass(11);
    jan.get("/").await;
    world.settled().await;
    assert_eq!(anna.get("/transport-jobs").await.status, 403);
    let page = anna.get("/warehouse-jobs").await;
    assert!(
        page.text().contains("To /warehouse-jobs"),
        "{}",
        page.text()
    );
    assert!(!page.text().contains("href=\"/transport-jobs"));
}

#[tokio::test]
async fn while_frappe_cannot_be_reached_the_last_menu_counts() {
    let world = World::reading_portal_settings("").await;
    let mut anna = world.signed_in(ANNA).await;
    assert_eq!(pages(&mut anna).await, NAMED);
    world.site.set_fault(Some(Fault::Refuse));
    world.answers_expire();
    assert_eq!(pages(&mut anna).await, NAMED);
    assert_eq!(anna.get("/transport-orders").await.status, 403);
}

#[tokio::test]
async fn whose_roles_frappe_does_not_tell_has_what_everybody_has() {
    let world = World::reading_portal_settings("").await;
    set_menu(
        &world,
        &[
            row("/transport-jobs", "Customer", 1),
            row("/warehouse-jobs", "All", 1),
            row("/stock-balance", "", 1),
        ],
    );
    world.site.set_fault_on(GET_ROLES, Fault::Raised);
    let mut anna = world.signed_in(ANNA).await;
    assert_eq!(pages(&mut anna).await, ["warehouse-jobs", "stock-balance"]);
    world.site.clear_faults();
    world.seconds_pass(31);
    pages(&mut anna).await;
    world.settled().await;
    assert_eq!(
        pages(&mut anna).await,
        ["transport-jobs", "warehouse-jobs", "stock-balance"]
    );
    // A site that does not answer says nothing about roles.
    let mut jan = world.signed_in(JAN).await;
    world.site.set_fault_on(GET_ROLES, Fault::Status(502));
    hear(&world, "User", &json!({"name": JAN}));
    assert_eq!(jan.get("/transport-jobs").await.status, 503);
}

const SOLAR: &str = "Nordlys Solar AS";
const AZULEJOS: &str = "Azulejos del Mediterráneo S.L.";

fn list_of(customer: &str) -> String {
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("customer", customer)
        .finish();
    format!("/transport-jobs?{query}")
}

/// Whose rows a visitor sees, on any page of a list.
async fn customers(visitor: &mut Visitor) -> Vec<String> {
    let answer = visitor.json("/transport-jobs").await.json();
    let customers = answer["customers"].as_array().expect("customers").iter();
    customers
        .map(|name| name.as_str().expect("a name").to_owned())
        .collect()
}

#[tokio::test]
async fn a_page_can_be_on_for_some_customers_only_and_off_for_others() {
    let world = World::with(&format!(
        "[pages.only_for]\nstock-balance = {{ customers = [\"{VELDHUIS}\"] }}\n\
         [pages.not_for]\ntransport-jobs = {{ customers = [\"{SOLAR}\"] }}\n\
         vas-orders = {{ customers = [\"{VELDHUIS}\"] }}"
    ))
    .await;
    let mut anna = world.signed_in(ANNA).await;
    let mut expected = ALL.to_vec();
    expected.retain(|page| *page != "vas-orders");
    assert_eq!(pages(&mut anna).await, expected);
    assert_eq!(anna.get("/vas-orders").await.status, 403);
    assert_eq!(anna.get("/stock-balance").await.status, 200);
    // Of several customers, a page shows those that have it.
    let mut katrin = world.signed_in(KATRIN).await;
    let mut expected = ALL.to_vec();
    expected.retain(|page| *page != "stock-balance");
    assert_eq!(pages(&mut katrin).await, expected);
    for stock in ["/stock-balance", "/stock-balance.csv"] {
        assert_eq!(katrin.get(stock).await.status, 403);
    }
    assert_eq!(
        customers(&mut katrin).await,
        [AZULEJOS, "Müller & Söhne GmbH"]
    );
    assert_eq!(katrin.get(&list_of(SOLAR)).await.status, 403);
    let narrowed = all_names(&mut katrin, "/transport-jobs").await;
    let csv = katrin.get("/transport-jobs.csv").await.text();
    let everywhere = World::new().await;
    let mut katrin = everywhere.signed_in(KATRIN).await;
    let all = all_names(&mut katrin, "/transport-jobs").await;
    let of_solar = all_names(&mut katrin, &list_of(SOLAR)).await;
    assert!(!of_solar.is_empty() && !narrowed.is_empty());
    assert_eq!(narrowed.len() + of_solar.len(), all.len());
    assert!(
        of_solar
            .iter()
            .all(|name| !narrowed.contains(name) && !csv.contains(name.as_str()))
    );
    assert!(narrowed.iter().all(|name| csv.contains(name.as_str())));
}

#[tokio::test]
async fn a_page_can_be_on_for_groups_of_customers_and_is_off_where_the_group_is_not_known() {
    let world = World::reading_portal_settings(
        "[pages.only_for]\ntransport-jobs = { groups = [\"Retail\"] }\n\
         [pages.not_for]\nwarehouse-jobs = { groups = [\"Individual\"] }",
    )
    .await;
    let set_group = |customer: &str, group: &str| {
        let field = "customer_group";
        world
            .site
            .set_record_field("Customer", customer, field, json!(group));
        hear(&world, "Customer", &json!({"name": customer}));
        world.seconds_pass(31);
    };
    // The account may not read Customer yet.
    set_group(VELDHUIS, "Retail");
    let mut anna = world.signed_in(ANNA).await;
    assert_eq!(
        pages(&mut anna).await,
        ["stock-balance", "warehousing-portal"]
    );
    assert_eq!(anna.get("/transport-jobs").await.status, 403);
    world.site.add_role(SERVICE, "Sales User");
    world.seconds_pass(31);
    assert_eq!(pages(&mut anna).await, NAMED);
    set_group(VELDHUIS, "Retail North");
    assert_eq!(pages(&mut anna).await[0], "warehouse-jobs");
    set_group(VELDHUIS, "Individual");
    assert_eq!(
        pages(&mut anna).await,
        ["stock-balance", "warehousing-portal"]
    );
    // Of several customers, the group of each decides.
    set_group(AZULEJOS, "Retail");
    let mut katrin = world.signed_in(KATRIN).await;
    assert_eq!(customers(&mut katrin).await, [AZULEJOS]);
    // Asked once for all pages, and kept while it cannot be read.
    world.site.clear_requests();
    for _ in 0..3 {
        katrin.get("/warehouse-jobs").await;
    }
    assert_eq!(times(&world.asked(), "/api/resource/Customer"), 0);
    world.site.remove_role(SERVICE, "Sales User");
    world.seconds_pass(3600);
    assert_eq!(customers(&mut katrin).await, [AZULEJOS]);
}

#[tokio::test]
async fn whoever_signs_in_lands_where_portal_settings_say_if_that_is_a_page_of_his() {
    let world = World::reading_portal_settings("").await;
    let lands = async |user: &str, form: &[(&str, &str)]| {
        let password = world.password(user);
        let mut all = vec![("user", user), ("password", password.as_str())];
        all.extend(form);
        let answer = world.visitor().post("/login", &all).await;
        assert_eq!(answer.status, 303);
        answer.header("location").to_owned()
    };
    let set_home = |home: &str| {
        let settings = "Portal Settings";
        world
            .site
            .set_single_field(settings, "default_portal_home", json!(home));
        hear(&world, settings, &json!({}));
        world.seconds_pass(31);
    };
    assert_eq!(lands(ANNA, &[]).await, "/");
    for (home, page) in [
        ("/warehouse_jobs", "/warehouse-jobs"),
        ("stock-balance", "/stock-balance"),
        ("/warehousing-portal", "/warehousing-portal"),
        ("/transport-orders", "/"),
        ("/orders", "/"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
    ] {
        set_home(home);
        // The sign-in goes by what was read last; what follows it reads anew.
        lands(ANNA, &[]).await;
        world.settled().await;
        assert_eq!(lands(ANNA, &[]).await, page, "{home}");
    }
    set_home("/warehouse-jobs");
    lands(ANNA, &[]).await;
    world.settled().await;
    assert_eq!(
        lands(ANNA, &[("next", "/stock-balance")]).await,
        "/stock-balance"
    );
    // She may read nothing: nobody lands on a refusal.
    assert_eq!(lands(LUCIA, &[]).await, "/");
}
