//! The context of pages that say one thing.

use serde::Serialize;

use super::{Action, Frame, Page, Tone};
use crate::views::samples;

/// A page that says one thing and where to go from there.
#[derive(Debug, Clone, Serialize)]
pub struct MessagePage {
    /// What stands around the page.
    pub frame: Frame,
    /// How it is to be taken.
    pub tone: Tone,
    /// What is the matter.
    pub title: String,
    /// Why, and what can be done.
    pub paragraphs: Vec<String>,
    /// The ways on.
    pub actions: Vec<Action>,
}

impl MessagePage {
    /// The site wants the password changed first, and gave no key to do it with.
    #[must_use]
    pub fn password_expired(frame: Frame) -> Self {
        Self::new(
            frame,
            Tone::Warn,
            "Your password has expired",
            &[
                "Your password was right, but it is too old to be used again. It has to be changed \
                 before you can sign in.",
                "We can send you a mail with a link to set a new one.",
            ],
            Action::primary("Send me a link", "/password/forgot"),
        )
    }

    /// A mail was asked for. The same for every address.
    #[must_use]
    pub fn password_mail(frame: Frame) -> Self {
        let mut page = Self::new(
            frame,
            Tone::Info,
            "Check your mailbox",
            &[
                "If there is an account with that address, a mail with a link is on its way to it. \
                 It may take a few minutes. If you cannot find it, look into your spam folder.",
                "Only the link in the newest mail works, and it works once.",
            ],
            Action::primary("Back to sign-in", "/login"),
        );
        page.actions
            .push(Action::other("Use another address", "/password/forgot"));
        page
    }

    /// No key to set a new password with.
    #[must_use]
    pub fn no_key(frame: Frame) -> Self {
        Self::link(
            frame,
            "To set a new password, use the link in our mail",
            &[
                "This page opens from the link in a mail, and stays open for ten minutes. If yours has \
                 closed, click the link again. Some mail programs cut long links in two: then copy all \
                 of it into the address bar.",
            ],
        )
    }

    /// A key that has done its work, here.
    #[must_use]
    pub fn key_used(frame: Frame) -> Self {
        let mut page = Self::link(
            frame,
            "This link has been used already",
            &[
                "A new password was set with it, and it works once. If that was you, sign in with the \
                 new password.",
                "If it was not, ask for a new link at once.",
            ],
        );
        page.actions.reverse();
        for (place, action) in page.actions.iter_mut().enumerate() {
            action.primary = place == 0;
        }
        page
    }

    /// A key that the site does not know, or no longer.
    #[must_use]
    pub fn key_unknown(frame: Frame) -> Self {
        Self::link(
            frame,
            "This link does not work",
            &[
                "It may have been used before, a newer mail may have taken its place, or a part of it \
                 was lost on the way. Only the link in the newest mail works, and it works once.",
            ],
        )
    }

    /// A key that is too old.
    #[must_use]
    pub fn key_expired(frame: Frame) -> Self {
        Self::link(
            frame,
            "This link is too old",
            &["For your safety it worked for a limited time only. We can send you another one."],
        )
    }

    /// A good key of somebody who may not sign in.
    #[must_use]
    pub fn key_of_a_refused_user(frame: Frame) -> Self {
        Self::new(
            frame,
            Tone::Warn,
            "Your password cannot be changed now",
            &[
                "The link is good, but this account cannot sign in: not at all, not at this time, or not \
                 from where you are. Please ask us.",
            ],
            Action::primary("Back to sign-in", "/login"),
        )
    }

    fn link(frame: Frame, title: &str, paragraphs: &[&str]) -> Self {
        let action = Action::primary("Send me a new link", "/password/forgot");
        let mut page = Self::new(frame, Tone::Warn, title, paragraphs, action);
        page.actions
            .push(Action::other("Back to sign-in", "/login"));
        page
    }

    /// A System User, for whom this portal is not meant.
    #[must_use]
    pub fn system_user(frame: Frame) -> Self {
        Self::new(
            frame,
            Tone::Info,
            "This portal is for customers",
            &[
                "You signed in with an account of our own staff (a System User). Please work in \
                 ERPNext itself.",
                "You have been signed out again. To see what a customer sees, sign in with the \
                 account of a customer (a Website User).",
            ],
            Action::primary("Sign in with another account", "/login"),
        )
    }

    /// Signed out, here and on the site.
    #[must_use]
    pub fn signed_out(frame: Frame) -> Self {
        Self::new(
            frame,
            Tone::Good,
            "You are signed out",
            &["Your session has ended. If others use this device, close the window too."],
            Action::primary("Sign in again", "/login"),
        )
    }

    /// Signed out here, while the site could not be reached to hear of it.
    #[must_use]
    pub fn signed_out_here_only(frame: Frame) -> Self {
        Self::new(
            frame,
            Tone::Warn,
            "You are signed out here",
            &[
                "This portal no longer accepts your session, and nobody can go on with it here.",
                "The system behind it could not be reached just now. It will be told to end your \
                 session as soon as it answers.",
            ],
            Action::primary("Sign in again", "/login"),
        )
    }

    fn new(frame: Frame, tone: Tone, title: &str, paragraphs: &[&str], action: Action) -> Self {
        Self {
            frame,
            tone,
            title: title.to_owned(),
            paragraphs: paragraphs.iter().map(|&text| text.to_owned()).collect(),
            actions: vec![action],
        }
    }
}

impl Page for MessagePage {
    const TEMPLATE: &'static str = "pages/message.html";

    fn samples() -> Vec<(&'static str, Self)> {
        samples::sign_in::message()
    }
}
