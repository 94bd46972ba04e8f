//! Warm-up of the QUIC stack, so that the first dial is not delayed.

/// Starts the random generator of the TLS library, on a thread of its own. It takes tens of milliseconds the first
/// time, which is about as long as it takes to find the first peer.
pub(crate) fn warm_up() {
    let warm = || {
        let mut bytes = [0; 32];
        if aws_lc_rs::rand::fill(&mut bytes).is_err() {
            tracing::warn!("the TLS library has no randomness: QUIC will not work");
        }
    };
    if let Err(error) = std::thread::Builder::new().name("warm-up".to_owned()).spawn(warm) {
        tracing::debug!(%error, "no thread to warm up on");
    }
}
