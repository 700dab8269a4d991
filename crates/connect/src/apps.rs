//! What a portal with developer apps can be asked about them, about products and about approval.
//!
//! A portal without apps has none of it: what is not implemented is refused as not found, which is what a server
//! without these paths answers.

use async_trait::async_trait;
use keystow_domain::{App, AppId, AppWish, Ask, KeyId, Product, Subscription, SubscriptionId};
use keystow_vault::Secret;

use crate::{Failure, PageToken, Refusal, RefusalKind};

/// Developer apps as one signed-in person sees them. `token` is that person's access token.
///
/// Each operation fails with [`Failure`]. A change goes out once and is not safe to repeat, unless it says so.
#[async_trait]
pub trait Apps: Send + Sync {
    /// What apps can subscribe to.
    ///
    /// # Errors
    ///
    /// When the portal has no apps or cannot be asked.
    async fn products(&self, _token: &Secret) -> Result<Vec<Product>, Failure> {
        Err(absent())
    }

    /// One page of the person's apps, the newest first, from the start or from where the last page ended.
    ///
    /// # Errors
    ///
    /// When the portal has no apps or cannot be asked.
    async fn apps(&self, _token: &Secret, _page: Option<&PageToken>) -> Result<Part<App>, Failure> {
        Err(absent())
    }

    /// One app, or nothing if it is gone or somebody else's.
    ///
    /// # Errors
    ///
    /// When the portal cannot be asked.
    async fn app(&self, _token: &Secret, _id: &AppId) -> Result<Option<App>, Failure> {
        Err(absent())
    }

    /// Makes an app. What it subscribes to and needs nobody's approval is in force at once.
    ///
    /// # Errors
    ///
    /// Names each wrong field, as in `products[0].justification`. [`Failure::Unknown`] means that the app may exist.
    async fn create_app(&self, _token: &Secret, _wish: &AppWish) -> Result<App, Failure> {
        Err(absent())
    }

    /// Changes what the wish names.
    ///
    /// # Errors
    ///
    /// As [`Apps::create_app`].
    async fn change_app(&self, _token: &Secret, _id: &AppId, _wish: &AppWish) -> Result<App, Failure> {
        Err(absent())
    }

    /// Deletes an app and ends its keys and OAuth clients, for good. Tells which those were.
    ///
    /// # Errors
    ///
    /// An app that is gone is not found.
    async fn delete_app(&self, _token: &Secret, _id: &AppId) -> Result<Vec<KeyId>, Failure> {
        Err(absent())
    }

    /// One page of what waits for an administrator, the longest waiting first.
    ///
    /// # Errors
    ///
    /// When the person is no administrator, or the portal cannot be asked.
    async fn approvals(&self, _token: &Secret, _page: Option<&PageToken>) -> Result<Part<Ask>, Failure> {
        Err(absent())
    }

    /// Approves a subscription, or rejects it for a reason that the developer is told.
    ///
    /// # Errors
    ///
    /// What was decided or taken back before is a conflict.
    async fn decide(
        &self,
        _token: &Secret,
        _id: &SubscriptionId,
        _rejected_for: Option<&str>,
    ) -> Result<Subscription, Failure> {
        Err(absent())
    }
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part<T> {
    /// What is on it.
    pub all: Vec<T>,
    /// Where the next page starts; nothing on the last page.
    pub next: Option<PageToken>,
}

/// What a portal answers that has no such path.
pub(crate) fn absent() -> Failure {
    Failure::Refused(Refusal::bare(404, RefusalKind::NotFound))
}
