//! A typed client of Frappe's REST API: the one place that speaks Frappe's language.
//!
//! It promises that every question goes out in one way (one function sends, with a fixed language,
//! one client address, no cookie store, no redirects, no proxy from the environment), and that
//! every answer comes back as a typed value or as one of the few variants of [`Error`]; nothing of
//! Frappe's own text goes further. It keeps a slow or broken site from taking the portal along:
//! time-outs, limits on concurrency and size, each user's share of them and a circuit breaker live here.
//!
//! It leaves to others what the answers mean: it knows nothing of portals, pages, customers'
//! scope, memory or HTML. It checks that an answer belongs to the session that asked, and not
//! whether the user should have seen it.

mod administrator;
mod answer;
pub mod breaker;
mod client;
mod connection;
mod cookies;
mod error;
mod files;
mod filter;
pub mod limits;
mod names;
mod password;
mod password_advice;
mod permissions;
mod portal_settings;
mod preferences;
mod print;
mod query;
mod question;
mod questions;
mod record;
mod reset_key;
mod shares;
mod sid;
mod sign_in;
#[cfg(test)]
mod tests;
mod transport;

pub use administrator::{Administrator, Right};
pub use breaker::Standing;
pub use client::{Caller, Client};
pub use connection::{BreakerSettings, Connection, ConnectionProblem, ServiceAccount, Timeouts};
pub use error::{Error, Outage};
pub use files::{Attachment, FileBytes, FileDetails, FilePath};
pub use filter::{Filter, Operand, Operator};
pub use names::{
    CustomerGroup, CustomerName, DocType, DocumentName, FieldName, NotAName, RoleName, SiteName,
    UserId,
};
pub use password::{ChangedPassword, LONGEST_NEW_PASSWORD, NewPassword, ResetRequest};
pub use password_advice::{Advice, PasswordAdvice};
pub use permissions::{PortalUser, UserPermission, UserPermissions};
pub use portal_settings::{PortalMenuRow, PortalSettings};
pub use preferences::{LanguageCode, Preferences, TimeZoneName};
pub use print::{Pdf, Print, PrintFormat, PrintFormatName, Unprintable};
pub use query::{CountQuery, ListQuery, Order};
pub use questions::Questions;
pub use record::{Extract, Held, Record};
pub use reset_key::{ResetKey, ResetKeyDigest};
pub use sid::{Sid, SidDigest};
pub use sign_in::{SecondFactor, SecondFactorPrompt, Session, SignIn, UserKind};
