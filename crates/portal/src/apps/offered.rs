//! The products of the portal's own sample API, offered from the first start.

use super::{ApprovalRule, ProductRecord};
use crate::config::Limits;

/// What a portal with these limits offers.
pub(crate) fn offered(limits: &Limits) -> Vec<ProductRecord> {
    let product = |id: &str, name: &str, description: &str, scopes: &[&str], approval| ProductRecord {
        id: id.into(),
        name: name.into(),
        description: description.into(),
        scopes: scopes.iter().map(|&scope| scope.to_owned()).collect(),
        elevated: Vec::new(),
        quota: limits.quota,
        rate_limit: limits.gateway,
        tier: "Standard".into(),
        approval,
    };
    vec![
        product("catalog", "Catalog", "Read the public catalog.", &["read"], ApprovalRule::Auto),
        ProductRecord {
            elevated: vec!["write".into()],
            quota: limits.quota.saturating_mul(2),
            tier: "Plus".into(),
            ..product(
                "catalog-editing",
                "Catalog editing",
                "Read the catalog, and change it once an administrator agrees.",
                &["read", "write"],
                ApprovalRule::Conditional,
            )
        },
        ProductRecord {
            quota: limits.quota.saturating_mul(10),
            rate_limit: limits.gateway.saturating_mul(2),
            tier: "Partner".into(),
            ..product(
                "partner",
                "Partner access",
                "Everything at a higher rate, for partners an administrator knows.",
                &["read", "write", "stream"],
                ApprovalRule::Manual,
            )
        },
    ]
}
