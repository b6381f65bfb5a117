//! What users look at: each has six pages, and comes back to some of them much more than to others.

use std::collections::HashMap;

use quayfront::demo::Site;
use rand::distr::Distribution as _;
use rand::distr::weighted::WeightedIndex;
use rand::rngs::StdRng;
use rand::seq::{IndexedRandom as _, SliceRandom as _};

/// How many pages a user has.
pub const PAGES: usize = 6;

/// The documents of a customer that its users look at: of many, what they are working on.
const DOCUMENTS: usize = 8;

/// What there is to look at, by customer.
pub struct Documents(HashMap<String, [Vec<String>; 2]>);

impl Documents {
    /// Those of a site's transport and warehouse jobs that are no drafts.
    pub fn of(site: &Site) -> Self {
        let mut documents: HashMap<String, [Vec<String>; 2]> = HashMap::new();
        let kinds = [
            ("Transport Job", "/transport-jobs/"),
            ("Warehouse Job", "/warehouse-jobs/"),
        ];
        for (at, (doctype, path)) in kinds.into_iter().enumerate() {
            for name in site.record_names(doctype) {
                let record = site.record(doctype, &name).unwrap_or_default();
                let customer = record["customer"].as_str().unwrap_or_default().to_owned();
                let of_kind = &mut documents.entry(customer).or_default()[at];
                if record["docstatus"] == 1 && of_kind.len() < DOCUMENTS {
                    of_kind.push(format!("{path}{name}"));
                }
            }
        }
        Self(documents)
    }

    /// The six pages of a user of this customer, the dearest to him first: the start page, the two
    /// lists of jobs, stock, and a job of each kind.
    pub fn pages(&self, customer: &str, random: &mut StdRng) -> [String; PAGES] {
        let [transport, warehouse] = &self.0[customer];
        let mut one_of = |jobs: &[String]| jobs.choose(random).expect("there are jobs").clone();
        let jobs = [one_of(transport), one_of(warehouse)];
        let [transport, warehouse] = jobs;
        let mut pages = [
            "/".to_owned(),
            "/transport-jobs".to_owned(),
            "/warehouse-jobs".to_owned(),
            "/stock-balance".to_owned(),
            transport,
            warehouse,
        ];
        pages.shuffle(random);
        pages
    }
}

/// Zipf's law: the second dearest is looked at half as often as the first, the third a third as often.
pub fn zipf() -> impl Fn(&mut StdRng) -> usize {
    let weights = [1.0, 1.0 / 2.0, 1.0 / 3.0, 1.0 / 4.0, 1.0 / 5.0, 1.0 / 6.0];
    let law = WeightedIndex::new(weights).expect("weights");
    move |random| law.sample(random)
}
