//! Doctor checks of the running node: itself and the network around it, each with one thing to do about it.

pub mod peer;

use ai2ai_api::clock::now;
use ai2ai_api::doctor::{FAIL, OK, WARN, line};
use ai2ai_api::requests;
use ai2ai_api::views::{DoctorView, View as _};
use ai2ai_core::inbound::limits;
use ai2ai_core::people::clocks;
use ai2ai_discovery::dns::DnsError;
use ai2ai_discovery::nat::{self, Nat};
use ai2ai_discovery::relays::relay_of;
use ai2ai_network::{Outside, Reachability, TableStanding, udp_probe};
use ai2ai_store::inbox;
use futures::future::join_all;
use libp2p::Multiaddr;
use libp2p::multiaddr::Protocol;

use crate::call::{Call, Handler, Lines};
use crate::peers::mailboxes;

/// A name that no server has (RFC 2606), so that an answer about it says only that somebody answers.
const NOBODYS_NAME: &str = "doctor.invalid";
/// Doors of volunteers that are knocked at by UDP.
const DOORS: usize = 4;
/// Advice for a node that nobody can dial.
const NAME_A_VOLUNTEER: &str = "name a volunteer under `bootstrap` in config.toml; a friend's server can be one";

/// The running node's part of the doctor's checks; of the way to somebody and back, if somebody is named.
impl Handler for requests::Doctor {
    async fn handle(self, call: &Call) -> Lines {
        let Self { peer } = self;
        if let Some(who) = peer {
            return Ok(peer::check(call, &who).await?.iter().map(DoctorView::line).collect());
        }
        let context = &call.context;
        let listening = context.network.listen_addresses();
        let outside = context.network.outside();
        let mut views =
            vec![of_listening(&listening, context.settings.site.is_some()), of_mdns(call), of_dns(call).await];
        views.push(of_reachability(&outside));
        views.extend([of_router(&outside, &listening), of_udp(call, &outside).await, of_relays(&outside)]);
        if let Some(site) = &context.settings.site {
            views.push(peer::of_site(context, "https", site).await);
        }
        views.push(of_table(context.network.table()));
        views.push(of_database(call).await);
        views.push(of_approval(context.me.has_pin));
        let is_volunteer = context.settings.is_volunteer;
        let checkups = context
            .storage
            .look(move |tx| {
                Ok([limits::doctor_line(tx, now())?, clocks::doctor_line(tx)?, mailboxes::checkup(tx, is_volunteer)?])
            })
            .await;
        Ok(views.iter().chain(checkups.iter().flatten()).map(DoctorView::line).collect())
    }
}

/// A line whose fix is given only where it is not well.
fn check(name: &str, status: &str, detail: impl Into<String>, fix: &str) -> DoctorView {
    line(name, status, detail, (status != OK).then(|| fix.to_owned()))
}

fn of_listening(listening: &[Multiaddr], has_site: bool) -> DoctorView {
    let addresses: Vec<String> = listening.iter().map(ToString::to_string).collect();
    let status = match (listening, has_site) {
        ([], false) => FAIL,
        ([], true) => WARN,
        _ => OK,
    };
    check("listening", status, addresses.join(", "), "is another program on the port? see `listen` in config.toml")
}

fn of_mdns(call: &Call) -> DoctorView {
    let met = call.neighbours.all().filter(|known| known.source == "mdns").count();
    let status = if met > 0 { OK } else { WARN };
    let fix = "normal when you are alone; else look for a firewall on UDP 5353, or add by multiaddress";
    check("mdns", status, format!("{met} AI2AI nodes heard on this network"), fix)
}

async fn of_dns(call: &Call) -> DoctorView {
    match call.context.dns.look_up(NOBODYS_NAME).await {
        Ok(_) | Err(DnsError::Useless { .. }) => check("dns", OK, "the DNS answers", ""),
        Err(DnsError::NoAnswer { reason, .. }) => {
            let fix = "are you online? `[dns] server` in config.toml names another server; without names, addresses still work";
            check("dns", WARN, format!("the DNS does not answer: {reason}"), fix)
        }
    }
}

fn of_reachability(outside: &Outside) -> DoctorView {
    let reached: Vec<String> =
        outside.tried.iter().filter(|(_, led_here)| **led_here).map(|(at, _)| at.to_string()).collect();
    let in_vain: Vec<String> =
        outside.tried.iter().filter(|(_, led_here)| !**led_here).map(|(at, _)| at.to_string()).collect();
    let relays = outside.relays.len();
    match outside.reachable {
        Reachability::Yes if !reached.is_empty() => {
            check("reachable", OK, format!("yes: a volunteer reached this node at {}", reached.join(", ")), "")
        }
        Reachability::Yes if in_vain.is_empty() => {
            check("reachable", OK, "yes, at the addresses that are announced; no volunteer has tried them yet", "")
        }
        Reachability::Yes => {
            let fix = "correct `announce` in config.toml, or have the router forward the port";
            check("reachable", WARN, format!("a volunteer could not reach this node at {}", in_vain.join(", ")), fix)
        }
        Reachability::No if relays > 0 => check(
            "reachable",
            OK,
            format!("not directly; through {relays} volunteers, and by direct paths where routers let them be opened"),
            "",
        ),
        Reachability::No => {
            check("reachable", WARN, "no, and no volunteer holds a place for this node", NAME_A_VOLUNTEER)
        }
        Reachability::Unknown if relays > 0 => {
            check("reachable", OK, format!("through {relays} volunteers; whether directly, nobody has tried yet"), "")
        }
        Reachability::Unknown => check("reachable", WARN, "unknown: nobody outside has tried", NAME_A_VOLUNTEER),
    }
}

fn of_router(outside: &Outside, listening: &[Multiaddr]) -> DoctorView {
    let kind = nat::kind(&outside.sights, listening);
    let fix = match kind {
        Nat::Symmetric => {
            "to have direct paths, have the router forward a port and name it under `announce`; else volunteers go on carrying"
        }
        Nat::TakesAnotherPort => "name a second volunteer under `bootstrap`: two tell what the router does",
        Nat::Unseen => NAME_A_VOLUNTEER,
        Nat::None | Nat::KeepsPorts | Nat::KeepsToOnePort => return check("router", OK, kind.to_string(), ""),
    };
    check("router", WARN, kind.to_string(), fix)
}

/// Checks UDP: whoever listens by QUIC and does not answer there, though they were reached otherwise, is behind something that
/// drops UDP; or this node is.
async fn of_udp(call: &Call, outside: &Outside) -> DoctorView {
    let servers = outside.sights.iter().filter_map(|sight| call.neighbours.at(&sight.by.to_string()));
    let places = servers.flat_map(|known| known.card.nodes()).flat_map(|node| &node.addresses);
    let doors: Vec<Multiaddr> = places.filter_map(|text| text.parse().ok()).filter(is_quic).take(DOORS).collect();
    let is_used = outside.sights.iter().any(|sight| is_quic(&sight.at));
    if is_used || join_all(doors.iter().map(udp_probe)).await.contains(&true) {
        return check("udp", OK, "UDP gets through", "");
    }
    if doors.is_empty() {
        return check("udp", OK, "nobody to try it with", "");
    }
    let fix = "let UDP out through your router or firewall; until then TCP is used, which opens fewer direct paths";
    check("udp", WARN, "nobody answers by UDP who was reached by TCP: this network seems to drop it", fix)
}

fn is_quic(address: &Multiaddr) -> bool {
    relay_of(address).is_none() && address.iter().any(|part| part == Protocol::QuicV1)
}

fn of_relays(outside: &Outside) -> DoctorView {
    let held = outside.relays.len();
    let detail = match outside.relays.as_slice() {
        [] => "no volunteer holds a place for this node".to_owned(),
        relays => {
            let names: Vec<String> = relays.iter().map(ToString::to_string).collect();
            format!("{held} volunteers hold a place for this node: {}", names.join(", "))
        }
    };
    let status = if held > 0 || outside.reachable == Reachability::Yes { OK } else { WARN };
    check("relays", status, detail, NAME_A_VOLUNTEER)
}

fn of_table(standing: TableStanding) -> DoctorView {
    let TableStanding { servers, serves, kept, is_published } = standing;
    let card = if is_published { "your card is in it" } else { "your card is not in it" };
    let keeps = if serves { format!("; {kept} cards are kept here for others") } else { String::new() };
    check("dht", OK, format!("{servers} nodes of it are known; {card}{keeps}"), "")
}

async fn of_database(call: &Call) -> DoctorView {
    match call.context.storage.look(|tx| Ok(inbox::count(tx)?)).await {
        Ok(_) => check("database", OK, "readable", ""),
        Err(failure) => check(
            "database",
            FAIL,
            failure.to_string(),
            "see the message above; a copy of the file is worth making now",
        ),
    }
}

fn of_approval(has_pin: bool) -> DoctorView {
    if has_pin {
        return check("approval", OK, "the owner key is sealed with a PIN", "");
    }
    let detail = "the owner key has no PIN: whoever reads its file can approve for you";
    check("approval", WARN, detail, "make an identity with a PIN: `ai2ai init` without --no-pin")
}
