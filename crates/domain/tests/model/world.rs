//! The world of the model: two computers, what is on its way, and a portal.

use std::collections::BTreeSet;

use keystow_domain::{Key, KeyId, Reported, Timestamp};
use stateright::{Model, Property};

use crate::desk::{Answer, Desk};

/// Claim: the portal acts at most once for a wish.
pub(crate) const ONCE: &str = "a wish is acted on once";
/// Claim: what was called not done was not done.
pub(crate) const GIVEN_UP_DID_NOT_HAPPEN: &str = "what was given up did not happen";
/// Claim: once nothing is open, every secret the portal made is in a vault or its loss was told.
pub(crate) const NO_SILENT_LOSS: &str = "no secret is lost in silence";
/// Claim: where nothing can happen any more, nothing is open.
pub(crate) const ENDS_SETTLED: &str = "every path ends settled";
/// Not a claim: a loss that was told can be reached.
pub(crate) const LOSS_TOLD: &str = "a loss is told";

/// When everything in the model happens; nothing in it depends on dates.
pub(crate) const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);

/// What the portal can do, by which much of the course differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// It rotates, and only the prefix shows it.
    Bare,
    /// It counts rotations, and repeats an answer for a while.
    Repeats,
    /// A second key is made beside the first, and the portal repeats nothing.
    SideBySide,
}

impl Kind {
    pub(crate) const ALL: [Self; 3] = [Self::Bare, Self::Repeats, Self::SideBySide];
}

/// The rules a broken variant can do without.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rule {
    /// A call with an unknown outcome is looked into, not made again.
    LookBeforeRetry,
    /// A wish has one entry in the journal.
    UniqueIndex,
    /// The journal is written before the call.
    IntentFirst,
    /// The journal is closed after the secret is in the vault.
    StowBeforeClose,
    /// Nothing is given up before three quiet reads over a minute.
    ThreeReadsOverAMinute,
    /// A call is repeated only while the portal surely knows it.
    ReplayInsideItsWindow,
}

/// One model to try: a kind of portal, and how much may go wrong.
#[derive(Debug, Clone)]
pub(crate) struct Course {
    pub(crate) kind: Kind,
    pub(crate) without: Option<Rule>,
    /// How often each person clicks.
    pub(crate) clicks: [u8; 2],
    pub(crate) crashes: u8,
    /// How many messages are lost, late or not even sent.
    pub(crate) troubles: u8,
    pub(crate) refusals: u8,
    pub(crate) window_closes: bool,
}

impl Course {
    pub(crate) fn of(kind: Kind) -> Self {
        Self {
            kind,
            without: None,
            clicks: [2, 1],
            crashes: 1,
            troubles: 1,
            refusals: 1,
            window_closes: true,
        }
    }

    /// What is tried in full: together all kinds, with everything that can go wrong at each.
    pub(crate) fn all() -> [Self; 4] {
        let more = |kind| Self { troubles: 2, ..Self::of(kind) };
        let steady = Self { window_closes: false, ..Self::of(Kind::Repeats) };
        let ending = Self { clicks: [1, 1], ..Self::of(Kind::Repeats) };
        [more(Kind::Bare), steady, ending, more(Kind::SideBySide)]
    }

    pub(crate) fn keeps(&self, rule: Rule) -> bool {
        self.without != Some(rule)
    }
}

/// A call or its answer, between a computer and the portal.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Flying {
    Call { desk: usize, operation: u8, call: u8 },
    Reply { desk: usize, call: u8, answer: Answer },
}

/// How long the portal still repeats answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Window {
    Open,
    /// Inside the margin: it still repeats, and nobody may count on it.
    Closing,
    Over,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Portal {
    /// What it did, in order: whose operation it was. The secret of each is its place, from one.
    pub(crate) deeds: Vec<(usize, u8)>,
    /// How many of them its list shows.
    pub(crate) shown: u8,
    pub(crate) window: Window,
}

impl Portal {
    /// Its keys as its list shows them. One counts and one does not; a new key has a name like any other.
    pub(crate) fn keys(&self, kind: Kind) -> Vec<Key> {
        let key = |id: u8, generation: u8| Key {
            id: KeyId::new(format!("key_{id}")),
            name: "billing".into(),
            prefix: format!("kst_{generation}"),
            suffix: None,
            reported: Reported::Active,
            scopes: vec![],
            environment: None,
            owner: None,
            created_at: Some(NOW),
            last_used_at: None,
            expires_at: None,
            rotated_at: None,
            version: (kind == Kind::Repeats).then_some(generation.into()),
            app: None,
            client: None,
            previous: vec![],
        };
        match kind {
            Kind::SideBySide => (0..=self.shown).map(|number| key(number, number)).collect(),
            Kind::Bare | Kind::Repeats => vec![key(0, self.shown)],
        }
    }

    fn act(&mut self, kind: Kind, desk: usize, operation: u8) -> Answer {
        let known = self.deeds.iter().position(|deed| *deed == (desk, operation));
        let repeated = known.filter(|_| kind == Kind::Repeats && self.window != Window::Over);
        let place = repeated.unwrap_or_else(|| {
            self.deeds.push((desk, operation));
            self.deeds.len() - 1
        });
        Answer::Secret(u8::try_from(place + 1).unwrap())
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct World {
    pub(crate) portal: Portal,
    pub(crate) desks: [Desk; 2],
    pub(crate) flying: BTreeSet<Flying>,
    pub(crate) crashes: u8,
    pub(crate) troubles: u8,
    pub(crate) refusals: u8,
}

/// What can happen next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Event {
    /// A person asks for the rotation: once more, if it was asked for already.
    Click(usize),
    /// The next thing the app does for its entry of this place.
    Step(usize, usize),
    /// The call could not even be sent.
    NotSent(usize, usize),
    /// The app waits no longer; call and answer may still be on their way.
    GiveUp(usize, usize),
    /// The app dies and starts again.
    Crash(usize),
    Arrive(Flying),
    Lose(Flying),
    /// The portal says no, completely and in its own words.
    Refuse(Flying),
    ListCatchesUp,
    /// Longer than a call or a list can be late.
    AMinutePasses,
    WindowMoves,
}

impl World {
    pub(crate) fn is_settled(&self) -> bool {
        self.flying.is_empty() && self.desks.iter().all(Desk::is_settled)
    }

    fn calls_are_flying(&self) -> bool {
        self.flying.iter().any(|flying| matches!(flying, Flying::Call { .. }))
    }

    fn is_lost_in_silence(&self) -> bool {
        let deeds = self.portal.deeds.iter().zip(1_u8..);
        deeds
            .into_iter()
            .any(|((desk, operation), secret)| !self.desks[*desk].answers_for(*operation, secret))
    }

    fn settled_events(&self, course: &Course, events: &mut Vec<Event>) {
        let all_shown = usize::from(self.portal.shown) == self.portal.deeds.len();
        if !all_shown {
            events.push(Event::ListCatchesUp);
        }
        if all_shown && !self.calls_are_flying() && self.desks.iter().any(Desk::waits_for_a_minute) {
            events.push(Event::AMinutePasses);
        }
        let moves = match self.portal.window {
            Window::Open => true,
            // The margin is longer than a call can be on its way.
            Window::Closing => !self.calls_are_flying(),
            Window::Over => false,
        };
        if course.kind == Kind::Repeats && course.window_closes && moves {
            events.push(Event::WindowMoves);
        }
    }

    fn arrive(&mut self, course: &Course, flying: Flying) {
        self.flying.remove(&flying);
        match flying {
            Flying::Call { desk, operation, call } => {
                let answer = self.portal.act(course.kind, desk, operation);
                self.flying.insert(Flying::Reply { desk, call, answer });
            }
            Flying::Reply { desk, call, answer } => {
                self.desks[desk].hear(course, &self.portal, Some(call), answer);
            }
        }
    }

    fn lose(&mut self, course: &Course, flying: Flying) {
        self.troubles -= 1;
        self.flying.remove(&flying);
        let (Flying::Call { desk, call, .. } | Flying::Reply { desk, call, .. }) = flying;
        self.desks[desk].hear(course, &self.portal, Some(call), Answer::None);
    }
}

impl Model for Course {
    type State = World;
    type Action = Event;

    fn init_states(&self) -> Vec<World> {
        vec![World {
            portal: Portal { deeds: vec![], shown: 0, window: Window::Open },
            desks: self.clicks.map(Desk::new),
            flying: BTreeSet::new(),
            crashes: self.crashes,
            troubles: self.troubles,
            refusals: self.refusals,
        }]
    }

    fn actions(&self, world: &World, events: &mut Vec<Event>) {
        for (number, desk) in world.desks.iter().enumerate() {
            if desk.clicks > 0 {
                events.push(Event::Click(number));
            }
            if world.crashes > 0 && desk.could_lose() {
                events.push(Event::Crash(number));
            }
            for (place, entry) in desk.entries.iter().enumerate() {
                if entry.can_step() {
                    events.push(Event::Step(number, place));
                }
                if world.troubles > 0 && entry.is_about_to_send() {
                    events.push(Event::NotSent(number, place));
                }
                if world.troubles > 0 && entry.awaits() {
                    events.push(Event::GiveUp(number, place));
                }
            }
        }
        for flying in &world.flying {
            events.push(Event::Arrive(flying.clone()));
            if world.troubles > 0 {
                events.push(Event::Lose(flying.clone()));
            }
            if world.refusals > 0 && matches!(flying, Flying::Call { .. }) {
                events.push(Event::Refuse(flying.clone()));
            }
        }
        world.settled_events(self, events);
    }

    fn next_state(&self, last: &World, event: Event) -> Option<World> {
        let mut world = last.clone();
        let World { portal, desks, flying, .. } = &mut world;
        match event {
            Event::Click(desk) => desks[desk].click(self, portal),
            Event::Step(desk, place) => flying.extend(desks[desk].step(self, portal, desk, place)),
            Event::NotSent(desk, place) => {
                desks[desk].not_sent(place);
                world.troubles -= 1;
            }
            Event::GiveUp(desk, place) => {
                desks[desk].give_up(self, portal, place);
                world.troubles -= 1;
            }
            Event::Crash(desk) => {
                desks[desk].crash();
                world.crashes -= 1;
            }
            Event::Arrive(flying) => world.arrive(self, flying),
            Event::Lose(flying) => world.lose(self, flying),
            Event::Refuse(call) => {
                flying.remove(&call);
                let Flying::Call { desk, call, .. } = call else { return None };
                flying.insert(Flying::Reply { desk, call, answer: Answer::Refused });
                world.refusals -= 1;
            }
            Event::ListCatchesUp => portal.shown = u8::try_from(portal.deeds.len()).unwrap(),
            Event::AMinutePasses => desks.iter_mut().for_each(Desk::a_minute_passes),
            Event::WindowMoves => {
                portal.window = if portal.window == Window::Open { Window::Closing } else { Window::Over };
            }
        }
        (world != *last).then_some(world)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always(ONCE, |_, world: &World| {
                let of = |desk| world.portal.deeds.iter().filter(|deed| deed.0 == desk).count();
                of(0) <= 1 && of(1) <= 1
            }),
            Property::always(GIVEN_UP_DID_NOT_HAPPEN, |_, world: &World| {
                world.portal.deeds.iter().all(|(desk, operation)| !world.desks[*desk].gave_up(*operation))
            }),
            Property::always(NO_SILENT_LOSS, |_, world: &World| {
                !world.is_settled() || !world.is_lost_in_silence()
            }),
            Property::always(ENDS_SETTLED, |course: &Self, world: &World| {
                world.is_settled() || !course.next_states(world).is_empty()
            }),
            Property::sometimes(LOSS_TOLD, |_, world: &World| world.desks.iter().any(Desk::told_a_loss)),
        ]
    }
}
