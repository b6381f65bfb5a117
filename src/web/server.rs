//! The listening side: takes connections, and sees to it that no client holds one for nothing.
//!
//! It promises a bound on connections, on the time a client may take for a request's head (which
//! bounds idle connections too), on the time it may take nothing of an answer, and that what has begun is finished when the end is asked for, but
//! not for longer than the operator allows. How long a request may take in all is the middleware's
//! business.

use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{ConnectInfo, Request};
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
use super::router::router;

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
    let router = router(&app);
    let retrying = tokio::spawn(logout::keep_retrying(Arc::clone(&app), RETRY_SIGN_OUTS));
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
                    let serving = connection(stream, peer, router.clone(), end.clone(), limits.stall);
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
    drop(listener);
    retrying.abort();
    end.cancel();
    connections.close();
    // Whatever has not ended by then ends with the process.
    let finish = async {
        connections.wait().await;
        logout::retry(&app).await;
        app.portal.settled().await;
    };
    let _ = timeout(limits.patience, finish).await;
    Ok(())
}

async fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
    end: CancellationToken,
    stall: Duration,
) {
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(stall));
    let service = service_fn(move |request: Request<Incoming>| {
        let mut request = request;
        request.extensions_mut().insert(ConnectInfo(peer));
        router.clone().oneshot(request)
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
