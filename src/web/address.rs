//! The client's address, which Frappe's lock-out and its restricted users go by.
//!
//! The peer's own; behind configured proxies, the rightmost entry of `X-Forwarded-For` that is not
//! one of theirs. What stands left of it anybody could have written.

use std::net::{IpAddr, SocketAddr};

use ipnet::IpNet;

/// The address of whoever is behind `peer`.
pub fn client_address<'header>(
    peer: IpAddr,
    forwarded_for: impl DoubleEndedIterator<Item = &'header str>,
    trusted: &[IpNet],
) -> IpAddr {
    let is_trusted = |address: &IpAddr| trusted.iter().any(|network| network.contains(address));
    let mut nearest = peer.to_canonical();
    if !is_trusted(&nearest) {
        return nearest;
    }
    for entry in forwarded_for.rev().flat_map(|header| header.rsplit(',')) {
        // Something unreadable was not written by a proxy of ours: whoever wrote it is not believed.
        let Some(address) = entry_address(entry.trim()) else {
            break;
        };
        nearest = address.to_canonical();
        if !is_trusted(&nearest) {
            break;
        }
    }
    nearest
}

/// An entry's address; some proxies write the port with it.
fn entry_address(entry: &str) -> Option<IpAddr> {
    let with_port = || entry.parse::<SocketAddr>().ok().map(|address| address.ip());
    entry.parse().ok().or_else(with_port)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(peer: &str, headers: &[&str]) -> String {
        let trusted = [
            "10.0.0.0/8".parse().expect("a network"),
            "::1/128".parse().expect("a network"),
        ];
        client_address(
            peer.parse().expect("an address"),
            headers.iter().copied(),
            &trusted,
        )
        .to_string()
    }

    #[test]
    fn a_stranger_is_who_he_is_whatever_he_writes() {
        assert_eq!(address("203.0.113.7", &["198.51.100.1"]), "203.0.113.7");
    }

    #[test]
    fn behind_a_proxy_it_is_the_rightmost_that_is_not_a_proxy() {
        assert_eq!(
            address("10.0.0.1", &["198.51.100.1, 203.0.113.7, 10.0.0.2"]),
            "203.0.113.7"
        );
        assert_eq!(
            address("10.0.0.1", &["198.51.100.1", "203.0.113.7"]),
            "203.0.113.7"
        );
        assert_eq!(address("::1", &["2001:db8::7"]), "2001:db8::7");
        assert_eq!(address("10.0.0.1", &["::ffff:203.0.113.7"]), "203.0.113.7");
    }

    #[test]
    fn an_entry_may_have_a_port() {
        assert_eq!(address("10.0.0.1", &["203.0.113.7:5123"]), "203.0.113.7");
        assert_eq!(address("10.0.0.1", &["[2001:db8::7]:5123"]), "2001:db8::7");
    }

    #[test]
    fn what_cannot_be_read_is_not_believed() {
        assert_eq!(address("10.0.0.1", &["198.51.100.1, unknown"]), "10.0.0.1");
        assert_eq!(address("10.0.0.1", &[]), "10.0.0.1");
        assert_eq!(address("10.0.0.1", &["10.0.0.3"]), "10.0.0.3");
    }
}
