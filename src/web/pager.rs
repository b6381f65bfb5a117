//! The ways to the other pages of a list.

use crate::views::context::{PageNumber, Pager};

/// The ways from page `here` of a list that has pages up to `last`; `to` writes the address of one.
pub fn pager(here: u64, last: u64, to: impl Fn(u64) -> String) -> Pager {
    if last == 1 && here == 1 {
        return Pager::default();
    }
    // Only few are near, however many there are: the first, the last and five around here.
    let mut wanted: Vec<u64> = (here.saturating_sub(2)..=here + 2)
        .chain([1, last])
        .filter(|number| (1..=last).contains(number))
        .collect();
    wanted.sort_unstable();
    wanted.dedup();
    let mut numbers = Vec::new();
    let mut before = 0;
    for number in wanted {
        numbers.push(PageNumber {
            number,
            href: to(number),
            current: number == here,
            gap: number > before + 1,
        });
        before = number;
    }
    Pager {
        previous: (here > 1).then(|| to((here - 1).min(last))),
        next: (here < last).then(|| to(here + 1)),
        numbers,
    }
}
