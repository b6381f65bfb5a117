//! The sessions that recorded requests come with: live, over, or as old as a note says.

use std::time::Duration;

use jiff::SignedDuration;
use serde_json::json;

use super::super::recording::{Recording, Request, header};
use super::{PASSWORD, Stage, after};

impl Stage {
    /// The cookie to send: the recorded one with a sid of this run.
    pub(super) async fn cookie(
        &mut self,
        recording: &Recording,
        request: &Request,
    ) -> Option<String> {
        let recorded = header(&request.headers, "Cookie")?.to_owned();
        if !recorded.contains("__SID__") {
            return Some(recorded);
        }
        let user = recording.session_user();
        let sid = match recording.given("session") {
            Some("unknown sid") => "00112233445566778899aabbccddeeff0011223344556677".to_owned(),
            Some("signed out") => {
                let sid = self.sign_in(&user).await;
                self.get("/api/method/logout", &sid).await;
                sid
            }
            Some("expired") => {
                self.site.expire_sessions_after(Duration::from_secs(1));
                let sid = self.sign_in(&user).await;
                self.clock.advance(SignedDuration::from_secs(2));
                self.site
                    .set_system_setting("session_expiry", json!("170:00"));
                sid
            }
            _ if recording.note == "the first session" => {
                self.first_session.clone().unwrap_or_default()
            }
            _ => self.live_sid(&user, &recording.note).await,
        };
        Some(recorded.replace("__SID__", &sid))
    }

    /// A live session, or one that has lived as a note says.
    async fn live_sid(&mut self, user: &str, note: &str) -> String {
        let number = |words: &str| after(note, words, 3)?.trim().parse::<i64>().ok();
        if let Some(seconds) = number("idle for more than ") {
            let sid = self.sign_in(user).await;
            self.clock.advance(SignedDuration::from_secs(seconds + 1));
            return sid;
        }
        if let Some((pause, total)) = number("a request every ").zip(number(", after ")) {
            let sid = self.sign_in(user).await;
            for _ in 0..total / pause {
                self.clock.advance(SignedDuration::from_secs(pause));
                self.get("/api/method/ping", &sid).await;
            }
            return sid;
        }
        let known = self
            .sids
            .get(user)
            .filter(|sid| self.site.sessions_of(user).contains(sid));
        if let Some(sid) = known {
            return sid.clone();
        }
        let sid = self.sign_in(user).await;
        self.sids.insert(user.to_owned(), sid.clone());
        sid
    }

    pub(super) async fn sign_in(&self, user: &str) -> String {
        let form = [("usr", user), ("pwd", PASSWORD)];
        let answer = self.log_in(&form, &self.someone()).await;
        let code = self.site.second_factor_code();
        let tmp_id = answer
            .json()
            .and_then(|body| Some(body.get("tmp_id")?.as_str()?.to_owned()));
        let answer = match &tmp_id {
            Some(tmp_id) => {
                self.log_in(&[("tmp_id", tmp_id), ("otp", &code)], &self.someone())
                    .await
            }
            None => answer,
        };
        let sid = answer
            .headers
            .iter()
            .filter(|(name, _)| name == "set-cookie")
            .find_map(|(_, value)| value.strip_prefix("sid="))
            .and_then(|value| value.split(';').next());
        sid.unwrap_or_else(|| panic!("{user} cannot sign in: {}", answer.status))
            .to_owned()
    }

    pub(super) async fn fail_to_sign_in(&self, user: &str, address: Option<&str>) {
        let someone = self.someone();
        self.log_in(
            &[("usr", user), ("pwd", "wrong")],
            address.unwrap_or(&someone),
        )
        .await;
    }
}
