//! What a portal can be asked by its administrators: suspensions by criteria, reports, the data of everybody's apps.
//!
//! A portal without such calls has none of it: what is not implemented is refused as not found.

use async_trait::async_trait;
use keystow_domain::{Criteria, Preview, ReportFilter, ReportKind, ReportRow, Suspension, SuspensionId};
use keystow_vault::Secret;

use crate::apps::absent;
use crate::{Failure, PageToken, Part};

/// How many lines a report has, and a page of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportPage {
    /// The page.
    pub part: Part<ReportRow>,
    /// How many lines the whole report has.
    pub total: u64,
}

/// Administration as one signed-in person sees it. `token` is that person's access token.
///
/// Each operation fails with [`Failure`], and is refused as forbidden to whoever is no administrator.
#[async_trait]
pub trait Admin: Send + Sync {
    /// What a suspension would hit. Nothing is changed.
    ///
    /// # Errors
    ///
    /// Names each wrong criterion.
    async fn preview_suspension(&self, _token: &Secret, _criteria: &Criteria) -> Result<Preview, Failure> {
        Err(absent())
    }

    /// Begins a suspension of what was previewed. Safe to repeat: it is the same suspension then.
    ///
    /// # Errors
    ///
    /// A conflict if anything else would be hit by now.
    async fn begin_suspension(
        &self,
        _token: &Secret,
        _criteria: &Criteria,
        _preview: &str,
        _reason: &str,
    ) -> Result<Suspension, Failure> {
        Err(absent())
    }

    /// The suspensions, the newest first.
    ///
    /// # Errors
    ///
    /// When the portal cannot be asked.
    async fn suspensions(&self, _token: &Secret) -> Result<Vec<Suspension>, Failure> {
        Err(absent())
    }

    /// Suspends the next of what a suspension is about. Safe to repeat.
    ///
    /// # Errors
    ///
    /// A conflict if it is being undone.
    async fn continue_suspension(&self, _token: &Secret, _id: &SuspensionId) -> Result<Suspension, Failure> {
        Err(absent())
    }

    /// Resumes the next of what a suspension is about, or one thing of it. Safe to repeat.
    ///
    /// # Errors
    ///
    /// When there is no such suspension, or it is not about that.
    async fn resume_suspension(
        &self,
        _token: &Secret,
        _id: &SuspensionId,
        _target: Option<&str>,
    ) -> Result<Suspension, Failure> {
        Err(absent())
    }

    /// One page of a report, from the start or from where the last page ended.
    ///
    /// # Errors
    ///
    /// Names each wrong filter.
    async fn report(
        &self,
        _token: &Secret,
        _kind: ReportKind,
        _filter: &ReportFilter,
        _page: Option<&PageToken>,
    ) -> Result<ReportPage, Failure> {
        Err(absent())
    }

    /// Every line of a report, as the portal sees it at one moment: pages move while something changes.
    ///
    /// # Errors
    ///
    /// As [`Admin::report`].
    async fn whole_report(
        &self,
        _token: &Secret,
        _kind: ReportKind,
        _filter: &ReportFilter,
    ) -> Result<Vec<ReportRow>, Failure> {
        Err(absent())
    }

    /// Everything that is known of apps at one moment, each as a JSON object in the words of the contract. No secret is.
    ///
    /// # Errors
    ///
    /// As [`Admin::report`].
    async fn app_data(&self, _token: &Secret, _filter: &ReportFilter) -> Result<Vec<String>, Failure> {
        Err(absent())
    }
}
