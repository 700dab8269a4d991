//! The search of this computer for an old secret. It tells files and lines, never a value.
//!
//! What searches holds keyed hashes and no secret, on a thread of its own that is the last to get the
//! processor and the disk. It stops as soon as it is asked to, between two pieces of a file.

mod read;
mod walk;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use keystow_domain::{AccountId, Course, KeyId, OperationId};
use keystow_vault::Seeker;
use tokio::sync::oneshot;

use crate::audit::{Deed, Note};
use crate::engine::{Engine, Inner};
use crate::events::Event;
use crate::{Trouble, words};

/// More lines are not told.
const MOST_FOUND: usize = 1000;
/// More folders are not taken in one search.
const MOST_FOLDERS: usize = 100;
/// Of a key's old secrets, so many are sought, the newest first.
const MOST_SECRETS: usize = 8;
/// How often the window is told how far it is.
const PACE: Duration = Duration::from_millis(200);

/// What a search shall read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SweepWish {
    /// Folders; `~` is the home folder.
    pub folders: Vec<String>,
    /// Whether the settings files of the home folder are searched.
    pub dotfiles: bool,
    /// Whether the histories of the shells are searched.
    pub history: bool,
}

/// A search as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SweepSight {
    /// The key whose old secret is sought.
    pub key: KeyId,
    /// Where it stands.
    pub state: SweepState,
    /// Files read so far.
    pub files: u32,
    /// Files and folders that could not be read, and files that are too large.
    pub skipped: u32,
    /// The folder it is in.
    pub folder: Option<String>,
    /// Where the old secret was found.
    pub found: Vec<Found>,
    /// Why it ended before its time.
    pub trouble: Option<Trouble>,
}

/// Where a search stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SweepState {
    /// It reads.
    Running,
    /// Everything was read.
    Done,
    /// The person stopped it.
    Cancelled,
    /// It could not go on.
    Failed,
}

/// A line that holds an old secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The file.
    pub file: String,
    /// The line, counted from 1.
    pub line: u32,
    /// Whether it stands there encoded as base64.
    pub base64: bool,
}

/// A search that runs or ran last.
pub(crate) struct Run {
    sight: SweepSight,
    stop: Arc<AtomicBool>,
    /// When the watchers were told last, on the clock that never jumps.
    told_at: Duration,
}

impl Engine {
    /// Starts to search for the old secret of a key, in the background. How it goes is
    /// [`Engine::sweep_sight`].
    ///
    /// # Errors
    ///
    /// Fails if a search runs already, nothing was chosen, a folder cannot be read, or no old secret of
    /// the key is in the vault.
    pub async fn sweep(&self, key: &KeyId, wish: &SweepWish) -> Result<SweepSight, Trouble> {
        self.sweep_from(key, wish, std::env::home_dir().as_deref()).await
    }

    pub(crate) async fn sweep_from(
        &self,
        key: &KeyId,
        wish: &SweepWish,
        home: Option<&Path>,
    ) -> Result<SweepSight, Trouble> {
        let account = self.holder(key)?;
        if wish.folders.len() > MOST_FOLDERS {
            return Err(words::bad_input("That many folders"));
        }
        let roots = walk::roots(wish, home)?;
        let mut seekers = Vec::new();
        for operation in self.old_secrets(&account, key).await? {
            seekers.push(self.0.vault.seeker(&operation).await.map_err(words::vault)?);
        }
        let stop = Arc::new(AtomicBool::new(false));
        let sight = SweepSight {
            key: key.clone(),
            state: SweepState::Running,
            files: 0,
            skipped: 0,
            folder: None,
            found: Vec::new(),
            trouble: None,
        };
        {
            let mut state = self.state();
            if state.sweep.as_ref().is_some_and(|run| run.sight.state == SweepState::Running) {
                return Err(words::sweep_running());
            }
            let told_at = self.0.clock.elapsed();
            state.sweep = Some(Run { sight: sight.clone(), stop: Arc::clone(&stop), told_at });
        }
        let reporter = Reporter { engine: Arc::downgrade(&self.0), stop: Arc::clone(&stop) };
        let (tell, told) = oneshot::channel();
        // Not a thread of the runtime: a disk that does not answer would keep one of them for good.
        let thread = std::thread::Builder::new().name("sweep".into());
        if thread.spawn(move || tell.send(reporter.run(&roots, &seekers))).is_err() {
            self.end_sweep(&stop, SweepState::Failed, Some(words::sweep_failed()));
            return Err(words::sweep_failed());
        }
        self.log_end(&account, key, told);
        self.tell(Event::Sweep);
        Ok(sight)
    }

    /// Logs what a search came to, once it has ended.
    fn log_end(&self, account: &AccountId, key: &KeyId, told: oneshot::Receiver<Sum>) {
        let Ok(name) = self.row(account, key).map(|row| row.key.name) else { return };
        let note = Note::new(Deed::Swept).of(account).key(key, &name);
        let engine = Arc::downgrade(&self.0);
        tokio::spawn(async move {
            let Ok(sum) = told.await else { return };
            let note = note.fact("files", sum.files.to_string()).fact("found", sum.found.to_string());
            if let Some(engine) = engine.upgrade() {
                Engine(engine).log(note).await;
            }
        });
    }

    /// The search that runs or ran last.
    pub fn sweep_sight(&self) -> Option<SweepSight> {
        self.state().sweep.as_ref().map(|run| run.sight.clone())
    }

    /// Stops the search. It counts as stopped at once, even if a disk does not answer.
    pub fn cancel_sweep(&self) {
        let stop = self.state().sweep.as_ref().map(|run| Arc::clone(&run.stop));
        if let Some(stop) = stop {
            stop.store(true, Ordering::Relaxed);
            self.end_sweep(&stop, SweepState::Cancelled, None);
        }
    }

    fn end_sweep(&self, stop: &Arc<AtomicBool>, ended: SweepState, trouble: Option<Trouble>) {
        {
            let mut state = self.state();
            let same =
                |run: &&mut Run| Arc::ptr_eq(&run.stop, stop) && run.sight.state == SweepState::Running;
            let Some(run) = state.sweep.as_mut().filter(same) else { return };
            run.sight.state = ended;
            run.sight.folder = None;
            run.sight.trouble = trouble;
        }
        self.tell(Event::Sweep);
    }

    /// The vault's records of a key's old secrets, the newest first: those before the current one, all of
    /// a key that it replaces, and the current one itself while it is about to be replaced.
    async fn old_secrets(&self, account: &AccountId, key: &KeyId) -> Result<Vec<OperationId>, Trouble> {
        let course = self.course(account, key);
        let newest = course.as_ref().map_or(key, Course::bearer).clone();
        let is_next = course.is_some_and(|course| course.rotated_at.is_none());
        let line = self.0.store.line(account.clone(), newest.clone()).await;
        let line = line.map_err(|error| words::store(&error))?;
        let state = self.state();
        let listing = state.listings.get(account).ok_or_else(words::no_account)?;
        let current = listing.key(&newest).and_then(|key| listing.current_secret(key));
        let current = current.filter(|_| !is_next).map(|stowed| &stowed.operation);
        let all = line.iter().filter_map(|key| listing.stowed.get(key)).flatten();
        let mut old: Vec<_> = all.filter(|stowed| Some(&stowed.operation) != current).collect();
        old.sort_by_key(|stowed| std::cmp::Reverse(stowed.generation));
        if old.is_empty() {
            return Err(words::no_old_secret());
        }
        Ok(old.into_iter().take(MOST_SECRETS).map(|stowed| stowed.operation.clone()).collect())
    }
}

/// What the searching thread tells the engine, for as long as there is one.
struct Reporter {
    engine: Weak<Inner>,
    stop: Arc<AtomicBool>,
}

impl Reporter {
    fn run(&self, roots: &[walk::Root], seekers: &[Seeker]) -> Sum {
        stand_back();
        let mut search = Search { reporter: self, seekers, many: false, sum: Sum::default() };
        walk::walk(roots, &mut search);
        let (ended, trouble) = match search.many {
            true => (SweepState::Failed, Some(words::sweep_many(MOST_FOUND))),
            false => (SweepState::Done, None),
        };
        if let Some(engine) = self.engine.upgrade() {
            Engine(engine).end_sweep(&self.stop, ended, trouble);
        }
        search.sum
    }

    fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// Notes something about this search, and tells the watchers if they were not told just now.
    fn note(&self, change: impl FnOnce(&mut SweepSight)) {
        let Some(engine) = self.engine.upgrade().map(Engine) else {
            return self.stop.store(true, Ordering::Relaxed);
        };
        let now = engine.0.clock.elapsed();
        let tell = {
            let mut state = engine.state();
            let same = |run: &&mut Run| Arc::ptr_eq(&run.stop, &self.stop);
            match state.sweep.as_mut().filter(same) {
                Some(run) if run.sight.state == SweepState::Running => {
                    change(&mut run.sight);
                    let due = now.saturating_sub(run.told_at) >= PACE;
                    if due {
                        run.told_at = now;
                    }
                    due
                }
                _ => false,
            }
        };
        if tell {
            engine.tell(Event::Sweep);
        }
    }
}

/// A search on its thread.
struct Search<'a> {
    reporter: &'a Reporter,
    seekers: &'a [Seeker],
    /// Whether more was found than anybody reads.
    many: bool,
    sum: Sum,
}

/// What a search came to, whether or not it was stopped.
#[derive(Default)]
struct Sum {
    files: usize,
    found: usize,
}

impl walk::Visitor for Search<'_> {
    fn goes_on(&self) -> bool {
        !self.many && !self.reporter.is_stopped()
    }

    fn folder(&mut self, folder: &Path) {
        let shown = shown(folder, self.seekers);
        self.reporter.note(|sight| sight.folder = Some(shown));
    }

    fn file(&mut self, file: PathBuf) {
        let mut lines: Vec<(u32, bool)> = Vec::new();
        let read = read::search(
            &file,
            self.seekers,
            || self.goes_on(),
            |line, base64| {
                if lines.last() != Some(&(line, base64)) && lines.len() <= MOST_FOUND {
                    lines.push((line, base64));
                }
            },
        );
        lines.sort_unstable();
        lines.dedup();
        self.sum.files += usize::from(read.is_ok());
        self.sum.found += lines.len();
        let (mut full, name) = (false, (!lines.is_empty()).then(|| shown(&file, self.seekers)));
        self.reporter.note(|sight| {
            match read {
                Ok(()) => sight.files = sight.files.saturating_add(1),
                Err(_) => sight.skipped = sight.skipped.saturating_add(1),
            }
            let file = name.unwrap_or_default();
            let found = lines.into_iter().map(|(line, base64)| Found { file: file.clone(), line, base64 });
            let room = MOST_FOUND - sight.found.len();
            let before = sight.found.len();
            let count = found.len();
            sight.found.extend(found.take(room));
            full = before + count > MOST_FOUND;
        });
        self.many |= full;
    }

    fn unreadable(&mut self) {
        self.reporter.note(|sight| sight.skipped = sight.skipped.saturating_add(1));
    }
}

/// A path for the eye. A name that is itself the secret is covered.
fn shown(path: &Path, seekers: &[Seeker]) -> String {
    let mut bytes = path.to_string_lossy().into_owned().into_bytes();
    for seeker in seekers {
        for sighting in seeker.find(&bytes) {
            bytes[sighting.at..sighting.at + sighting.length].fill(b'*');
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Lets everything else have the processor, and so the disk, first.
fn stand_back() {
    // On Linux this holds for the calling thread alone; where it fails the search is only less polite.
    #[cfg(target_os = "linux")]
    let _ = rustix::process::nice(19);
}
