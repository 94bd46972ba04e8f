//! An owner's screens: terminal, pages, browser, notifications, keys and files.

mod browser;
mod calling_off;
mod carry;
mod decisions;
mod invites;
mod keys;
mod navigation;
mod notify;
mod pages;
mod pins;
mod search;
mod service;
mod terminal;
