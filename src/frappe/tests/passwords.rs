//! What goes out when a password or a preference is changed, and what comes of answers that no
//! recording has.

use secrecy::SecretString;

use super::*;
use crate::frappe::LONGEST_NEW_PASSWORD;

const UPDATE: &str = "/api/method/frappe.core.doctype.user.user.update_password";
const NEW_SESSION: [(&str, &str); 2] = [
    ("set-cookie", "sid=ne35e5; Path=/"),
    ("set-cookie", "user_id=anna%40acme.example; Path=/"),
];

fn me() -> Value {
    json!({"message": "me", "home_page": "/me", "full_name": "Anna"})
}

fn gone(words: &str) -> Response<Body> {
    reply(410, &[], &json!({ "message": words }))
}

fn thrown(message: &str, title: &str) -> Response<Body> {
    let message = json!({"message": message, "title": title, "raise_exception": 1}).to_string();
    let messages = json!([message]).to_string();
    let body = json!({"exc_type": "ValidationError", "_server_messages": messages});
    reply(417, &COOKIES, &body)
}

fn named() -> Response<Body> {
    reply(200, &COOKIES, &json!({ "message": ANNA }))
}

fn form(seen: &Seen) -> Vec<(String, String)> {
    form_urlencoded::parse(seen.body.as_bytes())
        .into_owned()
        .collect()
}

fn pair(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

async fn set(
    answers: impl IntoIterator<Item = Response<Body>>,
    new: &str,
) -> (Site, Result<NewPassword, Error>) {
    let (site, connection) = Site::answering(answers).await;
    let key = ResetKey::parse("f00d").unwrap();
    let (client, address) = (client(connection), caller().address);
    let new = new.into();
    let set = client.set_password_with_key(&key, &new, address).await;
    (site, set)
}

async fn change(
    answers: impl IntoIterator<Item = Response<Body>>,
    old: &str,
    new: &str,
) -> (Site, Result<ChangedPassword, Error>) {
    let (site, connection) = Site::answering(answers).await;
    let (client, caller) = (client(connection), caller());
    let (old, new) = (old.into(), new.into());
    let changed = client.change_password(&caller, &old, &new).await;
    (site, changed)
}

#[tokio::test]
async fn a_key_and_a_new_password_go_out_together_and_end_all_other_sessions() {
    let (site, set) = set([reply(200, &NEW_SESSION, &me()), named()], "a new one").await;
    assert!(matches!(set, Ok(NewPassword::Set { unended: None, .. })));
    let seen = &site.seen()[0];
    assert_eq!(
        (seen.method.as_str(), seen.target.as_str()),
        ("POST", UPDATE)
    );
    assert_eq!(
        form(seen),
        [
            pair("key", "f00d"),
            pair("new_password", "a new one"),
            pair("logout_all_sessions", "1"),
            pair("_lang", "en"),
        ]
    );
    assert_eq!(seen.header("x-forwarded-for"), ["203.0.113.7"]);
    assert!(seen.header("cookie").is_empty());
}

#[tokio::test]
async fn the_session_that_a_key_begins_is_ended_before_anybody_hears_of_it() {
    let answers = [
        reply(200, &NEW_SESSION, &me()),
        reply(200, &[], &json!({"message": "No App"})),
    ];
    let (site, set) = set(answers, "a new one").await;
    let Ok(NewPassword::Set { user, unended }) = set else {
        panic!("{set:?}")
    };
    assert_eq!(user, Some(caller().user));
    assert!(unended.is_none());
    let ended = &site.seen()[1];
    assert_eq!(ended.target, "/api/method/logout");
    assert_eq!(ended.header("cookie"), ["sid=ne35e5"]);
}

#[tokio::test]
async fn a_session_that_a_key_began_and_that_cannot_be_ended_is_handed_over_to_be_ended_later() {
    let (_, set) = set([reply(200, &NEW_SESSION, &me()), html(502)], "a new one").await;
    let Ok(NewPassword::Set { unended, .. }) = set else {
        panic!("{set:?}")
    };
    let unended = unended.unwrap();
    assert_eq!(unended.sid.expose(), "ne35e5");
    assert_eq!(unended.user, caller().user);
}

#[tokio::test]
async fn an_expired_key_is_told_from_one_that_is_used_or_unknown() {
    let (_, expired) = set([gone("The reset password link has been expired")], "new").await;
    assert!(matches!(expired, Ok(NewPassword::KeyExpired)));
    let words = "The reset password link has either been used before or is invalid";
    let (_, unknown) = set([gone(words)], "new").await;
    assert!(matches!(unknown, Ok(NewPassword::KeyUsedOrUnknown)));
    let (_, wordless) = set([html(410)], "new").await;
    assert!(matches!(wordless, Ok(NewPassword::KeyUsedOrUnknown)));
}

#[tokio::test]
async fn a_user_who_may_not_sign_in_is_told_from_a_weak_password() {
    let disabled = thrown("User anna is disabled.", "Message");
    let (_, refused) = set([disabled], "new").await;
    assert!(matches!(refused, Ok(NewPassword::UserRefused)));
    let elsewhere = reply(401, &[], &json!({"exc_type": "AuthenticationError"}));
    let (_, refused) = set([elsewhere], "new").await;
    assert!(matches!(refused, Ok(NewPassword::UserRefused)));
    let (_, gateway) = set([html(401)], "new").await;
    let in_front = Error::Unavailable(Outage::Gateway);
    assert!(matches!(gateway, Err(error) if error == in_front));
    let weak = thrown(
        "Zwak. A word by itself is easy to guess.",
        "Invalid Password",
    );
    let (_, weak) = set([weak], "new").await;
    let Ok(NewPassword::Weak { advice }) = weak else {
        panic!("{weak:?}")
    };
    assert_eq!(advice.iter().collect::<Vec<_>>(), [Advice::SingleWord]);
}

#[tokio::test]
async fn passwords_that_frappe_cannot_take_are_not_sent() {
    let long = "x".repeat(LONGEST_NEW_PASSWORD + 1);
    let (site, none) = set([], "").await;
    assert!(matches!(none, Ok(NewPassword::Weak { .. })));
    assert!(site.seen().is_empty());
    let (_, too_long) = set([], &long).await;
    assert!(matches!(too_long, Ok(NewPassword::TooLong)));
    let (_, too_long) = change([], "old", &long).await;
    assert!(matches!(too_long, Ok(ChangedPassword::TooLong)));
    let (_, none) = change([], "old", "").await;
    assert!(matches!(none, Ok(ChangedPassword::Weak { .. })));
    let (site, without_old) = change([], "", "new").await;
    assert!(matches!(without_old, Ok(ChangedPassword::WrongOld)));
    assert!(site.seen().is_empty());
    let (_, longest) = set([gone("")], &"ü".repeat(LONGEST_NEW_PASSWORD)).await;
    assert!(matches!(longest, Ok(NewPassword::KeyUsedOrUnknown)));
}

#[tokio::test]
async fn a_change_carries_the_old_password_and_the_session() {
    let answers = [reply(200, &NEW_SESSION, &me()), named()];
    let (site, changed) = change(answers, "the old", "the new").await;
    let Ok(ChangedPassword::Changed { session }) = changed else {
        panic!("{changed:?}")
    };
    assert_eq!(session.unwrap().expose(), "ne35e5");
    let seen = site.seen();
    assert_eq!(
        form(&seen[0]),
        [
            pair("old_password", "the old"),
            pair("new_password", "the new"),
            pair("logout_all_sessions", "1"),
            pair("_lang", "en"),
        ]
    );
    assert_eq!(seen[0].header("cookie"), ["sid=5ec2e7"]);
    // The new session was asked whose it is before anybody gets it.
    assert_eq!(seen[1].header("cookie"), ["sid=ne35e5"]);
    assert!(seen[1].target.contains("get_logged_user"));
}

#[tokio::test]
async fn a_new_session_that_is_not_the_callers_is_ended_and_not_handed_out() {
    let guest = reply(
        200,
        &[("set-cookie", "user_id=Guest")],
        &json!({"message": "Guest"}),
    );
    let answers = [
        reply(200, &NEW_SESSION, &me()),
        guest,
        reply(200, &[], &json!({"message": "No App"})),
    ];
    let (site, changed) = change(answers, "old", "new").await;
    assert!(matches!(
        changed,
        Ok(ChangedPassword::Changed { session: None })
    ));
    assert_eq!(site.seen()[2].target, "/api/method/logout");
}

#[tokio::test]
async fn a_wrong_old_password_is_told_from_a_session_that_is_over() {
    let wrong = || {
        let cleared = [
            ("set-cookie", "sid=; Path=/"),
            ("set-cookie", "user_id=; Path=/"),
        ];
        reply(401, &cleared, &json!({"exc_type": "AuthenticationError"}))
    };
    let (_, wrong_old) = change([wrong(), named()], "old", "new").await;
    assert!(matches!(wrong_old, Ok(ChangedPassword::WrongOld)));
    let (_, over) = change([wrong(), forbidden(&[])], "old", "new").await;
    assert!(matches!(over, Err(Error::SignInRequired)));
}

#[tokio::test]
async fn other_sessions_are_ended_with_the_password_that_is_set_already() {
    let answers = [reply(200, &NEW_SESSION, &me()), named()];
    let (site, connection) = Site::answering(answers).await;
    let password: SecretString = "the same".into();
    let client = client(connection);
    let ended = client.sign_out_elsewhere(&caller(), &password).await;
    assert!(matches!(ended, Ok(ChangedPassword::Changed { .. })));
    let sent = form(&site.seen()[0]);
    assert!(sent.contains(&pair("old_password", "the same")));
    assert!(sent.contains(&pair("new_password", "the same")));
    assert!(sent.contains(&pair("logout_all_sessions", "1")));
}

#[tokio::test]
async fn a_mail_is_asked_for_by_name_alone_and_never_for_nobody() {
    let asked = reply(200, &[], &json!({"_server_messages": "[]"}));
    let (site, connection) = Site::answering([asked]).await;
    let (client, address) = (client(connection), caller().address);
    let nobody = client.request_password_reset("  ", address).await;
    assert_eq!(nobody, Ok(ResetRequest::Refused));
    assert!(site.seen().is_empty());
    let asked = client.request_password_reset(" anna@acme.example ", address);
    assert_eq!(asked.await, Ok(ResetRequest::Asked));
    let seen = &site.seen()[0];
    assert_eq!(form(seen), [pair("user", ANNA), pair("_lang", "en")]);
    assert_eq!(seen.header("x-forwarded-for"), ["203.0.113.7"]);
}

#[tokio::test]
async fn too_many_requests_for_mails_are_told_as_such() {
    let body = json!({"exc_type": "RateLimitExceededError"});
    let (_, connection) = Site::answering([reply(429, &[], &body)]).await;
    let client = client(connection);
    let asked = client.request_password_reset(ANNA, caller().address).await;
    assert_eq!(asked, Err(Error::RateLimited { retry_after: None }));
}

#[tokio::test]
async fn preferences_put_their_own_fields_and_no_others() {
    let answers = [(); 2].map(|()| reply(200, &COOKIES, &json!({"data": {}})));
    let (site, connection) = Site::answering(answers).await;
    let client = client(connection);
    let both = Preferences {
        language: Some(LanguageCode::parse("de").unwrap()),
        time_zone: Some(TimeZoneName::parse("America/New_York").unwrap()),
    };
    let language = Preferences {
        time_zone: None,
        ..both.clone()
    };
    assert_eq!(client.set_preferences(&caller(), &both).await, Ok(()));
    assert_eq!(client.set_preferences(&caller(), &language).await, Ok(()));
    let none = Preferences::default();
    assert_eq!(client.set_preferences(&caller(), &none).await, Ok(()));
    let [first, second] = &site.seen()[..] else {
        panic!()
    };
    assert_eq!(first.method, "PUT");
    assert_eq!(first.target, "/api/resource/User/anna@acme.example");
    assert_eq!(first.header("content-type"), ["application/json"]);
    let sent = |seen: &Seen| serde_json::from_str::<Value>(&seen.body).unwrap();
    assert_eq!(
        sent(first),
        json!({"language": "de", "time_zone": "America/New_York"})
    );
    assert_eq!(sent(second), json!({"language": "de"}));
}

#[tokio::test]
async fn a_language_that_the_site_does_not_have_is_invalid() {
    let refused = thrown("Could not find Language: xx", "Message");
    let (_, connection) = Site::answering([refused]).await;
    let preferences = Preferences {
        language: Some(LanguageCode::parse("xx").unwrap()),
        time_zone: None,
    };
    let saved = client(connection)
        .set_preferences(&caller(), &preferences)
        .await;
    assert_eq!(saved, Err(Error::Invalid));
}
