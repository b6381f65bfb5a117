//! Reading a list to its end by start and length, though it changes meanwhile.
//!
//! Each piece begins with the last row of the one before. Where it does not, the list has moved: rows
//! that moved down come again and are dropped; where rows have moved up, the reading goes back for
//! those that it would have missed. What cannot be noticed so (a row that moved from what is not yet
//! read to what is) the count at the end may tell. It says nothing about whose rows they are.

use std::collections::HashSet;
use std::num::NonZeroU32;

use sha2::{Digest as _, Sha256};

use crate::frappe::{self, FieldName, Outage, Record};

/// How many rows are asked for at once.
const PIECE: u32 = 1_000;

/// How often a list may move under the reading before it is given up: one that changes as fast as it
/// is read, or a site that repeats itself, would be read forever.
const MOST_RESTLESS: u32 = 50;

/// How far a list is read.
#[derive(Debug)]
pub(super) struct Reading {
    /// Where the rows that were not read begin.
    start: u32,
    /// The row before them, with which the next piece begins; not known after a step back.
    last: Option<String>,
    /// The names that were read, as digests: 16 bytes each, whatever the names' length.
    seen: HashSet<[u8; 16]>,
    /// How many pieces moved, or held nothing new.
    restless: u32,
    /// Whether the list was seen to change.
    pub has_changed: bool,
    /// Whether its end was read.
    pub is_over: bool,
}

impl Reading {
    /// Nothing read yet.
    pub fn new() -> Self {
        Self {
            start: 0,
            last: None,
            seen: HashSet::new(),
            restless: 0,
            has_changed: false,
            is_over: false,
        }
    }

    /// Start and length of the question for the next piece, which is for `room` new rows at the most.
    pub fn next(&self, room: u32) -> (u32, NonZeroU32) {
        let overlap = self.start.min(1);
        let length = room.clamp(1, PIECE) - 1 + overlap;
        (self.start - overlap, NonZeroU32::MIN.saturating_add(length))
    }

    /// How many different rows were read.
    pub fn read(&self) -> u64 {
        self.seen.len() as u64
    }

    /// Takes the answer to the question of [`Self::next`], and keeps of it what is new.
    ///
    /// # Errors
    /// When a row has no name, or the list does not come to rest.
    pub fn take(&mut self, records: &mut Vec<Record>, room: u32) -> Result<(), frappe::Error> {
        let (from, length) = self.next(room);
        let names: Option<Vec<[u8; 16]>> = records
            .iter()
            .map(|record| name_of(record).map(digest))
            .collect();
        let names = names.ok_or(Outage::Broken)?;
        if self.start > 0 {
            let is_known = names.first().is_some_and(|first| self.seen.contains(first));
            let joins = match (&self.last, records.first().and_then(name_of)) {
                (Some(last), Some(first)) => last == first,
                _ => is_known,
            };
            self.has_changed |= !joins;
            if !is_known {
                self.start = self.start.saturating_sub(PIECE);
                self.last = None;
                records.clear();
                return self.restless();
            }
        }
        let overlap = usize::from(self.start > 0);
        self.has_changed |= names
            .iter()
            .skip(overlap)
            .any(|name| self.seen.contains(name));
        self.is_over = records.len() < length.get() as usize;
        self.start = from.saturating_add(u32::try_from(names.len()).unwrap_or(u32::MAX));
        self.last = records.last().and_then(name_of).map(str::to_owned);
        let mut names = names.into_iter();
        records.retain(|_| names.next().is_some_and(|name| self.seen.insert(name)));
        if records.is_empty() && !self.is_over {
            return self.restless();
        }
        Ok(())
    }

    fn restless(&mut self) -> Result<(), frappe::Error> {
        self.restless += 1;
        if self.restless > MOST_RESTLESS {
            return Err(Outage::Broken.into());
        }
        Ok(())
    }
}

fn name_of(record: &Record) -> Option<&str> {
    record.text(&FieldName::name())
}

fn digest(name: &str) -> [u8; 16] {
    let mut short = [0; 16];
    for (to, from) in short.iter_mut().zip(Sha256::digest(name.as_bytes())) {
        *to = from;
    }
    short
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    /// A site's rows, which `change` may change before each question; what was read of them.
    fn read(
        mut rows: Vec<u32>,
        mut change: impl FnMut(usize, &mut Vec<u32>),
    ) -> Result<(Vec<u32>, Reading), frappe::Error> {
        let (mut reading, mut found) = (Reading::new(), Vec::new());
        for asked in 0.. {
            change(asked, &mut rows);
            let (start, length) = reading.next(u32::MAX);
            let mut piece: Vec<Record> = rows
                .iter()
                .skip(start as usize)
                .take(length.get() as usize)
                .filter_map(|at| Record::from_json(json!({"name": at.to_string()})))
                .collect();
            reading.take(&mut piece, u32::MAX)?;
            found.extend(
                piece
                    .iter()
                    .filter_map(|record| name_of(record)?.parse::<u32>().ok()),
            );
            if reading.is_over {
                break;
            }
        }
        Ok((found, reading))
    }

    #[test]
    fn a_list_that_stands_still_is_read_once_in_its_order() {
        for length in [0, 1, 999, 1_000, 1_001, 1_999, 2_000, 4_500] {
            let rows: Vec<u32> = (0..length).rev().collect();
            let (found, reading) = read(rows.clone(), |_, _| {}).expect("rows");
            assert_eq!(found, rows, "{length}");
            assert!(!reading.has_changed, "{length}");
        }
    }

    #[test]
    fn rows_that_moved_down_come_once() {
        let grow = |asked, rows: &mut Vec<u32>| {
            if asked == 2 {
                rows.splice(0..0, 9_000..9_003);
            }
        };
        let (found, reading) = read((0..4_500).collect(), grow).expect("rows");
        assert_eq!(found, (0..4_500).collect::<Vec<_>>());
        assert!(reading.has_changed);
    }

    #[test]
    fn rows_that_moved_up_are_not_missed() {
        for gone in [1, 700, 1_500] {
            let shrink = |asked, rows: &mut Vec<u32>| {
                if asked == 2 {
                    rows.drain(0..gone);
                }
            };
            let (mut found, reading) = read((0..4_500).collect(), shrink).expect("rows");
            found.sort_unstable();
            assert_eq!(found, (0..4_500).collect::<Vec<_>>(), "{gone}");
            assert!(reading.has_changed);
        }
    }

    #[test]
    fn a_list_that_shrinks_below_what_was_read_ends() {
        let shrink = |asked, rows: &mut Vec<u32>| {
            if asked == 2 {
                rows.truncate(10);
            }
        };
        let (found, reading) = read((0..4_500).collect(), shrink).expect("rows");
        assert_eq!(found, (0..2_000).collect::<Vec<_>>());
        assert!(reading.has_changed);
    }

    #[test]
    fn a_list_that_never_comes_to_rest_is_given_up() {
        let forever = |_, rows: &mut Vec<u32>| {
            let new = rows.iter().max().map_or(0, |most| most + 1);
            rows.splice(0..0, new..new + 3_000);
        };
        assert!(read((0..4_500).collect(), forever).is_err());
        let anew = |asked: usize, rows: &mut Vec<u32>| {
            let first = u32::try_from(asked).expect("few") * 10_000;
            *rows = (first..first + 10_000).collect();
        };
        assert!(read(Vec::new(), anew).is_err());
    }

    proptest! {
        #[test]
        fn whatever_changes_no_row_comes_twice_and_none_is_missed_that_was_always_there(
            length in 0_u32..5_000,
            changes in prop::collection::vec((0_usize..6, 0_usize..5_000, 0_usize..1_200, 0_u32..1_200), 0..4),
        ) {
            let mut new = 100_000;
            let mut gone = HashSet::new();
            let change = |asked, rows: &mut Vec<u32>| {
                for (when, place, less, more) in &changes {
                    if *when == asked {
                        let place = (*place).min(rows.len());
                        let end = (place + less).min(rows.len());
                        gone.extend(rows.splice(place..end, new..new + more));
                        new += more;
                    }
                }
            };
            let (found, _) = read((0..length).collect(), change).expect("rows");
            let once: HashSet<u32> = found.iter().copied().collect();
            prop_assert_eq!(once.len(), found.len());
            for row in 0..length {
                prop_assert!(once.contains(&row) || gone.contains(&row), "{}", row);
            }
        }
    }
}
