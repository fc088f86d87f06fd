//! Request bodies: a short list of slices whose length is known before the first is sent.

use std::{
    borrow::Cow,
    convert::Infallible,
    mem,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

/// Cheap to clone: the bytes are shared.
#[derive(Clone)]
pub(crate) struct Segments {
    slices: Slices,
    /// Bytes not yet taken.
    len: u64,
}

#[derive(Clone)]
enum Slices {
    One(Bytes),
    Many { list: Vec<Bytes>, next: usize },
}

impl Segments {
    /// Bytes still to send.
    pub(crate) fn len(&self) -> u64 {
        self.len
    }

    /// What is still to send, as text.
    pub(crate) fn to_text(&self) -> String {
        let bytes = match &self.slices {
            Slices::One(slice) => Cow::Borrowed(&slice[..]),
            Slices::Many { list, next } => Cow::Owned(list[*next..].concat()),
        };
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// The next slice that is not empty.
    fn pull(&mut self) -> Option<Bytes> {
        let slice = match &mut self.slices {
            Slices::One(slice) => mem::take(slice),
            Slices::Many { list, next } => {
                let at = *next + list.get(*next..)?.iter().position(|s| !s.is_empty())?;
                *next = at + 1;
                mem::take(list.get_mut(at)?)
            }
        };
        if slice.is_empty() {
            return None;
        }
        self.len -= slice.len() as u64;
        Some(slice)
    }
}

impl From<Bytes> for Segments {
    fn from(slice: Bytes) -> Self {
        Self {
            len: slice.len() as u64,
            slices: Slices::One(slice),
        }
    }
}

impl From<Vec<Bytes>> for Segments {
    fn from(list: Vec<Bytes>) -> Self {
        Self {
            len: list.iter().map(|slice| slice.len() as u64).sum(),
            slices: Slices::Many { list, next: 0 },
        }
    }
}

impl<const N: usize> From<[Bytes; N]> for Segments {
    fn from(list: [Bytes; N]) -> Self {
        Self {
            len: list.iter().map(|slice| slice.len() as u64).sum(),
            slices: Slices::Many {
                list: list.into(),
                next: 0,
            },
        }
    }
}

impl Body for Segments {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.pull().map(|slice| Ok(Frame::data(slice))))
    }

    fn is_end_stream(&self) -> bool {
        self.len == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.len)
    }
}
