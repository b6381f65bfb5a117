//! Changes that administrators' commands make: they happen here as they did on the recorded site, with
//! names and times of this run, and last as long as their series; the recorder put the site back
//! after each series, and did not record that.

use jiff::{SignedDuration, Timestamp};
use quayfront::demo::{Site, Snapshot};
use serde_json::Value;

use super::super::classify::is_of_a_command;
use super::super::recording::Recording;

/// How long nothing was changed before a series is over.
const SERIES: SignedDuration = SignedDuration::from_secs(20);
/// Fields that hold what a site makes up by itself.
const MADE_UP: [&str; 3] = ["name", "creation", "modified"];

#[derive(Default)]
pub struct Changes {
    /// What stood before the series, and when it was changed last.
    before: Option<(Snapshot, Timestamp)>,
    /// Recorded names and times, and those of this run.
    known: Vec<(String, String)>,
}

impl Changes {
    pub fn begin(&mut self, site: &Site, recording: &Recording) {
        let is_change = recording
            .request
            .as_ref()
            .is_some_and(|request| is_of_a_command(recording, request));
        let (true, Some(at)) = (is_change, recording.at) else {
            return;
        };
        let before = self.before.take();
        let before = before.map_or_else(|| site.snapshot(), |(before, _)| before);
        self.before = Some((before, at));
    }

    pub fn end_with_their_series(&mut self, site: &Site, now: Timestamp) {
        if let Some((before, last)) = &self.before
            && now.duration_since(*last) > SERIES
        {
            site.restore(before);
            self.before = None;
            self.known.clear();
        }
    }

    /// Notes what this run has made up where the recorded site made up something else.
    pub fn learn(&mut self, recording: &Recording, answer: Option<&Value>) {
        if self.before.is_none() {
            return;
        }
        if let (Some(recorded), Some(answer)) = (&recording.response.body, answer) {
            self.compare(recorded, answer);
        }
    }

    fn compare(&mut self, recorded: &Value, found: &Value) {
        match (recorded, found) {
            (Value::Object(recorded), Value::Object(found)) => {
                for (key, value) in recorded {
                    let Some(other) = found.get(key) else {
                        continue;
                    };
                    let texts = value.as_str().zip(other.as_str());
                    if let Some((value, other)) = texts
                        && value != other
                        && MADE_UP.contains(&key.as_str())
                        && (key != "name" || is_random(value))
                    {
                        self.known.retain(|(known, _)| known != value);
                        self.known.push((value.to_owned(), other.to_owned()));
                    }
                    self.compare(value, other);
                }
            }
            (Value::Array(recorded), Value::Array(found)) => {
                for (recorded, found) in recorded.iter().zip(found) {
                    self.compare(recorded, found);
                }
            }
            _ => {}
        }
    }

    /// A recorded text with what this run has made up.
    pub fn of_this_run(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (recorded, found) in &self.known {
            text = text.replace(recorded, found);
        }
        text
    }
}

/// Whether a name is one of those that Frappe makes up.
fn is_random(name: &str) -> bool {
    let is_of_it = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit();
    name.len() == 10 && name.chars().all(is_of_it)
}
