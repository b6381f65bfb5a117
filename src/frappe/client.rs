//! The questions that the portal asks, one function each.
//!
//! Every question of a session carries that session's sid and its browser's address, and every
//! answer is held against the session's user: an answer that names somebody else, or Guest, is
//! [`Error::SignInRequired`]. Where an answer leaves open whether the session is over or the user not
//! permitted, the client asks `get_logged_user`, and that decides. Signing in is in `sign_in`.

use std::{net::IpAddr, num::NonZeroU32, sync::Arc};

use serde_json::{Map, Value};

use super::{
    answer::{Answer, Asked, Refusal},
    breaker::Standing,
    connection::{Connection, ConnectionProblem},
    cookies::Belongs,
    error::{Error, Outage},
    filter::Filter,
    limits::Turn,
    names::{DocType, DocumentName, FieldName, UserId},
    permissions::{PortalUser, UserPermissions},
    query::{CountQuery, ListQuery},
    question::{Body, Credentials, LANGUAGE, Question},
    record::{Extract, Record, Rows},
    shares::Shares,
    sid::Sid,
    transport::Transport,
};
use crate::clock::Clock;

/// gunicorn refuses request lines over 4,094 bytes (`list_get_url_too_long`); this leaves room for
/// what a proxy may add.
const LONGEST_TARGET: usize = 3_500;

/// More customers than any one user has.
const MOST_PORTAL_USERS: NonZeroU32 = NonZeroU32::MIN.saturating_add(999);

/// Who asks: a session, its user, and where the browser is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The session.
    pub sid: Sid,
    /// Whose it is. An answer that names somebody else is [`Error::SignInRequired`].
    pub user: UserId,
    /// The browser's address, which Frappe's own limits and restrictions go by.
    pub address: IpAddr,
}

/// A client of one site. Cheap to clone; clones share connections, limits and breaker.
#[derive(Clone, Debug)]
pub struct Client {
    pub(super) transport: Arc<Transport>,
    /// What a session's questions take.
    turn: Turn,
    pub(super) shares: Arc<Shares>,
}

impl Client {
    /// A client for this site.
    pub fn new(connection: Connection, clock: Clock) -> Result<Self, ConnectionProblem> {
        let shares = Arc::new(Shares::new(
            connection.user_in_flight,
            connection.user_per_minute,
            connection.queue_deadline,
            clock.clone(),
        ));
        let transport = Arc::new(Transport::new(connection, clock)?);
        Ok(Self {
            transport,
            shares,
            turn: Turn::Question,
        })
    }

    /// The same client, whose sessions' questions take the turns of exports. They are not of their
    /// users' shares: how many exports are made for one user is limited before.
    #[must_use]
    pub fn for_exports(&self) -> Self {
        Self {
            turn: Turn::Export,
            ..self.clone()
        }
    }

    /// Whether the site has enough to do as it is: it failed just now, or half of the turns are taken.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        self.transport.is_busy()
    }

    /// Whether there is a service account.
    #[must_use]
    pub fn has_service_account(&self) -> bool {
        self.transport.has_service_account()
    }

    /// How the site stands, as questions have found; asks nothing.
    #[must_use]
    pub fn standing(&self) -> Standing {
        self.transport.standing()
    }

    /// Whether the site answers at all.
    pub async fn ping(&self) -> Result<(), Error> {
        let question = Question {
            path: method("ping"),
            body: in_english(Vec::new()),
            credentials: Credentials::None,
            turn: Turn::Question,
        };
        let answer = self.transport.ask(question).await?;
        answer.read(Asked::Nobody).map_err(decided)?;
        Ok(())
    }

    /// Whose session it is, in Frappe's own words; always the caller's user, or an error.
    pub async fn logged_user(&self, caller: &Caller) -> Result<UserId, Error> {
        self.whose(&caller.sid, Some(&caller.user), caller.address)
            .await
    }

    /// The caller's own User Permissions. An answer is proof that the session is still good and
    /// still this user's: where the answer itself does not name the user, `get_logged_user` has.
    pub async fn user_permissions(&self, caller: &Caller) -> Result<UserPermissions, Error> {
        // Never with `user=`: Frappe answers for others too (`user_permissions_of_other`).
        let path =
            method("frappe.core.doctype.user_permission.user_permission.get_user_permissions");
        let (answer, belongs) = self.ask(caller, path, in_english(Vec::new())).await?;
        if belongs != Belongs::ToCaller {
            self.logged_user(caller).await?;
        }
        let message = answer.get("message").ok_or(Outage::Incomplete)?;
        UserPermissions::from_json(caller.user.clone(), message)
    }

    /// The Portal User rows that name the caller's user, read as that user. A user without the role
    /// Customer may not: [`Error::Forbidden`] (`portal_user_own_rows_norole`).
    pub async fn portal_users(&self, caller: &Caller) -> Result<Vec<PortalUser>, Error> {
        let rows = self.list(caller, &portal_users_of(&caller.user)?).await?;
        rows.iter().map(portal_user).collect()
    }

    /// The same rows, read by the service account.
    pub async fn portal_users_by_service(&self, user: &UserId) -> Result<Vec<PortalUser>, Error> {
        let rows = self.list_by_service(&portal_users_of(user)?).await?;
        rows.iter().map(portal_user).collect()
    }

    /// Rows of a DocType, as the caller may see them.
    pub async fn list(&self, caller: &Caller, query: &ListQuery) -> Result<Vec<Record>, Error> {
        let (path, body) = self.listing(query);
        let (Rows(rows), _) = self.ask_for(caller, path, body, Answer::read_told).await?;
        Ok(rows)
    }

    /// How many rows there are, as the caller may see them. `frappe.client.get_count` would count
    /// everybody's (`client_get_count`), so it is the reports' count (`reportview_get_count`).
    pub async fn count(&self, caller: &Caller, query: &CountQuery) -> Result<u64, Error> {
        let path = method("frappe.desk.reportview.get_count");
        let parameters = query.parameters();
        let texts = as_texts(&parameters);
        // No language here: this method hands every parameter on to a function that knows no
        // `_lang`, and would fail. As JSON: `reportview_get_count_post_json`.
        let body = if self.transport.fits(LONGEST_TARGET, &path, &texts) {
            Body::Query(texts)
        } else {
            Body::Reading(as_json(parameters))
        };
        let (answer, _) = self.ask(caller, path, body).await?;
        let count = answer.get("message").and_then(Value::as_u64);
        Ok(count.ok_or(Outage::Incomplete)?)
    }

    /// One document, of which this is read.
    pub async fn document(
        &self,
        caller: &Caller,
        doctype: &DocType,
        name: &DocumentName,
        extract: &Extract,
    ) -> Result<Record, Error> {
        let path = vec!["api", "resource", doctype.as_str(), name.as_str()];
        let read = |answer: &Answer, asked: Asked<'_>| answer.read_told_by(asked, extract);
        let (document, _) = self
            .ask_for(caller, path, in_english(Vec::new()), read)
            .await?;
        Ok(document)
    }

    /// The caller's own User document, of which this is read.
    pub async fn user(&self, caller: &Caller, extract: &Extract) -> Result<Record, Error> {
        let (Ok(doctype), Ok(name)) = (
            DocType::parse("User"),
            DocumentName::parse(caller.user.as_str()),
        ) else {
            return Err(Error::NotFound);
        };
        self.document(caller, &doctype, &name, extract).await
    }

    /// Whose session this is; of this user, where that is known.
    pub(super) async fn whose(
        &self,
        sid: &Sid,
        user: Option<&UserId>,
        address: IpAddr,
    ) -> Result<UserId, Error> {
        let question = Question {
            path: method("frappe.auth.get_logged_user"),
            body: in_english(Vec::new()),
            credentials: Credentials::Session(sid, address),
            turn: Turn::Question,
        };
        let answer = self.transport.ask(question).await?;
        let (answer, _) = answer.read(Asked::Whose(user)).map_err(decided)?;
        let named = answer.get("message").and_then(Value::as_str);
        let named = UserId::parse(named.ok_or(Outage::Incomplete)?);
        let named = named.map_err(|_| Error::SignInRequired)?;
        match user {
            Some(user) if *user != named => Err(Error::SignInRequired),
            _ => Ok(named),
        }
    }

    /// Asks as a session; the answer is the whole of it.
    pub(super) async fn ask(
        &self,
        caller: &Caller,
        path: Vec<&str>,
        body: Body,
    ) -> Result<(Value, Belongs), Error> {
        self.ask_for(caller, path, body, Answer::read).await
    }

    /// Asks as a session, and reads the answer; in doubt whether the session is over, asks that too.
    pub(super) async fn ask_for<T>(
        &self,
        caller: &Caller,
        path: Vec<&str>,
        body: Body,
        read: impl Fn(&Answer, Asked<'_>) -> Result<(T, Belongs), Refusal>,
    ) -> Result<(T, Belongs), Error> {
        let question = Question {
            path,
            body,
            credentials: Credentials::Session(&caller.sid, caller.address),
            turn: self.turn,
        };
        let share = match self.turn {
            Turn::Export => None,
            _ => Some(self.shares.take(&caller.user).await?),
        };
        let answer = self.transport.ask_holding(question, share).await?;
        match read(&answer, Asked::Session(&caller.user)) {
            Ok(value) => Ok(value),
            Err(Refusal::Certain(error)) => Err(error),
            Err(Refusal::Doubtful(error)) => {
                self.logged_user(caller).await?;
                Err(error)
            }
        }
    }

    /// Rows of a DocType, as the service account may see them.
    pub(super) async fn list_by_service(&self, query: &ListQuery) -> Result<Vec<Record>, Error> {
        if !self.has_service_account() {
            return Err(Error::Unexpected("there is no service account".to_owned()));
        }
        let (path, body) = self.listing(query);
        let question = Question {
            path,
            body,
            credentials: Credentials::Service,
            turn: Turn::Question,
        };
        let answer = self.transport.ask(question).await?;
        let (Rows(rows), _) = answer.read_told(Asked::Service).map_err(decided)?;
        Ok(rows)
    }

    /// A list goes by GET as long as its request line is short enough, then by POST.
    pub(super) fn listing<'a>(&self, query: &'a ListQuery) -> (Vec<&'a str>, Body) {
        let path = vec!["api", "resource", query.doctype.as_str()];
        let mut parameters = query.parameters();
        parameters.push((LANGUAGE.0, LANGUAGE.1.into()));
        let texts = as_texts(&parameters);
        if self.transport.fits(LONGEST_TARGET, &path, &texts) {
            return (path, Body::Query(texts));
        }
        parameters.push(("doctype", query.doctype.as_str().into()));
        let body = Body::Reading(as_json(parameters));
        (method("frappe.client.get_list"), body)
    }
}

pub(super) fn method(name: &str) -> Vec<&str> {
    vec!["api", "method", name]
}

/// What a refusal of a question without a session's doubt comes to.
pub(super) fn decided(refusal: Refusal) -> Error {
    match refusal {
        Refusal::Certain(error) | Refusal::Doubtful(error) => error,
    }
}

pub(super) fn in_english(mut query: Vec<(&'static str, String)>) -> Body {
    query.push((LANGUAGE.0, LANGUAGE.1.to_owned()));
    Body::Query(query)
}

fn as_texts(parameters: &[(&'static str, Value)]) -> Vec<(&'static str, String)> {
    let as_text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    parameters
        .iter()
        .map(|(name, value)| (*name, as_text(value)))
        .collect()
}

fn as_json(parameters: Vec<(&'static str, Value)>) -> Value {
    let parameters = parameters.into_iter();
    let parameters: Map<_, _> = parameters
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
    Value::Object(parameters)
}

/// `portal_user_own_rows`: the child table with `parent=Customer`, whose permission decides.
fn portal_users_of(user: &UserId) -> Result<ListQuery, Error> {
    let field = |name| FieldName::parse(name).map_err(impossible);
    let doctype = |name| DocType::parse(name).map_err(impossible);
    let fields = vec![field("parent")?, field("parenttype")?, field("user")?];
    let mut query = ListQuery::new(doctype("Portal User")?, fields, MOST_PORTAL_USERS);
    query.filters = vec![Filter::equals(field("user")?, user.as_str())];
    query.parent = Some(doctype("Customer")?);
    Ok(query)
}

pub(super) fn impossible(problem: super::NotAName) -> Error {
    Error::Unexpected(problem.to_string())
}

fn portal_user(row: &Record) -> Result<PortalUser, Error> {
    let text = |name| {
        let field = FieldName::parse(name).map_err(impossible)?;
        let text = row.text(&field).ok_or(Outage::Incomplete)?;
        Ok::<_, Error>(text.to_owned())
    };
    Ok(PortalUser {
        parent: text("parent")?,
        parenttype: text("parenttype")?,
        user: text("user")?,
    })
}
