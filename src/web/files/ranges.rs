//! Parts of a file that lies in the spool: `Range` and `If-Range` as RFC 9110 has them.
//!
//! One range is answered; several, and what is no range, are a request for the whole, as the RFC
//! allows. The hash of the bytes is the strong `ETag`, the same in every replica and after a restart,
//! so that a download that broke off goes on only where it is still the same file.

use std::convert::Infallible;

use axum::body::{Body, Bytes};
use axum::http::header::{ACCEPT_RANGES, CONTENT_LENGTH, CONTENT_RANGE, ETAG, IF_RANGE, RANGE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use futures::stream;
use http_range_header::{ParsedRanges, RangeUnsatisfiableError, parse_range_header};

use super::PIECE;
use super::spool::Spooled;
use crate::web::turns::Turn;

/// The one range that is asked for.
pub fn asked(headers: &HeaderMap) -> Option<ParsedRanges> {
    let range = headers.get(RANGE)?.to_str().ok()?;
    let ranges = parse_range_header(range).ok()?;
    (ranges.len() == 1).then_some(ranges)
}

/// The whole of it.
pub fn whole(spooled: &Spooled, turn: Turn) -> Response {
    let mut answer = held(spooled.bytes.clone(), turn);
    name(&mut answer, spooled);
    answer
}

/// The range, unless the visitor has the beginning of something else.
pub fn part(spooled: &Spooled, range: &ParsedRanges, headers: &HeaderMap, turn: Turn) -> Response {
    // A date is never the same: there is none that could be compared.
    if headers
        .get(IF_RANGE)
        .is_some_and(|known| known != spooled.etag)
    {
        return whole(spooled, turn);
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
            let mut answer = held(bytes, turn);
            *answer.status_mut() = StatusCode::PARTIAL_CONTENT;
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
        _ => whole(spooled, turn),
    }
}

/// Bytes that are held: in pieces, and the turn is the user's until the last one has gone.
fn held(bytes: Bytes, turn: Turn) -> Response {
    let length = bytes.len();
    let pieces = stream::iter((0..length).step_by(PIECE).map(move |from| {
        let _under_way = &turn;
        Ok::<_, Infallible>(bytes.slice(from..length.min(from + PIECE)))
    }));
    let mut answer = Body::from_stream(pieces).into_response();
    answer.headers_mut().insert(CONTENT_LENGTH, length.into());
    answer
}

fn name(answer: &mut Response, spooled: &Spooled) {
    let headers = answer.headers_mut();
    headers.insert(ETAG, spooled.etag.clone());
    headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
}
