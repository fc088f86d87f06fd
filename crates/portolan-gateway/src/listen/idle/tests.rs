use std::collections::VecDeque;

use tokio::time::timeout;

use super::*;

const HEAD: Duration = Duration::from_millis(60);
const IDLE: Duration = Duration::from_millis(90);
const SEND: Duration = Duration::from_millis(30);
const LONG: Duration = Duration::from_millis(300);

fn bounds() -> Bounds {
    Bounds {
        header_timeout: HEAD,
        idle_timeout: IDLE,
        send_timeout: SEND,
        ..Bounds::default()
    }
}

fn waiting() -> Waiting {
    Waiting::new(Arc::default(), (None, None))
}

/// What is overdue, and that it was no earlier; notes are in whole milliseconds.
async fn overdue(waiting: &Waiting, bound: Duration) -> Overdue {
    let began = Instant::now();
    let what = waiting.too_long(&bounds()).await;
    assert!(began.elapsed() + Duration::from_millis(2) >= bound);
    what
}

async fn nothing_is_overdue(waiting: &Waiting) {
    let ended = timeout(LONG, waiting.too_long(&bounds())).await;
    assert!(ended.is_err(), "{ended:?}");
}

#[tokio::test]
async fn the_first_head_is_waited_for_and_then_another_request() {
    let waiting = waiting();
    assert_eq!(overdue(&waiting, HEAD).await, Overdue::Head);
    drop(waiting.served());
    assert_eq!(overdue(&waiting, IDLE).await, Overdue::Request);
}

/// However slowly its bytes come.
#[tokio::test]
async fn a_head_is_timed_from_its_first_byte() {
    let waiting = waiting();
    drop(waiting.served());
    waiting.read();
    let trickle = async {
        for _ in 0_u64.. {
            tokio::task::yield_now().await;
            waiting.read();
        }
    };
    let what = tokio::select! {
        () = trickle => None,
        what = overdue(&waiting, HEAD) => Some(what),
    };
    assert_eq!(what, Some(Overdue::Head));
}

#[tokio::test]
async fn requests_under_way_are_no_waiting() {
    let waiting = waiting();
    let served = waiting.served();
    let other = waiting.served();
    nothing_is_overdue(&waiting).await;
    drop(served);
    nothing_is_overdue(&waiting).await;
    drop(other);
    assert_eq!(overdue(&waiting, IDLE).await, Overdue::Request);
}

#[tokio::test]
async fn a_client_that_does_not_read_is_waited_for() {
    let waiting = waiting();
    let _served = waiting.served();
    waiting.wrote(false);
    waiting.wrote(false);
    assert_eq!(overdue(&waiting, SEND).await, Overdue::Reading);
    waiting.wrote(true);
    nothing_is_overdue(&waiting).await;
}

#[tokio::test]
async fn a_client_that_has_stopped_to_read_is_stuck() {
    let waiting = waiting();
    let _served = waiting.served();
    assert!(!waiting.is_stuck(Duration::ZERO));
    waiting.moved(false);
    assert_eq!(overdue(&waiting, SEND).await, Overdue::Reading);
    assert!(waiting.is_stuck(SEND));
    assert!(!waiting.is_stuck(Duration::from_secs(60)));
    waiting.moved(true);
    assert!(!waiting.is_stuck(Duration::ZERO));
}

struct Pieces(VecDeque<Bytes>);

impl Body for Pieces {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.0.pop_front().map(|piece| Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.0.iter().map(|piece| piece.len() as u64).sum())
    }
}

#[tokio::test]
async fn an_answer_that_is_not_asked_for_more_is_not_read() {
    let waiting = waiting();
    let long = Bytes::from(vec![b'x'; HANDED + 1]);
    let pieces = Pieces([long, Bytes::from_static(b"end")].into());
    let mut body = waiting.served().bind_stream(pieces);
    let mut next = || {
        let mut cx = Context::from_waker(std::task::Waker::noop());
        let Poll::Ready(Some(Ok(frame))) = Pin::new(&mut body).poll_frame(&mut cx) else {
            panic!("there is more");
        };
        let hint = body.size_hint().exact();
        (frame.into_data().unwrap().len(), hint, body.is_end_stream())
    };
    assert_eq!(next(), (HANDED, Some(4), false));
    assert_eq!(overdue(&waiting, SEND).await, Overdue::Reading);
    assert_eq!(next(), (1, Some(3), false));
    assert_eq!(next(), (3, Some(0), true));
    drop(body);
    assert_eq!(overdue(&waiting, IDLE).await, Overdue::Request);
}
