//! Quotas and alerts.

use keystow_domain::{Blank, Exhaustion, Forecast, Outlook, Reading, Rule, Timestamp, Untold};
use keystow_engine::{AlertSight, AlertsSight, QuotaSight};

use super::{millis, number, shown};
use crate::view::{AlertRule, AlertView, AlertsView, ForecastView, OutlookView, QuotaView, ReadingView};

impl From<QuotaSight> for QuotaView {
    fn from(sight: QuotaSight) -> Self {
        let QuotaSight { quota, outlook } = sight;
        let forecast = match &outlook {
            Outlook::Forecast(forecast) => Some(forecast.into()),
            Outlook::UsedUp | Outlook::Untold(_) => None,
        };
        Self {
            tier: shown(&quota.tier),
            limit: number(quota.limit),
            used: number(quota.used),
            resets_at: millis(quota.resets_at),
            rate_limit: number(quota.rate_limit),
            rate_window: i64::try_from(quota.rate_window.as_millis()).unwrap_or(i64::MAX),
            outlook: (&outlook).into(),
            forecast,
        }
    }
}

impl From<&Outlook> for OutlookView {
    fn from(outlook: &Outlook) -> Self {
        match outlook {
            Outlook::UsedUp => Self::UsedUp,
            Outlook::Untold(Untold::NoLimit) => Self::NoLimit,
            Outlook::Untold(Untold::NoReset) => Self::NoReset,
            Outlook::Untold(Untold::FewDays { .. }) => Self::FewDays,
            Outlook::Forecast(forecast) => match forecast.exhaustion {
                Exhaustion::No => Self::Lasts,
                Exhaustion::Possible { .. } => Self::MayEnd,
                Exhaustion::Likely { .. } => Self::Ends,
            },
        }
    }
}

impl From<&Forecast> for ForecastView {
    fn from(forecast: &Forecast) -> Self {
        let (earliest, likely, latest) = match forecast.exhaustion {
            Exhaustion::No => (None, None, None),
            Exhaustion::Possible { earliest } => (Some(earliest), None, None),
            Exhaustion::Likely { earliest, likely, latest } => (Some(earliest), Some(likely), latest),
        };
        Self {
            days: forecast.days,
            a_day: number(forecast.a_day),
            least: number(forecast.at_reset.least),
            likely: number(forecast.at_reset.likely),
            most: number(forecast.at_reset.most),
            earliest: millis(earliest),
            ends_at: millis(likely),
            latest: millis(latest),
        }
    }
}

impl From<AlertsSight> for AlertsView {
    fn from(sight: AlertsSight) -> Self {
        Self { rules: sight.rules.into_iter().map(Into::into).collect(), error: sight.error.map(Into::into) }
    }
}

impl From<AlertSight> for AlertView {
    fn from(sight: AlertSight) -> Self {
        Self {
            rule: sight.rule.into(),
            bound: sight.bound,
            usual: sight.rule.usual(),
            most: sight.rule.most(),
            raised_at: millis(sight.raised_at),
            reading: sight.reading.map(Into::into),
        }
    }
}

impl From<Reading> for ReadingView {
    fn from(reading: Reading) -> Self {
        match reading {
            Reading::Share { percent, of, since } => {
                Self::Share { percent, of: number(of), since: since.map(Timestamp::as_millis) }
            }
            Reading::Silent { hours } => Self::Silent { hours },
            Reading::Untold(Blank::NoQuota) => Self::NoQuota,
            Reading::Untold(Blank::NoData) => Self::NoData,
            Reading::Untold(Blank::FewCalls { .. }) => Self::FewCalls,
            Reading::Untold(Blank::NotUsed) => Self::NotUsed,
        }
    }
}

impl From<Rule> for AlertRule {
    fn from(rule: Rule) -> Self {
        match rule {
            Rule::Quota => Self::Quota,
            Rule::Errors => Self::Errors,
            Rule::Throttled => Self::Throttled,
            Rule::Silence => Self::Silence,
        }
    }
}

impl From<AlertRule> for Rule {
    fn from(rule: AlertRule) -> Self {
        match rule {
            AlertRule::Quota => Self::Quota,
            AlertRule::Errors => Self::Errors,
            AlertRule::Throttled => Self::Throttled,
            AlertRule::Silence => Self::Silence,
        }
    }
}
