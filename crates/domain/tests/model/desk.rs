//! One computer of the model: a journal and a vault that survive, and what is in memory only.

use std::collections::BTreeSet;
use std::time::Duration;

use keystow_domain::{Intent, Key, KeyId, OperationId, Sighting, Verb, Verdict, settle};

use crate::world::{Course, Flying, Kind, NOW, Portal, Rule, Window};

/// What comes back from a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Answer {
    Secret(u8),
    Refused,
    /// Nothing that could be used.
    None,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Progress {
    Open,
    Done,
    Aborted,
    Lost,
}

/// What the app is doing for an entry; all of it is gone after a crash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Doing {
    Sending {
        again: bool,
    },
    /// A repeat keeps what was seen before it, in case it is refused.
    Awaiting {
        call: u8,
        before_again: Option<Quiet>,
    },
    Holding(u8),
    Closing,
    Looking,
    Nothing,
}

/// An entry of the journal.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Entry {
    operation: u8,
    /// How many deeds the portal showed before.
    before: u8,
    /// Whether it is on the disk.
    written: bool,
    progress: Progress,
    quiet: Quiet,
    doing: Doing,
}

/// Reads that showed no change, and whether the first of them is long ago.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
struct Quiet {
    reads: u32,
    for_a_minute: bool,
}

impl Entry {
    pub(crate) fn can_step(&self) -> bool {
        !matches!(self.doing, Doing::Awaiting { .. } | Doing::Nothing)
    }

    pub(crate) fn is_about_to_send(&self) -> bool {
        matches!(self.doing, Doing::Sending { .. })
    }

    pub(crate) fn awaits(&self) -> bool {
        matches!(self.doing, Doing::Awaiting { .. })
    }

    /// The intent as the app would have written it.
    fn intent(&self, kind: Kind) -> Intent {
        let then = Portal { deeds: vec![], shown: self.before, window: Window::Open }.keys(kind);
        let key: &Key = &then[0];
        let verb = match kind {
            Kind::SideBySide => Verb::Create { name: key.name.clone() },
            Kind::Bare | Kind::Repeats => Verb::Rotate {
                key: key.id.clone(),
                prefix: key.prefix.clone(),
                version: key.version,
                rotated_at: key.rotated_at,
            },
        };
        let known_keys: Vec<KeyId> = then.into_iter().map(|key| key.id).collect();
        Intent { operation: OperationId::new("op"), verb, intended_at: NOW, known_keys }
    }

    fn close(&mut self, progress: Progress) {
        self.progress = progress;
        self.doing = Doing::Nothing;
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Desk {
    /// How often the wish will still be clicked.
    pub(crate) clicks: u8,
    pub(crate) entries: Vec<Entry>,
    /// Which secret is in the vault for which operation.
    vault: BTreeSet<(u8, u8)>,
    calls: u8,
    operations: u8,
}

impl Desk {
    /// Somebody who clicks this often.
    pub(crate) fn new(clicks: u8) -> Self {
        Self { clicks, entries: vec![], vault: BTreeSet::new(), calls: 0, operations: 0 }
    }

    pub(crate) fn is_settled(&self) -> bool {
        self.clicks == 0
            && self
                .entries
                .iter()
                .all(|entry| entry.progress != Progress::Open && entry.doing == Doing::Nothing)
    }

    /// Whether a crash would change anything.
    pub(crate) fn could_lose(&self) -> bool {
        self.entries.iter().any(|entry| !matches!(entry.doing, Doing::Looking | Doing::Nothing))
    }

    pub(crate) fn waits_for_a_minute(&self) -> bool {
        self.entries.iter().any(Self::is_quiet)
    }

    fn is_quiet(entry: &Entry) -> bool {
        entry.progress == Progress::Open && entry.quiet.reads > 0 && !entry.quiet.for_a_minute
    }

    pub(crate) fn a_minute_passes(&mut self) {
        self.entries.iter_mut().filter(|entry| Self::is_quiet(entry)).for_each(|entry| {
            entry.quiet.for_a_minute = true;
        });
    }

    pub(crate) fn gave_up(&self, operation: u8) -> bool {
        self.entries.iter().any(|entry| entry.operation == operation && entry.progress == Progress::Aborted)
    }

    pub(crate) fn told_a_loss(&self) -> bool {
        self.entries.iter().any(|entry| entry.progress == Progress::Lost)
    }

    /// Whether a secret the portal made is here, or its loss was told.
    pub(crate) fn answers_for(&self, operation: u8, secret: u8) -> bool {
        let told = |entry: &Entry| entry.operation == operation && entry.progress == Progress::Lost;
        self.vault.contains(&(operation, secret)) || self.entries.iter().any(told)
    }

    pub(crate) fn click(&mut self, course: &Course, portal: &Portal) {
        self.clicks -= 1;
        if course.keeps(Rule::UniqueIndex) && !self.entries.is_empty() {
            return;
        }
        self.entries.push(Entry {
            operation: self.operations,
            before: portal.shown,
            written: course.keeps(Rule::IntentFirst),
            progress: Progress::Open,
            quiet: Quiet::default(),
            doing: Doing::Sending { again: false },
        });
        self.operations += 1;
    }

    /// Everything in memory is gone; what is open on the disk is looked at.
    pub(crate) fn crash(&mut self) {
        self.entries.retain(|entry| entry.written);
        for entry in &mut self.entries {
            let open = entry.progress == Progress::Open;
            entry.doing = if open { Doing::Looking } else { Doing::Nothing };
        }
    }

    pub(crate) fn not_sent(&mut self, place: usize) {
        let entry = &mut self.entries[place];
        match entry.doing {
            Doing::Sending { again: true } => entry.doing = Doing::Looking,
            _ => entry.close(Progress::Aborted),
        }
    }

    pub(crate) fn give_up(&mut self, course: &Course, portal: &Portal, place: usize) {
        if let Doing::Awaiting { call, .. } = self.entries[place].doing {
            self.hear(course, portal, Some(call), Answer::None);
        }
    }

    /// An answer, to whoever still waits for it.
    pub(crate) fn hear(&mut self, course: &Course, portal: &Portal, call: Option<u8>, answer: Answer) {
        let waiting =
            |entry: &&mut Entry| matches!(entry.doing, Doing::Awaiting { call: of, .. } if Some(of) == call);
        let Some(entry) = self.entries.iter_mut().find(waiting) else { return };
        let Doing::Awaiting { before_again, .. } = entry.doing else { return };
        match answer {
            Answer::Secret(secret) => {
                entry.doing = Doing::Holding(secret);
                if !course.keeps(Rule::StowBeforeClose) {
                    entry.progress = Progress::Done;
                }
            }
            // A refused repeat says nothing about the first call, and did nothing itself.
            Answer::Refused => {
                let Some(before) = before_again else { return entry.close(Progress::Aborted) };
                entry.quiet = before;
                entry.doing = Doing::Looking;
                Self::look(entry, course, portal, &self.vault, false);
            }
            Answer::None if course.keeps(Rule::LookBeforeRetry) => entry.doing = Doing::Looking,
            Answer::None => {
                entry.operation = self.operations;
                self.operations += 1;
                entry.doing = Doing::Sending { again: false };
            }
        }
    }

    /// Does the next thing for an entry; what it sends, if it sends.
    pub(crate) fn step(
        &mut self,
        course: &Course,
        portal: &Portal,
        desk: usize,
        place: usize,
    ) -> Option<Flying> {
        let entry = &mut self.entries[place];
        let safe = portal.window == Window::Open || !course.keeps(Rule::ReplayInsideItsWindow);
        match entry.doing {
            // Whether a repeat is still safe is asked once more as it is sent: hours may lie between.
            Doing::Sending { again: true } if !safe => entry.doing = Doing::Looking,
            Doing::Sending { again } => {
                let call = self.calls;
                self.calls += 1;
                let before_again = again.then_some(entry.quiet);
                // The repeat may act: what was read before it says nothing about that.
                entry.quiet = Quiet::default();
                entry.doing = Doing::Awaiting { call, before_again };
                return Some(Flying::Call { desk, operation: entry.operation, call });
            }
            Doing::Holding(secret) => {
                self.vault.insert((entry.operation, secret));
                entry.written = true;
                entry.doing = Doing::Closing;
            }
            Doing::Closing => entry.close(Progress::Done),
            Doing::Looking => {
                Self::look(entry, course, portal, &self.vault, course.kind == Kind::Repeats && safe);
            }
            Doing::Awaiting { .. } | Doing::Nothing => {}
        }
        None
    }

    /// Looks once, as the app does: what follows is what the rules of the domain say.
    fn look(
        entry: &mut Entry,
        course: &Course,
        portal: &Portal,
        vault: &BTreeSet<(u8, u8)>,
        replayable: bool,
    ) {
        let keys = portal.keys(course.kind);
        let patient = course.keeps(Rule::ThreeReadsOverAMinute);
        let long = entry.quiet.for_a_minute || !patient;
        let seen = Sighting {
            stowed: vault.iter().any(|(operation, _)| *operation == entry.operation),
            replayable,
            keys: Some(&keys),
            kid: None,
            quiet_reads: if patient { entry.quiet.reads + 1 } else { 3 },
            quiet_for: if long { Duration::from_secs(60) } else { Duration::ZERO },
        };
        match settle(&entry.intent(course.kind), &seen) {
            Verdict::Finish => entry.close(Progress::Done),
            Verdict::Replay => entry.doing = Doing::Sending { again: true },
            Verdict::Lost(_) => entry.close(Progress::Lost),
            Verdict::Aborted => entry.close(Progress::Aborted),
            // More quiet reads than are asked for are the same world.
            Verdict::AskAgain => entry.quiet.reads = (entry.quiet.reads + 1).min(2),
        }
    }
}
