//! Webhooks: what tells the portal at once that something has changed.

use std::collections::BTreeSet;

use super::{Finding, some};
use crate::admin::facts::{Facts, Webhook};
use crate::admin::names::{WEBHOOK_EVENTS, WEBHOOK_PATH};
use crate::admin::wanted::Wanted;

/// Events that can be chosen and tell too little.
const TOO_LITTLE: [&str; 2] = ["on_update", "on_update_after_submit"];

/// Whether they are there, on, signed with a secret that the portal knows, and have not failed.
pub fn webhooks(facts: &Facts, wanted: &Wanted) -> Vec<Finding> {
    const CHECK: &str = "webhooks";
    let webhooks = match &facts.webhooks {
        Ok(webhooks) => webhooks,
        Err(problem) => return vec![Finding::unread(CHECK, "Webhooks", problem)],
    };
    let hook = wanted.hook();
    if webhooks.is_empty() {
        return vec![Finding::warning(
            CHECK,
            "There are no webhooks",
            "Customers see changes when what is remembered has grown old, seconds later than they could.",
            "quayfront setup makes them.",
        )];
    }
    let names = |which: &dyn Fn(&&Webhook) -> bool| -> Vec<&str> {
        let found = webhooks.iter().filter(which);
        found.map(|webhook| webhook.name.as_str()).collect()
    };
    let mut findings = Vec::new();
    let mut tell = |found: Vec<&str>, what: &str, means: &str, mend: &str| {
        if !found.is_empty() {
            findings.push(Finding::warning(
                CHECK,
                format!("{what}: {}", some(found)),
                means,
                mend,
            ));
        }
    };
    tell(
        names(&|webhook| webhook.address() != hook),
        &format!("Webhooks that do not lead to {hook}"),
        "The portal does not hear of these changes at once.",
        "quayfront setup mends its own; or Webhook > Request URL.",
    );
    tell(
        names(&|webhook| !webhook.enabled),
        "Webhooks that are switched off",
        "The portal does not hear of these changes at once.",
        "quayfront setup mends its own; or Webhook > Enabled.",
    );
    tell(
        names(&|webhook| !webhook.signed || webhook.secret_fits == Some(false)),
        "Webhooks without a secret, or with one that the portal does not know",
        "The portal refuses them: anybody could have sent them.",
        &format!(
            "quayfront setup mends its own; or Webhook > Enable Security, and the secret in the portal's settings for {WEBHOOK_PATH}."
        ),
    );
    tell(
        names(&|webhook| webhook.template.is_some()),
        "Webhooks with a template for a body",
        "A quotation mark in a document makes the body no JSON, and nothing is sent.",
        "quayfront setup mends its own; or Webhook > Data: fields instead of a JSON Request Body.",
    );
    tell(
        names(&|webhook| TOO_LITTLE.contains(&webhook.event.as_str())),
        "Webhooks for events that miss changes of submitted documents",
        "The portal does not hear of most changes at once.",
        "quayfront setup mends its own; or Webhook > Doc Event: after_insert, on_change and on_trash, one \
         webhook each.",
    );
    tell(
        names(&|webhook| webhook.failed.is_some()),
        "Webhooks whose last delivery failed",
        "The portal did not hear of these changes at once; Frappe tries three times and gives up.",
        "Webhook Request Log, and whether Frappe can reach the portal's address.",
    );
    // Those that lead elsewhere, or hear too little, are told already.
    let is_told = webhooks
        .iter()
        .any(|webhook| webhook.address() != hook || TOO_LITTLE.contains(&webhook.event.as_str()));
    let lacking = lacking(facts, wanted, webhooks);
    if !lacking.is_empty() && !is_told {
        findings.push(Finding::warning(
            CHECK,
            format!("Changes that the portal is not told of: {}", some(lacking)),
            "Customers see these when what is remembered has grown old.",
            "quayfront setup makes the webhooks that are missing.",
        ));
    }
    if findings.is_empty() {
        findings.push(Finding::good(
            CHECK,
            format!(
                "{} webhooks lead to {hook}, and none of their last deliveries failed",
                webhooks.len()
            ),
        ));
    }
    findings
}

/// DocTypes, with the events, of which nothing comes.
fn lacking(facts: &Facts, wanted: &Wanted, webhooks: &[Webhook]) -> Vec<String> {
    let hook = wanted.hook();
    let there: BTreeSet<(&str, &str)> = webhooks
        .iter()
        .filter(|webhook| webhook.address() == hook)
        .map(|webhook| (webhook.doctype.as_str(), webhook.event.as_str()))
        .collect();
    let is_there = |doctype: &str| match &facts.doctypes {
        Ok(doctypes) => doctypes
            .iter()
            .all(|(known, fields)| known.as_str() != doctype || fields.is_some()),
        Err(_) => true,
    };
    let lacking: Vec<String> = wanted
        .heard()
        .iter()
        .map(crate::frappe::DocType::as_str)
        .filter(|doctype| is_there(doctype))
        .filter_map(|doctype| {
            let missing: Vec<&str> = WEBHOOK_EVENTS
                .into_iter()
                .filter(|event| !there.contains(&(doctype, *event)))
                .collect();
            (!missing.is_empty()).then(|| format!("{doctype} ({})", missing.join(", ")))
        })
        .collect();
    lacking
}
