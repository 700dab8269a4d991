//! What the app is asked for, and when it is killed.

/// What the app is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change {
    /// A new key.
    Create,
    /// A new secret of a key.
    Rotate,
    /// A second key beside one.
    Beside,
    /// New secrets of three keys in one run.
    Bulk,
    /// A new session: the refresh token is spent.
    Renew,
}

/// When the app is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moment {
    /// At a step of its journal, by itself.
    Step(&'static str),
    /// Its call is on the way; the portal never hears of it.
    Asked,
    /// The portal has done it; not a byte of the answer has reached the app.
    Done,
    /// Half of the answer has reached the app.
    Half,
    /// The last byte of the answer was sent.
    Told,
    /// At a part of the time that the wish took when nobody came between.
    Anytime,
}

/// Every step of a change that issues a secret.
const STEPS: [&str; 5] = ["intended", "answered", "stowed", "listed", "closed"];
const ON_THE_WIRE: [Moment; 4] = [Moment::Asked, Moment::Done, Moment::Half, Moment::Told];
const CHANGES: [Change; 4] = [Change::Create, Change::Rotate, Change::Beside, Change::Bulk];
/// How often in a round nobody chooses the moment.
const ANYTIME: u64 = 2;

/// Something that is asked for, and cut short.
#[derive(Debug, Clone)]
pub(crate) struct Wish {
    pub(crate) change: Change,
    pub(crate) moment: Moment,
    /// In the name of its keys.
    number: usize,
}

impl Change {
    /// Its name.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Rotate => "rotate",
            Self::Beside => "beside",
            Self::Bulk => "bulk",
            Self::Renew => "renew",
        }
    }
}

impl Wish {
    /// How many of its calls pass before the one at which the app is killed.
    pub(crate) fn nth_call(&self) -> u32 {
        match self.change {
            Change::Bulk => u32::try_from(self.number % 3).unwrap(),
            _ => 0,
        }
    }

    fn name(&self) -> String {
        format!("{}-{}", self.change.word(), self.number)
    }

    /// The keys it is about.
    pub(crate) fn names(&self) -> Vec<String> {
        match self.change {
            Change::Bulk => ["a", "b", "c"].map(|which| format!("{}-{which}", self.name())).to_vec(),
            Change::Renew => Vec::new(),
            _ => vec![self.name()],
        }
    }

    /// What an app does that was started after it was cut short: what a person goes on with, and a look.
    pub(crate) fn looks(&self) -> Vec<String> {
        let goes_on = (self.change == Change::Bulk).then(|| "go-on".to_owned());
        goes_on.into_iter().chain(self.names().into_iter().map(|name| format!("look {name}"))).collect()
    }

    /// What comes before it, and itself.
    pub(crate) fn tasks(&self) -> Vec<String> {
        let names = self.names();
        let make = |name: &String| format!("make {name}");
        match self.change {
            Change::Create => vec![format!("create {}", names[0])],
            Change::Rotate => vec![make(&names[0]), format!("rotate {}", names[0])],
            Change::Beside => vec![make(&names[0]), format!("beside {}", names[0])],
            Change::Bulk => names.iter().map(make).chain([format!("bulk {}", names.join(" "))]).collect(),
            Change::Renew => vec!["renew".into()],
        }
    }

    /// How many keys of a name and how many secrets of each there may be at most.
    pub(crate) fn most(&self) -> (u32, u32) {
        match self.change {
            Change::Create => (1, 1),
            Change::Rotate | Change::Bulk => (1, 2),
            Change::Beside => (2, 1),
            Change::Renew => (0, 0),
        }
    }

    /// How many keys and secrets there were before.
    pub(crate) fn least(&self) -> (u32, u32) {
        match self.change {
            Change::Create => (0, 0),
            Change::Rotate | Change::Bulk | Change::Beside => (1, 1),
            Change::Renew => (0, 0),
        }
    }
}

fn wishes(all: impl Iterator<Item = (Change, Moment)>) -> Vec<Wish> {
    all.enumerate().map(|(number, (change, moment))| Wish { change, moment, number }).collect()
}

/// Every moment of every change, so many times; one of several shares of it.
pub(crate) fn repeated(rounds: u64, share: usize, shares: usize) -> Vec<Wish> {
    let steps = STEPS.map(Moment::Step);
    let chosen: Vec<Moment> = steps.into_iter().chain(ON_THE_WIRE).collect();
    let of_round = |_| {
        let issuing =
            CHANGES.into_iter().flat_map(|change| chosen.iter().map(move |moment| (change, *moment)));
        let renewing = ON_THE_WIRE.map(|moment| (Change::Renew, moment));
        let anytime = CHANGES.into_iter().chain([Change::Renew]).map(|change| (change, Moment::Anytime));
        let anytime = (0..ANYTIME).flat_map(move |_| anytime.clone());
        issuing.chain(renewing).chain(anytime).collect::<Vec<_>>()
    };
    let all = wishes((0..rounds).flat_map(of_round));
    all.into_iter().skip(share).step_by(shares).collect()
}

/// Moments after the call went out, some of which a portal that repeats nothing answers with a loss.
fn after_the_call() -> impl Iterator<Item = Moment> + Clone {
    [Moment::Done, Moment::Half].into_iter().chain(STEPS[1..].iter().copied().map(Moment::Step))
}

/// Every such moment, where the portal repeats nothing.
pub(crate) fn unrepeated() -> Vec<Wish> {
    let changes = [Change::Create, Change::Rotate, Change::Beside];
    wishes(changes.into_iter().flat_map(|change| after_the_call().map(move |moment| (change, moment))))
}

/// Every such moment of a rotation, where the portal tells until when the old secret works.
pub(crate) fn dated() -> Vec<Wish> {
    wishes(after_the_call().map(|moment| (Change::Rotate, moment)))
}

/// Calls that never reach a portal that repeats nothing.
pub(crate) fn unsent() -> Vec<Wish> {
    let changes = [Change::Create, Change::Rotate, Change::Beside];
    let moments = [Moment::Step("intended"), Moment::Asked];
    wishes(changes.into_iter().flat_map(|change| moments.map(|moment| (change, moment))))
}

/// Xorshift: the same moments from the same seed, as far as a computer lets them be.
pub(crate) struct Chance(u64);

impl Chance {
    pub(crate) fn of(seed: u64) -> Self {
        Self(seed.max(1))
    }

    /// A part of a whole, in thousandths.
    pub(crate) fn thousandths(&mut self) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        u32::try_from(self.0 % 1_000).unwrap()
    }
}
