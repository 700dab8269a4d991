//! The quick picker: keys of every account, the pinned and the last copied first, then whatever fits the words.
//!
//! All keys are looked through, but only as many are kept as are returned, and a row is made for those alone:
//! what an answer costs beyond looking grows with what is on the screen. A long list is looked through by several
//! threads at once, and no further when nobody waits for the answer any more.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashSet};
use std::sync::Arc;

use keystow_domain::{AccountId, Key, KeyId, Timestamp};
use nucleo_matcher::pattern::{Atom, AtomKind, CaseMatching, Normalization};
use nucleo_matcher::{Config, Matcher, Utf32Str, chars};

use crate::audit::who;
use crate::engine::Engine;
use crate::events::Event;
use crate::list::Row;
use crate::{Trouble, words};

/// The most rows of an answer; whoever looks for something beyond them types one more letter.
const MOST_ROWS: usize = 50;
/// The most keys that can be pinned.
const MOST_PINNED: usize = 50;
/// So many keys are remembered as copied last.
const MOST_COPIED: usize = 9;
/// The longest text that is looked for, in characters.
const LONGEST: usize = 100;
/// The fewest keys that are worth a thread of their own.
const LEAST_PART: usize = 8192;
/// After so many keys it is asked whether somebody still waits.
const LOOK_UP: u32 = 512;
/// The most threads that look for the same text.
const MOST_THREADS: usize = 4;

/// A key of an account.
pub(crate) type Picked = (AccountId, KeyId);

/// What the picker shows before anything is typed.
#[derive(Default)]
pub(crate) struct Picks {
    /// In the order they were pinned.
    pub(crate) pinned: Vec<Picked>,
    /// The last one first.
    copied: Vec<Picked>,
}

impl Picks {
    /// A secret of this key was copied.
    pub(crate) fn copied(&mut self, account: &AccountId, key: &KeyId) {
        let picked = (account.clone(), key.clone());
        self.copied.retain(|other| *other != picked);
        self.copied.insert(0, picked);
        self.copied.truncate(MOST_COPIED);
    }
}

/// What the picker shows for a text.
#[derive(Debug, Clone)]
pub struct PickSight {
    /// The rows, 50 at the most.
    pub rows: Vec<Pick>,
    /// How many keys fit.
    pub matches: usize,
    /// How many keys there are.
    pub total: usize,
}

/// A row of the picker.
#[derive(Debug, Clone)]
pub struct Pick {
    /// The account of the key.
    pub account: AccountId,
    /// What to call the account, where there are several.
    pub label: Option<String>,
    /// The key.
    pub row: Row,
    /// Whether it is pinned.
    pub pinned: bool,
    /// Why it stands where it stands.
    pub group: PickGroup,
    /// The characters of its name that fit what was typed, counted from 0, in their order.
    pub marks: Vec<u32>,
}

/// Why a row stands where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PickGroup {
    /// The person pinned it.
    Pinned,
    /// It was copied lately.
    Recent,
    /// It is one of the others.
    Rest,
    /// It fits what was typed.
    Found,
}

/// The keys of one account, as they are while somebody looks for one.
struct Book {
    account: AccountId,
    /// What else of the account can be found: its portal and its person.
    label: String,
    keys: Arc<Vec<Key>>,
    /// Keys that are part of another one's row.
    behind: HashSet<KeyId>,
    now: Timestamp,
}

/// A place in the books: which book, and which of its keys.
type Place = (usize, u32);

impl Engine {
    /// The keys that fit a text, or where there is none, those that are wanted most.
    /// There are none while the app hides them.
    pub fn picks(&self, typed: &str) -> PickSight {
        let sight = self.picks_while(typed, &|| true);
        sight.unwrap_or(PickSight { rows: Vec::new(), matches: 0, total: 0 })
    }

    /// The same for somebody who may stop waiting; nothing then.
    pub fn picks_while(&self, typed: &str, waits: &(dyn Fn() -> bool + Sync)) -> Option<PickSight> {
        if self.is_hidden() {
            return Some(PickSight { rows: Vec::new(), matches: 0, total: 0 });
        }
        let books = self.books();
        let total = books.iter().map(Book::count).sum();
        let query = Query::of(typed);
        let (found, matches) = match &query {
            Some(query) => query.best(&books, waits)?,
            None => (self.unasked(&books), total),
        };
        let several = books.len() > 1;
        let mut scratch = Scratch::new();
        let rows = found.into_iter().filter_map(|(group, (book, place))| {
            let book = &books[book];
            let key = &book.keys[place as usize];
            Some(Pick {
                row: self.row(&book.account, &key.id).ok()?,
                label: several.then(|| book.label.clone()),
                pinned: self.is_pinned(&book.account, &key.id),
                account: book.account.clone(),
                marks: query.as_ref().map_or_else(Vec::new, |query| query.marks(&key.name, &mut scratch)),
                group,
            })
        });
        Some(PickSight { rows: rows.collect(), matches, total })
    }

    /// The keys of the current account that are pinned.
    pub fn pinned(&self) -> Vec<KeyId> {
        let state = self.state();
        let here = state.picks.pinned.iter().filter(|(account, _)| state.current.as_ref() == Some(account));
        here.map(|(_, key)| key.clone()).collect()
    }

    /// Pins a key, so that the picker shows it first, or takes its pin away.
    ///
    /// # Errors
    ///
    /// Fails if there is no such key, or the disk does not keep it.
    pub async fn pin(&self, account: &AccountId, key: &KeyId, pin: bool) -> Result<(), Trouble> {
        self.row(account, key)?;
        let pinned = {
            let mut state = self.state();
            let pinned = &mut state.picks.pinned;
            let picked = (account.clone(), key.clone());
            pinned.retain(|other| *other != picked);
            if pin {
                pinned.push(picked);
                pinned.truncate(MOST_PINNED);
            }
            pinned.clone()
        };
        self.tell(Event::App);
        self.0.store.set_pinned(&pinned).await.map_err(|error| words::store(&error))
    }

    /// Reads back which keys were copied last, before this process began.
    pub(crate) async fn recall_copied(&self) {
        let Ok(before) = self.0.store.last_copied(MOST_COPIED).await else { return };
        // The log names an account by its person and its portal, as people read it.
        let known: Vec<_> = self.accounts().into_iter().map(|known| known.account).collect();
        let mut state = self.state();
        let before: Vec<Picked> = before
            .into_iter()
            .filter_map(|(named, key)| {
                let has = |id: &AccountId| state.listings.get(id).is_some_and(|all| all.key(&key).is_some());
                let account = known.iter().find(|account| who(account) == named && has(&account.id))?;
                Some((account.id.clone(), key))
            })
            .collect();
        let copied = &mut state.picks.copied;
        copied.extend(before);
        let mut seen = HashSet::new();
        copied.retain(|picked| seen.insert(picked.clone()));
        copied.truncate(MOST_COPIED);
        drop(state);
        self.tell(Event::App);
    }

    /// The first keys of the picker before anything is typed, with their names: pinned, then copied last.
    pub(crate) fn first_picks(&self, most: usize) -> Vec<(AccountId, KeyId, String)> {
        let state = self.state();
        let mut first: Vec<(AccountId, KeyId, String)> = Vec::new();
        for (account, id) in state.picks.pinned.iter().chain(&state.picks.copied) {
            let key = state.listings.get(account).and_then(|listing| listing.key(id));
            let known = first.iter().any(|(other, key, _)| other == account && key == id);
            if let Some(key) = key.filter(|_| !known && first.len() < most) {
                first.push((account.clone(), id.clone(), key.name.clone()));
            }
        }
        first
    }

    fn is_pinned(&self, account: &AccountId, key: &KeyId) -> bool {
        self.state().picks.pinned.iter().any(|(of, id)| of == account && id == key)
    }

    fn books(&self) -> Vec<Book> {
        let accounts = self.accounts().into_iter().map(|known| known.account);
        let books = accounts.filter_map(|account| {
            let now = self.portal_now(&account.id);
            let state = self.state();
            let listing = state.listings.get(&account.id)?;
            let behind = listing.keys_in_rotation().into_iter().filter(|key| listing.is_behind(key, now));
            Some(Book {
                label: account
                    .person
                    .iter()
                    .chain([&account.portal_name])
                    .cloned()
                    .collect::<Vec<_>>()
                    .join(" · "),
                keys: listing.keys(),
                behind: behind.collect(),
                account: account.id,
                now,
            })
        });
        books.collect()
    }

    /// What is shown before anything is typed: the pinned keys, those copied last, and others by their names.
    fn unasked(&self, books: &[Book]) -> Vec<(PickGroup, Place)> {
        let mut seen: HashSet<Place> = HashSet::new();
        let mut first: Vec<(PickGroup, Place)> = Vec::new();
        {
            let state = self.state();
            let place_of = |(account, id): &Picked| {
                let number = books.iter().position(|book| book.account == *account)?;
                let place = state.listings.get(account)?.place(id)?;
                // The list may have changed since the books were opened.
                let key = books[number].keys.get(place as usize).filter(|key| key.id == *id)?;
                (!books[number].behind.contains(&key.id)).then_some((number, place))
            };
            let picks = &state.picks;
            for (group, all) in [(PickGroup::Pinned, &picks.pinned), (PickGroup::Recent, &picks.copied)] {
                let places = all.iter().filter_map(place_of).filter(|place| seen.insert(*place));
                first.extend(places.map(|place| (group, place)));
            }
        }
        first.truncate(MOST_ROWS);
        let room = MOST_ROWS - first.len();
        let mut rest: Least<(&str, Place)> = Least::new(room);
        for (number, book) in books.iter().enumerate() {
            let living = book.shown().filter(|(_, key)| key.is_copyable(book.now));
            for (place, key) in living.filter(|(place, _)| !seen.contains(&(number, *place))) {
                rest.take((key.name.as_str(), (number, place)));
            }
        }
        first.extend(rest.in_order().into_iter().map(|(_, place)| (PickGroup::Rest, place)));
        first
    }
}

/// The least of what is taken, so many at the most: of a long list no more is kept than is shown.
struct Least<T: Ord> {
    kept: BinaryHeap<T>,
    most: usize,
}

impl<T: Ord> Least<T> {
    fn new(most: usize) -> Self {
        Self { kept: BinaryHeap::with_capacity(most), most }
    }

    fn take(&mut self, one: T) {
        if self.kept.len() < self.most {
            self.kept.push(one);
        } else if let Some(mut greatest) = self.kept.peek_mut()
            && one < *greatest
        {
            *greatest = one;
        }
    }

    fn in_order(self) -> Vec<T> {
        self.kept.into_sorted_vec()
    }
}

impl Book {
    /// The keys with a row of their own.
    fn shown(&self) -> impl Iterator<Item = (u32, &Key)> {
        self.shown_in(0, self.keys.len())
    }

    /// So many keys from one on, those of them with a row of their own.
    fn shown_in(&self, from: usize, most: usize) -> impl Iterator<Item = (u32, &Key)> {
        (0..)
            .zip(self.keys.iter())
            .skip(from)
            .take(most)
            .filter(move |(_, key)| self.behind.is_empty() || !self.behind.contains(&key.id))
    }

    fn count(&self) -> usize {
        self.keys.len() - self.behind.len()
    }
}

/// What was typed: words that must each fit the name loosely, or stand in what else is known of a key.
struct Query(Vec<Word>);

struct Word {
    in_name: Atom,
    beside: Atom,
}

/// A key that fits, by what decides its place: whether it is dead, how well it fits, how long its name is.
type Found = (bool, Reverse<u32>, usize, Place);

/// The best of a part of a list, and how many fit in it.
type Part = (Least<Found>, usize);

/// Whether somebody waits for the answer.
type Waits<'a> = &'a (dyn Fn() -> bool + Sync);

/// What matching needs again and again.
struct Scratch {
    matcher: Matcher,
    letters: Vec<char>,
    marks: Vec<u32>,
}

impl Scratch {
    fn new() -> Self {
        let mut config = Config::DEFAULT;
        config.prefer_prefix = true;
        Self { matcher: Matcher::new(config), letters: Vec::new(), marks: Vec::new() }
    }
}

impl Query {
    /// Takes a text apart; nothing if there is none.
    fn of(typed: &str) -> Option<Self> {
        let typed: String = typed.chars().take(LONGEST).collect();
        let atom =
            |word: &str, kind| Atom::new(word, CaseMatching::Ignore, Normalization::Smart, kind, false);
        let words = typed.split_whitespace().map(|word| Word {
            in_name: atom(word, AtomKind::Fuzzy),
            beside: atom(word, AtomKind::Substring),
        });
        let words: Vec<Word> = words.collect();
        (!words.is_empty()).then_some(Self(words))
    }

    /// The keys that fit best, and how many fit. What can be copied comes before what is dead.
    /// Nothing if nobody waits for it any more.
    fn best(&self, books: &[Book], waits: Waits<'_>) -> Option<(Vec<(PickGroup, Place)>, usize)> {
        let threads = std::thread::available_parallelism().map_or(1, |all| all.get().min(MOST_THREADS));
        let (mut best, mut matches) = (Least::new(MOST_ROWS), 0);
        for (number, book) in books.iter().enumerate() {
            let labels = self.in_label(&book.label);
            let part = book.keys.len().div_ceil(threads).max(LEAST_PART);
            let search = |from| self.among(book, number, &labels, (from, part, waits));
            let mut take = |part: Part| {
                matches += part.1;
                part.0.in_order().into_iter().for_each(|one| best.take(one));
            };
            std::thread::scope(|scope| {
                let rest = (part..book.keys.len()).step_by(part);
                let others: Vec<_> = rest.map(|from| scope.spawn(move || search(from))).collect();
                take(search(0));
                for other in others {
                    take(other.join().unwrap_or_else(|why| std::panic::resume_unwind(why)));
                }
            });
        }
        let found = best.in_order().into_iter().map(|(.., place)| (PickGroup::Found, place)).collect();
        waits().then_some((found, matches))
    }

    /// The keys that fit among so many of a book from one on.
    fn among(
        &self,
        book: &Book,
        number: usize,
        labels: &[Option<u16>],
        (from, most, waits): (usize, usize, Waits<'_>),
    ) -> Part {
        let mut scratch = Scratch::new();
        let (mut best, mut count) = (Least::new(MOST_ROWS), 0);
        for (place, key) in book.shown_in(from, most) {
            if place % LOOK_UP == 0 && !waits() {
                break;
            }
            let Some(score) = self.score(key, labels, &mut scratch) else { continue };
            count += 1;
            best.take((!key.is_copyable(book.now), Reverse(score), key.name.len(), (number, place)));
        }
        (best, count)
    }

    /// How well each word stands in what is called the account: asked once for all its keys.
    fn in_label(&self, label: &str) -> Vec<Option<u16>> {
        let mut scratch = Scratch::new();
        self.0.iter().map(|word| word.stands_in(label, &mut scratch)).collect()
    }

    /// How well a key fits; nothing if a word fits nowhere.
    fn score(&self, key: &Key, labels: &[Option<u16>], scratch: &mut Scratch) -> Option<u32> {
        let mut sum = 0;
        for (word, label) in self.0.iter().zip(labels) {
            let name = Utf32Str::new(&key.name, &mut scratch.letters);
            let in_name = word.in_name.score(name, &mut scratch.matcher);
            let score = in_name.or_else(|| word.beside_name(key, scratch)).or(*label);
            sum += u32::from(score?);
        }
        Some(sum)
    }

    /// The characters of a name that fit.
    fn marks(&self, name: &str, scratch: &mut Scratch) -> Vec<u32> {
        // What the matcher counts is what a reader sees as one letter; where that is not a character, none is
        // marked rather than a wrong one.
        if chars::graphemes(name).count() != name.chars().count() {
            return Vec::new();
        }
        scratch.marks.clear();
        for word in &self.0 {
            let letters = Utf32Str::new(name, &mut scratch.letters);
            let before = scratch.marks.len();
            if word.in_name.indices(letters, &mut scratch.matcher, &mut scratch.marks).is_none() {
                scratch.marks.truncate(before);
            }
        }
        let mut marks = scratch.marks.clone();
        marks.sort_unstable();
        marks.dedup();
        marks
    }
}

impl Word {
    /// How well it stands in what else is known of a key.
    fn beside_name(&self, key: &Key, scratch: &mut Scratch) -> Option<u16> {
        let environment = key.environment.as_ref().map(keystow_domain::Environment::word);
        let known = [environment, key.owner.as_deref(), Some(key.prefix.as_str())];
        let scores = known.into_iter().flatten().filter_map(|text| self.stands_in(text, scratch));
        scores.max()
    }

    /// How well it stands in a text.
    fn stands_in(&self, text: &str, scratch: &mut Scratch) -> Option<u16> {
        if text.is_ascii() {
            return self.beside.score(Utf32Str::new(text, &mut scratch.letters), &mut scratch.matcher);
        }
        // The matcher misses what stands at the very end of a text beyond ASCII.
        let padded = format!("{text} ");
        self.beside.score(Utf32Str::new(&padded, &mut scratch.letters), &mut scratch.matcher)
    }
}
