//! Figures: the median of what was measured several times, and the last line that decides.

use std::fmt;
use std::io::Write as _;
use std::process::ExitCode;

/// How often what is compared is measured, one and the other in turn.
pub const PAIRS: usize = 5;

/// What was measured several times.
#[derive(Clone, Debug)]
pub struct Measured(Vec<f64>);

impl Measured {
    /// Of at least one value.
    pub fn of(values: impl IntoIterator<Item = f64>) -> Self {
        let mut values: Vec<f64> = values.into_iter().collect();
        assert!(!values.is_empty(), "nothing was measured");
        values.sort_by(f64::total_cmp);
        Self(values)
    }

    /// The value in the middle; of two, what lies between.
    pub fn median(&self) -> f64 {
        let middle = self.0.len() / 2;
        if self.0.len().is_multiple_of(2) {
            f64::midpoint(self.0[middle - 1], self.0[middle])
        } else {
            self.0[middle]
        }
    }

    /// The value that so many of a hundred do not exceed.
    pub fn percentile(&self, of_a_hundred: usize) -> f64 {
        let rank = (self.0.len() * of_a_hundred).div_ceil(100);
        self.0[rank.clamp(1, self.0.len()) - 1]
    }

    /// The least.
    pub fn least(&self) -> f64 {
        self.0[0]
    }

    /// The greatest.
    pub fn greatest(&self) -> f64 {
        self.0[self.0.len() - 1]
    }
}

/// The median, and the range beside it.
impl fmt::Display for Measured {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{} ({} to {})",
            plain(self.median()),
            plain(self.least()),
            plain(self.greatest())
        )
    }
}

/// The ratios of [`PAIRS`] pairs: ours, then what it is held against, then ours again, so that what
/// disturbs the machine for a while disturbs both.
pub fn pairs(mut ours: impl FnMut() -> f64, mut theirs: impl FnMut() -> f64) -> Measured {
    Measured::of((0..PAIRS).map(|_| ours() / theirs()))
}

/// What a figure may be.
#[derive(Clone, Copy, Debug)]
pub enum Bar {
    /// No less than this.
    AtLeast(f64),
    /// No more than this.
    AtMost(f64),
}

/// Ends a bench: its last line, and whether the bar was reached. The figure counts as it is printed.
pub fn verdict(bench: &str, figure: f64, bar: Bar) -> ExitCode {
    let printed = plain(figure);
    let figure: f64 = printed.parse().unwrap_or(f64::NAN);
    let (bar, is_reached) = match bar {
        Bar::AtLeast(bar) => (bar, figure >= bar),
        Bar::AtMost(bar) => (bar, figure <= bar),
    };
    say(&format!("{bench}: {printed} (bar {bar})"));
    if is_reached {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// A line, at once.
pub fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")
        .and_then(|()| out.flush())
        .expect("somebody listens");
}

/// A number as people read it: three decimals at the most, and none that say nothing.
pub fn plain(number: f64) -> String {
    let text = format!("{number:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
