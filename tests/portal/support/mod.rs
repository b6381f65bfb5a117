//! A portal in front of a demo ERP, and visitors who use it.

pub mod events;
pub mod export;
pub mod hooks;
mod log;
pub mod rights;
pub mod truth;
mod visitor;
pub mod walk;

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use jiff::SignedDuration;
use quayfront::clock::Clock;
use quayfront::commands::serve::{Sources, assemble};
use quayfront::config::Settings;
use quayfront::demo::{self, Site};
use quayfront::frappe::{Caller, Sid, UserId};
use quayfront::web::{self, App};
use tokio::net::TcpListener;

pub use log::Log;
pub use visitor::{Answer, Visitor};

/// One customer.
pub const ANNA: &str = "anna.visser@veldhuis-foods.example";
/// The same customer, another user.
pub const JAN: &str = "jan.deboer@veldhuis-foods.example";
/// Three customers.
pub const KATRIN: &str = "katrin.bauer@drei-haefen.example";
/// One customer, whose name has quotes.
pub const SIOBHAN: &str = "siobhan@obrien-tea.example";
/// A Portal User row and no User Permission: Frappe shows everything.
pub const PIOTR: &str = "piotr.nowak@lodz-ceramika.example";
/// A User Permission that applies to Warehouse Job alone.
pub const METTE: &str = "mette.holm@fjord-fell.example";
/// A customer without jobs.
pub const MAEVE: &str = "maeve.byrne@quay-street-books.example";
/// No link but a Contact of his own making.
pub const TOM: &str = "tom.wander@example.org";
/// A User Permission and no role.
pub const LUCIA: &str = "lucia.norole@azulejos-mediterraneo.example";
/// Disabled.
pub const HUGO: &str = "hugo.smit@veldhuis-foods.example";
/// The portal's own account.
pub const SERVICE: &str = "svc-portal@havenlicht-logistics.example";
/// Staff.
pub const DISPATCH: &str = "dispatch@havenlicht-logistics.example";

/// Anna's and Jan's customer.
pub const VELDHUIS: &str = "Veldhuis Specialty Foods BV";

/// A portal in front of a demo ERP.
pub struct World {
    /// The demo ERP.
    pub site: Arc<Site>,
    /// The portal.
    pub app: Arc<App>,
    /// The clock of both.
    pub clock: Clock,
    /// Where the portal is.
    pub address: SocketAddr,
    erp: SocketAddr,
}

const KEY: &str = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz";

/// What a test changes in the settings.
#[derive(Default)]
struct Asked<'a> {
    /// The address customers type; where the portal is, if nothing is said.
    public_url: Option<&'a str>,
    /// Keys outside tables and whole tables.
    more: &'a str,
    /// Keys of the table `session`.
    session: &'a str,
    /// Keys of the table `site`.
    site: &'a str,
}

impl World {
    /// A portal with the settings that ship.
    pub async fn new() -> Self {
        Self::with("").await
    }

    /// A portal with further settings: keys outside tables and whole tables.
    pub async fn with(settings: &str) -> Self {
        Self::asked_for(&Asked {
            more: settings,
            ..Asked::default()
        })
        .await
    }

    /// A portal with further settings of the table `session`.
    pub async fn with_session(settings: &str) -> Self {
        Self::asked_for(&Asked {
            session: settings,
            ..Asked::default()
        })
        .await
    }

    /// A portal whose pages print the demo's own formats, with the service account that looks them
    /// up and further settings of the table `site`.
    pub async fn printing(more: &str) -> Self {
        let (site, erp, clock) = demo_site().await;
        site.set_api_key(SERVICE, "key", "secret");
        let folder = tempfile::tempdir().expect("a folder");
        let pages = folder.path().join("pages");
        std::fs::create_dir(&pages).expect("created");
        for page in ["transport-jobs", "warehouse-jobs"] {
            let file = format!("{page}.more.toml");
            let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/demo/pages");
            std::fs::copy(shipped.join(&file), pages.join(&file)).expect("copied");
        }
        let settings = format!("[pages]\nfolder = \"{}\"", folder.path().display());
        let more = format!("api_key = \"key\"\napi_secret = \"secret\"\n{more}");
        let asked = Asked {
            more: &settings,
            site: &more,
            ..Asked::default()
        };
        let world = Self::in_front_of(site, erp, clock, &asked).await;
        world.name_all_pages();
        world
    }

    /// A portal whose service account reads Portal Settings, with further settings: keys outside tables
    /// and whole tables.
    pub async fn reading_portal_settings(more: &str) -> Self {
        let (site, erp, clock) = demo_site().await;
        site.set_api_key(SERVICE, "key", "secret");
        let asked = Asked {
            more,
            site: "api_key = \"key\"\napi_secret = \"secret\"",
            ..Asked::default()
        };
        Self::in_front_of(site, erp, clock, &asked).await
    }

    /// Names all pages in Portal Settings, as far as they are not.
    pub fn name_all_pages(&self) {
        let entries = self.app.portal().pages().entries();
        let routes: Vec<_> = entries
            .map(|entry| (format!("/{}", entry.name()), entry.title()))
            .collect();
        let rows = routes.iter().map(|(route, title)| (route.as_str(), *title));
        self.site.name_in_portal_menu(rows);
    }

    /// A portal that customers know by an https address, as behind a proxy.
    pub async fn over_https() -> Self {
        Self::asked_for(&Asked {
            public_url: Some("https://portal.example.com"),
            ..Asked::default()
        })
        .await
    }

    /// A portal with further settings of the table `site`.
    pub async fn with_site(settings: &str) -> Self {
        Self::asked_for(&Asked {
            site: settings,
            ..Asked::default()
        })
        .await
    }

    /// A portal in front of a site with the records of a folder, where everybody has one password.
    pub async fn of_folder(folder: &Path, password: &str) -> Self {
        Log::begin();
        let clock = Clock::manual("2026-11-22T20:00:00Z".parse().expect("a time"));
        let site = Site::from_folder(folder, clock.clone(), password).expect("records");
        let (listener, erp) = loopback().await;
        tokio::spawn(demo::serve(
            listener,
            Arc::clone(&site),
            std::future::pending(),
        ));
        Self::in_front_of(site, erp, clock, &Asked::default()).await
    }

    /// A portal with a service account, which is one of the staff.
    pub async fn with_service_account() -> Self {
        let world = Self::asked_for(&Asked {
            site: "api_key = \"portalkey\"\napi_secret = \"portalsecret\"",
            ..Asked::default()
        })
        .await;
        world
            .site
            .set_api_key(DISPATCH, "portalkey", "portalsecret");
        world
    }

    async fn asked_for(asked: &Asked<'_>) -> Self {
        let (site, erp, clock) = demo_site().await;
        Self::in_front_of(site, erp, clock, asked).await
    }

    /// Another replica of the portal, in front of the same site.
    pub async fn replica(&self) -> Self {
        let (site, clock) = (Arc::clone(&self.site), self.clock.clone());
        Self::in_front_of(site, self.erp, clock, &Asked::default()).await
    }

    async fn in_front_of(
        site: Arc<Site>,
        erp: SocketAddr,
        clock: Clock,
        asked: &Asked<'_>,
    ) -> Self {
        let (listener, address) = loopback().await;
        let Asked {
            more,
            session,
            site: of_site,
            ..
        } = asked;
        let public_url = asked
            .public_url
            .map_or_else(|| format!("http://{address}"), str::to_owned);
        // Nobody waits for a refusal, but where a test asks for it.
        let refusal = if more.contains("[sign_in]") {
            ""
        } else {
            "sign_in.refusal = \"0s\""
        };
        // Nobody's questions are counted, and nothing is fetched ahead, but where a test asks for it.
        let mut of_site = (*of_site).to_owned();
        for (key, value) in [("user_per_minute", 1_000_000), ("warm_up", 0)] {
            if !of_site.contains(key) {
                of_site = format!("{key} = {value}\n{of_site}");
            }
        }
        let text = format!(
            "public_url = \"{public_url}\"\n{refusal}\n{more}\n[site]\nurl = \"http://{erp}\"\ntime_zone = \"Europe/Amsterdam\"\n{of_site}\n\
             [session]\nkeys = [\"{KEY}\"]\n{session}\n"
        );
        let settings = Settings::extract("the test's settings", &text).expect("good settings");
        let app = assemble(&settings, &Sources::of(&settings), clock.clone()).expect("a portal");
        tokio::spawn(web::serve(
            listener,
            Arc::clone(&app),
            std::future::pending(),
            quayfront::commands::serve::limits(&settings),
        ));
        Self {
            site,
            app,
            clock,
            address,
            erp,
        }
    }

    /// Somebody with a browser, not signed in.
    pub fn visitor(&self) -> Visitor {
        Visitor::new(self.address)
    }

    /// Somebody who has just signed in, when what the portal does behind his back is done.
    pub async fn signed_in(&self, user: &str) -> Visitor {
        let mut visitor = self.visitor();
        let answer = visitor.sign_in(user, &self.password(user)).await;
        assert_eq!(answer.status, 303, "{user} signs in: {}", answer.text());
        self.settled().await;
        visitor
    }

    /// A visitor sends a form and leaves as soon as Frappe has been asked for the first time. Ready
    /// when what goes on without him has ended.
    pub async fn leaving(&self, mut visitor: Visitor, path: &str, form: &[(&str, &str)]) {
        self.site.clear_requests();
        // Nothing is answered before there are two questions, and there is one.
        self.site.hold(2);
        let asked = async {
            while self.site.requests().is_empty() {
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            answer = visitor.post(path, form) => panic!("answered: {}", answer.text()),
            () = asked => {}
        }
        self.site.hold(0);
        self.settled().await;
    }

    /// Who asks with the first session of `owner`, as whoever he says he is.
    pub fn caller(&self, owner: &str, user: &str) -> Caller {
        let sids = self.site.sessions_of(owner);
        Caller {
            sid: Sid::parse(sids.first().expect("a session")).expect("a sid"),
            user: UserId::parse(user).expect("a user"),
            address: std::net::IpAddr::from([127, 0, 0, 1]),
        }
    }

    /// The password of an account.
    pub fn password(&self, user: &str) -> String {
        let account = self
            .site
            .accounts()
            .iter()
            .find(|account| account.email == user);
        account
            .map(|account| account.password.clone())
            .expect("an account of the demo")
    }

    /// Waits for what goes on behind the answers.
    pub async fn settled(&self) {
        self.app.portal().settled().await;
    }

    /// Waits until something is so that comes by itself, and says what did not come.
    pub async fn until(what: &str, is_so: impl Fn() -> bool) {
        let waiting = async {
            while !is_so() {
                tokio::task::yield_now().await;
            }
        };
        let in_time = tokio::time::timeout(std::time::Duration::from_mins(1), waiting);
        in_time.await.unwrap_or_else(|_| panic!("never so: {what}"));
    }

    /// Lets time pass.
    pub fn seconds_pass(&self, seconds: i64) {
        self.clock.advance(SignedDuration::from_secs(seconds));
    }

    /// Lets so much time pass that no answer is served before Frappe is asked again.
    pub fn answers_expire(&self) {
        self.seconds_pass(601);
    }

    /// What the site was asked, as paths, and forgets it.
    pub fn asked(&self) -> Vec<String> {
        let paths = self
            .site
            .requests()
            .into_iter()
            .map(|request| request.path)
            .collect();
        self.site.clear_requests();
        paths
    }
}

/// The demo ERP with its own records, and where it is.
async fn demo_site() -> (Arc<Site>, SocketAddr, Clock) {
    Log::begin();
    let clock = Clock::manual("2026-11-22T10:00:00Z".parse().expect("a time"));
    let site = Site::demo(clock.clone()).expect("the demo's records");
    let (listener, erp) = loopback().await;
    let serving = demo::serve(listener, Arc::clone(&site), std::future::pending());
    tokio::spawn(serving);
    (site, erp, clock)
}

async fn loopback() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    (listener, address)
}

/// The reference on an error page.
pub fn reference(page: &str) -> String {
    let is_one = |word: &&str| {
        word.len() == 10
            && word
                .bytes()
                .all(|byte| b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ".contains(&byte))
    };
    let mut words = page.split(|letter: char| !letter.is_ascii_alphanumeric());
    words.find(is_one).map(str::to_owned).unwrap_or_default()
}

/// The filters of a list that the site was asked for: each a field, and what it is compared with.
pub fn filters_of(request: &demo::Request) -> Vec<(String, String)> {
    let filters = request
        .query
        .iter()
        .find(|(name, _)| name == "filters")
        .map(|(_, filters)| filters.as_str());
    let filters: Vec<Vec<serde_json::Value>> =
        serde_json::from_str(filters.expect("filters")).expect("a list of lists");
    filters
        .iter()
        .map(|filter| {
            // With the DocType in front or without it.
            let [.., field, _, value] = filter.as_slice() else {
                panic!("no filter: {filter:?}")
            };
            let field = field.as_str().expect("a field").to_owned();
            (field, value.to_string())
        })
        .collect()
}
