//! What is printed of a plan, and of one that could not be done wholly.

use std::collections::BTreeMap;
use std::io::Write;

use crate::admin::plan::{Action, Alike, Step};
use crate::commands::printable;

/// Tells each step with what is, what will be, why, and how to undo it. Webhooks that are alike are
/// told as one, with a line for each DocType: `hook` is where they lead.
pub(super) fn tell_plan(out: &mut dyn Write, steps: &[Step], hook: &str) -> anyhow::Result<()> {
    let are_one = |one: &Step, next: &Step| one.alike().is_some() && one.alike() == next.alike();
    let mut told = 0;
    for group in steps.chunk_by(are_one) {
        let Some((first, more)) = group.split_first() else {
            continue;
        };
        match first.alike().filter(|_| !more.is_empty()) {
            Some(alike) => tell_webhooks(out, told + 1, group, &alike, hook)?,
            None => tell_step(out, told + 1, first)?,
        }
        told += group.len();
    }
    Ok(())
}

fn tell_step(out: &mut dyn Write, number: usize, step: &Step) -> anyhow::Result<()> {
    let Step {
        will,
        is,
        why,
        undo,
        ..
    } = step;
    say(
        out,
        &format!("{number}. {will}\n   Now:  {is}\n   Why:  {why}\n   Undo: {undo}"),
    )
}

fn tell_webhooks(
    out: &mut dyn Write,
    first: usize,
    steps: &[Step],
    alike: &Alike,
    hook: &str,
) -> anyhow::Result<()> {
    let mut doctypes: Vec<&str> = Vec::new();
    let mut events: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for step in steps {
        if let Action::MakeWebhook { doctype, event, .. }
        | Action::MendWebhook { doctype, event, .. } = &step.action
        {
            if !doctypes.contains(&doctype.as_str()) {
                doctypes.push(doctype.as_str());
            }
            events.entry(doctype.as_str()).or_default().push(event);
        }
    }
    let (count, last) = (steps.len(), first + steps.len() - 1);
    say(
        out,
        &format!("{first}-{last}. {count} webhooks tell {hook}"),
    )?;
    let widest = doctypes.iter().map(|doctype| doctype.chars().count()).max();
    let width = widest.unwrap_or_default();
    for doctype in doctypes {
        let events = events.get(doctype).map(|events| events.join(", "));
        say(
            out,
            &format!("   {doctype:width$}  {}", events.unwrap_or_default()),
        )?;
    }
    let why = steps.first().map_or("", |step| step.why.as_str());
    say(
        out,
        &format!(
            "   Now:  {}\n   Why:  {why}\n   Undo: {}",
            alike.is(),
            alike.undo()
        ),
    )
}

pub(super) fn tell_failure(
    out: &mut dyn Write,
    steps: &[Step],
    at: usize,
    problem: &str,
) -> anyhow::Result<()> {
    let step = &steps[at];
    say(
        out,
        &format!(
            "\nFailed {} of {}: {}\n  {problem}\n  It may have been done in part.\n    Undo: {}",
            at + 1,
            steps.len(),
            step.will,
            step.undo
        ),
    )?;
    if at > 0 {
        say(out, "\nDone before it, and how to undo it, the last first:")?;
        for step in steps[..at].iter().rev() {
            say(out, &format!("  {}\n    Undo: {}", step.will, step.undo))?;
        }
    }
    if at + 1 < steps.len() {
        say(out, "\nNot begun:")?;
        for step in &steps[at + 1..] {
            say(out, &format!("  {}", step.will))?;
        }
    }
    say(
        out,
        "\nRun the command again to go on from here: what is done is not done twice.",
    )
}

pub(super) fn say(out: &mut dyn Write, line: &str) -> anyhow::Result<()> {
    writeln!(out, "{}", printable(line))?;
    Ok(())
}
