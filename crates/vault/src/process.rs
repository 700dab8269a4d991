//! What a program that holds secrets tells the system about itself.
//!
//! A system that refuses keeps its own setting; there is nothing better to do about it, so nothing
//! here fails.

/// Asks the system not to write this process's memory to disk when it crashes.
///
/// It does not make the process undumpable: on Linux that would cut the desktop portals off from
/// their caller. The clipboard guard, which uses no portal, goes that step further by itself.
pub fn harden() {
    #[cfg(unix)]
    {
        let none = rustix::process::Rlimit { current: Some(0), maximum: Some(0) };
        let _ = rustix::process::setrlimit(rustix::process::Resource::Core, none);
    }
}

/// Makes this process outlive its parent and its terminal, and hides its memory from other programs
/// of the same person.
pub(crate) fn detach() {
    #[cfg(unix)]
    let _ = rustix::process::setsid();
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
}
