//! Nodes of the DHT that do what they like: nothing forged is believed.
//!
//! What a volunteer may do to what it relays, and lie about its custody of letters, belongs here too.

use ai2ai_tests::table::{card, lie};

use crate::table::settled;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_that_keep_forged_and_old_cards_are_never_believed() {
    let people = 8;
    let forged = |person| {
        let mut bytes = card(person, 99).bytes().to_vec();
        let at = bytes.windows(4).position(|part| part == b"Alex").expect("a name");
        bytes[at] = b'B';
        lie(card(person, 99).did(), bytes)
    };
    let old: Vec<_> = (0..people).map(|person| lie(card(person, 1).did(), card(person, 1).bytes().to_vec())).collect();
    let others: Vec<_> = (0..people).map(|person| lie(card(person, 1).did(), card(99, 99).bytes().to_vec())).collect();
    let lies = vec![(0..people).map(forged).collect(), old.clone(), old, others];
    let honest = 21;
    let table = settled(honest, lies).await;
    for person in 0..people {
        let node = person as usize % honest;
        assert!(table.publish(node, &card(person, 7)).await.taken, "{person}");
    }
    // The liars say it again and again, while everybody asks.
    for round in 0..3 {
        for person in 0..people {
            let node = (person as usize * 5 + round * 7 + 1) % honest;
            let found = table.look_for(node, *card(person, 7).did()).await.card;
            assert_eq!(found.map(|card| card.sequence()), Some(7), "{person} in round {round}");
        }
    }
    let searches = 3 * people;
    println!("hostile: | 21 honest nodes, 4 liars: {searches} of {searches} lookups gave the newest card");
}
