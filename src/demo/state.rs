//! Everything that changes while the site runs: records, sessions, passwords, settings.
//!
//! One `State` stands behind one lock; what an answer needs is read or changed under it in one go.

use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, Zoned, civil};

use crate::clock::Clock;

use super::attempts::Attempts;
use super::made::MadeFile;
use super::mails::{self, Mails};
use super::passwords::{ResetKeys, ResetRequests};
use super::records::{Records, int, text};
use super::roles;

/// The code that the site's second factor takes.
pub(super) const SECOND_FACTOR_CODE: &str = "428571";

/// A session that was started by a sign-in.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) user: String,
    pub(super) last_updated: Timestamp,
    pub(super) last_written: Option<Timestamp>,
    pub(super) expiry: SignedDuration,
}

impl Session {
    pub(super) fn is_alive(&self, now: Timestamp) -> bool {
        now.duration_since(self.last_updated) <= self.expiry
    }
}

/// A sign-in that waits for its second factor.
#[derive(Clone, Debug)]
pub(super) struct Pending {
    pub(super) user: String,
    pub(super) password: String,
    pub(super) ends: Timestamp,
}

/// What a service account signs its requests with.
#[derive(Debug)]
pub(super) struct ApiKey {
    pub(super) user: String,
    pub(super) secret: String,
}

/// The whole of it.
#[derive(Debug)]
pub(super) struct State {
    pub(super) clock: Clock,
    pub(super) records: Records,
    pub(super) sessions: HashMap<String, Session>,
    pub(super) attempts: Attempts,
    pub(super) pending: HashMap<String, Pending>,
    pub(super) reset_keys: ResetKeys,
    pub(super) reset_requests: ResetRequests,
    pub(super) mails: Mails,
    /// What links in mails begin with.
    pub(super) host_name: Option<String>,
    pub(super) api_keys: HashMap<String, ApiKey>,
    /// Who has not set up an app for the second factor yet.
    pub(super) without_app: HashSet<String>,
    pub(super) second_factor_roles: HashSet<String>,
    pub(super) second_factor_code: String,
    pub(super) maintenance: bool,
    /// The site's apps and their versions (`get_versions_reader`).
    pub(super) versions: BTreeMap<String, String>,
    /// What a web server in front puts in the place of every client's address.
    pub(super) address_of_all: Option<String>,
    /// What stands behind the asterisks of Password fields, by `DocType` and name.
    pub(super) secrets: HashMap<(String, String), String>,
    /// Whether the engine that makes PDFs is there.
    pub(super) prints: bool,
    /// The bytes of files, by the hash of their content.
    pub(super) contents: HashMap<String, Vec<u8>>,
    /// Bytes of files by their URL, which go before those.
    pub(super) made: HashMap<String, MadeFile>,
    pub(super) passwords: HashMap<String, String>,
    pub(super) password: String,
}

impl State {
    pub(super) fn new(clock: Clock, mut records: Records, password: &str) -> Self {
        // What a new site comes with and the data set does not mention (`system_settings_admin`).
        let settings = records.single_mut("System Settings");
        for name in ["allow_error_traceback", "enable_password_policy"] {
            settings.entry(name).or_insert_with(|| "1".into());
        }
        roles::add_missing(&mut records);
        mails::add_account(&mut records);
        let roles = records
            .documents("Role")
            .filter(|role| int(role, "two_factor_auth") != 0)
            .map(|role| text(role, "name").to_owned())
            .collect();
        let api_keys = records
            .documents("User")
            .filter(|user| !text(user, "api_key").is_empty())
            .filter(|user| text(user, "api_secret").bytes().any(|byte| byte != b'*'))
            .map(|user| {
                let key = ApiKey {
                    user: text(user, "name").to_owned(),
                    secret: text(user, "api_secret").to_owned(),
                };
                (text(user, "api_key").to_owned(), key)
            })
            .collect();
        Self {
            clock,
            records,
            sessions: HashMap::new(),
            attempts: Attempts::default(),
            pending: HashMap::new(),
            reset_keys: ResetKeys::default(),
            reset_requests: ResetRequests::default(),
            mails: Mails::default(),
            host_name: None,
            api_keys,
            without_app: HashSet::new(),
            second_factor_roles: roles,
            second_factor_code: SECOND_FACTOR_CODE.to_owned(),
            maintenance: false,
            versions: [
                ("frappe", "15.72.4"),
                ("erpnext", "15.71.1"),
                ("logistics", "0.0.1"),
            ]
            .map(|(app, version)| (app.to_owned(), version.to_owned()))
            .into(),
            address_of_all: None,
            secrets: HashMap::new(),
            prints: true,
            contents: HashMap::new(),
            made: HashMap::new(),
            passwords: HashMap::new(),
            password: password.to_owned(),
        }
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// A value of System Settings as text.
    pub(super) fn setting(&self, name: &str) -> &str {
        self.records
            .single("System Settings")
            .map_or("", |settings| text(settings, name))
    }

    pub(super) fn setting_int(&self, name: &str) -> i64 {
        self.records
            .single("System Settings")
            .map_or(0, |settings| int(settings, name))
    }

    /// Whether errors carry their traceback; they do unless that was switched off
    /// (`error_no_traceback_unknown_field`).
    pub(super) fn shows_tracebacks(&self) -> bool {
        self.setting_int("allow_error_traceback") != 0
    }

    /// The time on the site's own clock, in its own zone.
    pub(super) fn site_now(&self) -> Zoned {
        let zone = TimeZone::get(self.setting("time_zone")).unwrap_or(TimeZone::UTC);
        self.now().to_zoned(zone)
    }

    /// The same as Frappe stores it.
    pub(super) fn site_time(&self) -> String {
        self.site_now()
            .strftime("%Y-%m-%d %H:%M:%S.%6f")
            .to_string()
    }

    pub(super) fn today(&self) -> civil::Date {
        self.site_now().date()
    }

    pub(super) fn password_of(&self, user: &str) -> String {
        self.passwords.get(user).unwrap_or(&self.password).clone()
    }
}
