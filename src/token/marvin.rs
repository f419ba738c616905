//! Marvin32, the keyed checksum of .NET that 84-character tokens carry
//! (microsoft/security-utilities, `Marvin.Net5.cs`).

/// The state after all of `data`, its halves as one number: high half first.
pub(super) fn hash(data: &[u8], seed: u64) -> u64 {
    let mut state = State {
        low: (seed & 0xffff_ffff) as u32,
        high: (seed >> 32) as u32,
    };
    let (words, rest) = data.as_chunks::<4>();
    for word in words {
        state.take(*word);
    }
    let mut last = [0; 4];
    last[..rest.len()].copy_from_slice(rest);
    last[rest.len()] = 0x80;
    state.take(last);
    state.mix();
    u64::from(state.high) << 32 | u64::from(state.low)
}

struct State {
    low: u32,
    high: u32,
}

impl State {
    fn take(&mut self, word: [u8; 4]) {
        self.low = self.low.wrapping_add(u32::from_le_bytes(word));
        self.mix();
    }

    fn mix(&mut self) {
        self.high ^= self.low;
        self.low = self.low.rotate_left(20).wrapping_add(self.high);
        self.high = self.high.rotate_left(9) ^ self.low;
        self.low = self.low.rotate_left(27).wrapping_add(self.high);
        self.high = self.high.rotate_left(19);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_vectors_hold() {
        const SEED: u64 = 0x004F_B61A_001B_DBCC;
        assert_eq!(hash(b"", SEED), 0x30ED_35C1_00CD_3C7D);
        assert_eq!(hash(b"\xAF", SEED), 0x48E7_3FC7_7D75_DDC1);
        assert_eq!(
            hash(b"\xAB\x42\x7E\xA8\xD1\x0F\xC7", SEED),
            0xE118_47E4_F067_8C41
        );
    }
}
