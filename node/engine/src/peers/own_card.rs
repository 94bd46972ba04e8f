//! Our card and its prekeys: what opens what is sealed to us, and the card that names it.

use std::sync::Arc;

use ai2ai_api::exit::Failure;
use ai2ai_core::people::own_card::{self, keyring};
use ai2ai_discovery::address::worth_telling;
use ai2ai_protocol::limits::CARD_ADDRESSES;

use crate::context::{Context, Note, Own};

/// Signs a card with the addresses of this moment, shows it from now on, and tells the event loop of it.
///
/// One at a time: of two, the one that is shown last is the one with the newer addresses.
pub(crate) async fn renew(context: Context) {
    let _alone = context.shared.renewing.lock().await;
    let addresses = worth_telling(&context.network.listen_addresses(), &context.network.peer());
    let addresses = addresses.iter().map(ToString::to_string).collect();
    match renewed(&context, addresses).await {
        Ok(own) => drop(context.notes.send(Note::Renewed(own)).await),
        Err(failure) => tracing::error!(%failure, "the card was not renewed"),
    }
}

/// Makes a new card with these addresses and our web server's, and the keyring, in one transaction; the network shows the card
/// from now on.
///
/// # Errors
/// [`Failure`] when the database fails.
pub async fn renewed(context: &Context, addresses: Vec<String>) -> Result<Arc<Own>, Failure> {
    let site = context.settings.site.as_ref().map(|site| site.address().to_string());
    let most = CARD_ADDRESSES - usize::from(site.is_some());
    let addresses = addresses.into_iter().take(most).chain(site).collect();
    let own = context.transact(move |txn| {
        let card = own_card::renew(txn, addresses)?;
        let prekeys = keyring(txn.view())?;
        Ok(Own { card: Some(card), prekeys })
    });
    let own = own.await?;
    if let Some(card) = &own.card {
        context.network.set_card(card.bytes().to_vec()).map_err(Failure::internal)?;
    }
    Ok(Arc::new(own))
}
