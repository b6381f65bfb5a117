//! Passwords and second factors: keys, mails, and which sessions end.

use super::*;
use crate::demo::{Mail, MailContent};

const RESET: &str = "/api/method/frappe.core.doctype.user.user.reset_password";
const UPDATE: &str = "/api/method/frappe.core.doctype.user.user.update_password";
const WHO: &str = "/api/method/frappe.auth.get_logged_user";
const NEW: &str = "a quite new password";

impl Visitor {
    /// Posts a form; status, the sid that comes back, and the body.
    async fn post(&self, path: &str, sid: &str, form: &[(&str, &str)]) -> (u16, String, Value) {
        let builder = self.client.post(format!("{}{path}", self.address));
        let builder = builder.header("Cookie", format!("sid={sid}")).form(form);
        let response = send(builder).await.expect("an answer");
        let status = response.status().as_u16();
        let mut cookies = response.headers().get_all("set-cookie").iter();
        let sid = cookies.find_map(|cookie| {
            let rest = cookie.to_str().ok()?.strip_prefix("sid=")?;
            rest.split(';').next()
        });
        let sid = sid.unwrap_or_default().to_owned();
        (status, sid, response.json().await.unwrap_or_default())
    }

    fn first_account(&self) -> (String, String) {
        let account = &self.site.accounts()[0];
        (account.email.clone(), account.password.clone())
    }

    /// Asks for a mail and takes the key out of its link.
    async fn mailed_key(&self, user: &str) -> String {
        let (status, ..) = self.post(RESET, "Guest", &[("user", user)]).await;
        assert_eq!(status, 200);
        let mails = self.site.mails();
        let Some(MailContent::ResetLink(link)) = mails.last().map(|mail| mail.content.clone())
        else {
            panic!("{mails:?}")
        };
        key_of(&link)
    }
}

fn key_of(link: &str) -> String {
    let link: url::Url = link.parse().expect("a link");
    let (_, key) = link
        .query_pairs()
        .find(|(name, _)| name == "key")
        .expect("a key");
    key.into_owned()
}

#[tokio::test]
async fn a_mailed_key_leads_to_the_host_name_and_sets_a_password_once() {
    let visitor = Visitor::at_the_demo().await;
    let (user, old) = visitor.first_account();
    visitor.site.set_host_name("https://portal.example/");
    let mut watched = visitor.site.watch_mails();
    let key = visitor.mailed_key(&user.to_uppercase()).await;
    let mail = watched.try_recv().expect("the mail");
    let link = format!("https://portal.example/update-password?key={key}");
    assert_eq!(
        mail.to_string(),
        format!("Mail to {user}: Password Reset: {link}")
    );
    let form = [("key", key.as_str()), ("new_password", NEW)];
    let (status, sid, body) = visitor.post(UPDATE, "Guest", &form).await;
    assert_eq!((status, &body["message"]), (200, &json!("me")));
    assert_eq!(visitor.read(WHO, &sid).await.1["message"], json!(user));
    let (status, _, body) = visitor.post(UPDATE, "Guest", &form).await;
    assert_eq!(status, 410, "{body}");
    assert_eq!(visitor.sign_in(&user, &old).await.0, 401);
    assert_eq!(visitor.sign_in(&user, NEW).await.0, 200);
}

#[tokio::test]
async fn a_newer_key_takes_the_place_of_an_older_and_a_key_may_expire() {
    let visitor = Visitor::at_the_demo().await;
    let (user, _) = visitor.first_account();
    let settings = "reset_password_link_expiry_duration";
    visitor.site.set_system_setting(settings, json!(600));
    let older = visitor.mailed_key(&user).await;
    let newer = visitor.mailed_key(&user).await;
    let set = async |key: &str| {
        let form = [("key", key), ("new_password", NEW)];
        let (status, _, body) = visitor.post(UPDATE, "Guest", &form).await;
        (
            status,
            body["message"].as_str().unwrap_or_default().to_owned(),
        )
    };
    assert!(set(&older).await.1.contains("used before or is invalid"));
    visitor.clock.advance(SignedDuration::from_secs(601));
    assert_eq!(
        set(&newer).await,
        (410, "The reset password link has been expired".to_owned())
    );
    visitor.site.set_system_setting(settings, Value::Null);
    assert_eq!(set(&newer).await.0, 200);
}

#[tokio::test]
async fn an_address_gets_three_mails_in_an_hour_for_whatever_users() {
    let visitor = Visitor::at_the_demo().await;
    let (user, _) = visitor.first_account();
    for name in [&user, "ghost@nowhere.example", &user] {
        visitor.post(RESET, "Guest", &[("user", name)]).await;
    }
    let (status, _, body) = visitor.post(RESET, "Guest", &[("user", &user)]).await;
    assert_eq!(
        (status, &body["exc_type"]),
        (429, &json!("RateLimitExceededError"))
    );
    assert_eq!(visitor.site.mails().len(), 2);
    visitor.clock.advance(SignedDuration::from_hours(1));
    let (status, ..) = visitor.post(RESET, "Guest", &[("user", &user)]).await;
    assert_eq!(status, 200);
}

#[tokio::test]
async fn a_weak_password_is_refused_and_its_key_stays_good() {
    let visitor = Visitor::at_the_demo().await;
    let (user, _) = visitor.first_account();
    let key = visitor.mailed_key(&user).await;
    for (password, expected) in [("12345", 417), (NEW, 200)] {
        let form = [("key", key.as_str()), ("new_password", password)];
        assert_eq!(visitor.post(UPDATE, "Guest", &form).await.0, expected);
    }
    visitor
        .site
        .set_system_setting("enable_password_policy", json!(0));
    let key = visitor.mailed_key(&user).await;
    let form = [("key", key.as_str()), ("new_password", "12345")];
    assert_eq!(visitor.post(UPDATE, "Guest", &form).await.0, 200);
}

#[tokio::test]
async fn a_change_keeps_the_session_begins_another_and_ends_the_rest_when_asked() {
    let visitor = Visitor::at_the_demo().await;
    let (user, old) = visitor.first_account();
    let own = visitor.sign_in(&user, &old).await.1.expect("a session");
    let other = visitor.sign_in(&user, &old).await.1.expect("a session");
    let form = [("old_password", old.as_str()), ("new_password", NEW)];
    let (status, new, _) = visitor.post(UPDATE, &own, &form).await;
    assert_eq!(status, 200);
    for sid in [&own, &other, &new] {
        assert_eq!(visitor.read(WHO, sid).await.0, 200);
    }
    let form = [
        ("old_password", NEW),
        ("new_password", NEW),
        ("logout_all_sessions", "1"),
    ];
    let (status, newest, _) = visitor.post(UPDATE, &own, &form).await;
    assert_eq!(status, 200);
    for (sid, expected) in [(&own, 200), (&newest, 200), (&other, 403), (&new, 403)] {
        assert_eq!(visitor.read(WHO, sid).await.0, expected);
    }
}

#[tokio::test]
async fn a_wrong_old_password_changes_nothing_and_the_session_goes_on() {
    let visitor = Visitor::at_the_demo().await;
    let (user, old) = visitor.first_account();
    let sid = visitor.sign_in(&user, &old).await.1.expect("a session");
    let form = [("old_password", "wrong"), ("new_password", NEW)];
    let (status, ..) = visitor.post(UPDATE, &sid, &form).await;
    assert_eq!(status, 401);
    assert_eq!(visitor.read(WHO, &sid).await.0, 200);
    assert_eq!(visitor.sign_in(&user, &old).await.0, 200);
    let (status, _, body) = visitor.post(UPDATE, &sid, &[("new_password", NEW)]).await;
    assert_eq!((status, &body["exc_type"]), (500, &json!("KeyError")));
}

#[tokio::test]
async fn an_expired_password_comes_with_a_key_and_no_session_until_a_new_one_is_set() {
    let visitor = Visitor::at_the_demo().await;
    let (user, old) = visitor.first_account();
    visitor.site.set_host_name("https://portal.example");
    visitor.site.set_forced_password_reset(true);
    let date = json!("2026-01-01");
    visitor
        .site
        .set_record_field("User", &user, "last_password_reset_date", date);
    let (status, sid, body) = visitor.sign_in(&user, &old).await;
    assert_eq!((status, &body["message"]), (200, &json!("Password Reset")));
    assert_eq!(visitor.read(WHO, &sid.unwrap_or_default()).await.0, 403);
    let link = body["redirect_to"].as_str().expect("a link");
    assert!(
        link.starts_with("https://portal.example/update-password?key="),
        "{link}"
    );
    let key = key_of(link);
    let form = [("key", key.as_str()), ("new_password", NEW)];
    assert_eq!(visitor.post(UPDATE, "Guest", &form).await.0, 200);
    let (_, _, body) = visitor.sign_in(&user, NEW).await;
    assert_eq!(body["message"], json!("No App"));
    assert!(visitor.site.mails().is_empty());
}

#[tokio::test]
async fn a_second_factor_comes_by_mail_by_text_or_in_an_app() {
    let visitor = Visitor::at_the_demo().await;
    let (user, password) = visitor.first_account();
    visitor.site.add_role(&user, "Portal 2FA");
    let code = visitor.site.second_factor_code();
    let sent = async |method| {
        visitor.site.set_two_factor(method);
        let (_, _, body) = visitor.sign_in(&user, &password).await;
        (body["verification"].clone(), visitor.site.mails())
    };
    let (verification, mails) = sent(SecondFactor::Email).await;
    assert_eq!(verification["method"], json!("Email"));
    assert_eq!(mails[0].content, MailContent::Code(code.clone()));
    let (verification, mails) = sent(SecondFactor::Sms).await;
    assert_eq!(verification["token_delivery"], json!(false));
    assert_eq!(mails.len(), 1);
    visitor
        .site
        .set_record_field("User", &user, "mobile_no", json!("+31612345678"));
    let (verification, mails) = sent(SecondFactor::Sms).await;
    let prompt = "Enter verification code sent to +316******678";
    assert_eq!(verification["prompt"], json!(prompt));
    assert_eq!(
        mails[1],
        Mail {
            to: "+31612345678".to_owned(),
            subject: String::new(),
            content: MailContent::TextedCode(code.clone()),
        }
    );
    let (verification, mails) = sent(SecondFactor::App).await;
    assert_eq!(verification["method"], json!("OTP App"));
    assert_eq!(
        mails[2].to_string(),
        format!("The app of {user} shows {code}")
    );
}

#[tokio::test]
async fn an_app_is_set_up_with_the_first_right_code() {
    let visitor = Visitor::at_the_demo().await;
    let (user, password) = visitor.first_account();
    visitor.site.add_role(&user, "Portal 2FA");
    visitor.site.set_two_factor(SecondFactor::AppNotSetUp);
    let code = visitor.site.second_factor_code();
    for (otp, method) in [
        ("000000", "Email"),
        (code.as_str(), "Email"),
        (&code, "OTP App"),
    ] {
        let (_, _, body) = visitor.sign_in(&user, &password).await;
        assert_eq!(body["verification"]["method"], json!(method));
        let tmp_id = body["tmp_id"].as_str().expect("an id");
        let form = [("tmp_id", tmp_id), ("otp", otp)];
        let (status, ..) = visitor.post("/api/method/login", "Guest", &form).await;
        assert_eq!(status, if otp == code { 200 } else { 401 });
    }
    let links = visitor.site.mails();
    let links = links
        .iter()
        .filter(|mail| matches!(mail.content, MailContent::SetUpLink(_)));
    assert_eq!(links.count(), 2);
}

#[tokio::test]
async fn a_code_is_too_late_when_its_attempt_is_over() {
    let visitor = Visitor::at_the_demo().await;
    let (user, password) = visitor.first_account();
    visitor.site.add_role(&user, "Portal 2FA");
    visitor.site.set_two_factor(SecondFactor::Email);
    let (_, _, body) = visitor.sign_in(&user, &password).await;
    visitor.clock.advance(SignedDuration::from_secs(300));
    let tmp_id = body["tmp_id"].as_str().expect("an id");
    let code = visitor.site.second_factor_code();
    let form = [("tmp_id", tmp_id), ("otp", code.as_str())];
    let (status, ..) = visitor.post("/api/method/login", "Guest", &form).await;
    assert_eq!(status, 401);
}

#[tokio::test]
async fn ones_own_user_takes_a_language_that_there_is_and_no_weak_password() {
    let visitor = Visitor::at_the_demo().await;
    let (user, password) = visitor.first_account();
    let sid = visitor
        .sign_in(&user, &password)
        .await
        .1
        .expect("a session");
    for (fields, expected) in [
        (json!({"language": "de"}), 200),
        (json!({"language": "xx"}), 417),
        (json!({"new_password": "12345"}), 417),
    ] {
        let path = format!("{}/api/resource/User/{user}", visitor.address);
        let builder = visitor.client.put(path).json(&fields);
        let builder = builder.header("Cookie", format!("sid={sid}"));
        let response = send(builder).await.expect("an answer");
        assert_eq!(response.status().as_u16(), expected, "{fields}");
    }
    let user = visitor.site.record("User", &user).expect("the user");
    assert_eq!(user["language"], json!("de"));
}
