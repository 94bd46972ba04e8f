//! `dns-record`: the DNS record that makes a domain lead to this node.

use ai2ai_api::error_code::ErrorCode;
use ai2ai_api::exit::{Exit, Failure};
use ai2ai_api::requests;
use ai2ai_api::views::{DnsRecordView, View as _};
use ai2ai_discovery::address::{is_of_this_network, split_peer};
use ai2ai_discovery::dns::domain::{looks_like_domain, txt_name};
use ai2ai_discovery::dns::txt;
use ai2ai_discovery::web::https::is_of_web;
use ai2ai_home::config::{Config, Publish};
use ai2ai_protocol::card::{Card, CardNode};
use libp2p::Multiaddr;
use libp2p::multiaddr::Protocol;

use crate::cli::context::Context;
use crate::cli::output::CommandResult;

/// Seconds that resolvers may keep the record: short, because a laptop moves.
const TTL: u32 = 300;

/// Notice where the owner's settings let the DNS say who they are, and not where.
const NOT_WHERE: &str = "\
The record says who you are and not where: \"dns\" is not in `publish` in your config.toml. Others find you by it only where you\n\
publish your card, on your network or in the table of cards. To tell where: put \"dns\" into `publish`, or name an address with --addr.";

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// The domain that is to lead to your node
    domain: String,
    /// Where your node can be reached, if it does not know itself, such as behind a router that forwards a port
    #[arg(long = "addr", value_name = "ADDRESS")]
    addresses: Vec<Multiaddr>,
}

pub(in crate::cli) async fn run(context: &mut Context, args: Args) -> CommandResult {
    if !looks_like_domain(&args.domain) {
        return Err(Failure::new(Exit::Usage, ErrorCode::Usage, format!("{:?} is no domain name", args.domain)).into());
    }
    let card = card(context).await?;
    let node = card.nodes().first().ok_or_else(|| Failure::internal("the card names no node"))?;
    // An address that is typed may be published; the node's own only where its owner publishes by the DNS.
    let tells_where = !args.addresses.is_empty() || Config::load(&context.paths()?)?.publishes(Publish::Dns);
    let addresses = match (args.addresses.is_empty(), tells_where) {
        (false, _) => args.addresses,
        (true, true) => of_node(node),
        (true, false) => Vec::new(),
    };
    if addresses.is_empty() && tells_where {
        let failure =
            Failure::new(Exit::Failed, ErrorCode::NoAddress, "your node has no address yet that could be published");
        return Err(failure.hint("wait a moment, see `ai2ai status`, or name one with --addr").into());
    }
    let addresses = with_peer(addresses, node)?;
    if !tells_where {
        context.output.note(NOT_WHERE);
    } else if addresses.iter().all(is_of_this_network) {
        context.output.note(
            "None of these addresses can be reached from outside your network. If your router forwards a port, name the\n\
             outside: ai2ai dns-record DOMAIN --addr /ip4/YOUR-ADDRESS/udp/PORT/quic-v1",
        );
    }
    let view = record(&args.domain, &card, &addresses);
    if context.output.json {
        context.output.object(&view.line())?;
    } else {
        context.output.line(&view.zone)?;
    }
    Ok(Exit::Done)
}

async fn card(context: &mut Context) -> Result<Card, Failure> {
    let view = context.reply(requests::Card {}).await?;
    let bytes = serde_json::Value::from(view.card).to_string();
    Card::read(bytes.as_bytes()).map_err(|refusal| Failure::internal(format!("our own card: {refusal}")))
}

/// Addresses that the node tells others. Those that work only in its own network are left out where there are better ones.
fn of_node(node: &CardNode) -> Vec<Multiaddr> {
    let all = node.addresses.iter().filter_map(|text| text.parse().ok());
    let all: Vec<Multiaddr> = all.filter(|address| !is_of_web(address)).collect();
    let outside: Vec<Multiaddr> = all.iter().filter(|address| !is_of_this_network(address)).cloned().collect();
    if outside.is_empty() { all } else { outside }
}

fn with_peer(addresses: Vec<Multiaddr>, node: &CardNode) -> Result<Vec<Multiaddr>, Failure> {
    let peer = node.peer.parse().map_err(Failure::internal)?;
    let with_peer = |address: Multiaddr| match split_peer(&address) {
        (_, Some(other)) if other != peer => {
            let message = format!("--addr: {address} ends with another node's id; yours is {peer}");
            Err(Failure::new(Exit::Usage, ErrorCode::Usage, message))
        }
        (bare, _) => Ok(bare.with(Protocol::P2p(peer))),
    };
    addresses.into_iter().map(with_peer).collect()
}

fn record(domain: &str, card: &Card, addresses: &[Multiaddr]) -> DnsRecordView {
    let name = txt_name(domain);
    let strings = txt::write(card.did(), addresses);
    let quoted: Vec<String> = strings.iter().map(|string| format!("\"{string}\"")).collect();
    let zone = format!("{name} {TTL} IN TXT {}", quoted.join(" "));
    DnsRecordView { name, ttl: TTL, strings, zone }
}
