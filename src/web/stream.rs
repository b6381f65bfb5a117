//! Bodies that are made while they are sent.
//!
//! It promises that such a body arrives whole or visibly broken: it ends only when whoever makes it
//! has said so, and in any other case the connection is broken off. A visitor who leaves, or reads
//! nothing for longer than is allowed, ends the work behind it. Only a few pieces are held at a time,
//! whatever the size of the whole.

use std::io;
use std::time::Duration;

use axum::body::{Body, Bytes};
use futures::stream;
use tokio::sync::mpsc;
use tokio::time::timeout;

/// How many pieces wait for the visitor.
const WAITING: usize = 4;

/// Where the pieces go. Dropped without [`Sink::end`], the body is broken off.
#[derive(Clone, Debug)]
pub struct Sink {
    pieces: mpsc::Sender<Piece>,
    stall: Duration,
}

#[derive(Debug)]
enum Piece {
    Bytes(Bytes),
    End,
}

/// Nobody reads any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the visitor has left, or reads no more")]
pub struct Left;

impl Sink {
    /// Sends a piece on; waits while the visitor is busy with earlier ones.
    ///
    /// # Errors
    /// When he has left, or has read nothing for too long.
    pub async fn send(&self, bytes: impl Into<Bytes>) -> Result<(), Left> {
        self.pass(Piece::Bytes(bytes.into())).await
    }

    /// Says that the body is whole.
    ///
    /// # Errors
    /// When nobody is there to hear it.
    pub async fn end(&self) -> Result<(), Left> {
        self.pass(Piece::End).await
    }

    /// Ready when nobody reads any more.
    pub async fn left(&self) {
        self.pieces.closed().await;
    }

    async fn pass(&self, piece: Piece) -> Result<(), Left> {
        match timeout(self.stall, self.pieces.send(piece)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(Left),
        }
    }
}

/// A body, and where its pieces go. A visitor may read nothing for as long as `stall`.
pub fn body(stall: Duration) -> (Sink, Body) {
    let (pieces, waiting) = mpsc::channel(WAITING);
    let pieces_in_order = stream::unfold(Some(waiting), |waiting| async {
        let mut waiting = waiting?;
        match waiting.recv().await {
            Some(Piece::Bytes(bytes)) => Some((Ok(bytes), Some(waiting))),
            Some(Piece::End) => None,
            None => Some((Err(io::Error::other("broken off")), None)),
        }
    });
    (Sink { pieces, stall }, Body::from_stream(pieces_in_order))
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt as _;

    use super::*;

    const STALL: Duration = Duration::from_secs(30);

    #[tokio::test]
    async fn a_body_is_whole_when_its_maker_says_so() {
        let (sink, body) = body(STALL);
        let making = async {
            sink.send(Bytes::from_static(b"ab")).await?;
            sink.send(Bytes::from_static(b"c")).await?;
            sink.end().await
        };
        let (made, read) = tokio::join!(making, body.collect());
        assert_eq!(made, Ok(()));
        assert_eq!(read.expect("a whole body").to_bytes(), "abc");
    }

    #[tokio::test]
    async fn a_body_whose_maker_stops_is_broken() {
        let (sink, body) = body(STALL);
        let making = async move { sink.send(Bytes::from_static(b"ab")).await };
        let (made, read) = tokio::join!(making, body.collect());
        assert_eq!(made, Ok(()));
        assert!(read.is_err());
    }

    #[tokio::test]
    async fn whoever_panics_while_making_a_body_breaks_it_off() {
        let (sink, body) = body(STALL);
        let making = tokio::spawn(async move {
            sink.send("one").await.expect("somebody reads");
            panic!("on purpose");
        });
        assert!(body.collect().await.is_err());
        assert!(making.await.is_err());
    }

    #[tokio::test]
    async fn a_visitor_who_leaves_ends_the_work() {
        let (sink, body) = body(STALL);
        drop(body);
        sink.left().await;
        assert_eq!(sink.send("x").await, Err(Left));
    }

    #[tokio::test(start_paused = true)]
    async fn a_visitor_who_reads_nothing_ends_the_work_after_a_while() {
        let (sink, body) = body(STALL);
        for _ in 0..WAITING {
            assert_eq!(sink.send(Bytes::from_static(b"x")).await, Ok(()));
        }
        let began = tokio::time::Instant::now();
        assert_eq!(sink.send(Bytes::from_static(b"x")).await, Err(Left));
        assert_eq!(began.elapsed(), STALL);
        drop(sink);
        assert!(body.collect().await.is_err());
    }
}
