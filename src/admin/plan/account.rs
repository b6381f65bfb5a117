//! The portal's own role and account, and the key that it signs in with.

use super::{Action, Choices, Kind, Step, rights};
use crate::admin::facts::{Facts, User};
use crate::admin::names::READER_ROLE;
use crate::frappe::{Error, UserId};

/// A key of the portal's own account in the files that `setup` writes it to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum KeptKey {
    /// There is none.
    #[default]
    None,
    /// There is one, and nothing says that it is over.
    Stands,
    /// The site refuses it: it is over.
    Over,
}

impl KeptKey {
    /// What is known of a key that was tried. A site that does not answer says nothing of it.
    #[must_use]
    pub fn tried(answer: &Result<UserId, Error>) -> Self {
        match answer {
            Err(problem) if problem.is_refusal() => Self::Over,
            _ => Self::Stands,
        }
    }
}

/// The portal's own role and account: read on three DocTypes, and nothing else.
pub(super) fn account(facts: &Facts, choices: &Choices) -> Vec<Step> {
    let mut steps = Vec::new();
    let step = |is: String, will: String, why: &str, undo: String, action| Step {
        kind: Kind::Account,
        is,
        will,
        why: why.to_owned(),
        undo,
        action,
    };
    let roles = facts.roles.as_deref().unwrap_or_default();
    if facts.roles.is_ok() && !roles.iter().any(|role| role.name == READER_ROLE) {
        steps.push(step(
            format!("There is no role {READER_ROLE}"),
            format!("A role {READER_ROLE} that opens no desk"),
            "The portal's own account must read three DocTypes and must be able to do nothing else; no \
             standard role is like that.",
            format!("Delete the role {READER_ROLE} (its rules and users first)."),
            Action::MakeRole(READER_ROLE.to_owned()),
        ));
    }
    steps.extend(rights::readers(facts));
    let is_right = matches!(
        &facts.service,
        Some(Ok(service)) if service.roles.len() == 1 && service.roles.contains(READER_ROLE)
    );
    if is_right {
        return steps;
    }
    let users = facts.users.as_deref().unwrap_or_default();
    let email = &choices.account;
    let has = |user: &&User| user.name == *email;
    match users.iter().find(has) {
        None => steps.push(step(
            format!("There is no user {email}"),
            format!("A Website User {email} with role {READER_ROLE} alone"),
            "The portal reads with it whose user somebody is who may not read that himself.",
            format!("Delete the user {email}."),
            Action::MakeUser {
                email: email.clone(),
                first_name: "Quayfront".to_owned(),
                roles: vec![READER_ROLE.to_owned()],
            },
        )),
        Some(user) if !user.roles.contains(READER_ROLE) => steps.push(step(
            format!("{email} does not have role {READER_ROLE}"),
            format!("{email} has role {READER_ROLE}"),
            "The portal reads with it whose user somebody is who may not read that himself.",
            format!("User > {email} > Roles."),
            Action::AddRole {
                user: email.clone(),
                role: READER_ROLE.to_owned(),
            },
        )),
        Some(_) => {}
    }
    // One of an account that is disabled would be refused too.
    let is_enabled = users.iter().find(has).is_none_or(|user| user.enabled);
    if let Some(is) = lacking_key(facts, choices).filter(|_| is_enabled) {
        steps.push(step(
            is,
            format!("An API key of {email}, in files for the portal's settings"),
            "With it the portal signs its requests.",
            format!("User > {email} > API Access > generate new keys, which ends this one."),
            Action::MakeKey(email.clone()),
        ));
    }
    steps
}

/// What is so while the portal has no key that the site takes; `None` where it has one, or where that
/// could not be found out.
fn lacking_key(facts: &Facts, choices: &Choices) -> Option<String> {
    let is = match (choices.key, &facts.service) {
        (KeptKey::Over, _) => "The site refuses the API key in these files: it is over".to_owned(),
        (KeptKey::None, Some(Err(problem))) if problem.is_refusal() => {
            "The site refuses the API key that the portal's settings name: it is over".to_owned()
        }
        (KeptKey::None, None) => format!("The portal has no API key of {}", choices.account),
        // That of another account stays what it is.
        (KeptKey::None, Some(Ok(service))) if service.user != choices.account => {
            format!("The portal has no API key of {}", choices.account)
        }
        // A new one would end the one that the portal has.
        (KeptKey::None, Some(_)) | (KeptKey::Stands, _) => return None,
    };
    Some(is)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frappe::Outage;

    #[test]
    fn a_key_is_over_when_the_site_refuses_it_and_not_while_it_cannot_be_asked() {
        let user = UserId::parse("quayfront@portal.example.com").expect("a user");
        assert_eq!(KeptKey::tried(&Ok(user)), KeptKey::Stands);
        for refusal in [Error::KeyRefused, Error::Forbidden] {
            assert_eq!(KeptKey::tried(&Err(refusal)), KeptKey::Over);
        }
        for other in [
            Error::Unavailable(Outage::Unreachable),
            Error::Unavailable(Outage::Gateway),
            Error::RateLimited { retry_after: None },
            Error::Unexpected("a page".to_owned()),
        ] {
            assert_eq!(KeptKey::tried(&Err(other)), KeptKey::Stands);
        }
    }
}
