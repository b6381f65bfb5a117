//! A site that is slow, broken, or not Frappe at all.

use std::time::Duration;

use jiff::SignedDuration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::*;

#[tokio::test]
async fn answers_that_are_not_frappes_are_outages() {
    for (answer, expected) in [
        (html(200), Error::Unavailable(Outage::Broken)),
        (html(404), Outage::Gateway.into()),
        (html(401), Outage::Gateway.into()),
        (html(504), Outage::Gateway.into()),
        (
            reply(302, &[("location", "/login")], &json!({})),
            Outage::Redirected.into(),
        ),
        (reply(200, &COOKIES, &json!([])), Outage::Incomplete.into()),
        (
            reply(200, &COOKIES, &json!({"data": [7]})),
            Outage::Incomplete.into(),
        ),
        (
            reply(200, &COOKIES, &json!({"data": 7})),
            Outage::Incomplete.into(),
        ),
        (
            reply(500, &COOKIES, &json!({"exc_type": "QueryDeadlockError"})),
            Outage::Database.into(),
        ),
        (
            reply(429, &[("retry-after", "18446744073709551615")], &json!({})),
            Error::RateLimited {
                retry_after: Some(Duration::from_hours(24)),
            },
        ),
        (
            reply(429, &[("retry-after", "30")], &json!({})),
            Error::RateLimited {
                retry_after: Some(Duration::from_secs(30)),
            },
        ),
    ] {
        let (_, connection) = Site::answering([answer]).await;
        assert_eq!(
            client(connection).list(&caller(), &jobs()).await,
            Err(expected)
        );
    }
}

#[tokio::test]
async fn nothing_of_frappes_own_text_is_in_an_error() {
    let body = json!({"exc_type": "Some Bluefin thing", "exception": "Bluefin", "exc": "Bluefin"});
    let (_, connection) = Site::answering([reply(500, &COOKIES, &body)]).await;
    let error = client(connection)
        .list(&caller(), &jobs())
        .await
        .unwrap_err();
    assert!(!format!("{error} {error:?}").contains("Bluefin"));
}

#[tokio::test]
async fn an_answer_larger_than_allowed_is_not_read() {
    let (_, mut connection) =
        Site::answering([reply(200, &COOKIES, &json!({"data": "x".repeat(2_000)}))]).await;
    connection.max_answer_bytes = 1_000;
    let rows = client(connection).list(&caller(), &jobs()).await;
    assert_eq!(rows, Err(Outage::TooLarge.into()));
}

#[tokio::test]
async fn an_answer_that_does_not_say_its_length_is_bounded_too() {
    let chunks = (0..20).map(|_| Ok::<_, std::io::Error>("x".repeat(100)));
    let chunked = Response::builder()
        .header("content-type", "application/json")
        .body(Body::from_stream(futures::stream::iter(chunks)));
    let (_, mut connection) = Site::answering([chunked.unwrap()]).await;
    connection.max_answer_bytes = 1_000;
    let answer = client(connection).ping().await;
    assert_eq!(answer, Err(Outage::TooLarge.into()));
}

/// A site that takes connections and never answers, nor ever hangs up.
async fn silent() -> (TcpListener, Connection) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let mut connection = connection_to(&listener);
    connection.timeouts.whole = Duration::from_millis(100);
    connection.queue_deadline = Duration::from_millis(10);
    (listener, connection)
}

#[tokio::test]
async fn a_site_that_never_answers_is_given_up() {
    let (_listener, connection) = silent().await;
    let answer = client(connection).ping().await;
    assert_eq!(answer, Err(Outage::TimedOut.into()));
}

#[tokio::test]
async fn a_question_beyond_the_limit_is_turned_away_and_not_asked() {
    let (_listener, mut connection) = silent().await;
    connection.max_in_flight = 1;
    let client = client(connection);
    let questions = Questions::default();
    let both = questions.counting(async { tokio::join!(client.ping(), client.ping()) });
    let expected = (Err(Outage::TimedOut.into()), Err(Outage::Overloaded.into()));
    assert_eq!(both.await, expected);
    assert_eq!(questions.asked(), 1);
}

#[tokio::test]
async fn a_site_that_is_not_there_cannot_be_reached() {
    let (listener, connection) = silent().await;
    drop(listener);
    let answer = client(connection).ping().await;
    assert_eq!(answer, Err(Outage::Unreachable.into()));
}

#[tokio::test]
async fn a_site_that_fails_in_a_row_is_left_alone_until_the_breaker_lets_one_try() {
    let pong = reply(200, &[], &json!({"message": "pong"}));
    let (site, mut connection) = Site::answering([html(502), html(503), pong]).await;
    connection.breaker.failures = 2;
    let clock = Clock::manual(Timestamp::UNIX_EPOCH);
    let client = Client::new(connection, clock.clone()).unwrap();
    for _ in 0..2 {
        assert_eq!(client.ping().await, Err(Outage::Gateway.into()));
    }
    assert_eq!(client.ping().await, Err(Outage::BreakerOpen.into()));
    assert_eq!(site.seen().len(), 2);
    clock.advance(SignedDuration::from_secs(5));
    assert_eq!(client.ping().await, Ok(()));
}

/// Takes connections, and closes each after one request: the first few without any answer.
async fn hanging_up(times: usize) -> Connection {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let connection = connection_to(&listener);
    tokio::spawn(async move {
        for accepted in 0.. {
            let (mut stream, _) = listener.accept().await.unwrap();
            let _ = stream.read(&mut [0; 4096]).await;
            if accepted >= times {
                let pong = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\
                             content-length: 2\r\nconnection: close\r\n\r\n{}";
                stream.write_all(pong).await.unwrap();
            }
        }
    });
    connection
}

#[tokio::test]
async fn a_reading_question_whose_connection_broke_before_an_answer_is_asked_once_more() {
    let questions = Questions::default();
    let client = client(hanging_up(1).await);
    assert_eq!(questions.counting(client.ping()).await, Ok(()));
    assert_eq!(questions.asked(), 2);
}

#[tokio::test]
async fn it_is_asked_once_more_only_once_and_not_at_all_where_settings_forbid_it() {
    let questions = Questions::default();
    let twice = client(hanging_up(2).await);
    let answer = questions.counting(twice.ping()).await;
    assert_eq!(answer, Err(Outage::Unreachable.into()));
    assert_eq!(questions.asked(), 2);

    let mut connection = hanging_up(1).await;
    connection.retry = false;
    let answer = client(connection).ping().await;
    assert_eq!(answer, Err(Outage::Unreachable.into()));
}

#[tokio::test]
async fn a_sign_in_is_never_asked_twice() {
    let questions = Questions::default();
    let client = client(hanging_up(1).await);
    let password = "pw".into();
    let outcome = questions.counting(client.sign_in(ANNA, &password, caller().address));
    assert!(matches!(
        outcome.await,
        Err(Error::Unavailable(Outage::Unreachable))
    ));
    assert_eq!(questions.asked(), 1);
}

#[test]
fn an_address_that_is_more_than_a_site_is_refused() {
    for address in [
        "http://user:pw@erp.example/",
        "http://erp.example/desk",
        "http://erp.example/?a=b",
        "ftp://erp.example/",
        "unix:/run/frappe.sock",
    ] {
        let connection = Connection::site(address.parse().unwrap());
        let client = Client::new(connection, Clock::system());
        assert!(
            matches!(client, Err(ConnectionProblem::Address)),
            "{address}"
        );
    }
}
