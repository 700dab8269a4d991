//! Reading replies of servers that write the same thing in different ways.
//!
//! `null` is read as absent everywhere, and a number may be written as a string, which is what
//! protojson does with 64-bit integers.

use serde::{Deserialize, Deserializer};

/// Reads a value, taking `null` for its default.
pub(crate) fn or_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// Reads a whole number that may be written as a string; what cannot be one is read as zero.
pub(crate) fn number<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + TryFrom<i64>,
{
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Written {
        Whole(i64),
        Float(f64),
        Text(String),
    }
    let number = match Option::<Written>::deserialize(deserializer)? {
        Some(Written::Whole(number)) => number,
        #[expect(
            clippy::cast_possible_truncation,
            reason = "the cast saturates, and a fraction has no meaning here"
        )]
        Some(Written::Float(number)) => number as i64,
        Some(Written::Text(text)) => text.trim().parse().unwrap_or_default(),
        None => 0,
    };
    Ok(T::try_from(number).unwrap_or_default())
}

/// Whether a value is what an absent field means.
pub(crate) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
