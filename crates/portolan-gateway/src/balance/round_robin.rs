//! Smooth weighted round-robin, as nginx does it: each turn every candidate gains its weight, the richest is taken
//! and pays the sum. Weights 5, 1, 1 give a a b a c a a, never five in a row.

#[derive(Debug)]
pub(super) struct RoundRobin {
    targets: Vec<Turn>,
}

#[derive(Debug)]
struct Turn {
    weight: i64,
    current: i64,
}

impl RoundRobin {
    /// Of each target its weight, and what it has gained and not paid: 0 at first.
    pub(super) fn new(targets: impl IntoIterator<Item = (u32, i64)>) -> Self {
        let turn = |(weight, current)| Turn {
            weight: i64::from(weight),
            current,
        };
        Self {
            targets: targets.into_iter().map(turn).collect(),
        }
    }

    pub(super) fn current(&self) -> Vec<i64> {
        self.targets.iter().map(|turn| turn.current).collect()
    }

    /// The next of those that `allowed` admits; the first of all where it admits none.
    pub(super) fn next(&mut self, allowed: impl Fn(usize) -> bool) -> usize {
        let mut sum = 0;
        let mut best: Option<usize> = None;
        for index in 0..self.targets.len() {
            if !allowed(index) {
                continue;
            }
            let turn = &mut self.targets[index];
            turn.current += turn.weight;
            sum += turn.weight;
            let current = turn.current;
            if best.is_none_or(|best| current > self.targets[best].current) {
                best = Some(index);
            }
        }
        let best = best.unwrap_or(0);
        if let Some(turn) = self.targets.get_mut(best) {
            turn.current -= sum;
        }
        best
    }
}
