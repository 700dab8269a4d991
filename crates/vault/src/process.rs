//! What a program that holds secrets tells the system about itself.

/// Asks the system not to write this process's memory to disk when it crashes.
///
/// It does not make the process undumpable: on Linux that would cut the desktop portals off from
/// their caller. The clipboard guard, which uses no portal, goes that step further by itself.
pub fn harden() {
    #[cfg(unix)]
    {
        let none = rustix::process::Rlimit { current: Some(0), maximum: Some(0) };
        // A system that refuses keeps its own setting; there is nothing better to do about it.
        let _ = rustix::process::setrlimit(rustix::process::Resource::Core, none);
    }
}
