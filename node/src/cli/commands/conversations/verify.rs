//! `verify`: the offline check of an agreement. It needs no home, no node and no network.

use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use ai2ai_api::exit::{Exit, Failure};
use ai2ai_api::text::{clean, lay_out, when};
use ai2ai_api::views::{CancelledByView, PartyView, VerifyView, View as _};
use ai2ai_protocol::agreement::{self, AgreementReport, CancelledBy, Party};
use ai2ai_protocol::limits::AGREEMENT_BYTES;

use crate::cli::context::Context;
use crate::cli::output::{CommandResult, Output};

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// The file that `ai2ai export` wrote; "-" is standard input
    file: PathBuf,
}

pub(in crate::cli) fn run(context: &mut Context, args: &Args) -> CommandResult {
    let view = view_of(agreement::verify(&read(&args.file)?));
    if context.output.json {
        context.output.object(&view.line())?;
    } else {
        print(&mut context.output, &view)?;
    }
    Ok(if view.valid { Exit::Done } else { Exit::Invalid })
}

/// Reads at most one byte more than an agreement may have: its size is then checked like everything else.
fn read(file: &Path) -> Result<Vec<u8>, Failure> {
    let failed = |error: io::Error| Failure::file("read", file, &error);
    let mut bytes = Vec::new();
    let limit = AGREEMENT_BYTES as u64 + 1;
    if file == Path::new("-") {
        io::stdin().lock().take(limit).read_to_end(&mut bytes).map_err(failed)?;
    } else {
        std::fs::File::open(file).and_then(|file| file.take(limit).read_to_end(&mut bytes)).map_err(failed)?;
    }
    Ok(bytes)
}

fn view_of(report: AgreementReport) -> VerifyView {
    VerifyView {
        valid: report.is_valid(),
        problems: report.problems,
        terms: report.terms,
        terms_hash: report.terms_hash,
        parties: report.parties.into_iter().map(party).collect(),
        cancelled: report.cancels.into_iter().map(cancelled).collect(),
    }
}

fn cancelled(by: CancelledBy) -> CancelledByView {
    let CancelledBy { did, human, at, reason } = by;
    CancelledByView { did, human, at, reason }
}

fn party(party: Party) -> PartyView {
    let approved_by = party.approved.as_ref().map_or("nobody", |approved| approved.by.as_str()).to_owned();
    PartyView {
        did: party.did,
        human: party.human,
        agent: party.agent,
        role: party.role.to_owned(),
        approved_by,
        at: party.timestamp,
    }
}

fn print(output: &mut Output, view: &VerifyView) -> io::Result<()> {
    if view.valid {
        output.line("\x1b[32mVALID\x1b[0m  Both signed, and both approved these terms:")?;
    } else {
        output.line("\x1b[31mNOT VALID\x1b[0m  Do not rely on this file:")?;
        for problem in &view.problems {
            output.line(format_args!("  - {}", clean(problem)))?;
        }
    }
    for line in view.terms.iter().flat_map(lay_out) {
        output.line(format_args!("    {line}"))?;
    }
    if let Some(hash) = &view.terms_hash {
        output.line(format_args!("Terms  {hash}"))?;
    }
    for party in &view.parties {
        let human = clean(&party.human);
        let agent = clean(&party.agent);
        let role = clean(&party.role);
        output.line(format_args!(
            "{human} ({agent}) {role}, {}; approved by: {}",
            when(party.at),
            clean(&party.approved_by)
        ))?;
        output.line(format_args!("       {}", party.did))?;
    }
    for by in &view.cancelled {
        let reason = by.reason.as_deref().map_or_else(String::new, |reason| format!(": {}", clean(reason)));
        let line = format!("{} called it off, {}{reason}", clean(&by.human), when(by.at));
        output.line(format_args!("\x1b[33mCALLED OFF\x1b[0m  {line}"))?;
        output.line(format_args!("       {}", by.did))?;
    }
    if view.valid {
        output.line("The names are what they call themselves. Who they are is the did: compare it.")?;
    }
    Ok(())
}
