//! Maps whose keys the configuration writes. Strangers only look into them, so their hash need not withstand collisions
//! made on purpose, and is a quick one.

use std::{
    collections::HashMap,
    hash::{BuildHasherDefault, Hasher},
};

#[derive(Debug)]
pub(super) struct TextMap<V> {
    values: HashMap<Box<str>, V, BuildHasherDefault<Folding>>,
    /// A bit for each length that a key has, modulo 64: most texts are told by it to be none.
    lengths: u64,
}

impl<V> TextMap<V> {
    /// What stands under the key, put there if need be.
    pub(super) fn entry(&mut self, key: &str, value: impl FnOnce(usize) -> V) -> &mut V {
        self.lengths |= bit(key.len());
        let next = self.values.len();
        self.values
            .entry(Box::from(key))
            .or_insert_with(|| value(next))
    }

    pub(super) fn get(&self, key: &str) -> Option<&V> {
        if !self.has_length(key.len()) {
            return None;
        }
        self.values.get(key)
    }

    /// No: no key is so long.
    pub(super) fn has_length(&self, length: usize) -> bool {
        self.lengths & bit(length) != 0
    }

    pub(super) fn is_empty(&self) -> bool {
        self.values.is_empty()
    }
}

fn bit(length: usize) -> u64 {
    1 << (length % 64)
}

impl<V> Default for TextMap<V> {
    fn default() -> Self {
        Self {
            values: HashMap::default(),
            lengths: 0,
        }
    }
}

impl<'k, V> FromIterator<(&'k str, V)> for TextMap<V> {
    fn from_iter<I: IntoIterator<Item = (&'k str, V)>>(entries: I) -> Self {
        let mut map = Self::default();
        for (key, value) in entries {
            map.entry(key, |_| value);
        }
        map
    }
}

/// Eight bytes at a time: multiplied with an odd number, the halves of the product folded into one.
#[derive(Debug, Default)]
struct Folding(u64);

/// Of the golden ratio: its bits have no pattern.
const FACTOR: u64 = 0x9E37_79B9_7F4A_7C15;

impl Folding {
    fn add(&mut self, word: u64) {
        let product = u128::from(self.0 ^ word) * u128::from(FACTOR);
        self.0 = (product as u64) ^ ((product >> 64) as u64);
    }
}

impl Hasher for Folding {
    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks::<8>();
        for word in words {
            self.add(u64::from_le_bytes(*word));
        }
        let mut last = [0; 8];
        last[..rest.len()].copy_from_slice(rest);
        self.add(u64::from_le_bytes(last) ^ bytes.len() as u64);
    }

    /// What ends a text: `write` has mixed its length in.
    fn write_u8(&mut self, _: u8) {}

    fn finish(&self) -> u64 {
        self.0
    }
}
