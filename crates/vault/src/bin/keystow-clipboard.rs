//! The clipboard guard as a program of its own; see `keystow_vault::guard`.

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: keystow_vault::ZeroingAllocator = keystow_vault::ZeroingAllocator;

fn main() -> ExitCode {
    keystow_vault::guard::run()
}
