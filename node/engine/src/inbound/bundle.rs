//! Reading of bundles: a file that was brought here is taken in, exactly like what arrives on the wire.

use std::collections::BTreeSet;
use std::path::PathBuf;

use ai2ai_api::exit::{Exit, Failure};
use ai2ai_api::views::{CarriedInView, View as _};
use ai2ai_core::inbound::batch::Waits;
use ai2ai_core::inbound::collected::{self, comes_again};
use ai2ai_home::files::read_foreign;
use ai2ai_protocol::bundle::Carried;
use ai2ai_protocol::code::Code;
use ai2ai_protocol::limits::{BATCH_ENVELOPES, CARRIED_BYTES};
use ai2ai_protocol::receipt::{Outcome, Receipt};
use ai2ai_protocol::seal::Sealed;

use crate::call::{Call, Lines};
use crate::inbound::batch::open_sealed;

/// Takes in all that is in a file. The contacts among its senders are answered by envelopes, which go by wire or by the next file.
pub(crate) async fn take(call: &Call, file: PathBuf) -> Lines {
    let context = &call.context;
    let name = file.display().to_string();
    let carried = tokio::task::spawn_blocking(move || read(&file)).await.map_err(Failure::internal)??;
    if carried.to != *context.me.did() {
        return Err(Failure::refused(Code::WrongRecipient, format!("{name} is for {}, not for you", carried.to)));
    }
    let mut view = CarriedInView { file: name, accepted: 0, held: 0, refused: 0, again: 0, codes: Vec::new() };
    let mut codes = BTreeSet::new();
    let mut seals: Vec<Sealed> = Vec::new();
    for entry in carried.sealed {
        match entry {
            Ok(sealed) => seals.push(sealed),
            Err((_, refusal)) => {
                view.refused += 1;
                codes.insert(refusal.code.to_string());
            }
        }
    }
    let mut waits = Waits::new();
    while !seals.is_empty() {
        let some = seals.drain(..seals.len().min(BATCH_ENVELOPES)).collect();
        let opened = open_sealed(context, some).await?;
        let taken = context.transact(move |txn| {
            let receipts = collected::take_in_and_answer(txn, &opened, &mut waits)?;
            Ok((receipts, waits))
        });
        let receipts;
        (receipts, waits) = taken.await?;
        receipts.iter().flatten().for_each(|receipt| count(&mut view, &mut codes, receipt));
    }
    view.codes = codes.into_iter().collect();
    Ok(vec![view.line()])
}

fn read(file: &std::path::Path) -> Result<Carried, Failure> {
    let bytes = read_foreign(file, CARRIED_BYTES as u64)?;
    Carried::read(&bytes).map_err(|refusal| {
        let message = format!("{} is no file of sealed envelopes: {refusal}", file.display());
        Failure::new(Exit::Invalid, refusal.code.into(), message)
            .hint("nothing of it was taken in; `ai2ai carry out` makes such files")
    })
}

fn count(view: &mut CarriedInView, codes: &mut BTreeSet<String>, receipt: &Receipt) {
    match receipt.outcome {
        Outcome::Accepted => view.accepted += 1,
        Outcome::Held => view.held += 1,
        Outcome::Refused(code) => {
            codes.insert(code.to_string());
            if comes_again(receipt) {
                view.again += 1;
            } else {
                view.refused += 1;
            }
        }
    }
}
