//! The tenants' matrix: every kind of user against every route, filter, JSON and error. Nothing of
//! another customer's, and none of the operator's business, appears in any answer.

use std::collections::BTreeSet;
use std::io::{Cursor, Read as _};

use aho_corasick::{AhoCorasick, Match};
use serde_json::{Value, json};
use zip::ZipArchive;

use crate::support::events;
use crate::support::export::{is_workbook, unpacked_workbook};
use crate::support::truth::{bins_of, customers_of, records, text};
use crate::support::{
    ANNA, Answer, JAN, KATRIN, LUCIA, MAEVE, METTE, PIOTR, SIOBHAN, TOM, Visitor, World,
};

/// Who may see what of a DocType, worked out here from the records, and not by the portal.
struct Truth {
    jobs: Vec<(&'static str, Value)>,
    items: Vec<Value>,
    files: Vec<Value>,
    customers: Vec<String>,
    never: BTreeSet<String>,
}

impl Truth {
    fn read() -> Self {
        let mut jobs = Vec::new();
        for (doctype, file) in DOCUMENTS {
            jobs.extend(records(file).into_iter().map(|job| (doctype, job)));
        }
        let customers = records("customer")
            .iter()
            .map(|customer| text(customer, "name").to_owned())
            .collect();
        let mut never: BTreeSet<String> = BTreeSet::new();
        for (_, job) in &jobs {
            for field in [
                "internal_notes",
                "sales_rep",
                "cost_center",
                "profit_center",
                "sales_quote",
                "operations_rep",
                "customer_service_rep",
                "contract",
                "job_number",
            ] {
                never.insert(text(job, field).to_owned());
            }
            for field in [
                "estimated_costs",
                "estimated_revenue",
                "recognized_costs",
                "wip_amount",
            ] {
                never.insert(money(&job[field]));
            }
            for charge in job["charges"].as_array().into_iter().flatten() {
                for field in [
                    "estimated_cost",
                    "estimated_revenue",
                    "unit_cost",
                    "rate",
                    "total",
                    "standard_unit_cost",
                ] {
                    never.insert(money(&charge[field]));
                }
                never.insert(text(charge, "pay_to").to_owned());
            }
            for operation in job["operations"].as_array().into_iter().flatten() {
                never.insert(text(operation, "employee").to_owned());
                never.insert(text(operation, "machine").to_owned());
            }
        }
        for bin in records("bin") {
            never.insert(money(&bin["valuation_rate"]));
            never.insert(money(&bin["stock_value"]));
        }
        // A weight may be the same number as a price.
        let mut harmless = String::new();
        for (_, job) in &jobs {
            let mut job = job.clone();
            let fields = job.as_object_mut().expect("a record");
            fields.retain(|field, _| !OPERATORS.contains(&field.as_str()));
            harmless.push_str(&job.to_string());
        }
        // Short texts are in any page by chance.
        never.retain(|text| text.len() >= 6);
        let mut never = without_those_in(never, &harmless);
        never.extend(MARKERS.map(str::to_owned));
        Self {
            jobs,
            items: records("item"),
            files: records("file"),
            customers,
            never,
        }
    }

    /// The customers of a user, for a DocType: what the administrator meant, written down by hand.
    fn customers_for(user: &str, doctype: &str) -> Vec<String> {
        match user {
            PIOTR => vec!["Łódź Ceramika Sp. z o.o.".to_owned()],
            METTE if doctype != "Warehouse Job" => Vec::new(),
            TOM | NOBODY | LUCIA => Vec::new(),
            _ => customers_of(user),
        }
    }

    /// The files of the user's own jobs that a paper names are his; no other file is, not even a photo
    /// of his own job. A file may hang on several jobs.
    fn sort_files(&self, user: &str, own: &mut String, foreign: &mut BTreeSet<String>) {
        for file in &self.files {
            let job = self.jobs.iter().find(|(doctype, job)| {
                *doctype == text(file, "attached_to_doctype")
                    && text(job, "name") == text(file, "attached_to_name")
            });
            let is_own = job.is_some_and(|(doctype, job)| {
                let papers = job["documents"].as_array().into_iter().flatten();
                Self::customers_for(user, doctype)
                    .iter()
                    .any(|own| own == text(job, "customer"))
                    && papers
                        .map(|paper| text(paper, "attachment"))
                        .any(|named| named == text(file, "file_url"))
            });
            for field in ["name", "file_name"] {
                if is_own {
                    own.push_str(text(file, field));
                    own.push('\n');
                } else {
                    foreign.insert(text(file, field).to_owned());
                }
            }
        }
    }

    /// What must not be in an answer for this user. What his own jobs say, he may read: two customers
    /// may have the same reference, and one may be the other's consignee.
    fn forbidden(&self, user: &str) -> Forbidden {
        let (mut own, mut foreign) = (String::new(), BTreeSet::new());
        for (doctype, job) in &self.jobs {
            let customer = text(job, "customer");
            let hidden = job["docstatus"] == 0 && doctype.ends_with("Job");
            if customer.is_empty()
                || hidden
                || !Self::customers_for(user, doctype)
                    .iter()
                    .any(|own| own == customer)
            {
                foreign.insert(text(job, "name").to_owned());
                for field in [
                    "customer_ref_no",
                    "cust_reference",
                    "container_no",
                    "reference_order",
                ] {
                    let value = text(job, field);
                    if value.len() >= 6 {
                        foreign.insert(value.to_owned());
                    }
                }
            } else {
                own.push_str(&job.to_string().replace("\\\"", "\""));
            }
        }
        self.sort_files(user, &mut own, &mut foreign);
        for item in &self.items {
            let is_own = Self::customers_for(user, "Bin")
                .iter()
                .any(|own| own == text(item, "customer"));
            for code in item["customer_items"].as_array().into_iter().flatten() {
                let is_own = is_own
                    && Self::customers_for(user, "Bin")
                        .iter()
                        .any(|own| own == text(code, "customer_name"));
                if is_own {
                    own.push_str(text(code, "ref_code"));
                } else {
                    foreign.insert(text(code, "ref_code").to_owned());
                }
            }
            for field in ["name", "item_name"] {
                if is_own {
                    own.push_str(text(item, field));
                    own.push('\n');
                } else {
                    foreign.insert(text(item, field).to_owned());
                }
            }
        }
        let bins = bins_of(&Self::customers_for(user, "Bin"));
        own.extend(
            bins.iter()
                .map(|bin| format!("{}\n", text(bin, "warehouse"))),
        );
        let groups = records("warehouse");
        for place in &groups {
            if text(place, "is_group").is_empty() && place["is_group"] != 1 {
                foreign.insert(text(place, "name").to_owned());
            }
        }
        foreign.retain(|text| text.len() >= 5);
        let of_user: Vec<String> = match user {
            // She is linked to her customer, and may read nothing.
            LUCIA => customers_of(LUCIA),
            _ => DOCUMENTS
                .iter()
                .flat_map(|(doctype, _)| Self::customers_for(user, doctype))
                .collect(),
        };
        foreign.extend(
            self.customers
                .iter()
                .filter(|customer| !of_user.contains(customer))
                .cloned(),
        );
        let mut foreign = without_those_in(foreign, &own);
        foreign.extend(self.never.iter().cloned());
        Forbidden::new(foreign)
    }
}

/// The DocTypes of the pages, and the files of their records.
const DOCUMENTS: [(&str, &str); 8] = [
    ("Transport Job", "transport_job"),
    ("Warehouse Job", "warehouse_job"),
    ("Transport Order", "transport_order"),
    ("Inbound Order", "inbound_order"),
    ("Release Order", "release_order"),
    ("Transfer Order", "transfer_order"),
    ("VAS Order", "vas_order"),
    ("Stocktake Order", "stocktake_order"),
];

/// Texts that must not be in an answer, looked for all at once: there are thousands of them, and
/// thousands of answers.
struct Forbidden {
    texts: Vec<String>,
    search: AhoCorasick,
}

impl Forbidden {
    fn new(texts: BTreeSet<String>) -> Self {
        let texts: Vec<String> = texts.into_iter().filter(|text| !text.is_empty()).collect();
        let search = AhoCorasick::new(&texts).expect("few enough texts");
        Self { texts, search }
    }

    /// One that is in an answer; a number that goes on is another number.
    fn find(&self, said: &str) -> Option<&str> {
        let text = |found: &Match| self.texts[found.pattern().as_usize()].as_str();
        let goes_on = |found: &Match| {
            text(found).parse::<f64>().is_ok()
                && said[found.end()..].starts_with(|next: char| next.is_ascii_digit())
        };
        let mut all = self.search.find_overlapping_iter(said);
        let found = all.find(|found| !goes_on(found))?;
        Some(text(&found))
    }

    /// One that is in an answer about stock, where any sum of quantities may be the same number as
    /// some price. That values of stock are not even asked for, another test sees to.
    fn find_words(&self, said: &str) -> Option<&str> {
        self.search
            .find_overlapping_iter(said)
            .map(|found| self.texts[found.pattern().as_usize()].as_str())
            .find(|text| text.parse::<f64>().is_err())
    }
}

/// The texts that are not part of `whole`.
fn without_those_in(texts: BTreeSet<String>, whole: &str) -> BTreeSet<String> {
    let search = Forbidden::new(texts);
    let found: BTreeSet<usize> = search
        .search
        .find_overlapping_iter(whole)
        .map(|found| found.pattern().as_usize())
        .collect();
    let texts = search.texts.into_iter().enumerate();
    texts
        .filter(|(at, _)| !found.contains(at))
        .map(|(_, text)| text)
        .collect()
}

/// Fields of a document that are the operator's business.
const OPERATORS: [&str; 16] = [
    "contract",
    "job_number",
    "charges",
    "internal_notes",
    "notes",
    "sales_rep",
    "operations_rep",
    "customer_service_rep",
    "cost_center",
    "profit_center",
    "sales_quote",
    "estimated_costs",
    "estimated_revenue",
    "recognized_costs",
    "recognized_revenue",
    "wip_amount",
];

/// What gives away that something of Frappe's, or of the operator's, came through.
const MARKERS: [&str; 11] = [
    "INTERNAL",
    "internal_notes",
    "charges",
    "estimated_cost",
    "estimated_revenue",
    "frappe.exceptions",
    "_server_messages",
    "Traceback",
    "PermissionError",
    "session_expired",
    "valuation",
];

fn money(value: &Value) -> String {
    value
        .as_f64()
        // Stock is measured in eighths, and a sum of them may read like a price.
        .filter(|amount| (amount * 8.0).fract() != 0.0)
        .map(|amount| amount.to_string())
        .unwrap_or_default()
}

const NOBODY: &str = "nobody is signed in";

/// What is asked of each list.
const QUERIES: [&str; 20] = [
    "page_size=100",
    "page=2&page_size=100",
    "page_size=100&customer=Veldhuis+Specialty+Foods+BV",
    "page_size=100&customer=O%27Brien+%26+Daughters+%22The+Tea+House%22+Ltd",
    "page_size=100&customer=veldhuis+specialty+foods+bv",
    "customer=%25",
    "customer=",
    "q=%25%25&page_size=100",
    "q=__&page_size=100",
    "sort=name&page_size=100",
    "view=late&page_size=100",
    "view=late&q=PO-&page_size=100",
    "view=papers&page_size=100",
    "view=papers&customer=O%27Brien+%26+Daughters+%22The+Tea+House%22+Ltd",
    "view=under-way&page_size=100",
    "view=operations-under-way&page_size=100",
    "view=%25",
    "sort=-customer",
    "page=0",
    "filters=[]&fields=[\"*\"]&limit_page_length=0&or_filters=[[\"name\",\"like\",\"%25\"]]",
];

/// Ways to ask for stock.
const STOCK_QUERIES: [&str; 20] = [
    "page_size=100",
    "page=2&page_size=100",
    "group=warehouse&page_size=100",
    "customer=Veldhuis+Specialty+Foods+BV&page_size=100",
    "customer=O%27Brien+%26+Daughters+%22The+Tea+House%22+Ltd&page_size=100",
    "customer=veldhuis+specialty+foods+bv",
    "item=VSF-FET-2000",
    "item=vsf-fet-2000",
    "warehouse=Rotterdam+-+HLL&page_size=100",
    "warehouse=All+Warehouses+-+HLL&page_size=100&group=warehouse",
    "warehouse=%25",
    "item_group=Customer+Goods&page_size=100",
    "q=%25%25&page_size=100",
    "q=__",
    "out_of_stock=1&page_size=100",
    "hide_zero=1&sort=-projected_qty&page_size=100",
    "sort=valuation_rate",
    "sort=stock_value",
    "page=0",
    "filters=[]&fields=[\"*\"]&limit_page_length=0",
];

/// Pages that a stream may be asked to watch.
const EVENTS: [&[&str]; 12] = [
    &["/"],
    &["/transport-jobs"],
    &["/transport-jobs 0123456789abcdef", "/warehouse-jobs"],
    &["/stock-balance?group=warehouse", "/warehousing-portal"],
    &["/transport-jobs/TRJ000000648"],
    &["/transport-jobs/TRJ000000448"],
    &["/transport-jobs/trj000000448", "/transport-jobs"],
    &["/warehouse-jobs/WJ-0000000400"],
    &["/transport-jobs?customer=O%27Brien+%26+Daughters+%22The+Tea+House%22+Ltd"],
    &["/transport-jobs?view=papers&page=0"],
    &["/account"],
    &["https://erp.example.com/api/resource/Transport%20Job"],
];

/// Concrete addresses for a route. A route that is not here has no place in the matrix yet.
#[expect(clippy::too_many_lines, reason = "it is a table")]
fn addresses(route: &str) -> Vec<String> {
    let listed = |path: &str, more: &[&str]| {
        let mut all = vec![path.to_owned()];
        all.extend(more.iter().map(|query| format!("{path}?{query}")));
        all
    };
    let named =
        |path: &str, names: &[&str]| names.iter().map(|name| format!("{path}/{name}")).collect();
    if let Some((path, form @ ("csv" | "xlsx"))) = route.rsplit_once('.') {
        // What can be asked of a list can be asked of its export, whose rows are the same in both
        // forms: a part of it will do for the dearer one.
        let mut lists = addresses(path);
        lists.truncate(if form == "csv" { 14 } else { 5 });
        return lists
            .into_iter()
            .map(|list| list.replacen(path, route, 1))
            .collect();
    }
    match route {
        "/" | "/wiki" | "/api/openapi.json" | "/login" | "/logout" | "/refresh"
        | "/health/live" | "/health/ready" | "/hooks/frappe" => listed(
            route,
            &[
                "next=%2Ftransport-jobs",
                "cmd=frappe.client.get_list&doctype=Transport+Job",
            ],
        ),
        "/login/verify" | "/password/forgot" | "/password/reset" => {
            listed(route, &["notice=asked", "next=%2Ftransport-jobs"])
        }
        "/update-password" => listed(route, &["key=0123456789abcdef", "key=%00", "key=a&key=b"]),
        "/account" => listed(
            route,
            &[
                "notice=password",
                "notice=%3Cscript%3E",
                "user=siobhan%40obrien-tea.example",
            ],
        ),
        "/account/preferences" | "/account/password" | "/account/sign-out-elsewhere" => {
            listed(route, &[])
        }
        "/transport_jobs"
        | "/warehouse_jobs"
        | "/inbound_orders"
        | "/release_orders"
        | "/transfer_orders"
        | "/vas_orders"
        | "/stocktake_orders"
        | "/stock_balance"
        | "/warehousing_portal"
        | "/warehousing-portal" => listed(route, &["customer=Veldhuis+Specialty+Foods+BV"]),
        "/assets/{file}" => named("/assets", &["app.css", "..%2f..%2fconfig%2fquayfront.toml"]),
        "/transport-jobs" => {
            let mut all = listed(route, &QUERIES);
            all.extend(listed(
                route,
                &[
                    "status=Completed&page_size=100",
                    "booking_date_from=2020-01-01&page_size=100",
                    "q=PO-&page_size=100",
                ],
            ));
            all
        }
        "/warehouse-jobs" => {
            let mut all = listed(route, &QUERIES);
            all.extend(listed(
                route,
                &[
                    "type=Pick&page_size=100",
                    "job_status=Completed",
                    "job_open_date_to=2030-01-01&page_size=100",
                ],
            ));
            all
        }
        "/transport-jobs/{name}" => named(
            "/transport-jobs",
            &[
                "TRJ000000648",
                "trj000000648",
                "TRJ000000451",
                "TRJ000000448",
                "TRJ000000540",
                "TRJ000000001",
                "TRJ000000002",
                "TRJ000000003",
                "TRJ000000100",
                "TRJ000000300",
                "TRJ999999999",
                "TRJ%25",
                "..%2fWarehouse%20Job%2fWJ-0000000001",
            ],
        ),
        "/warehouse-jobs/{name}" => named(
            "/warehouse-jobs",
            &[
                "WJ-0000000001",
                "WJ-0000000002",
                "WJ-0000000400",
                "wj-0000000400",
                "WJ-0000000353",
                "WJ-0000000100",
                "WJ-0000000200",
                "WJ-9999999999",
                "TRJ000000648",
            ],
        ),
        "/transport-jobs/{name}/print.pdf" => prints(
            "/transport-jobs",
            &[
                "TRJ000000648",
                "trj000000648",
                "TRJ000000451",
                "TRJ000000448",
                "TRJ000000540",
                "TRJ000000001",
                "TRJ000000003",
                "TRJ999999999",
                "TRJ%25",
                "..%2fWarehouse%20Job%2fWJ-0000000001",
            ],
        ),
        "/warehouse-jobs/{name}/print.pdf" => prints(
            "/warehouse-jobs",
            &[
                "WJ-0000000001",
                "WJ-0000000400",
                "wj-0000000400",
                "WJ-0000000353",
                "WJ-0000000100",
                "TRJ000000648",
            ],
        ),
        order if order.ends_with("-orders/{name}/print.pdf") => {
            let page = order.trim_end_matches("/{name}/print.pdf");
            let file = page.trim_matches('/').replace("-orders", "_order");
            let orders = records(&file);
            let shown: Vec<_> = orders
                .iter()
                .step_by(30)
                .map(|order| text(order, "name"))
                .collect();
            prints(page, &shown)
        }
        "/stock-balance" => listed(route, &STOCK_QUERIES),
        "/events" => EVENTS
            .iter()
            .map(|pages| events::address(pages))
            .chain(["/events".to_owned()])
            .collect(),
        file if file.ends_with("/{name}/files/{file}") => files_of(
            file.trim_end_matches("/{name}/files/{file}"),
            // In the order of [`WITH_FILES`], so that each is asked for at its own job too; then a photo
            // and a file of other jobs, and what is none.
            &[
                "179f4bad96",
                "0523c1449b",
                "744c031a59",
                "cc6b7870b4",
                "c73dbe85ec",
                "020321d911",
                "e2ee2675fb",
                "377b467a95",
                "b4c65861be",
                "179F4BAD96",
                "..%2f..%2fsite_config.json",
                "%2Fprivate%2Ffiles%2FPacking%20list%20TRJ000000578.pdf",
            ],
        ),
        archive if archive.ends_with("/{name}/documents.zip") => {
            let page = archive.trim_end_matches("/{name}/documents.zip");
            let jobs = WITH_FILES.iter().chain(&["TRJ%25", "TRJ999999999"]);
            jobs.map(|job| format!("{page}/{job}/documents.zip"))
                .collect()
        }
        archive if archive.ends_with("/documents.zip") => {
            let one_by_one = WITH_FILES.iter().map(|job| format!("{archive}?name={job}"));
            one_by_one
                .chain([
                    archive.to_owned(),
                    format!("{archive}?name=TRJ000000511&name=TRJ000000514"),
                    format!("{archive}?name=TRJ000000511&name=TRJ000000573"),
                    format!("{archive}?name=WJ-0000000356&name=WJ-0000000343"),
                    format!("{archive}?name=trj000000573"),
                    format!("{archive}?name=%25"),
                ])
                .collect()
        }
        orders if orders.ends_with("-orders") => listed(
            orders,
            &[
                "page_size=100",
                "page_size=100&customer=Veldhuis+Specialty+Foods+BV",
                "q=%25%25&page_size=100",
                "docstatus=Draft&docstatus=Submitted&page_size=100",
                "docstatus=0",
                "sort=name&filters=[]&fields=[\"*\"]&limit_page_length=0",
            ],
        ),
        order if order.ends_with("-orders/{name}") => {
            let page = order.trim_end_matches("/{name}");
            let file = page.trim_matches('/').replace("-orders", "_order");
            let orders = records(&file);
            // Some of several customers, in all spellings that Frappe would take, and what is none.
            let mut shown: Vec<String> = orders
                .iter()
                .step_by(8)
                .map(|order| text(order, "name").to_owned())
                .collect();
            shown.push(shown[0].to_lowercase());
            shown.extend(["%25".to_owned(), "TRJ000000648".to_owned()]);
            shown.iter().map(|name| format!("{page}/{name}")).collect()
        }
        other => panic!(
            "{other} is not in the tenants' matrix: add the addresses by which it could leak"
        ),
    }
}

/// Ways to ask for a print, those among them that try for the Standard format, which prints costs.
fn prints(page: &str, names: &[&str]) -> Vec<String> {
    let ways = [
        "",
        "?format=labels",
        "?format=Standard",
        "?doctype=Bin&letterhead=x&_lang=de&making=0123456789abcdef",
    ];
    names
        .iter()
        .flat_map(|name| ways.map(|way| format!("{page}/{name}/print.pdf{way}")))
        .collect()
}

/// Jobs with files, of several customers.
const WITH_FILES: [&str; 8] = [
    "TRJ000000511",
    "TRJ000000573",
    "TRJ000000578",
    "TRJ000000584",
    "TRJ000000534",
    "WJ-0000000356",
    "WJ-0000000342",
    "WJ-0000000373",
];

fn files_of(page: &str, files: &[&str]) -> Vec<String> {
    let of_job = |(at, file): (usize, &&str)| {
        // At one of Anna's jobs, and at its own.
        [WITH_FILES[0], WITH_FILES[at % WITH_FILES.len()]]
            .map(|job| format!("{page}/{job}/files/{file}?inline=1"))
    };
    files.iter().enumerate().flat_map(of_job).collect()
}

fn every_address(world: &World) -> Vec<String> {
    quayfront::web::routes(&world.app)
        .iter()
        .flat_map(|route| addresses(&route.path))
        .chain(["/nothing".to_owned()])
        .collect()
}

/// What an answer says, decoded and unpacked, with the echo of the question taken out.
fn said(answer: &Answer, address: &str) -> String {
    let mut said = if answer.header("content-type") == "application/zip" {
        unpacked(&answer.body)
    } else if is_workbook(answer) {
        unpacked_workbook(&answer.body)
    } else {
        // In CSV quotes are doubled.
        answer.text().replace("\"\"", "\"")
    };
    for (name, value) in &answer.headers {
        if name != "location" && name != "set-cookie" {
            let value = String::from_utf8_lossy(value.as_bytes());
            said.extend(["\n", name.as_str(), ": ", &value]);
        }
    }
    let said = said
        .replace("&quot;", "\"")
        .replace("&#x27;", "'")
        .replace("&#39;", "'")
        .replace("&amp;", "&")
        .replace("\\\"", "\"");
    // A page that does not take a parameter leads to the same address without it.
    let path = address.split('?').next().unwrap_or_default();
    let said = said.replace(&format!("href=\"{path}\""), "");
    // The filters that a visitor typed himself come back to him in the form and in the message.
    let typed = address.split_once('?').map_or("", |(_, query)| query);
    form_urlencoded::parse(typed.as_bytes()).fold(said, |said, (_, value)| {
        if value.len() > 3 {
            said.replace(value.as_ref(), "…")
        } else {
            said
        }
    })
}

/// The names and contents of all entries of an archive.
fn unpacked(archive: &[u8]) -> String {
    let mut archive = ZipArchive::new(Cursor::new(archive)).expect("a ZIP");
    let mut said = String::new();
    for at in 0..archive.len() {
        let mut entry = archive.by_index(at).expect("an entry");
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).expect("its bytes");
        said.push_str(&entry.name().expect("a name"));
        said.push('\n');
        said.push_str(&String::from_utf8_lossy(&bytes));
        said.push('\n');
    }
    said
}

/// What a stream says at first, and that it is there.
async fn beginning(visitor: &mut Visitor, address: &str) -> Answer {
    loop {
        let request = visitor.request(reqwest::Method::GET, address);
        let mut response = visitor.open(request).await;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let mut body = Vec::new();
        // The first events come before the first comment.
        while !String::from_utf8_lossy(&body).contains(": \n\n") {
            match response.chunk().await.expect("a body") {
                Some(chunk) => body.extend(chunk),
                None => break,
            }
        }
        // Those that were left are gone in a moment.
        if status != 429 {
            return Answer {
                status,
                headers,
                body,
            };
        }
        tokio::task::yield_now().await;
    }
}

/// What is answered at an address; of a stream, what it says at first.
async fn answer(visitor: &mut Visitor, address: &str, json: bool) -> Answer {
    if address.starts_with("/events") {
        beginning(visitor, address).await
    } else if json {
        visitor.json(address).await
    } else {
        visitor.get(address).await
    }
}

async fn look(truth: &Truth, visitor: &mut Visitor, user: &str, addresses: &[String], when: &str) {
    let forbidden = truth.forbidden(user);
    for address in addresses {
        for json in [false, true] {
            let answer = answer(visitor, address, json).await;
            assert!(
                answer.status < 500,
                "{user}, {address}, {when}: {} {}",
                answer.status,
                answer.text()
            );
            let said = said(&answer, address);
            let leak = if address.starts_with("/stock") || address.starts_with("/warehousing") {
                forbidden.find_words(&said)
            } else {
                forbidden.find(&said)
            };
            assert!(
                leak.is_none(),
                "{user}, {address} (JSON: {json}), {when}: {leak:?} in {said}"
            );
        }
    }
}

#[tokio::test]
async fn nobody_sees_anything_of_anothers_on_any_route() {
    let world = World::new().await;
    let truth = Truth::read();
    let addresses = every_address(&world);
    for user in [
        ANNA, SIOBHAN, KATRIN, PIOTR, METTE, MAEVE, TOM, LUCIA, NOBODY,
    ] {
        let mut visitor = if user == NOBODY {
            world.visitor()
        } else {
            world.signed_in(user).await
        };
        look(&truth, &mut visitor, user, &addresses, "first").await;
        look(&truth, &mut visitor, user, &addresses, "from memory").await;
    }
}

/// Pages that Portal Settings or the settings keep from a user, or from one of his customers, are kept
/// from him at every address; and what is left is nobody else's.
#[tokio::test]
async fn nobody_sees_anything_of_anothers_or_of_pages_that_he_has_not_where_the_menu_is_narrowed() {
    const SOLAR: &str = "Nordlys Solar AS";
    let world = World::reading_portal_settings(&format!(
        "[pages.not_for]\ntransport-jobs = {{ customers = [\"{SOLAR}\"] }}"
    ))
    .await;
    let row = |route: &str, role: &str, enabled: i32| json!({"title": route, "route": route, "role": role, "enabled": enabled});
    let rows = json!([
        row("/transport_jobs", "Customer", 1),
        row("/inbound-orders", "Customer", 1),
        row("/warehouse-jobs", "Supplier", 1),
        row("/stock-balance", "Customer", 0),
        row("javascript:alert(1)", "Customer", 1),
    ]);
    world
        .site
        .set_single_field("Portal Settings", "custom_menu", rows);
    let truth = Truth::read();
    let addresses = every_address(&world);
    let is_kept = |address: &str| {
        let pages = world.app.portal().pages().entries();
        let mut pages = pages.map(|page| format!("/{}", page.name()));
        let has = ["/transport-jobs", "/inbound-orders"];
        pages.any(|page| !has.contains(&page.as_str()) && address.starts_with(&page))
    };
    let of_solar: BTreeSet<String> = truth
        .jobs
        .iter()
        .filter(|(doctype, job)| *doctype == "Transport Job" && text(job, "customer") == SOLAR)
        .map(|(_, job)| text(job, "name").to_owned())
        .collect();
    assert!(!of_solar.is_empty());
    let of_solar = Forbidden::new(of_solar);
    for user in [ANNA, KATRIN, PIOTR, LUCIA] {
        let mut visitor = world.signed_in(user).await;
        look(&truth, &mut visitor, user, &addresses, "narrowed").await;
        for address in &addresses {
            let answer = answer(&mut visitor, address, true).await;
            if is_kept(address) {
                assert!(answer.status >= 400, "{user}, {address}: {}", answer.status);
            }
            let said = said(&answer, address);
            assert_eq!(of_solar.find(&said), None, "{user}, {address}");
        }
        for page in ["/warehouse-jobs", "/stock-balance", "/release-orders"] {
            let watched = events::address(&[page]);
            let answer = answer(&mut visitor, &watched, true).await;
            assert!(answer.status >= 400, "{user}, {watched}: {}", answer.status);
        }
    }
}

#[tokio::test]
async fn nobody_sees_anything_of_anothers_where_documents_are_printed() {
    let world = World::printing("").await;
    let truth = Truth::read();
    let addresses: Vec<_> = quayfront::web::routes(&world.app)
        .iter()
        .filter(|route| route.path.contains("-jobs/{name}") || route.path.starts_with("/api/"))
        .flat_map(|route| addresses(&route.path))
        .collect();
    for user in [
        ANNA, SIOBHAN, KATRIN, PIOTR, METTE, MAEVE, TOM, LUCIA, NOBODY,
    ] {
        let mut visitor = if user == NOBODY {
            world.visitor()
        } else {
            world.signed_in(user).await
        };
        look(&truth, &mut visitor, user, &addresses, "printed").await;
    }
}

#[tokio::test]
async fn nobody_sees_anything_of_anothers_after_him_in_the_same_browser() {
    let world = World::new().await;
    let truth = Truth::read();
    let addresses = every_address(&world);
    let mut browser = world.signed_in(ANNA).await;
    look(&truth, &mut browser, ANNA, &addresses, "first").await;
    for user in [SIOBHAN, PIOTR, TOM, JAN] {
        browser.post("/logout", &[]).await;
        look(&truth, &mut browser, NOBODY, &addresses, "signed out").await;
        assert_eq!(
            browser.sign_in(user, &world.password(user)).await.status,
            303
        );
        look(&truth, &mut browser, user, &addresses, "after another user").await;
    }
}

#[tokio::test]
async fn nobody_sees_anything_of_anothers_who_waits_on_the_same_question() {
    let world = World::new().await;
    let truth = Truth::read();
    let users = [ANNA, SIOBHAN, KATRIN, PIOTR, ANNA, TOM];
    let mut visitors = Vec::new();
    for user in users {
        visitors.push((user, world.signed_in(user).await));
    }
    for address in [
        "/transport-jobs?page_size=100&sort=name",
        "/warehouse-jobs?page_size=100",
        "/transport-jobs/TRJ000000648",
        "/transport-jobs/TRJ000000448",
    ] {
        let asked: Vec<_> = visitors
            .iter()
            .map(|(user, visitor)| {
                let (user, mut visitor) = (*user, visitor.clone());
                tokio::spawn(async move { (user, visitor.json(address).await) })
            })
            .collect();
        for answer in asked {
            let (user, answer) = answer.await.expect("no panic");
            let said = said(&answer, address);
            let forbidden = truth.forbidden(user);
            let leak = forbidden.find(&said);
            assert!(leak.is_none(), "{user}, {address}: {leak:?}");
        }
    }
}

/// And so is what Frappe's Standard format prints of one's own job.
#[tokio::test]
async fn the_matrix_notices_a_print_in_the_standard_format() {
    let world = World::printing("").await;
    let truth = Truth::read();
    let mut anna = world.signed_in(ANNA).await;
    let address = "/transport-jobs/TRJ000000648/print.pdf";
    let answer = anna.get(address).await;
    assert_eq!(answer.status, 200);
    let forbidden = truth.forbidden(ANNA);
    assert_eq!(forbidden.find(&said(&answer, address)), None);
    let standard = world
        .site
        .print_standard("Transport Job", "TRJ000000648")
        .expect("a job");
    assert!(
        forbidden
            .find(&String::from_utf8_lossy(&standard))
            .is_some()
    );
}

/// The matrix itself can fail: another's page, or the operator's view of one's own job, is a leak.
#[tokio::test]
async fn the_matrix_notices_a_leak() {
    let world = World::new().await;
    let truth = Truth::read();
    let annas = world
        .signed_in(ANNA)
        .await
        .json("/transport-jobs?page_size=100")
        .await;
    let leaks = |user: &str, said: &str| truth.forbidden(user).find(said).is_some();
    assert!(leaks(SIOBHAN, &said(&annas, "/transport-jobs")));
    assert!(!leaks(ANNA, &said(&annas, "/transport-jobs")));
    let whole = world
        .site
        .record("Transport Job", "TRJ000000648")
        .expect("a job")
        .to_string();
    assert!(leaks(ANNA, &whole));
}
