//! What a test says of the portal in memory.

use keystow_domain::{KeyId, Quota, Timestamp, Usage};

use super::MemoryPortal;
use crate::{Offset, RateLimit};

impl MemoryPortal {
    /// Says who is signed in.
    pub fn set_person(&self, person: Option<&str>) {
        self.inner().person = person.map(str::to_owned);
    }

    /// Says what usage is.
    pub fn set_usage(&self, usage: Usage) {
        self.inner().usage = usage;
    }

    /// Says what the quota is.
    pub fn set_quota(&self, quota: Option<Quota>) {
        self.inner().quota = quota;
    }

    /// Says how far the portal's clock is off.
    pub fn set_offset(&self, offset: Option<Offset>) {
        self.inner().offset = offset;
    }

    /// Makes every probe end with this status, or again with what the secret deserves.
    pub fn answer_probes(&self, status: Option<u16>) {
        self.inner().probes_answered = status;
    }

    /// Says when the old secrets of a key were last used.
    pub fn use_old(&self, id: &KeyId, at: Timestamp) {
        if let Ok(kept) = self.inner().find(id) {
            kept.old_used_at = Some(at);
        }
    }

    /// Says what the rate limit is.
    pub fn set_limits(&self, limits: Option<RateLimit>) {
        self.inner().limits = limits;
    }
}
