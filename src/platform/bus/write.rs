//! Writes D-Bus messages in little-endian order (D-Bus Specification, "Marshaling").

use zeroize::Zeroizing;

/// A message, or the body of one, in the making.
#[derive(Default)]
pub(in crate::platform) struct Writer(Zeroizing<Vec<u8>>);

impl Writer {
    pub(super) fn finish(self) -> Zeroizing<Vec<u8>> {
        self.0
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(in crate::platform) fn align(&mut self, alignment: usize) {
        let length = self.0.len().next_multiple_of(alignment);
        self.0.resize(length, 0);
    }

    pub(in crate::platform) fn byte(&mut self, byte: u8) {
        self.0.push(byte);
    }

    pub(in crate::platform) fn number(&mut self, number: u32) {
        self.align(4);
        self.0.extend_from_slice(&number.to_le_bytes());
    }

    pub(in crate::platform) fn boolean(&mut self, is: bool) {
        self.number(u32::from(is));
    }

    /// A string or an object path.
    pub(in crate::platform) fn text(&mut self, text: &str) {
        self.number(length(text.len()));
        self.0.extend_from_slice(text.as_bytes());
        self.byte(0);
    }

    pub(super) fn signature(&mut self, signature: &str) {
        self.byte(u8::try_from(signature.len()).unwrap_or(u8::MAX));
        self.0.extend_from_slice(signature.as_bytes());
        self.byte(0);
    }

    pub(in crate::platform) fn variant(&mut self, signature: &str, value: impl FnOnce(&mut Self)) {
        self.signature(signature);
        value(self);
    }

    /// An array whose items have this alignment.
    pub(in crate::platform) fn array(&mut self, alignment: usize, items: impl FnOnce(&mut Self)) {
        self.number(0);
        let length_at = self.0.len() - 4;
        self.align(alignment);
        let start = self.0.len();
        items(self);
        let bytes = length(self.0.len() - start).to_le_bytes();
        if let Some(place) = self.0.get_mut(length_at..length_at + 4) {
            place.copy_from_slice(&bytes);
        }
    }

    pub(in crate::platform) fn bytes(&mut self, bytes: &[u8]) {
        self.number(length(bytes.len()));
        self.0.extend_from_slice(bytes);
    }

    pub(super) fn raw(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }
}

/// A peer refuses what is longer than a message may be.
fn length(bytes: usize) -> u32 {
    u32::try_from(bytes).unwrap_or(u32::MAX)
}
