//! What `setup` and `link` print: the plan, what was done, and a clear account of it where a site
//! refuses half-way.

use std::path::Path;

use quayfront::admin::check::Grade;
use quayfront::admin::plan::Kind;
use quayfront::commands::check;
use quayfront::commands::setup::{Changing, SetupOptions, link, setup};
use quayfront::demo::Fault;

use super::support::{Office, PUBLIC_URL, ship_rights, tidy};

const VELDHUIS: &str = "Veldhuis Specialty Foods BV";
const NEW: &str = "new.buyer@veldhuis-foods.example";
const YES: Changing = Changing {
    apply: true,
    yes: true,
};

/// Without what differs from run to run.
fn steady(text: &[u8], folder: &Path) -> String {
    let text = String::from_utf8_lossy(text).replace(&folder.display().to_string(), "[folder]");
    match text.split_once("api_key = \"") {
        Some((before, rest)) => {
            let (_, after) = rest.split_once('"').expect("a key in quotation marks");
            format!("{before}api_key = \"[key]\"{}", after.split_at(0).1)
        }
        None => text,
    }
}

/// Sets the site up, without rights and webhooks. What was printed, and how it ended.
async fn set_up(office: &Office, folder: &Path, changing: &Changing) -> (String, String) {
    let options = office.options(folder);
    let kinds = SetupOptions {
        without: vec![Kind::Rights, Kind::Webhooks],
        service_account: None,
        secrets: None,
    };
    let mut out = Vec::new();
    let ended = setup(&options, &kinds, changing, &mut out).await;
    (steady(&out, folder), how(ended))
}

async fn connect(office: &Office, folder: &Path) -> (String, String) {
    let mut out = Vec::new();
    let options = office.options(folder);
    let ended = link(&options, &YES, NEW, VELDHUIS, Some("New"), &mut out).await;
    (steady(&out, folder), how(ended))
}

fn how(ended: anyhow::Result<Grade>) -> String {
    ended.map_or_else(|problem| format!("{problem:#}"), |grade| grade.to_string())
}

/// What was told after the plan.
fn account(printed: &str) -> &str {
    let at = printed.find("\nDone 1 of").expect("a first step");
    printed[at..].trim()
}

#[tokio::test]
async fn setup_that_is_refused_half_way_leaves_an_account_and_goes_on_from_there() {
    let office = Office::open().await;
    tidy(&office);
    let folder = tempfile::tempdir().expect("a folder");
    let keys = "/api/method/frappe.core.doctype.user.user.generate_keys";
    office.site.set_fault_on(keys, Fault::Status(502));
    let (printed, ended) = set_up(&office, folder.path(), &YES).await;
    insta::assert_snapshot!("setup_refused", account(&printed));
    assert_eq!(ended, "step 6 of 9 failed");
    assert_eq!(office.site.sessions_of("Administrator"), [""; 0]);
    office.site.clear_faults();
    let (printed, ended) = set_up(&office, folder.path(), &YES).await;
    insta::assert_snapshot!("setup_gone_on", printed);
    assert_eq!(ended, "good");
    let (printed, ended) = set_up(&office, folder.path(), &YES).await;
    // The settings of this test do not name the new key, and the files that it is in are there.
    assert_eq!(
        (printed.as_str(), ended.as_str()),
        ("There is nothing to do.\n", "good")
    );
}

#[tokio::test]
async fn a_kept_key_that_the_site_refuses_is_made_anew_and_one_that_it_takes_is_left() {
    const ACCOUNT: &str = "quayfront@portal.example.com";
    let office = Office::open().await;
    tidy(&office);
    let folder = tempfile::tempdir().expect("a folder");
    set_up(&office, folder.path(), &YES).await;
    let kept = |name: &str| std::fs::read_to_string(folder.path().join(name)).expect("a file");
    let before = (kept("quayfront_api_key"), kept("quayfront_api_secret"));
    // Somebody has generated a new one in the desk.
    office
        .site
        .set_api_key(ACCOUNT, before.0.trim(), "another-secret");
    let (printed, ended) = set_up(&office, folder.path(), &YES).await;
    insta::assert_snapshot!("setup_key_over", printed);
    assert_eq!(ended, "good");
    let after = (kept("quayfront_api_key"), kept("quayfront_api_secret"));
    assert_ne!(after, before);
    let (printed, _) = set_up(&office, folder.path(), &YES).await;
    assert_eq!(printed, "There is nothing to do.\n");
    // One of an account that may not sign in at all would be refused too.
    office.site.disable_user(ACCOUNT);
    let (printed, _) = set_up(&office, folder.path(), &YES).await;
    assert_eq!(printed, "There is nothing to do.\n");
}

#[tokio::test]
async fn a_key_whose_files_are_gone_is_named_by_check_and_made_anew_where_they_were() {
    let office = Office::open().await;
    tidy(&office);
    let folder = tempfile::tempdir().expect("a folder");
    let options = office.options(folder.path());
    let (key, secret) = (
        folder.path().join("of_key"),
        folder.path().join("of_secret"),
    );
    let named =
        format!("[site]\napi_key = {{ file = {key:?} }}\napi_secret = {{ file = {secret:?} }}");
    let settings = std::fs::read_to_string(&options.config).expect("settings");
    std::fs::write(&options.config, settings.replace("[site]", &named)).expect("settings");
    let checked = async || {
        let mut out = Vec::new();
        let ended = check::run(&options, None, None, false, &mut out).await;
        ended.expect("a check");
        String::from_utf8(out).expect("text")
    };
    let lost = "wrong    service-account          A file is not there: site.api_key names ";
    let printed = checked().await;
    assert!(printed.contains(lost), "{printed}");
    let kinds = SetupOptions {
        without: vec![Kind::Rights, Kind::Webhooks],
        service_account: None,
        secrets: None,
    };
    let mut out = Vec::new();
    let ended = setup(&options, &kinds, &YES, &mut out).await;
    ended.expect("all steps");
    assert!(key.is_file() && secret.is_file());
    assert!(!folder.path().join("quayfront_api_key").exists());
    let printed = checked().await;
    let good = "good     service-account          The portal's own account is quayfront@";
    assert!(printed.contains(good), "{printed}");
    let mut out = Vec::new();
    let ended = setup(&options, &kinds, &YES, &mut out).await;
    ended.expect("a plan");
    assert_eq!(String::from_utf8_lossy(&out), "There is nothing to do.\n");
}

#[tokio::test]
async fn webhooks_that_are_alike_are_one_in_the_plan_and_each_is_told_as_it_is_done() {
    let office = Office::open().await;
    tidy(&office);
    let folder = tempfile::tempdir().expect("a folder");
    let webhooks = async |public_url: &str, changing: &Changing| {
        let options = office.options(folder.path());
        let settings = std::fs::read_to_string(&options.config).expect("settings");
        let settings = settings.replace(PUBLIC_URL, public_url);
        std::fs::write(&options.config, settings).expect("settings");
        let kinds = SetupOptions {
            without: vec![
                Kind::Account,
                Kind::Rights,
                Kind::UserPermissions,
                Kind::Menu,
            ],
            service_account: None,
            secrets: None,
        };
        let mut out = Vec::new();
        let ended = setup(&options, &kinds, changing, &mut out).await;
        ended.expect("a plan");
        steady(&out, folder.path())
    };
    let no = Changing {
        apply: false,
        yes: false,
    };
    insta::assert_snapshot!("webhooks_made", webhooks(PUBLIC_URL, &no).await);
    let printed = webhooks(PUBLIC_URL, &YES).await;
    let count = office.site.record_names("Webhook").len();
    for name in office.site.record_names("Webhook") {
        let done = format!("of {count}: Webhook {name:?} tells {PUBLIC_URL}/hooks/frappe\n");
        assert!(printed.contains(&done), "{done}: {printed}");
    }
    let off = "Quayfront Item on_change";
    let zero = serde_json::json!(0);
    office
        .site
        .set_record_field("Webhook", off, "enabled", zero);
    let moved = webhooks("https://new.example.com", &no).await;
    insta::assert_snapshot!("webhooks_moved", moved);
}

#[tokio::test]
async fn a_plan_that_widens_a_role_names_first_whom_frappe_would_show_everything_then() {
    const ANNA: &str = "anna.visser@veldhuis-foods.example";
    let office = Office::open().await;
    tidy(&office);
    let folder = tempfile::tempdir().expect("a folder");
    let plan = async |rights: bool| {
        let options = office.options(folder.path());
        let mut kinds = SetupOptions {
            without: vec![Kind::Webhooks],
            service_account: None,
            secrets: None,
        };
        kinds.without.extend((!rights).then_some(Kind::Rights));
        let no = Changing {
            apply: false,
            yes: false,
        };
        let mut out = Vec::new();
        let ended = setup(&options, &kinds, &no, &mut out).await;
        ended.expect("a plan");
        String::from_utf8(out).expect("text")
    };
    ship_rights(&office, "Transport Job");
    assert!(!plan(true).await.contains("Careful"));
    office.site.remove_user_permissions(ANNA);
    let none = serde_json::json!([]);
    office
        .site
        .set_record_field("Customer", VELDHUIS, "portal_users", none);
    let printed = plan(true).await;
    assert!(
        printed.starts_with("Careful: ") && printed.contains(&format!("documents to {ANNA}. ")),
        "{printed}"
    );
    assert!(!plan(false).await.contains("Careful"));
}

#[tokio::test]
async fn a_plan_changes_nothing_and_says_so() {
    let office = Office::open().await;
    let folder = tempfile::tempdir().expect("a folder");
    let no = Changing {
        apply: false,
        yes: false,
    };
    office.site.clear_requests();
    let (printed, ended) = set_up(&office, folder.path(), &no).await;
    assert!(
        printed.ends_with("\nNothing was changed. --apply does this.\n"),
        "{printed}"
    );
    assert_eq!(ended, "warning");
    let changes = ["PUT", "DELETE"];
    let requests = office.site.requests();
    assert!(
        requests
            .iter()
            .all(|request| !changes.contains(&request.method.as_str()))
    );
}

#[tokio::test]
async fn a_rule_that_can_be_neither_narrowed_nor_taken_away_is_told_as_what_it_is() {
    let office = Office::open().await;
    let folder = tempfile::tempdir().expect("a folder");
    let manager = "/api/method/frappe.core.page.permission_manager.permission_manager";
    for call in ["update", "remove"] {
        let path = format!("{manager}.{call}");
        office.site.set_fault_on(&path, Fault::Status(502));
    }
    let (printed, ended) = set_up(&office, folder.path(), &YES).await;
    assert_eq!(ended, "step 2 of 9 failed");
    let told = account(&printed);
    assert!(
        told.contains("it may read and export until it is removed"),
        "{told}"
    );
    assert!(
        told.contains("remove the rule of role Quayfront Reader, and only it"),
        "{told}"
    );
}

#[tokio::test]
async fn link_that_is_refused_half_way_leaves_an_account_and_goes_on_from_there() {
    let office = Office::open().await;
    let folder = tempfile::tempdir().expect("a folder");
    office
        .site
        .set_fault_on("/api/resource/Customer/", Fault::Status(502));
    let (printed, ended) = connect(&office, folder.path()).await;
    insta::assert_snapshot!("link_refused", account(&printed));
    assert_eq!(ended, "step 3 of 5 failed");
    office.site.clear_faults();
    let (printed, ended) = connect(&office, folder.path()).await;
    insta::assert_snapshot!("link_gone_on", account(&printed));
    assert_eq!(ended, "good");
}

#[tokio::test]
async fn check_of_a_user_names_each_page_with_its_title_its_route_and_why_he_has_it() {
    const ANNA: &str = "anna.visser@veldhuis-foods.example";
    let office = Office::open().await;
    let folder = tempfile::tempdir().expect("a folder");
    let options = office.options(folder.path());
    ship_rights(&office, "VAS Order");
    let told = async |as_json: bool| {
        let mut out = Vec::new();
        let ended = check::run(&options, Some(ANNA), None, as_json, &mut out).await;
        ended.expect("a report");
        String::from_utf8(out).expect("text")
    };
    let text = told(false).await;
    let (_, of_anna) = text.split_once(" wrong\n\n").expect("what she would see");
    insta::assert_snapshot!("check_of_a_user", of_anna);
    let json: serde_json::Value = serde_json::from_str(&told(true).await).expect("JSON");
    let jobs = &json["user"]["pages"][0];
    assert_eq!(
        (&jobs["page"], &jobs["route"], &jobs["shown"]),
        (
            &"Transport jobs".into(),
            &"/transport-jobs".into(),
            &true.into()
        )
    );
}
