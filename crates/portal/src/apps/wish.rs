//! What somebody wishes of an app, checked field by field.

use std::collections::HashSet;

use keystow_domain::{key_name, visible};
use keystow_portal_api::{
    apps::{AppRequest, AttributeWish, SubscriptionWish},
    errors::Violation,
};

use super::{AppRecord, ProductRecord, record::must_say_why};
use crate::{
    callbacks,
    reply::{ApiError, violation},
};

/// How many characters a description has at most.
const LONGEST_DESCRIPTION: usize = 1000;
/// How many characters a justification has at most.
const LONGEST_JUSTIFICATION: usize = 1000;
/// How many characters the reason of a refusal has at most.
const LONGEST_REASON: usize = 500;
/// How many attributes an app has at most, and how many characters their names and values.
const MOST_ATTRIBUTES: usize = 18;
const LONGEST_ATTRIBUTE: (usize, usize) = (64, 256);
/// How many products an app subscribes to at most.
const MOST_PRODUCTS: usize = 50;

/// A product that is wanted, and what of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct WantedProduct {
    pub(crate) product: ProductRecord,
    /// In the order of the product, each once.
    pub(crate) scopes: Vec<String>,
    pub(crate) justification: String,
}

/// What an app shall be; what is absent stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct AppWish {
    pub(crate) name: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) callbacks: Option<Vec<String>>,
    pub(crate) attributes: Option<Vec<(String, String)>>,
    pub(crate) products: Option<Vec<WantedProduct>>,
}

/// Checks a wish for a new app against what can be had.
///
/// # Errors
///
/// 400 with every field that is wrong.
pub(crate) fn of_new(request: AppRequest, products: &[ProductRecord]) -> Result<AppWish, ApiError> {
    let named = AppRequest { name: Some(request.name.unwrap_or_default()), ..request };
    let wish = of_change(named, products)?;
    let wrong = unjustified(&wish, None);
    if wrong.is_empty() { Ok(wish) } else { Err(ApiError::fields(wrong)) }
}

/// Checks a wish for an app that is there against what can be had; what the app asked for before is looked at with
/// [`unjustified`], when nobody else can change it.
///
/// # Errors
///
/// 400 with every field that is wrong.
pub(crate) fn of_change(request: AppRequest, products: &[ProductRecord]) -> Result<AppWish, ApiError> {
    let mut wrong = Vec::new();
    if request.team_id.is_some() {
        wrong.push(violation("teamId", "cannot be changed: an app stays whose it is"));
    }
    let name = request.name.and_then(|name| name_of(&name, &mut wrong));
    let description =
        request.description.map(|text| lines("description", &text, LONGEST_DESCRIPTION, false, &mut wrong));
    let callbacks = request.callback_urls.map(|urls| callbacks::checked("callbackUrls", urls, &mut wrong));
    let attributes = request.attributes.map(|wishes| attributes_of(&wishes, &mut wrong));
    let products = request.products.map(|wishes| products_of(&wishes, products, &mut wrong));
    if wrong.is_empty() {
        Ok(AppWish { name, description, callbacks, attributes, products })
    } else {
        Err(ApiError::fields(wrong))
    }
}

/// What a wish asks for without the word that somebody wants who must approve it. `before` is the app as it is.
pub(crate) fn unjustified(wish: &AppWish, before: Option<&AppRecord>) -> Vec<Violation> {
    let before = before.map(|app| app.subscriptions.as_slice()).unwrap_or_default();
    let wanted = wish.products.iter().flatten().enumerate();
    wanted
        .filter(|(_, wanted)| must_say_why(before, wanted))
        .map(|(place, _)| {
            violation(
                &format!("products[{place}].justification"),
                "value is required: somebody must approve this and wants to know what it is for",
            )
        })
        .collect()
}

/// Checks why something is refused.
///
/// # Errors
///
/// 400 about `reason`.
pub(crate) fn reason(text: &str) -> Result<String, ApiError> {
    let mut wrong = Vec::new();
    let reason = lines("reason", text, LONGEST_REASON, true, &mut wrong);
    if wrong.is_empty() { Ok(reason) } else { Err(ApiError::fields(wrong)) }
}

/// Checks what an app or a team is called.
///
/// # Errors
///
/// 400 about `name`.
pub(crate) fn name(text: &str) -> Result<String, ApiError> {
    let mut wrong = Vec::new();
    let name = name_of(text, &mut wrong);
    name.filter(|_| wrong.is_empty()).ok_or_else(|| ApiError::fields(wrong))
}

/// Checks the name of an app or of a client, and tells what is wrong with it.
pub(crate) fn name_of(text: &str, wrong: &mut Vec<Violation>) -> Option<String> {
    let name = plain_text("name", text, 100, true, wrong);
    key_name(&name).ok()
}

/// A trimmed text without anything that hides or reorders what stands beside it.
fn plain_text(field: &str, text: &str, longest: usize, required: bool, wrong: &mut Vec<Violation>) -> String {
    let text = text.trim();
    if required && text.is_empty() {
        wrong.push(violation(field, "value is required"));
    } else if text.chars().count() > longest {
        wrong.push(violation(field, format!("must have at most {longest} characters")));
    } else if visible(text) != text {
        wrong.push(violation(field, "must hold no control character and none that hides or reorders text"));
    }
    text.to_owned()
}

/// As [`plain_text`], with line breaks.
fn lines(field: &str, text: &str, longest: usize, required: bool, wrong: &mut Vec<Violation>) -> String {
    let text = text.replace("\r\n", "\n");
    // A line break hides nothing; the rest is checked as if it were a space.
    plain_text(field, &text.replace('\n', " "), longest, required, wrong);
    text.trim().to_owned()
}

fn attributes_of(wishes: &[AttributeWish], wrong: &mut Vec<Violation>) -> Vec<(String, String)> {
    if wishes.len() > MOST_ATTRIBUTES {
        wrong.push(violation("attributes", format!("at most {MOST_ATTRIBUTES}")));
        return Vec::new();
    }
    let mut seen = HashSet::new();
    let mut attributes = Vec::with_capacity(wishes.len());
    for (place, wish) in wishes.iter().enumerate() {
        let field = |part: &str| format!("attributes[{place}].{part}");
        let name = plain_text(&field("name"), &wish.name, LONGEST_ATTRIBUTE.0, true, wrong);
        let value = plain_text(&field("value"), &wish.value, LONGEST_ATTRIBUTE.1, false, wrong);
        if !seen.insert(name.clone()) {
            wrong.push(violation(&field("name"), "stands in the list before"));
        }
        attributes.push((name, value));
    }
    attributes
}

fn products_of(
    wishes: &[SubscriptionWish],
    products: &[ProductRecord],
    wrong: &mut Vec<Violation>,
) -> Vec<WantedProduct> {
    if wishes.len() > MOST_PRODUCTS {
        wrong.push(violation("products", format!("at most {MOST_PRODUCTS}")));
        return Vec::new();
    }
    let mut seen = HashSet::new();
    let mut wanted = Vec::with_capacity(wishes.len());
    for (place, wish) in wishes.iter().enumerate() {
        let field = |part: &str| format!("products[{place}].{part}");
        let Some(product) = products.iter().find(|product| product.id == wish.product_id) else {
            wrong.push(violation(&field("productId"), "there is no such product"));
            continue;
        };
        if !seen.insert(&wish.product_id) {
            wrong.push(violation(&field("productId"), "stands in the list before"));
        }
        if wish.scopes.iter().any(|scope| !product.scopes.contains(scope)) {
            wrong.push(violation(&field("scopes"), format!("must be of {}", product.scopes.join(", "))));
        }
        let is_wanted = |scope: &&String| wish.scopes.is_empty() || wish.scopes.contains(scope);
        let scopes: Vec<String> = product.scopes.iter().filter(is_wanted).cloned().collect();
        let text = &wish.justification;
        let justification = lines(&field("justification"), text, LONGEST_JUSTIFICATION, false, wrong);
        wanted.push(WantedProduct { product: product.clone(), scopes, justification });
    }
    wanted
}
