//! Reading the list of an account from its portal, page by page.
//!
//! Each page is in the list as soon as it is there, and on the disk soon after. A reading that is cut off, by a portal
//! that went away or by the person, leaves what it read and everything that it did not come to.

use std::sync::Arc;
use std::time::Duration;

use keystow_connect::{Cause, Failure, KeyPage, PageToken, RefusalKind};
use keystow_domain::{AccountId, Key, KeyId, Timestamp};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::engine::Engine;
use crate::events::Event;
use crate::list::Listing;
use crate::session::ask;
use crate::{Trouble, words};

/// The most keys a page of the contract has.
const PAGE: u32 = 100;
/// More keys than this are not read: a portal that never ends its list would fill the memory.
pub(crate) const MOST_KEYS: u32 = 250_000;
/// More pages than this have no end: they could be empty and still lead to one another.
const MOST_PAGES: u32 = MOST_KEYS / PAGE + 100;
/// How often a refused page is asked for again.
const PATIENCE: u32 = 8;
/// So many keys are written to the disk at once.
const BATCH: usize = 500;
/// The longest that a key which was read is in memory only.
const UNKEPT_FOR: Duration = Duration::from_secs(2);
/// How often a window hears of keys that come.
const PACE: Duration = Duration::from_millis(300);
/// How often it hears how far a reading is that brought nothing new.
const SLOW_PACE: Duration = Duration::from_secs(1);
/// How much later a list is read again that somebody stopped reading.
const LATER: Duration = Duration::from_secs(15 * 60);
/// So many keys that a list no longer has are asked for one by one; where more are missing, the list is not believed.
const MOST_ASKED: usize = 50;
/// How old a reading that was cut off may be to be gone on with.
const FRESH_FOR: Duration = Duration::from_secs(15 * 60);
/// How much older than it is the list may be called after a restart, so that a list that did not change is not written.
const AGE_KEPT: Duration = Duration::from_secs(5 * 60);
/// Room on the disk for keys that come before all others.
const ROOM: i64 = 1 << 20;

/// What reading is wished for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wish {
    /// From the beginning; one that is under way will do.
    Anew,
    /// What the last one that was cut off did not come to; one that is under way will do.
    Rest,
    /// From the beginning, and not before now.
    FromNow,
}

/// How a reading ended.
enum End {
    /// The portal has no more keys.
    Whole,
    /// What was read is as much as is ever read.
    Enough,
    /// The person stopped it.
    Stopped,
    Failed(Trouble),
}

type Answer = Result<Result<KeyPage, Failure>, Trouble>;

impl Engine {
    /// Reads the whole list of an account from its portal. How it went is part of the list.
    ///
    /// The reading goes on if whoever asked goes away. Tells whether the list was read whole, and every row of it
    /// could be read; one that was under way already will do.
    pub async fn refresh(&self, account: &AccountId) -> bool {
        self.read_in_background(account, Wish::Anew).await
    }

    /// As [`Engine::refresh`], and in a reading that begins after this is called: what a portal did before is in it.
    pub(crate) async fn read_from_now(&self, account: &AccountId) -> bool {
        self.read_in_background(account, Wish::FromNow).await
    }

    /// Goes on with a reading that was cut off, or begins anew if that is too long ago.
    pub async fn read_rest(&self, account: &AccountId) -> bool {
        self.read_in_background(account, Wish::Rest).await
    }

    /// Stops reading the current account's list. What was read stays, and the rest is not read unless somebody asks.
    pub fn stop_reading(&self) {
        let Some(account) = self.current() else { return };
        let state = self.state();
        if let Some(stop) = state.listings.get(&account).and_then(|listing| listing.stop.as_ref()) {
            stop.send_replace(true);
        }
    }

    /// Begins to read an account's list, and waits for no more than the first page.
    pub(crate) async fn read_first(&self, account: &AccountId) {
        let mut events = self.watch();
        let whole = self.refresh(account);
        tokio::pin!(whole);
        let has_some =
            || self.state().listings.get(account).is_some_and(|listing| listing.freshness.read > 0);
        loop {
            tokio::select! {
                _ = &mut whole => return,
                _ = events.recv() => if has_some() { return },
            }
        }
    }

    async fn read_in_background(&self, account: &AccountId, wish: Wish) -> bool {
        let (engine, account) = (self.clone(), account.clone());
        let reading = tokio::spawn(async move { engine.read_list(&account, wish).await });
        reading.await.unwrap_or(false)
    }

    async fn read_list(&self, account: &AccountId, wish: Wish) -> bool {
        let turn = Arc::clone(self.state().reading.entry(account.clone()).or_default());
        let waited = turn.try_lock().is_err();
        let _turn = turn.lock().await;
        if waited && wish != Wish::FromNow {
            // Whoever was first has just read what was wanted.
            let state = self.state();
            return state.listings.get(account).is_some_and(Listing::is_whole);
        }
        let Some(mut reading) = Reading::begin(self, account, wish == Wish::Rest) else { return false };
        self.tell(Event::Keys);
        let end = reading.pages().await;
        reading.keep().await;
        let ended = matches!(end, End::Whole | End::Enough);
        let whole = if ended {
            reading.take_over(matches!(end, End::Whole)).await
        } else {
            reading.cut_off(end);
            false
        };
        self.keep_clocks().await;
        self.warn_of_clock(account);
        self.tell(Event::Keys);
        if ended {
            self.put_dead_away(account).await;
            self.notice_stragglers(account).await;
            self.read_bars(account).await;
            self.read_apps(account).await;
            self.read_teams(account).await;
        }
        whole
    }

    /// One page; waits as long as the portal asks for when it throttles.
    async fn read_page(&self, account: &AccountId, from: Option<&PageToken>) -> Answer {
        for _ in 0..PATIENCE {
            let page = ask!(self, account, |portal, token| portal.keys(token, from, PAGE));
            let wait = match &page {
                Err(failure) => failure.retry_at().map(|at| at.since(self.now())),
                Ok(_) => None,
            };
            match wait {
                Some(wait) if wait <= Duration::from_secs(90) => self.0.host.rest(wait + wait / 10).await,
                _ => return Ok(page),
            }
        }
        Ok(ask!(self, account, |portal, token| portal.keys(token, from, PAGE)))
    }
}

/// A reading that is under way.
struct Reading<'a> {
    engine: &'a Engine,
    account: &'a AccountId,
    stop: watch::Receiver<bool>,
    /// Whether the list was never read whole before: then somebody waits for each key.
    is_first: bool,
    /// What is to be written to the disk, and at which place where it is not there yet.
    unkept: Vec<(KeyId, i64)>,
    kept_at: Duration,
    has_written: bool,
    /// The places of the next key before all others and of the next one after them.
    places: Option<(i64, i64)>,
    /// When a window last heard of it.
    told_at: Option<Duration>,
    has_news: bool,
}

impl<'a> Reading<'a> {
    /// Begins, or goes on where the last one was cut off. Nothing if the account is gone.
    fn begin(engine: &'a Engine, account: &'a AccountId, on: bool) -> Option<Self> {
        let (now, elapsed) = (engine.portal_now(account), engine.0.clock.elapsed());
        let mut state = engine.state();
        let listing = state.listings.peek_mut(account)?;
        let goes_on = on && listing.go_on_reading(now.minus(FRESH_FOR));
        if !goes_on {
            listing.begin_reading(now);
        }
        let (stop, stopped) = watch::channel(false);
        listing.stop = Some(stop);
        let freshness = &mut listing.freshness;
        (freshness.reading, freshness.stopped, freshness.cut) = (true, false, None);
        freshness.read = listing.stream.as_ref().map_or(0, |stream| stream.read);
        let is_first = freshness.read_at.is_none();
        Some(Self {
            engine,
            account,
            stop: stopped,
            is_first,
            unkept: Vec::new(),
            kept_at: elapsed,
            has_written: false,
            places: None,
            told_at: (!is_first).then_some(elapsed),
            has_news: false,
        })
    }

    /// Reads page after page, and asks for the next one while one is taken in.
    async fn pages(&mut self) -> End {
        let mut from = self.next();
        let mut coming = self.ask(from.clone());
        let mut restarts = 0;
        for _ in 0..MOST_PAGES {
            let answer = tokio::select! {
                biased;
                // Whoever could stop it is there for as long as the list is.
                Ok(_) = self.stop.wait_for(|stop| *stop) => {
                    coming.abort();
                    return End::Stopped;
                }
                answer = &mut coming => answer,
            };
            let page = match answer {
                Ok(Ok(Ok(page))) => page,
                Ok(Ok(Err(Failure::Refused(refusal))))
                    if refusal.kind == RefusalKind::Invalid && from.is_some() && restarts == 0 =>
                {
                    // The page token went stale: the list is read from its beginning, once.
                    (from, restarts) = (None, 1);
                    self.begin_again();
                    coming = self.ask(None);
                    continue;
                }
                Ok(Ok(Err(failure))) => return End::Failed(words::failure(&failure)),
                Ok(Err(trouble)) => return End::Failed(trouble),
                Err(_) => return End::Failed(words::failure(&Failure::Unknown(Cause::Interrupted))),
            };
            let is_last = page.next.is_none();
            let next = page.next.filter(|token| Some(token) != from.as_ref());
            let next = next.filter(|_| self.read() < MOST_KEYS);
            if next.is_some() {
                coming = self.ask(next.clone());
            }
            self.take(page.keys, page.skipped, next.clone()).await;
            match next {
                None if is_last => return End::Whole,
                None => return End::Enough,
                next => from = next,
            }
        }
        // Pages without an end are a fault of the portal; what they held is used.
        coming.abort();
        End::Enough
    }

    fn ask(&self, from: Option<PageToken>) -> JoinHandle<Answer> {
        let (engine, account) = (self.engine.clone(), self.account.clone());
        tokio::spawn(async move { engine.read_page(&account, from.as_ref()).await })
    }

    fn next(&self) -> Option<PageToken> {
        let state = self.engine.state();
        state.listings.get(self.account)?.stream.as_ref()?.next.clone()
    }

    fn read(&self) -> u32 {
        let state = self.engine.state();
        state.listings.get(self.account).map_or(0, |listing| listing.freshness.read)
    }

    fn begin_again(&self) {
        let now = self.engine.portal_now(self.account);
        if let Some(listing) = self.engine.state().listings.peek_mut(self.account) {
            listing.begin_reading(now);
            listing.freshness.read = 0;
        }
    }

    async fn take(&mut self, keys: Vec<Key>, skipped: u32, next: Option<PageToken>) {
        let is_last = next.is_none();
        let arrivals = {
            let mut state = self.engine.state();
            let Some(listing) = state.listings.peek_mut(self.account) else { return };
            let arrivals = listing.take_page(keys, skipped, next);
            listing.freshness.read = listing.stream.as_ref().map_or(0, |stream| stream.read);
            arrivals
        };
        if !arrivals.is_empty() {
            self.has_news = true;
            let (mut before, mut after) = self.places().await;
            for arrival in arrivals {
                let place = if arrival.first { &mut before } else { &mut after };
                self.unkept.push((arrival.key, *place));
                *place += 1;
            }
            self.places = Some((before, after));
        }
        let now = self.engine.0.clock.elapsed();
        if !is_last && (self.unkept.len() >= BATCH || now.saturating_sub(self.kept_at) >= UNKEPT_FOR) {
            self.keep().await;
        }
        let pace = if self.has_news && self.is_first { PACE } else { SLOW_PACE };
        if !is_last && self.told_at.is_none_or(|told| now.saturating_sub(told) >= pace) {
            (self.told_at, self.has_news) = (Some(now), false);
            self.engine.tell(Event::Keys);
        }
    }

    async fn places(&self) -> (i64, i64) {
        if let Some(places) = self.places {
            return places;
        }
        let bounds = self.engine.0.store.key_bounds(self.account.clone()).await;
        // A disk that does not tell may not take the keys either; then they are read again.
        let (first, last) = bounds.unwrap_or_default();
        (first - ROOM, last + 1)
    }

    /// Writes what was read to the disk. That it could not be kept for the next start is only logged: it is shown,
    /// and written when it is read again.
    async fn keep(&mut self) {
        self.kept_at = self.engine.0.clock.elapsed();
        let unkept = std::mem::take(&mut self.unkept);
        if unkept.is_empty() {
            return;
        }
        self.has_written = true;
        let ids: Vec<KeyId> = unkept.iter().map(|(id, _)| id.clone()).collect();
        let (engine, account) = (self.engine.clone(), self.account.clone());
        // What a key is is looked up when the disk is there: what changed here since it was read must not be written
        // over with what was read.
        let now = move || {
            let state = engine.state();
            let listing = state.listings.get(&account);
            let key = |id: &KeyId| listing.and_then(|listing| listing.key(id)).cloned();
            unkept.iter().filter_map(|(id, place)| Some((*place, key(id)?))).collect()
        };
        if let Err(error) = self.engine.0.store.write_keys(self.account.clone(), now).await {
            tracing::warn!(%error, "keys of the list could not be kept");
            if let Some(listing) = self.engine.state().listings.peek_mut(self.account) {
                listing.unkept.extend(ids);
            }
        }
    }

    /// Takes over that the list was read to its end. `whole` is that the portal said so itself. Tells whether
    /// nothing of it is missing.
    async fn take_over(&self, whole: bool) -> bool {
        let engine = self.engine;
        engine.read_stowed(self.account).await;
        let whole = whole && self.asked_for_missing().await;
        let (gone, began, skipped, is_old) = {
            let mut state = engine.state();
            let Some(listing) = state.listings.get_mut(self.account) else { return false };
            let stream = listing.stream.as_ref();
            let (began, skipped) = stream.map_or((Timestamp::from_millis(0), 0), |s| (s.began, s.skipped));
            // A row that could not be read may be any of the keys that were not told.
            let read = listing.freshness.read;
            let gone = listing.end_reading(whole && skipped == 0);
            let of = u32::try_from(listing.keys().len()).unwrap_or(u32::MAX);
            let is_old = listing.age_kept.is_none_or(|at| began.since(at) >= AGE_KEPT);
            listing.stop = None;
            let fresh = &mut listing.freshness;
            (fresh.reading, fresh.read, fresh.error) = (false, 0, None);
            // Of what is not known as of now nobody must think that it is.
            let heard_all = listing.unheard.is_empty();
            if heard_all || fresh.read_at.is_none() {
                (fresh.read_at, fresh.of) = (Some(began), Some(of));
            }
            fresh.cut = (!whole && !heard_all).then_some(read);
            if skipped > 0 {
                state.notices.tell_once("rows_skipped", words::rows_skipped(skipped));
            }
            (gone, began, skipped, is_old)
        };
        let all = whole && skipped == 0;
        if self.has_written || !gone.is_empty() || is_old {
            let (here, account) = (engine.clone(), self.account.clone());
            // One that came back meanwhile stays.
            let gone = move || {
                let state = here.state();
                let listing = state.listings.get(&account);
                gone.into_iter().filter(|key| listing.is_none_or(|all| all.key(key).is_none())).collect()
            };
            match engine.0.store.end_list(self.account.clone(), gone, began).await {
                Ok(()) => {
                    if let Some(listing) = engine.state().listings.peek_mut(self.account) {
                        listing.age_kept = Some(began);
                    }
                }
                Err(error) => tracing::warn!(%error, "the age of the key list could not be kept"),
            }
        }
        if skipped > 0 {
            engine.tell(Event::App);
        }
        all
    }

    /// Asks for each key that the list no longer has and whose secret, or change, somebody here still needs: a list
    /// that moved while it was read leaves out a key that lives. Tells whether each is known to be gone or is back.
    async fn asked_for_missing(&self) -> bool {
        let (engine, account) = (self.engine, self.account);
        let missing = engine.state().listings.get(account).map(Listing::missed).unwrap_or_default();
        if missing.len() > MOST_ASKED {
            return false;
        }
        for key in missing {
            let told =
                async { Ok::<_, Trouble>(ask!(engine, account, |portal, token| portal.key(token, &key))) };
            match told.await {
                Ok(Ok(None)) => {}
                Ok(Ok(Some(key))) => engine.take_key(account, key).await,
                _ => return false,
            }
        }
        true
    }

    /// Takes over that the list was not read to its end: what was not read stays as it was.
    fn cut_off(&self, end: End) {
        let mut state = self.engine.state();
        let Some(listing) = state.listings.get_mut(self.account) else { return };
        listing.stop = None;
        let so_far = u32::try_from(listing.keys().len()).unwrap_or(u32::MAX);
        let fresh = &mut listing.freshness;
        fresh.reading = false;
        let read = if fresh.read_at.is_none() { so_far } else { fresh.read };
        let stopped = matches!(end, End::Stopped);
        // A first reading that was stopped is gone on with when somebody says so; any other is only late.
        fresh.stopped = stopped && fresh.read_at.is_none();
        fresh.cut = (read > 0 || fresh.stopped).then_some(read);
        fresh.read = 0;
        fresh.error = match end {
            End::Failed(trouble) => Some(trouble),
            _ => None,
        };
        if stopped && !fresh.stopped {
            let later = self.engine.0.clock.elapsed() + LATER;
            state.due_again.insert(self.account.clone(), later);
        }
    }
}
