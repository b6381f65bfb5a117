//! What the site would have sent: mails, text messages, and what an app would show.
//!
//! Nothing leaves the program. Tests read what was sent; the demo prints it, for its users have
//! neither mailboxes nor apps. Links lead to the site's `host_name`, as in Frappe (`get_url`), so
//! that setting decides whether they lead to the portal.

use std::fmt;

use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::answers::Failure;
use super::records::{Records, int};
use super::site::Site;
use super::state::State;
use super::visit::Visit;

/// So many are remembered at most; a demo may run for days.
const MOST: usize = 1_000;

/// Something that the site would have sent to somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// The e-mail address; for a text message the telephone number.
    pub to: String,
    /// The mail's subject; empty for what is no mail.
    pub subject: String,
    /// What it is about.
    pub content: MailContent,
}

/// The one thing in a mail that matters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MailContent {
    /// A link to set a new password with (`reset_password_ok`).
    ResetLink(String),
    /// A code for the second factor (`twofa_email_login`).
    Code(String),
    /// A link to a page that shows how to set up an app (`twofa_otp_app_first_login`).
    SetUpLink(String),
    /// A code for the second factor, by text message.
    TextedCode(String),
    /// No mail: the code that the user's app shows at this moment.
    AppCode(String),
}

impl fmt::Display for Mail {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            to,
            subject,
            content,
        } = self;
        match content {
            MailContent::ResetLink(text)
            | MailContent::Code(text)
            | MailContent::SetUpLink(text) => {
                write!(formatter, "Mail to {to}: {subject}: {text}")
            }
            MailContent::TextedCode(code) => {
                write!(
                    formatter,
                    "Text message to {to}: Your verification code is {code}"
                )
            }
            MailContent::AppCode(code) => write!(formatter, "The app of {to} shows {code}"),
        }
    }
}

/// The mails so far and who wants to hear of new ones.
#[derive(Debug, Default)]
pub(super) struct Mails {
    sent: Vec<Mail>,
    watchers: Vec<UnboundedSender<Mail>>,
}

impl Mails {
    fn send(&mut self, mail: Mail) {
        self.watchers
            .retain(|watcher| watcher.send(mail.clone()).is_ok());
        if self.sent.len() >= MOST {
            self.sent.drain(..MOST / 2);
        }
        self.sent.push(mail);
    }
}

impl State {
    pub(super) fn send(&mut self, to: &str, subject: impl Into<String>, content: MailContent) {
        self.mails.send(Mail {
            to: to.to_owned(),
            subject: subject.into(),
            content,
        });
    }

    /// The address of a page of the site, for a mail.
    pub(super) fn link(&self, visit: &Visit, page: &str) -> String {
        match &self.host_name {
            Some(host_name) => format!("{host_name}{page}"),
            None => format!("http://{}{page}", visit.host),
        }
    }
}

/// Puts in the account that sends what no other is meant for, which the data set does not hold.
pub(super) fn add_account(records: &mut Records) {
    let account = json!({
        "name": "Notifications", "email_account_name": "Notifications",
        "email_id": "notifications@example.com", "enable_outgoing": 1, "default_outgoing": 1,
        "owner": "Administrator", "creation": "2025-01-01 00:00:00",
        "modified": "2025-01-01 00:00:00", "modified_by": "Administrator", "docstatus": 0, "idx": 0,
    });
    if let Value::Object(account) = account
        && records.documents("Email Account").next().is_none()
    {
        records.put("Email Account", account);
    }
}

/// Frappe looks for the account before it sends (`find_outgoing`, read in its source).
pub(super) fn require_account(records: &Records) -> Result<(), Failure> {
    let mut accounts = records.documents("Email Account");
    if accounts.any(|account| {
        int(account, "enable_outgoing") != 0 && int(account, "default_outgoing") != 0
    }) {
        return Ok(());
    }
    Err(Failure::python(
        "OutgoingEmailError",
        "Please setup default outgoing Email Account from Tools > Email Account",
    ))
}

impl Site {
    /// Sets `host_name`, scheme and all, that links in mails begin with: `https://portal.example`.
    /// Without it they begin with the `Host` that was asked for.
    pub fn set_host_name(&self, host_name: &str) {
        self.state().host_name = Some(host_name.trim_end_matches('/').to_owned());
    }

    /// What was sent so far, oldest first.
    #[must_use]
    pub fn mails(&self) -> Vec<Mail> {
        self.state().mails.sent.clone()
    }

    /// What is sent from now on.
    #[must_use]
    pub fn watch_mails(&self) -> UnboundedReceiver<Mail> {
        let (watcher, mails) = unbounded_channel();
        self.state().mails.watchers.push(watcher);
        mails
    }
}
