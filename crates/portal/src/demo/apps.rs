//! The apps of the sample account: one that works, and one that waits for an approval.

use keystow_domain::Timestamp;

use super::{TEAM, keys::days_before};
use crate::{
    app::App,
    apps::{AppRecord, AppWish, WantedProduct, offered},
};

/// A sample app: its name, its age in days, what it subscribes to, and the sample keys that are its own.
struct Sample {
    name: &'static str,
    description: &'static str,
    age: u64,
    product: &'static str,
    keys: &'static [&'static str],
}

const SAMPLES: [Sample; 2] = [
    Sample {
        name: "Catalog browser",
        description: "Shows the catalog on the web site and keeps the copy in the warehouse fresh.",
        age: 30,
        product: "catalog",
        keys: &["catalog-sync-dev", "catalog-web-staging"],
    },
    Sample {
        name: "Partner onboarding",
        description: "Lets partners try the interfaces before they sign.",
        age: 1,
        product: "partner",
        keys: &["partner-onboarding-prod"],
    },
];

/// The apps, each with the names of its keys.
pub(super) fn all(
    app: &App,
    account: &str,
    now: Timestamp,
) -> impl Iterator<Item = (AppRecord, &'static [&'static str])> {
    let products = offered(&app.limits);
    SAMPLES.iter().map(move |sample| {
        let wanted = products.iter().filter(|product| product.id == sample.product);
        let wanted = wanted.map(|product| WantedProduct {
            product: product.clone(),
            scopes: product.scopes.clone(),
            justification: "Three partners are waiting to try it.".into(),
        });
        let wish = AppWish {
            name: Some(sample.name.into()),
            description: Some(sample.description.into()),
            callbacks: Some(vec!["https://harbour.example/callback".into()]),
            products: Some(wanted.collect()),
            ..AppWish::default()
        };
        (AppRecord::new(account, TEAM, wish, days_before(now, sample.age)), sample.keys)
    })
}
