//! A global allocator that wipes what is given back.
//!
//! Types that wipe themselves cannot reach the copies that libraries make; an allocator can. No
//! block returns to the system with its former content, whoever wrote it.

use std::alloc::{GlobalAlloc, Layout, System};
use std::mem::MaybeUninit;

/// The system's allocator, wiping every block before it is freed or left for a larger one.
///
/// A program installs it with `#[global_allocator]`. It does not reach stacks, registers or memory
/// that C libraries allocate.
pub struct ZeroingAllocator;

// SAFETY: every call is passed on unchanged to `Wiping(System)`, which upholds the contract.
unsafe impl GlobalAlloc for ZeroingAllocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller upholds the same contract.
        unsafe { Wiping(System).alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as in `alloc`.
        unsafe { Wiping(System).alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: as in `alloc`.
        unsafe { Wiping(System).dealloc(block, layout) }
    }
}

/// Any allocator, wiping blocks before it gets them back.
struct Wiping<A>(A);

// SAFETY: every block comes from and returns to the inner allocator with the layout it was asked
// for; between, only bytes of a block that its user has given up are written. `realloc` keeps the
// default, which allocates anew, copies and frees the old block by `dealloc`, so it is wiped as well.
unsafe impl<A: GlobalAlloc> GlobalAlloc for Wiping<A> {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller upholds the same contract.
        unsafe { self.0.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as in `alloc`.
        unsafe { self.0.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the caller gives up a block of this layout, so its bytes are ours to overwrite; as
        // `MaybeUninit` they need not hold anything valid.
        let bytes = unsafe { std::slice::from_raw_parts_mut(block.cast::<MaybeUninit<u8>>(), layout.size()) };
        // As many bytes at a time as the processor can: a write for each byte alone takes ten times as long.
        bytes.fill(MaybeUninit::new(0));
        // The compiler has to take it that somebody looks at the block now, so the writes stay.
        zeroize::optimization_barrier(bytes);
        // SAFETY: as in `alloc`.
        unsafe { self.0.dealloc(block, layout) }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    /// The system's allocator, remembering what blocks held when they came back.
    #[derive(Default)]
    struct Remembering(RefCell<Vec<Vec<u8>>>);

    // SAFETY: every call is passed on to `System` unchanged; a block is read before it is freed.
    unsafe impl GlobalAlloc for Remembering {
        unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
            // SAFETY: the caller upholds the same contract.
            unsafe { System.alloc_zeroed(layout) }
        }

        unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
            // SAFETY: the block is not freed yet, and `alloc` initialised all of it.
            self.0.borrow_mut().push(unsafe { std::slice::from_raw_parts(block, layout.size()) }.to_vec());
            // SAFETY: as in `alloc`.
            unsafe { System.dealloc(block, layout) }
        }
    }

    /// Fills a block, lets it grow, fills it again and frees it.
    fn use_block(allocator: &impl GlobalAlloc) {
        let small = Layout::array::<u8>(100).unwrap();
        // SAFETY: the block is used within its size and freed with the layout it has by then.
        unsafe {
            let block = allocator.alloc(small);
            block.write_bytes(0xa5, 100);
            let block = allocator.realloc(block, small, 300);
            assert_eq!(block.add(99).read(), 0xa5, "what a block held is still there when it has grown");
            block.write_bytes(0xa5, 300);
            allocator.dealloc(block, Layout::array::<u8>(300).unwrap());
        }
    }

    #[test]
    fn what_is_given_back_is_empty() {
        let allocator = Wiping(Remembering::default());
        use_block(&allocator);
        assert_eq!(*allocator.0.0.borrow(), [vec![0; 100], vec![0; 300]]);
    }

    #[test]
    fn without_wiping_it_would_be_seen() {
        let allocator = Remembering::default();
        use_block(&allocator);
        assert_eq!(*allocator.0.borrow(), [vec![0xa5; 100], vec![0xa5; 300]]);
    }
}
