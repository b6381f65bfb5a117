//! Which pages a browser shows: their addresses, and which version of each it has.

use percent_encoding::percent_decode_str;

use super::super::App;
use super::super::failure::Failure;
use super::super::next::own_path;
use crate::frappe::DocumentName;
use crate::portal::Place;
use crate::portal::page::{BuiltIn, PageName};
use crate::portal::request::{BadParameter, ListRequest};
use crate::portal::stock::StockRequest;

/// How many pages one stream is about: a browser shows no more side by side.
const MOST: usize = 8;

/// A page that a browser shows.
#[derive(Clone, Debug)]
pub struct Page {
    /// Its address, as the browser has it.
    pub address: String,
    /// What that comes to.
    pub place: Place,
    /// The version that is shown.
    pub version: Option<String>,
}

/// The pages of a stream: one at least.
#[derive(Clone, Debug)]
pub struct Pages(Vec<Page>);

impl Pages {
    /// The pairs of the query string: `page`, each followed by its `version` where that is known.
    ///
    /// # Errors
    /// When there is no page, or too many, or an address is none of a page that is watched.
    pub fn parse(app: &App, pairs: &[(String, String)]) -> Result<Self, Failure> {
        let mut pages: Vec<Page> = Vec::new();
        for (name, value) in pairs {
            match name.as_str() {
                "page" if pages.len() == MOST => {
                    return Err(bad(value, format!("at most {MOST} of it")));
                }
                "page" => pages.push(Page {
                    place: place(app, value)?,
                    address: value.clone(),
                    version: None,
                }),
                "version" => {
                    if let Some(page) = pages.last_mut() {
                        page.version = Some(value.clone());
                    }
                }
                _ => {}
            }
        }
        if pages.is_empty() {
            return Err(bad("", ADDRESS));
        }
        Ok(Self(pages))
    }

    pub fn iter(&self) -> impl Iterator<Item = &Page> {
        self.0.iter()
    }

    pub fn places(&self) -> Vec<Place> {
        self.0.iter().map(|page| page.place.clone()).collect()
    }
}

const ADDRESS: &str = "the address of a page of this portal, from its first slash on";

fn bad(found: &str, accepted: impl Into<String>) -> Failure {
    BadParameter::new("page", found, accepted).into()
}

/// What an address comes to, by the types of the page's own handler.
fn place(app: &App, address: &str) -> Result<Place, Failure> {
    let own = own_path(address).ok_or_else(|| bad(address, ADDRESS))?;
    let (path, query) = own.split_once('?').unwrap_or((&own, ""));
    let pairs: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes())
        .into_owned()
        .collect();
    let pages = app.portal.pages();
    let path = path.trim_start_matches('/');
    if path.is_empty() {
        return Ok(Place::Start);
    }
    let (first, document) = match path.split_once('/') {
        Some((first, document)) => (first, Some(document)),
        None => (path, None),
    };
    if let Some(built_in) = BuiltIn::parse(first).filter(|page| pages.has(*page)) {
        return match (built_in, document) {
            (BuiltIn::StockBalance, None) => Ok(Place::Stock(StockRequest::parse(&pairs)?)),
            (BuiltIn::WarehousingPortal, None) => Ok(Place::Warehousing),
            _ => Err(Failure::NotFound),
        };
    }
    let page = PageName::parse(first);
    let page = page.and_then(|name| pages.get(&name));
    let page = page.ok_or(Failure::NotFound)?;
    match document {
        None => {
            let request = ListRequest::parse(page, &pairs)?;
            Ok(Place::List(page.name.clone(), request))
        }
        Some(name) if !name.contains('/') => {
            let name = percent_decode_str(name).decode_utf8().ok();
            let name = name.and_then(|name| DocumentName::parse(&name).ok());
            let name = name.ok_or(Failure::NotFound)?;
            Ok(Place::Document(page.name.clone(), name))
        }
        Some(_) => Err(Failure::NotFound),
    }
}
