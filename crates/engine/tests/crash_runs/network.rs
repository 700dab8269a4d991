//! The network between the app and its portal: a process boundary where somebody watches.
//!
//! Every request and every answer passes whole, so that the app can be killed at a known moment of a
//! call: before the portal hears of it, after it acted, or in the midst of its answer.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};

use super::desk::Portal;
use super::plan::{Change, Moment};

/// Whom to kill, when.
pub(crate) struct Order {
    pub(crate) pid: u32,
    pub(crate) change: Change,
    pub(crate) moment: Moment,
    /// How many calls pass before.
    pub(crate) nth: u32,
}

/// The network of one app.
pub(crate) struct Network {
    /// Where the app finds its portal.
    pub(crate) base: String,
    order: Arc<Mutex<Option<Order>>>,
    struck: Receiver<()>,
}

impl Network {
    /// Leads to the portal at this address.
    pub(crate) fn to(portal: &str, kind: Portal) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let here = listener.local_addr().unwrap().to_string();
        let there = portal.strip_prefix("http://").unwrap().to_owned();
        // Addresses are exchanged in what passes, so that the portal may believe that it is here.
        assert_eq!(here.len(), there.len(), "ports that the system chooses have as many digits");
        let (order, (tell, struck)) = (Arc::<Mutex<Option<Order>>>::default(), channel());
        let base = format!("http://{here}");
        let orders = Arc::clone(&order);
        std::thread::spawn(move || {
            for caller in listener.incoming().map_while(Result::ok) {
                let (here, there) = (here.clone(), there.clone());
                let (orders, tell) = (Arc::clone(&orders), tell.clone());
                std::thread::spawn(move || Line { here, there, kind, orders, tell }.carry(caller));
            }
        });
        Self { base, order, struck }
    }

    /// Kills an app as soon as its call gets so far.
    pub(crate) fn arm(&self, order: Order) {
        *self.order.lock().unwrap() = Some(order);
    }

    /// Lets everything pass; whether somebody was killed.
    pub(crate) fn disarm(&self) -> bool {
        *self.order.lock().unwrap() = None;
        self.struck.try_iter().count() > 0
    }
}

/// Kills a process at once.
pub(crate) fn kill(pid: u32) {
    let pid = rustix::process::Pid::from_raw(i32::try_from(pid).unwrap()).unwrap();
    // It may have ended by itself just before.
    let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
}

/// One connection of an app.
struct Line {
    here: String,
    there: String,
    kind: Portal,
    orders: Arc<Mutex<Option<Order>>>,
    tell: Sender<()>,
}

impl Line {
    /// Carries requests there and answers back until one end is gone.
    fn carry(&self, mut caller: TcpStream) {
        while let Some(request) = message(&mut caller) {
            let order = self.order_of(&request);
            if self.strikes(order.as_ref(), Moment::Asked) {
                return;
            }
            let Ok(mut portal) = TcpStream::connect(&self.there) else { return };
            if portal.write_all(&replaced(&request, &self.here, &self.there)).is_err() {
                return;
            }
            let Some(answer) = message(&mut portal) else { return };
            let mut answer = replaced(&answer, &self.there, &self.here);
            if self.kind == Portal::Dated {
                // The app never learns that this portal can repeat an answer, and so does not ask it to.
                answer = replaced(&answer, "\"replay\"", "\"before\"");
            }
            if self.strikes(order.as_ref(), Moment::Done) {
                return;
            }
            let (half, rest) = answer.split_at(answer.len() / 2);
            let halfway = caller.write_all(half);
            if self.strikes(order.as_ref(), Moment::Half) {
                return;
            }
            if halfway.and_then(|()| caller.write_all(rest)).is_err() {
                return;
            }
            self.strikes(order.as_ref(), Moment::Told);
            // HTTP/1.0 ends an answer with its connection.
            if request.windows(10).any(|part| part == b" HTTP/1.0\r") {
                break;
            }
        }
        let _ = caller.shutdown(Shutdown::Both);
    }

    /// The order that this call carries out, if it is the one that is waited for.
    fn order_of(&self, request: &[u8]) -> Option<Order> {
        let text = String::from_utf8_lossy(request);
        let is_issuing = text.starts_with("POST ") && text.contains("/developer/keys");
        let is_renewing = text.starts_with("POST ") && text.contains("refresh_token") && !is_issuing;
        let mut orders = self.orders.lock().unwrap();
        let waits = orders.as_ref().is_some_and(|order| match order.change {
            Change::Renew => is_renewing,
            _ => is_issuing,
        });
        if !waits {
            return None;
        }
        match orders.as_mut() {
            Some(order) if order.nth > 0 => {
                order.nth -= 1;
                None
            }
            _ => orders.take(),
        }
    }

    fn strikes(&self, order: Option<&Order>, moment: Moment) -> bool {
        let Some(order) = order.filter(|order| order.moment == moment) else { return false };
        kill(order.pid);
        let _ = self.tell.send(());
        true
    }
}

/// Reads one request or answer whole; nothing if the other end is gone.
fn message(stream: &mut TcpStream) -> Option<Vec<u8>> {
    let (mut bytes, mut buffer) = (Vec::new(), [0; 16 * 1024]);
    loop {
        if let Some(end) = bytes.windows(4).position(|end| end == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&bytes[..end]).to_ascii_lowercase();
            assert!(
                !head.contains("transfer-encoding: chunked"),
                "this portal says how long its answers are"
            );
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            let length: usize = length.map_or(0, |length| length.trim().parse().unwrap());
            if bytes.len() >= end + 4 + length {
                return Some(bytes);
            }
        }
        match stream.read(&mut buffer) {
            Ok(0) | Err(_) => return None,
            Ok(count) => bytes.extend_from_slice(&buffer[..count]),
        }
    }
}

/// The same bytes with another text of the same length, plain or as part of a URL's query.
fn replaced(bytes: &[u8], from: &str, to: &str) -> Vec<u8> {
    let mut exchanged = bytes.to_vec();
    for (from, to) in [(from.to_owned(), to.to_owned()), (from.replace(':', "%3A"), to.replace(':', "%3A"))] {
        for at in memchr::memmem::find_iter(bytes, from.as_bytes()) {
            exchanged[at..at + from.len()].copy_from_slice(to.as_bytes());
        }
    }
    exchanged
}
