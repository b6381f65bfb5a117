//! The files of a document: which there are for this visitor, and their bytes.
//!
//! It promises that only what the page's file declares is given, that a paper's `attachment`, which is
//! free text, leads to a file only where that very file hangs on this very document, and that a file
//! is asked for by page, document and File, never by a path that a visitor wrote. Whose the document
//! is, `document` has proved before. What a file is called comes from whoever uploaded it, so it is
//! cleaned here once ([`FileName`]), and what it is follows from that name alone ([`Media`]): what
//! Frappe or the uploader says of it does not count.

mod media;
mod name;

pub use self::media::Media;
pub use self::name::FileName;

use percent_encoding::percent_decode_str;

use super::page::{ATTACHMENT, Files, Page};
use super::sections::Paper;
use super::visit::Visit;
use super::{Document, Error};
use crate::frappe::{
    self, Attachment, DocumentName, FieldName, FileBytes, FileDetails, FilePath, Outage, Record,
};

/// A file that a visitor may have.
#[derive(Clone, Debug)]
pub struct File {
    /// Its File's name, by which it is asked for.
    pub id: DocumentName,
    /// What it is called.
    pub name: FileName,
    /// How long it is and of when, where the service account told.
    pub details: Option<FileDetails>,
    /// Whether a paper of the checklist names it.
    pub is_of_a_paper: bool,
    path: FilePath,
}

impl File {
    /// What kind of file it is, as its name ends.
    #[must_use]
    pub fn media(&self) -> Media {
        Media::of(self.name.as_str())
    }

    /// Where it lies: for the key of what is kept of it.
    #[must_use]
    pub const fn path(&self) -> &FilePath {
        &self.path
    }
}

/// The files that a visitor may have of what hangs on a document, those of papers in their order
/// first; each paper is told its file. `claimed` are the files that rows of the document say are
/// theirs, in whatever words ([`claims`]): none of those is an other file.
pub(super) fn declared<'papers>(
    declared: &Files,
    papers: impl Iterator<Item = &'papers mut Paper>,
    claimed: &[String],
    attachments: &[Attachment],
) -> Vec<File> {
    let mut files: Vec<File> = Vec::new();
    for paper in papers {
        let Some(attachment) = paper.attachment.as_ref().and_then(|path| {
            attachments
                .iter()
                .find(|attachment| attachment.path == *path)
        }) else {
            continue;
        };
        if !declared.types.hold(paper.document_type.as_deref()) {
            continue;
        }
        paper.file = Some(attachment.id.clone());
        if !files.iter().any(|file| file.id == attachment.id) {
            files.push(file(attachment, true));
        }
    }
    if declared.others {
        let others = attachments
            .iter()
            .filter(|attachment| !claimed.iter().any(|path| path == attachment.path.as_str()))
            .filter(|attachment| !files.iter().any(|file| file.path == attachment.path));
        let mut others: Vec<File> = others.map(|attachment| file(attachment, false)).collect();
        others.sort_by(|one, other| one.name.cmp(&other.name));
        others.dedup_by(|one, other| one.path == other.path);
        files.extend(others);
    }
    files
}

/// What the rows of a document say of files in a field `attachment`, whatever table they stand in and
/// however the path is written: with the site's address in front, a query behind, percent-encoded.
/// Good for leaving a file out, and for nothing else.
pub(super) fn claims(document: &Record) -> Vec<String> {
    let Ok(attachment) = FieldName::parse(ATTACHMENT) else {
        return Vec::new();
    };
    document
        .tables()
        .flatten()
        .filter_map(|row| loosely(row.text(&attachment)?))
        .collect()
}

fn loosely(text: &str) -> Option<String> {
    let decoded = percent_decode_str(text).decode_utf8_lossy();
    let path = decoded.split(['?', '#']).next()?;
    let from = path
        .find("/private/files/")
        .or_else(|| path.find("/files/"))?;
    Some(path[from..].trim().to_owned())
}

fn file(attachment: &Attachment, is_of_a_paper: bool) -> File {
    File {
        id: attachment.id.clone(),
        name: FileName::of(&attachment.file_name, &attachment.path),
        details: None,
        is_of_a_paper,
        path: attachment.path.clone(),
    }
}

impl Visit {
    /// A file of a document that is this user's.
    ///
    /// # Errors
    /// When there is no such document or no such file for this user, which look the same, or Frappe
    /// does not answer.
    pub async fn file<'page>(
        &self,
        page: &'page Page,
        name: &DocumentName,
        id: &DocumentName,
    ) -> Result<(Document<'page>, File), Error> {
        if page.files.is_none() {
            return Err(Error::NotFound);
        }
        let mut document = self.document(page, name).await?;
        let at = document.files.iter().position(|file| file.id == *id);
        let file = document.files.swap_remove(at.ok_or(Error::NotFound)?);
        Ok((document, file))
    }

    /// The bytes of a file.
    ///
    /// # Errors
    /// [`Error::FileGone`] when Frappe does not give it, though it hangs on the document.
    pub async fn open(&self, file: &File) -> Result<FileBytes, Error> {
        self.can_ask()?;
        let bytes = self.portal.client.file(&self.caller, &file.path).await;
        bytes.map_err(gone)
    }

    /// How long a file is, where that is known, without its bytes.
    ///
    /// # Errors
    /// As for [`Visit::open`].
    pub async fn length(&self, file: &File) -> Result<Option<u64>, Error> {
        self.can_ask()?;
        let length = self.portal.client.file_head(&self.caller, &file.path).await;
        length.map_err(gone)
    }
}

fn gone(error: frappe::Error) -> Error {
    match error {
        frappe::Error::NotFound | frappe::Error::Forbidden => Error::FileGone,
        // The site has answered, and all else of it can be had.
        frappe::Error::Unavailable(Outage::Redirected) => {
            tracing::warn!(
                "what is in front of Frappe leads the address of a file elsewhere, as an nginx of bench or \
                 frappe_docker does with names that end in .html: site.url may name gunicorn itself"
            );
            Error::FileGone
        }
        error => error.into(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::portal::page::Types;
    use crate::portal::sections::paper;

    fn attachment(id: &str, url: &str) -> Attachment {
        Attachment {
            id: DocumentName::parse(id).expect("a name"),
            file_name: url.rsplit('/').next().expect("a name").to_owned(),
            path: FilePath::parse(url).expect("a path"),
        }
    }

    fn papers(rows: &[(&str, &str)]) -> Vec<Paper> {
        rows.iter()
            .map(|(kind, attachment)| {
                let row = json!({"document_type": kind, "attachment": attachment});
                let row = Record::from_json(row).expect("a row");
                paper(&row, "2026-11-22".parse().expect("a day"))
            })
            .collect()
    }

    fn files(types: Types, others: bool) -> Files {
        Files { types, others }
    }

    fn ids(files: &[File]) -> Vec<&str> {
        files.iter().map(|file| file.id.as_str()).collect()
    }

    #[test]
    fn a_paper_leads_to_the_file_that_hangs_on_the_document_and_to_no_other() {
        let mut papers = papers(&[
            ("POD", "/private/files/pod.pdf"),
            ("CMR", "/private/files/of-another-job.pdf"),
            ("PL", "https://evil.example/private/files/pod.pdf"),
            ("INV", "/private/files/../files/pod.pdf"),
            ("DN", "/private/files/pod.pdf?fid=x"),
            ("QC", ""),
        ]);
        let claimed = Vec::new();
        let found = declared(
            &files(Types::All, false),
            papers.iter_mut(),
            &claimed,
            &[
                attachment("a1", "/private/files/pod.pdf"),
                attachment("a2", "/private/files/unnamed.pdf"),
            ],
        );
        assert_eq!(ids(&found), ["a1"]);
        let told: Vec<_> = papers.iter().map(|paper| paper.file.is_some()).collect();
        assert_eq!(told, [true, false, false, false, false, false]);
    }

    #[test]
    fn a_file_of_a_type_that_is_not_declared_is_not_given_and_is_no_other_file_either() {
        let mut papers = papers(&[
            ("POD", "/private/files/pod.pdf"),
            ("Carrier Invoice", "/private/files/cost.pdf"),
        ]);
        let attachments = [
            attachment("cost", "/private/files/cost.pdf"),
            attachment("photo", "/files/photo.png"),
            attachment("pod", "/private/files/pod.pdf"),
        ];
        let claimed = ["/private/files/cost.pdf".to_owned()];
        let only_pod = Types::These(vec!["POD".to_owned()]);
        let found = declared(
            &files(only_pod.clone(), false),
            papers.iter_mut(),
            &claimed,
            &attachments,
        );
        assert_eq!(ids(&found), ["pod"]);
        let found = declared(
            &files(only_pod, true),
            papers.iter_mut(),
            &claimed,
            &attachments,
        );
        assert_eq!(ids(&found), ["pod", "photo"]);
        assert!(papers[1].file.is_none());
    }

    #[test]
    fn a_file_that_two_papers_name_is_one_file() {
        let mut papers = papers(&[
            ("POD", "/private/files/all.pdf"),
            ("CMR", "/private/files/all.pdf"),
        ]);
        let claimed = ["/private/files/all.pdf".to_owned()];
        let hanging = [attachment("all", "/private/files/all.pdf")];
        let found = declared(
            &files(Types::All, true),
            papers.iter_mut(),
            &claimed,
            &hanging,
        );
        assert_eq!(ids(&found), ["all"]);
        assert_eq!(papers[0].file, papers[1].file);
    }

    #[test]
    fn a_file_that_a_row_claims_in_other_words_is_no_other_file() {
        for written in [
            "/private/files/cost.pdf",
            "https://erp.example/private/files/cost.pdf",
            "/private/files/cost.pdf?fid=a1",
            "/private/files/c%6Fst.pdf#page=2",
            " /private/files/cost.pdf ",
        ] {
            let document = json!({"name": "TRJ1", "papers": [
                {"document_type": "Carrier Invoice", "attachment": written},
            ]});
            let document = Record::from_json(document).expect("a document");
            assert_eq!(claims(&document), ["/private/files/cost.pdf"], "{written}");
            let hanging = [attachment("cost", "/private/files/cost.pdf")];
            let found = declared(
                &files(Types::default(), true),
                std::iter::empty(),
                &claims(&document),
                &hanging,
            );
            assert!(found.is_empty(), "{written}");
        }
    }
}
