//! The HTTP side: takes connections, reads requests, writes Frappe's answers.
//!
//! Speaks HTTP/1.1 as gunicorn does: long request lines are refused (`list_get_url_too_long`),
//! idle connections end after two seconds. Breaks answers where a fault says so.

use std::convert::Infallible;
use std::pin::pin;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, Response, StatusCode, header};
use futures::{StreamExt as _, stream};
use http_body_util::{BodyExt as _, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use serde_json::Value;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::answers::{Answer, Failure};
use super::faults::Fault;
use super::files;
use super::made;
use super::methods::{self, Outcome};
use super::site::Site;
use super::visit::Visit;

/// gunicorn's `limit_request_line`.
const MAX_REQUEST_LINE: usize = 4094;
/// gunicorn's `keepalive`.
const KEEP_ALIVE: Duration = Duration::from_secs(2);
/// Frappe's own limit of a body.
const MAX_BODY: usize = 25 * 1024 * 1024;

/// So many requests are remembered at most; a demo may run for days.
const MAX_LOG: usize = 20_000;

/// A request as it arrived, kept for tests to look at.
#[derive(Clone, Debug)]
pub struct Request {
    /// `GET`, `POST` …
    pub method: String,
    /// The path as sent, percent signs and all.
    pub path: String,
    /// The query's names and values, decoded, in order.
    pub query: Vec<(String, String)>,
    /// The body, if it was JSON.
    pub body: Option<Value>,
    /// Whose session the `sid` was at that moment.
    pub user: Option<String>,
    /// The `sid` that was sent, if it was not Guest.
    pub sid: Option<String>,
    /// `X-Forwarded-For`
    pub x_forwarded_for: Option<String>,
    /// `Host`
    pub host: String,
    /// Whether there was an `Authorization` header.
    pub authorization: bool,
}

/// Serves the site until `shutdown`; answers that have begun are finished.
///
/// # Errors
///
/// When the listener's address cannot be read any more. Single connections may fail unnoticed.
pub async fn serve(
    listener: TcpListener,
    site: Arc<Site>,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    listener.local_addr()?;
    let (connections, end) = (TaskTracker::new(), CancellationToken::new());
    let mut shutdown = pin!(shutdown);
    loop {
        tokio::select! {
            () = &mut shutdown => break,
            accepted = listener.accept() => {
                // A failed accept is the client's loss alone; the next one may do.
                let Ok((stream, _)) = accepted else {
                    tokio::task::yield_now().await;
                    continue;
                };
                connections.spawn(connection(stream, Arc::clone(&site), end.clone()));
            }
        }
    }
    drop(listener);
    end.cancel();
    connections.close();
    connections.wait().await;
    Ok(())
}

async fn connection(stream: TcpStream, site: Arc<Site>, end: CancellationToken) {
    let service = service_fn(move |request| respond(Arc::clone(&site), request));
    let mut builder = http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(KEEP_ALIVE)
        .max_buf_size(64 * 1024);
    let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), service));
    // How a connection ends is nobody's business here.
    tokio::select! {
        _ = connection.as_mut() => {}
        () = end.cancelled() => {
            connection.as_mut().graceful_shutdown();
            let _ = connection.await;
        }
    }
}

/// The connection is closed instead of answering.
#[derive(Debug, thiserror::Error)]
#[error("the demo ERP was told to refuse")]
struct Refused;

async fn respond(
    site: Arc<Site>,
    request: axum::http::Request<Incoming>,
) -> Result<Response<Body>, Refused> {
    let (head, body) = request.into_parts();
    let target = head
        .uri
        .path_and_query()
        .map_or("/", |target| target.as_str());
    let line = head.method.as_str().len() + target.len() + " HTTP/1.1 ".len();
    if line > MAX_REQUEST_LINE {
        let detail = format!("Request Line is too large ({line} &gt; {MAX_REQUEST_LINE})");
        return Ok(written(
            Answer::gunicorn(400, "Bad Request", &detail),
            false,
        ));
    }
    let query = head.uri.query().unwrap_or_default();
    let mut visit = Visit::new(head.method.as_str(), head.uri.path(), query, &head.headers);
    let Ok(body) = Limited::new(body, MAX_BODY).collect().await else {
        return Ok(written(
            Answer::nginx(413, "Request Entity Too Large"),
            false,
        ));
    };
    let body = body.to_bytes();
    let content_type = head
        .headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let read = visit.read_body(content_type, &body);
    let request = site.request(&visit);
    let looking = site.looking.lock();
    let looking = looking.unwrap_or_else(PoisonError::into_inner).clone();
    let _seen = looking.at(&request);
    let costs = site.costs.lock();
    let costs = costs.unwrap_or_else(PoisonError::into_inner).clone();
    site.log(request.clone());
    let fault = site
        .faults
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .of(&visit.path);
    match &fault {
        Some(Fault::Refuse) => return Err(Refused),
        Some(Fault::Slow(by)) => tokio::time::sleep(*by).await,
        _ => {}
    }
    let answer = match &fault {
        Some(Fault::Status(status)) => Answer::nginx(*status, reason(*status)),
        Some(Fault::Raised) => raised("AttributeError", "'NoneType' object has no attribute"),
        Some(Fault::Deadlock) => raised("QueryDeadlockError", "Deadlock found"),
        Some(Fault::Garbage) => Answer::new(200, "application/json", "{\"message\": {\"unfini"),
        _ => site.answer(&mut visit, read),
    };
    if let Some(costs) = costs {
        costs.spend(&request, &answer.body).await;
    }
    site.hold.pass().await;
    let is_cut = fault == Some(Fault::Truncated);
    let Some(length) = answer.made else {
        return Ok(written(answer, is_cut));
    };
    let is_chunked = answer.chunked;
    let mut response = written(answer, false);
    *response.body_mut() = made::body(length, is_cut, &site.sent);
    if !is_chunked {
        response
            .headers_mut()
            .insert(header::CONTENT_LENGTH, length.into());
    }
    Ok(response)
}

fn reason(status: u16) -> &'static str {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
    status.canonical_reason().unwrap_or("Error")
}

impl Site {
    /// A request as it is kept.
    fn request(&self, visit: &Visit) -> Request {
        let sid = Some(visit.sent_sid()).filter(|sid| *sid != super::grants::GUEST);
        let user = sid.and_then(|sid| {
            self.state()
                .sessions
                .get(sid)
                .map(|session| session.user.clone())
        });
        Request {
            method: visit.method.clone(),
            path: visit.path.clone(),
            query: visit.query.clone(),
            body: visit.body.clone(),
            user,
            sid: sid.map(str::to_owned),
            x_forwarded_for: visit.forwarded_for.clone(),
            host: visit.host.clone(),
            authorization: !visit.authorization.is_empty(),
        }
    }

    fn log(&self, request: Request) {
        let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        if requests.len() >= MAX_LOG {
            requests.drain(..MAX_LOG / 2);
        }
        requests.push(request);
    }

    /// Frappe's `application`: settle who asks, answer, write the failure if there is one.
    fn answer(&self, visit: &mut Visit, read: Result<(), Failure>) -> Answer {
        let state = &mut *self.state();
        if let Some(address) = &state.address_of_all {
            visit.address.clone_from(address);
        }
        if !state.maintenance && visit.path.starts_with("/files/") {
            // The web server in front sends these; Frappe never hears of them.
            if let Some(answer) = files::public(state, visit) {
                return answer;
            }
        }
        let outcome = if state.maintenance {
            Err(Failure::session_stopped())
        } else {
            read.and_then(|()| {
                if visit.method == "OPTIONS" {
                    let empty = Answer::new(200, "text/plain; charset=utf-8", "");
                    return Ok(Outcome::Whole(Box::new(empty)));
                }
                state.settle_visitor(visit)?;
                methods::answer(state, visit)
            })
        };
        let now = state.now();
        let mut answer = match outcome {
            Ok(Outcome::Json(data)) => {
                let mut body = visit.response.clone();
                body.extend(data);
                if !visit.printed.is_empty() {
                    let printed: Vec<Value> = visit
                        .printed
                        .iter()
                        .map(|text| text.to_string().into())
                        .collect();
                    body.insert(
                        "_server_messages".to_owned(),
                        Value::Array(printed).to_string().into(),
                    );
                }
                Answer::json(visit.status, &body)
            }
            Ok(Outcome::Whole(answer)) => {
                // Werkzeug's own refusals carry no cookies (`file_private_missing`).
                if answer.status == 403 || visit.method == "OPTIONS" {
                    return *answer;
                }
                *answer
            }
            Err(failure) => {
                let failure = visible_failure(state, visit, failure);
                if failure.exc_type == "AuthenticationError" && visit.is_settled {
                    visit.cookies.clear = true;
                }
                if visit.wants_json() {
                    let mut body = visit.response.clone();
                    body.extend(failure.body(state.shows_tracebacks(), &visit.printed));
                    Answer::json(failure.status, &body)
                } else {
                    failure.page()
                }
            }
        };
        if visit.is_settled {
            state.touch(&visit.sid);
        }
        let date = now.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
        answer.headers.push(("date", date));
        answer.cookies = visit.set_cookies(now);
        if !visit.is_settled && visit.response.is_empty() {
            answer.cookies.clear();
        }
        answer
    }
}

/// A 404 becomes a 403 for who may not even read the `DocType` (`unknown_doctype_list`).
fn visible_failure(state: &super::state::State, visit: &Visit, failure: Failure) -> Failure {
    let Some(doctype) = &failure.missing else {
        return failure;
    };
    let access = super::permissions::Access::new(&state.records, &visit.user);
    let meta = super::meta::Metas::get().meta(doctype);
    if meta.is_some_and(|meta| access.may_by_role(meta, "read")) {
        return failure;
    }
    Failure::does_not_exist_for_strangers(doctype, &visit.user)
}

/// The answer as HTTP; cut in the middle if asked for.
fn written(answer: Answer, is_cut: bool) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() =
        StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    let mut put = |name: &'static str, value: &str| {
        if let Ok(value) = HeaderValue::from_bytes(value.as_bytes()) {
            headers.append(name, value);
        }
    };
    put("server", "gunicorn");
    put("content-type", &answer.content_type);
    for (name, value) in &answer.headers {
        put(name, value);
    }
    for cookie in &answer.cookies {
        put("set-cookie", cookie);
    }
    let body = Bytes::from(answer.body);
    if is_cut {
        if !answer.chunked {
            put("content-length", &body.len().max(2).to_string());
        }
        let half = body.slice(..body.len() / 2);
        // The pause lets what came before it go out.
        let end = stream::once(async {
            tokio::time::sleep(Duration::from_millis(20)).await;
            Err(std::io::Error::other("cut off"))
        });
        let beginning = stream::once(std::future::ready(Ok(half)));
        *response.body_mut() = Body::from_stream(beginning.chain(end));
    } else if answer.chunked {
        let pieces = [Ok::<_, Infallible>(body)];
        *response.body_mut() = Body::from_stream(stream::iter(pieces));
    } else {
        *response.body_mut() = Body::from(body);
    }
    response
}

/// Frappe's own 500 for an exception that nobody has caught.
fn raised(exception: &'static str, message: &str) -> Answer {
    let failure = Failure::python(exception, message);
    Answer::json(failure.status, &failure.body(true, &[]))
}
