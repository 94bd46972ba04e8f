//! What a message costs: two real nodes of this machine, driven through the owner's door; and bare parts beside them.
//!
//! `scripts/bench.sh` builds it and runs it. The program under test is `AI2AI_BIN`.

mod bare;
mod echo;
mod figures;
mod load;
mod pair;

use std::path::PathBuf;
use std::time::Duration;

use figures::Figures;
use load::Load;
use pair::Pair;

/// What was typed.
struct Asked {
    /// Messages that are sent, in all, before the memory is looked at again.
    messages: u64,
    /// How long 64 messages are kept in flight.
    seconds: u64,
    /// Messages that are sent one at a time.
    rounds: usize,
    /// Where the figures go, as JSON.
    json: Option<PathBuf>,
    /// `tcp` or `quic`.
    transport: String,
}

const USAGE: &str = "bench [--messages N] [--seconds N] [--rounds N] [--transport tcp|quic] [--json FILE]";

fn asked() -> Result<Asked, String> {
    let mut asked = Asked { messages: 100_000, seconds: 20, rounds: 2_000, json: None, transport: "tcp".to_owned() };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let value = words.next().ok_or_else(|| format!("{word} needs a value: {USAGE}"))?;
        let number = || value.parse::<u64>().map_err(|_| format!("{word} {value}: a number is needed"));
        match word.as_str() {
            "--messages" => asked.messages = number()?,
            "--seconds" => asked.seconds = number()?,
            "--rounds" => asked.rounds = usize::try_from(number()?).map_err(|error| error.to_string())?,
            "--json" => asked.json = Some(value.into()),
            "--transport" if ["tcp", "quic"].contains(&value.as_str()) => asked.transport = value,
            _ => return Err(format!("{word} {value} makes no sense: {USAGE}")),
        }
    }
    Ok(asked)
}

fn main() -> Result<(), String> {
    if std::env::args().nth(1).as_deref() == Some(echo::SERVER) {
        return on_one_thread(echo::serve(&std::env::args().nth(2).unwrap_or_default()));
    }
    let asked = asked()?;
    let figures = on_one_thread(measure(&asked))?;
    figures.print();
    match &asked.json {
        Some(file) => std::fs::write(file, figures.json()).map_err(|error| format!("{}: {error}", file.display())),
        None => Ok(()),
    }
}

fn on_one_thread<T>(work: impl Future<Output = Result<T, String>>) -> Result<T, String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    tokio::task::LocalSet::new().block_on(&runtime.map_err(|error| error.to_string())?, work)
}

async fn measure(asked: &Asked) -> Result<Figures, String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let mut pair = Pair::start(folder.path(), &asked.transport).await?;
    let load = Load::over(&mut pair)?;
    eprintln!("the parts, bare");
    let parts = bare::measure(folder.path());
    let round_trip = echo::round_trips(&asked.transport, asked.rounds).await?;
    let door = load.door(asked.rounds).await?;

    eprintln!("one at a time, {} messages", asked.rounds);
    load.one_at_a_time(asked.rounds / 10).await?;
    let memory_before = load.memory()?;
    let one_at_a_time = load.one_at_a_time(asked.rounds).await?;
    eprintln!("64 in flight, for {} s", asked.seconds);
    let in_flight = load.in_flight(Duration::from_secs(asked.seconds), 0).await?;
    let so_far = load.delivered();
    let rest = asked.messages.saturating_sub(so_far);
    eprintln!("{so_far} messages so far, {rest} more for the memory");
    let for_memory = if rest > 0 { Some(load.in_flight(Duration::ZERO, rest).await?) } else { None };
    let memory_after = load.memory()?;
    Ok(Figures {
        transport: asked.transport.clone(),
        parts,
        round_trip,
        door,
        one_at_a_time,
        in_flight,
        for_memory,
        delivered: load.delivered(),
        memory_before,
        memory_after,
    })
}
