//! What no single key can tell: settings that contradict each other.

use std::time::Duration;

use super::{ConfigError, Files, Settings, StockOwner};

/// A sheet has a few more rows than this.
const MOST_EXPORTED: u32 = 1_000_000;

impl Settings {
    /// Holds the settings against each other; `name` is what errors call the text.
    ///
    /// # Errors
    /// When two of them contradict each other.
    pub(super) fn check(&self, name: &str) -> Result<(), ConfigError> {
        let contradiction = |key, found: &str, accepted| {
            Err(ConfigError::contradiction(name, key, found, accepted))
        };
        if self.site.api_key.is_some() != self.site.api_secret.is_some() {
            let (key, found) = if self.site.api_key.is_some() {
                ("site.api_secret", "nothing, while site.api_key is set")
            } else {
                ("site.api_key", "nothing, while site.api_secret is set")
            };
            return contradiction(key, found, "both of them, or neither");
        }
        if self.session.idle > self.session.absolute {
            return contradiction(
                "session.idle",
                "a longer time than session.absolute",
                "at most session.absolute",
            );
        }
        if self.session.proof > Duration::from_mins(5) {
            return contradiction(
                "session.proof",
                &humantime_serde::re::humantime::format_duration(self.session.proof).to_string(),
                "at most 5m: a user whose rights were taken away sees data for that long",
            );
        }
        for (key, number) in [
            ("site.in_flight", self.site.in_flight),
            ("site.user_in_flight", self.site.user_in_flight),
            ("site.sign_ins_in_flight", self.site.sign_ins_in_flight),
            ("site.refreshes_in_flight", self.site.refreshes_in_flight),
            ("site.prints_in_flight", self.site.prints_in_flight),
            ("webhooks.refreshes", self.webhooks.refreshes),
        ] {
            if number == 0 {
                return contradiction(key, "0", "at least 1");
            }
        }
        self.files.check(name)?;
        self.operators.check(name, self.listen.address)?;
        if self.site.print_timeout > Duration::from_mins(1) {
            return contradiction(
                "site.print_timeout",
                &humantime_serde::re::humantime::format_duration(self.site.print_timeout)
                    .to_string(),
                "at most 1m: a request may take two minutes in all",
            );
        }
        if self.listen.connections == 0 {
            return contradiction("listen.connections", "0", "at least 1");
        }
        if self.events.at_once >= self.listen.connections {
            return contradiction(
                "events.at_once",
                "as many as listen.connections, or more",
                "fewer than listen.connections: each stream holds a connection",
            );
        }
        if self.events.heartbeat.is_zero() || self.events.heartbeat > Duration::from_mins(1) {
            return contradiction(
                "events.heartbeat",
                &humantime_serde::re::humantime::format_duration(self.events.heartbeat).to_string(),
                "more than 0s and at most 1m: proxies cut off what is silent for longer",
            );
        }
        if (self.stock.owner == StockOwner::Settings) == self.stock.warehouses.is_empty() {
            return if self.stock.warehouses.is_empty() {
                contradiction(
                    "stock.warehouses",
                    "no customer",
                    "the warehouses of each customer, because stock.owner is \"settings\"",
                )
            } else {
                contradiction(
                    "stock.owner",
                    "another rule, while stock.warehouses lists some",
                    "\"settings\", or no stock.warehouses",
                )
            };
        }
        if !(1..=MOST_EXPORTED).contains(&self.exports.rows) {
            return contradiction(
                "exports.rows",
                &self.exports.rows.to_string(),
                "a number from 1 to 1000000",
            );
        }
        if self.exports.at_once == 0 || self.exports.each_user == 0 {
            return contradiction(
                "exports.at_once",
                "0",
                "at least 1, and exports.each_user too",
            );
        }
        self.pages.check(name, self.site.api_key.is_some())?;
        self.sign_in.check(name)
    }
}

impl Files {
    fn check(&self, name: &str) -> Result<(), ConfigError> {
        let contradiction = |key, found: &str, accepted| {
            Err(ConfigError::contradiction(name, key, found, accepted))
        };
        for (key, number) in [
            ("files.in_flight", self.in_flight),
            ("files.in_flight_user", self.in_flight_user),
            ("files.archives_in_flight", self.archives_in_flight),
            ("files.largest_selection", self.largest_selection),
        ] {
            if number == 0 {
                return contradiction(key, "0", "at least 1");
            }
        }
        if self.in_flight_user * 2 > self.in_flight {
            return contradiction(
                "files.in_flight_user",
                "more than half of files.in_flight",
                "so few that one user leaves some to the others",
            );
        }
        if self.spool.bytes() < self.largest_range.bytes() {
            return contradiction(
                "files.spool",
                "less than files.largest_range",
                "room for one such file at least",
            );
        }
        Ok(())
    }
}
