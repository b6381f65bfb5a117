//! A body that is made while it is sent.
//!
//! Whoever makes it waits while the visitor takes his time, but not for ever, and learns when the
//! visitor has left. A body whose making ended in any other way than by [`Sending::end`] breaks off:
//! the connection is cut, so that a browser says that the download has failed.

use std::io;
use std::time::Duration;

use axum::body::{Body, Bytes};
use futures::stream;
use tokio::sync::mpsc;

/// How long a visitor may take nothing at all.
const PATIENCE: Duration = Duration::from_mins(1);

/// Where a body is made.
#[derive(Debug)]
pub struct Sending(mpsc::Sender<Part>);

#[derive(Debug)]
enum Part {
    Bytes(Bytes),
    End,
}

/// The visitor has left, or takes nothing any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the visitor has left or takes nothing any more")]
pub struct Left;

/// A body, and where it is made.
pub fn body() -> (Sending, Body) {
    let (sender, receiver) = mpsc::channel(1);
    let parts = stream::unfold(Some(receiver), async |receiver| {
        let mut receiver = receiver?;
        match receiver.recv().await {
            Some(Part::Bytes(bytes)) => Some((Ok(bytes), Some(receiver))),
            Some(Part::End) => None,
            None => Some((Err(io::Error::other("the body broke off")), None)),
        }
    });
    (Sending(sender), Body::from_stream(parts))
}

impl Sending {
    /// Sends bytes, once there is room for them.
    ///
    /// # Errors
    /// When the visitor has left, or takes nothing any more.
    pub async fn send(&self, bytes: impl Into<Bytes>) -> Result<(), Left> {
        let part = Part::Bytes(bytes.into());
        self.0.send_timeout(part, PATIENCE).await.map_err(|_| Left)
    }

    /// Says that this was all of it.
    ///
    /// # Errors
    /// When the visitor has left, or takes nothing any more.
    pub async fn end(&self) -> Result<(), Left> {
        let end = self.0.send_timeout(Part::End, PATIENCE).await;
        end.map_err(|_| Left)
    }

    /// Is ready when the visitor has left.
    pub async fn left(&self) {
        self.0.closed().await;
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt as _;

    use super::*;

    #[tokio::test]
    async fn a_body_is_whole_only_when_its_end_was_said() {
        for is_ended in [true, false] {
            let (sending, body) = body();
            let making = tokio::spawn(async move {
                sending.send("one, ").await.unwrap();
                sending.send("two").await.unwrap();
                if is_ended {
                    sending.end().await.unwrap();
                }
            });
            let whole = body
                .collect()
                .await
                .map(http_body_util::Collected::to_bytes);
            assert_eq!(whole.ok().as_deref(), is_ended.then_some(&b"one, two"[..]));
            making.await.unwrap();
        }
    }

    #[tokio::test]
    async fn whoever_panics_while_making_a_body_breaks_it_off() {
        let (sending, body) = body();
        let making = tokio::spawn(async move {
            sending.send("one").await.unwrap();
            panic!("on purpose");
        });
        assert!(body.collect().await.is_err());
        assert!(making.await.is_err());
    }

    #[tokio::test]
    async fn whoever_makes_a_body_learns_that_the_visitor_has_left() {
        let (sending, body) = body();
        drop(body);
        sending.left().await;
        assert_eq!(sending.send("one").await, Err(Left));
    }

    #[tokio::test(start_paused = true)]
    async fn a_visitor_who_takes_nothing_has_left() {
        let (sending, _body) = body();
        sending.send("one").await.unwrap();
        assert_eq!(sending.send("two").await, Err(Left));
    }
}
