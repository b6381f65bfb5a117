//! The settings: what an operator decides, read once at the start.
//!
//! Three layers are merged, later ones winning: the annotated `config/quayfront.toml` that ships
//! inside the binary (so that the documentation *is* the defaults), the operator's file, and the
//! environment (`QUAYFRONT_SITE__URL` is `site.url`). Unknown keys are errors, and every error
//! names the key, where it was set, what was found there and what is accepted. Pages are not
//! settings: their files are read by `portal::page`.

mod check;
mod error;
mod keys;
mod operators;
mod pages;
mod secret;
mod shown;
mod sign_in;
mod values;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::Path;
use std::time::Duration;

use figment::Figment;
use figment::providers::{Env, Format, Toml};
use ipnet::IpNet;
use serde::{Deserialize, Serialize, Serializer};

use crate::frappe::{CustomerName, DocumentName, FieldName};

pub use error::ConfigError;
pub use keys::MissingKeys;
pub use operators::Operators;
pub use pages::{Named, Pages};
pub use secret::{SecretSource, SessionKeys};
pub use sign_in::{Allowance, SignIn};
pub use values::{PublicUrl, SiteTimeZone, SiteUrl, Size, WebAddress};

/// The annotated defaults, as they stand in the repository.
pub const DEFAULTS: &str = include_str!("../../config/quayfront.toml");

/// Variables with our prefix that are not settings: the tests read them.
const NOT_SETTINGS: [&str; 3] = ["dataset", "recordings", "preview"];

/// Everything an operator decides. The fields are documented in `config/quayfront.toml`.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The address customers type; decides the cookie, the accepted origin and absolute links.
    pub public_url: PublicUrl,
    /// Where the portal listens.
    pub listen: Listen,
    /// The Frappe site behind the portal.
    pub site: Site,
    /// Sessions and their cookie.
    pub session: Session,
    /// How many wrong passwords, codes and keys there may be.
    pub sign_in: SignIn,
    /// What is remembered, and for how long.
    pub memory: Memory,
    /// What the site tells of by itself.
    pub webhooks: Webhooks,
    /// What open pages are told.
    pub events: Events,
    /// Reverse proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Files on their way to visitors.
    pub files: Files,
    /// The pages customers have, and the operator's own templates.
    pub pages: Pages,
    /// Whose stock it is.
    pub stock: Stock,
    /// What makes up the warehouse at a glance.
    pub warehousing: Warehousing,
    /// What is taken away as CSV and XLSX.
    pub exports: Exports,
    /// The operator's name and whom customers ask.
    pub brand: Brand,
    /// Documentation for customers.
    pub wiki: Wiki,
    /// What the portal writes about its work.
    pub log: Log,
    /// What the portal shows to those who run it.
    pub operators: Operators,
}

/// Where the portal listens.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Listen {
    /// Address and port.
    pub address: SocketAddr,
    /// Connections at the same time.
    pub connections: usize,
    /// How long requests that have begun may take after the end was asked for.
    #[serde(with = "humantime_serde")]
    pub shutdown_timeout: Duration,
}

/// The Frappe site behind the portal.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Site {
    /// Where the portal reaches Frappe.
    pub url: SiteUrl,
    /// The site's name, sent as `Host` and `X-Frappe-Site-Name`; the URL's host when absent.
    pub name: Option<String>,
    /// The time zone of the site's System Settings.
    pub time_zone: SiteTimeZone,
    /// API key of the optional service account.
    pub api_key: Option<SecretSource>,
    /// API secret of the optional service account.
    pub api_secret: Option<SecretSource>,
    /// How long a connection may take.
    #[serde(with = "humantime_serde")]
    pub connect_timeout: Duration,
    /// How long an answer may take.
    #[serde(with = "humantime_serde")]
    pub answer_timeout: Duration,
    /// The largest answer that is read.
    pub largest_answer: Size,
    /// Questions in flight at the same time.
    pub in_flight: usize,
    /// Questions of one user in flight at the same time.
    pub user_in_flight: usize,
    /// Questions that one user may ask in a minute.
    pub user_per_minute: NonZeroU32,
    /// For how many users pages are fetched ahead at the same time; 0 for nobody.
    pub warm_up: usize,
    /// Refreshes of stale answers in flight at the same time.
    pub refreshes_in_flight: usize,
    /// Sign-ins in flight at the same time.
    pub sign_ins_in_flight: usize,
    /// Prints in flight at the same time.
    pub prints_in_flight: usize,
    /// How long a print may take.
    #[serde(with = "humantime_serde")]
    pub print_timeout: Duration,
    /// How long a question waits for its turn.
    #[serde(with = "humantime_serde")]
    pub queue_deadline: Duration,
}

/// Sessions and their cookie.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Session {
    /// The keys that seal the cookie: the first seals, all open.
    pub keys: SessionKeys,
    /// How old Frappe's word may be that a session and its scope hold.
    #[serde(with = "humantime_serde")]
    pub proof: Duration,
    /// A session ends when it was not used for this long.
    #[serde(with = "humantime_serde")]
    pub idle: Duration,
    /// A session ends this long after it began, however busy it is.
    #[serde(with = "humantime_serde")]
    pub absolute: Duration,
    /// Whether System Users may sign in too.
    pub system_users: bool,
}

/// What is remembered, and for how long.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Memory {
    /// The most that is remembered, in bytes.
    pub size: Size,
    /// The most of it that is one user's.
    pub user_size: Size,
    /// How long the rows and the count of a list are fresh.
    #[serde(with = "humantime_serde")]
    pub list: Duration,
    /// How long a document is fresh.
    #[serde(with = "humantime_serde")]
    pub document: Duration,
    /// How long what seldom changes is fresh: items, warehouses.
    #[serde(with = "humantime_serde")]
    pub master: Duration,
    /// Until which age an answer is served at once while it is refreshed.
    #[serde(with = "humantime_serde")]
    pub stale: Duration,
    /// Until which age it is served while Frappe cannot be reached.
    #[serde(with = "humantime_serde")]
    pub kept: Duration,
    /// How long it is remembered that a user may not read a DocType.
    #[serde(with = "humantime_serde")]
    pub readable: Duration,
}

/// A part of the memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Portion {
    /// The most bytes of it.
    pub bytes: u64,
    /// The most of them that are one user's.
    pub user_bytes: u64,
}

impl Memory {
    /// What Frappe answered: three quarters, but for a sixteenth of the whole, which what is known of the
    /// users themselves takes: proofs, roles, what they may read.
    #[must_use]
    pub fn answers(&self) -> Portion {
        let rendered = self.rendered();
        Portion {
            bytes: self.size.bytes() - rendered.bytes - self.size.bytes() / 16,
            user_bytes: self.user_size.bytes() - rendered.user_bytes,
        }
    }

    /// Finished pages: a quarter. Most are kept compressed, so that is room for more of them than of
    /// answers.
    #[must_use]
    pub fn rendered(&self) -> Portion {
        Portion {
            bytes: self.size.bytes() / 4,
            user_bytes: self.user_size.bytes() / 4,
        }
    }
}

/// Files on their way to visitors.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Files {
    /// Files that come from the site at the same time.
    pub in_flight: usize,
    /// Files and archives on their way to one user.
    pub in_flight_user: usize,
    /// Archives that are made at the same time.
    pub archives_in_flight: usize,
    /// How long a visitor may read nothing before his download is broken off.
    #[serde(with = "humantime_serde")]
    pub stall: Duration,
    /// How many documents one archive may be of.
    pub largest_selection: usize,
    /// The largest file of which parts are given.
    pub largest_range: Size,
    /// How much is kept of files of which parts were asked for.
    pub spool: Size,
}

/// What the site tells of by itself.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Webhooks {
    /// Secrets under which deliveries are signed, any of them; with none there are no webhooks.
    pub secrets: Vec<SecretSource>,
    /// Pages that are asked for again at the same time.
    pub refreshes: usize,
    /// Pages that wait for that; 0 where nothing is asked for again.
    pub refresh_queue: usize,
}

/// Streams that tell open pages of changes.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Events {
    /// Streams at the same time; 0 for none at all.
    pub at_once: usize,
    /// Of these, a user's.
    pub each_user: usize,
    /// How often a stream says something, and its session is proved again.
    #[serde(with = "humantime_serde")]
    pub heartbeat: Duration,
}

/// Whose stock it is.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Stock {
    /// The rule.
    pub owner: StockOwner,
    /// The Link field of Warehouse that names the customer.
    pub warehouse_field: FieldName,
    /// The most bins, and the most items, that are read for a user.
    pub rows: NonZeroU32,
    /// The warehouses of each customer; of these no more is shown than how many customers there are.
    #[serde(serialize_with = "how_many")]
    pub warehouses: BTreeMap<CustomerName, Vec<DocumentName>>,
}

/// How the customer of a Bin is found.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum StockOwner {
    /// By `Item.customer`.
    Item,
    /// By a field of Warehouse.
    Warehouse,
    /// By the warehouses that are listed for each customer.
    Settings,
}

/// The pages that make up the warehouse at a glance.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Warehousing {
    /// The page of its jobs.
    pub jobs: String,
    /// The pages of its orders.
    pub orders: Vec<String>,
}

/// What is taken away as CSV and XLSX.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Exports {
    /// The most rows of an export.
    pub rows: u32,
    /// Exports at the same time.
    pub at_once: usize,
    /// Of these, a user's.
    pub each_user: usize,
    /// How long an export may take.
    #[serde(with = "humantime_serde")]
    pub longest: Duration,
    /// The largest XLSX file.
    pub file: Size,
}

/// The operator's name and whom customers ask.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Brand {
    /// The name at the top of each page.
    pub name: String,
    /// Whom customers can ask: an e-mail address, a telephone number, or a few words.
    pub contact: Option<String>,
}

/// Documentation for customers.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Wiki {
    /// Where the operator's own is; the built-in help without it.
    pub address: Option<WebAddress>,
}

/// What the portal writes about its work.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Log {
    /// The form of a line.
    pub format: LogFormat,
    /// Which lines are written, as `tracing` directives.
    pub filter: String,
}

/// The form of a log line.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Text,
    /// For machines: one JSON object a line.
    Json,
}

impl Settings {
    /// Reads the operator's file and the environment over the shipped defaults.
    ///
    /// # Errors
    /// When the file cannot be read, or a key is missing, unknown or wrong.
    pub fn load(file: &Path) -> Result<Self, ConfigError> {
        let (name, text) = Self::read(file)?;
        let mut settings = Self::extract(&name, &text)?;
        settings.relative_to(file.parent().unwrap_or_else(|| Path::new(".")));
        Ok(settings)
    }

    /// A file's text, and what errors call it.
    fn read(file: &Path) -> Result<(String, String), ConfigError> {
        let text = std::fs::read_to_string(file);
        let text = text.map_err(|problem| ConfigError::unreadable(file, &problem))?;
        Ok((file.display().to_string(), text))
    }

    /// Settings from text and the environment; `name` is what errors call the text.
    ///
    /// # Errors
    /// When a key is missing, unknown or wrong.
    pub fn extract(name: &str, text: &str) -> Result<Self, ConfigError> {
        Self::layered(name, text, Env::prefixed("QUAYFRONT_"))
    }

    fn layered(name: &str, text: &str, environment: Env) -> Result<Self, ConfigError> {
        Self::of_layers(name, &Self::layers(name, text, environment))
    }

    fn layers(name: &str, text: &str, environment: Env) -> Figment {
        let environment = environment.ignore(&NOT_SETTINGS).split("__");
        let defaults = error::Named::new("the shipped defaults", Toml::string(DEFAULTS));
        Figment::from(defaults)
            .merge(error::Named::new(name, Toml::string(text)))
            .merge(environment)
    }

    fn of_layers(name: &str, layers: &Figment) -> Result<Self, ConfigError> {
        let settings: Self = layers
            .extract()
            .map_err(|problem| ConfigError::wrong(name, problem))?;
        settings.check(name)?;
        Ok(settings)
    }

    /// Paths in the settings are relative to the file that names them.
    fn relative_to(&mut self, folder: &Path) {
        if let Some(pages) = &mut self.pages.folder {
            *pages = folder.join(&pages);
        }
        if let Some(report) = &mut self.operators.check_report {
            *report = folder.join(&report);
        }
    }
}

/// Customers' names are customers' business.
fn how_many<S: Serializer, K, V>(lists: &BTreeMap<K, V>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&format!("{} set, and not shown", lists.len()))
}

#[cfg(test)]
mod tests;
