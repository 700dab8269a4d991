//! A small catalogue of things that exist nowhere else.

use keystow_portal_api::catalog::Item;

/// How many things there are.
pub(super) const LENGTH: usize = 60;
/// The id of the first, at which a credential can be tried.
pub(crate) const FIRST: &str = "item_001";
/// The one that always fails.
pub(super) const OUT_OF_ORDER: &str = "out-of-order";

const KINDS: [&str; 4] = ["lamp", "clock", "radio", "globe"];
const MAKERS: [&str; 5] = ["Harbour", "Juniper", "Meridian", "Saffron", "Tern"];

/// Everything, always in the same order.
pub(super) fn items() -> impl Iterator<Item = Item> {
    (0..LENGTH).map(|number| {
        let (kind, maker) = (KINDS[number % KINDS.len()], MAKERS[number % MAKERS.len()]);
        Item {
            id: format!("item_{:03}", number + 1),
            title: format!("{maker} {kind} no. {}", number + 1),
            kind: kind.into(),
            year: 1950 + u32::try_from(number * 7 % 60).unwrap_or_default(),
        }
    })
}
