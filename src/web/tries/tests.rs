use jiff::{SignedDuration, Timestamp};

use super::*;
use crate::config::Settings;

const REQUIRED: &str = "public_url = \"https://portal.example.com\"\n[site]\nurl = \"http://127.0.0.1:8000\"\n\
     time_zone = \"Europe/Amsterdam\"\n[session]\nkeys = [\"MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=\"]\n";

fn tries() -> (Tries, Clock) {
    let settings = Settings::extract("the test's settings", REQUIRED).expect("good settings");
    let clock = Clock::manual(Timestamp::UNIX_EPOCH);
    (Tries::new(&settings.sign_in, &clock), clock)
}

fn anna() -> Typed {
    Typed::parse("anna@acme-foods.example").expect("a name")
}

fn network(last: u8) -> Network {
    Network::of([203, 0, 113, last].into())
}

/// How often somebody can try before he is told to wait.
fn until_told(mut try_once: impl FnMut() -> bool) -> usize {
    (0..100).take_while(|_| try_once()).count()
}

#[test]
fn one_spelling_of_an_account_is_as_good_as_another() {
    let (tries, _) = tries();
    let spellings = ["anna@acme-foods.example", " ANNA@Acme-Foods.Example  "];
    let mut number = 0;
    let number_let_through = until_told(|| {
        number += 1;
        let typed = Typed::parse(spellings[number % 2]).expect("a name");
        tries
            .password(&typed, network(u8::try_from(number).unwrap_or(0)), false)
            .is_ok()
    });
    assert_eq!(number_let_through, 5);
    for none in [
        "",
        "   ",
        "änna@acme-foods.example",
        "an\u{1}na@acme-foods.example",
        "anna\u{200b}@acme-foods.example",
        &"a".repeat(141),
    ] {
        assert_eq!(Typed::parse(none), None, "{none:?}");
    }
}

#[test]
fn whoever_tries_from_one_address_leaves_some_for_the_owner_at_another() {
    let (tries, clock) = tries();
    assert_eq!(
        until_told(|| tries.password(&anna(), network(66), false).is_ok()),
        4
    );
    for _ in 0..60 {
        // He goes on as fast as he is let.
        clock.advance(SignedDuration::from_mins(1));
        until_told(|| tries.password(&anna(), network(66), false).is_ok());
        let owner = tries.password(&anna(), network(7), false);
        owner
            .expect("the owner has a try each time")
            .does_not_count();
    }
}

#[test]
fn whoever_tries_from_everywhere_keeps_no_browser_out_that_the_account_knows() {
    let (tries, _) = tries();
    let mut last = 0;
    let number_let_through = until_told(|| {
        last += 1;
        tries.password(&anna(), network(last), false).is_ok()
    });
    assert_eq!(number_let_through, 5);
    assert!(tries.password(&anna(), network(200), false).is_err());
    assert_eq!(
        until_told(|| tries.password(&anna(), network(200), true).is_ok()),
        3
    );
}

#[test]
fn whoever_tries_everything_from_an_address_keeps_no_known_browser_there_out() {
    let (tries, _) = tries();
    let mut number = 0;
    let number_let_through = until_told(|| {
        number += 1;
        let typed = Typed::parse(&format!("user{number}@acme-foods.example")).expect("a name");
        tries.password(&typed, network(7), false).is_ok()
    });
    assert_eq!(number_let_through, 5);
    assert!(tries.password(&anna(), network(7), false).is_err());
    assert!(tries.password(&anna(), network(7), true).is_ok());
    assert!(tries.password(&anna(), network(8), false).is_ok());
}

#[test]
fn frappe_never_sees_enough_to_lock_whoever_tries_however() {
    let (tries, clock) = tries();
    let mut passed = Vec::new();
    for second in 0..600_u32 {
        let known = second % 3 == 0;
        let address = network(u8::try_from(second % 200).unwrap_or(0));
        for _ in 0..20 {
            if tries.password(&anna(), address, known).is_ok() {
                passed.push(second);
            }
            if tries.code(&anna(), known).is_ok() {
                passed.push(second);
            }
        }
        clock.advance(SignedDuration::from_secs(1));
    }
    for start in 0..600 {
        let within = passed
            .iter()
            .filter(|second| (start..start + 60).contains(*second));
        assert!(within.count() <= 10, "{passed:?}");
    }
}

#[test]
fn right_passwords_cost_nothing_so_a_whole_office_signs_in_behind_one_address() {
    let (tries, _) = tries();
    for number in 0..500 {
        let typed = Typed::parse(&format!("user{number}@acme-foods.example")).expect("a name");
        tries
            .password(&typed, network(7), false)
            .expect("a place")
            .does_not_count();
    }
}

#[test]
fn whoever_is_refused_for_one_reason_has_used_up_nothing_of_another() {
    let (tries, _) = tries();
    until_told(|| tries.password(&anna(), network(7), false).is_ok());
    for _ in 0..50 {
        assert!(tries.password(&anna(), network(7), false).is_err());
    }
    let other = Typed::parse("jan@acme-foods.example").expect("a name");
    assert!(tries.password(&other, network(7), false).is_ok());
}

#[test]
fn codes_are_counted_on_though_the_password_is_given_again_and_again() {
    let (tries, clock) = tries();
    let mut codes = 0;
    for _ in 0..60 {
        tries
            .password(&anna(), network(7), false)
            .expect("a place")
            .does_not_count();
        codes += until_told(|| tries.code(&anna(), false).is_ok());
        clock.advance(SignedDuration::from_mins(1));
    }
    assert!(codes <= 17, "{codes} codes in an hour");
}

#[test]
fn the_wait_that_is_told_is_long_enough() {
    let (tries, clock) = tries();
    until_told(|| tries.password(&anna(), network(7), false).is_ok());
    let TooMany { seconds } = tries
        .password(&anna(), network(7), false)
        .expect_err("too many");
    assert_eq!(seconds, 60);
    clock.advance(SignedDuration::from_secs(59));
    assert!(tries.password(&anna(), network(7), false).is_err());
    clock.advance(SignedDuration::from_secs(1));
    assert!(tries.password(&anna(), network(7), false).is_ok());
}

#[test]
fn whoever_is_refused_for_his_address_touches_no_account() {
    let (tries, _) = tries();
    let typed =
        |number: usize| Typed::parse(&format!("user{number}@acme-foods.example")).expect("a name");
    let mut number = 0;
    until_told(|| {
        number += 1;
        tries.password(&typed(number), network(66), false).is_ok()
    });
    let refused = typed(number).key();
    assert!(!tries.account.remembers(&refused));
    let both = format!("{refused}\n{}", network(66));
    assert!(!tries.account_from_address.remembers(&both));
    let made = typed(number - 1).key();
    assert!(tries.account.remembers(&made));

    number = 0;
    until_told(|| {
        number += 1;
        tries.reset_mail(&typed(number), network(66)).is_ok()
    });
    assert!(!tries.reset_mails_for.remembers(&typed(number).key()));
    assert!(tries.reset_mails_for.remembers(&typed(number - 1).key()));
}

#[test]
fn whoever_is_refused_for_an_account_has_used_up_nothing_of_his_address() {
    let (tries, _) = tries();
    let mut last = 0;
    until_told(|| {
        last += 1;
        tries.password(&anna(), network(last), false).is_ok()
    });
    for _ in 0..50 {
        assert!(tries.password(&anna(), network(200), false).is_err());
    }
    let other = Typed::parse("jan@acme-foods.example").expect("a name");
    assert!(tries.password(&other, network(200), false).is_ok());
}

#[test]
fn however_many_sessions_somebody_has_he_tries_old_passwords_so_often() {
    let (tries, _) = tries();
    let user = UserId::parse("anna@acme-foods.example").expect("a name");
    let session = |number: usize| {
        let sid = format!("session-{number}");
        crate::frappe::Sid::parse(&sid).expect("a sid").digest()
    };
    let one = session(0);
    assert_eq!(until_told(|| tries.old_password(&user, &one).is_ok()), 5);
    let mut number = 0;
    let further = until_told(|| {
        number += 1;
        tries.old_password(&user, &session(number)).is_ok()
    });
    assert_eq!(further, 15);
}

#[test]
fn second_factors_that_nobody_completes_are_limited() {
    let (tries, clock) = tries();
    let begin = |known| tries.second_factor(&anna(), known).is_ok();
    for _ in 0..50 {
        assert!(begin(false));
        tries.completed(&anna(), false);
    }
    assert_eq!(until_told(|| begin(false)), 5);
    assert_eq!(until_told(|| begin(true)), 5, "her own browser");
    clock.advance(SignedDuration::from_mins(1));
    assert_eq!(until_told(|| begin(false)), 1);
}
