//! Who runs on which core: where figures compare speeds, the server and the load have one each.

use std::sync::OnceLock;

use core_affinity::CoreId;
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinHandle;

use super::report::say;

/// Who runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// What is measured.
    Server,
    /// What asks it, and the ERP that it asks.
    Load,
}

/// The cores that this process may use, as they were before anything was bound.
fn cores() -> &'static [CoreId] {
    static CORES: OnceLock<Vec<CoreId>> = OnceLock::new();
    CORES.get_or_init(|| core_affinity::get_core_ids().unwrap_or_default())
}

/// Says where the parts run, and that they are in each other's way where there is one core. To be
/// called first.
pub fn introduce() {
    say(&match cores().len() {
        0 => "cores: the system does not tell; nobody is bound to one".to_owned(),
        1 => "cores: one, which server and load share".to_owned(),
        many => format!("cores: {many}; the server has one, the load another"),
    });
}

/// A runtime of one thread, on the core of its part.
pub fn runtime(part: Part) -> Runtime {
    Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .on_thread_start(move || bind(part))
        .build()
        .expect("a runtime")
}

/// Binds this thread to the core of a part, where there is more than one.
pub fn bind(part: Part) {
    let core = match (part, cores()) {
        (Part::Server, [server, _, ..]) => server,
        (Part::Load, [_, load, ..]) => load,
        _ => return,
    };
    core_affinity::set_for_current(*core);
}

/// Keeps the runtime that it was begun on from sleeping, as long as it is held. Load that sleeps is woken
/// by whoever answers it, at his cost, and the more often the slower he is; somebody elsewhere would
/// not be.
pub struct Awake(JoinHandle<()>);

impl Awake {
    /// Begins.
    pub fn begin() -> Self {
        Self(tokio::spawn(async {
            loop {
                tokio::task::yield_now().await;
            }
        }))
    }
}

impl Drop for Awake {
    fn drop(&mut self) {
        self.0.abort();
    }
}
