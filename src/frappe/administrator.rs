//! What an administrator asks of a site and changes on it, for the commands `check`, `setup` and
//! `link`: with an account of his own, never with a customer's session.
//!
//! It goes through the same transport as every other question, and what it changes it changes once:
//! a question that may have done its work is never repeated. Rights of roles change through the
//! permission manager's own calls alone, since a bare Custom `DocPerm` row would lock the staff out
//! (`bare_staff_after`), and nothing here can save System Settings, which may ask every user for a
//! second factor (`role_all_2fa_after`).

use std::{collections::BTreeMap, num::NonZeroU32};

use jiff::{Timestamp, fmt::rfc2822};
use reqwest::header::DATE;
use secrecy::SecretString;
use serde_json::Value;

use super::{
    answer::{Answer, Asked, Refusal},
    client::{Caller, Client, decided, in_english, method},
    cookies::Belongs,
    error::{Error, Outage},
    limits::Turn,
    names::{DocType, DocumentName, FieldName, UserId},
    permissions::UserPermissions,
    query::{CountQuery, ListQuery},
    question::{Body, Credentials, LANGUAGE, Question},
    record::{Record, Rows},
};

/// So many rows are asked for at once.
const PIECE: NonZeroU32 = NonZeroU32::MIN.saturating_add(999);
/// More rows than any list has that a command reads; what lies beyond is not read.
const MOST_PIECES: u32 = 200;

/// An administrator at a site.
#[derive(Clone, Debug)]
pub struct Administrator {
    client: Client,
    /// Without a session he signs with the client's service account, which is then his API key.
    session: Option<Caller>,
}

/// A right of a role on a DocType.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "Frappe's own words")]
pub enum Right {
    Select,
    Read,
    Write,
    Create,
    Delete,
    Submit,
    Cancel,
    Amend,
    Report,
    Export,
    Import,
    Share,
    Print,
    Email,
}

impl Right {
    /// All of them.
    pub const ALL: [Self; 14] = [
        Self::Select,
        Self::Read,
        Self::Write,
        Self::Create,
        Self::Delete,
        Self::Submit,
        Self::Cancel,
        Self::Amend,
        Self::Report,
        Self::Export,
        Self::Import,
        Self::Share,
        Self::Print,
        Self::Email,
    ];

    /// Its name, which is also the column of a permission row.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Select => "select",
            Self::Read => "read",
            Self::Write => "write",
            Self::Create => "create",
            Self::Delete => "delete",
            Self::Submit => "submit",
            Self::Cancel => "cancel",
            Self::Amend => "amend",
            Self::Report => "report",
            Self::Export => "export",
            Self::Import => "import",
            Self::Share => "share",
            Self::Print => "print",
            Self::Email => "email",
        }
    }
}

impl Administrator {
    /// One who has signed in.
    #[must_use]
    pub const fn with_session(client: Client, session: Caller) -> Self {
        Self {
            client,
            session: Some(session),
        }
    }

    /// One whose API key is the client's service account.
    #[must_use]
    pub const fn with_key(client: Client) -> Self {
        Self {
            client,
            session: None,
        }
    }

    /// Who it is, in Frappe's own words.
    pub async fn user(&self) -> Result<UserId, Error> {
        let path = method("frappe.auth.get_logged_user");
        let answer = self.ask(path, in_english(Vec::new())).await?;
        let named = answer.get("message").and_then(Value::as_str);
        UserId::parse(named.ok_or(Outage::Incomplete)?).map_err(|_| Error::SignInRequired)
    }

    /// Ends the session, if there is one.
    pub async fn sign_out(&self) -> Result<(), Error> {
        match &self.session {
            Some(caller) => self.client.sign_out(caller).await,
            None => Ok(()),
        }
    }

    /// The site's apps and their versions (`get_versions_reader`).
    pub async fn versions(&self) -> Result<BTreeMap<String, String>, Error> {
        let path = method("frappe.utils.change_log.get_versions");
        let answer = self.ask(path, in_english(Vec::new())).await?;
        let apps = answer.get("message").and_then(Value::as_object);
        let version = |app: &Value| {
            app.get("version")
                .and_then(Value::as_str)
                .map(str::to_owned)
        };
        let apps = apps.ok_or(Outage::Incomplete)?.iter();
        Ok(apps
            .filter_map(|(app, says)| Some((app.clone(), version(says)?)))
            .collect())
    }

    /// All User Permissions of a user, as Frappe itself resolves them: with what lies below in a tree
    /// (`up_method_get_user_permissions_other`, `user_permissions_own_with_warehouse`).
    pub async fn permissions_of(&self, user: &UserId) -> Result<UserPermissions, Error> {
        let path =
            method("frappe.core.doctype.user_permission.user_permission.get_user_permissions");
        let question = in_english(vec![("user", user.to_string())]);
        let answer = self.ask(path, question).await?;
        let message = answer.get("message").ok_or(Outage::Incomplete)?;
        UserPermissions::from_json(user.clone(), message)
    }

    /// All rows of a list, whatever length the query names; without an order of its own it comes by
    /// name.
    pub async fn all(&self, mut query: ListQuery) -> Result<Vec<Record>, Error> {
        query.length = PIECE;
        let mut rows = Vec::new();
        for piece in 0..MOST_PIECES {
            query.start = piece * PIECE.get();
            let (path, body) = self.client.listing(&query);
            let Rows(read) = self.ask_for(path, body, Answer::read_told).await?;
            let is_last = read.len() < PIECE.get() as usize;
            rows.extend(read);
            if is_last {
                break;
            }
        }
        Ok(rows)
    }

    /// How many rows there are.
    pub async fn count(&self, query: &CountQuery) -> Result<u64, Error> {
        let path = method("frappe.desk.reportview.get_count");
        // This method knows no `_lang`.
        let parameters = query.parameters().into_iter();
        let parameters = parameters.map(|(name, value)| match value {
            Value::String(text) => (name, text),
            other => (name, other.to_string()),
        });
        let answer = self.ask(path, Body::Query(parameters.collect())).await?;
        let count = answer.get("message").and_then(Value::as_u64);
        Ok(count.ok_or(Outage::Incomplete)?)
    }

    /// One document; a Single's name is its DocType's.
    pub async fn document(&self, doctype: &DocType, name: &DocumentName) -> Result<Record, Error> {
        let path = vec!["api", "resource", doctype.as_str(), name.as_str()];
        self.ask_for(path, in_english(Vec::new()), Answer::read_told)
            .await
    }

    /// Makes a document.
    pub async fn create(&self, doctype: &DocType, document: Value) -> Result<Record, Error> {
        let path = vec!["api", "resource", doctype.as_str()];
        self.ask_for(path, Body::Post(document), Answer::read_told)
            .await
    }

    /// Changes a document. A child table that is sent replaces the stored one
    /// (`custlink_customer_put_only_new_row`), and `modified`, where it is sent, has to be the stored
    /// one (`portalset_put_stale_modified`).
    pub async fn change(
        &self,
        doctype: &DocType,
        name: &DocumentName,
        fields: Value,
    ) -> Result<Record, Error> {
        let path = vec!["api", "resource", doctype.as_str(), name.as_str()];
        self.ask_for(path, Body::Put(fields), Answer::read_told)
            .await
    }

    /// Deletes a document.
    pub async fn delete(&self, doctype: &DocType, name: &DocumentName) -> Result<(), Error> {
        let path = vec!["api", "resource", doctype.as_str(), name.as_str()];
        self.ask(path, Body::Delete).await.map(drop)
    }

    /// Adds a rule for a role. It comes with read and export (`pm_custom_docperm_after_add`).
    pub async fn add_rule(&self, doctype: &DocType, role: &str) -> Result<(), Error> {
        let form = vec![("parent", doctype.to_string())];
        self.manage("add", form, role).await
    }

    /// Sets one right of a rule. Of a rule that is not there it says nothing (`pm_update_missing_row`).
    pub async fn set_right(
        &self,
        doctype: &DocType,
        role: &str,
        right: Right,
        given: bool,
    ) -> Result<(), Error> {
        let form = vec![
            ("doctype", doctype.to_string()),
            ("ptype", right.name().to_owned()),
            ("value", i32::from(given).to_string()),
        ];
        self.manage("update", form, role).await
    }

    /// Removes a rule of a role; the rows of all others stay.
    pub async fn remove_rule(&self, doctype: &DocType, role: &str) -> Result<(), Error> {
        let form = vec![("doctype", doctype.to_string())];
        self.manage("remove", form, role).await
    }

    async fn manage(
        &self,
        call: &str,
        mut form: Vec<(&'static str, String)>,
        role: &str,
    ) -> Result<(), Error> {
        let name = format!("frappe.core.page.permission_manager.permission_manager.{call}");
        form.extend([
            ("role", role.to_owned()),
            ("permlevel", "0".to_owned()),
            (LANGUAGE.0, LANGUAGE.1.to_owned()),
        ]);
        self.ask(method(&name), Body::Form(form)).await.map(drop)
    }

    /// Gives a user an API key, if he has none, and a new secret. The old secret is over.
    pub async fn generate_keys(&self, user: &UserId) -> Result<SecretString, Error> {
        let path = method("frappe.core.doctype.user.user.generate_keys");
        let form = vec![("user", user.to_string())];
        let answer = self.ask(path, Body::Form(form)).await?;
        let secret = answer
            .pointer("/message/api_secret")
            .and_then(Value::as_str);
        Ok(SecretString::from(secret.ok_or(Outage::Incomplete)?))
    }

    /// What stands behind the asterisks of a Password field (`webhook_get_password_client`); nothing
    /// where nothing is stored.
    pub async fn stored_secret(
        &self,
        doctype: &DocType,
        name: &DocumentName,
        field: &FieldName,
    ) -> Result<Option<SecretString>, Error> {
        let path = method("frappe.client.get_password");
        let form = vec![
            ("doctype", doctype.to_string()),
            ("name", name.to_string()),
            ("fieldname", field.to_string()),
        ];
        match self.ask(path, Body::Form(form)).await {
            Ok(answer) => Ok(answer
                .get("message")
                .and_then(Value::as_str)
                .map(SecretString::from)),
            Err(Error::Invalid) => Ok(None),
            Err(problem) => Err(problem),
        }
    }

    async fn ask(&self, path: Vec<&str>, body: Body) -> Result<Value, Error> {
        self.ask_for(path, body, Answer::read).await
    }

    async fn ask_for<T>(
        &self,
        path: Vec<&str>,
        body: Body,
        read: impl Fn(&Answer, Asked<'_>) -> Result<(T, Belongs), Refusal>,
    ) -> Result<T, Error> {
        if let Some(caller) = &self.session {
            let (answer, _) = self.client.ask_for(caller, path, body, read).await?;
            return Ok(answer);
        }
        let question = Question {
            path,
            body,
            credentials: Credentials::Service,
            turn: Turn::Question,
        };
        let answer = self.client.transport.ask(question).await?;
        let (answer, _) = read(&answer, Asked::Service).map_err(decided)?;
        Ok(answer)
    }
}

impl Client {
    /// What the site's clock says: the time of an answer.
    pub async fn clock(&self) -> Result<Timestamp, Error> {
        let question = Question {
            path: method("ping"),
            body: in_english(Vec::new()),
            credentials: Credentials::None,
            turn: Turn::Question,
        };
        let answer = self.transport.ask(question).await?;
        let date = answer.headers.get(DATE).cloned();
        answer.read(Asked::Nobody).map_err(decided)?;
        date.as_ref()
            .and_then(|date| date.to_str().ok())
            .and_then(|date| rfc2822::parse(&date.replace("GMT", "+0000")).ok())
            .map(|moment| moment.timestamp())
            .ok_or_else(|| Error::Unexpected("an answer without a date".to_owned()))
    }

    /// What links in the site's mails begin with, as its list of public pages shows it; nothing where
    /// that list is empty.
    pub async fn address_in_mails(&self) -> Result<Option<String>, Error> {
        let question = Question {
            path: vec!["sitemap.xml"],
            body: Body::Query(Vec::new()),
            credentials: Credentials::None,
            turn: Turn::Question,
        };
        let answer = self.transport.ask(question).await?;
        if !answer.status.is_success() {
            return Err(Error::NotFound);
        }
        let page = String::from_utf8_lossy(&answer.body);
        let first = page
            .split_once("<loc>")
            .and_then(|(_, rest)| rest.split_once("</loc>"));
        Ok(first
            .and_then(|(address, _)| url::Url::parse(address.trim()).ok())
            .map(|address| address.origin().ascii_serialization()))
    }
}
