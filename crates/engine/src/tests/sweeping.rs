//! The search for an old secret, in real files.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use keystow_domain::{KeyId, Reason, Way};

use super::Desk;
use crate::sweep::{Found, SweepSight, SweepState, SweepWish};
use crate::{Choice, Trouble};

/// A key that was rotated, its old and new secret, and a home folder.
struct Scene {
    desk: Desk,
    key: KeyId,
    old: String,
    new: String,
    home: tempfile::TempDir,
}

impl Scene {
    async fn new() -> Self {
        let desk = Desk::signed_in().await;
        let key = desk.create("billing").await.unwrap().key.id;
        let old = desk.network.portal.secret_of(&key).unwrap();
        desk.rotate_once(&key).await;
        let new = desk.network.portal.secret_of(&key).unwrap();
        Self { desk, key, old, new, home: tempfile::tempdir().unwrap() }
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let file = self.home.path().join(name);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, content).unwrap();
    }

    async fn begin(&self, wish: &SweepWish) -> Result<SweepSight, Trouble> {
        self.desk.engine.sweep_from(&self.key, wish, Some(self.home.path())).await
    }

    async fn sweep(&self, wish: &SweepWish) -> SweepSight {
        self.begin(wish).await.unwrap();
        let over = |sight: &SweepSight| sight.state != SweepState::Running;
        self.desk.until(async |engine| engine.sweep_sight().filter(over)).await
    }

    /// What a search of the whole home folder finds, as name, line and whether in base64.
    async fn found(&self) -> Vec<(String, u32, bool)> {
        let sight = self.sweep(&folders(&["~"])).await;
        assert_eq!((sight.state, &sight.trouble), (SweepState::Done, &None));
        for secret in [&self.old, &self.new] {
            assert!(!format!("{sight:?}").contains(secret.as_str()));
        }
        sorted(&sight.found, self.home.path())
    }
}

fn folders(folders: &[&str]) -> SweepWish {
    SweepWish { folders: folders.iter().map(|&folder| folder.to_owned()).collect(), ..SweepWish::default() }
}

fn sorted(found: &[Found], home: &Path) -> Vec<(String, u32, bool)> {
    let home = home.canonicalize().unwrap();
    let short = |found: &Found| {
        let file = Path::new(&found.file).strip_prefix(&home).unwrap_or(Path::new(&found.file));
        (file.to_string_lossy().into_owned(), found.line, found.base64)
    };
    let mut all: Vec<_> = found.iter().map(short).collect();
    all.sort();
    all
}

#[tokio::test]
async fn an_old_secret_is_found_in_what_people_keep_it_in() {
    let scene = Scene::new().await;
    let (old, new) = (&scene.old, &scene.new);
    scene.write("app/.env", format!("A=1\r\nKEY={old}\r\nB=2\r\n"));
    scene.write("app/config.json", format!("{{\n \"a\": 1,\n \"key\": \"{old}\"\n}}"));
    scene.write("app/values.yaml", format!("key: {old} # {old}\nnext: {new}\n"));
    scene.write("app/run.sh", format!("curl -H 'Authorization: Bearer {old}' https://a.example\n"));
    scene.write("app/blob.bin", [&[0_u8, 255, 10, 7][..], old.as_bytes(), &[200, 0]].concat());
    scene.write("app/new.env", format!("KEY={new}\nPREFIX={}\n", &old[..8]));
    let expected = [
        ("app/.env", 2),
        ("app/blob.bin", 2),
        ("app/config.json", 3),
        ("app/run.sh", 1),
        ("app/values.yaml", 1),
    ];
    let expected: Vec<_> = expected.map(|(file, line)| (file.to_owned(), line, false)).into();
    assert_eq!(scene.found().await, expected);
}

#[tokio::test]
async fn base64_is_found_at_each_alignment_and_the_new_secret_is_not() {
    let scene = Scene::new().await;
    let mut text = String::new();
    for before in ["", "u", "us", "usr"] {
        let pair = |secret: &str| format!("{before}{secret}:after");
        text += &format!("new: {}\n", STANDARD.encode(pair(&scene.new)));
        text += &format!("old: {}\n", STANDARD.encode(pair(&scene.old)));
        text += &format!("url: {}\n", URL_SAFE_NO_PAD.encode(pair(&scene.old)));
    }
    scene.write("secret.yaml", text);
    let lines: Vec<u32> = scene
        .found()
        .await
        .iter()
        .map(|(_, line, base64)| {
            assert!(base64);
            *line
        })
        .collect();
    assert_eq!(lines, [2, 3, 5, 6, 8, 9, 11, 12]);
}

#[tokio::test]
async fn a_secret_is_found_once_wherever_a_file_is_cut() {
    let scene = Scene::new().await;
    let piece = 256 << 10;
    let length = scene.old.len();
    for (name, start) in [("a", piece - 1), ("b", piece - length / 2), ("c", piece - length), ("d", piece)] {
        let mut text = vec![b'\n'; start];
        text.extend(scene.old.as_bytes());
        text.extend(vec![b'x'; piece]);
        scene.write(name, text);
    }
    let starts = [piece - 1, piece - length / 2, piece - length, piece];
    let expected: Vec<_> = ["a", "b", "c", "d"]
        .iter()
        .zip(starts)
        .map(|(name, start)| ((*name).to_owned(), u32::try_from(start).unwrap() + 1, false))
        .collect();
    assert_eq!(scene.found().await, expected);
}

#[tokio::test]
async fn settings_and_histories_are_searched_where_they_are_chosen() {
    let scene = Scene::new().await;
    let line = format!("\nexport KEY={}\n", scene.old);
    for file in [
        ".zshrc",
        ".bash_history",
        ".local/share/fish/fish_history",
        ".config/tool/settings.toml",
        ".config/tool/Code Cache/data",
        ".aws/credentials",
        "plain.txt",
        ".mozilla/file",
    ] {
        scene.write(file, &line);
    }
    let names = async |dotfiles, history| {
        let sight = scene.sweep(&SweepWish { dotfiles, history, ..SweepWish::default() }).await;
        assert_eq!(sight.state, SweepState::Done);
        sorted(&sight.found, scene.home.path()).into_iter().map(|(file, ..)| file).collect::<Vec<_>>()
    };
    assert_eq!(names(false, true).await, [".bash_history", ".local/share/fish/fish_history"]);
    let settings = [".aws/credentials", ".bash_history", ".config/tool/settings.toml", ".zshrc"];
    assert_eq!(names(true, false).await, settings);
    let both = [&settings[..3], &[".local/share/fish/fish_history", ".zshrc"]].concat();
    assert_eq!(names(true, true).await, both, "and no file twice");
}

#[cfg(unix)]
#[tokio::test]
async fn links_are_not_followed_and_pipes_are_not_waited_for() {
    let scene = Scene::new().await;
    let elsewhere = tempfile::tempdir().unwrap();
    std::fs::write(elsewhere.path().join("file"), &scene.old).unwrap();
    std::os::unix::fs::symlink(elsewhere.path(), scene.home.path().join("folder")).unwrap();
    std::os::unix::fs::symlink(elsewhere.path().join("file"), scene.home.path().join("file")).unwrap();
    std::os::unix::fs::symlink(scene.home.path(), scene.home.path().join("round")).unwrap();
    let pipe = scene.home.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(pipe).status().unwrap().success());
    scene.write("node_modules/a/index.js", &scene.old);
    scene.write(".git/objects/ab/cd", &scene.old);
    scene.write(".git/config", &scene.old);
    assert_eq!(scene.found().await, [(".git/config".to_owned(), 1, false)]);
}

#[tokio::test]
async fn what_cannot_be_read_is_counted() {
    let scene = Scene::new().await;
    scene.write("small", "nothing");
    let large = std::fs::File::create(scene.home.path().join("large")).unwrap();
    large.set_len((64 << 20) + 1).unwrap();
    let sight = scene.sweep(&folders(&["~"])).await;
    assert_eq!((sight.files, sight.skipped), (1, 1));
}

#[tokio::test]
async fn a_search_that_is_stopped_stays_stopped_and_another_can_begin() {
    let scene = Scene::new().await;
    for number in 0..200 {
        scene.write(&format!("many/{number}"), vec![b'x'; 16 << 10]);
    }
    scene.write("few/found", &scene.old);
    scene.begin(&folders(&["~/many"])).await.unwrap();
    assert_eq!(scene.begin(&folders(&["~"])).await.unwrap_err().code, "sweep_running");
    scene.desk.engine.cancel_sweep();
    let stopped = scene.desk.engine.sweep_sight().unwrap();
    assert_eq!((stopped.state, stopped.folder), (SweepState::Cancelled, None));
    let again = scene.sweep(&folders(&["~/few"])).await;
    assert_eq!((again.files, again.found.len()), (1, 1), "nothing of the stopped one was added");
}

#[tokio::test]
async fn a_name_that_is_the_secret_is_covered() {
    let scene = Scene::new().await;
    scene.write(&format!("{}/notes", scene.old), &scene.old);
    let found = scene.found().await;
    assert_eq!(found, [(format!("{}/notes", "*".repeat(scene.old.len())), 1, false)]);
}

#[tokio::test]
async fn a_search_that_makes_no_sense_does_not_begin() {
    let scene = Scene::new().await;
    let code = async |wish: SweepWish| scene.begin(&wish).await.unwrap_err().code;
    assert_eq!(code(SweepWish::default()).await, "nothing_to_sweep");
    for folder in ["relative", "~/not-there", "~other", "/proc", ""] {
        assert_eq!(code(folders(&[folder])).await, "no_folder", "{folder}");
    }
    let whole = folders(&["~"]);
    let fresh = scene.desk.create("fresh").await.unwrap().key.id;
    let begun = scene.desk.engine.sweep_from(&fresh, &whole, Some(scene.home.path())).await;
    assert_eq!(begun.unwrap_err().code, "no_old_secret");
    let (reason, way) = (Reason::Leaked, Way::InPlace);
    let choice = Choice { key: fresh.clone(), reason, way, longest_job: None };
    scene.desk.engine.plan_rotation(&choice).await.unwrap();
    let begun = scene.desk.engine.sweep_from(&fresh, &whole, Some(scene.home.path())).await;
    assert!(begun.is_ok(), "the current secret is about to be the old one");
    scene.desk.engine.cancel_sweep();
    scene.desk.engine.lock().await;
    assert_eq!(code(whole).await, "vault_locked");
}

#[tokio::test]
async fn more_lines_than_anybody_reads_end_the_search() {
    let scene = Scene::new().await;
    scene.write("one", format!("{}\n", scene.old).repeat(600));
    scene.write("two", format!("{}\n", scene.old).repeat(600));
    let sight = scene.sweep(&folders(&["~"])).await;
    assert_eq!((sight.state, sight.found.len()), (SweepState::Failed, 1000));
    assert_eq!(sight.trouble.unwrap().code, "sweep_many");
}
