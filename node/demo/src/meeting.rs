//! Two nodes find each other, and two people make each other's acquaintance.

use std::time::Duration;

use ai2ai_api::exit::Failure;
use ai2ai_api::requests;
use ai2ai_api::views::NearbyView;
use tokio::time::{Instant, sleep};

use super::cast::{Person, SOON};
use super::screen::{Screen, Who};
use super::stage::went_wrong;

/// Time for the two to find each other by mDNS before an address is given by hand.
const LISTENING_TIME: Duration = Duration::from_millis(1_500);
/// The only kind of source that nobody was told an address for.
const MDNS: &str = "mdns";

/// Each finds the other and adds them as a contact.
pub(super) async fn introduce(one: &Person, other: &Person, screen: &Screen) -> Result<(), Failure> {
    if find_each_other(one, other).await? {
        screen.says(Who::Nodes, "found each other over mDNS: nobody told either an address");
        add(one, other, &other.did.to_string(), screen).await?;
        add(other, one, &one.did.to_string(), screen).await
    } else {
        screen.says(
            Who::Nodes,
            "heard nothing over mDNS, so there may be no multicast here; each is given the other's loopback address",
        );
        add(one, other, &loopback_address(other).await?, screen).await?;
        add(other, one, &loopback_address(one).await?, screen).await
    }
}

/// Waits until both list the other as nearby, and one of them by mDNS. Whoever else is on this network does not count.
async fn find_each_other(one: &Person, other: &Person) -> Result<bool, Failure> {
    let deadline = Instant::now() + LISTENING_TIME;
    loop {
        if let (Some(there), Some(here)) = (nearby(one, other).await?, nearby(other, one).await?)
            && (there.source == MDNS || here.source == MDNS)
        {
            return Ok(true);
        }
        if Instant::now() > deadline {
            return Ok(false);
        }
        sleep(SOON).await;
    }
}

async fn nearby(who: &Person, sought: &Person) -> Result<Option<NearbyView>, Failure> {
    let found = who.owner(requests::Nearby {}).await?;
    Ok(found.into_iter().find(|found| found.did == sought.did))
}

async fn add(who: &Person, other: &Person, address: &str, screen: &Screen) -> Result<(), Failure> {
    let add = requests::Add { who: address.to_owned(), name: Some(other.name.to_owned()) };
    let added = who.owner(add).await?;
    if added.did != other.did {
        return Err(went_wrong(format!("{} added {} where {} was meant", who.name, added.did, other.did)));
    }
    screen.says(Who::Human(who.name), format_args!("adds {} as a contact: {}", other.name, added.did));
    Ok(())
}

/// An address at which only this machine reaches the node.
async fn loopback_address(person: &Person) -> Result<String, Failure> {
    let status = person.owner(requests::Status {}).await?;
    let with_port = status.listen.iter().find_map(|address| on_loopback(address)).ok_or_else(|| {
        went_wrong(format!("{}'s node has no IPv4 address to listen at", person.name))
            .hint("This machine seems to have no network at all, not even its loopback interface.")
    })?;
    Ok(format!("{with_port}/p2p/{}", status.peer))
}

/// `/ip4/127.0.0.1/tcp/4001` for `/ip4/192.168.1.20/tcp/4001`; nothing for an address that is not direct IPv4.
fn on_loopback(address: &str) -> Option<String> {
    let mut parts = address.strip_prefix("/ip4/")?.split('/');
    let _ip = parts.next()?;
    match (parts.next()?, parts.next()?, parts.next()) {
        (transport @ ("tcp" | "udp"), port, quic)
            if matches!((transport, quic), ("tcp", None | Some("p2p")) | ("udp", Some("quic-v1"))) =>
        {
            let quic = if transport == "udp" { "/quic-v1" } else { "" };
            Some(format!("/ip4/127.0.0.1/{transport}/{port}{quic}"))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::on_loopback;

    #[test]
    fn only_direct_addresses_have_a_loopback_twin() {
        for (address, twin) in [
            ("/ip4/192.168.1.20/tcp/4001", Some("/ip4/127.0.0.1/tcp/4001")),
            ("/ip4/192.168.1.20/udp/4001/quic-v1", Some("/ip4/127.0.0.1/udp/4001/quic-v1")),
            ("/ip4/127.0.0.1/tcp/4001/p2p/12D3KooW", Some("/ip4/127.0.0.1/tcp/4001")),
            ("/ip6/::1/tcp/4001", None),
            ("/ip4/192.168.1.20/udp/4001", None),
            ("/dns4/relay.example/tcp/4001/p2p/12D3KooW/p2p-circuit", None),
            ("", None),
        ] {
            assert_eq!(on_loopback(address).as_deref(), twin, "{address}");
        }
    }
}
