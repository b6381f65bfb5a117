//! A demo ERP on a socket of its own, and an administrator at it.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use quayfront::admin::check::{self, Finding, Grade};
use quayfront::admin::facts::Facts;
use quayfront::admin::plan::apply::{Done, Failed, Tools, apply};
use quayfront::admin::plan::{Choices, Step, plan};
use quayfront::admin::survey::{SIGN_IN_ADDRESS, Survey};
use quayfront::admin::wanted::Wanted;
use quayfront::clock::Clock;
use quayfront::commands::administrator::Options;
use quayfront::config::Settings;
use quayfront::demo::{Site, serve};
use quayfront::frappe::{Administrator, Caller, Client, Connection, ServiceAccount, SignIn};
use quayfront::portal::page::Pages;
use quayfront::portal::stock::Owner;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};
use tokio::net::TcpListener;

pub const PUBLIC_URL: &str = "https://portal.example.com";
pub const SECRET: &str = "a-secret-of-webhooks-of-the-tests";
const ACCOUNT: &str = "quayfront@example.com";
const KEY: &str = "0123456789abcde";
const KEY_SECRET: &str = "edcba9876543210";
const PASSWORD: &str = "Administrators-password-26";

/// A site and who administrates it.
pub struct Office {
    pub site: Arc<Site>,
    pub clock: Clock,
    pub wanted: Wanted,
    /// The key and the secret of the portal's own account, if it has one.
    pub service: Option<(String, String)>,
    /// Frappe's public address, where it is asked too.
    pub outside: Option<String>,
    pub address: String,
}

impl Office {
    /// Changes the rows of Portal Settings' custom menu.
    pub fn alter_menu(&self, alter: impl FnOnce(&mut Value)) {
        let settings = self.site.record("Portal Settings", "Portal Settings");
        let mut menu = settings.expect("Portal Settings")["custom_menu"].clone();
        alter(&mut menu);
        self.site
            .set_single_field("Portal Settings", "custom_menu", menu);
    }

    /// A demo ERP as it ships.
    pub async fn open() -> Self {
        let clock = Clock::manual("2026-11-25T09:00:00Z".parse::<Timestamp>().expect("a time"));
        let site = Site::demo(clock.clone()).expect("the demo's records");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        tokio::spawn(serve(listener, Arc::clone(&site), std::future::pending()));
        site.set_host_name(PUBLIC_URL);
        site.insert_record(
            "User",
            json!({
                "name": "Administrator", "enabled": 1, "user_type": "System User",
                "email": "admin@example.com", "first_name": "Administrator",
            }),
        );
        site.set_password("Administrator", PASSWORD);
        site.set_api_key("Administrator", KEY, KEY_SECRET);
        let text = settings(&address);
        let settings = Settings::extract("the tests' settings", &text).expect("settings");
        let pages = Pages::load(&settings.pages.menu, None).expect("the pages");
        let secrets = vec![SecretString::from(SECRET)];
        let wanted = Wanted::of(&settings, &pages, Owner::Item, secrets);
        Self {
            site,
            clock,
            wanted,
            service: None,
            outside: None,
            address,
        }
    }

    /// A demo ERP that `setup` has set up and in which `check` finds nothing.
    pub async fn set_up() -> Self {
        let mut office = Self::open().await;
        tidy(&office);
        let facts = office.facts().await;
        let steps = plan(&facts, &office.wanted, &choices());
        apply_all(&mut office, &steps).await.expect("all steps");
        office
    }

    fn connection(&self, service: Option<(&str, &str)>) -> Connection {
        let mut connection = Connection::site(self.address.parse().expect("an address"));
        connection.service = service.map(|(key, secret)| ServiceAccount {
            key: key.to_owned(),
            secret: SecretString::from(secret),
        });
        connection
    }

    /// What the commands are called with: settings and an administrator's account in files.
    pub fn options(&self, folder: &Path) -> Options {
        let (config, account) = (folder.join("portal.toml"), folder.join("account"));
        std::fs::write(&config, settings(&self.address)).expect("a file");
        std::fs::write(&account, format!("Administrator\n{PASSWORD}\n")).expect("a file");
        Options {
            config,
            account: Some(account),
            webhook_secret: Vec::new(),
        }
    }

    /// An administrator with an API key.
    pub fn administrator(&self) -> Administrator {
        let connection = self.connection(Some((KEY, KEY_SECRET)));
        Administrator::with_key(Client::new(connection, self.clock.clone()).expect("a client"))
    }

    /// A survey by an administrator who has signed in.
    pub async fn survey(&self) -> Survey {
        let client = Client::new(self.connection(None), self.clock.clone()).expect("a client");
        let password = SecretString::from(PASSWORD);
        let signed_in = client
            .sign_in("Administrator", &password, SIGN_IN_ADDRESS)
            .await
            .expect("an answer");
        let SignIn::SignedIn(session) = signed_in else {
            panic!("{signed_in:?}");
        };
        let caller = Caller {
            sid: session.sid,
            user: session.user,
            address: SIGN_IN_ADDRESS,
        };
        let service = self
            .service
            .as_ref()
            .map(|(key, secret)| (key.as_str(), secret.as_str()));
        let portal = Client::new(self.connection(service), self.clock.clone());
        Survey {
            administrator: Administrator::with_session(client, caller),
            signed_in: true,
            portal: portal.expect("a client"),
            outside: self.outside.as_ref().map(|url| {
                let connection = Connection::site(url.parse().expect("an address"));
                let client = Client::new(connection, self.clock.clone()).expect("a client");
                (url.clone(), client)
            }),
            clock: self.clock.clone(),
        }
    }

    pub async fn facts(&self) -> Facts {
        let survey = self.survey().await;
        survey.read(&self.wanted).await.expect("facts")
    }

    /// What is not good, by the checks' names.
    pub async fn faults(&self) -> Vec<(&'static str, Grade)> {
        let findings = self.findings().await;
        let faults = findings
            .iter()
            .filter(|finding| finding.grade != Grade::Good);
        faults
            .map(|finding| (finding.check, finding.grade))
            .collect()
    }

    /// Empties a field in all records of a DocType.
    pub fn clear_field(&self, doctype: &str, field: &str) {
        for name in self.site.record_names(doctype) {
            let null = Value::Null;
            self.site.set_record_field(doctype, &name, field, null);
        }
    }

    pub async fn findings(&self) -> Vec<Finding> {
        check::run(&self.facts().await, &self.wanted)
    }
}

fn settings(address: &str) -> String {
    let key = "A".repeat(64);
    format!(
        "public_url = \"{PUBLIC_URL}\"\ntrusted_proxies = [\"127.0.0.1/32\"]\n[site]\nurl = \"{address}\"\n\
         time_zone = \"Europe/Amsterdam\"\n[session]\nkeys = [\"{key}\"]\n"
    )
}

pub fn choices() -> Choices {
    Choices {
        account: ACCOUNT.to_owned(),
        ..Choices::default()
    }
}

pub fn tools() -> Tools {
    Tools {
        webhook_secret: SecretString::from(SECRET),
        public_url: PUBLIC_URL.to_owned(),
        pause: Duration::ZERO,
    }
}

/// Does the steps until one fails.
pub async fn apply_all(office: &mut Office, steps: &[Step]) -> Result<(), (usize, Failed)> {
    let survey = office.survey().await;
    for (at, step) in steps.iter().enumerate() {
        match apply(&survey, step, &tools()).await {
            Ok(Done::Key(key, secret)) => {
                office.service = Some((key, secret.expose_secret().to_owned()));
            }
            Ok(Done::Done) => {}
            Err(problem) => return Err((at, problem)),
        }
    }
    Ok(())
}

/// Takes out what no command mends: it is the operator's to decide.
pub fn tidy(office: &Office) {
    let site = &office.site;
    for name in site.record_names("File") {
        site.set_record_field("File", &name, "is_private", json!(1));
    }
    for page in &office.wanted.pages {
        let doctype = page.doctype.as_str();
        for name in site.record_names(doctype) {
            let document = site.record(doctype, &name).expect("a document");
            let names_another = document["charges"]
                .as_array()
                .into_iter()
                .flatten()
                .any(|row| row["bill_to"].is_string() && row["bill_to"] != document["customer"]);
            if document["customer"].is_null() || names_another {
                site.remove_record(doctype, &name);
            }
        }
    }
    for name in site.record_names("User Permission") {
        let null = Value::Null;
        site.set_record_field("User Permission", &name, "applicable_for", null);
    }
    site.disable_user("tom.wander@example.org");
}

/// Puts the shipped rights back on a DocType: role Customer has none then.
pub fn ship_rights(office: &Office, doctype: &str) {
    for name in office.site.record_names("Custom DocPerm") {
        let row = office.site.record("Custom DocPerm", &name).expect("a row");
        if row["parent"] == doctype {
            office.site.remove_record("Custom DocPerm", &name);
        }
    }
}
