//! `add`: makes someone a contact, by a name, an address, an invite or a card in a file.

use std::path::{Path, PathBuf};

use ai2ai_api::clock::now;
use ai2ai_api::command::Carry;
use ai2ai_api::error_code::ErrorCode;
use ai2ai_api::exit::{Exit, Failure};
use ai2ai_api::requests;
use ai2ai_api::text::{clean, tomorrow_evening};
use ai2ai_api::views::ContactView;
use ai2ai_api::views::reply::Answered;
use ai2ai_home::files::read_foreign;
use ai2ai_protocol::limits::CARD_BYTES;

use crate::cli::context::Context;
use crate::cli::output::{CommandResult, typeable};

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// An agent name or did that is nearby, a domain, an invite, or a multiaddress that ends in /p2p/…
    #[arg(required_unless_present = "card", conflicts_with = "card")]
    who: Option<String>,
    /// Their card, as `ai2ai card -o FILE` writes it: for someone whose node this one can't reach
    #[arg(long, value_name = "FILE")]
    card: Option<PathBuf>,
    /// Your own name for them
    #[arg(long = "as", value_name = "NAME")]
    name: Option<String>,
}

pub(in crate::cli) async fn run(context: &mut Context, args: Args) -> CommandResult {
    let name = args.name;
    let answered: Answered<ContactView> = match (args.card, args.who) {
        (Some(file), _) => {
            let what = Carry::Card { card: read_card(&file)?, name };
            context.ask(requests::Carry { what }).await?.narrow()
        }
        (None, who) => context.ask(requests::Add { who: who.unwrap_or_default(), name }).await?,
    };
    context.output.answer(answered, |output, view| {
        output.line(format_args!("{} is a contact now ({}).", clean(&view.name), view.trust.as_str()))?;
        if let Some(dnssec) = &view.dnssec {
            output.line(format_args!("DNSSEC    {}", signed(dnssec)))?;
        }
        output.note(format_args!("Compare with what they read out to you: {}", view.did));
        let did = view.did.to_string();
        output.next(format_args!(
            "ai2ai meet {} --subject Dinner --time {}",
            typeable(&view.name, &did),
            tomorrow_evening(now())
        ));
        Ok(())
    })?;
    Ok(Exit::Done)
}

fn read_card(file: &Path) -> Result<String, Failure> {
    let bytes = read_foreign(file, CARD_BYTES as u64)?;
    String::from_utf8(bytes)
        .map_err(|_| Failure::new(Exit::Invalid, ErrorCode::BadCard, format!("{} holds no card", file.display())))
}

/// The DNSSEC status of an answer, explained.
fn signed(dnssec: &str) -> String {
    match dnssec {
        "secure" => "secure: the domain's owner signed these records".to_owned(),
        "unsigned" => "unsigned: whoever is between you and the DNS could have changed these records".to_owned(),
        "failed" => {
            "failed: these records are not rightly signed, or your DNS server passes no signatures on".to_owned()
        }
        other => clean(other),
    }
}
