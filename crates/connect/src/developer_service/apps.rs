//! Developer apps, products and approval over the DeveloperService contract.
//!
//! What has no id cannot be asked about and is left out; an answer about one app is believed only if it is about the
//! app it was asked for.

use async_trait::async_trait;
use http::Method;
use keystow_domain::{
    App, AppId, AppStatus, AppWish, ApprovalRule, Ask, KeyId, Product, ProductId, Role, Subscription,
    SubscriptionId, SubscriptionState, TeamId,
};
use keystow_portal_api::apps::{
    self as wire, AppDeletedReply, AppReply, AppRequest, Approval, ApproveRequest, AttributeWish,
    DecisionReply, DeveloperApp, ListApprovalsReply, ListAppsReply, ListProductsReply, RejectRequest,
    SubscriptionWish, app_status, approval, subscription_state,
};
use keystow_portal_api::capabilities::role as role_word;
use keystow_vault::Secret;
use url::Url;

use super::translate::{MOST_PARTS, cut, said};
use super::{DeveloperService, PAGE_SIZES, written};
use crate::apps::{Apps, Part};
use crate::transport::{Reply, Request, instant};
use crate::{Cause, Failure, PageToken};

/// No portal's id is longer, in bytes.
const LONGEST_ID: usize = 512;

#[async_trait]
impl Apps for DeveloperService {
    async fn products(&self, token: &Secret) -> Result<Vec<Product>, Failure> {
        let reply = self.get(token, self.at(&["products"])?).await?.success()?;
        let products = reply.read::<ListProductsReply>()?.products;
        Ok(products.into_iter().take(MOST_PARTS).filter_map(product).collect())
    }

    async fn apps(&self, token: &Secret, page: Option<&PageToken>) -> Result<Part<App>, Failure> {
        let url = paged(self.at(&["apps"])?, page, *PAGE_SIZES.end());
        let read = self.get(token, url).await?.success()?.read::<ListAppsReply>()?;
        Ok(Part { all: read.apps.into_iter().filter_map(app).collect(), next: next(read.next_page_token) })
    }

    async fn app(&self, token: &Secret, id: &AppId) -> Result<Option<App>, Failure> {
        match self.get(token, self.at(&["apps", id.as_str()])?).await?.found()? {
            Some(reply) => app_of(&reply, Some(id)).map(Some),
            None => Ok(None),
        }
    }

    async fn create_app(&self, token: &Secret, wish: &AppWish) -> Result<App, Failure> {
        let url = self.at(&["apps"])?;
        app_of(&self.post(token, url, &request(wish)).await?.success()?, None)
    }

    async fn change_app(&self, token: &Secret, id: &AppId, wish: &AppWish) -> Result<App, Failure> {
        let url = self.at(&["apps", id.as_str()])?;
        let request = Request::new(Method::PATCH, url).json(written(&request(wish))?);
        app_of(&self.send(token, request).await?.success()?, Some(id))
    }

    async fn delete_app(&self, token: &Secret, id: &AppId) -> Result<Vec<KeyId>, Failure> {
        let url = self.at(&["apps", id.as_str()])?;
        let reply = self.send(token, Request::new(Method::DELETE, url)).await?.success()?;
        let AppDeletedReply { revoked_key_ids, deleted_client_ids } = reply.read()?;
        Ok(revoked_key_ids.into_iter().chain(deleted_client_ids).map(KeyId::new).collect())
    }

    async fn approvals(&self, token: &Secret, page: Option<&PageToken>) -> Result<Part<Ask>, Failure> {
        let url = paged(self.at(&["approvals"])?, page, *PAGE_SIZES.end());
        let read = self.get(token, url).await?.success()?.read::<ListApprovalsReply>()?;
        Ok(Part {
            all: read.approvals.into_iter().filter_map(ask).collect(),
            next: next(read.next_page_token),
        })
    }

    async fn decide(
        &self,
        token: &Secret,
        id: &SubscriptionId,
        rejected_for: Option<&str>,
    ) -> Result<Subscription, Failure> {
        let at = |verb| self.at(&["approvals", id.as_str(), verb]);
        let reply = match rejected_for {
            None => self.post(token, at("approve")?, &ApproveRequest {}).await?,
            Some(why) => self.post(token, at("reject")?, &RejectRequest { reason: why.to_owned() }).await?,
        };
        let decided = subscription(reply.success()?.read::<DecisionReply>()?.subscription);
        decided.filter(|decided| decided.id == *id).ok_or(Failure::Unknown(Cause::Garbage))
    }
}

/// The address of a page of a list, with as many rows as the contract lets one have.
pub(super) fn paged(mut url: Url, page: Option<&PageToken>, size: u32) -> Url {
    let size = size.clamp(*PAGE_SIZES.start(), *PAGE_SIZES.end());
    url.query_pairs_mut().append_pair("page_size", &size.to_string());
    if let Some(page) = page {
        url.query_pairs_mut().append_pair("page_token", page.as_str());
    }
    url
}

pub(super) fn next(token: String) -> Option<PageToken> {
    said(token).map(PageToken::new)
}

/// The app of an answer, which must be about `id` if there is one.
fn app_of(reply: &Reply, id: Option<&AppId>) -> Result<App, Failure> {
    let app = app(reply.read::<AppReply>()?.app).ok_or(Failure::Unknown(Cause::Garbage))?;
    if id.is_none_or(|id| app.id == *id) { Ok(app) } else { Err(Failure::Unknown(Cause::Garbage)) }
}

/// The role that a word stands for.
pub(super) fn role(word: String) -> Role {
    match word.as_str() {
        role_word::ADMIN => Role::Admin,
        role_word::DEVELOPER => Role::Developer,
        role_word::READ_ONLY => Role::ReadOnly,
        _ => Role::Unknown(word),
    }
}

fn product(wire: wire::Product) -> Option<Product> {
    let id = named(wire.id)?;
    Some(Product {
        name: if wire.name.is_empty() { id.clone() } else { cut(wire.name) },
        id: ProductId::new(id),
        description: cut(wire.description),
        scopes: texts(wire.scopes),
        elevated: texts(wire.elevated_scopes),
        quota: (wire.quota > 0).then_some(wire.quota),
        rate_limit: (wire.rate_limit > 0).then_some(wire.rate_limit),
        tier: said(wire.tier),
        approval: match wire.approval.as_str() {
            approval::AUTO => ApprovalRule::Auto,
            approval::MANUAL => ApprovalRule::Manual,
            approval::CONDITIONAL => ApprovalRule::Conditional,
            _ => ApprovalRule::Unknown(cut(wire.approval)),
        },
    })
}

fn app(wire: DeveloperApp) -> Option<App> {
    let id = named(wire.id)?;
    let subscriptions = wire.subscriptions.into_iter().take(MOST_PARTS).filter_map(subscription);
    let attributes = wire.attributes.into_iter().take(MOST_PARTS).map(|one| (cut(one.name), cut(one.value)));
    Some(App {
        id: AppId::new(id),
        name: cut(wire.name),
        description: cut(wire.description),
        callback_urls: texts(wire.callback_urls),
        attributes: attributes.collect(),
        status: match wire.status.as_str() {
            app_status::ACTIVE => AppStatus::Active,
            app_status::PENDING => AppStatus::Pending,
            app_status::REJECTED => AppStatus::Rejected,
            app_status::SUSPENDED => AppStatus::Suspended,
            _ => AppStatus::Unknown(cut(wire.status)),
        },
        suspended_for: said(wire.suspended_for),
        subscriptions: subscriptions.collect(),
        keys: wire.key_ids.into_iter().take(MOST_PARTS).map(KeyId::new).collect(),
        owner: said(wire.owner),
        team: said(wire.team_id).map(TeamId::new),
        created_at: instant(&wire.created_at),
        changed_at: instant(&wire.updated_at),
    })
}

fn subscription(wire: wire::Subscription) -> Option<Subscription> {
    Some(Subscription {
        id: SubscriptionId::new(named(wire.id)?),
        product: ProductId::new(wire.product_id),
        scopes: texts(wire.scopes),
        state: match wire.state.as_str() {
            subscription_state::APPROVED => SubscriptionState::Approved,
            subscription_state::PENDING => SubscriptionState::Pending,
            subscription_state::REJECTED => SubscriptionState::Rejected,
            _ => SubscriptionState::Unknown(cut(wire.state)),
        },
        justification: cut(wire.justification),
        reason: said(wire.reason),
        asked_at: instant(&wire.asked_at),
        decided_at: instant(&wire.decided_at),
    })
}

fn ask(wire: Approval) -> Option<Ask> {
    Some(Ask {
        subscription: subscription(wire.subscription)?,
        product_name: cut(wire.product_name),
        app: AppId::new(wire.app_id),
        app_name: cut(wire.app_name),
        // `developer` holds both in one text, in which a name can look like an address.
        person: said(wire.developer_name),
        email: said(wire.developer_email),
    })
}

/// An id that can be asked about: one that had to be cut would name something else.
pub(super) fn named(id: String) -> Option<String> {
    (!id.is_empty() && id.len() <= LONGEST_ID).then_some(id)
}

pub(super) fn texts(all: Vec<String>) -> Vec<String> {
    all.into_iter().take(MOST_PARTS).map(cut).collect()
}

fn request(wish: &AppWish) -> AppRequest {
    let attribute =
        |(name, value): &(String, String)| AttributeWish { name: name.clone(), value: value.clone() };
    AppRequest {
        name: wish.name.clone(),
        description: wish.description.clone(),
        callback_urls: wish.callback_urls.clone(),
        attributes: wish.attributes.as_ref().map(|all| all.iter().map(attribute).collect()),
        products: wish.products.as_ref().map(|all| {
            let products = all.iter().map(|one| SubscriptionWish {
                product_id: one.product.as_str().to_owned(),
                scopes: one.scopes.clone(),
                justification: one.justification.clone(),
            });
            products.collect()
        }),
        team_id: wish.team.as_ref().map(|team| team.as_str().to_owned()),
    }
}
