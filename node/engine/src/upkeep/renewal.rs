//! Renewal of an agent's key that ends soon and that only the owner can renew: the owner is asked once for each
//! delegation, as an item like any other.

use ai2ai_api::clock::now;
use ai2ai_api::exit::Failure;
use ai2ai_api::views::DecisionView;
use ai2ai_core::decisions::decide;
use ai2ai_core::inbox::renewal::{self, ends_soon, was_asked};
use ai2ai_home::identity::Identity;
use ai2ai_protocol::key::OwnerKey;
use ai2ai_store::inbox::ItemRow;

use crate::commands::{Call, keys};
use crate::context::Context;

/// Asks the owner, where only they can renew a key that ends soon.
pub(crate) async fn ask_in_time(context: &Context) -> Result<(), Failure> {
    if !ends_soon(&context.me, now()) {
        return Ok(());
    }
    let sequence = context.me.sender.delegation.sequence();
    if context.storage.look(move |tx| was_asked(tx, sequence)).await? {
        return Ok(());
    }
    context.transact(renewal::ask).await
}

/// Renews the key, as this item says that the owner approved as it was shown.
pub(crate) async fn approve(call: &Call, item: ItemRow, owner: &OwnerKey) -> Result<DecisionView, Failure> {
    let context = &call.context;
    // What was renewed meanwhile by `ai2ai keys rotate` is not renewed twice: the item only goes.
    let on_disk = Identity::load(context.vault.paths())?.sender.delegation;
    let factor = context.vault.factor();
    if on_disk.sequence() == context.me.sender.delegation.sequence() {
        keys::renew(context, owner, "rotate_keys", factor).await?;
    }
    let decided = context.transact(move |txn| decide::approve_renewal(txn, &item, factor)).await?;
    context.anew.notify_one();
    Ok(decided)
}
