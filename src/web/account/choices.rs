//! What the account's form offers to choose from.

use crate::portal::account;
use crate::views::context::{Choosable, ChoosableGroup};

/// The languages, the current one among them in any case.
pub fn languages(current: &str) -> Vec<Choosable> {
    let known = account::LANGUAGES.iter().any(|(code, _)| *code == current);
    let choices = account::LANGUAGES
        .iter()
        .map(|(code, name)| choosable(code, name, current));
    as_it_is(current, known)
        .into_iter()
        .chain(choices)
        .collect()
}

/// The time zones by the part of the world, the current one among them in any case.
pub fn time_zones(current: &str) -> Vec<ChoosableGroup> {
    let zones = account::time_zones();
    let mut alone: Vec<_> = as_it_is(current, zones.contains(current))
        .into_iter()
        .collect();
    let mut groups: Vec<ChoosableGroup> = Vec::new();
    for zone in zones {
        let Some((part, place)) = zone.split_once('/') else {
            alone.push(choosable(zone, zone, current));
            continue;
        };
        let place = place.replace('_', " ").replace('/', ", ");
        let choice = choosable(zone, &place, current);
        match groups.last_mut() {
            Some(group) if group.label.as_deref() == Some(part) => group.choices.push(choice),
            _ => groups.push(ChoosableGroup {
                label: Some(part.to_owned()),
                choices: vec![choice],
            }),
        }
    }
    groups.insert(
        0,
        ChoosableGroup {
            label: None,
            choices: alone,
        },
    );
    groups
}

/// What is set already can always be kept.
fn as_it_is(current: &str, is_a_choice: bool) -> Option<Choosable> {
    let label = if current.is_empty() {
        "As everybody else’s"
    } else {
        current
    };
    (!is_a_choice).then(|| choosable(current, label, current))
}

fn choosable(value: &str, label: &str, current: &str) -> Choosable {
    Choosable {
        value: value.to_owned(),
        label: label.to_owned(),
        chosen: value == current,
    }
}
