//! What goes out with each question, and whose an answer is taken for.

use secrecy::SecretString;

use super::*;

#[tokio::test]
async fn a_question_carries_the_sid_one_address_and_the_language_and_no_token() {
    let (site, mut connection) =
        Site::answering([reply(200, &COOKIES, &json!({"data": []}))]).await;
    connection.host = Some("erp.example".parse().unwrap());
    connection.site_name = Some(SiteName::parse("erp.example").unwrap());
    connection.service = Some(ServiceAccount {
        key: "key".to_owned(),
        secret: "secret".into(),
    });
    client(connection).list(&caller(), &jobs()).await.unwrap();
    let [seen] = &site.seen()[..] else { panic!() };
    assert_eq!(seen.method, "GET");
    assert!(seen.target.starts_with("/api/resource/Transport%20Job?"));
    assert!(seen.target.ends_with("&_lang=en"), "{}", seen.target);
    assert_eq!(seen.header("cookie"), ["sid=5ec2e7"]);
    assert_eq!(seen.header("x-forwarded-for"), ["203.0.113.7"]);
    assert_eq!(seen.header("accept"), ["application/json"]);
    assert_eq!(seen.header("host"), ["erp.example"]);
    assert_eq!(seen.header("x-frappe-site-name"), ["erp.example"]);
    assert!(seen.header("authorization").is_empty());
    assert!(seen.header("user-agent")[0].starts_with("quayfront/"));
}

#[tokio::test]
async fn the_service_account_carries_its_token_and_no_cookie() {
    let rows = json!({"data": [{"parent": "Acme", "parenttype": "Customer", "user": ANNA}]});
    let (site, mut connection) = Site::answering([reply(200, &[], &rows)]).await;
    connection.service = Some(ServiceAccount {
        key: "key".to_owned(),
        secret: "secret".into(),
    });
    assert!(!format!("{connection:?}").contains("secret\""));
    let client = client(connection);
    let rows = client
        .portal_users_by_service(&caller().user)
        .await
        .unwrap();
    assert_eq!(rows[0].parent, "Acme");
    let seen = &site.seen()[0];
    assert_eq!(seen.header("authorization"), ["token key:secret"]);
    assert!(seen.header("cookie").is_empty());
    assert!(seen.target.contains("parent=Customer"));
}

#[tokio::test]
async fn a_count_carries_no_language_since_frappe_would_fail_on_it() {
    let (site, connection) = Site::answering([reply(200, &COOKIES, &json!({"message": 7}))]).await;
    let count = client(connection).count(&caller(), &jobs().count()).await;
    assert_eq!(count, Ok(7));
    assert!(!site.seen()[0].target.contains("_lang"));
}

#[tokio::test]
async fn a_list_or_count_too_long_for_a_request_line_goes_by_post() {
    let answers = [
        reply(
            200,
            &COOKIES,
            &json!({"message": [{"name": "TRJ000000001"}]}),
        ),
        reply(200, &COOKIES, &json!({"message": 1})),
        reply(200, &COOKIES, &json!({"data": []})),
    ];
    let (site, connection) = Site::answering(answers).await;
    let (client, long) = (client(connection), jobs_named(500));
    assert_eq!(client.list(&caller(), &long).await.unwrap().len(), 1);
    assert_eq!(client.count(&caller(), &long.count()).await, Ok(1));
    client.list(&caller(), &jobs_named(100)).await.unwrap();
    let seen = site.seen();
    let list: Value = serde_json::from_str(&seen[0].body).unwrap();
    assert_eq!(seen[0].target, "/api/method/frappe.client.get_list");
    assert_eq!(list["doctype"], "Transport Job");
    assert_eq!(list["filters"][0][2].as_array().unwrap().len(), 500);
    assert_eq!(list["limit_page_length"], 20);
    let count: Value = serde_json::from_str(&seen[1].body).unwrap();
    assert_eq!(
        seen[1].target,
        "/api/method/frappe.desk.reportview.get_count"
    );
    assert_eq!(count["filters"][0][0], "Transport Job");
    assert!(seen[2].method == "GET" && seen[2].target.len() <= 3_500);
}

#[tokio::test]
async fn a_document_name_stays_one_segment_of_the_path() {
    let document = json!({"data": {"name": "a/../b?c#d %2e"}});
    let (site, connection) = Site::answering([reply(200, &COOKIES, &document)]).await;
    let name = DocumentName::parse("a/../b?c#d %2e").unwrap();
    let item = DocType::parse("Item").unwrap();
    client(connection)
        .document(&caller(), &item, &name, &Extract::default())
        .await
        .unwrap();
    let target = &site.seen()[0].target;
    assert_eq!(
        target,
        "/api/resource/Item/a%2F..%2Fb%3Fc%23d%20%252e?_lang=en"
    );
}

#[tokio::test]
async fn a_refusal_that_names_the_user_is_forbidden_without_asking_further() {
    let (site, connection) = Site::answering([forbidden(&COOKIES)]).await;
    let rows = client(connection).list(&caller(), &jobs()).await;
    assert_eq!(rows, Err(Error::Forbidden));
    assert_eq!(site.seen().len(), 1);
}

#[tokio::test]
async fn a_refusal_that_names_nobody_is_decided_by_asking_whose_session_it_is() {
    for (whose, expected) in [
        (reply(200, &[], &json!({"message": ANNA})), Error::Forbidden),
        (
            reply(200, &[], &json!({"message": "berta@acme.example"})),
            Error::SignInRequired,
        ),
        (
            reply(200, &[], &json!({"message": "Guest"})),
            Error::SignInRequired,
        ),
        (forbidden(&[]), Error::SignInRequired),
        (html(502), Outage::Gateway.into()),
    ] {
        let (_, connection) = Site::answering([forbidden(&[]), whose]).await;
        let rows = client(connection).list(&caller(), &jobs()).await;
        assert_eq!(rows, Err(expected));
    }
}

#[tokio::test]
async fn an_answer_for_somebody_else_is_no_answer() {
    let cookies = [("set-cookie", "user_id=berta%40acme.example; Path=/")];
    let (_, connection) = Site::answering([reply(200, &cookies, &json!({"data": [{}]}))]).await;
    let rows = client(connection).list(&caller(), &jobs()).await;
    assert_eq!(rows, Err(Error::SignInRequired));
}

#[tokio::test]
async fn rows_are_read_alike_whatever_stands_beside_them() {
    let rows = json!([{"name": "TRJ000000001"}, {"name": "TRJ000000002"}]);
    let refused = Error::SignInRequired;
    for (body, expected) in [
        (json!({"data": rows}), Ok(2)),
        (json!({"message": rows}), Ok(2)),
        (json!({"data": rows, "_server_messages": "[]"}), Ok(2)),
        (json!({"data": []}), Ok(0)),
        (json!({"data": rows, "session_expired": 1}), Err(refused)),
        (json!({"data": [1]}), Err(Outage::Incomplete.into())),
        (json!({"data": {}}), Err(Outage::Incomplete.into())),
        (json!({}), Err(Outage::Incomplete.into())),
    ] {
        let (_, connection) = Site::answering([reply(200, &COOKIES, &body)]).await;
        let rows = client(connection).list(&caller(), &jobs()).await;
        assert_eq!(rows.map(|rows| rows.len()), expected, "{body}");
    }
}

#[tokio::test]
async fn permissions_that_name_no_user_are_proved_by_asking_whose_session_it_is() {
    let permissions = || reply(200, &[], &json!({"message": {}}));
    let whose = |user| reply(200, &[], &json!({ "message": user }));
    let (site, connection) =
        Site::answering([permissions(), whose(ANNA), permissions(), whose("Guest")]).await;
    let client = client(connection);
    assert!(client.user_permissions(&caller()).await.is_ok());
    let second = client.user_permissions(&caller()).await;
    assert_eq!(second, Err(Error::SignInRequired));
    assert_eq!(site.seen().len(), 4);
    assert!(!site.seen()[0].target.contains("user="));
}

#[tokio::test]
async fn a_200_with_a_sid_is_no_sign_in_until_frappe_names_the_user() {
    let begun = json!({"message": "No App", "full_name": "Anna"});
    let ended = reply(200, &[], &json!({"message": "No App"}));
    let guest = reply(200, &[], &json!({"message": "Guest"}));
    let (site, connection) = Site::answering([reply(200, &COOKIES, &begun), guest, ended]).await;
    let outcome = client(connection)
        .sign_in(ANNA, &"pw".into(), caller().address)
        .await;
    assert!(matches!(outcome, Err(Error::Unexpected(_))), "{outcome:?}");
    assert_eq!(site.seen()[2].target, "/api/method/logout");
}

#[tokio::test]
async fn a_sign_in_whose_cookie_names_somebody_else_than_frappe_does_is_none() {
    let begun = json!({"message": "No App", "full_name": "Anna"});
    let berta = reply(200, &[], &json!({"message": "berta@acme.example"}));
    let ended = reply(200, &[], &json!({"message": "No App"}));
    let (site, connection) = Site::answering([reply(200, &COOKIES, &begun), berta, ended]).await;
    let outcome = client(connection)
        .sign_in(ANNA, &"pw".into(), caller().address)
        .await;
    assert!(matches!(outcome, Err(Error::Unexpected(_))), "{outcome:?}");
    assert_eq!(site.seen()[2].target, "/api/method/logout");
}

#[tokio::test]
async fn portal_users_are_asked_for_by_the_callers_own_name() {
    let (site, connection) = Site::answering([reply(200, &COOKIES, &json!({"data": []}))]).await;
    client(connection).portal_users(&caller()).await.unwrap();
    let target = &site.seen()[0].target;
    let asked = url::Url::parse("http://erp.example")
        .unwrap()
        .join(target)
        .unwrap();
    let filters = asked
        .query_pairs()
        .find_map(|(name, value)| (name == "filters").then(|| value.into_owned()));
    let filters: Value = serde_json::from_str(&filters.unwrap_or_default()).unwrap_or_default();
    let filters = filters.to_string();
    assert!(
        filters.contains("\"user\",\"=\"") && filters.contains(ANNA),
        "{target}"
    );
}

#[tokio::test]
async fn a_sign_in_sends_the_trimmed_name_by_post_and_nothing_is_asked_without_both() {
    let refused = reply(401, &[], &json!({"exc_type": "AuthenticationError"}));
    let (site, connection) = Site::answering([refused]).await;
    let client = client(connection);
    let address = caller().address;
    let password: SecretString = "p&w =".into();
    for (usr, password) in [
        ("  ", &password),
        ("anna", &"".into()),
        (" anna ", &password),
    ] {
        let outcome = client.sign_in(usr, password, address).await;
        assert!(matches!(outcome, Ok(SignIn::Refused)));
    }
    let [seen] = &site.seen()[..] else { panic!() };
    assert_eq!(seen.body, "usr=anna&pwd=p%26w+%3D&_lang=en");
    assert_eq!(seen.header("x-forwarded-for"), ["203.0.113.7"]);
    assert!(seen.header("cookie").is_empty());
}

#[tokio::test]
async fn a_session_that_is_over_is_well_signed_out() {
    let gone = forbidden(&[("set-cookie", "sid=Guest; Path=/")]);
    let expired = reply(403, &[], &json!({"session_expired": 1}));
    let (_, connection) = Site::answering([gone, forbidden(&[]), expired, html(502)]).await;
    let client = client(connection);
    for _ in 0..2 {
        assert_eq!(client.sign_out(&caller()).await, Ok(()));
    }
    let down = client.sign_out(&caller()).await;
    assert_eq!(down, Err(Outage::Gateway.into()));
}

#[test]
fn a_sid_is_in_no_debug_output() {
    let session = Session {
        sid: Sid::parse(SID).unwrap(),
        user: caller().user,
        full_name: "Anna".to_owned(),
        kind: UserKind::WebsiteUser,
    };
    let shown = format!("{:?} {:?}", caller(), SignIn::SignedIn(session));
    assert!(!shown.contains(SID), "{shown}");
}
