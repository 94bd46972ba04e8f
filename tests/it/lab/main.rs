//! Journeys in network namespaces: laptops on a LAN, routers, clocks that are turned. Each says `SKIPPED` where there are none.

mod internet;
mod lan;
mod trouble;
