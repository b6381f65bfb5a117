//! Where a row of Portal Settings leads: to a page of ours, to a place that everybody has, or away.
//!
//! Whatever else stands there leads nowhere and is not shown: ERPNext's own routes, which the portal
//! does not serve, and what a link should not be (`javascript:`, `//host`, plain http).

use std::collections::BTreeMap;

use url::Url;

use crate::portal::page::{BuiltIn, Entry, PageName, Pages};

/// Where an entry of the menu leads.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Leads {
    /// To a page of the settings.
    Page(PageName),
    /// To what is always there.
    Common(Common),
    /// Away from the portal.
    Away(Away),
}

/// What is always there, whatever the menu says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Common {
    /// The start page.
    Start,
    /// The help.
    Help,
    /// One's own account.
    Account,
}

impl Common {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Start, Self::Help, Self::Account];

    /// The name that tells it from the pages.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Start => "",
            Self::Help => "wiki",
            Self::Account => "account",
        }
    }

    /// Its address.
    #[must_use]
    pub const fn href(self) -> &'static str {
        match self {
            Self::Start => "/",
            Self::Help => "/wiki",
            Self::Account => "/account",
        }
    }

    /// What it is called.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Start => "Start",
            Self::Help => "Help",
            Self::Account => "Your account",
        }
    }

    /// Its icon in the menu.
    #[must_use]
    pub const fn icon(self) -> &'static str {
        match self {
            Self::Start => "home",
            Self::Help => "book",
            Self::Account => "user",
        }
    }
}

/// An https address elsewhere, without a user or password in it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Away {
    href: String,
    host: String,
}

impl Away {
    fn of(url: &Url) -> Option<Self> {
        let is_plain = url.scheme() == "https" && url.username().is_empty();
        let host = url
            .host_str()
            .filter(|_| is_plain && url.password().is_none());
        Some(Self {
            href: url.as_str().to_owned(),
            host: host?.to_owned(),
        })
    }

    /// The address.
    #[must_use]
    pub fn href(&self) -> &str {
        &self.href
    }

    /// Whose it is: what a link is called that has no title.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }
}

/// Why a row leads nowhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nowhere {
    /// A route that the portal does not serve.
    NotServed,
    /// A link that is not an https address.
    NotHttps,
}

/// The routes of the portal, and the address that makes a link to elsewhere one to here.
#[derive(Clone, Debug)]
pub struct Routes {
    known: BTreeMap<String, Leads>,
    origin: String,
}

impl Routes {
    /// The routes of these pages, CargoNext's own among them (`/transport_jobs`), at the address that
    /// customers type, as in a browser's `Origin`.
    #[must_use]
    pub fn new(pages: &Pages, origin: &str) -> Self {
        let places = Common::ALL.map(|place| (place.href().to_owned(), Leads::Common(place)));
        let mut known = BTreeMap::from(places);
        for entry in pages.entries() {
            let Some(page) = PageName::parse(entry.name()) else {
                continue;
            };
            let aliases: Vec<&str> = match entry {
                Entry::Declared(page) => page.aliases.iter().map(String::as_str).collect(),
                Entry::BuiltIn(page) => vec![BuiltIn::alias(*page)],
            };
            for name in aliases.into_iter().chain([entry.name()]) {
                known.insert(format!("/{name}"), Leads::Page(page.clone()));
            }
        }
        Self {
            known,
            origin: origin.to_owned(),
        }
    }

    /// Where a route leads, as a row of Portal Settings names it.
    ///
    /// # Errors
    /// When it leads nowhere, and why.
    pub fn leads(&self, route: &str) -> Result<Leads, Nowhere> {
        let route = route.trim();
        if route.contains(|letter: char| letter.is_control() || letter == '\\') {
            return Err(Nowhere::NotHttps);
        }
        if route.is_empty() {
            return Err(Nowhere::NotServed);
        }
        match Url::parse(route) {
            Ok(url) if url.origin().ascii_serialization() == self.origin => {
                let is_plain = url.query().is_none() && url.fragment().is_none();
                let ours = is_plain.then(|| self.ours(url.path())).flatten();
                ours.ok_or(Nowhere::NotServed)
            }
            Ok(url) => Away::of(&url).map(Leads::Away).ok_or(Nowhere::NotHttps),
            Err(_) if route.starts_with("//") => Err(Nowhere::NotHttps),
            Err(_) => self.ours(route).ok_or(Nowhere::NotServed),
        }
    }

    /// Frappe takes `transport-jobs` and `/transport-jobs/` for the same.
    fn ours(&self, path: &str) -> Option<Leads> {
        let path = path.strip_prefix('/').unwrap_or(path);
        let path = path.strip_suffix('/').unwrap_or(path);
        self.known.get(&format!("/{path}")).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn routes() -> Routes {
        let names = ["transport-jobs", "stock-balance"].map(str::to_owned);
        let pages = Pages::load(&names, None).expect("shipped pages");
        Routes::new(&pages, "https://portal.example.com")
    }

    #[test]
    fn a_row_leads_to_our_pages_to_https_elsewhere_or_nowhere() {
        let routes = routes();
        let page = |name| Ok(Leads::Page(PageName::parse(name).expect("a name")));
        let place = |place| Ok(Leads::Common(place));
        for (route, leads) in [
            ("/transport-jobs", page("transport-jobs")),
            ("transport-jobs", page("transport-jobs")),
            (" /transport-jobs/ ", page("transport-jobs")),
            ("/transport_jobs", page("transport-jobs")),
            ("/stock_balance", page("stock-balance")),
            (
                "https://portal.example.com/stock-balance",
                page("stock-balance"),
            ),
            ("/wiki", place(Common::Help)),
            ("/", place(Common::Start)),
            ("", Err(Nowhere::NotServed)),
            ("https://portal.example.com", place(Common::Start)),
            ("https://portal.example.com/orders", Err(Nowhere::NotServed)),
            (
                "https://portal.example.com/transport-jobs?view=late",
                Err(Nowhere::NotServed),
            ),
            ("/warehouse-jobs", Err(Nowhere::NotServed)),
            ("/Transport-Jobs", Err(Nowhere::NotServed)),
            ("/orders", Err(Nowhere::NotServed)),
            ("/transport-jobs/TRJ1", Err(Nowhere::NotServed)),
            ("/transport-jobs?view=late", Err(Nowhere::NotServed)),
            ("http://docs.example.com/", Err(Nowhere::NotHttps)),
            (
                "https://me:secret@docs.example.com/",
                Err(Nowhere::NotHttps),
            ),
            ("https://me@docs.example.com/", Err(Nowhere::NotHttps)),
            ("//evil.example/transport-jobs", Err(Nowhere::NotHttps)),
            ("/\\evil.example", Err(Nowhere::NotHttps)),
            ("java\nscript:alert(1)", Err(Nowhere::NotHttps)),
            ("javascript:alert(1)", Err(Nowhere::NotHttps)),
            (
                "JavaScript://portal.example.com/%0aalert(1)",
                Err(Nowhere::NotHttps),
            ),
            ("data:text/html,x", Err(Nowhere::NotHttps)),
            ("mailto:anna@acme.example", Err(Nowhere::NotHttps)),
        ] {
            assert_eq!(routes.leads(route), leads, "{route:?}");
        }
        let Ok(Leads::Away(away)) = routes.leads("https://Docs.example.com/a b?c=\"d\"") else {
            panic!("an address elsewhere");
        };
        assert_eq!(away.href(), "https://docs.example.com/a%20b?c=%22d%22");
        assert_eq!(away.host(), "docs.example.com");
    }
}
