//! The second factor: who needs one, how the code comes to the user, and whether it is right.
//!
//! Frappe's `twofactor.py`. Recorded as `twofa_*`. The code is always the same one, so that tests
//! know it; an attempt ends by the clock.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::answers::{Failure, hash};
use super::cells;
use super::grants::{ADMINISTRATOR, roles_of};
use super::mails::MailContent;
use super::records::text;
use super::state::{Pending, State};
use super::visit::Visit;

impl State {
    /// Whether one of the user's roles asks for a second factor (`role_admin`).
    pub(super) fn needs_second_factor(&self, user: &str) -> bool {
        self.setting_int("enable_two_factor_auth") != 0
            && user != ADMINISTRATOR
            && roles_of(&self.records, user)
                .iter()
                .any(|role| self.second_factor_roles.contains(role))
    }

    pub(super) fn pending(&self, tmp_id: &str) -> Option<Pending> {
        let now = self.now();
        self.pending
            .get(tmp_id)
            .filter(|pending| now < pending.ends)
            .cloned()
    }

    /// Asks for the code or checks it; `false` while it was only asked for.
    pub(super) fn second_factor(&mut self, visit: &mut Visit, user: &str) -> Result<bool, Failure> {
        let code = visit
            .form
            .get("otp")
            .map(|code| cells::text(code).into_owned());
        let Some(code) = code.filter(|code| !code.is_empty()) else {
            self.ask_for_code(visit, user);
            return Ok(false);
        };
        if !visit.form.contains_key("tmp_id") {
            // `twofa_usr_pwd_otp_in_one`
            return Err(Failure::python(
                "TypeError",
                "unsupported operand type(s) for +: 'NoneType' and 'str'",
            ));
        }
        let (now, limits) = (self.now(), self.limits());
        self.require_unlocked(user, now, limits)?;
        if code != self.second_factor_code {
            self.attempts.failed(user, now, limits);
            return Err(Failure::sign_in("Incorrect Verification code"));
        }
        self.without_app.remove(user);
        self.attempts.succeeded(user);
        Ok(true)
    }

    fn ask_for_code(&mut self, visit: &mut Visit, user: &str) {
        let method = self.setting("two_factor_method").to_owned();
        let verification = match method.as_str() {
            "SMS" => self.text_code(user),
            "OTP App" if self.without_app.contains(user) => self.mail_set_up(visit, user),
            "OTP App" => self.show_code_in_app(user),
            _ => self.mail_code(visit, user),
        };
        let tmp_id = hash(8);
        let seconds = if matches!(method.as_str(), "SMS" | "Email") {
            300
        } else {
            180
        };
        let ends = self
            .now()
            .saturating_add(SignedDuration::from_secs(seconds));
        let pending = Pending {
            user: user.to_owned(),
            password: self.password_of(user),
            ends: ends.unwrap_or(Timestamp::MAX),
        };
        self.pending.insert(tmp_id.clone(), pending);
        visit
            .response
            .insert("verification".to_owned(), verification);
        visit.response.insert("tmp_id".to_owned(), json!(tmp_id));
    }

    /// `twofa_otp_app_login`
    fn show_code_in_app(&mut self, user: &str) -> Value {
        let code = self.second_factor_code.clone();
        self.send(user, "", MailContent::AppCode(code));
        json!({"method": "OTP App", "setup": true})
    }

    /// `twofa_otp_app_first_login`: a link to a page with what an app has to know, then its code.
    fn mail_set_up(&mut self, visit: &mut Visit, user: &str) -> Value {
        const PROMPT: &str = "Please check your registered email address for instructions on how \
            to proceed. Do not close this window as you will have to return to it.";
        let link = self.link(visit, &format!("/qrcode?k={}", hash(20)));
        let subject = format!(
            "One Time Password (OTP) Registration Code from {}",
            self.otp_issuer()
        );
        self.send(user, subject, MailContent::SetUpLink(link));
        self.show_code_in_app(user);
        become_mailer(visit);
        by_mail(PROMPT)
    }

    /// `twofa_email_login`
    fn mail_code(&mut self, visit: &mut Visit, user: &str) -> Value {
        let subject = format!("Login Verification Code from {}", self.otp_issuer());
        let code = self.second_factor_code.clone();
        self.send(user, subject, MailContent::Code(code));
        become_mailer(visit);
        by_mail("Verification code has been sent to your registered email address.")
    }

    /// Frappe's `process_2fa_for_sms`; no recording has it. Without a telephone nothing is sent.
    fn text_code(&mut self, user: &str) -> Value {
        let record = self.records.get("User", user);
        let phone = record.map(|record| match text(record, "mobile_no") {
            "" => text(record, "phone"),
            mobile => mobile,
        });
        let phone: Vec<char> = phone.unwrap_or_default().chars().collect();
        if phone.is_empty() {
            return json!({
                "token_delivery": false,
                "prompt": false,
                "method": "SMS",
                "setup": false,
            });
        }
        let beginning: String = phone.iter().take(4).collect();
        let end: String = phone.iter().skip(phone.len().saturating_sub(3)).collect();
        let code = self.second_factor_code.clone();
        let to: String = phone.into_iter().collect();
        self.send(&to, "", MailContent::TextedCode(code));
        json!({
            "token_delivery": true,
            "prompt": format!("Enter verification code sent to {beginning}******{end}"),
            "method": "SMS",
            "setup": true,
        })
    }

    fn otp_issuer(&self) -> &str {
        match self.setting("otp_issuer_name") {
            "" => "Frappe Framework",
            name => name,
        }
    }
}

fn by_mail(prompt: &str) -> Value {
    json!({"token_delivery": true, "prompt": prompt, "method": "Email", "setup": true})
}

/// Sending a mail leaves Frappe with another user's name for a sid, worthless as a session
/// (`forced_reset_login`, `forced_reset_session_is_guest`).
pub(super) fn become_mailer(visit: &mut Visit) {
    visit.cookies.set("sid", ADMINISTRATOR);
}
