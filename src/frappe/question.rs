//! What is asked, and the request that it makes: its address, its body, and the one proof that goes along.

use std::net::IpAddr;

use form_urlencoded::Serializer;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, COOKIE, HeaderName, HeaderValue};
use reqwest::{Method, Request};
use serde_json::Value;
use url::Url;

use super::limits::Turn;
use super::sid::Sid;

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The parameters of a question that travel in its address.
pub(super) type Parameters = [(&'static str, String)];

/// The language that every question asks for, so that answers read alike whoever asks.
pub(super) const LANGUAGE: (&str, &str) = ("_lang", "en");

/// Who asks, and so which one proof goes along.
#[derive(Clone, Copy)]
pub(super) enum Credentials<'a> {
    /// The portal itself.
    None,
    /// A browser without a session.
    Address(IpAddr),
    /// A browser with a session.
    Session(&'a Sid, IpAddr),
    /// The portal's own account.
    Service,
}

/// What is asked.
pub(super) struct Question<'a> {
    pub(super) path: Vec<&'a str>,
    pub(super) body: Body,
    pub(super) credentials: Credentials<'a>,
    pub(super) turn: Turn,
}

/// The parameters of a question, and how they travel.
pub(super) enum Body {
    /// A GET with these in its query.
    Query(Vec<(&'static str, String)>),
    /// A HEAD without parameters.
    Head,
    /// A POST with these as a form. Never repeated: it may have done its work.
    Form(Vec<(&'static str, String)>),
    /// A POST with these as JSON, for a question that only reads and is too long for a GET.
    Reading(Value),
    /// A PUT with these fields of a document as JSON. Never repeated: it may have done its work.
    Put(Value),
    /// A POST with a new document as JSON. Never repeated: it may have done its work.
    Post(Value),
    /// A DELETE. Never repeated: it may have done its work.
    Delete,
}

impl Body {
    /// Whether asking twice is the same as asking once.
    pub(super) const fn only_reads(&self) -> bool {
        matches!(self, Self::Query(_) | Self::Head | Self::Reading(_))
    }
}

impl Question<'_> {
    /// The request to a site, with the portal's own proof where that goes along.
    pub(super) fn request(&self, site: &Url, service: Option<&HeaderValue>) -> Request {
        let (method, query, body) = match &self.body {
            Body::Query(query) => (Method::GET, query.as_slice(), None),
            Body::Head => (Method::HEAD, &[][..], None),
            Body::Form(form) => {
                let form = Serializer::new(String::new()).extend_pairs(form).finish();
                let kind = HeaderValue::from_static("application/x-www-form-urlencoded");
                (Method::POST, &[][..], Some((kind, form)))
            }
            Body::Reading(json) | Body::Post(json) => (Method::POST, &[][..], Some(as_json(json))),
            Body::Delete => (Method::DELETE, &[][..], None),
            Body::Put(json) => (Method::PUT, &[][..], Some(as_json(json))),
        };
        let mut request = Request::new(method, address(site, &self.path, query));
        if let Some((kind, body)) = body {
            request.headers_mut().insert(CONTENT_TYPE, kind);
            *request.body_mut() = Some(body.into());
        }
        self.credentials.identify(&mut request, service);
        request
    }
}

impl Credentials<'_> {
    /// Puts the one proof and the one address on a request: never a cookie together with a token
    /// (the cookie would win: `cookie_plus_token`).
    fn identify(self, request: &mut Request, service: Option<&HeaderValue>) {
        let (address, proof) = match self {
            Self::None => (None, None),
            Self::Address(address) => (Some(address), None),
            Self::Session(sid, address) => {
                let cookie = HeaderValue::from_str(&format!("sid={}", sid.expose())).ok();
                (Some(address), cookie.map(|cookie| (COOKIE, cookie)))
            }
            Self::Service => {
                let token = service.cloned();
                (None, token.map(|token| (AUTHORIZATION, token)))
            }
        };
        let headers = request.headers_mut();
        if let Some((name, mut value)) = proof {
            value.set_sensitive(true);
            headers.insert(name, value);
        }
        if let Some(address) = address
            && let Ok(value) = HeaderValue::from_str(&address.to_canonical().to_string())
        {
            headers.insert(X_FORWARDED_FOR, value);
        }
    }
}

fn as_json(json: &Value) -> (HeaderValue, String) {
    let kind = HeaderValue::from_static("application/json");
    (kind, json.to_string())
}

/// The address of a question; each part of the path stays one segment.
fn address(site: &Url, path: &[&str], query: &Parameters) -> Url {
    let mut url = site.clone();
    if let Ok(mut segments) = url.path_segments_mut() {
        segments.clear().extend(path);
    }
    if !query.is_empty() {
        url.query_pairs_mut().extend_pairs(query);
    }
    url
}

/// Whether a GET with these parameters takes no more than so many bytes of the request line.
pub(super) fn fits(site: &Url, most: usize, path: &[&str], query: &Parameters) -> bool {
    // Encoded, a byte takes three at the most.
    let path_bytes: usize = path.iter().map(|part| 1 + 3 * part.len()).sum();
    let of_one = |(name, text): &(&str, String)| 2 + 3 * (name.len() + text.len());
    let query_bytes: usize = query.iter().map(of_one).sum();
    if path_bytes + 1 + query_bytes <= most {
        return true;
    }
    let url = address(site, path, query);
    url.path().len() + 1 + url.query().map_or(0, str::len) <= most
}

#[cfg(test)]
mod tests {
    use percent_encoding::percent_decode_str;
    use proptest::prelude::*;

    use super::*;
    use crate::frappe::DocumentName;

    proptest! {
        #[test]
        fn a_document_name_and_a_parameter_come_out_of_an_address_as_they_went_in(
            name in "\\PC{1,140}", text in any::<String>()
        ) {
            prop_assume!(DocumentName::parse(&name).is_ok());
            let site = "http://erp.example/".parse().unwrap();
            let path = ["api", "resource", "Item", name.as_str()];
            let url = address(&site, &path, &[("filters", text.clone())]);
            let segments: Vec<_> = url.path_segments().unwrap().collect();
            prop_assert_eq!(segments.len(), path.len());
            prop_assert_eq!(percent_decode_str(segments[3]).decode_utf8().unwrap(), name.as_str());
            let query: Vec<_> = url.query_pairs().collect();
            prop_assert_eq!(query, [("filters".into(), text.as_str().into())]);
            // Whether it fits is as true where nothing is written for it.
            let long = url.path().len() + 1 + url.query().map_or(0, str::len);
            let fits = |most| fits(&site, most, &path, &[("filters", text.clone())]);
            prop_assert!(fits(long) && fits(4 * long) && !fits(long - 1));
        }
    }
}
