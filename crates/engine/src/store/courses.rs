//! Courses: rotations from the first choice to the receipt.
//!
//! A key has one open course at the most, which an index holds; what happened at a portal is only ever
//! added to a course.

use std::time::Duration;

use keystow_domain::{AccountId, Course, CourseId, KeyId, Mask, Reason, Timestamp, Way};
use rusqlite::{OptionalExtension as _, Row, params};

use super::{Store, StoreError};

/// A finished course and its receipt, as it was written.
pub(crate) struct Finished {
    pub(crate) course: Course,
    pub(crate) finished_at: Timestamp,
    pub(crate) receipt: String,
}

impl Store {
    /// The courses of an account that are not finished.
    pub(crate) async fn open_courses(&self, account: AccountId) -> Result<Vec<Course>, StoreError> {
        self.with(move |db| {
            let mut all =
                db.prepare_cached("SELECT * FROM courses WHERE account = ?1 AND finished_at IS NULL")?;
            let rows = all.query_map([account.as_str()], read)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }

    /// Opens a course, or takes the person's newer choices over into the one that is open. `planned` is
    /// whether the person chose before the call; a course that was planned once stays so.
    pub(crate) async fn plan_course(&self, course: Course, planned: bool) -> Result<Course, StoreError> {
        self.with(move |db| {
            let all = db.transaction()?;
            let (account, key) = (course.account.as_str(), course.key.as_str());
            all.execute(
                "INSERT INTO courses (id, account, key, name, reason, way, longest_job, old_prefix, old_suffix,
                     opened_at, planned)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
                 ON CONFLICT (account, key) WHERE finished_at IS NULL DO UPDATE SET
                     planned = max(planned, excluded.planned),
                     longest_job = excluded.longest_job,
                     reason = CASE WHEN rotated_at IS NULL THEN excluded.reason ELSE reason END,
                     way = CASE WHEN rotated_at IS NULL THEN excluded.way ELSE way END,
                     old_prefix = CASE WHEN rotated_at IS NULL THEN excluded.old_prefix ELSE old_prefix END,
                     old_suffix = CASE WHEN rotated_at IS NULL THEN excluded.old_suffix ELSE old_suffix END",
                params![
                    course.id.as_str(),
                    account,
                    key,
                    course.name,
                    reason_word(course.reason),
                    way_word(course.way),
                    course.longest_job.map(millis),
                    course.old.prefix,
                    course.old.suffix,
                    course.opened_at.as_millis(),
                    planned,
                ],
            )?;
            let kept = all.query_row(
                "SELECT * FROM courses WHERE account = ?1 AND key = ?2 AND finished_at IS NULL",
                [account, key],
                read,
            )?;
            all.commit()?;
            Ok(kept)
        })
        .await
    }

    /// Notes in an open course that a new secret was issued, and to which key it belongs if not to the same.
    /// Noting it twice changes nothing. Returns the course as it is then, if it is still open.
    pub(crate) async fn course_rotated(
        &self,
        course: CourseId,
        rotated_at: Timestamp,
        successor: Option<KeyId>,
    ) -> Result<Option<Course>, StoreError> {
        self.with(move |db| {
            let all = db.transaction()?;
            all.execute(
                "UPDATE courses SET rotated_at = max(coalesce(rotated_at, ?2), ?2),
                     successor = coalesce(successor, ?3)
                 WHERE id = ?1 AND finished_at IS NULL",
                params![course.as_str(), rotated_at.as_millis(), successor.as_ref().map(KeyId::as_str)],
            )?;
            // The new key has the row of the old one from here on, which may get it back: what is put off stays
            // put off for both.
            all.execute(
                "INSERT OR IGNORE INTO health_snoozes (account, key, finding, until)
                 SELECT account, (SELECT successor FROM courses WHERE id = ?1), finding, until
                 FROM health_snoozes WHERE (account, key) IN (
                     SELECT account, key FROM courses
                     WHERE id = ?1 AND finished_at IS NULL AND successor IS NOT NULL)",
                [course.as_str()],
            )?;
            let kept = one(&all, &course)?;
            all.commit()?;
            Ok(kept)
        })
        .await
    }

    /// Notes that the old secret of an open course was ended from here; the first time stands.
    pub(crate) async fn course_ended(
        &self,
        course: CourseId,
        ended_at: Timestamp,
    ) -> Result<Option<Course>, StoreError> {
        self.with(move |db| {
            db.execute(
                "UPDATE courses SET ended_at = coalesce(ended_at, ?2) WHERE id = ?1 AND finished_at IS NULL",
                params![course.as_str(), ended_at.as_millis()],
            )?;
            one(db, &course)
        })
        .await
    }

    /// Closes a course with its receipt; `false` if it was closed before. The schedule and the alerts of an
    /// old key go to the key that took its place.
    pub(crate) async fn finish_course(
        &self,
        course: Course,
        finished_at: Timestamp,
        receipt: String,
    ) -> Result<bool, StoreError> {
        self.with(move |db| {
            let all = db.transaction()?;
            let closed = all.execute(
                "UPDATE courses SET finished_at = ?2, receipt = ?3 WHERE id = ?1 AND finished_at IS NULL",
                params![course.id.as_str(), finished_at.as_millis(), receipt],
            )?;
            if let Some(successor) = course.successor.as_ref().filter(|_| closed > 0) {
                for moved in [
                    "UPDATE OR IGNORE schedules SET key = ?3 WHERE account = ?1 AND key = ?2",
                    "UPDATE OR IGNORE alerts SET key = ?3, raised_at = NULL WHERE account = ?1 AND key = ?2",
                ] {
                    let keys = [course.account.as_str(), course.key.as_str(), successor.as_str()];
                    all.execute(moved, keys)?;
                }
            }
            all.commit()?;
            Ok(closed > 0)
        })
        .await
    }

    /// Drops an open course as if it had never been begun.
    pub(crate) async fn drop_course(&self, course: CourseId) -> Result<(), StoreError> {
        self.with(move |db| {
            db.execute("DELETE FROM courses WHERE id = ?1 AND finished_at IS NULL", [course.as_str()])?;
            db.execute("DELETE FROM deliveries WHERE course = ?1", [course.as_str()])?;
            Ok(())
        })
        .await
    }

    /// Drops courses that nobody planned and whose call did nothing: one of them, or all. Tells whether any
    /// was dropped.
    pub(crate) async fn drop_uncalled(&self, course: Option<CourseId>) -> Result<bool, StoreError> {
        self.with(move |db| {
            let dropped = db.execute(
                "DELETE FROM courses WHERE planned = 0 AND finished_at IS NULL AND rotated_at IS NULL
                     AND (?1 IS NULL OR id = ?1)
                     AND NOT EXISTS (SELECT 1 FROM journal WHERE journal.course = courses.id
                         AND journal.progress <> 'aborted')",
                [course.as_ref().map(CourseId::as_str)],
            )?;
            db.execute("DELETE FROM deliveries WHERE course NOT IN (SELECT id FROM courses)", [])?;
            Ok(dropped > 0)
        })
        .await
    }

    /// The finished courses of a key, or that led to it, the newest first.
    pub(crate) async fn finished_courses(
        &self,
        account: AccountId,
        key: KeyId,
    ) -> Result<Vec<Finished>, StoreError> {
        self.with(move |db| {
            let mut all = db.prepare_cached(
                "SELECT * FROM courses WHERE account = ?1 AND (key = ?2 OR successor = ?2)
                     AND finished_at IS NOT NULL AND receipt IS NOT NULL
                 ORDER BY finished_at DESC",
            )?;
            let rows = all.query_map([account.as_str(), key.as_str()], |row| {
                Ok(Finished {
                    course: read(row)?,
                    finished_at: Timestamp::from_millis(row.get("finished_at")?),
                    receipt: row.get("receipt")?,
                })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }
}

fn one(db: &rusqlite::Connection, course: &CourseId) -> Result<Option<Course>, StoreError> {
    let mut one = db.prepare_cached("SELECT * FROM courses WHERE id = ?1 AND finished_at IS NULL")?;
    Ok(one.query_row([course.as_str()], read).optional()?)
}

fn read(row: &Row<'_>) -> rusqlite::Result<Course> {
    let instant = |name: &str| row.get::<_, Option<i64>>(name).map(|at| at.map(Timestamp::from_millis));
    Ok(Course {
        id: CourseId::new(row.get::<_, String>("id")?),
        account: AccountId::new(row.get::<_, String>("account")?),
        key: KeyId::new(row.get::<_, String>("key")?),
        name: row.get("name")?,
        reason: if row.get::<_, String>("reason")? == "leaked" { Reason::Leaked } else { Reason::Planned },
        way: if row.get::<_, String>("way")? == "sideBySide" { Way::SideBySide } else { Way::InPlace },
        longest_job: row
            .get::<_, Option<i64>>("longest_job")?
            .map(|job| Duration::from_millis(job.unsigned_abs())),
        opened_at: Timestamp::from_millis(row.get("opened_at")?),
        old: Mask { prefix: row.get("old_prefix")?, suffix: row.get("old_suffix")? },
        rotated_at: instant("rotated_at")?,
        successor: row.get::<_, Option<String>>("successor")?.map(KeyId::new),
        ended_at: instant("ended_at")?,
    })
}

fn reason_word(reason: Reason) -> &'static str {
    match reason {
        Reason::Planned => "planned",
        Reason::Leaked => "leaked",
    }
}

fn way_word(way: Way) -> &'static str {
    match way {
        Way::SideBySide => "sideBySide",
        Way::InPlace => "inPlace",
    }
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);

    fn course(id: &str) -> Course {
        Course {
            id: CourseId::new(id),
            account: AccountId::new("acc_1"),
            key: KeyId::new("key_1"),
            name: "billing".into(),
            reason: Reason::Planned,
            way: Way::SideBySide,
            longest_job: Some(Duration::from_secs(90)),
            opened_at: NOW,
            old: Mask { prefix: "kst_aaaa".into(), suffix: Some("zz9".into()) },
            rotated_at: None,
            successor: None,
            ended_at: None,
        }
    }

    async fn store() -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path(), NOW).unwrap().store;
        (folder, store)
    }

    #[tokio::test]
    async fn a_key_has_one_open_course_which_takes_newer_choices_until_the_call() {
        let (_folder, store) = store().await;
        assert_eq!(store.plan_course(course("c1"), true).await.unwrap(), course("c1"));
        let leaked = Course { reason: Reason::Leaked, way: Way::InPlace, ..course("c2") };
        let kept = store.plan_course(leaked.clone(), true).await.unwrap();
        assert_eq!(kept, Course { id: CourseId::new("c1"), ..leaked });
        store.course_rotated(kept.id, NOW, None).await.unwrap();
        let later = Course { longest_job: None, ..course("c3") };
        let kept = store.plan_course(later, true).await.unwrap();
        assert_eq!((kept.reason, kept.way, kept.longest_job), (Reason::Leaked, Way::InPlace, None));
        assert_eq!(store.open_courses(AccountId::new("acc_1")).await.unwrap(), [kept]);
    }

    #[tokio::test]
    async fn what_happened_at_the_portal_is_noted_once() {
        let (_folder, store) = store().await;
        let id = store.plan_course(course("c1"), true).await.unwrap().id;
        let (first, second) = (Some(KeyId::new("key_2")), Some(KeyId::new("key_3")));
        let noted = store.course_rotated(id.clone(), NOW, first.clone()).await.unwrap().unwrap();
        assert_eq!(noted.successor, first);
        let again = store.course_rotated(id.clone(), NOW, second).await.unwrap().unwrap();
        assert_eq!(again, noted, "a second key never takes the place of the first one noted");
        store.course_ended(id.clone(), NOW).await.unwrap();
        let later = store.course_ended(id, NOW.plus(Duration::from_secs(5))).await.unwrap().unwrap();
        assert_eq!(later.ended_at, Some(NOW));
    }

    #[tokio::test]
    async fn a_course_is_finished_once_and_leaves_room_for_the_next() {
        let (_folder, store) = store().await;
        let kept = store.plan_course(course("c1"), true).await.unwrap();
        assert!(store.finish_course(kept.clone(), NOW, "one".into()).await.unwrap());
        assert!(!store.finish_course(kept, NOW, "two".into()).await.unwrap());
        let found = store.finished_courses(AccountId::new("acc_1"), KeyId::new("key_1")).await.unwrap();
        assert_eq!((found.len(), found[0].receipt.as_str(), found[0].finished_at), (1, "one", NOW));
        assert_eq!(store.plan_course(course("c2"), true).await.unwrap().id, CourseId::new("c2"));
    }
}
