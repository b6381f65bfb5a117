//! The log, written to where nothing is kept: what it costs to write it is measured too.

use std::fs::File;
use std::sync::Mutex;

use quayfront::config::LogFormat;
use quayfront::log;
use tracing_subscriber::EnvFilter;

/// Begins the log as `serve` has it.
pub fn begin() {
    let nothing = File::options()
        .write(true)
        .open("/dev/null")
        .expect("a file that keeps nothing");
    let filter = EnvFilter::new("info");
    let log = log::subscriber(LogFormat::Text, filter, false, Mutex::new(nothing));
    tracing::subscriber::set_global_default(log).expect("the first log");
}
