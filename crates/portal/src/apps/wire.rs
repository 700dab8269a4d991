//! Apps and what belongs to them in the words of the contract.

use keystow_portal_api::apps::{Approval, Attribute, DeveloperApp, Product, Subscription};

use super::{AppRecord, Ask, ProductRecord, SubscriptionRecord};
use crate::{clients::is_client_id, stamp, teams::is_team};

impl ProductRecord {
    pub(super) fn to_wire(&self) -> Product {
        Product {
            id: self.id.clone(),
            name: self.name.clone(),
            description: self.description.clone(),
            scopes: self.scopes.clone(),
            elevated_scopes: self.elevated.clone(),
            quota: self.quota,
            rate_limit: self.rate_limit.into(),
            tier: self.tier.clone(),
            approval: self.approval.word().into(),
        }
    }
}

impl SubscriptionRecord {
    pub(super) fn to_wire(&self) -> Subscription {
        Subscription {
            id: self.id.clone(),
            product_id: self.product.clone(),
            scopes: self.scopes.clone(),
            state: self.state.word().into(),
            justification: self.justification.clone(),
            reason: self.reason.clone(),
            asked_at: stamp::write(self.asked_at),
            decided_at: stamp::write_opt(self.decided_at),
        }
    }
}

impl AppRecord {
    pub(crate) fn to_wire(&self) -> DeveloperApp {
        let attribute =
            |(name, value): &(String, String)| Attribute { name: name.clone(), value: value.clone() };
        DeveloperApp {
            id: self.id.clone(),
            name: self.name.clone(),
            description: self.description.clone(),
            callback_urls: self.callbacks.clone(),
            attributes: self.attributes.iter().map(attribute).collect(),
            status: self.status().into(),
            suspended_for: self.suspended_for.clone().unwrap_or_default(),
            subscriptions: self.subscriptions.iter().map(SubscriptionRecord::to_wire).collect(),
            key_ids: self.keys.iter().filter(|id| !is_client_id(id)).cloned().collect(),
            client_ids: self.keys.iter().filter(|id| is_client_id(id)).cloned().collect(),
            owner: self.owner.clone(),
            team_id: if is_team(&self.account) { self.account.clone() } else { String::new() },
            created_at: stamp::write(self.created_at),
            updated_at: stamp::write(self.changed_at),
        }
    }
}

impl Ask {
    pub(super) fn to_wire(&self) -> Approval {
        let developer = if self.person.is_empty() {
            self.email.clone()
        } else {
            format!("{} <{}>", self.person, self.email)
        };
        let (team_id, team_name) = self.team.clone().unwrap_or_default();
        Approval {
            team_id,
            team_name,
            subscription: self.subscription.to_wire(),
            product_name: self.product_name.clone(),
            app_id: self.app.clone(),
            app_name: self.app_name.clone(),
            developer,
            developer_name: self.person.clone(),
            developer_email: self.email.clone(),
        }
    }
}
