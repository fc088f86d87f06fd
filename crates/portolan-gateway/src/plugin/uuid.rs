//! Random UUIDs (version 4) as text. They are names, not secrets.

use std::str;

/// 32 lower-case hexadecimal digits in groups of 8, 4, 4, 4 and 12.
#[derive(Debug, Clone, Copy)]
pub(super) struct Uuid([u8; 36]);

impl Uuid {
    pub(super) fn new() -> Self {
        Self::of(fastrand::u128(..))
    }

    fn of(random: u128) -> Self {
        const HEX: &[u8; 16] = b"0123456789abcdef";
        let mut bytes = random.to_be_bytes();
        bytes[6] = (bytes[6] & 0x0f) | 0x40;
        bytes[8] = (bytes[8] & 0x3f) | 0x80;
        let mut text = [b'-'; 36];
        let mut at = 0;
        for (index, byte) in bytes.into_iter().enumerate() {
            if matches!(index, 4 | 6 | 8 | 10) {
                at += 1;
            }
            text[at] = HEX[usize::from(byte >> 4)];
            text[at + 1] = HEX[usize::from(byte & 15)];
            at += 2;
        }
        Self(text)
    }

    pub(super) fn as_str(&self) -> &str {
        str::from_utf8(&self.0).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 9562, 5.4: the version is 4, the variant's two bits are 1 and 0.
    #[test]
    fn version_and_variant_have_their_bits() {
        assert_eq!(Uuid::of(0).as_str(), "00000000-0000-4000-8000-000000000000");
        assert_eq!(
            Uuid::of(u128::MAX).as_str(),
            "ffffffff-ffff-4fff-bfff-ffffffffffff"
        );
        assert_eq!(
            Uuid::of(0x0123_4567_89ab_cdef_0123_4567_89ab_cdef).as_str(),
            "01234567-89ab-4def-8123-456789abcdef"
        );
    }
}
