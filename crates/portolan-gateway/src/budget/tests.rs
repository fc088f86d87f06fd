use std::thread;

use super::*;

const KIB: usize = 1024;

fn shared(bytes: usize) -> Arc<Budget> {
    Budget::new(bytes).share()
}

fn fits(held: Result<(), GatewayError>) -> bool {
    match held {
        Ok(()) => true,
        Err(error) => {
            assert_eq!(error.kind, Kind::Overloaded);
            false
        }
    }
}

#[test]
fn what_one_holds_no_other_can_until_it_is_dropped() {
    let budget = shared(100);
    let other = budget.share();
    let mut first = Held::none(&budget);
    assert!(fits(first.cover(60, 60)));
    let mut second = Held::none(&other);
    assert!(!fits(second.cover(41, 41)));
    // Nothing of what was refused is kept.
    assert!(fits(second.cover(40, 40)));
    assert!(!fits(first.cover(61, 61)));
    assert_eq!(budget.left(), 0);
    drop(first);
    assert_eq!(other.left(), 60);
    second.release();
    assert_eq!(other.left(), 100);
}

#[test]
fn it_grows_in_steps_and_not_beyond_the_whole() {
    let budget = shared(1024 * KIB);
    for (bytes, whole, reserved) in [
        (1, usize::MAX, 16 * KIB),
        (1, 300, 300),
        (16 * KIB, usize::MAX, 16 * KIB),
        (16 * KIB + 1, usize::MAX, 64 * KIB),
        (64 * KIB + 1, usize::MAX, 128 * KIB),
        (64 * KIB + 1, 70 * KIB, 70 * KIB),
        (0, usize::MAX, 0),
        // Who sends more than was said has it counted too.
        (400, 300, 400),
    ] {
        let mut held = Held::none(&budget);
        assert!(fits(held.cover(bytes, whole)));
        assert_eq!(budget.left(), 1024 * KIB - reserved, "{bytes} of {whole}");
        // What is covered needs no more.
        assert!(fits(held.cover(reserved, whole)));
        assert_eq!(budget.left(), 1024 * KIB - reserved, "{bytes} of {whole}");
    }
}

/// The last step need not fit whole.
#[test]
fn the_last_bytes_can_be_held() {
    let budget = shared(100 * KIB);
    let mut held = Held::none(&budget);
    assert!(fits(held.cover(64 * KIB, usize::MAX)));
    assert!(fits(held.cover(100 * KIB, usize::MAX)));
    assert!(!fits(held.cover(100 * KIB + 1, usize::MAX)));
    assert_eq!(budget.left(), 0);
}

/// An announcement takes little of the budget, and is refused only where what is left cannot hold it.
#[test]
fn what_is_announced_must_fit() {
    let budget = shared(100 * KIB);
    let mut first = Held::none(&budget);
    assert!(!fits(first.admit(100 * KIB + 1)));
    assert_eq!(budget.left(), 100 * KIB);
    assert!(fits(first.admit(100 * KIB)));
    assert_eq!(budget.left(), 84 * KIB);
    let mut second = Held::none(&budget);
    assert!(!fits(second.admit(90 * KIB)));
    assert!(fits(second.admit(300)));
    assert_eq!(budget.left(), 84 * KIB - 300);
    assert!(!fits(second.admit(usize::MAX)));
}

#[test]
fn what_comes_and_goes_counts_while_it_is_long() {
    let budget = shared(1024 * KIB);
    let mut held = Held::none(&budget);
    for (bytes, left) in [(16, 1024), (17, 960), (65, 896), (17, 896), (16, 1024)] {
        assert!(fits(held.follow(bytes * KIB)));
        assert_eq!(budget.left(), left * KIB, "{bytes}");
    }
}

#[test]
fn many_at_once_count_as_one_after_another_would() {
    let budget = shared(10 * KIB);
    let workers: Vec<_> = (0..4)
        .map(|_| {
            let budget = budget.share();
            thread::spawn(move || {
                (0..10_000)
                    .filter(|_| fits(Held::none(&budget).cover(2 * KIB, 2 * KIB)))
                    .count()
            })
        })
        .collect();
    for worker in workers {
        // All four fit at once.
        assert_eq!(worker.join().unwrap(), 10_000);
    }
    assert_eq!(budget.left(), 10 * KIB);
}

#[test]
fn what_goes_with_long_bytes_is_free_when_the_last_of_them_are() {
    let budget = shared(100 * KIB);
    let mut held = Held::none(&budget);
    assert!(fits(held.cover(64 * KIB, 64 * KIB)));
    let mut bytes = held.bind(Bytes::from(vec![0; 64 * KIB]));
    drop(held);
    let rest = bytes.split_off(KIB);
    drop(bytes);
    assert_eq!(budget.left(), 36 * KIB);
    drop(rest);
    assert_eq!(budget.left(), 100 * KIB);
    let mut held = Held::none(&budget);
    assert!(fits(held.cover(16 * KIB, 16 * KIB)));
    let short = held.bind(Bytes::from(vec![0; 16 * KIB]));
    drop(held);
    assert_eq!(budget.left(), 100 * KIB);
    assert_eq!(short.len(), 16 * KIB);
}
