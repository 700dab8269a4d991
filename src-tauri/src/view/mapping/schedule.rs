//! Schedules and the clock.

use keystow_engine::{ClockSight, ScheduleSight};

use super::{millis, shown};
use crate::view::{ClockView, KeyRef, ScheduleView};

impl From<ScheduleSight> for ScheduleView {
    fn from(sight: ScheduleSight) -> Self {
        Self {
            id: sight.id,
            key: sight.key.map(|(id, name)| KeyRef { id: id.as_str().to_owned(), name: shown(&name) }),
            rule: sight.rule.as_deref().map(shown),
            days: sight.days,
            keys: sight.keys,
            due: sight.due,
            next_at: millis(sight.next_at),
        }
    }
}

impl From<ClockSight> for ClockView {
    fn from(sight: ClockSight) -> Self {
        Self { offset: sight.offset, about: sight.about }
    }
}
