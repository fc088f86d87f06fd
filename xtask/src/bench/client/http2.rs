//! HTTP/2, one stream at a time.

use anyhow::Result;
use bytes::Bytes;
use h2::client::{Builder, SendRequest};

use super::{Answer, Gaps, Prepared, socket::Socket};

/// Of a stream and of the connection, in bytes: no answer of the bench has to wait for more.
const WINDOW: u32 = 1 << 20;

pub(in crate::bench) struct Http2 {
    requests: SendRequest<Bytes>,
}

impl Http2 {
    pub(super) async fn begin(socket: Socket) -> Result<Self> {
        let (requests, connection) = Builder::new()
            .initial_window_size(WINDOW)
            .initial_connection_window_size(WINDOW)
            .enable_push(false)
            .handshake(socket)
            .await?;
        tokio::spawn(async move {
            // A request meets the fault too, and tells of it.
            let _ = connection.await;
        });
        Ok(Self { requests })
    }

    pub(super) async fn exchange(&mut self, asked: &Prepared) -> Result<Answer> {
        let mut gaps = Gaps::begin();
        let mut requests = self.requests.clone().ready().await?;
        let (response, mut upload) = requests.send_request(asked.head.clone(), false)?;
        // What the windows do not allow yet, h2 keeps.
        upload.send_data(asked.body.clone(), true)?;
        let response = response.await?;
        gaps.mark();
        let status = response.status().as_u16();
        let mut stream = response.into_body();
        let mut body = Vec::new();
        while let Some(data) = stream.data().await {
            let data = data?;
            stream.flow_control().release_capacity(data.len())?;
            body.extend_from_slice(&data);
            gaps.mark();
        }
        gaps.mark();
        Ok(gaps.answer(status, body))
    }
}
