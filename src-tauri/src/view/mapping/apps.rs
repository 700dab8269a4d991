//! Developer apps, products and approval.

use keystow_domain::{
    App, AppStatus, AppWish, ApprovalRule, Ask, Product, ProductId, ProductWish, Subscription,
    SubscriptionState, TeamId,
};
use keystow_engine::{AppFigures, AppSight, AppsSight, DeletedApp, Engine};

use super::{bounded, millis, number, shown, small, told};
use crate::view::{
    AppDetailsView, AppFiguresView, AppInput, AppStatusView, ApprovalRuleView, AppsView, AskView,
    AttributeView, DeletedAppView, DeveloperAppView, KeyRowView, ProductView, ResponseView,
    SubscriptionStateView, SubscriptionView,
};

/// How many parts of an app a window is sent, or may send.
const MOST_PARTS: usize = 100;

impl AppsView {
    /// The apps, as the window shows them.
    pub(crate) fn of(sight: AppsSight, engine: &Engine) -> Self {
        let products = &sight.products;
        Self {
            apps: sight.apps.iter().map(|app| app_view(app, products, engine)).collect(),
            products: products.iter().map(Into::into).collect(),
            asks: sight.asks.iter().map(|ask| ask_view(ask, products)).collect(),
            decides: sight.decides,
            read_at: millis(sight.read_at),
            reading: sight.reading,
            error: sight.error.map(Into::into),
            writes_off: sight.writes_off.map(Into::into),
        }
    }
}

impl AppDetailsView {
    /// One app, as the window shows it.
    pub(crate) fn of(sight: AppSight, products: &[Product], engine: &Engine) -> Self {
        Self {
            app: app_view(&sight.app, products, engine),
            keys: sight.keys.into_iter().map(|row| KeyRowView::of(row, engine)).collect(),
            unlisted: sight.unlisted,
        }
    }
}

fn app_view(app: &App, products: &[Product], engine: &Engine) -> DeveloperAppView {
    let (status, word) = match &app.status {
        AppStatus::Active => (AppStatusView::Active, None),
        AppStatus::Pending => (AppStatusView::Pending, None),
        AppStatus::Rejected => (AppStatusView::Rejected, None),
        AppStatus::Suspended => (AppStatusView::Suspended, None),
        AppStatus::Unknown(word) => (AppStatusView::Unknown, Some(shown(word))),
    };
    let texts = |all: &[String]| all.iter().take(MOST_PARTS).map(|one| told(one)).collect();
    let attribute = |(name, value): &(String, String)| AttributeView { name: told(name), value: told(value) };
    DeveloperAppView {
        id: app.id.as_str().to_owned(),
        name: shown(&app.name),
        description: told(&app.description),
        callback_urls: texts(&app.callback_urls),
        attributes: app.attributes.iter().take(MOST_PARTS).map(attribute).collect(),
        status,
        suspended_for: app.suspended_for.as_deref().map(told),
        word: word.filter(|word| !word.is_empty()),
        subscriptions: app
            .subscriptions
            .iter()
            .take(MOST_PARTS)
            .map(|one| subscription_view(one, products))
            .collect(),
        keys: small(app.keys.len() as u64),
        waiting: small(app.waiting() as u64),
        key_scopes: app.key_scopes().iter().take(MOST_PARTS).map(|scope| shown(scope)).collect(),
        owner: app.owner.as_deref().map(shown),
        team: app.team.as_ref().map(|team| team.as_str().to_owned()),
        manage_off: engine.bar_of_app(app).map(Into::into),
        created_at: millis(app.created_at),
        changed_at: millis(app.changed_at),
    }
}

fn subscription_view(one: &Subscription, products: &[Product]) -> SubscriptionView {
    let named = products.iter().find(|product| product.id == one.product);
    SubscriptionView {
        id: one.id.as_str().to_owned(),
        product: one.product.as_str().to_owned(),
        product_name: shown(named.map_or(one.product.as_str(), |product| product.name.as_str())),
        scopes: one.scopes.iter().take(MOST_PARTS).map(|scope| shown(scope)).collect(),
        state: match one.state {
            SubscriptionState::Approved => SubscriptionStateView::Approved,
            SubscriptionState::Pending => SubscriptionStateView::Pending,
            SubscriptionState::Rejected => SubscriptionStateView::Rejected,
            SubscriptionState::Unknown(_) => SubscriptionStateView::Unknown,
        },
        justification: told(&one.justification),
        reason: one.reason.as_deref().map(told),
        asked_at: millis(one.asked_at),
        decided_at: millis(one.decided_at),
    }
}

fn ask_view(ask: &Ask, products: &[Product]) -> AskView {
    let mut subscription = subscription_view(&ask.subscription, products);
    if !ask.product_name.is_empty() {
        subscription.product_name = shown(&ask.product_name);
    }
    AskView {
        subscription,
        app_name: shown(&ask.app_name),
        person: ask.person.as_deref().map(shown),
        email: ask.email.as_deref().map(shown),
    }
}

impl From<&Product> for ProductView {
    fn from(product: &Product) -> Self {
        let texts = |all: &[String]| all.iter().take(MOST_PARTS).map(|one| shown(one)).collect();
        Self {
            id: product.id.as_str().to_owned(),
            name: shown(&product.name),
            description: told(&product.description),
            scopes: texts(&product.scopes),
            elevated: texts(&product.elevated),
            quota: product.quota.map(number),
            rate_limit: product.rate_limit.map(number),
            tier: product.tier.as_deref().map(shown),
            approval: match product.approval {
                ApprovalRule::Auto => ApprovalRuleView::Auto,
                ApprovalRule::Conditional => ApprovalRuleView::Conditional,
                // What is not known may need somebody, so it is said that it does.
                ApprovalRule::Manual | ApprovalRule::Unknown(_) => ApprovalRuleView::Manual,
            },
        }
    }
}

impl From<AppInput> for AppWish {
    fn from(input: AppInput) -> Self {
        let texts =
            |all: Vec<String>| -> Vec<String> { all.into_iter().take(MOST_PARTS).map(bounded).collect() };
        let products = input.products.into_iter().take(MOST_PARTS).map(|one| ProductWish {
            product: ProductId::new(bounded(one.product)),
            scopes: texts(one.scopes),
            justification: bounded(one.justification),
        });
        let attributes = input.attributes.into_iter().take(MOST_PARTS);
        Self {
            name: Some(bounded(input.name)),
            description: Some(bounded(input.description)),
            callback_urls: Some(texts(input.callback_urls)),
            attributes: Some(attributes.map(|one| (bounded(one.name), bounded(one.value))).collect()),
            products: Some(products.collect()),
            team: input.team.map(|team| TeamId::new(bounded(team))),
        }
    }
}

impl From<DeletedApp> for DeletedAppView {
    fn from(deleted: DeletedApp) -> Self {
        Self { name: shown(&deleted.name), keys: small(deleted.keys.len() as u64), already: deleted.already }
    }
}

impl From<AppFigures> for AppFiguresView {
    fn from(figures: AppFigures) -> Self {
        Self {
            from: figures.from.as_millis(),
            complete_until: millis(figures.complete_until),
            messages: number(figures.messages),
            errors: number(figures.errors),
            throttled: number(figures.throttled),
            response: figures.response.map(|(least, mean, most)| ResponseView { least, mean, most }),
            gaps: figures.gaps,
        }
    }
}
