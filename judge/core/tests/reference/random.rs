//! Data at random, the same in every run.

/// `SplitMix64` (Steele, Lea and Flood, 2014): the same cases in every run.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, bound: u32) -> u32 {
        u32::try_from(self.next() % u64::from(bound)).unwrap()
    }

    /// Uniform in 0..1.
    pub(crate) fn unit(&mut self) -> f64 {
        f64::from(self.below(1 << 30)) / f64::from(1 << 30)
    }

    pub(crate) fn rows<T>(&mut self, rows: usize, mut of_row: impl FnMut(&mut Self) -> T) -> Vec<T> {
        (0..rows).map(|_| of_row(self)).collect()
    }

    /// Some of the values, in an order of its own.
    pub(crate) fn some<T: Clone>(&mut self, values: &[T], count: usize) -> Vec<T> {
        let mut rest = values.to_vec();
        (0..count.min(values.len()))
            .map(|_| rest.swap_remove(self.below(u32::try_from(rest.len()).unwrap()) as usize))
            .collect()
    }
}
