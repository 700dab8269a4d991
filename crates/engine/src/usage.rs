//! Usage of a key, of several beside each other, or of everything: the numbers, and the picture of them.

mod export;
mod measure;
mod picture;
mod png;
mod reading;
mod span;

use jiff::tz::TimeZone;
use keystow_domain::{AccountId, Bucket, GraceEnd, KeyId, Resolution, TeamId, Timestamp};

use crate::chart::{self, Chart, Colours, PictureWords, Sign};
use crate::engine::Engine;
use crate::session::ask;
use crate::{Trouble, words};

pub use export::{MOST_PICTURE, UsageFormat};
pub use measure::Metric;
pub(crate) use reading::Reading;
pub use span::Period;

/// So many keys are compared at most.
pub const MOST_COMPARED: usize = 5;

/// What somebody wants to see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsageWish {
    /// One key, up to [`MOST_COMPARED`] beside each other, or none for the whole account.
    pub keys: Vec<KeyId>,
    /// One team, all its keys together; then no keys are named.
    pub team: Option<TeamId>,
    /// Which time.
    pub period: Period,
    /// The width of a bucket.
    pub resolution: Resolution,
    /// What of it is drawn.
    pub metric: Metric,
    /// The parts that are not drawn: names of the legend, or ids of compared keys.
    pub hidden: Vec<String>,
}

/// Usage as a person sees it.
#[derive(Debug, Clone)]
pub struct UsageSight {
    /// The keys and their names; none for the whole account.
    pub keys: Vec<(KeyId, String)>,
    /// The first instant, inclusive.
    pub from: Timestamp,
    /// The last instant, exclusive.
    pub to: Timestamp,
    /// The width of a bucket.
    pub resolution: Resolution,
    /// What is drawn.
    pub metric: Metric,
    /// Up to when the numbers are complete, where the portal tells.
    pub complete_until: Option<Timestamp>,
    /// Buckets that end later are still counted; without a word of the portal, the one that is running.
    pub settled_until: Timestamp,
    /// The picture.
    pub chart: Chart,
    /// The parts of the picture by name, hidden ones as well, and how each looks in a legend.
    pub legend: Vec<(String, Sign)>,
    /// The numbers of everything that is shown, in time order.
    pub buckets: Vec<Bucket>,
    /// Where keys are compared, the numbers of each, bucket by bucket beside those of all.
    pub each: Vec<Vec<Bucket>>,
    /// For each bucket the calls on the newest secret and on older ones, where the portal tells.
    pub by_secret: Option<Vec<(u64, u64)>>,
    /// Whether the period was cut to what the portal keeps.
    pub cut: bool,
}

impl Engine {
    /// Reads and draws usage of the current account, of one of its keys, or of several.
    ///
    /// A resolution too fine for the period is coarsened: hours up to a month, days beyond. The portal is
    /// not asked again for what it just told.
    ///
    /// # Errors
    ///
    /// Fails if the portal has no usage or could not be asked.
    pub async fn usage(
        &self,
        wish: &UsageWish,
        width: u32,
        colours: &Colours,
    ) -> Result<UsageSight, Trouble> {
        let reading = self.usage_reading(wish).await?;
        let rotation = match wish.keys.as_slice() {
            [key] => self.rotation_marks(&reading.account, key),
            _ => None,
        };
        // Days and months are counted in UTC, and the axis is divided as they are.
        let zone = if reading.resolution == Resolution::Hour { TimeZone::system() } else { TimeZone::UTC };
        let chart = picture::draw(&reading, wish, rotation, width, colours, &zone);
        Ok(UsageSight {
            legend: picture::signs(!reading.each.is_empty(), wish, colours),
            keys: self.named(&reading.account, &wish.keys),
            from: reading.from,
            to: reading.to,
            resolution: reading.resolution,
            metric: wish.metric,
            complete_until: reading.complete_until,
            settled_until: reading.settled_until(),
            chart,
            buckets: reading.buckets.clone(),
            each: reading.each.clone(),
            by_secret: reading.by_secret.clone(),
            cut: reading.cut,
        })
    }

    /// The same picture with its words in it, as a file of its own: an SVG.
    ///
    /// # Errors
    ///
    /// As [`Engine::usage`].
    pub async fn usage_picture(
        &self,
        wish: &UsageWish,
        width: u32,
        colours: &Colours,
        words: &PictureWords,
    ) -> Result<String, Trouble> {
        let sight = self.usage(wish, width, colours).await?;
        let shown = sight.legend.into_iter().filter(|(name, _)| !wish.hidden.contains(name));
        Ok(chart::labelled(&sight.chart, words, &shown.collect::<Vec<_>>(), colours))
    }

    /// The keys with their names; one that is not in the list is called by its id.
    fn named(&self, account: &AccountId, keys: &[KeyId]) -> Vec<(KeyId, String)> {
        let name =
            |key: &KeyId| self.row(account, key).map_or_else(|_| key.as_str().to_owned(), |row| row.key.name);
        keys.iter().map(|key| (key.clone(), name(key))).collect()
    }

    pub(crate) async fn abilities(&self, account: &AccountId) -> Result<keystow_domain::Abilities, Trouble> {
        if self.known(account)?.abilities.is_none() {
            self.read_abilities(account).await;
        }
        match self.known(account)?.abilities {
            Some(abilities) => Ok(abilities),
            // Asking again tells why it could not be asked.
            None => ask!(self, account, |portal, token| portal.abilities(token))
                .map_err(|failure| words::failure(&failure)),
        }
    }

    /// When the key was rotated and its old secret ended, as far as that is known.
    fn rotation_marks(&self, account: &AccountId, key: &KeyId) -> Option<(Timestamp, Option<Timestamp>)> {
        let row = self.row(account, key).ok()?;
        let grace = self.state().listings.get(account).and_then(|listing| listing.graces.get(key).cloned());
        let reported = row.key.previous.iter().filter_map(|old| old.expires_at).max();
        let rotated_at = row.key.rotated_at.or(grace.as_ref().map(|grace| grace.rotated_at))?;
        let remembered =
            grace.filter(|grace| grace.rotated_at >= rotated_at).and_then(|grace| match grace.end {
                GraceEnd::At(at) => Some(at),
                GraceEnd::Between { .. } | GraceEnd::Unknown => None,
            });
        Some((rotated_at, reported.or(remembered)))
    }
}
