//! Another process of a bench, so that what it takes can be told from what others take.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// A process that says a line when it is ready, and one for each that it is told. It ends with this
/// one.
pub struct Process {
    child: Child,
    tells: ChildStdin,
    says: BufReader<ChildStdout>,
    /// What it said first.
    pub said: String,
}

impl Process {
    /// Starts this program once more, with these arguments, and waits for its first line.
    pub fn start(arguments: &[&str]) -> Self {
        let mut child = Command::new(std::env::current_exe().expect("this program"))
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a process");
        let tells = child.stdin.take().expect("its input");
        let says = BufReader::new(child.stdout.take().expect("its output"));
        let mut process = Self {
            child,
            tells,
            says,
            said: String::new(),
        };
        process.said = process.line();
        process
    }

    /// Tells it something and gives what it says to that.
    pub fn ask(&mut self, line: &str) -> String {
        writeln!(self.tells, "{line}").expect("it listens");
        self.line()
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.says.read_line(&mut line).expect("a line");
        line.trim().to_owned()
    }

    /// What it takes of the machine's memory, in bytes.
    pub fn resident(&self) -> f64 {
        resident(self.child.id())
    }

    /// The most that it has taken of it, in bytes, since that began anew.
    pub fn peak(&self) -> f64 {
        bytes_of(self.child.id(), "VmHWM:")
    }

    /// Lets the peak begin anew.
    pub fn forget_peak(&self) {
        std::fs::write(format!("/proc/{}/clear_refs", self.child.id()), "5")
            .expect("Linux lets the peak begin anew");
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a process takes of the machine's memory, in bytes.
pub fn resident(process: u32) -> f64 {
    bytes_of(process, "VmRSS:")
}

/// A line of a process's `/proc/…/status`, in bytes.
fn bytes_of(process: u32, what: &str) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status"))
        .expect("Linux tells what a process takes");
    let line = status.lines().find_map(|line| line.strip_prefix(what));
    let kibibytes = line.and_then(|line| {
        let number = line.trim().trim_end_matches("kB").trim();
        number.parse::<f64>().ok()
    });
    kibibytes.expect("a number of kB") * 1024.0
}
