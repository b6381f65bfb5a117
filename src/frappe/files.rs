//! Files: what hangs on a document, and the bytes of one of them.
//!
//! A Website User cannot list File rows (`file_list_of_own_job`); the desk's own question for a
//! document brings its attachments along (`desk_getdoc_with_attachments`), with comments, versions and
//! mails, which are dropped here unread. Bytes come from `/private/files/…` with the session's sid,
//! or from `/files/…`, which is public, without it; never by `download_file`, which loads a whole
//! file into Frappe's memory. They are passed on as they come: nothing here holds a file.

use std::{borrow::Cow, fmt, time::Duration};

use bytes::Bytes;
use jiff::civil::DateTime;
use reqwest::Response;
use serde::Deserialize;
use serde::de::{
    DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor,
};
use serde_json::Value;
use tokio::time::timeout;

use super::{
    answer::{Answer, Asked, Refusal},
    client::{Caller, Client, in_english, method},
    cookies::Belongs,
    error::{Error, Outage},
    filter::Filter,
    limits::{Permit, Turn},
    names::{DocType, DocumentName, FieldName},
    query::ListQuery,
    question::{Body, Credentials, Question},
    record::{Extract, Record},
    transport::cut_short,
};

/// The longest path of a file that is followed, in bytes. Frappe stores names of at most 140
/// characters.
const LONGEST_PATH: usize = 1_000;

/// Where a file lies on the site: exactly `/private/files/…` or `/files/…`.
///
/// `attachment` of a Job Document is free text, and so is `file_url` of a File. What is no plain path
/// of the site is no file: another host, a query, dot segments, anything percent-encoded. Frappe takes
/// `?`, `#`, `%`, `/` and `\` out of the names of files itself.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FilePath(String);

impl FilePath {
    /// Takes the text exactly as it is, if it is such a path.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let rest = ["/private/files/", "/files/"]
            .iter()
            .find_map(|folder| text.strip_prefix(folder))?;
        let is_plain = text.len() <= LONGEST_PATH
            && !text
                .chars()
                .any(|letter| letter.is_control() || matches!(letter, '\\' | '?' | '#' | '%'))
            && rest
                .split('/')
                .all(|segment| !matches!(segment, "" | "." | ".."));
        is_plain.then(|| Self(text.to_owned()))
    }

    /// The path as Frappe has it, not percent-encoded.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether anybody may have it: such a file is asked for without the sid.
    #[must_use]
    pub fn is_public(&self) -> bool {
        self.0.starts_with("/files/")
    }

    fn segments(&self) -> Vec<&str> {
        self.0.split('/').skip(1).collect()
    }
}

/// A File that hangs on a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    /// The File's name.
    pub id: DocumentName,
    /// What the file was called when it was uploaded: foreign text.
    pub file_name: String,
    /// Where it lies.
    pub path: FilePath,
}

impl Attachment {
    /// A row of `docinfo.attachments`; `None` for a link that leads elsewhere, or a broken row.
    fn read(row: &Value) -> Option<Self> {
        let text = |name: &str| row.get(name)?.as_str();
        Some(Self {
            id: DocumentName::parse(text("name")?).ok()?,
            file_name: text("file_name").unwrap_or_default().to_owned(),
            path: FilePath::parse(text("file_url")?)?,
        })
    }

    /// About how many bytes of memory it takes.
    #[must_use]
    pub fn size(&self) -> usize {
        size_of::<Self>() + self.id.as_str().len() + self.file_name.len() + self.path.0.len()
    }
}

/// What the service account knows of a File.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileDetails {
    /// Its length in bytes, as Frappe noted it once.
    pub size: Option<u64>,
    /// When it was added, on the site's clock.
    pub added: Option<DateTime>,
}

/// The bytes of a file on their way. Dropped, the question is broken off.
pub struct FileBytes {
    length: Option<u64>,
    response: Response,
    read: Duration,
    _turn: Permit,
}

impl FileBytes {
    /// How many there are, where Frappe, or the nginx in front of it, says so.
    #[must_use]
    pub const fn length(&self) -> Option<u64> {
        self.length
    }

    /// The next of them; `None` at the end.
    ///
    /// # Errors
    /// When they break off, or do not go on in time.
    pub async fn next(&mut self) -> Result<Option<Bytes>, Outage> {
        let next = timeout(self.read, self.response.chunk()).await;
        next.map_err(|_| Outage::TimedOut)?
            .map_err(|error| cut_short(&error))
    }
}

impl fmt::Debug for FileBytes {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("FileBytes").finish_non_exhaustive()
    }
}

/// What the desk answers of a document (`desk_getdoc_with_attachments`), of which this is read.
struct DeskDocument<'a>(&'a Extract);

/// What stands beside it there; comments, versions and mails are passed over.
#[derive(Deserialize)]
struct DocInfo {
    attachments: Vec<Value>,
}

impl<'de> DeserializeSeed<'de> for DeskDocument<'_> {
    type Value = (Option<Record>, DocInfo);

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for DeskDocument<'_> {
    type Value = (Option<Record>, DocInfo);

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("`docs` and `docinfo`")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut told: A) -> Result<Self::Value, A::Error> {
        let (mut documents, mut docinfo) = (None, None);
        while let Some(key) = told.next_key::<Cow<'_, str>>()? {
            match &*key {
                "docs" => documents = Some(told.next_value_seed(First(self.0))?),
                "docinfo" => docinfo = Some(told.next_value()?),
                "_link_titles" => drop(told.next_value::<IgnoredAny>()?),
                other => return Err(A::Error::unknown_field(other, &["docs", "docinfo"])),
            }
        }
        let document = documents.ok_or_else(|| A::Error::missing_field("docs"))?;
        let docinfo = docinfo.ok_or_else(|| A::Error::missing_field("docinfo"))?;
        Ok((document, docinfo))
    }
}

/// Reads the first document of a list.
struct First<'a>(&'a Extract);

impl<'de> DeserializeSeed<'de> for First<'_> {
    type Value = Option<Record>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for First<'_> {
    type Value = Option<Record>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("documents")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut told: A) -> Result<Self::Value, A::Error> {
        let first = told.next_element_seed(self.0)?;
        while told.next_element::<IgnoredAny>()?.is_some() {}
        Ok(first)
    }
}

fn desk_document(
    answer: &Answer,
    asked: Asked<'_>,
    extract: &Extract,
) -> Result<((Record, Vec<Attachment>), Belongs), Refusal> {
    let (document, attachments, belongs) =
        if let Some((plain, belongs)) = answer.read_plain(asked, DeskDocument(extract))? {
            let (document, DocInfo { attachments }) = plain;
            (document, Some(attachments), belongs)
        } else {
            let (mut json, belongs) = answer.read(asked)?;
            // `{"message": []}` and a 200, read in Frappe's source and seen on a site.
            if json["message"].as_array().is_some_and(Vec::is_empty) {
                return Err(Error::NotFound.into());
            }
            let document = json.pointer_mut("/docs/0").map(Value::take);
            let attachments = json.pointer_mut("/docinfo/attachments").map(Value::take);
            let attachments = attachments.and_then(|told| Vec::deserialize(told).ok());
            let document = document.and_then(|told| extract.deserialize(told).ok());
            (document, attachments, belongs)
        };
    let attachments = attachments.ok_or(Outage::Incomplete)?;
    let attachments = attachments.iter().filter_map(Attachment::read).collect();
    Ok(((document.ok_or(Outage::Incomplete)?, attachments), belongs))
}

impl Client {
    /// One document, of which this is read, with what hangs on it. Costs Frappe more than twice what the
    /// document does.
    pub async fn document_with_attachments(
        &self,
        caller: &Caller,
        doctype: &DocType,
        name: &DocumentName,
        extract: &Extract,
    ) -> Result<(Record, Vec<Attachment>), Error> {
        let path = method("frappe.desk.form.load.getdoc");
        let query = in_english(vec![
            ("doctype", doctype.to_string()),
            ("name", name.to_string()),
        ]);
        let read = |answer: &Answer, asked: Asked<'_>| desk_document(answer, asked, extract);
        let (document, _) = self.ask_for(caller, path, query, read).await?;
        Ok(document)
    }

    /// The bytes of a file, as the caller may have them. One that does not exist and one that is
    /// refused look the same (`file_private_missing`): [`Error::NotFound`].
    pub async fn file(&self, caller: &Caller, path: &FilePath) -> Result<FileBytes, Error> {
        self.open(caller, path, Body::Query(Vec::new())).await
    }

    /// Asks whether [`Client::file`] would give them, without them.
    pub async fn file_head(&self, caller: &Caller, path: &FilePath) -> Result<Option<u64>, Error> {
        let bytes = self.open(caller, path, Body::Head).await?;
        Ok(bytes.length())
    }

    async fn open(&self, caller: &Caller, path: &FilePath, body: Body) -> Result<FileBytes, Error> {
        let (credentials, asked) = if path.is_public() {
            (Credentials::None, Asked::Nobody)
        } else {
            (
                Credentials::Session(&caller.sid, caller.address),
                Asked::Session(&caller.user),
            )
        };
        // Until the bytes begin it is a question like any other.
        let _share = self.shares.take(&caller.user).await?;
        let question = Question {
            path: path.segments(),
            body,
            credentials,
            turn: Turn::File,
        };
        let opened = self.transport.open(question).await?;
        match opened.head.begins_a_file(asked) {
            Ok(()) => Ok(FileBytes {
                // Out of the headers: to a HEAD there is no body that could be measured.
                length: opened.head.length(),
                response: opened.response,
                read: opened.read,
                _turn: opened.turn,
            }),
            Err(Refusal::Certain(error)) => Err(error),
            Err(Refusal::Doubtful(error)) => {
                drop(opened);
                self.logged_user(caller).await?;
                Err(error)
            }
        }
    }

    /// What the service account knows of these Files of a document: one question for all of them.
    /// Nothing without a service account.
    pub async fn file_details(
        &self,
        doctype: &DocType,
        name: &DocumentName,
        files: &[&DocumentName],
    ) -> Result<Vec<(DocumentName, FileDetails)>, Error> {
        let length = u32::try_from(files.len())
            .ok()
            .and_then(std::num::NonZeroU32::new);
        let (true, Some(length)) = (self.has_service_account(), length) else {
            return Ok(Vec::new());
        };
        let field = |name| FieldName::parse(name).map_err(super::client::impossible);
        let file = DocType::parse("File").map_err(super::client::impossible)?;
        let (size, added) = (field("file_size")?, field("creation")?);
        let mut query = ListQuery::new(file, vec![size.clone(), added.clone()], length);
        query.filters = vec![
            Filter::one_of(FieldName::name(), files.iter().map(|file| file.as_str())),
            Filter::equals(field("attached_to_doctype")?, doctype.as_str()),
            Filter::equals(field("attached_to_name")?, name.as_str()),
        ];
        let rows = self.list_by_service(&query).await?;
        let details = rows.iter().filter_map(|row| {
            let id = DocumentName::parse(row.text(&FieldName::name())?).ok()?;
            let size = row
                .integer(&size)
                .and_then(|size| u64::try_from(size).ok())
                .filter(|size| *size > 0);
            let added = row.datetime(&added);
            Some((id, FileDetails { size, added }))
        });
        Ok(details.collect())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_plain_path_of_the_site_is_followed_and_nothing_else() {
        for good in [
            "/private/files/POD-TRJ000000859.pdf",
            "/private/files/Größe & Maß №1 (final)8c3ad1.pdf",
            "/files/photo.png",
            "/private/files/sub/photo.png",
            "/private/files/...pdf",
        ] {
            let path = FilePath::parse(good).map(|path| path.as_str().to_owned());
            assert_eq!(path.as_deref(), Some(good));
        }
        for bad in [
            "",
            "/private/files/",
            "/files/",
            "/private/files",
            "private/files/a.pdf",
            " /private/files/a.pdf",
            "/private/backups/a.sql.gz",
            "/private/files/../backups/a.sql.gz",
            "/private/files/./a.pdf",
            "/private/files//a.pdf",
            "/private/files/a.pdf/",
            "//evil.example/files/a.pdf",
            "https://evil.example/files/a.pdf",
            "/files/a.pdf?fid=1",
            "/files/a.pdf#x",
            "/files/..%2f..%2fsite_config.json",
            "/files/a\\..\\b",
            "/files/a\0.pdf",
            "/files/a\n.pdf",
            "/api/method/download_file",
            "/Files/a.pdf",
        ] {
            assert_eq!(FilePath::parse(bad), None, "{bad:?}");
        }
        assert_eq!(
            FilePath::parse(&format!("/files/{}", "a".repeat(1_000))),
            None
        );
    }

    proptest! {
        #[test]
        fn what_is_followed_never_leaves_the_folder_of_files(text in "(/private)?/files/[a-z./\\\\%?#]{0,12}") {
            if let Some(path) = FilePath::parse(&text) {
                let site: url::Url = "http://erp.example/".parse().unwrap();
                let joined = site.join(&text).unwrap();
                prop_assert_eq!(joined.host_str(), Some("erp.example"));
                prop_assert_eq!(joined.path(), path.as_str());
                prop_assert_eq!(joined.query(), None);
            }
        }
    }
}
