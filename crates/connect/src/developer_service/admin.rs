//! Suspensions, reports and app data over the DeveloperService contract. What has no id is left out.

use async_trait::async_trait;
use jiff::Timestamp as Written;
use keystow_domain::{
    AppId, Criteria, ItemState, Preview, ReportFilter, ReportKind, ReportRow, Suspension, SuspensionId,
    SuspensionItem, SuspensionState, Timestamp,
};
use keystow_portal_api::admin::{
    self as wire, ContinueRequest, ListSuspensionsReply, ReportReply, ResumeRequest, SuspendRequest,
    SuspensionCriteria, SuspensionPreview, SuspensionReply, item_state, suspension_state, what,
};
use keystow_vault::Secret;
use url::Url;

use super::apps::{named, next, paged};
use super::translate::{MOST_PARTS, cut, said};
use super::{DeveloperService, PAGE_SIZES};
use crate::admin::{Admin, ReportPage};
use crate::transport::{Reply, instant};
use crate::{Cause, Failure, PageToken, Part};

/// More pages of suspensions than this are a fault of the portal.
const MOST_PAGES: usize = 200;

#[async_trait]
impl Admin for DeveloperService {
    async fn preview_suspension(&self, token: &Secret, criteria: &Criteria) -> Result<Preview, Failure> {
        let url = paged(self.at(&["admin", "suspensions", "preview"])?, None, *PAGE_SIZES.end());
        let reply = self.post(token, url, &written(criteria)).await?.success()?;
        let read = reply.read::<SuspensionPreview>()?;
        if read.preview.is_empty() {
            return Err(Failure::Unknown(Cause::Garbage));
        }
        Ok(Preview {
            name: read.preview,
            apps: read.apps,
            credentials: read.credentials,
            items: read.items.into_iter().take(*PAGE_SIZES.end() as usize).filter_map(item).collect(),
        })
    }

    async fn begin_suspension(
        &self,
        token: &Secret,
        criteria: &Criteria,
        preview: &str,
        reason: &str,
    ) -> Result<Suspension, Failure> {
        let body = SuspendRequest {
            criteria: written(criteria),
            preview: preview.to_owned(),
            reason: reason.to_owned(),
        };
        suspension_of(&self.post(token, self.at(&["admin", "suspensions"])?, &body).await?.success()?, None)
    }

    async fn suspensions(&self, token: &Secret) -> Result<Vec<Suspension>, Failure> {
        let (mut all, mut page): (Vec<Suspension>, Option<PageToken>) = (Vec::new(), None);
        for _ in 0..MOST_PAGES {
            let url = paged(self.at(&["admin", "suspensions"])?, page.as_ref(), *PAGE_SIZES.end());
            let read = self.get(token, url).await?.success()?.read::<ListSuspensionsReply>()?;
            let part = read.suspensions.into_iter().take(*PAGE_SIZES.end() as usize).filter_map(suspension);
            // One that was begun meanwhile moves the pages.
            let new: Vec<_> = part.filter(|one| all.iter().all(|known| known.id != one.id)).collect();
            all.extend(new);
            match next(read.next_page_token).filter(|next| Some(next) != page.as_ref()) {
                Some(next) => page = Some(next),
                None => return Ok(all),
            }
        }
        Err(Failure::Unknown(Cause::Garbage))
    }

    async fn continue_suspension(&self, token: &Secret, id: &SuspensionId) -> Result<Suspension, Failure> {
        let url = self.at(&["admin", "suspensions", id.as_str(), "continue"])?;
        suspension_of(&self.post(token, url, &ContinueRequest {}).await?.success()?, Some(id))
    }

    async fn resume_suspension(
        &self,
        token: &Secret,
        id: &SuspensionId,
        target: Option<&str>,
    ) -> Result<Suspension, Failure> {
        let url = self.at(&["admin", "suspensions", id.as_str(), "resume"])?;
        let body = ResumeRequest { target_id: target.map(str::to_owned) };
        suspension_of(&self.post(token, url, &body).await?.success()?, Some(id))
    }

    async fn report(
        &self,
        token: &Secret,
        kind: ReportKind,
        filter: &ReportFilter,
        page: Option<&PageToken>,
    ) -> Result<ReportPage, Failure> {
        let url =
            filtered(paged(self.at(&["admin", "reports", kind.word()])?, page, *PAGE_SIZES.end()), filter);
        let read = self.get(token, url).await?.success()?.read::<ReportReply>()?;
        let all = read.rows.into_iter().take(*PAGE_SIZES.end() as usize).filter_map(row).collect();
        Ok(ReportPage { part: Part { all, next: next(read.next_page_token) }, total: read.total })
    }

    async fn whole_report(
        &self,
        token: &Secret,
        kind: ReportKind,
        filter: &ReportFilter,
    ) -> Result<Vec<ReportRow>, Failure> {
        let url = as_file(filtered(self.at(&["admin", "reports", kind.word(), "export"])?, filter));
        let read = self.get(token, url).await?.success()?.read::<Vec<wire::ReportRow>>()?;
        Ok(read.into_iter().filter_map(row).collect())
    }

    async fn app_data(&self, token: &Secret, filter: &ReportFilter) -> Result<Vec<String>, Failure> {
        let url = as_file(filtered(self.at(&["admin", "apps", "export"])?, filter));
        let read = self.get(token, url).await?.success()?.read::<Vec<wire::AppData>>()?;
        // Read and written again: nothing gets into a file that the contract does not know.
        let all = read.iter().map(serde_json::to_string).collect::<Result<_, _>>();
        all.map_err(|_| Failure::Unknown(Cause::Garbage))
    }
}

/// As one list of JSON objects.
fn as_file(mut url: Url) -> Url {
    url.query_pairs_mut().append_pair("format", "json");
    url
}

fn filtered(mut url: Url, filter: &ReportFilter) -> Url {
    let ReportFilter { owner, team, status, product, days } = filter;
    for (name, value) in [("owner", owner), ("team", team), ("status", status), ("product", product)] {
        if let Some(value) = value {
            url.query_pairs_mut().append_pair(name, value);
        }
    }
    if let Some(days) = days {
        url.query_pairs_mut().append_pair("days", &days.to_string());
    }
    url
}

fn written(criteria: &Criteria) -> SuspensionCriteria {
    let at = |at: Option<Timestamp>| {
        at.and_then(|at| Written::from_millisecond(at.as_millis()).ok()).map(|at| at.to_string())
    };
    SuspensionCriteria {
        what: if criteria.keys { what::KEYS } else { what::APPS }.to_owned(),
        owner: criteria.owner.clone(),
        product: criteria.product.clone(),
        status: criteria.status.clone(),
        unused_since: at(criteria.unused_since),
        created_before: at(criteria.created_before),
        name_contains: criteria.name_contains.clone(),
    }
}

/// The suspension of an answer, which must be about `id` if there is one.
fn suspension_of(reply: &Reply, id: Option<&SuspensionId>) -> Result<Suspension, Failure> {
    let told = suspension(reply.read::<SuspensionReply>()?.suspension);
    told.filter(|told| id.is_none_or(|id| told.id == *id)).ok_or(Failure::Unknown(Cause::Garbage))
}

fn suspension(wire: wire::Suspension) -> Option<Suspension> {
    Some(Suspension {
        id: SuspensionId::new(named(wire.id)?),
        state: match wire.state.as_str() {
            suspension_state::RUNNING => SuspensionState::Running,
            suspension_state::DONE => SuspensionState::Done,
            suspension_state::RESUMING => SuspensionState::Resuming,
            suspension_state::RESUMED => SuspensionState::Resumed,
            _ => SuspensionState::Unknown(cut(wire.state)),
        },
        reason: cut(wire.reason),
        by: said(wire.by),
        begun_at: instant(&wire.begun_at),
        of: wire.of,
        due: wire.due,
        suspended: wire.suspended,
        resumed: wire.resumed,
        left: wire.left,
    })
}

fn item(wire: wire::SuspensionItem) -> Option<SuspensionItem> {
    Some(SuspensionItem {
        kind: cut(wire.kind),
        id: named(wire.id)?,
        name: cut(wire.name),
        owner: said(wire.owner),
        last_used_at: instant(&wire.last_used_at),
        state: match wire.state.as_str() {
            item_state::DUE => Some(ItemState::Due),
            item_state::SUSPENDED => Some(ItemState::Suspended),
            item_state::RESUMED => Some(ItemState::Resumed),
            item_state::LEFT => Some(ItemState::Left),
            _ => None,
        },
    })
}

fn row(wire: wire::ReportRow) -> Option<ReportRow> {
    Some(ReportRow {
        app: AppId::new(named(wire.app_id)?),
        app_name: cut(wire.app_name),
        owner: said(wire.owner_email),
        team: said(wire.team_name),
        status: cut(wire.status),
        products: wire.products.into_iter().take(MOST_PARTS).map(cut).collect(),
        credentials: wire.credentials,
        created_at: instant(&wire.created_at),
        last_used_at: instant(&wire.last_used_at),
        calls: wire.calls,
        errors: wire.errors,
        throttled: wire.throttled,
        billable: wire.billable,
        justification: cut(wire.justification),
        asked_at: instant(&wire.asked_at),
    })
}
