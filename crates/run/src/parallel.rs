//! Work on several threads.

use std::sync::{Mutex, PoisonError};
use std::{panic, thread};

/// Does `work` for each of `items` on so many threads; what comes is in the order of the items.
pub fn each<I: Send, O: Send>(items: Vec<I>, threads: usize, work: impl Fn(I) -> O + Sync) -> Vec<O> {
    let threads = threads.min(items.len());
    if threads < 2 {
        return items.into_iter().map(work).collect();
    }
    let queue = Mutex::new(items.into_iter().enumerate());
    let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).next();
    let toil = || {
        let mut done = Vec::new();
        while let Some((index, item)) = next() {
            done.push((index, work(item)));
        }
        done
    };
    let mut done = thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(toil)).collect();
        let mut done = toil();
        for other in others {
            // What panics does so for the whole run.
            done.extend(other.join().unwrap_or_else(|panic| panic::resume_unwind(panic)));
        }
        done
    });
    done.sort_unstable_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, made)| made).collect()
}

#[cfg(test)]
mod tests {
    use super::each;

    #[test]
    fn the_order_stays() {
        let slow_first = |item: u64| {
            std::thread::sleep(std::time::Duration::from_millis(20 / (item + 1)));
            item * 2
        };
        for threads in [0, 1, 2, 7, 100] {
            assert_eq!(each((0..9).collect(), threads, slow_first), [0, 2, 4, 6, 8, 10, 12, 14, 16]);
        }
        assert!(each(Vec::new(), 4, slow_first).is_empty());
    }
}
