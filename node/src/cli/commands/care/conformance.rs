//! `conformance`: a test of another implementation against SPEC.md, over the wire.

use ai2ai_api::clock::now;
use ai2ai_api::error_code::ErrorCode;
use ai2ai_api::exit::{Exit, Failure};
use ai2ai_api::requests;
use ai2ai_api::text::{clean, when};
use ai2ai_api::views::{ConformanceView, View as _};
use ai2ai_conformance::{CheckResult, Level, Target, Verdict, examine};
use ai2ai_discovery::invite::{InviteLink, looks_like_link};
use ai2ai_protocol::card::Card;
use libp2p::multiaddr::Protocol;
use libp2p::{Multiaddr, PeerId};
use reqwest::Url;
use serde_json::Value;

use crate::cli::context::Context;
use crate::cli::output::CommandResult;

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// A multiaddress that ends in /p2p/…, an invite of theirs, or a contact's or nearby node's name. With an invite, what takes a
    /// contact is tried too
    who: String,
    /// Where its HTTP face is, such as http://127.0.0.1:18800; else that is not tried
    #[arg(long, value_name = "URL")]
    http: Option<String>,
}

pub(in crate::cli) async fn run(context: &mut Context, args: Args) -> CommandResult {
    let http = args.http.as_deref().map(url).transpose()?;
    let target = Target { http, ..target(context, &args.who).await? };
    let mut unread = Ok(());
    let findings = examine(target, |finding| {
        if unread.is_ok() {
            unread = tell(context, finding);
        }
    });
    let findings = findings.await?;
    unread?;
    let count = |is: fn(&CheckResult) -> bool| findings.iter().filter(|finding| is(finding)).count();
    let passed = count(|finding| finding.verdict == Verdict::Passed);
    let failed = count(CheckResult::is_fatal);
    let advice = count(|finding| matches!(finding.verdict, Verdict::Failed(_))) - failed;
    let untried = count(|finding| matches!(finding.verdict, Verdict::NotTried(_) | Verdict::PutOff));
    context
        .output
        .note(format_args!("{passed} passed, {failed} MUST failed, {advice} SHOULD failed, {untried} not tried."));
    let put_off = count(|finding| finding.verdict == Verdict::PutOff);
    if put_off > 0 {
        context
            .output
            .note(format_args!("It asked to come again later, {put_off} times: nothing is known of that yet."));
    }
    Ok(match (failed, put_off) {
        (0, 0) => Exit::Done,
        (0, _) => Exit::Waiting,
        (_, _) => Exit::Invalid,
    })
}

fn url(text: &str) -> Result<Url, Failure> {
    let url = text.parse::<Url>().ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    url.ok_or_else(|| bad(format!("--http {text:?} is no URL such as http://127.0.0.1:18800")))
}

fn tell(context: &mut Context, finding: &CheckResult) -> std::io::Result<()> {
    let (verdict, color, detail) = match &finding.verdict {
        Verdict::Passed => ("passed", "\x1b[32m", None),
        Verdict::Failed(why) => ("failed", "\x1b[31m", Some(why.clone())),
        Verdict::NotTried(why) => ("not_tried", "\x1b[33m", Some(why.clone())),
        Verdict::PutOff => ("not_tried", "\x1b[33m", Some("it asks to come again later".to_owned())),
    };
    if context.output.json {
        let view = ConformanceView {
            check: finding.check.to_owned(),
            section: finding.section,
            level: finding.level,
            verdict: verdict.to_owned(),
            detail,
        };
        return context.output.object(&view.line());
    }
    let level = match finding.level {
        Level::Must => "MUST  ",
        Level::Should => "SHOULD",
    };
    let verdict = verdict.replace('_', " ");
    context
        .output
        .line(format_args!("{color}{verdict:<9}\x1b[0m  {level}  §{:<2}  {}", finding.section, finding.check))?;
    match detail {
        Some(detail) => context.output.line(format_args!("                        -> {}", clean(&detail))),
        None => Ok(()),
    }
}

async fn target(context: &Context, who: &str) -> Result<Target, Failure> {
    if looks_like_link(who) {
        let link: InviteLink = who.parse().map_err(|error| bad(format!("{error}")))?;
        let InviteLink { did, peer, addresses, secret, expires_at } = link;
        if expires_at <= now() {
            return Err(bad(format!("this invite ended {}: a new one is needed", when(expires_at))));
        }
        return Ok(Target { peer, addresses, did: Some(did), invite: Some(secret), http: None });
    }
    if !who.starts_with('/') {
        return by_name(context, who).await;
    }
    let address: Multiaddr = who.parse().map_err(|error| bad(format!("{who:?} is no multiaddress: {error}")))?;
    match address.iter().last() {
        Some(Protocol::P2p(peer)) => Ok(Target { peer, addresses: vec![address], did: None, invite: None, http: None }),
        Some(_) | None => Err(bad(format!("{who:?} does not end in /p2p/…"))),
    }
}

/// The target that the running node knows by this name.
async fn by_name(context: &Context, who: &str) -> Result<Target, Failure> {
    let view = context.reply(requests::CardOf { who: who.to_owned() }).await?;
    let card = Value::from(view.card).to_string();
    let card = Card::read(card.as_bytes()).map_err(|refusal| Failure::internal(format!("their card: {refusal}")))?;
    let node = card.nodes().first().ok_or_else(|| bad(format!("the card of {who:?} names no node")))?;
    let peer: PeerId = node.peer.parse().map_err(|_| bad(format!("the card of {who:?} names no libp2p peer")))?;
    let addresses = node.addresses.iter().filter_map(|address| address.parse().ok()).collect();
    Ok(Target { peer, addresses, did: Some(*card.did()), invite: None, http: None })
}

fn bad(message: String) -> Failure {
    Failure::new(Exit::Usage, ErrorCode::BadAddress, message)
}
