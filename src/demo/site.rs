//! The site: its records and what has become of them, shared by the server and the tests.
//!
//! Made from a folder in the format of the recorded data set, or from the demo's own records that
//! are part of the program. What tests do to a site is in `control`.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::Context;
use jiff::civil::Date;
use rust_embed::RustEmbed;
use serde::Deserialize;

use crate::clock::Clock;

use super::costs::Costs;
use super::faults::{Faults, Hold};
use super::made::Sent;
use super::onlooker::Looking;
use super::records::Records;
use super::server::Request;
use super::state::State;

/// The demo's own records.
#[derive(RustEmbed)]
#[folder = "fixtures/demo/"]
#[allow_missing = true]
struct DemoRecords;

/// An account of the demo to try.
#[derive(Clone, Debug, Deserialize)]
pub struct DemoAccount {
    /// What to sign in with.
    pub email: String,
    /// Its password; the same for all accounts of the demo.
    #[serde(default)]
    pub password: String,
    /// The customers that it is meant to see.
    #[serde(default)]
    pub customers: Vec<String>,
    /// What it is there to show, in a sentence.
    #[serde(default)]
    pub shows: String,
}

#[derive(Deserialize)]
struct Manifest {
    anchor: Date,
    password: String,
}

/// A demo ERP. Share it as `Arc<Site>`: one for [`super::serve`], one for who controls it.
pub struct Site {
    state: Mutex<State>,
    pub(super) faults: Mutex<Faults>,
    pub(super) hold: Hold,
    /// What answers cost, where they cost anything.
    pub(super) costs: Mutex<Option<Arc<Costs>>>,
    pub(super) looking: Mutex<Looking>,
    pub(super) requests: Mutex<Vec<Request>>,
    /// What has become of made-up bytes of files.
    pub(super) sent: Arc<Sent>,
    accounts: Vec<DemoAccount>,
}

impl std::fmt::Debug for Site {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Site").finish_non_exhaustive()
    }
}

impl Site {
    /// A site with the records of a folder: `*.jsonl.gz`, one for each `DocType`, `singles.json`,
    /// and the bytes of files in `files/`, named after their hash. Every enabled user signs in
    /// with `password`.
    ///
    /// # Errors
    ///
    /// When the folder cannot be read, or a file in it is no such data.
    pub fn from_folder(folder: &Path, clock: Clock, password: &str) -> anyhow::Result<Arc<Self>> {
        let mut records = Records::default();
        let entries =
            fs::read_dir(folder).with_context(|| format!("the records in {}", folder.display()))?;
        for entry in entries {
            let path = entry?.path();
            if path.is_file()
                && let Some(name) = path.file_name().and_then(|name| name.to_str())
            {
                records.load(name, &fs::read(&path)?, 0)?;
            }
        }
        let mut state = State::new(clock, records, password);
        if let Ok(files) = fs::read_dir(folder.join("files")) {
            for entry in files {
                let path = entry?.path();
                if let Some(hash) = path.file_stem().and_then(|stem| stem.to_str()) {
                    state.contents.insert(hash.to_owned(), fs::read(&path)?);
                }
            }
        }
        Ok(Self::new(state, Vec::new()))
    }

    /// A site with the demo's own records. Their dates are moved so that the newest is near
    /// the clock's now.
    ///
    /// # Errors
    ///
    /// When the records that were built in are broken or missing.
    pub fn demo(clock: Clock) -> anyhow::Result<Arc<Self>> {
        let manifest: Manifest = serde_json::from_slice(&built_in("manifest.json")?)
            .context("the demo's manifest.json")?;
        let mut accounts: Vec<DemoAccount> = serde_json::from_slice(&built_in("accounts.json")?)
            .context("the demo's accounts.json")?;
        for account in accounts
            .iter_mut()
            .filter(|account| account.password.is_empty())
        {
            account.password.clone_from(&manifest.password);
        }
        let today = State::new(clock.clone(), Records::default(), "").today();
        let days = i64::from(manifest.anchor.until(today)?.get_days());
        let (records, contents) = demo_records(days)?;
        let mut state = State::new(clock, records, &manifest.password);
        state.contents = contents;
        for account in &accounts {
            state
                .passwords
                .insert(account.email.clone(), account.password.clone());
        }
        Ok(Self::new(state, accounts))
    }

    fn new(state: State, accounts: Vec<DemoAccount>) -> Arc<Self> {
        Arc::new(Self {
            state: Mutex::new(state),
            faults: Mutex::default(),
            hold: Hold::default(),
            costs: Mutex::default(),
            looking: Mutex::default(),
            requests: Mutex::default(),
            sent: Arc::default(),
            accounts,
        })
    }

    /// The accounts that the demo invites to try; none for a site from a folder.
    #[must_use]
    pub fn accounts(&self) -> &[DemoAccount] {
        &self.accounts
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn built_in(name: &str) -> anyhow::Result<Cow<'static, [u8]>> {
    let file = DemoRecords::get(name).with_context(|| format!("the demo's {name} is missing"))?;
    Ok(file.data)
}

type Contents = HashMap<String, Vec<u8>>;

/// The demo's records, moved by `days`. The last ones read are kept: tests make many sites.
fn demo_records(days: i64) -> anyhow::Result<(Records, Contents)> {
    static LAST: Mutex<Option<(i64, Records, Contents)>> = Mutex::new(None);
    let mut last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((known, records, contents)) = &*last
        && *known == days
    {
        return Ok((records.clone(), contents.clone()));
    }
    let mut records = Records::default();
    let mut contents = Contents::new();
    for path in DemoRecords::iter() {
        if path.ends_with(".jsonl.gz") || path == "singles.json" {
            records.load(&path, &built_in(&path)?, days)?;
        } else if let Some(name) = path.strip_prefix("files/") {
            let hash = name.split('.').next().unwrap_or(name).to_owned();
            contents.insert(hash, built_in(&path)?.into_owned());
        }
    }
    *last = Some((days, records.clone(), contents.clone()));
    Ok((records, contents))
}
