//! Probe for multicast on this machine, which mDNS needs.
//!
//! libp2p's mDNS only logs that it can't send or join. So the node asks itself: a datagram to the mDNS group, on a
//! port of its own, has to come back.

use std::io;
use std::net::{Ipv4Addr, UdpSocket};
use std::time::Duration;

const GROUP: Ipv4Addr = Ipv4Addr::new(224, 0, 0, 251);
const TRIES: u32 = 3;
const WITHIN: Duration = Duration::from_millis(100);

/// Sends a datagram to the mDNS group from this address of ours, and hears it. Blocks for up to a third of a second.
///
/// # Errors
/// What the system said, or that the datagram did not come back.
pub fn probe(address: Ipv4Addr) -> io::Result<()> {
    let ear = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))?;
    ear.join_multicast_v4(&GROUP, &address)?;
    ear.set_read_timeout(Some(WITHIN))?;
    let mouth = UdpSocket::bind((address, 0))?;
    mouth.set_multicast_loop_v4(true)?;
    let here = mouth.local_addr()?;
    let port = ear.local_addr()?.port();
    let mut bytes = [0; 16];
    for _ in 0..TRIES {
        mouth.send_to(b"ai2ai?", (GROUP, port))?;
        match ear.recv_from(&mut bytes) {
            Ok((_, from)) if from == here => return Ok(()),
            Ok(_) => {}
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::Error::new(io::ErrorKind::TimedOut, "multicast does not come through"))
}

/// The same for several addresses; it is enough that one works.
///
/// # Errors
/// What the owner is to read when none works.
pub(crate) fn probe_any(addresses: &[Ipv4Addr]) -> Result<(), String> {
    let mut reasons = Vec::new();
    for address in addresses {
        match probe(*address) {
            Ok(()) => return Ok(()),
            Err(error) => reasons.push(format!("{address}: {error}")),
        }
    }
    if reasons.is_empty() {
        reasons.push("no network with an IPv4 address is up".to_owned());
    }
    Err(reasons.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_is_not_ours_is_an_error_and_no_panic() {
        assert!(probe(Ipv4Addr::new(192, 0, 2, 1)).is_err());
        assert!(probe_any(&[Ipv4Addr::new(192, 0, 2, 1)]).expect_err("not ours").contains("192.0.2.1"));
        assert!(probe_any(&[]).is_err());
    }
}
