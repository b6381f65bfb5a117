//! A demo ERP, portals in front of it, and people who use them, all in this process.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use quayfront::clock::Clock;
use quayfront::commands::serve::{Sources, assemble, limits};
use quayfront::config::Settings;
use quayfront::demo::{self, Site};
use quayfront::web::{self, App};
use reqwest::header::{COOKIE, SET_COOKIE};
use reqwest::{Client, RequestBuilder, Response};
use serde_json::json;
use tokio::net::TcpListener;

/// One customer, who has much.
pub const ANNA: &str = "anna.visser@veldhuis-foods.example";
/// Her customer.
pub const VELDHUIS: &str = "Veldhuis Specialty Foods BV";
/// The password of everybody whom a bench makes up.
const PASSWORD: &str = "a password of the benches";
/// Customers of the demo who have documents of most kinds.
const CUSTOMERS: [&str; 4] = [
    VELDHUIS,
    "Müller & Söhne GmbH",
    "Nordlys Solar AS",
    "Azulejos del Mediterráneo S.L.",
];

/// Settings for a site that tells of its changes: what it tells of need not be asked for again so soon.
pub const WITH_WEBHOOKS: &str = "[memory]\nlist = \"10m\"\ndocument = \"10m\"\nmaster = \"1h\"\n\
                                 [webhooks]\nsecrets = [\"of the benches\"]";

const KEY: &str = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz";

/// The settings of a portal in front of a site. `more` holds keys outside tables and whole tables,
/// `of_site` keys of the table `site`.
pub fn settings(portal: SocketAddr, erp: SocketAddr, more: &str, of_site: &str) -> Settings {
    let text = settings_text(portal, erp, more, of_site);
    Settings::extract("the bench's settings", &text).expect("settings")
}

/// The same as a file has them.
pub fn settings_text(portal: SocketAddr, erp: SocketAddr, more: &str, of_site: &str) -> String {
    format!(
        "public_url = \"http://{portal}\"\ntrusted_proxies = [\"127.0.0.1/32\"]\n{more}\n[site]\nurl = \"http://{erp}\"\n\
         time_zone = \"Europe/Amsterdam\"\n{of_site}\n[session]\nkeys = [\"{KEY}\"]\n"
    )
}

/// Serves a demo ERP on the runtime that this is called on, and says where.
pub async fn serve_erp(site: &Arc<Site>) -> SocketAddr {
    let (listener, address) = loopback().await;
    let serving = demo::serve(listener, Arc::clone(site), std::future::pending());
    tokio::spawn(serving);
    address
}

/// A portal that is being served.
pub struct Portal {
    /// The portal.
    pub app: Arc<App>,
    /// Where it is.
    pub address: SocketAddr,
    serving: tokio::task::JoinHandle<()>,
}

impl Portal {
    /// Serves a portal on the runtime that this is called on.
    pub async fn serve(erp: SocketAddr, clock: Clock, more: &str, of_site: &str) -> Self {
        let (listener, address) = loopback().await;
        let settings = settings(address, erp, more, of_site);
        let app = assemble(&settings, &Sources::default(), clock).expect("a portal");
        let served = Arc::clone(&app);
        let serving = tokio::spawn(async move {
            let limits = limits(&settings);
            let served = web::serve(listener, served, std::future::pending(), limits);
            served.await.expect("the portal serves");
        });
        Self {
            app,
            address,
            serving,
        }
    }

    /// Waits for what goes on behind the answers.
    pub async fn settled(&self) {
        self.app.portal().settled().await;
    }
}

impl Drop for Portal {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn loopback() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    (listener, address)
}

/// Somebody whom a bench makes up.
#[derive(Clone, Debug)]
pub struct Person {
    /// What he signs in with.
    pub user: String,
    /// His customer.
    pub customer: &'static str,
}

/// Adds users of these numbers to a site, each with one of the demo's larger customers.
pub fn add_people(site: &Site, numbers: std::ops::Range<usize>) -> Vec<Person> {
    let model = site.record("User", ANNA).expect("a user of the demo");
    numbers
        .map(|number| {
            let user = format!("user-{number}@bench.example");
            let mut record = model.clone();
            for field in ["name", "email", "username"] {
                record[field] = json!(user);
            }
            site.insert_record("User", record);
            site.set_password(&user, PASSWORD);
            let customer = CUSTOMERS[number % CUSTOMERS.len()];
            site.add_user_permission(&user, "Customer", customer, None);
            Person { user, customer }
        })
        .collect()
}

/// Adds so many users to a site, and says who they are.
pub fn add_users(site: &Site, how_many: usize) -> Vec<String> {
    let people = add_people(site, 0..how_many).into_iter();
    people.map(|person| person.user).collect()
}

/// The password of a user, of the demo's own or of those added.
pub fn password(site: &Site, user: &str) -> String {
    let account = site.accounts().iter().find(|account| account.email == user);
    account.map_or_else(|| PASSWORD.to_owned(), |account| account.password.clone())
}

/// Somebody with a browser, signed in.
#[derive(Clone)]
pub struct Browser {
    client: Client,
    base: String,
    /// Where he is, as a proxy in front of the portal says: each user is somewhere else.
    address: Ipv4Addr,
    cookies: BTreeMap<String, String>,
}

#[expect(
    clippy::disallowed_methods,
    reason = "this is a browser, not the portal"
)]
impl Browser {
    /// A client that browsers share: its connections are kept and used again.
    pub fn client() -> Client {
        Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()
            .expect("a client")
    }

    /// Signs in.
    pub async fn signed_in(
        client: &Client,
        portal: SocketAddr,
        user: &str,
        password: &str,
    ) -> Self {
        let signed_in = Self::try_to_sign_in(client, portal, user, password).await;
        signed_in.unwrap_or_else(|status| panic!("{user} signs in: {status}"))
    }

    /// Signs in, or says with which status that was refused.
    pub async fn try_to_sign_in(
        client: &Client,
        portal: SocketAddr,
        user: &str,
        password: &str,
    ) -> Result<Self, u16> {
        let mut hash = DefaultHasher::new();
        user.hash(&mut hash);
        let [.., one, two, three] = hash.finish().to_be_bytes();
        let mut browser = Self {
            client: client.clone(),
            base: format!("http://{portal}"),
            address: Ipv4Addr::new(10, one, two, three),
            cookies: BTreeMap::new(),
        };
        let form = [("user", user), ("password", password)];
        let asked = browser
            .client
            .post(format!("{}/login", browser.base))
            .header("sec-fetch-site", "same-origin")
            .header("x-forwarded-for", browser.address.to_string())
            .form(&form);
        let answer = asked.send().await.expect("an answer");
        let status = answer.status().as_u16();
        browser.keep_cookies(&answer);
        answer.bytes().await.expect("a whole answer");
        if status == 303 {
            Ok(browser)
        } else {
            Err(status)
        }
    }

    fn keep_cookies(&mut self, answer: &Response) {
        for cookie in answer.headers().get_all(SET_COOKIE) {
            let pair = cookie.to_str().ok().and_then(|text| text.split(';').next());
            if let Some((name, value)) = pair.and_then(|pair| pair.split_once('=')) {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }

    /// What the browser sends as its cookies.
    pub fn cookie_header(&self) -> String {
        let cookies: Vec<String> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        cookies.join("; ")
    }

    /// A page's request.
    fn request(&self, path: &str) -> RequestBuilder {
        self.client
            .get(format!("{}{path}", self.base))
            .header(COOKIE, self.cookie_header())
            .header("x-forwarded-for", self.address.to_string())
            .header("accept", "text/html,*/*;q=0.8")
    }

    /// Takes a page as a browser does, to its end.
    pub async fn take(&mut self, path: &str) {
        assert_eq!(self.try_to_take(path).await, 200, "{path}");
    }

    /// Takes a page, or what is shown in its place, to its end; says which status that has.
    pub async fn try_to_take(&mut self, path: &str) -> u16 {
        let answer = self.request(path).send().await.expect("an answer");
        let status = answer.status().as_u16();
        self.keep_cookies(&answer);
        answer.bytes().await.expect("a whole answer");
        status
    }
}
