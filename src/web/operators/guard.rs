//! Who may ask on the operators' listener: programs and browsers of those who run the portal, and no
//! website through their browsers.
//!
//! A website whose name leads to 127.0.0.1 (DNS rebinding) is told by its name, which stands in `Host`;
//! one that asks across by `Sec-Fetch-Site`. What a browser holds for the portal is not looked at here.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::{self, HeaderMap};
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::Response;

use super::Operators;
use crate::web::refusal::plain;

/// What the listener may be called, in small letters.
#[derive(Debug)]
pub(super) struct Hosts(Vec<String>);

impl Hosts {
    pub(super) fn new(address: SocketAddr, more: &[String]) -> Self {
        let port = address.port();
        let mut hosts = vec![address.to_string(), format!("localhost:{port}")];
        if port == 80 {
            hosts.push(match address.ip() {
                IpAddr::V4(address) => address.to_string(),
                IpAddr::V6(address) => format!("[{address}]"),
            });
            hosts.push("localhost".to_owned());
        }
        hosts.extend(more.iter().map(|host| host.to_ascii_lowercase()));
        Self(hosts)
    }

    fn allow(&self, headers: &HeaderMap) -> bool {
        let mut named = headers.get_all(header::HOST).iter();
        let (Some(host), None) = (named.next(), named.next()) else {
            return false;
        };
        let host = host.to_str().unwrap_or_default().to_ascii_lowercase();
        self.0.contains(&host)
    }
}

/// Lets those in, and takes away what is not theirs to show here.
pub(super) async fn own_browsers_only(
    State(operators): State<Arc<Operators>>,
    mut request: Request,
    next: Next,
) -> Response {
    if !operators.hosts.allow(request.headers()) {
        return plain(
            StatusCode::MISDIRECTED_REQUEST,
            "This address is not called so. The setting operators.hosts names what it may be called.",
        );
    }
    let site = request.headers().get("sec-fetch-site");
    let is_own = site.is_none_or(|site| site == "same-origin" || site == "none");
    if !is_own || !matches!(*request.method(), Method::GET | Method::HEAD) {
        return plain(StatusCode::FORBIDDEN, "Not from another page.");
    }
    // A browser sends the portal's cookie to all ports of a host.
    request.headers_mut().remove(header::COOKIE);
    next.run(request).await
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn allows(hosts: &Hosts, named: &[&'static str]) -> bool {
        let host = |name: &&'static str| (header::HOST, HeaderValue::from_static(name));
        hosts.allow(&named.iter().map(host).collect())
    }

    #[test]
    fn only_the_names_of_the_listener_itself_are_let_in() {
        let hosts = Hosts::new(
            "127.0.0.1:9180".parse().expect("an address"),
            &["Ops.Example.com:9180".to_owned()],
        );
        for good in [
            "127.0.0.1:9180",
            "localhost:9180",
            "LocalHost:9180",
            "ops.example.com:9180",
        ] {
            assert!(allows(&hosts, &[good]), "{good}");
        }
        for bad in [
            "",
            "127.0.0.1",
            "127.0.0.1:80",
            "rebound.example.com:9180",
            "ops.example.com",
        ] {
            assert!(!allows(&hosts, &[bad]), "{bad}");
        }
        assert!(!allows(&hosts, &[]));
        assert!(!allows(&hosts, &["localhost:9180", "rebound.example.com"]));
        let hosts = Hosts::new("[::1]:80".parse().expect("an address"), &[]);
        for good in ["[::1]:80", "[::1]", "localhost"] {
            assert!(allows(&hosts, &[good]), "{good}");
        }
    }
}
