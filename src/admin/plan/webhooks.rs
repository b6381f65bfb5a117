//! Webhooks: one for each DocType that the portal wants to hear of, and each of three events.

use super::{Action, Kind, Step};
use crate::admin::facts::Facts;
use crate::admin::names::{WEBHOOK_EVENTS, WEBHOOK_PREFIX};
use crate::admin::wanted::Wanted;

/// The steps.
pub fn webhooks(facts: &Facts, wanted: &Wanted) -> Vec<Step> {
    let (Ok(webhooks), Ok(doctypes)) = (&facts.webhooks, &facts.doctypes) else {
        return Vec::new();
    };
    let hook = wanted.hook();
    let mut steps = Vec::new();
    let is_there =
        |doctype: &crate::frappe::DocType| doctypes.get(doctype).is_none_or(Option::is_some);
    for doctype in wanted.heard().into_iter().filter(is_there) {
        for event in WEBHOOK_EVENTS {
            let name = format!("{WEBHOOK_PREFIX} {doctype} {event}");
            let of_it = |webhook: &&crate::admin::facts::Webhook| {
                webhook.doctype == doctype.as_str() && webhook.event == event
            };
            let is_right = webhooks.iter().filter(of_it).any(|webhook| {
                webhook.address() == hook
                    && webhook.enabled
                    && webhook.signed
                    && !webhook.has_template
                    && webhook.secret_fits != Some(false)
            });
            if is_right {
                continue;
            }
            let ours = webhooks.iter().find(|webhook| webhook.name == name);
            let is = match ours {
                Some(_) => {
                    format!("Webhook {name:?} is off, leads elsewhere or has another secret")
                }
                None => format!("The portal is not told of {event} of {doctype}"),
            };
            let customer = wanted
                .customer_field(&doctype)
                .map(|field| field.to_string());
            steps.push(Step {
                kind: Kind::Webhooks,
                is,
                will: format!("Webhook {name:?} tells {hook}"),
                why: "Customers see changes at once instead of when what is remembered has grown old."
                    .to_owned(),
                undo: format!("Delete the Webhook {name:?}."),
                action: Action::SetWebhook {
                    name,
                    doctype: doctype.clone(),
                    event: event.to_owned(),
                    customer,
                    exists: ours.is_some(),
                },
            });
        }
    }
    steps
}
