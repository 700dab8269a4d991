//! A computer with an app, a network and a portal, each in a process of its own.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Lines, Write as _};
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use keystow_domain::Clock as _;
use keystow_engine::SystemClock;

use super::judge::Sight;
use super::network::{Network, Order, kill};
use super::plan::{Chance, Change, Moment, Wish};
use super::{ROLE, TEST};

/// What a process says to this one begins so; the test runner in it speaks as well.
pub(crate) const MARK: &str = "@ ";
/// How long a life may take. It is never waited for in vain.
const PATIENCE: Duration = Duration::from_secs(180);

/// What a portal offers to whoever lost its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Portal {
    /// It gives the answer once more.
    Repeats,
    /// It tells until when the old secret works.
    Dated,
    /// Nothing.
    Plain,
}

/// A computer with a portal.
pub(crate) struct Desk {
    pub(crate) name: String,
    pub(crate) portal: Portal,
    home: tempfile::TempDir,
    process: Child,
    /// What the portal says; it would end if nobody listened.
    _said: Lines<BufReader<ChildStdout>>,
    network: Network,
    /// How long each change takes if nobody comes between, as far as it was seen.
    spans: HashMap<&'static str, Duration>,
}

impl Drop for Desk {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// What a life of the app told before it ended.
pub(crate) struct Said(pub(crate) Vec<String>);

impl Said {
    /// What it told of the keys it looked at, in turn.
    pub(crate) fn sights(&self) -> impl Iterator<Item = Sight> {
        self.0.iter().filter_map(|line| line.strip_prefix("sight ")).map(Sight::parse)
    }
}

impl Desk {
    /// Starts a portal and signs in to it.
    pub(crate) fn set_up(name: &str, portal: Portal) -> Self {
        let home = tempfile::tempdir().unwrap();
        let mode = if portal == Portal::Plain { "plain" } else { "extended" };
        let mut process = process("portal", home.path()).env("KEYSTOW_CRASH_MODE", mode).spawn().unwrap();
        let mut said = BufReader::new(process.stdout.take().unwrap()).lines();
        let base = said.find_map(|line| line.unwrap().strip_prefix("@ portal ").map(str::to_owned)).unwrap();
        let network = Network::to(&base, portal);
        let (name, spans) = (name.to_owned(), HashMap::new());
        let mut desk = Self { name, portal, home, process, _said: said, network, spans };
        desk.lived(&["sign-in".into()]);
        desk
    }

    /// The portal's own book, which nobody asks the app about.
    pub(crate) fn book(&self) -> rusqlite::Connection {
        let folder = self.home.path().join("portal");
        let database = std::fs::read_dir(&folder).unwrap().map(|file| file.unwrap().path());
        let mut database = database.filter(|path| path.extension().is_some_and(|ending| ending == "db"));
        rusqlite::Connection::open(database.next().unwrap()).unwrap()
    }

    /// A process of this desk, as the app is one.
    pub(crate) fn process(&self, role: &str) -> Command {
        let mut command = process(role, self.home.path());
        command.env("KEYSTOW_CRASH_PORTAL", &self.network.base).env("KEYSTOW_CRASH_DESK", &self.name);
        command
    }

    /// Starts the app and lets it do everything in turn, until it ends by itself.
    pub(crate) fn lived(&mut self, tasks: &[String]) -> Said {
        let mut life = Life::begin(self.process("app").env("KEYSTOW_CRASH_TASKS", tasks.join(";")));
        life.hear(|_| false);
        let ended = life.app.wait().unwrap();
        assert!(ended.success(), "{}: {tasks:?}: {ended}: {:?}", self.name, life.said);
        Said(life.said)
    }

    /// Starts the app, lets it do these things and then wish for something, and kills it meanwhile.
    pub(crate) fn killed_in(&mut self, looks: &[String], wish: &Wish, chance: &mut Chance) -> Said {
        let tasks: Vec<String> = looks.iter().cloned().chain(wish.tasks()).collect();
        let step = match wish.moment {
            Moment::Step(step) => step,
            _ => "",
        };
        let mut command = self.process("app");
        command.env("KEYSTOW_CRASH_TASKS", tasks.join(";")).env("KEYSTOW_CRASH_DIE_AT", step);
        command.env("KEYSTOW_CRASH_NTH", wish.nth_call().to_string());
        let mut life = Life::begin(&mut command);
        life.hear(|line| line == "goes");
        let after = self.span_of(wish.change) * chance.thousandths() / 1_000;
        if matches!(wish.moment, Moment::Asked | Moment::Done | Moment::Half | Moment::Told) {
            let (pid, change, moment) = (life.app.id(), wish.change, wish.moment);
            self.network.arm(Order { pid, change, moment, nth: wish.nth_call() });
        }
        let began = SystemClock.elapsed();
        life.go();
        if wish.moment == Moment::Anytime {
            life.cut_short(after);
        } else {
            life.hear(|line| line == "done");
        }
        if life.said.last().is_some_and(|line| line == "done") {
            self.spans.insert(wish.change.word(), SystemClock.elapsed() - began);
        }
        // An app that got through although somebody waited for it is killed as well: it was too quick.
        kill(life.app.id());
        life.hear(|_| false);
        let ended = life.app.wait().unwrap();
        let struck = self.network.disarm();
        assert_eq!(ended.signal(), Some(9), "{}: {wish:?}: {ended}: {:?}", self.name, life.said);
        let was_done = life.said.last().is_some_and(|line| line == "done");
        let exact = !matches!(wish.moment, Moment::Anytime | Moment::Told);
        assert!(!(exact && was_done), "{}: {wish:?} was not died at (struck: {struck})", self.name);
        Said(life.said)
    }

    /// How long a change takes, about.
    fn span_of(&self, change: Change) -> Duration {
        self.spans.get(change.word()).copied().unwrap_or(Duration::from_millis(150)) * 5 / 4
    }
}

/// The app while it runs.
struct Life {
    app: Child,
    lines: Receiver<String>,
    said: Vec<String>,
}

impl Life {
    fn begin(command: &mut Command) -> Self {
        let mut app = command.stdin(Stdio::piped()).spawn().unwrap();
        let (tell, lines) = channel();
        let out = BufReader::new(app.stdout.take().unwrap());
        std::thread::spawn(move || {
            for line in out.lines().map_while(Result::ok) {
                if let Some(said) = line.strip_prefix(MARK) {
                    let _ = tell.send(said.to_owned());
                }
            }
        });
        Self { app, lines, said: Vec::new() }
    }

    /// Listens until something wanted was said, or the app is gone.
    fn hear(&mut self, wanted: impl Fn(&str) -> bool) {
        loop {
            match self.lines.recv_timeout(PATIENCE) {
                Ok(line) => {
                    let enough = wanted(&line);
                    self.said.push(line);
                    if enough {
                        return;
                    }
                }
                Err(RecvTimeoutError::Disconnected) => return,
                Err(RecvTimeoutError::Timeout) => {
                    kill(self.app.id());
                    panic!("the app did not get on: {:?}", self.said);
                }
            }
        }
    }

    /// Lets the app go on.
    fn go(&mut self) {
        let _ = self.app.stdin.take().unwrap().write_all(b"go\n");
    }

    /// Listens for so long, or until the wish is done.
    fn cut_short(&mut self, after: Duration) {
        let end = SystemClock.elapsed() + after;
        while let Ok(line) = self.lines.recv_timeout(end.saturating_sub(SystemClock.elapsed())) {
            let done = line == "done";
            self.said.push(line);
            if done {
                return;
            }
        }
    }
}

/// This program in another role.
fn process(role: &str, home: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", TEST, "--nocapture"]).env(ROLE, role);
    command.env("KEYSTOW_CRASH_HOME", PathBuf::from(home));
    command.stdin(Stdio::null()).stdout(Stdio::piped());
    command
}
