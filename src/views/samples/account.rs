//! Samples of a user's own account.

use super::frame::signed_in;
use super::pages::each;
use super::sign_in::problem;
use super::words::Words;
use crate::views::context::{AccountPage, Choosable, ChoosableGroup, Notice, Tone};

/// One's own account: usual, longest, hostile, with all problems, and with hardly anything.
pub(in crate::views) fn account() -> Vec<(&'static str, AccountPage)> {
    let choice = |words: Words, value: &str, label: &str| Choosable {
        value: words.say(value),
        label: words.say(label),
        chosen: value == "en" || value == "Europe/Amsterdam",
    };
    let account = |words: Words| AccountPage {
        frame: signed_in(words, "Your account"),
        notice: Some(Notice {
            tone: Tone::Good,
            text: words.say("Your new password is set."),
        }),
        full_name: words.say("Anna de Vries"),
        user: words.say("anna@acme-foods.example"),
        customers: vec![words.say("Acme Foods"), words.say("Bluefin Seafoods")],
        languages: vec![
            choice(words, "nl", "Nederlands"),
            choice(words, "en", "English"),
        ],
        time_zones: vec![
            ChoosableGroup {
                label: None,
                choices: vec![choice(words, "UTC", "UTC")],
            },
            ChoosableGroup {
                label: Some(words.say("Europe")),
                choices: vec![choice(words, "Europe/Amsterdam", "Amsterdam")],
            },
        ],
        site_time_zone: words.say("Europe/Amsterdam"),
        preferences_problem: None,
        password_problem: None,
        elsewhere_problem: None,
    };
    let with_problems = |words: Words| AccountPage {
        notice: None,
        preferences_problem: Some(problem(words)),
        password_problem: Some(problem(words)),
        elsewhere_problem: Some(problem(words)),
        ..account(words)
    };
    let mut samples = each(account);
    samples.extend([
        ("problems", with_problems(Words::Usual)),
        ("hostile-problems", with_problems(Words::Hostile)),
        (
            "empty",
            AccountPage {
                notice: None,
                customers: Vec::new(),
                ..account(Words::Usual)
            },
        ),
    ]);
    samples
}
