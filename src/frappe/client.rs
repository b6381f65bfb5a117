//! The client.

use std::net::IpAddr;

use secrecy::SecretString;

use super::{
    Connection, ConnectionProblem, CountQuery, DocType, DocumentName, Error, ListQuery, PortalUser,
    Record, Sid, SignIn, UserId, UserPermissions,
};
use crate::clock::Clock;

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
pub struct Client {}

#[expect(clippy::unused_async, unused_variables, reason = "the bodies follow")]
impl Client {
    /// A client for this site.
    pub fn new(connection: Connection, clock: Clock) -> Result<Self, ConnectionProblem> {
        Ok(Self {})
    }

    /// Signs a user in. Spaces round the name are left out: Frappe would not
    /// (`login_spaces_around_email`).
    pub async fn sign_in(
        &self,
        usr: &str,
        password: &SecretString,
        address: IpAddr,
    ) -> Result<SignIn, Error> {
        Err(Error::NotFound)
    }

    /// Answers a [`SignIn::SecondFactor`].
    pub async fn verify_second_factor(
        &self,
        tmp_id: &SecretString,
        otp: &SecretString,
        address: IpAddr,
    ) -> Result<SignIn, Error> {
        Err(Error::NotFound)
    }

    /// Ends a session in Frappe. One that is over already is well ended.
    pub async fn sign_out(&self, caller: &Caller) -> Result<(), Error> {
        Err(Error::NotFound)
    }

    /// Whose session it is, in Frappe's own words; always the caller's user.
    pub async fn logged_user(&self, caller: &Caller) -> Result<UserId, Error> {
        Err(Error::NotFound)
    }

    /// The caller's own User Permissions. An answer is proof that the session is still good and
    /// still this user's.
    pub async fn user_permissions(&self, caller: &Caller) -> Result<UserPermissions, Error> {
        Err(Error::NotFound)
    }

    /// The Portal User rows that name the caller's user, read as that user. A user without the role
    /// Customer may not: [`Error::Forbidden`] (`portal_user_own_rows_norole`).
    pub async fn portal_users(&self, caller: &Caller) -> Result<Vec<PortalUser>, Error> {
        Err(Error::NotFound)
    }

    /// The same rows, read by the service account.
    pub async fn portal_users_by_service(&self, user: &UserId) -> Result<Vec<PortalUser>, Error> {
        Err(Error::NotFound)
    }

    /// Whether there is a service account.
    #[must_use]
    pub fn has_service_account(&self) -> bool {
        false
    }

    /// Rows of a DocType, as the caller may see them.
    pub async fn list(&self, caller: &Caller, query: &ListQuery) -> Result<Vec<Record>, Error> {
        Err(Error::NotFound)
    }

    /// How many rows there are, as the caller may see them (`reportview_get_count`).
    pub async fn count(&self, caller: &Caller, query: &CountQuery) -> Result<u64, Error> {
        Err(Error::NotFound)
    }

    /// One document, with all its fields and child tables.
    pub async fn document(
        &self,
        caller: &Caller,
        doctype: &DocType,
        name: &DocumentName,
    ) -> Result<Record, Error> {
        Err(Error::NotFound)
    }

    /// The caller's own User document.
    pub async fn user(&self, caller: &Caller) -> Result<Record, Error> {
        Err(Error::NotFound)
    }

    /// Whether the site answers at all.
    pub async fn ping(&self) -> Result<(), Error> {
        Err(Error::NotFound)
    }
}
