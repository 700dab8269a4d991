//! Paging: where a page begins, told in a token that fits one account and one day.

use std::time::Duration;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use keystow_domain::Timestamp;
use serde::Deserialize;

use crate::{
    reply::ApiError,
    seal::{Pepper, Purpose},
};

/// How long a page token is good.
const LIFE: Duration = Duration::from_secs(24 * 3600);
/// The size of a page without a wish.
const DEFAULT_SIZE: u32 = 20;

/// The query of a call that answers in pages.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct PageParams {
    /// How many to answer with, 1 to 100; 20 without a wish.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 100)]
    page_size: Option<String>,
    /// Where to go on, from the page before.
    page_token: Option<String>,
}

impl PageParams {
    /// The same out of a query that asks for more besides.
    pub(crate) fn new(page_size: Option<String>, page_token: Option<String>) -> Self {
        Self { page_size, page_token }
    }

    /// The size of the page.
    ///
    /// # Errors
    ///
    /// 400 unless it is 1 to 100.
    pub(crate) fn size(&self) -> Result<u32, ApiError> {
        let size =
            self.page_size.as_deref().filter(|size| !size.is_empty()).map_or(Ok(DEFAULT_SIZE), str::parse);
        size.ok()
            .filter(|size| (1..=100).contains(size))
            .ok_or_else(|| ApiError::field("page_size", "must be a number from 1 to 100"))
    }

    /// After which number the page begins; absent for the first page.
    ///
    /// # Errors
    ///
    /// 400 for a token of another list or of another day.
    pub(crate) fn start(&self, pepper: &Pepper, list: &str, now: Timestamp) -> Result<Option<i64>, ApiError> {
        let Some(token) = self.page_token.as_deref().filter(|token| !token.is_empty()) else {
            return Ok(None);
        };
        let stale = || ApiError::field("page_token", "is not good (any more); begin again without it");
        let bytes = URL_SAFE_NO_PAD.decode(token).ok().and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
        let bytes = bytes.ok_or_else(stale)?;
        let number = |at: usize| {
            i64::from_be_bytes(bytes[at..at + 8].try_into().expect("eight bytes are eight bytes"))
        };
        let (start, made) = (number(0), Timestamp::from_secs(number(8)));
        let is_good = write(pepper, list, start, made) == token && now.since(made) < LIFE;
        is_good.then_some(Some(start)).ok_or_else(stale)
    }
}

/// The token of the page that begins after `start`.
pub(crate) fn write(pepper: &Pepper, list: &str, start: i64, now: Timestamp) -> String {
    let made = now.as_secs();
    let mac = pepper.digest(Purpose::Page, &[list, &start.to_string(), &made.to_string()]);
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&start.to_be_bytes());
    bytes[8..16].copy_from_slice(&made.to_be_bytes());
    bytes[16..].copy_from_slice(&mac[..16]);
    URL_SAFE_NO_PAD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);

    fn start(token: &str, list: &str, now: Timestamp) -> Result<Option<i64>, ApiError> {
        let params = PageParams { page_token: Some(token.into()), ..PageParams::default() };
        params.start(&Pepper::new(&[1; 32]), list, now)
    }

    #[test]
    fn a_token_fits_its_list_for_a_day() {
        let token = write(&Pepper::new(&[1; 32]), "acc_1", 42, NOW);
        assert_eq!(start(&token, "acc_1", NOW.plus(Duration::from_secs(86_399))).unwrap(), Some(42));
        assert!(start(&token, "acc_2", NOW).is_err(), "another account");
        assert!(start(&token, "acc_1", NOW.plus(Duration::from_secs(86_400))).is_err(), "another day");
        assert!(start("made-up", "acc_1", NOW).is_err());
    }

    #[test]
    fn sizes_are_one_to_a_hundred() {
        let size = |size: &str| PageParams { page_size: Some(size.into()), ..PageParams::default() }.size();
        assert_eq!(PageParams::default().size().unwrap(), 20);
        assert_eq!(size("100").unwrap(), 100);
        for wrong in ["0", "101", "-1", "many", "1.5"] {
            assert!(size(wrong).is_err(), "{wrong}");
        }
    }
}
