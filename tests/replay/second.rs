//! The exchanges of one second. Nobody knows what came first in it, so where something was changed
//! they are played in an order in which all agree, if there is one: what was read first, then what
//! was refused, then a change, and so on.

use super::classify::is_of_a_command;
use super::compare::differences;
use super::recording::Recording;
use super::stage::Stage;

impl Stage {
    /// Plays them, and says what differs.
    pub async fn play_second(&mut self, mut pending: Vec<&Recording>) -> Vec<String> {
        let changes = pending.iter().any(|recording| is_change(recording));
        if changes {
            pending.sort_by(|left, right| rank(left).cmp(&rank(right)));
        }
        let mut differing = Vec::new();
        while !pending.is_empty() {
            differing.clear();
            let mut played = None;
            for (at, recording) in pending.iter().enumerate() {
                let before = changes.then(|| self.site.snapshot());
                let answer = self.play(recording).await;
                let recorded = self.of_this_run(recording, &answer);
                let problems = differences(&recorded, &answer, self).await;
                if problems.is_empty() {
                    played = Some(at);
                    break;
                }
                differing.push(format!("{}: {}", recording.case, problems.join("; ")));
                if let Some(before) = before {
                    self.site.restore(&before);
                }
            }
            match played {
                Some(at) => {
                    pending.remove(at);
                }
                None => return differing,
            }
        }
        Vec::new()
    }
}

fn is_change(recording: &Recording) -> bool {
    let request = recording.request.as_ref();
    request.is_some_and(|request| is_of_a_command(recording, request))
}

/// What changed nothing first; changes by the time that their answers name.
fn rank(recording: &Recording) -> (u8, &str) {
    let body = recording.response.body.as_ref();
    let modified = || body?.get("data")?.get("modified")?.as_str();
    match recording.response.status {
        _ if !is_change(recording) => (0, ""),
        400.. => (1, ""),
        _ => (2, modified().unwrap_or_default()),
    }
}
