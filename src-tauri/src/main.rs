//! The app. Everything is in the library, where it can be tested.

#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

/// Wipes memory when it is freed: secrets pass through buffers of libraries that do not.
#[global_allocator]
static ALLOCATOR: keystow_engine::ZeroingAllocator = keystow_engine::ZeroingAllocator;

fn main() {
    keystow_desktop::run();
}
