//! Every recorded exchange about signing in, sessions and errors goes through the client over real
//! HTTP and comes out as the right typed result.
//!
//! A loopback server answers with what Frappe answered: status, headers and body. The folder is
//! `QUAYFRONT_RECORDINGS`, or the part that stands in `fixtures/recorded/`. A recording called
//! `login_*`, `twofa_*`, `session_*`, `error_*`, `reset_password_*`, `update_password_*`,
//! `forced_reset_*` or `own_user_*` that has no row in [`EXPECTED`] fails the test.
#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "in a test, a panic is the answer"
)]

mod passwords;

use std::{
    collections::BTreeMap,
    fs,
    net::{IpAddr, Ipv4Addr},
    num::NonZeroU32,
    path::PathBuf,
    sync::Arc,
};

use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    http::{HeaderName, HeaderValue, Response, StatusCode, header},
};
use quayfront::{
    clock::Clock,
    frappe::{
        Advice, Caller, Client, Connection, CountQuery, DocType, DocumentName, Error, Extract,
        FieldName, Filter, ListQuery, Outage, RoleName, SecondFactorPrompt, ServiceAccount, Sid,
        SignIn, UserId, UserKind,
    },
};
use serde_json::{Value, json};

use passwords::{Account, KEYLESS, OTHER_FIELDS, WITHOUT_OLD};

use Call::{Count, Document, List, Permissions, PortalUsers, SignOut, Whose};
use Outcome::{
    Counted, Failed, Locked, Named, NotAsked, Permitted, Read, Refused, Reset, Rows, Second,
    Signed, SignedOut,
};

/// What the client is asked to do. `Call::SignIn` also stands for the second factor: both are the
/// same question with another form.
#[derive(Clone, Copy, Debug)]
enum Call {
    SignIn,
    SecondFactor,
    Whose,
    List,
    Count,
    Document,
    Permissions,
    PortalUsers,
    PortalSettings,
    Roles,
    SignOut,
    RequestReset,
    SetPassword,
    ChangePassword,
    SetPreferences,
}

/// What has to come out.
#[derive(Clone, Debug, PartialEq)]
enum Outcome {
    Signed(&'static str, UserKind),
    Second(SecondFactorPrompt, bool),
    Reset,
    Refused,
    Locked(u32),
    Named(&'static str),
    Rows(usize),
    Read(&'static str),
    Counted(u64),
    Permitted(&'static [&'static str]),
    SignedOut,
    Account(Account),
    Failed(Error),
    Odd,
    /// The client never asks this.
    NotAsked(&'static str),
}

const CUSTOMER: UserKind = UserKind::WebsiteUser;
const ANNA: &str = "buyer@acme-foods.example";
const TWOFA: &str = "twofa@bluefin-seafoods.example";
const BRAM: &str = "ops@acme-foods.example";
const LOCK: &str = "lockme@cobalt-marine.example";
const OTTO: &str = "buyer@hollow-tree-records.example";
const KEES: &str = "buyer@vega-robotics.example";
const SERVICE: &str = "svc-portal@bench.example";
const LINK: Outcome = NotAsked("signing in by a mailed link is not the portal's");
const GATEWAY: Outcome = Failed(Error::Unavailable(Outage::Gateway));
const OVER: Outcome = Failed(Error::SignInRequired);
const FORBIDDEN: Outcome = Failed(Error::Forbidden);

/// The rows that CargoNext brings along.
const CUSTOM_MENU: &[&str] = &[
    "/transport-jobs",
    "/warehouse-jobs",
    "/stock-balance",
    "/warehousing-portal",
    "/wiki",
];

#[rustfmt::skip]
const EXPECTED: &[(&str, Call, Outcome)] = &[
    ("error_no_traceback_bad_password", Call::SignIn, Refused),
    ("error_no_traceback_unknown_field", List, Failed(Error::Invalid)),
    ("error_permission_accept_any", Document, FORBIDDEN),
    ("error_permission_accept_html", Document, FORBIDDEN),
    ("error_permission_no_accept", Document, FORBIDDEN),
    ("login_after_system_settings_put", Call::SignIn, Second(SecondFactorPrompt::EmailedSetup, true)),
    ("login_before_denied", Call::SignIn, Refused),
    ("login_cmd_root", Call::SignIn, Signed(ANNA, CUSTOMER)),
    ("login_default_role_created_customer", List, Rows(1)),
    ("login_default_role_creates_customer", Call::SignIn, Signed("nolink@nowhere.example", CUSTOMER)),
    ("login_disabled_user_right_password", Call::SignIn, Refused),
    ("login_disabled_user_wrong_password", Call::SignIn, Refused),
    ("login_empty", Call::SignIn, Refused),
    ("login_empty_password", Call::SignIn, Refused),
    ("login_form_ok", Call::SignIn, Signed(ANNA, CUSTOMER)),
    ("login_get_method_ok", Call::SignIn, Signed(ANNA, CUSTOMER)),
    ("login_ip_locked_other_ip_ok", Call::SignIn, Signed(ANNA, CUSTOMER)),
    ("login_ip_locked_right_password", Call::SignIn, Locked(60)),
    ("login_json_ok", Call::SignIn, Signed(ANNA, CUSTOMER)),
    ("login_link_2fa_user", Call::SignIn, LINK),
    ("login_link_disabled_logged_user", Whose, OVER),
    ("login_link_follow_again", Call::SignIn, LINK),
    ("login_link_follow_disabled_user", Call::SignIn, LINK),
    ("login_link_logged_user", Whose, Named(OTTO)),
    ("login_link_send", Call::SignIn, LINK),
    ("login_link_send_disabled", Call::SignIn, LINK),
    ("login_link_send_get", Call::SignIn, LINK),
    ("login_link_send_unknown", Call::SignIn, LINK),
    ("login_locked_out_right_password", Call::SignIn, Locked(60)),
    ("login_locked_out_wrong_password", Call::SignIn, Locked(60)),
    ("login_malformed_json", Call::SignIn, Outcome::Odd),
    ("login_password_too_long", Call::SignIn, Refused),
    ("login_restrict_ip_forged", Call::SignIn, Signed(OTTO, CUSTOMER)),
    ("login_spaces_around_email", Call::SignIn, Refused),
    ("login_system_user", Call::SignIn, Signed(SERVICE, UserKind::SystemUser)),
    ("login_system_user_again", Call::SignIn, Signed(SERVICE, UserKind::SystemUser)),
    ("login_unknown_user", Call::SignIn, Refused),
    ("login_uppercase_email", Call::SignIn, Signed(ANNA, CUSTOMER)),
    ("login_user_pass_disabled", Call::SignIn, Refused),
    ("login_username_logged_user", Whose, Named(ANNA)),
    ("login_username_off", Call::SignIn, Refused),
    ("login_username_on", Call::SignIn, Signed(ANNA, CUSTOMER)),
    ("login_wrong_password", Call::SignIn, Refused),
    ("login_wrong_password_accept_html", Call::SignIn, GATEWAY),
    ("login_x_forwarded_proto_https", Call::SignIn, Signed(ANNA, CUSTOMER)),
    ("session_2min_after_170s", Whose, OVER),
    ("session_2min_kept_alive", Whose, OVER),
    ("session_2min_login", Call::SignIn, Signed("buyer@kestrel-bikes.example", CUSTOMER)),
    ("session_after_logout_old_sid", Whose, OVER),
    ("session_after_logout_old_sid_resource", List, OVER),
    ("session_after_six_more_logins", Whose, Named(KEES)),
    ("session_expired", Whose, OVER),
    ("session_garbage_sid", Whose, OVER),
    ("session_garbage_sid_resource", List, OVER),
    ("session_guest_resource", List, OVER),
    ("session_login_before_existing_session", Whose, Named(OTTO)),
    ("session_restrict_ip_existing_session", Whose, OVER),
    ("session_two_logins_first_still_valid", Whose, Named(KEES)),
    ("session_user_disabled_while_logged_in", List, OVER),
    ("twofa_cookie_before_otp", Whose, OVER),
    ("twofa_email_login", Call::SignIn, Second(SecondFactorPrompt::EmailedCode, true)),
    ("twofa_email_right_otp", Call::SecondFactor, Signed(TWOFA, CUSTOMER)),
    ("twofa_logged_in", Whose, Named(TWOFA)),
    ("twofa_non_numeric_otp", Call::SecondFactor, Refused),
    ("twofa_otp_app_first_login", Call::SignIn, Second(SecondFactorPrompt::EmailedSetup, true)),
    ("twofa_otp_app_login", Call::SignIn, Second(SecondFactorPrompt::App, true)),
    ("twofa_right_otp", Call::SecondFactor, Signed(TWOFA, CUSTOMER)),
    ("twofa_tmp_id_replayed", Call::SecondFactor, Signed(TWOFA, CUSTOMER)),
    ("twofa_unknown_tmp_id", Call::SecondFactor, Refused),
    ("twofa_usr_pwd_otp_in_one", Call::SecondFactor, Outcome::Odd),
    ("twofa_wrong_otp", Call::SecondFactor, Refused),
    // The client's other questions, and the ways in which they are refused.
    ("csrf_system_user_post_missing_token", List, Outcome::Odd),
    ("deny_multiple_first_session", Whose, OVER),
    ("doc_item_slash_name", Document, Read("ITM/007 A&B")),
    ("doc_transport_job_bill_to_other", Document, FORBIDDEN),
    ("doc_transport_job_missing", Document, Failed(Error::NotFound)),
    ("doc_transport_job_other_customer", Document, FORBIDDEN),
    ("forced_reset_follow_redirect", Document, NotAsked("Frappe's own page")),
    ("forced_reset_login", Call::SignIn, Reset),
    ("forced_reset_login_after", Call::SignIn, Signed(BRAM, CUSTOMER)),
    ("forced_reset_same_password", Call::SetPassword, Outcome::Account(Account::KeyUsedOrUnknown)),
    ("forced_reset_session_is_guest", Whose, OVER),
    ("forced_reset_update_password", Call::SetPassword, Outcome::Account(Account::Set(BRAM))),
    ("get_roles_guest", Call::Roles, OVER),
    ("get_roles_missing_uid_website_user", Call::Roles, Outcome::Odd),
    ("get_roles_website_user", Call::Roles, Permitted(&["All", "Customer", "Guest"])),
    ("list_default", List, Rows(20)),
    ("list_norole", List, FORBIDDEN),
    ("logout_guest_post", SignOut, SignedOut),
    ("logout_post", SignOut, SignedOut),
    ("maintenance_mode", List, Failed(Error::Unavailable(Outage::Maintenance))),
    ("own_user_doc_website_user", Document, Read(ANNA)),
    ("own_user_list_fields_website_user", List, Rows(1)),
    ("own_user_put_enabled_0", Call::SetPreferences, OTHER_FIELDS),
    ("own_user_put_language", Call::SetPreferences, Outcome::Account(Account::Saved)),
    ("own_user_put_new_password", Call::ChangePassword, WITHOUT_OLD),
    ("own_user_put_new_password_login", Call::SignIn, Signed(OTTO, CUSTOMER)),
    ("own_user_put_new_password_other_session", Whose, Named(OTTO)),
    ("own_user_put_roles", Call::SetPreferences, OTHER_FIELDS),
    ("own_user_put_time_zone", Call::SetPreferences, Outcome::Account(Account::Saved)),
    ("own_user_put_user_type", Call::SetPreferences, OTHER_FIELDS),
    ("portal_settings_sysmgr", Call::PortalSettings, FORBIDDEN),
    ("portal_user_own_rows", PortalUsers, Permitted(&["Ironclad Safety"])),
    ("portal_user_own_rows_none", PortalUsers, Permitted(&[])),
    ("portal_user_own_rows_norole", PortalUsers, FORBIDDEN),
    ("reader_portal_settings_doc", Call::PortalSettings, Permitted(CUSTOM_MENU)),
    ("reportview_get_count", Count, Counted(130)),
    ("reportview_get_count_norole", Count, FORBIDDEN),
    ("reportview_get_count_post_json", Count, Counted(130)),
    ("reset_password_administrator", Call::RequestReset, Outcome::Account(Account::NobodyToAsk)),
    ("reset_password_disabled_user", Call::RequestReset, Outcome::Account(Account::NobodyToAsk)),
    ("reset_password_ok", Call::RequestReset, Outcome::Account(Account::Asked)),
    ("reset_password_unknown_user", Call::RequestReset, Outcome::Account(Account::NobodyToAsk)),
    ("update_password_after_wrong_old_same_sid", Whose, Named(LOCK)),
    ("update_password_bad_key", Call::SetPassword, Outcome::Account(Account::KeyUsedOrUnknown)),
    ("update_password_guest_no_key", Call::SetPassword, KEYLESS),
    ("update_password_key_reused", Call::SetPassword, Outcome::Account(Account::KeyUsedOrUnknown)),
    ("update_password_logged_in_after", Whose, Named(LOCK)),
    ("update_password_logged_in_after_change", Whose, Named(LOCK)),
    ("update_password_weak", Call::SetPassword, Outcome::Account(Account::Weak(&[Advice::Common, Advice::Capitals]))),
    ("update_password_with_key_ok", Call::SetPassword, Outcome::Account(Account::Set(LOCK))),
    ("update_password_with_old_ok", Call::ChangePassword, Outcome::Account(Account::Changed)),
    ("update_password_wrong_old", Call::ChangePassword, Outcome::Account(Account::WrongOld)),
    ("user_permissions_guest", Permissions, OVER),
    ("user_permissions_own", Permissions, Permitted(&["Acme Foods"])),
    ("user_permissions_own_none", Permissions, Permitted(&[])),
    ("user_permissions_own_three_customers", Permissions, Permitted(&["O'Brien Imports", "Cedar & Oak Furniture", "Bluefin Seafoods"])),
];

#[tokio::test]
async fn every_recording_comes_out_as_the_right_typed_result() {
    let recordings = recordings();
    let mut wrong = Vec::new();
    for (name, recording) in &recordings {
        let row = EXPECTED.iter().find(|(case, ..)| case == name);
        let Some((_, call, expected)) = row else {
            let must_have_one = [
                "login_",
                "twofa_",
                "session_",
                "error_",
                "reset_password_",
                "update_password_",
                "forced_reset_",
                "own_user_",
            ];
            if must_have_one.iter().any(|prefix| name.starts_with(prefix)) {
                wrong.push(format!("{name}: no row says what has to come of it"));
            }
            continue;
        };
        if matches!(expected, NotAsked(_)) {
            continue;
        }
        let found = replay(*call, recording).await;
        if found != *expected {
            wrong.push(format!("{name}: {expected:?} expected, {found:?} found"));
        }
    }
    for (name, ..) in EXPECTED {
        if !recordings.contains_key(*name) {
            wrong.push(format!("{name}: no such recording"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn recordings() -> BTreeMap<String, Value> {
    let shipped = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/recorded/recordings");
    let folder =
        std::env::var_os("QUAYFRONT_RECORDINGS").map_or_else(|| shipped.into(), PathBuf::from);
    let files = fs::read_dir(folder).expect("the folder of recordings");
    files
        .map(|file| file.unwrap().path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "json")
        })
        .map(|path| {
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            (
                name,
                serde_json::from_slice(&fs::read(path).unwrap()).unwrap(),
            )
        })
        .collect()
}

/// Asks the client, with a server that answers as recorded.
async fn replay(call: Call, recording: &Value) -> Outcome {
    let client = client_of(recording).await;
    let address = IpAddr::V4(Ipv4Addr::new(10, 1, 0, 1));
    let caller = Caller {
        sid: Sid::parse("__SID__").unwrap(),
        user: caller_of(recording),
        address,
    };
    let transport_job = DocType::parse("Transport Job").unwrap();
    let result = match call {
        Call::SignIn => return signed_in(client.sign_in(" who ", &"secret".into(), address).await),
        Call::SecondFactor => {
            let (tmp_id, otp) = ("tmp".into(), "123456".into());
            return signed_in(client.verify_second_factor(&tmp_id, &otp, address).await);
        }
        Whose => client.logged_user(&caller).await.map(|user| named(&user)),
        List => {
            let length = NonZeroU32::new(20).unwrap();
            let list = ListQuery::new(transport_job, Vec::new(), length);
            client
                .list(&caller, &list)
                .await
                .map(|rows| Rows(rows.len()))
        }
        Count => {
            let status = FieldName::parse("status").unwrap();
            let count = CountQuery {
                doctype: transport_job,
                filters: vec![Filter::equals(status, "Closed")],
                any_of: Vec::new(),
            };
            client.count(&caller, &count).await.map(Counted)
        }
        Document => {
            let name = DocumentName::parse("TRJ000000002").unwrap();
            let mut extract = Extract::default();
            extract.add_fields([FieldName::name()]);
            let document = client.document(&caller, &transport_job, &name, &extract);
            document
                .await
                .map(|document| Read(leak(document.text(&FieldName::name()).unwrap())))
        }
        Permissions => client.user_permissions(&caller).await.map(|permissions| {
            let customer = DocType::parse("Customer").unwrap();
            let allowed = permissions.allowing(&customer);
            texts(allowed.iter().map(|permission| permission.value.as_str()))
        }),
        PortalUsers => {
            let rows = client.portal_users(&caller).await;
            rows.map(|rows| texts(rows.iter().map(|row| row.parent.as_str())))
        }
        Call::Roles => {
            let roles = client.roles(&caller).await;
            roles.map(|roles| texts(roles.iter().map(RoleName::as_str)))
        }
        Call::PortalSettings => client.portal_settings().await.map(|settings| {
            assert!(settings.standard.iter().all(|row| row.enabled));
            texts(settings.custom.iter().map(|row| row.route.as_str()))
        }),
        SignOut => client.sign_out(&caller).await.map(|()| SignedOut),
        account => return passwords::replay(&client, account, caller.user).await,
    };
    result.unwrap_or_else(failed)
}

/// Whom the recorded request's own cookies name.
fn caller_of(recording: &Value) -> UserId {
    let headers = recording["request"]["headers"].as_array().unwrap();
    let cookies = headers.iter().filter(|header| header[0] == "Cookie");
    cookies
        .filter_map(|header| header[1].as_str()?.split("user_id=").nth(1))
        .find_map(|user| UserId::parse(&user.replace("%40", "@")).ok())
        .unwrap_or_else(|| UserId::parse(ANNA).unwrap())
}

fn signed_in(result: Result<SignIn, Error>) -> Outcome {
    match result {
        Ok(SignIn::SignedIn(session)) => {
            assert_eq!(session.sid.expose(), "__SID__");
            assert!(!session.full_name.is_empty());
            Signed(leak(session.user.as_str()), session.kind)
        }
        Ok(SignIn::SecondFactor(second)) => Second(second.prompt, second.setup),
        Ok(SignIn::PasswordExpired { key }) => {
            assert!(key.is_some());
            Reset
        }
        Ok(SignIn::Refused) => Refused,
        Err(error) => failed(error),
    }
}

fn failed(error: Error) -> Outcome {
    match error {
        Error::LockedOut { seconds } => Locked(seconds.unwrap()),
        Error::Unexpected(_) => Outcome::Odd,
        other => Failed(other),
    }
}

fn named(user: &UserId) -> Outcome {
    Named(leak(user.as_str()))
}

fn texts<'a>(texts: impl Iterator<Item = &'a str>) -> Outcome {
    Permitted(texts.map(leak).collect::<Vec<_>>().leak())
}

fn leak(text: &str) -> &'static str {
    text.to_owned().leak()
}

async fn client_of(recording: &Value) -> Client {
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .await
        .unwrap();
    let site = format!("http://{}", listener.local_addr().unwrap());
    let server = Router::new()
        .fallback(answer)
        .with_state(Arc::new(recording.clone()));
    tokio::spawn(async move { axum::serve(listener, server).await });
    let mut connection = Connection::site(site.parse().unwrap());
    connection.service = Some(ServiceAccount {
        key: "key".to_owned(),
        secret: "secret".into(),
    });
    Client::new(connection, Clock::system()).unwrap()
}

/// What was recorded; but to `get_logged_user` after a sign-in, the user whom the sign-in named.
async fn answer(State(recording): State<Arc<Value>>, request: Request) -> Response<Body> {
    let whose = "/api/method/frappe.auth.get_logged_user";
    let response = &recording["response"];
    let headers = || response["headers"].as_array().unwrap().iter();
    let user_cookie = headers()
        .filter_map(|header| header[1].as_str()?.strip_prefix("user_id="))
        .find_map(|cookie| cookie.split(';').next());
    let is_proof = request.uri().path() == whose && recording["request"]["path"] != whose;
    let mut answer = Response::builder();
    for header in headers() {
        let (name, value) = (header[0].as_str().unwrap(), header[1].as_str().unwrap());
        let name: HeaderName = name.parse().unwrap();
        // Whatever else an answer took away, the session is there when it is asked about.
        if is_proof && value.contains("=;") {
            continue;
        }
        let is_framing = [
            header::CONTENT_LENGTH,
            header::TRANSFER_ENCODING,
            header::CONNECTION,
        ];
        if !is_framing.contains(&name) {
            answer = answer.header(name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
        }
    }
    if let (true, Some(user)) = (is_proof, user_cookie) {
        let body = json!({ "message": user.replace("%40", "@") });
        return answer.body(body.to_string().into()).unwrap();
    }
    let body = match &response["body"] {
        Value::Null => response["body_text"]
            .as_str()
            .unwrap_or_default()
            .to_owned(),
        body => body.to_string(),
    };
    let status = u16::try_from(response["status"].as_u64().unwrap()).unwrap();
    answer
        .status(StatusCode::from_u16(status).unwrap())
        .body(body.into())
        .unwrap()
}
