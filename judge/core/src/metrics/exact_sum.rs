//! Sums that do not depend on the order of their terms.

/// The correctly rounded sum of finite numbers.
///
/// Keeps the running sum as non-overlapping partials, so that nothing is lost, and rounds once at the end.
/// Source: J. R. Shewchuk, "Adaptive Precision Floating-Point Arithmetic and Fast Robust Geometric Predicates",
/// 1997, as in Python's `math.fsum`. A sum beyond the range of `f64` comes out as infinity or NaN.
#[derive(Debug, Default)]
pub(super) struct ExactSum {
    /// In growing magnitude.
    partials: Vec<f64>,
}

impl ExactSum {
    pub(super) fn of(terms: impl IntoIterator<Item = f64>) -> f64 {
        let mut sum = Self::default();
        for term in terms {
            sum.add(term);
        }
        sum.value()
    }

    pub(super) fn add(&mut self, term: f64) {
        let mut carry = term;
        let mut kept = 0;
        for read in 0..self.partials.len() {
            let (high, low) = two_sum(carry, self.partials[read]);
            if low != 0.0 {
                self.partials[kept] = low;
                kept += 1;
            }
            carry = high;
        }
        self.partials.truncate(kept);
        self.partials.push(carry);
    }

    pub(super) fn value(&self) -> f64 {
        let mut rest = self.partials.iter().rev().copied();
        let Some(mut high) = rest.next() else { return 0.0 };
        let mut low = 0.0;
        for partial in rest.by_ref() {
            (high, low) = two_sum(high, partial);
            if low != 0.0 {
                break;
            }
        }
        // Half-way cases: the next partial's sign says on which side of the half the sum really lies.
        if let Some(next) = rest.next()
            && ((low < 0.0 && next < 0.0) || (low > 0.0 && next > 0.0))
        {
            let twice = low * 2.0;
            let rounded = high + twice;
            if same(twice, rounded - high) {
                high = rounded;
            }
        }
        high
    }
}

/// `a + b` rounded, and what the rounding left out.
fn two_sum(a: f64, b: f64) -> (f64, f64) {
    let (large, small) = if a.abs() < b.abs() { (b, a) } else { (a, b) };
    let high = large + small;
    (high, small - (high - large))
}

#[expect(clippy::float_cmp, reason = "the algorithm asks for exact equality")]
fn same(a: f64, b: f64) -> bool {
    a == b
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "exactness is the claim")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn nothing_is_lost_beside_a_large_term() {
        assert_eq!(ExactSum::of([1e100, 1.0, -1e100]), 1.0);
        assert_eq!(ExactSum::of([0.1; 10]), 1.0);
        assert_eq!(ExactSum::of([]), 0.0);
    }

    #[test]
    fn a_half_way_case_is_rounded_by_what_lies_below_it() {
        let half_ulp = f64::EPSILON / 2.0;
        assert_eq!(ExactSum::of([1.0, half_ulp]), 1.0);
        assert_eq!(ExactSum::of([1e-30, 1.0, half_ulp]), 1.0 + f64::EPSILON);
    }

    #[test]
    fn an_overflow_shows() {
        assert!(!ExactSum::of([f64::MAX, f64::MAX]).is_finite());
        assert!(!ExactSum::of([f64::MAX, f64::MAX, -f64::MAX, -f64::MAX]).is_finite());
        assert!(!ExactSum::of([1.0, f64::INFINITY, 2.0]).is_finite());
    }

    proptest! {
        #[test]
        fn the_order_of_the_terms_does_not_matter(
            (terms, shuffled) in prop::collection::vec(-1e12..1e12_f64, 0..60)
                .prop_flat_map(|terms| (Just(terms.clone()), Just(terms).prop_shuffle()))
        ) {
            prop_assert_eq!(ExactSum::of(terms).to_bits(), ExactSum::of(shuffled).to_bits());
        }
    }
}
