//! How a question goes out and its answer comes in.
//!
//! One function sends. Everything that holds for every question is here: the headers, the limits, the
//! breaker, the one repetition after a moment, the bound on an answer's size. What request a question
//! makes is in `question`, and what an answer means is decided in `answer`.

use std::{fmt, sync::Arc, time::Duration};

use reqwest::{
    Request, RequestBuilder, Response,
    header::{ACCEPT, ACCEPT_LANGUAGE, HOST, HeaderMap, HeaderName, HeaderValue},
    redirect, retry,
};
use secrecy::ExposeSecret;
use tokio::time::timeout;
use url::Url;

use super::{
    answer::Answer,
    breaker::{Breaker, Standing},
    connection::{Connection, ConnectionProblem, ServiceAccount},
    error::Outage,
    limits::{Limits, Permit, Room, Turn},
    question::{self, LANGUAGE, Parameters, Question},
    questions::Questions,
};
use crate::clock::Clock;

const X_FRAPPE_SITE_NAME: HeaderName = HeaderName::from_static("x-frappe-site-name");

/// gunicorn closes idle connections after 2 s; one kept longer would fail on its next use.
const POOL_IDLE: Duration = Duration::from_millis(1500);

/// How long the bytes of one file may take.
const LONGEST_FILE: Duration = Duration::from_hours(6);

/// The connection to one site.
pub(super) struct Transport {
    http: reqwest::Client,
    /// For prints, which may take longer than any other answer.
    printing: reqwest::Client,
    /// For files, which are read as slowly as their visitors read them.
    filing: reqwest::Client,
    /// How long the site may take for the next bytes.
    read: Duration,
    site: Url,
    service: Option<HeaderValue>,
    limits: Limits,
    breaker: Breaker,
    max_answer_bytes: usize,
    retry: bool,
    retry_within: Duration,
}

/// An answer whose body has not been read.
pub(super) struct Opened {
    /// Status and headers; the body is left empty.
    pub(super) head: Answer,
    /// The body; its headers were taken out.
    pub(super) response: Response,
    /// How long the next bytes may take.
    pub(super) read: Duration,
    /// The turn, held until the body is read or given up.
    pub(super) turn: Permit,
}

impl Transport {
    pub(super) fn new(connection: Connection, clock: Clock) -> Result<Self, ConnectionProblem> {
        check(&connection)?;
        let headers = fixed_headers(&connection)?;
        let client = |read, whole| {
            reqwest::Client::builder()
                .user_agent(concat!("quayfront/", env!("CARGO_PKG_VERSION")))
                .default_headers(headers.clone())
                .redirect(redirect::Policy::none())
                .retry(retry::never())
                .referer(false)
                .no_proxy()
                .pool_idle_timeout(POOL_IDLE)
                .connect_timeout(connection.timeouts.connect)
                .read_timeout(read)
                .timeout(whole)
        };
        let http = client(connection.timeouts.read, connection.timeouts.whole).build();
        // Each print has a connection of its own: one that Frappe has closed meanwhile would make a
        // second, dear try necessary.
        let printing = client(connection.timeouts.print, connection.timeouts.print)
            .pool_max_idle_per_host(0)
            .build();
        // A time-out for reading runs while nobody reads too, as the library has it; here it is the
        // visitor who decides when the next bytes are wanted.
        let filing = client(LONGEST_FILE, LONGEST_FILE).build();
        Ok(Self {
            filing: filing.map_err(ConnectionProblem::Http)?,
            read: connection.timeouts.read,
            http: http.map_err(ConnectionProblem::Http)?,
            printing: printing.map_err(ConnectionProblem::Http)?,
            service: connection.service.as_ref().map(token).transpose()?,
            limits: Limits::new(
                Room {
                    questions: connection.max_in_flight,
                    sign_ins: connection.max_sign_ins,
                    prints: connection.max_prints,
                    files: connection.max_files,
                },
                connection.queue_deadline,
            ),
            breaker: Breaker::new(connection.breaker, clock),
            max_answer_bytes: connection.max_answer_bytes,
            retry: connection.retry,
            retry_within: connection.retry_within,
            site: connection.url,
        })
    }

    pub(super) const fn has_service_account(&self) -> bool {
        self.service.is_some()
    }

    /// How the site stands.
    pub(super) fn standing(&self) -> Standing {
        self.breaker.standing()
    }

    /// Whether the breaker is not shut, or half of the turns are taken.
    pub(super) fn is_busy(&self) -> bool {
        !self.breaker.is_shut() || self.limits.is_half_taken()
    }

    /// Whether a GET with these parameters takes no more than so many bytes of the request line.
    pub(super) fn fits(&self, most: usize, path: &[&str], query: &Parameters) -> bool {
        question::fits(&self.site, most, path, query)
    }

    /// Asks once the breaker and the limits allow it.
    ///
    /// What was sent is waited for even when whoever asked has left: Frappe works on it all the
    /// same, so it keeps its turn, and what becomes of it is the breaker's business.
    pub(super) async fn ask(self: &Arc<Self>, question: Question<'_>) -> Result<Answer, Outage> {
        self.ask_holding(question, ()).await
    }

    /// As [`Self::ask`]; what is held is given back when the answer is there.
    pub(super) async fn ask_holding(
        self: &Arc<Self>,
        question: Question<'_>,
        held: impl Send + 'static,
    ) -> Result<Answer, Outage> {
        if self.breaker.is_open() {
            return Err(Outage::BreakerOpen);
        }
        let permit = self.limits.permit(question.turn).await;
        let permit = permit.ok_or(Outage::Overloaded)?;
        let turn = question.turn;
        let may_repeat = self.retry && question.body.only_reads() && turn != Turn::Print;
        let request = question.request(&self.site, self.service.as_ref());
        let transport = Arc::clone(self);
        let work = async move {
            let answer = transport.admitted(request, turn, may_repeat).await;
            drop((permit, held));
            answer
        };
        let asking = match Questions::current() {
            Some(questions) => tokio::spawn(async move { questions.counting(work).await }),
            None => tokio::spawn(work),
        };
        asking.await.unwrap_or(Err(Outage::Unreachable))
    }

    async fn admitted(
        &self,
        request: Request,
        turn: Turn,
        may_repeat: bool,
    ) -> Result<Answer, Outage> {
        let pass = self.breaker.admit().ok_or(Outage::BreakerOpen)?;
        let answer = self.exchange(request, turn, may_repeat).await;
        let has_failed = match &answer {
            Ok(answer) => answer.is_from_a_gateway_in_trouble(),
            Err(outage) => matches!(outage, Outage::TimedOut | Outage::Unreachable),
        };
        match (has_failed, turn) {
            // A PDF engine that hangs, or takes its worker down, says nothing of the site.
            (true, Turn::Print) => drop(pass),
            (true, _) => pass.failed(),
            (false, _) => pass.succeeded(),
        }
        answer
    }

    async fn exchange(
        &self,
        request: Request,
        turn: Turn,
        may_repeat: bool,
    ) -> Result<Answer, Outage> {
        let response = self.response(request, turn, may_repeat).await?;
        self.receive(response).await
    }

    async fn response(
        &self,
        request: Request,
        turn: Turn,
        may_repeat: bool,
    ) -> Result<Response, Outage> {
        let again = if may_repeat {
            request.try_clone()
        } else {
            None
        };
        let response = match (self.send(request, turn).await, again) {
            (Err(error), Some(again)) if broke_before_an_answer(&error) => {
                // Connections break together, when a worker ends: not all at the same moment again.
                tokio::time::sleep(self.retry_within.mul_f64(rand::random())).await;
                self.send(again, turn).await
            }
            (sent, _) => sent,
        };
        response.map_err(|error| outage(&error))
    }

    /// Asks like [`Transport::ask`], and leaves the body to be read as it comes. Who leaves breaks it
    /// off: Frappe has nothing to work on after the bytes that it sends.
    pub(super) async fn open(&self, question: Question<'_>) -> Result<Opened, Outage> {
        if self.breaker.is_open() {
            return Err(Outage::BreakerOpen);
        }
        let turn = self.limits.permit(question.turn).await;
        let turn = turn.ok_or(Outage::Overloaded)?;
        let pass = self.breaker.admit().ok_or(Outage::BreakerOpen)?;
        let request = question.request(&self.site, self.service.as_ref());
        let response = timeout(self.read, self.response(request, question.turn, self.retry)).await;
        let mut response = match response.unwrap_or(Err(Outage::TimedOut)) {
            Ok(response) => response,
            Err(outage) => {
                pass.failed();
                return Err(outage);
            }
        };
        let head = Answer {
            status: response.status(),
            headers: std::mem::take(response.headers_mut()),
            body: Vec::new(),
        };
        if head.is_from_a_gateway_in_trouble() {
            pass.failed();
        } else {
            pass.succeeded();
        }
        Ok(Opened {
            head,
            response,
            read: self.read,
            turn,
        })
    }

    /// Sends. Nothing else in the program does.
    #[expect(clippy::disallowed_methods, reason = "this is the one home of sending")]
    async fn send(&self, request: Request, turn: Turn) -> Result<Response, reqwest::Error> {
        Questions::count_one();
        let http = match turn {
            Turn::Print => &self.printing,
            Turn::File => &self.filing,
            _ => &self.http,
        };
        RequestBuilder::from_parts(http.clone(), request)
            .send()
            .await
    }

    async fn receive(&self, mut response: Response) -> Result<Answer, Outage> {
        let announced = response.content_length().unwrap_or(0);
        if usize::try_from(announced).map_or(true, |length| length > self.max_answer_bytes) {
            return Err(Outage::TooLarge);
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| cut_short(&error))? {
            if body.len() + chunk.len() > self.max_answer_bytes {
                return Err(Outage::TooLarge);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Answer {
            status: response.status(),
            headers: std::mem::take(response.headers_mut()),
            body,
        })
    }
}

impl fmt::Debug for Transport {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Transport({})", self.site)
    }
}

fn check(connection: &Connection) -> Result<(), ConnectionProblem> {
    let url = &connection.url;
    let is_site = matches!(url.scheme(), "http" | "https")
        && url.has_host()
        && url.username().is_empty()
        && url.password().is_none()
        && url.path() == "/"
        && url.query().is_none()
        && url.fragment().is_none();
    if !is_site {
        return Err(ConnectionProblem::Address);
    }
    for (name, is_zero) in [
        ("max_in_flight", connection.max_in_flight == 0),
        ("max_sign_ins", connection.max_sign_ins == 0),
        ("max_prints", connection.max_prints == 0),
        ("max_answer_bytes", connection.max_answer_bytes == 0),
        ("breaker.failures", connection.breaker.failures == 0),
    ] {
        if is_zero {
            return Err(ConnectionProblem::Zero(name));
        }
    }
    Ok(())
}

fn fixed_headers(connection: &Connection) -> Result<HeaderMap, ConnectionProblem> {
    let mut headers = HeaderMap::new();
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    headers.insert(ACCEPT_LANGUAGE, HeaderValue::from_static(LANGUAGE.1));
    if let Some(host) = &connection.host {
        headers.insert(HOST, host.clone());
    }
    if let Some(site) = &connection.site_name {
        let site = HeaderValue::from_str(site.as_str()).map_err(|_| ConnectionProblem::Address)?;
        headers.insert(X_FRAPPE_SITE_NAME, site);
    }
    Ok(headers)
}

fn token(account: &ServiceAccount) -> Result<HeaderValue, ConnectionProblem> {
    let ServiceAccount { key, secret } = account;
    let is_plain =
        |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
    if !is_plain(key) || key.contains(':') || !is_plain(secret.expose_secret()) {
        return Err(ConnectionProblem::ServiceAccount);
    }
    HeaderValue::from_str(&format!("token {key}:{}", secret.expose_secret()))
        .map_err(|_| ConnectionProblem::ServiceAccount)
}

/// A connection out of the pool that the other side had closed meanwhile, most of all.
fn broke_before_an_answer(error: &reqwest::Error) -> bool {
    error.is_request() && !error.is_timeout() && !error.is_connect()
}

fn outage(error: &reqwest::Error) -> Outage {
    if error.is_timeout() {
        Outage::TimedOut
    } else {
        Outage::Unreachable
    }
}

pub(super) fn cut_short(error: &reqwest::Error) -> Outage {
    if error.is_timeout() {
        Outage::TimedOut
    } else {
        Outage::Broken
    }
}
