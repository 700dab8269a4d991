//! A real PostgreSQL server for the tests of one program. It ends with the program, however that ends.

use std::{
    io::{BufRead, BufReader},
    path::PathBuf,
    process::{Child, ChildStdout, Command, Stdio},
    sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering},
    },
};

use tokio_postgres::{Client, NoTls};

/// Runs the server and watches over it.
const SCRIPT: &str = include_str!("cluster.sh");

/// A server that runs for as long as this is held.
pub(crate) struct Cluster {
    /// Restarts the server at each line it gets, and says so.
    pub(crate) watcher: Child,
    pub(crate) said: BufReader<ChildStdout>,
    /// The folder of its socket.
    folder: String,
    databases: AtomicU32,
}

impl Cluster {
    /// Starts a server. It refuses to run as root, so that root lends it another name.
    pub(crate) fn start() -> Self {
        let mut command = match is_root() {
            true => {
                let mut command = Command::new("setpriv");
                command.args(["--reuid=postgres", "--regid=postgres", "--init-groups", "sh"]);
                command
            }
            false => Command::new("sh"),
        };
        command.args(["-c", SCRIPT, "cluster"]).arg(programs()).current_dir("/");
        let mut watcher = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut folder = String::new();
        let mut said = BufReader::new(watcher.stdout.take().unwrap());
        said.read_line(&mut folder).unwrap();
        let folder = folder.trim_end().to_owned();
        assert!(!folder.is_empty(), "the PostgreSQL server did not start");
        Self { watcher, said, folder, databases: AtomicU32::new(0) }
    }

    /// The address of a database that nobody has used.
    pub(crate) async fn database(&self) -> String {
        let name = format!("test_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        let client = connect(&self.address("postgres")).await;
        client.batch_execute(&format!("CREATE DATABASE {name}")).await.unwrap();
        self.address(&name)
    }

    fn address(&self, name: &str) -> String {
        format!("postgres://keystow@{}/{name}", self.folder.replace('/', "%2F"))
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        drop(self.watcher.stdin.take());
        // Nothing more is said once the server has ended and its folder is gone.
        let _ = self.said.read_line(&mut String::new());
        let _ = self.watcher.wait();
    }
}

/// The address of a new database on the server of this program's tests.
pub(crate) async fn database() -> String {
    // Held until the process ends, and its end is what ends the server.
    static SHARED: OnceLock<Cluster> = OnceLock::new();
    SHARED.get_or_init(Cluster::start).database().await
}

/// A connection beside those of the portal.
pub(crate) async fn connect(address: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(address, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

/// Where the server's programs are: Debian keeps them off the path, one folder a version.
fn programs() -> PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut folders: Vec<_> = versions
        .filter_map(|version| Some((version.file_name().to_str()?.parse::<u32>().ok()?, version.path())))
        .collect();
    folders.sort();
    let found = folders.pop().map(|(_, folder)| folder.join("bin"));
    let on_path = || {
        let paths = std::env::var_os("PATH").unwrap_or_default();
        std::env::split_paths(&paths).find(|folder| folder.join("initdb").is_file())
    };
    found.or_else(on_path).expect("a PostgreSQL server is installed (Debian's package is `postgresql`)")
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output().unwrap();
    id.stdout.trim_ascii() == b"0"
}
