//! Writing what comes in several pieces: a head and a body, or a chunk between its size and its end.

use std::{
    io::{self, IoSlice},
    pin::Pin,
    task::{Context, Poll},
};

use tokio::io::AsyncWrite;

/// Pieces that are no longer than this together go out as one: to copy them costs less than the kernel's look at a list.
const JOINED: usize = 2048;

pub(crate) fn poll_write(
    io: &mut (impl AsyncWrite + Unpin),
    cx: &mut Context<'_>,
    pieces: &[IoSlice<'_>],
) -> Poll<io::Result<usize>> {
    let mut joined = [0; JOINED];
    match join(pieces, &mut joined) {
        Some(bytes) => Pin::new(io).poll_write(cx, bytes),
        None => Pin::new(io).poll_write_vectored(cx, pieces),
    }
}

/// None: there is but one, or they do not fit.
fn join<'j>(pieces: &[IoSlice<'_>], joined: &'j mut [u8; JOINED]) -> Option<&'j [u8]> {
    if pieces.len() < 2 {
        return None;
    }
    let mut end = 0;
    for piece in pieces {
        joined
            .get_mut(end..end + piece.len())?
            .copy_from_slice(piece);
        end += piece.len();
    }
    joined.get(..end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joined(pieces: &[&[u8]]) -> Option<Vec<u8>> {
        let slices: Vec<IoSlice<'_>> = pieces.iter().map(|piece| IoSlice::new(piece)).collect();
        join(&slices, &mut [0; JOINED]).map(<[u8]>::to_vec)
    }

    #[test]
    fn small_pieces_become_one_and_large_ones_stay() {
        assert_eq!(
            joined(&[b"5\r\n", b"hello", b"\r\n"]).unwrap(),
            b"5\r\nhello\r\n"
        );
        assert_eq!(joined(&[b"alone"]), None);
        assert_eq!(joined(&[]), None);
        assert_eq!(joined(&[&[0; JOINED], b""]).unwrap().len(), JOINED);
        assert_eq!(joined(&[&[0; JOINED], b"x"]), None);
    }
}
