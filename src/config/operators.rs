//! What the portal shows to those who run it, on a listener of its own.

use std::net::SocketAddr;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::ConfigError;

/// The operators' listener. The fields are documented in `config/quayfront.toml`.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Operators {
    /// Address and port; without it there is no such listener.
    pub listen: Option<SocketAddr>,
    /// Whether it may be reached from other machines.
    pub beyond_loopback: bool,
    /// Names and ports by which it is called, beside its address and `localhost`.
    pub hosts: Vec<String>,
    /// The file in which `quayfront check` leaves what it found.
    pub check_report: Option<PathBuf>,
}

impl Operators {
    /// What no single key can tell.
    pub(super) fn check(&self, name: &str, portal: SocketAddr) -> Result<(), ConfigError> {
        let Some(listen) = self.listen else {
            return Ok(());
        };
        let contradiction = |found: &str, accepted| {
            let key = "operators.listen";
            Err(ConfigError::contradiction(name, key, found, accepted))
        };
        if !listen.ip().is_loopback() && !self.beyond_loopback {
            return contradiction(
                &listen.to_string(),
                "an address of this machine alone, as \"127.0.0.1:9180\"; or operators.beyond_loopback = \
                 true, where something in front of it asks who comes: the page itself asks nobody",
            );
        }
        if listen == portal && listen.port() != 0 {
            return contradiction(
                "the same address as listen.address",
                "another port: customers reach that one",
            );
        }
        Ok(())
    }
}
