//! A global allocator that wipes what is given back.
//!
//! Types that wipe themselves cannot reach the copies that libraries make; an allocator can. No
//! block returns to the system with its former content, whoever wrote it.

use std::alloc::{GlobalAlloc, Layout, System};

use zeroize::Zeroize;

/// The system's allocator, wiping every block before it is freed or left for a larger one.
///
/// A program installs it with `#[global_allocator]`. It does not reach stacks, registers or memory
/// that C libraries allocate.
pub struct ZeroingAllocator;

// SAFETY: every block comes from and returns to `System` with the layout it was asked for; between,
// only bytes inside a block that the caller has given up are written. `realloc` keeps the default,
// which allocates anew, copies, and frees the old block through `dealloc`, so it is wiped as well.
unsafe impl GlobalAlloc for ZeroingAllocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller upholds the contract of `alloc`, which is the same.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as in `alloc`.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the caller gives up a block of this layout, so its bytes are ours to overwrite;
        // as `MaybeUninit` they need not hold anything valid. The wipe is volatile.
        unsafe { std::slice::from_raw_parts_mut(block.cast::<std::mem::MaybeUninit<u8>>(), layout.size()) }
            .zeroize();
        // SAFETY: as in `alloc`.
        unsafe { System.dealloc(block, layout) }
    }
}
