//! Samples of signing in, with all that may stand in between.

use super::frame::anonymous;
use super::pages::each;
use super::words::Words;
use crate::views::context::{
    Action, ForgottenPasswordPage, MessagePage, NewPasswordPage, Notice, Problem, SecondFactorPage,
    SignInPage, Tone,
};

/// The sign-in form: usual, longest, hostile, and as it is first seen.
pub(in crate::views) fn sign_in() -> Vec<(&'static str, SignInPage)> {
    let sign_in = |words: Words| SignInPage {
        frame: anonymous(words, "Sign in"),
        next: Some(words.href("/transport-jobs")),
        user: words.say("anna@acme-foods.example"),
        problem: Some(words.say("The e-mail address or the password is not right.")),
        notice: Some(Notice {
            tone: Tone::Info,
            text: words.say("Your session has ended. Sign in to go on where you were."),
        }),
        help: Some(words.say("No account yet? Ask your contact at Quayfront Logistics.")),
    };
    let mut samples = each(sign_in);
    samples.push((
        "empty",
        SignInPage {
            next: None,
            user: String::new(),
            problem: None,
            notice: None,
            help: None,
            ..sign_in(Words::Usual)
        },
    ));
    samples
}

/// The form for a code: usual, longest, hostile, and as it is first seen.
pub(in crate::views) fn second_factor() -> Vec<(&'static str, SecondFactorPage)> {
    let second_factor = |words: Words| SecondFactorPage {
        frame: anonymous(words, "Verification code"),
        user: words.say("anna@acme-foods.example"),
        paragraphs: vec![
            words.say("We have sent a code to your e-mail address."),
            words.say("This page stays open for 5 minutes."),
        ],
        problem: Some(words.say("That is not the right code.")),
    };
    let mut samples = each(second_factor);
    samples.push((
        "empty",
        SecondFactorPage {
            problem: None,
            paragraphs: Vec::new(),
            ..second_factor(Words::Usual)
        },
    ));
    samples
}

/// The form that asks for a mail: usual, longest, hostile, and as it is first seen.
pub(in crate::views) fn forgotten_password() -> Vec<(&'static str, ForgottenPasswordPage)> {
    let forgotten = |words: Words| ForgottenPasswordPage {
        frame: anonymous(words, "Forgotten password"),
        user: words.say("anna@acme-foods.example"),
        problem: Some(words.say("There were too many of these. Please try again in 59 minutes.")),
    };
    let mut samples = each(forgotten);
    samples.push((
        "empty",
        ForgottenPasswordPage {
            user: String::new(),
            problem: None,
            ..forgotten(Words::Usual)
        },
    ));
    samples
}

/// The form for a new password: usual, longest, hostile, and as it is first seen.
pub(in crate::views) fn new_password() -> Vec<(&'static str, NewPasswordPage)> {
    let new_password = |words: Words| NewPasswordPage {
        frame: anonymous(words, "New password"),
        intro: words.say("Your password has expired; choose a new one."),
        problem: Some(problem(words)),
    };
    let mut samples = each(new_password);
    samples.push((
        "empty",
        NewPasswordPage {
            problem: None,
            ..new_password(Words::Usual)
        },
    ));
    samples
}

/// A password that is too weak.
pub(super) fn problem(words: Words) -> Problem {
    Problem {
        text: words.say("That password is too easy to guess."),
        details: vec![
            words.say("It is one of the passwords that everybody tries."),
            words.say("Capitals alone do not help."),
        ],
    }
}

/// Every message there is, the longest and the hostile, and one with hardly a word.
pub(in crate::views) fn message() -> Vec<(&'static str, MessagePage)> {
    let frame = |title| anonymous(Words::Usual, title);
    let message = |words: Words| MessagePage {
        frame: anonymous(words, "Message"),
        tone: Tone::Warn,
        title: words.say("Something to be said"),
        paragraphs: vec![words.say("The first paragraph."), words.say("The second.")],
        actions: vec![
            Action::primary(words.say("Go on"), words.href("/")),
            Action::other(words.say("Go back"), words.href("/login")),
        ],
    };
    let mut samples = each(message);
    samples.extend([
        (
            "password-expired",
            MessagePage::password_expired(frame("Sign in")),
        ),
        (
            "password-mail",
            MessagePage::password_mail(frame("Forgotten password")),
        ),
        ("no-key", MessagePage::no_key(frame("New password"))),
        ("key-used", MessagePage::key_used(frame("New password"))),
        (
            "key-unknown",
            MessagePage::key_unknown(frame("New password")),
        ),
        (
            "key-expired",
            MessagePage::key_expired(frame("New password")),
        ),
        (
            "key-of-a-refused-user",
            MessagePage::key_of_a_refused_user(frame("New password")),
        ),
        ("system-user", MessagePage::system_user(frame("Sign in"))),
        ("signed-out", MessagePage::signed_out(frame("Signed out"))),
        (
            "signed-out-here-only",
            MessagePage::signed_out_here_only(frame("Signed out")),
        ),
        (
            "empty",
            MessagePage {
                paragraphs: Vec::new(),
                actions: Vec::new(),
                ..message(Words::Usual)
            },
        ),
    ]);
    samples
}
