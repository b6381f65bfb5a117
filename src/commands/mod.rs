//! The commands of the command line, and what they share.

pub mod administrator;
pub mod check;
pub mod demo;
pub mod serve;
pub mod setup;

use std::io::{self, ErrorKind, IsTerminal as _};
use std::net::SocketAddr;

use anyhow::{Context, anyhow};
use tokio::net::TcpListener;
use tracing_subscriber::EnvFilter;

use crate::config::LogFormat;
use crate::log;

/// Begins the log.
///
/// # Errors
/// When the filter is none.
pub fn begin_log(format: LogFormat, filter: &str) -> anyhow::Result<()> {
    let filter = EnvFilter::builder()
        .parse(filter)
        .with_context(|| format!("log.filter: found {filter:?}; accepted are tracing's directives, as \"info,quayfront=debug\""))?;
    let log = log::subscriber(format, filter, io::stderr().is_terminal(), io::stderr);
    tracing::subscriber::set_global_default(log).context("the log has begun already")
}

/// A text for a terminal: control characters, which could move its cursor or rewrite a line that an
/// administrator goes by, are spelled out. Lines stay lines.
///
/// Names and messages of a site are foreign, also where only administrators read them.
#[must_use]
pub fn printable(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        if letter.is_control() && letter != '\n' {
            safe.extend(letter.escape_unicode());
        } else {
            safe.push(letter);
        }
    }
    safe
}

/// Listens on an address; a port that is taken is told plainly.
///
/// # Errors
/// When the address cannot be listened on.
pub async fn listen(address: SocketAddr, another: &str) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address)
        .await
        .map_err(|problem| match problem.kind() {
            ErrorKind::AddrInUse => anyhow!(
                "port {} is taken on {}: stop what listens there, or choose another with {another}",
                address.port(),
                address.ip()
            ),
            _ => anyhow!(problem).context(format!("cannot listen on {address}")),
        })
}

/// Is ready when the process is asked to end: SIGTERM or Ctrl-C.
pub async fn asked_to_end() {
    let interrupt = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    let terminate = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    #[cfg(not(unix))]
    let terminate = std::future::pending::<()>();
    tokio::select! {
        () = interrupt => {}
        () = terminate => {}
    }
}

#[cfg(test)]
mod tests {
    use super::printable;

    #[test]
    fn a_name_of_the_site_cannot_rewrite_what_a_terminal_shows() {
        assert_eq!(
            printable("wrong\u{1b}[1A\u{1b}[2Kgood\rgood\nPlan № 7"),
            "wrong\\u{1b}[1A\\u{1b}[2Kgood\\u{d}good\nPlan № 7"
        );
    }
}
