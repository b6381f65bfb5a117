//! Parts of a file that lies in the spool: `Range` and `If-Range` as RFC 9110 has them.
//!
//! One range is answered; several, and what is no range, are a request for the whole, as the RFC
//! allows. The hash of the bytes is the strong `ETag`, the same in every replica and after a restart,
//! so that a download that broke off goes on only where it is still the same file.

use axum::body::Body;
use axum::http::header::{ACCEPT_RANGES, CONTENT_LENGTH, CONTENT_RANGE, ETAG, IF_RANGE, RANGE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use http_range_header::{ParsedRanges, RangeUnsatisfiableError, parse_range_header};

use super::spool::Spooled;

/// The one range that is asked for.
pub fn asked(headers: &HeaderMap) -> Option<ParsedRanges> {
    let range = headers.get(RANGE)?.to_str().ok()?;
    let ranges = parse_range_header(range).ok()?;
    (ranges.len() == 1).then_some(ranges)
}

/// The whole of it.
pub fn whole(spooled: &Spooled) -> Response {
    let mut answer = Body::from(spooled.bytes.clone()).into_response();
    name(&mut answer, spooled);
    answer
        .headers_mut()
        .insert(CONTENT_LENGTH, spooled.bytes.len().into());
    answer
}

/// The range, unless the visitor has the beginning of something else.
pub fn part(spooled: &Spooled, range: &ParsedRanges, headers: &HeaderMap) -> Response {
    // A date is never the same: there is none that could be compared.
    if headers
        .get(IF_RANGE)
        .is_some_and(|known| known != spooled.etag)
    {
        return whole(spooled);
    }
    let length = spooled.bytes.len();
    match range.validate(length as u64).as_deref() {
        Ok([range]) => {
            let (from, to) = (*range.start(), *range.end());
            let bytes = usize::try_from(from)
                .ok()
                .zip(usize::try_from(to).ok())
                .map(|(from, to)| spooled.bytes.slice(from..=to))
                .unwrap_or_default();
            let mut answer = (StatusCode::PARTIAL_CONTENT, Body::from(bytes)).into_response();
            name(&mut answer, spooled);
            let of_length = format!("bytes {from}-{to}/{length}");
            if let Ok(value) = HeaderValue::try_from(of_length) {
                answer.headers_mut().insert(CONTENT_RANGE, value);
            }
            answer
        }
        Err(RangeUnsatisfiableError::Unsatisfiable) => {
            let mut answer = StatusCode::RANGE_NOT_SATISFIABLE.into_response();
            if let Ok(value) = HeaderValue::try_from(format!("bytes */{length}")) {
                answer.headers_mut().insert(CONTENT_RANGE, value);
            }
            answer
        }
        _ => whole(spooled),
    }
}

fn name(answer: &mut Response, spooled: &Spooled) {
    let headers = answer.headers_mut();
    headers.insert(ETAG, spooled.etag.clone());
    headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
}
