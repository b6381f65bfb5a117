//! Passwords and preferences: the questions about one's own account.

use std::net::{IpAddr, Ipv4Addr};

use quayfront::frappe::{
    Advice, Caller, ChangedPassword, Client, LanguageCode, NewPassword, Preferences, ResetKey,
    ResetRequest, Sid, TimeZoneName, UserId,
};

use super::{Call, Outcome, failed, leak};

/// What can come of a question about a password or a preference.
#[derive(Clone, Debug, PartialEq)]
pub enum Account {
    Asked,
    NobodyToAsk,
    Set(&'static str),
    KeyUsedOrUnknown,
    Weak(&'static [Advice]),
    Changed,
    WrongOld,
    Saved,
}

/// Asks, as a caller with another sid than the recorded answers bear.
pub async fn replay(client: &Client, call: Call, user: UserId) -> Outcome {
    let address = IpAddr::V4(Ipv4Addr::new(10, 5, 0, 4));
    let caller = Caller {
        sid: Sid::parse("the-old-one").unwrap(),
        user,
        address,
    };
    let new = "a-new-password-26".into();
    let result = match call {
        Call::RequestReset => {
            let asked = client.request_password_reset(" who ", address).await;
            asked.map(|asked| match asked {
                ResetRequest::Asked => Account::Asked,
                ResetRequest::Refused => Account::NobodyToAsk,
            })
        }
        Call::SetPassword => {
            let key = ResetKey::parse("deadbeef").unwrap();
            let set = client.set_password_with_key(&key, &new, address).await;
            set.map(of_new_password)
        }
        Call::ChangePassword => {
            let changed = client.change_password(&caller, &"old".into(), &new).await;
            changed.map(of_changed_password)
        }
        Call::SetPreferences => {
            let preferences = Preferences {
                language: Some(LanguageCode::parse("de").unwrap()),
                time_zone: Some(TimeZoneName::parse("America/New_York").unwrap()),
            };
            let saved = client.set_preferences(&caller, &preferences).await;
            saved.map(|()| Account::Saved)
        }
        other => panic!("{other:?} is not about an account"),
    };
    result.map_or_else(failed, Outcome::Account)
}

fn of_new_password(new: NewPassword) -> Account {
    match new {
        NewPassword::Set { user, unended } => {
            assert!(unended.is_none());
            Account::Set(leak(user.unwrap().as_str()))
        }
        NewPassword::KeyUsedOrUnknown => Account::KeyUsedOrUnknown,
        NewPassword::Weak { advice } => Account::Weak(advice.iter().collect::<Vec<_>>().leak()),
        other => panic!("{other:?} is not recorded"),
    }
}

fn of_changed_password(changed: ChangedPassword) -> Account {
    match changed {
        ChangedPassword::Changed { session } => {
            assert_eq!(session.unwrap().expose(), "__SID__");
            Account::Changed
        }
        ChangedPassword::WrongOld => Account::WrongOld,
        other => panic!("{other:?} is not recorded"),
    }
}

/// A password nobody changes without the old one: Frappe fails, and so does the question.
pub const KEYLESS: Outcome = Outcome::Odd;

/// Frappe refuses the change of a field that the portal cannot send.
pub const OTHER_FIELDS: Outcome = Outcome::NotAsked("only language and time zone are sent");

/// Only a mailed key or the old password changes a password.
pub const WITHOUT_OLD: Outcome = Outcome::NotAsked("a password is not changed without the old one");
