//! Answers that are files: CSV that no spreadsheet runs, JSON, and lines that are written while they are sent.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
};

use axum::body::{Body, Bytes};
use hyper::body::Frame;
use tokio::sync::mpsc;

/// How many parts wait to be sent: who reads slowly is waited for.
const WAITING: usize = 2;

/// The end of an answer into which its parts are put; nobody takes them any more once a send fails.
pub(crate) type Parts = mpsc::Sender<io::Result<Bytes>>;

/// An answer that is written while it is sent.
pub(crate) fn streamed() -> (Parts, Body) {
    let (parts, received) = mpsc::channel(WAITING);
    (parts, Body::new(Received(received)))
}

/// A line of CSV (RFC 4180). What a spreadsheet would take for a formula gets an apostrophe before it.
pub(crate) fn csv_line(cells: &[String]) -> String {
    let cell = |text: &String| {
        let is_formula =
            text.trim_start().starts_with(['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠']);
        let text = if is_formula { format!("'{text}") } else { text.clone() };
        let quoted = text.contains(['"', ',', '\n', '\r', ';', '\'']);
        if quoted { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
    };
    let mut line = cells.iter().map(cell).collect::<Vec<_>>().join(",");
    line.push_str("\r\n");
    line
}

/// The parts of an answer as they come.
struct Received(mpsc::Receiver<io::Result<Bytes>>);

impl hyper::body::Body for Received {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        self.0.poll_recv(context).map(|part| part.map(|part| part.map(Frame::data)))
    }
}

#[cfg(test)]
mod tests {
    use super::csv_line;

    #[test]
    fn no_cell_is_a_formula_and_none_breaks_its_line() {
        let cells = ["=1+1", "@x", "-1", " +2", "plain", "a,b", "say \"x\"", ""].map(str::to_owned);
        assert_eq!(
            csv_line(&cells),
            "\"'=1+1\",\"'@x\",\"'-1\",\"' +2\",plain,\"a,b\",\"say \"\"x\"\"\",\r\n"
        );
    }
}
