//! Private and public files by their address.
//!
//! A private file is sent to who may read one of the documents that it hangs on; every refusal,
//! of what does not exist too, is the same HTML page (`file_private_*`). Public ones need no
//! sign-in (`file_public_guest`). Bytes that the records do not bring are made up.

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

use super::answers::Answer;
use super::grants::GUEST;
use super::made::MadeFile;
use super::permissions::Access;
use super::records::{Record, text};
use super::state::State;
use super::visit::Visit;

/// Kinds of file that could run in a browser and so are never shown in it.
const DANGEROUS: [&str; 4] = [".svg", ".html", ".htm", ".xml"];
const PATH: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'%')
    .add(b'<')
    .add(b'>')
    .add(b'?');

/// `/private/files/…`
pub(super) fn private(state: &State, visit: &Visit) -> Answer {
    let url = visit.decoded_path();
    if visit.user == GUEST {
        return Answer::forbidden_file();
    }
    let access = Access::new(&state.records, &visit.user);
    let wanted = visit.parameter("fid");
    let found = state
        .records
        .documents("File")
        .filter(|file| text(file, "file_url") == url)
        .filter(|file| wanted.is_empty() || text(file, "name") == wanted)
        .find(|file| access.may_read_file(file, &mut Vec::new(), &mut Vec::new()));
    let Some(file) = found else {
        return Answer::forbidden_file();
    };
    let mut answer = content(state, file);
    if visit.asks_x_accel {
        let path = utf8_percent_encode(&url, PATH).to_string();
        answer.body.clear();
        answer.made = None;
        answer
            .headers
            .push(("x-accel-redirect", format!("/protected{path}")));
        answer.headers.push((
            "cache-control",
            "private,max-age=3600,stale-while-revalidate=86400".to_owned(),
        ));
    } else {
        answer.chunked = true;
    }
    answer
}

/// `/files/…`
pub(super) fn public(state: &State, visit: &Visit) -> Option<Answer> {
    let url = visit.decoded_path();
    let file = state
        .records
        .documents("File")
        .find(|file| text(file, "file_url") == url)?;
    let mut answer = content(state, file);
    answer
        .headers
        .push(("cache-control", "max-age=43200, public".to_owned()));
    Some(answer)
}

fn content(state: &State, file: &Record) -> Answer {
    let name = text(file, "file_url")
        .rsplit('/')
        .next()
        .unwrap_or_default();
    let kind = mime_guess::from_path(name).first_or_octet_stream();
    let kind = if kind.type_() == "text" {
        format!("{}; charset=utf-8", kind.essence_str())
    } else {
        kind.essence_str().to_owned()
    };
    let made = state.made.get(text(file, "file_url"));
    let body = match made {
        Some(MadeFile::Bytes(bytes)) => Some(bytes.clone()),
        Some(MadeFile::Pattern(_)) => Some(Vec::new()),
        None => state.contents.get(text(file, "content_hash")).cloned(),
    };
    let body =
        body.unwrap_or_else(|| format!("The demo ERP has no bytes for {name}.\n").into_bytes());
    let mut answer = Answer::new(200, &kind, body);
    if let Some(MadeFile::Pattern(length)) = made {
        answer.made = Some(*length);
    }
    let lower = name.to_lowercase();
    if DANGEROUS.iter().any(|extension| lower.ends_with(extension)) {
        answer.headers.push((
            "content-disposition",
            format!("attachment; filename={name}"),
        ));
    }
    answer
}
