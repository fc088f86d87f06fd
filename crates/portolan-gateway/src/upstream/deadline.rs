//! One timer an exchange, moved only when it fires too early or a nearer limit appears.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

use tokio::time::{Instant, Sleep};

pub(crate) fn poll_until(
    mut timer: Pin<&mut Sleep>,
    limit: Instant,
    cx: &mut Context<'_>,
) -> Poll<()> {
    if limit < timer.deadline() {
        timer.as_mut().reset(limit);
    }
    loop {
        ready!(timer.as_mut().poll(cx));
        if limit <= timer.deadline() {
            return Poll::Ready(());
        }
        timer.as_mut().reset(limit);
    }
}
