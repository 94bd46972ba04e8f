//! The table of cards as it grows.

use std::time::Duration;

use ai2ai_protocol::card::Card;
use ai2ai_tests::lab::LONG;
use ai2ai_tests::table::{Lookup, Publication, Table, card};

/// Cards in the table.
const PEOPLE: u32 = 15;
/// Searches of one size.
const SEARCHES: usize = 30;
/// Until everybody who is there is known to enough others, and for nobody that grows.
const SETTLED: Duration = Duration::from_secs(10 * 60);
/// So many nodes come to know each other by asking; larger networks begin with full tables: their making is no part of a lookup, and takes
/// minutes in one process.
const COME_TOGETHER: usize = 50;
/// What is known has to stay the same for so long.
const QUIET: Duration = Duration::from_secs(3);
/// A query that ran out of its time on a busy machine is done again, so often: messages are counted here, not time.
const TRIES: usize = 5;

/// Messages of one search, in the middle and at the ninth of ten; and of one publication.
struct Row {
    nodes: usize,
    known: usize,
    search: (u32, u32),
    publication: u32,
}

pub(crate) async fn settled(nodes: usize, lies: Vec<Vec<libp2p::kad::Record>>) -> Table {
    let table = Table::of(nodes, lies);
    if nodes > COME_TOGETHER {
        table.know_each_other().await;
    } else {
        table.come_together().await;
    }
    let enough = nodes.min(21) * 4 / 5;
    let wait = async {
        let mut before = (0, 0);
        loop {
            let known = table.known(nodes).await;
            if known.0 >= enough / 2 && known.1 >= enough && known == before {
                return;
            }
            before = known;
            tokio::time::sleep(QUIET).await;
        }
    };
    tokio::time::timeout(SETTLED, wait).await.expect("the nodes come to know each other");
    table
}

/// Publishes a card, and says how many messages that took.
pub(crate) async fn published(table: &Table, node: usize, card: &Card) -> u32 {
    for _ in 0..TRIES {
        if let Publication { taken: true, requests } = table.publish(node, card).await {
            return requests;
        }
    }
    panic!("nobody takes the card that node {node} publishes");
}

/// The search that brought this card, and how many messages it took.
async fn found(table: &Table, node: usize, card: &Card) -> u32 {
    for _ in 0..TRIES {
        if let Lookup { card: Some(found), requests } = table.look_for(node, *card.did()).await {
            assert_eq!(found.sequence(), card.sequence());
            return requests;
        }
    }
    panic!("node {node} finds nobody");
}

async fn measured(nodes: usize) -> Row {
    let table = settled(nodes, Vec::new()).await;
    let mut publications = Vec::new();
    for person in 0..PEOPLE {
        publications.push(published(&table, person as usize * 11 % nodes, &card(person, 1)).await);
    }
    let mut searches = Vec::new();
    for number in 0..SEARCHES {
        let person = u32::try_from(number).expect("a number") % PEOPLE;
        searches.push(found(&table, (number * 13 + 5) % nodes, &card(person, 1)).await);
    }
    searches.sort_unstable();
    publications.sort_unstable();
    let search = (searches[SEARCHES / 2], searches[SEARCHES * 9 / 10]);
    Row { nodes, known: table.known(nodes).await.1, search, publication: publications[publications.len() / 2] }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_per_lookup_grow_as_the_logarithm_of_the_network() {
    let is_long = std::env::var(LONG).as_deref() == Ok("1");
    let sizes: &[usize] = if is_long { &[25, 50, 100, 200] } else { &[25, 50] };
    for nodes in sizes {
        let row = measured(*nodes).await;
        println!(
            "table: | {} nodes, of which one knows {}: a lookup takes {} messages (9 of 10: {}), a publication {}",
            row.nodes, row.known, row.search.0, row.search.1, row.publication
        );
        let most = 4.0 * (row.nodes as f64).log2();
        assert!(f64::from(row.search.1) <= most, "{} messages are more than {most:.0}", row.search.1);
    }
}
