use super::*;

fn balancer<const N: usize>(weights: [u32; N]) -> Balancer {
    Balancer::new(
        Algorithm::RoundRobin,
        weights.map(|weight| (weight, 0, Arc::default())),
    )
}

fn sequence(balancer: &Balancer, count: usize) -> Vec<usize> {
    (0..count).map(|_| balancer.lease(&[]).target).collect()
}

/// nginx's own example for weights 5, 1, 1: a a b a c a a.
#[test]
fn round_robin_is_smooth() {
    let balancer = balancer([5, 1, 1]);
    assert_eq!(sequence(&balancer, 7), [0, 0, 1, 0, 2, 0, 0]);
}

/// Kong's documentation: weights 70, 25, 5 give 70 %, 25 % and 5 %.
#[test]
fn round_robin_keeps_to_the_weights() {
    let balancer = balancer([70, 25, 5]);
    let mut counts = [0; 3];
    for target in sequence(&balancer, 1000) {
        counts[target] += 1;
    }
    assert_eq!(counts, [700, 250, 50]);
}

#[test]
fn a_tried_target_waits_until_all_were_tried() {
    let balancer = balancer([100, 1]);
    assert_eq!(balancer.lease(&[0]).target, 1);
    assert_eq!(balancer.lease(&[1]).target, 0);
    assert!(balancer.lease(&[0, 1]).target < 2);
}

#[test]
fn a_lease_is_in_flight_until_it_is_dropped() {
    let balancer = balancer([1]);
    let lease = balancer.lease(&[]);
    assert_eq!(balancer.in_flight[0].load(Ordering::Relaxed), 1);
    drop(lease);
    assert_eq!(balancer.in_flight[0].load(Ordering::Relaxed), 0);
}
