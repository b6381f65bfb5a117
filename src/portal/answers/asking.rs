//! Where an answer comes from: the memory, as long as it is fresh or being refreshed, or Frappe; and
//! which failures end what is remembered.

use std::sync::Arc;

use super::super::scope::Scope;
use super::super::visit::Visit;
use super::Answers;
use super::kept::{Answer, Key, KeyOf, Question};
use crate::cache::{Age, Aged, Ages, Got, Verdict};
use crate::frappe;

impl Answers {
    /// Whether the answer to a question about lists is remembered.
    pub(super) fn has(&self, visit: &Visit, scope: &Arc<Scope>, question: Question) -> bool {
        let key = self.key(visit, scope, question);
        let since = |number| {
            let tags = key.question.tags(&key.scope);
            visit.portal.marks.since(number, &key.user, tags)
        };
        let remembered = self.memory.peek(&key, &visit.portal.times.list, since);
        remembered.is_some_and(|answer| answer.age != Age::Expired || visit.away.is_some())
    }

    /// What is remembered, as long as it is fresh or being refreshed; else what `ask` answers; and
    /// what is kept while Frappe cannot be reached.
    ///
    /// A visit that counts only because Frappe cannot be reached asks nothing: its scope is not
    /// proved, so whatever Frappe answered could be held against nothing.
    pub(super) async fn get<Asked>(
        &self,
        visit: &Visit,
        scope: &Arc<Scope>,
        question: Question,
        ages: &Ages,
        ask: impl FnOnce(Visit) -> Asked,
    ) -> Result<Aged<Answer>, frappe::Error>
    where
        Asked: Future<Output = Result<Answer, frappe::Error>> + Send + 'static,
    {
        let key = self.key(visit, scope, question);
        let got = self.answer(visit, &key, ages, ask).await;
        let answer = got.as_ref().ok();
        visit.told.note(visit, &key.question, scope, ages, answer);
        got
    }

    fn key(&self, visit: &Visit, scope: &Arc<Scope>, question: Question) -> Key {
        let of = KeyOf {
            user: visit.caller.user.clone(),
            permissions: visit.scope_digest(),
            scope: Arc::clone(scope),
            question,
        };
        Key::new(of, &self.hasher)
    }

    async fn answer<Asked>(
        &self,
        visit: &Visit,
        key: &Key,
        ages: &Ages,
        ask: impl FnOnce(Visit) -> Asked,
    ) -> Result<Aged<Answer>, frappe::Error>
    where
        Asked: Future<Output = Result<Answer, frappe::Error>> + Send + 'static,
    {
        let since = |number| {
            let tags = key.question.tags(&key.scope);
            visit.portal.marks.since(number, &key.user, tags)
        };
        let remembered = self.memory.look(key, ages, since);
        if let Some(outage) = visit.away {
            let age = Age::Expired;
            let kept = remembered.map(|answer| Aged { age, ..answer });
            return kept.ok_or(outage.into());
        }
        let was_there = remembered.is_some();
        if let Some(answer) = remembered {
            match answer.age {
                Age::Fresh => return Ok(answer),
                Age::Stale => {
                    // Nothing is asked behind the back of somebody who may not be there any more.
                    visit.is_proved().await;
                    self.refresh(visit, key, ages, ask);
                    return Ok(answer);
                }
                Age::Expired => {}
            }
        }
        let asked = ask(visit.clone());
        // Apart from the future of whoever finds it remembered.
        let asked = Box::pin(async move {
            let answer = asked.await;
            // Before that it is not remembered, and forgets and teaches nothing.
            visit.is_proved().await;
            answer
        });
        let got = self
            .memory
            .get(key.clone(), ages, &since, judge, asked)
            .await;
        if let Err(frappe::Error::SignInRequired) = got {
            visit.portal.proofs.forget(&visit.caller);
        }
        let got = got.map(Got::answer);
        tell(visit, &got, was_there);
        got
    }

    /// Asks behind the visitor's back once there is a place for that, unless somebody does already.
    fn refresh<Asked>(
        &self,
        visit: &Visit,
        key: &Key,
        ages: &Ages,
        ask: impl FnOnce(Visit) -> Asked,
    ) where
        Asked: Future<Output = Result<Answer, frappe::Error>> + Send + 'static,
    {
        let Some(waiting) = self.behind.wait(key) else {
            return;
        };
        let (visit, key, fresh) = (visit.clone(), key.clone(), ages.fresh());
        let asked = ask(visit.clone());
        let background = visit.portal.background.clone();
        background.spawn(async move {
            let Some(place) = waiting.place().await else {
                return;
            };
            let answers = &visit.portal.answers.memory;
            // Whoever asks now, or has asked meanwhile, has somebody waiting for it.
            let Some(flight) = answers.free(&key) else {
                return;
            };
            let since = |number| {
                let tags = key.question.tags(&key.scope);
                visit.portal.marks.since(number, &key.user, tags)
            };
            if answers.fresh(&key, fresh, since).is_some() {
                return;
            }
            let refreshed = answers.refresh(&key, flight, judge, asked).await;
            place.rest();
            tell(&visit, &refreshed, true);
            let Err(problem) = refreshed else {
                return;
            };
            if problem == frappe::Error::SignInRequired {
                visit.portal.proofs.forget(&visit.caller);
            }
            tracing::debug!(user = %visit.caller.user, %problem, "what is remembered was not refreshed");
        });
    }
}

/// Tells open pages when an answer says something else than before, or the one that was there is
/// gone.
fn tell(visit: &Visit, got: &Result<Aged<Answer>, frappe::Error>, was_there: bool) {
    let is_news = match got {
        Ok(answer) => answer.is_news,
        Err(failure) => was_there && judge(failure) == Verdict::Forget,
    };
    if is_news {
        visit.portal.answer_changed(&visit.caller.user);
    }
}

/// Only an outage lets what is kept be served, and only it, Frappe's limits and the end of the session
/// leave it remembered: whatever else was answered says that the old answer holds no longer.
pub const fn judge(failure: &frappe::Error) -> Verdict {
    match failure {
        frappe::Error::Unavailable(_) => Verdict::Serve,
        // The end of one session says nothing about what its user's other ones may see.
        frappe::Error::RateLimited { .. }
        | frappe::Error::LockedOut { .. }
        | frappe::Error::SignInRequired => Verdict::Keep,
        _ => Verdict::Forget,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frappe::Outage;

    #[test]
    fn only_an_outage_lets_old_answers_stand_in_and_a_refusal_forgets_them() {
        for (failure, verdict) in [
            (Outage::Unreachable.into(), Verdict::Serve),
            (Outage::Overloaded.into(), Verdict::Serve),
            (
                frappe::Error::RateLimited { retry_after: None },
                Verdict::Keep,
            ),
            (frappe::Error::SignInRequired, Verdict::Keep),
            (frappe::Error::Forbidden, Verdict::Forget),
            (frappe::Error::NotFound, Verdict::Forget),
            (frappe::Error::Invalid, Verdict::Forget),
            (frappe::Error::Unexpected(String::new()), Verdict::Forget),
        ] {
            assert_eq!(judge(&failure), verdict, "{failure}");
        }
    }
}
