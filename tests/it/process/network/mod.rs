//! Names, cards, mailboxes and directories, between real nodes and servers on loopback.

mod capacity;
mod directory;
mod dishonest;
mod dns;
mod https;
mod mail_thieves;
mod web;
