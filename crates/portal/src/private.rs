//! A text of a request that shall not stay in memory.

use serde::{Deserialize, Deserializer};
use zeroize::Zeroizing;

/// A password, code or token as somebody sent it, wiped when dropped.
#[derive(Default)]
pub(crate) struct Private(Zeroizing<String>);

impl<'de> Deserialize<'de> for Private {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self(Zeroizing::new(text)))
    }
}

impl std::ops::Deref for Private {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}
