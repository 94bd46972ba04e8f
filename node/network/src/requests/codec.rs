//! Bytes on a stream: the sender writes, closes its side, and the other reads to the end. Nothing is parsed here.
//!
//! Every read is bounded, and a request waits at its peer's [`PeerAdmission`] before it is read.

use std::io;
use std::sync::Arc;

use futures::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use libp2p::StreamProtocol;
use libp2p::bytes::Bytes;
use libp2p::request_response as rr;

use crate::requests::admission::{PeerAdmission, Permit};

/// How many bytes a protocol's requests and answers may have.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sizes {
    pub(crate) request: usize,
    pub(crate) answer: usize,
}

/// A request. One that arrived holds its permit until it is answered.
#[derive(Debug)]
pub(crate) struct RequestBytes {
    pub(crate) bytes: Bytes,
    pub(crate) permit: Option<Permit>,
}

/// The codec of one protocol on one connection.
#[derive(Debug, Clone)]
pub(crate) struct Codec {
    sizes: Sizes,
    admission: Arc<PeerAdmission>,
}

impl Codec {
    pub(crate) fn new(sizes: Sizes, admission: Arc<PeerAdmission>) -> Self {
        Self { sizes, admission }
    }
}

impl rr::Codec for Codec {
    type Protocol = StreamProtocol;
    type Request = RequestBytes;
    type Response = Bytes;

    async fn read_request<T>(&mut self, _: &StreamProtocol, io: &mut T) -> io::Result<RequestBytes>
    where
        T: AsyncRead + Unpin + Send,
    {
        let permit = self.admission.enter().await;
        let bytes = read_to_end(io, self.sizes.request).await?;
        Ok(RequestBytes { bytes, permit: Some(permit) })
    }

    async fn read_response<T>(&mut self, _: &StreamProtocol, io: &mut T) -> io::Result<Bytes>
    where
        T: AsyncRead + Unpin + Send,
    {
        let bytes = read_to_end(io, self.sizes.answer).await?;
        if bytes.is_empty() {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "it ended the stream without an answer"));
        }
        Ok(bytes)
    }

    async fn write_request<T>(&mut self, _: &StreamProtocol, io: &mut T, parcel: RequestBytes) -> io::Result<()>
    where
        T: AsyncWrite + Unpin + Send,
    {
        io.write_all(&parcel.bytes).await
    }

    async fn write_response<T>(&mut self, _: &StreamProtocol, io: &mut T, bytes: Bytes) -> io::Result<()>
    where
        T: AsyncWrite + Unpin + Send,
    {
        io.write_all(&bytes).await
    }
}

/// Reads to the end, and at most `limit` bytes. Memory grows with what has arrived, never ahead of it.
async fn read_to_end<T: AsyncRead + Unpin + Send>(io: &mut T, limit: usize) -> io::Result<Bytes> {
    let mut bytes = Vec::new();
    let bound = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    io.take(bound).read_to_end(&mut bytes).await?;
    if bytes.len() > limit {
        return Err(io::Error::new(io::ErrorKind::InvalidData, format!("it sent more than {limit} bytes")));
    }
    Ok(bytes.into())
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;
    use futures::io::Cursor;

    use super::*;

    fn read(size: usize, limit: usize) -> io::Result<Bytes> {
        read_to_end(&mut Cursor::new(vec![7; size]), limit).now_or_never().expect("a cursor never waits")
    }

    #[test]
    fn as_many_bytes_as_may_be_are_read_and_not_one_more() {
        assert_eq!(read(0, 10).expect("nothing is fine").len(), 0);
        assert_eq!(read(10, 10).expect("the limit is fine").len(), 10);
        assert_eq!(read(11, 10).map_err(|error| error.kind()), Err(io::ErrorKind::InvalidData));
        assert_eq!(read(1 << 20, 10).map_err(|error| error.kind()), Err(io::ErrorKind::InvalidData));
    }
}
