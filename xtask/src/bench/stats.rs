//! Medians, quartiles and percentiles.

/// Of a set of figures.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Quartiles {
    pub(super) low: f64,
    pub(super) median: f64,
    pub(super) high: f64,
}

impl Quartiles {
    pub(super) fn of(mut figures: Vec<f64>) -> Self {
        figures.sort_by(f64::total_cmp);
        Self {
            low: at(&figures, 0.25),
            median: at(&figures, 0.5),
            high: at(&figures, 0.75),
        }
    }
}

pub(crate) fn median(figures: Vec<f64>) -> f64 {
    Quartiles::of(figures).median
}

/// Between the two nearest of the sorted figures, as R's and NumPy's default has it; 0 of none.
fn at(sorted: &[f64], part: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else {
        return 0.0;
    };
    let place = part * last as f64;
    let below = place.floor();
    let index = below as usize;
    let low = sorted[index];
    let high = sorted[(index + 1).min(last)];
    low + (high - low) * (place - below)
}

/// The smallest that at least `part` of them do not exceed; 0 of none.
pub(super) fn percentile(sorted: &[u64], part: f64) -> u64 {
    let rank = (part * sorted.len() as f64).ceil() as usize;
    sorted
        .get(rank.saturating_sub(1))
        .copied()
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quartiles_by_hand() {
        let of = |figures: &[f64]| {
            let Quartiles { low, median, high } = Quartiles::of(figures.to_vec());
            [low, median, high]
        };
        assert_eq!(of(&[3.0, 1.0, 2.0, 5.0, 4.0]), [2.0, 3.0, 4.0]);
        // numpy.quantile([1, 2, 3, 4], [.25, .5, .75])
        assert_eq!(of(&[4.0, 3.0, 2.0, 1.0]), [1.75, 2.5, 3.25]);
        assert_eq!(of(&[7.0]), [7.0, 7.0, 7.0]);
        assert_eq!(of(&[]), [0.0, 0.0, 0.0]);
    }

    #[test]
    fn percentiles_are_figures_that_were_seen() {
        let hundred: Vec<u64> = (1..=100).collect();
        assert_eq!(percentile(&hundred, 0.5), 50);
        assert_eq!(percentile(&hundred, 0.99), 99);
        assert_eq!(percentile(&[9], 0.99), 9);
        assert_eq!(percentile(&[], 0.5), 0);
    }
}
