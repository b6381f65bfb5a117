//! The listening side: takes connections, and sees to it that no client holds one for nothing.
//!
//! It promises a bound on connections, on the time a client may take for a request's head (which
//! bounds idle connections too), on the time it may take nothing of an answer, and that what has begun is finished when the end is asked for, but
//! not for longer than the operator allows. How long a request may take in all is the middleware's
//! business.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Bytes, HttpBody};
use axum::extract::{ConnectInfo, Request};
use axum::response::Response;
use axum::{BoxError, Router};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};
use tokio_io_timeout::TimeoutStream;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt as _;

use super::App;
use super::logout;
use super::operators::Operators;
use super::router::router;
use super::shortcut::shortcut;

/// How long a client may take to say what it wants, and how long it may say nothing.
const HEAD: Duration = Duration::from_secs(15);

/// The largest head of a request.
const LARGEST_HEAD: usize = 64 << 10;

/// How often sign-outs that did not reach Frappe are tried again.
const RETRY_SIGN_OUTS: Duration = Duration::from_secs(30);

/// How long nothing is accepted after the system refused to accept (too many open files, say).
const BREATH: Duration = Duration::from_millis(50);

/// What a server allows.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Connections at the same time; further ones wait.
    pub connections: usize,
    /// How long requests that have begun may take after the end was asked for.
    pub patience: Duration,
    /// How long a client may take nothing of what is sent to it.
    pub stall: Duration,
}

/// Is cancelled when the server is to end: an answer that would never end by itself ends with it.
#[derive(Clone, Debug)]
pub struct Ending(pub(super) CancellationToken);

/// Serves until `shutdown` is ready; then finishes what has begun.
///
/// # Errors
/// When the listener's address cannot be read. Single connections may fail unnoticed.
pub async fn serve(
    listener: TcpListener,
    app: Arc<App>,
    shutdown: impl Future<Output = ()> + Send + 'static,
    limits: Limits,
) -> std::io::Result<()> {
    listener.local_addr()?;
    let portal = Answering::Portal(Arc::clone(&app), router(&app));
    let retrying = tokio::spawn(logout::keep_retrying(Arc::clone(&app), RETRY_SIGN_OUTS));
    let connections = accept(listener, portal, shutdown, limits).await;
    retrying.abort();
    // Whatever has not ended by then ends with the process.
    let finish = async {
        connections.wait().await;
        logout::retry(&app).await;
        app.portal.settled().await;
    };
    let _ = timeout(limits.patience, finish).await;
    Ok(())
}

/// Serves the operators' page until `shutdown` is ready.
pub async fn serve_operators(
    listener: TcpListener,
    operators: Arc<Operators>,
    shutdown: impl Future<Output = ()> + Send + 'static,
    limits: Limits,
) {
    let page = Answering::Operators(operators.router());
    let connections = accept(listener, page, shutdown, limits).await;
    let _ = timeout(limits.patience, connections.wait()).await;
}

/// Takes connections until `shutdown` is ready. Those that are left end with what has begun.
async fn accept(
    listener: TcpListener,
    answering: Answering,
    shutdown: impl Future<Output = ()> + Send + 'static,
    limits: Limits,
) -> TaskTracker {
    let (connections, end) = (TaskTracker::new(), CancellationToken::new());
    let room = Arc::new(Semaphore::new(
        limits.connections.min(Semaphore::MAX_PERMITS),
    ));
    let mut shutdown = pin!(shutdown);
    loop {
        let next = async {
            let place = Arc::clone(&room).acquire_owned().await;
            (place, listener.accept().await)
        };
        tokio::select! {
            () = &mut shutdown => break,
            (place, accepted) = next => match accepted {
                Ok((stream, peer)) => {
                    let to = answering.clone();
                    let serving = connection(stream, peer, to, end.clone(), limits.stall);
                    connections.spawn(async move {
                        serving.await;
                        drop(place);
                    });
                }
                Err(problem) => {
                    tracing::warn!(%problem, "a connection was not accepted");
                    sleep(BREATH).await;
                }
            },
        }
    }
    end.cancel();
    connections.close();
    connections
}

/// Who answers on a listener.
#[derive(Clone)]
enum Answering {
    /// The portal, with its short way.
    Portal(Arc<App>, Router),
    /// The operators' page. It has no short way: a customer's page is never an answer here.
    Operators(Router),
}

impl Answering {
    async fn answer(
        self,
        mut request: Request<Incoming>,
        peer: SocketAddr,
        ending: Ending,
    ) -> Result<Response, Infallible> {
        match self {
            Self::Portal(app, router) => answer(app, router, request, peer, Some(ending)).await,
            Self::Operators(router) => {
                request.extensions_mut().insert(ConnectInfo(peer));
                router.oneshot(request).await
            }
        }
    }
}

/// The answer to a request of whoever is at the other end of the connection to `peer`, by the short
/// way where there is one. `ending` is told when the server ends, if it ever does.
///
/// # Errors
/// None: whatever goes wrong is an answer.
pub async fn answer<B>(
    app: Arc<App>,
    router: Router,
    mut request: Request<B>,
    peer: SocketAddr,
    ending: Option<Ending>,
) -> Result<Response, Infallible>
where
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    let (method, uri, headers) = (request.method(), request.uri(), request.headers());
    let visitor = match shortcut(&app, method, uri, headers, peer).await {
        Ok(answer) => return Ok(answer),
        Err(visitor) => visitor,
    };
    let extensions = request.extensions_mut();
    if let Some(visitor) = visitor {
        extensions.insert(visitor);
    }
    extensions.insert(ConnectInfo(peer));
    if let Some(ending) = ending {
        extensions.insert(ending);
    }
    router.oneshot(request).await
}

async fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    answering: Answering,
    end: CancellationToken,
    stall: Duration,
) {
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(stall));
    let ending = Ending(end.clone());
    let service = service_fn(move |request: Request<Incoming>| {
        answering.clone().answer(request, peer, ending.clone())
    });
    let mut builder = http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .max_buf_size(LARGEST_HEAD);
    let mut connection = pin!(builder.serve_connection(TokioIo::new(Box::pin(stream)), service));
    // How a connection ends is the client's business.
    tokio::select! {
        _ = connection.as_mut() => {}
        () = end.cancelled() => {
            connection.as_mut().graceful_shutdown();
            let _ = connection.await;
        }
    }
}
