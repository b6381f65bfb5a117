//! Every address that is looked at: of each route, what can be asked of it, own and foreign.

use crate::support::truth::{records, text};
use crate::support::{World, events};

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
pub fn of_route(route: &str) -> Vec<String> {
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
        let mut lists = of_route(path);
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
            let orders = orders_of(page, 30);
            let shown: Vec<_> = orders.iter().map(String::as_str).collect();
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
            // Some of several customers, in all spellings that Frappe would take, and what is none.
            let mut shown = orders_of(page, 8);
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

/// Every address of every route, and one of none.
pub fn every_address(world: &World) -> Vec<String> {
    quayfront::web::routes(&world.app)
        .iter()
        .flat_map(|route| of_route(&route.path))
        .chain(["/nothing".to_owned()])
        .collect()
}

/// The names of a kind of orders, one of each so many.
fn orders_of(page: &str, each: usize) -> Vec<String> {
    let orders = records(&page.trim_matches('/').replace("-orders", "_order"));
    let names = orders.iter().step_by(each);
    names.map(|order| text(order, "name").to_owned()).collect()
}
