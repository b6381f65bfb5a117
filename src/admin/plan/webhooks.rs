//! Webhooks: one for each DocType that the portal wants to hear of, and each of three events.
//!
//! One of ours that is there is mended: only what is not as it has to be is changed, so that undoing it
//! is to put that back.

use super::{Action, Kind, Step};
use crate::admin::facts::{Facts, Webhook};
use crate::admin::names::{WEBHOOK_EVENTS, WEBHOOK_PREFIX};
use crate::admin::wanted::Wanted;
use crate::frappe::DocType;

const WHY: &str = "Customers see changes at once instead of when what is remembered has grown old.";

/// What of a webhook is not as it has to be, and what it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Amiss {
    /// It leads there.
    Address(String),
    /// It is for this event.
    Event(String),
    /// It is off.
    Off,
    /// Its deliveries are not signed.
    Unsigned,
    /// They are signed with a secret that the portal does not know.
    Secret,
    /// Their body is this template.
    Template(String),
}

impl Amiss {
    /// What is amiss with a webhook of ours that leads there and is for this event.
    fn all(webhook: &Webhook, hook: &str, event: &str) -> Vec<Self> {
        let knows_secret = webhook.secret_fits == Some(true);
        let amiss = [
            (webhook.address() != hook).then(|| Self::Address(webhook.url.clone())),
            (webhook.event != event).then(|| Self::Event(webhook.event.clone())),
            (!webhook.enabled).then_some(Self::Off),
            (!webhook.signed).then_some(Self::Unsigned),
            (webhook.signed && !knows_secret).then_some(Self::Secret),
            webhook.template.clone().map(Self::Template),
        ];
        amiss.into_iter().flatten().collect()
    }

    /// The field, as the desk calls it, and what it is until the webhook is mended.
    fn field(&self) -> (&'static str, String) {
        match self {
            Self::Address(url) => ("Request URL", url.clone()),
            Self::Event(event) => ("Doc Event", event.clone()),
            Self::Off => ("Enabled", "off".to_owned()),
            Self::Unsigned => ("Enable Security", "off".to_owned()),
            Self::Secret => (
                "Webhook Secret",
                "one that the portal does not know, and that is not shown here".to_owned(),
            ),
            Self::Template(text) => (
                "JSON Request Body (with Request Structure JSON)",
                format!("{text:?}"),
            ),
        }
    }
}

fn told(amiss: &[Amiss], between: &str) -> String {
    let fields = amiss.iter().map(Amiss::field);
    let told: Vec<String> = fields
        .map(|(field, value)| format!("{field}{between}{value}"))
        .collect();
    told.join("; ")
}

/// What steps have in common that are alike but for their DocType and event.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Alike {
    /// They make webhooks.
    Made,
    /// They mend webhooks that were like this, with `EVENT` for each one's event in addresses.
    Mended(Vec<Amiss>),
}

impl Alike {
    /// What is.
    #[must_use]
    pub fn is(&self) -> String {
        match self {
            Self::Made => "The portal is not told of these".to_owned(),
            Self::Mended(was) => format!("In each, {}", told(was, " is ")),
        }
    }

    /// How to undo them all.
    #[must_use]
    pub fn undo(&self) -> String {
        let named = format!("{WEBHOOK_PREFIX} DOCTYPE EVENT");
        match self {
            Self::Made => format!("Delete these Webhooks, each called {named}."),
            Self::Mended(was) => format!(
                "In each of these Webhooks, called {named}, put back: {}.",
                told(was, ": ")
            ),
        }
    }
}

impl Step {
    /// What it has in common with steps that are alike; `None` of one that stands by itself.
    #[must_use]
    pub fn alike(&self) -> Option<Alike> {
        match &self.action {
            Action::MakeWebhook { .. } => Some(Alike::Made),
            Action::MendWebhook { event, was, .. } => {
                let own = format!("event={event}");
                let was = was.iter().cloned().map(|amiss| match amiss {
                    Amiss::Address(url) => Amiss::Address(url.replace(&own, "event=EVENT")),
                    other => other,
                });
                Some(Alike::Mended(was.collect()))
            }
            _ => None,
        }
    }
}

/// The steps, those that are alike together.
pub fn webhooks(facts: &Facts, wanted: &Wanted) -> Vec<Step> {
    let (Ok(webhooks), Ok(doctypes)) = (&facts.webhooks, &facts.doctypes) else {
        return Vec::new();
    };
    let is_there = |doctype: &DocType| doctypes.get(doctype).is_none_or(Option::is_some);
    let heard = wanted.heard().into_iter().filter(is_there);
    let mut steps: Vec<Step> = heard
        .flat_map(|doctype| WEBHOOK_EVENTS.map(|event| (doctype.clone(), event)))
        .filter_map(|(doctype, event)| step(webhooks, wanted, doctype, event))
        .collect();
    steps.sort_by_key(Step::alike);
    steps
}

fn step(
    webhooks: &[Webhook],
    wanted: &Wanted,
    doctype: DocType,
    event: &'static str,
) -> Option<Step> {
    let hook = wanted.hook();
    let amiss = |webhook: &Webhook| Amiss::all(webhook, &hook, event);
    let mut of_doctype = webhooks
        .iter()
        .filter(|webhook| webhook.doctype == doctype.as_str());
    if of_doctype.clone().any(|webhook| amiss(webhook).is_empty()) {
        return None;
    }
    let name = format!("{WEBHOOK_PREFIX} {doctype} {event}");
    let customer = wanted
        .customer_field(&doctype)
        .map(|field| field.to_string());
    let will = format!("Webhook {name:?} tells {hook}");
    let Some(ours) = of_doctype.find(|webhook| webhook.name == name) else {
        return Some(Step {
            kind: Kind::Webhooks,
            is: format!("The portal is not told of {event} of {doctype}"),
            will,
            why: WHY.to_owned(),
            undo: format!("Delete the Webhook {name:?}."),
            action: Action::MakeWebhook {
                name,
                doctype,
                event,
                customer,
            },
        });
    };
    let was = amiss(ours);
    Some(Step {
        kind: Kind::Webhooks,
        is: format!("Webhook {name:?}: {}", told(&was, " is ")),
        will,
        why: WHY.to_owned(),
        undo: format!("Webhook {name:?}, put back: {}.", told(&was, ": ")),
        action: Action::MendWebhook {
            name,
            doctype,
            event,
            customer,
            was,
        },
    })
}
