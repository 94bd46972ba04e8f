//! Every bound of the network room, by name. What a peer's bytes may be is in the protocol's limits.

use std::time::Duration;

/// Connections that are told to close are gone within this time.
pub const CLOSED_WITHIN: Duration = Duration::from_secs(2);

/// Addresses of this node that volunteers are asked to try, in one network.
pub const PROBED: usize = 8;
/// How often they are asked about what is new.
pub const PROBE_EVERY: Duration = Duration::from_secs(2);
/// Addresses at which others have seen this node, that are remembered.
pub const SIGHTS: usize = 16;
/// Those of one other node, by each transport: the newest.
pub const SIGHTS_OF_ONE: usize = 2;

/// How often what has expired in the table of cards is given up.
pub const DHT_SWEPT: Duration = Duration::from_secs(60);
/// The shortest wait before nodes that are remembered are dialled again; it doubles each time.
pub const TOUCH_FIRST: Duration = Duration::from_secs(15);
/// The longest.
pub const TOUCH_LAST: Duration = Duration::from_secs(10 * 60);

/// Connections that strangers are opening at the same moment.
pub const PENDING_IN: u32 = 64;
/// Connections that this node is opening at the same moment.
pub const PENDING_OUT: u32 = 64;
/// Connections that others opened.
pub const CONNECTIONS_IN: u32 = 256;
/// Connections in all; more than [`CONNECTIONS_IN`], so that others can never use up all of them.
pub const CONNECTIONS: u32 = 384;
/// Connections with one peer: one, and room for those that crossed or have died unnoticed.
pub const CONNECTIONS_PER_PEER: u32 = 4;
/// Bytes of memory of the whole process from which on no new connection is made.
pub const MEMORY_BYTES: usize = 1024 * 1024 * 1024;

/// Places of one node at a volunteer.
pub const RELAY_PLACES_PER_PEER: usize = 4;
/// Circuits of one node.
pub const RELAYED_PER_PEER: usize = 16;
/// Places and circuits, each, that one node may ask a volunteer for in a minute.
pub const RELAY_ASKS_PER_PEER: u32 = 30;
/// The same for one IP address, behind which there may be many nodes.
pub const RELAY_ASKS_PER_IP: u32 = 120;

/// How long a relay over which a connection with a peer went wrong is dialled only after the others; it doubles each time.
pub const RELAY_BACKOFF_FIRST: Duration = Duration::from_secs(2 * 60);
/// The longest.
pub const RELAY_BACKOFF_LAST: Duration = Duration::from_secs(3_600);
/// Connections of a peer and a relay for which this is remembered.
pub const RELAY_BACKOFFS: usize = 256;

/// Streams of one protocol on one connection, in both directions together.
pub const STREAMS: usize = 160;
/// Streams of one connection whose protocol is being agreed on.
pub const STREAMS_NEGOTIATING: usize = 64;
/// Streams of one connection, of all protocols.
pub const STREAMS_IN_ALL: usize = 256;
/// Bytes that may be under way on one QUIC stream.
pub const QUIC_STREAM_BYTES: u32 = 2 * 1024 * 1024;
/// Bytes that may be under way on one QUIC connection.
pub const QUIC_CONNECTION_BYTES: u32 = 8 * 1024 * 1024;

/// Requests of ours to one peer that wait or are under way.
pub const OUT_PER_PEER: usize = 64;
/// Requests of ours that wait or are under way.
pub const OUT: usize = 256;
/// Requests of one peer that are read or being answered at the same time; more of them wait unread.
pub const IN_PER_PEER: usize = 16;
/// Requests of all peers that are read or being answered at the same time.
pub const IN: usize = 64;
/// Peers whose use of their rate is remembered.
pub const RATES_KEPT: usize = 1024;
/// Card requests that wait for this node to have a card.
pub const CARD_WAITERS: usize = 64;
/// Addresses tried for one peer.
pub const DIAL_ADDRESSES: usize = 16;
/// Peers whose first sight on this network is remembered.
pub const HEARD: usize = 1024;
/// Commands that wait for the network.
pub const COMMANDS: usize = 256;
/// EventQueue that wait for the node; beyond it, what peers send is refused.
pub const EVENTS_WAITING: usize = 64;
/// EventQueue that wait for the node; beyond it, the oldest are lost.
pub const EVENTS_KEPT: usize = 4096;

/// A request is read, answered and its answer read within this time.
pub const REQUEST_WITHIN: Duration = Duration::from_secs(20);
/// The node gives its answer to a request within this time; shorter, so that the peer learns it by the stream's end.
pub const ANSWER_WITHIN: Duration = Duration::from_secs(10);
/// How long a card request waits for this node to have a card.
pub const CARD_WITHIN: Duration = Duration::from_secs(3);
/// A connection is made within this time.
pub const CONNECT_WITHIN: Duration = Duration::from_secs(10);
/// A dial whose handshake fails within this time may have met the peer's own dial half-way.
pub const CROSSED_WITHIN: Duration = Duration::from_secs(1);
/// A connection without streams is closed after this time.
pub const IDLE: Duration = Duration::from_secs(120);
/// A QUIC connection that brings no packet for this time after our last is dead.
pub const QUIC_IDLE: Duration = Duration::from_secs(6);
/// A quiet QUIC connection sends a packet after this time.
pub const QUIC_KEEP_ALIVE: Duration = Duration::from_secs(2);
/// How often a peer is pinged, and how long its answer may take.
pub const PING: Duration = Duration::from_secs(5);
/// A connection on which no ping was answered for this time is dead. Ping itself keeps its first failure quiet, and
/// needs about 25 s on a TCP connection that was cut.
pub const SILENCE: Duration = Duration::from_secs(14);
/// A peer says what it speaks within this time.
pub const IDENTIFY_WITHIN: Duration = Duration::from_secs(10);
/// How long two connections of a pair may exist side by side.
pub const SURPLUS_AFTER: Duration = Duration::from_secs(1);
/// How often dead, surplus and foreign connections are looked for.
pub const ROUND: Duration = Duration::from_secs(1);
/// mDNS begins this long after the first address is listened on: it would answer its own first question with what is
/// known by then, and not ask again for half a second.
pub const MDNS_AFTER: Duration = Duration::from_millis(20);
/// How long requests under way may take to end when the node stops.
pub const DRAIN_WITHIN: Duration = Duration::from_secs(1);
/// How long the last answer has to reach its peer before the goodbye. QUIC throws away what is not acknowledged.
pub const LINGER: Duration = Duration::from_millis(150);
/// How long saying goodbye may take. A peer that hears none believes for seconds that we are there.
pub const GOODBYE_WITHIN: Duration = Duration::from_secs(1);
/// How long QUIC has to put its goodbyes on the wire. libp2p takes a connection for gone once it is told to close; what
/// closes it runs as a task of its own, and the end of the process would overtake it.
pub const SENT_WITHIN: Duration = Duration::from_millis(50);
