//! Requests of peers to this volunteer, each to the service that it names.

use std::net::IpAddr;

use ai2ai_network::VolunteerService;
use libp2p::PeerId;

use crate::context::Context;
use crate::volunteer::{directory, mailbox};

/// Answers what a peer asks of this volunteer.
pub(crate) async fn serve(
    context: Context,
    service: VolunteerService,
    (peer, from): (PeerId, Option<IpAddr>),
    bytes: Vec<u8>,
) -> Vec<u8> {
    match service {
        VolunteerService::Mailbox => mailbox::serve(context, peer, from, bytes).await,
        VolunteerService::Directory => directory::serve(context, peer, bytes).await,
    }
}
