//! Holds the demo ERP against recorded exchanges with a real Frappe: every request that the
//! portal could send is sent again, over HTTP, in the state that its recording names, and the
//! answer must be the recorded one.
//!
//! `QUAYFRONT_RECORDINGS` and `QUAYFRONT_DATASET` name another set of exchanges and the records
//! behind it; by default those in `fixtures/recorded/`.

#![expect(
    clippy::expect_used,
    reason = "a test that cannot read its own files has failed"
)]

mod replay;

use std::collections::BTreeMap;
use std::env;
use std::path::PathBuf;

use replay::classify::{Reason, Touched};
use replay::recording::Recording;
use replay::stage::Stage;

fn folder(variable: &str, default: &str) -> PathBuf {
    let standing = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(default);
    env::var_os(variable).map_or_else(standing, PathBuf::from)
}

#[tokio::test]
async fn every_recorded_exchange_that_the_portal_could_have_is_answered_as_recorded() {
    let recordings = folder("QUAYFRONT_RECORDINGS", "fixtures/recorded/recordings");
    let dataset = folder("QUAYFRONT_DATASET", "fixtures/recorded/dataset");
    let recordings = Recording::read_all(&recordings);
    let total = recordings.len();
    let mut stage = Stage::set(&dataset, &recordings).await;
    let touched = Touched::by(&recordings);
    let mut left_out: BTreeMap<Reason, Vec<String>> = BTreeMap::new();
    let mut failed = Vec::new();
    let mut replayed = 0;
    for second in recordings.chunk_by(|left, right| left.at == right.at) {
        let mut pending = Vec::new();
        for recording in second {
            stage.move_to(recording);
            if let Some(reason) = touched.reason_to_leave_out(recording, &stage) {
                left_out
                    .entry(reason)
                    .or_default()
                    .push(recording.case.clone());
            } else {
                pending.push(recording);
            }
        }
        replayed += pending.len();
        failed.extend(stage.play_second(pending).await);
    }
    for (reason, cases) in &left_out {
        for case in cases {
            println!("left out {case}: {reason}");
        }
    }
    println!("replayed {replayed} of {total}");
    for (reason, cases) in &left_out {
        println!("left out {}: {reason}", cases.len());
    }
    assert!(
        failed.is_empty(),
        "{} differ:\n{}",
        failed.len(),
        failed.join("\n")
    );
    assert!(replayed > 0, "nothing was replayed");
}
