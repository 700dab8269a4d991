//! What the workbench tells the person in front of it.
//!
//! Nothing else here writes to the terminal. Progress goes to standard output, because it is the
//! product of these commands; the reason of a failure goes to standard error.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "this module is the workbench's one voice")]

/// Opens a section of the output.
pub(crate) fn heading(text: &str) {
    println!("\n== {text}");
}

/// Says one thing.
pub(crate) fn line(text: &str) {
    println!("{text}");
}

/// Passes on one line of a command that is running.
pub(crate) fn echo(text: &str) {
    println!("{text}");
}

/// Tells why the command failed, with every cause.
pub(crate) fn error(error: &anyhow::Error) {
    eprintln!("\nerror: {error}");
    for cause in error.chain().skip(1) {
        eprintln!("  because: {cause}");
    }
}
