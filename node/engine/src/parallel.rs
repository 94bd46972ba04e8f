//! Work that only computes, spread over the cores of the machine.

use std::num::NonZero;
use std::sync::OnceLock;
use std::thread::available_parallelism;

use ai2ai_api::exit::Failure;

/// Envelopes that are worth a core of their own: to hand fewer over would cost more than it saves, so they are worked on here.
const WORTH_A_CORE: usize = 8;

/// The cores of this machine. The system is asked once: it reads files to say so.
fn cores() -> usize {
    static CORES: OnceLock<usize> = OnceLock::new();
    *CORES.get_or_init(|| available_parallelism().map_or(1, NonZero::get))
}

/// Does the work on all items, in parts that run side by side; gives what came of them in order.
///
/// # Errors
/// When the work on a part broke off.
pub(crate) async fn spread<T, U>(
    mut items: Vec<T>,
    work: impl Fn(Vec<T>) -> Vec<U> + Clone + Send + 'static,
) -> Result<Vec<U>, Failure>
where
    T: Send + 'static,
    U: Send + 'static,
{
    if items.len() < WORTH_A_CORE {
        return Ok(work(items));
    }
    let parts = cores().min(items.len() / WORTH_A_CORE).max(1);
    let size = items.len().div_ceil(parts).max(1);
    let mut running = Vec::with_capacity(parts);
    while !items.is_empty() {
        let rest = items.split_off(size.min(items.len()));
        let part = std::mem::replace(&mut items, rest);
        let work = work.clone();
        running.push(tokio::task::spawn_blocking(move || work(part)));
    }
    let mut done = Vec::new();
    for part in running {
        done.extend(part.await.map_err(Failure::internal)?);
    }
    Ok(done)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn every_item_is_worked_on_once_and_the_order_stays() {
        for many in [0, 1, 7, 8, 16, 63, 64, 1_000] {
            let doubled = spread((0..many).collect(), |part| part.into_iter().map(|n: usize| 2 * n).collect());
            let expected: Vec<usize> = (0..many).map(|n| 2 * n).collect();
            assert_eq!(doubled.await.expect("done"), expected);
        }
    }
}
