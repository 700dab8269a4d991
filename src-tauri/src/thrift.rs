//! What the app does not take from the computer, and what it gives back while it has no window.
//!
//! Only what comes back by itself is given back: the program that loads pages for WebKit, which the next window starts
//! again; free blocks of the allocator; and code, which is read from its file again where it is needed.

/// Keeps two things out of this process for as long as it runs.
///
/// WebKit's look through the system's memory files every few seconds, one byte at a time: it is meant for programs with
/// many pages; this one ends its pages when nobody looks.
///
/// And the graphics library, so that the processor alone draws the windows. A list of text gains nothing from that
/// library, and it has a compiler in it: starting it takes a tenth of a start, and a fifth of the memory in the tray.
/// Where there is no graphics card it makes the processor draw everything the hard way. WebKit has a setting for this,
/// which Tauri can only reach after the page began with the library: then the wheel of a mouse scrolls nothing.
///
/// It must be called before there is a second thread.
#[cfg(target_os = "linux")]
pub(crate) fn prepare() {
    // SAFETY: nothing else runs yet that could read the environment at the same time.
    unsafe {
        std::env::set_var("WEBKIT_DISABLE_MEMORY_PRESSURE_MONITOR", "1");
        linux::do_without_graphics();
    }
}

/// Gives back what it can, if the window that was just destroyed was the last.
#[cfg(target_os = "linux")]
pub(crate) fn window_gone(app: &tauri::AppHandle) {
    use tauri::Manager as _;
    let app = app.clone();
    tauri::async_runtime::spawn_blocking(move || {
        linux::wait_for(&linux::children("WebKitWeb"));
        let (done, is_done) = std::sync::mpsc::channel();
        let desk = app.clone();
        // Windows are made on the main thread: none is made while it looks whether there is one.
        let asked = app.run_on_main_thread(move || {
            if desk.webview_windows().is_empty() {
                linux::end(&linux::children("WebKitNetwork"));
                let _ = done.send(());
            }
        });
        if asked.is_ok() && is_done.recv().is_ok() {
            linux::give_back();
        }
    });
}

/// Other systems share what their windows are made of with every program.
#[cfg(not(target_os = "linux"))]
pub(crate) fn prepare() {}

/// Other systems share what their windows are made of with every program.
#[cfg(not(target_os = "linux"))]
pub(crate) fn window_gone(_: &tauri::AppHandle) {}

#[cfg(target_os = "linux")]
mod linux {
    use std::ffi::{CStr, c_char, c_int, c_void};
    use std::fs;
    use std::os::fd::OwnedFd;
    use std::time::Duration;

    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    use rustix::mm::{Advice, madvise};
    use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};

    /// What a window brings in, by how the files' names begin: most of what there is, and nothing whose code is changed
    /// while it runs, as libraries do that choose between drivers. The program itself has no name here.
    const BROUGHT_IN: [&str; 7] = [
        "libwebkit2gtk-",
        "libjavascriptcoregtk-",
        "libLLVM",
        "libflite",
        "libgtk-3",
        "libicu",
        "libgstreamer-",
    ];

    /// Pages that take longer than this to end are not waited for.
    const PATIENCE: Duration = Duration::from_secs(10);

    /// Which drivers the system's dispatcher of EGL may load (libglvnd, `src/EGL/icd_enumeration.md`).
    const DRIVERS: &str = "__EGL_VENDOR_LIBRARY_FILENAMES";
    /// `EGL_EXTENSIONS` (EGL 1.5, section 3.3).
    const EGL_EXTENSIONS: c_int = 0x3055;

    /// Has the dispatcher of EGL look for drivers once, which it does once in a process, while there are none to be
    /// found. The pages' processes look for themselves, and find what there is. A system without the dispatcher is as
    /// before.
    ///
    /// # Safety
    ///
    /// There must be one thread.
    pub(super) unsafe fn do_without_graphics() {
        let before = std::env::var_os(DRIVERS);
        // SAFETY: nobody reads the environment meanwhile. The library is one that WebKit brought in already, and the
        // function has this shape and may be called with no display (EGL 1.5, section 3.3).
        unsafe {
            let library = libc::dlopen(c"libEGL.so.1".as_ptr(), libc::RTLD_NOW | libc::RTLD_NOLOAD);
            if library.is_null() {
                return;
            }
            let ask = libc::dlsym(library, c"eglQueryString".as_ptr());
            if ask.is_null() {
                return;
            }
            let ask: extern "C" fn(*mut c_void, c_int) -> *const c_char = std::mem::transmute(ask);
            std::env::set_var(DRIVERS, "/dev/null");
            ask(std::ptr::null_mut(), EGL_EXTENSIONS);
            match before {
                Some(before) => std::env::set_var(DRIVERS, before),
                None => std::env::remove_var(DRIVERS),
            }
        }
    }

    /// The processes that this one started and whose name begins so.
    pub(super) fn children(name: &str) -> Vec<OwnedFd> {
        let threads = fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
        let lists = threads.filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok());
        let numbers: Vec<i32> =
            lists.flat_map(|list| list.split_whitespace().flat_map(str::parse).collect::<Vec<_>>()).collect();
        let called = |number: &i32| {
            fs::read_to_string(format!("/proc/{number}/comm")).is_ok_and(|comm| comm.starts_with(name))
        };
        let handles = numbers.into_iter().filter(called).filter_map(Pid::from_raw);
        handles.filter_map(|child| pidfd_open(child, PidfdFlags::empty()).ok()).collect()
    }

    /// Waits until each has ended.
    pub(super) fn wait_for(processes: &[OwnedFd]) {
        let patience = Timespec::try_from(PATIENCE).ok();
        for process in processes {
            let _ = poll(&mut [PollFd::new(process, PollFlags::IN)], patience.as_ref());
        }
    }

    /// Asks each to end.
    pub(super) fn end(processes: &[OwnedFd]) {
        for process in processes {
            let _ = pidfd_send_signal(process, Signal::TERM);
        }
    }

    /// Gives free memory and code back to the system.
    pub(super) fn give_back() {
        // SAFETY: both may be called at any time; the second calls `forget_code` alone, which takes no pointer.
        unsafe {
            #[cfg(target_env = "gnu")]
            libc::malloc_trim(0);
            libc::dl_iterate_phdr(Some(forget_code), std::ptr::null_mut());
        }
    }

    /// Lets the pages of a library go that cannot be written. While it is called, no library can be unloaded.
    unsafe extern "C" fn forget_code(info: *mut libc::dl_phdr_info, _: usize, _: *mut c_void) -> c_int {
        // SAFETY: the loader hands over a library that is loaded, with its name and its list of segments.
        let (info, name, segments) = unsafe {
            let info = &*info;
            (
                info,
                CStr::from_ptr(info.dlpi_name),
                std::slice::from_raw_parts(info.dlpi_phdr, info.dlpi_phnum.into()),
            )
        };
        let file = name.to_str().ok().and_then(|path| path.rsplit('/').next()).unwrap_or("-");
        if !file.is_empty() && !BROUGHT_IN.iter().any(|begin| file.starts_with(begin)) {
            return 0;
        }
        let page = rustix::param::page_size();
        for segment in segments {
            if segment.p_type != libc::PT_LOAD || segment.p_flags & libc::PF_W != 0 {
                continue;
            }
            let (address, length) = (info.dlpi_addr + segment.p_vaddr, segment.p_memsz);
            let (Ok(address), Ok(length)) = (usize::try_from(address), usize::try_from(length)) else {
                continue;
            };
            let start = address.next_multiple_of(page);
            let end = (address + length) / page * page;
            if start < end {
                // SAFETY: these pages lie within a segment that is mapped from a file for reading alone, and neither
                // the loader nor these libraries write into theirs: what is dropped is read from the file when it
                // is needed.
                let _ = unsafe { madvise(start as *mut c_void, end - start, Advice::LinuxDontNeed) };
            }
        }
        0
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        /// How many pages of what is mapped from files this process holds.
        fn code_pages() -> usize {
            let numbers = fs::read_to_string("/proc/self/statm").unwrap();
            numbers.split_whitespace().nth(2).unwrap().parse().unwrap()
        }

        #[test]
        fn code_is_let_go_and_runs_on() {
            let before = code_pages();
            give_back();
            let after = code_pages();
            assert!(after < before, "{before} pages before, {after} after");
            assert_eq!(children("no such name").len(), 0);
        }

        #[test]
        fn a_child_is_found_by_its_name_ended_and_waited_for() {
            let mut child = std::process::Command::new("sleep").arg("60").spawn().unwrap();
            let found = children("sleep");
            assert_eq!(found.len(), 1);
            end(&found);
            wait_for(&found);
            assert!(child.try_wait().unwrap().is_some_and(|ended| !ended.success()));
        }
    }
}
