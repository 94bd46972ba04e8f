//! The desktop's own notifications, by `notify-send`.

use std::env;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::process::run;
use crate::text::{OwnerNotice, TITLE, cut};
use ai2ai_http::retry::{Fault, TryResult};

/// The program that shows it.
const PROGRAM: &str = "notify-send";
/// How long it may take.
const WITHIN: Duration = Duration::from_secs(5);
/// Characters that are shown.
const SHOWN: usize = 400;

pub(crate) async fn tell(notice: &OwnerNotice) -> TryResult {
    let folders = env::var_os("PATH").unwrap_or_default();
    let Some(program) = found(env::split_paths(&folders)) else {
        return Err(Fault::Never(format!("there is no {PROGRAM} on this machine")));
    };
    run(&program, &words(notice), b"", WITHIN).await
}

fn found(mut folders: impl Iterator<Item = PathBuf>) -> Option<PathBuf> {
    folders.find_map(|folder| {
        let program = folder.join(PROGRAM);
        let is_there = folder.is_absolute() && Path::is_file(&program);
        is_there.then_some(program)
    })
}

fn words(notice: &OwnerNotice) -> Vec<String> {
    let urgency = if notice.is_second { "critical" } else { "normal" };
    let words = ["--app-name", TITLE, "--urgency", urgency, "--", TITLE];
    words.into_iter().map(str::to_owned).chain([plain(&cut(&notice.text(), SHOWN))]).collect()
}

/// Some desktops read markup in the text, and some do not: nothing in it is any for either.
fn plain(text: &str) -> String {
    let similar = |c| match c {
        '<' => '‹',
        '>' => '›',
        '&' => '＆',
        other => other,
    };
    text.chars().map(similar).collect()
}

#[cfg(test)]
mod tests {
    use ai2ai_home::config::notify::Show;

    use super::*;
    use crate::corpus::{HOSTILE, is_plain};
    use crate::text::tests::{notice, notice_of, unverified};

    #[test]
    fn the_text_is_one_word_and_no_markup_and_no_flag() {
        let words = words(&notice(Show::Everything));
        assert_eq!(words.len(), 7);
        assert_eq!(words[4], "--", "whatever they are called, it is no flag");
        assert!(!words[6].contains(['<', '>', '&']), "{}", words[6]);
        assert!(words[6].contains("‹b›Bob"), "{}", words[6]);
    }
    #[test]
    fn what_hostile_people_write_is_one_word_without_markup() {
        for (make, (tries, text)) in
            [notice_of, unverified].into_iter().flat_map(|make| HOSTILE.iter().map(move |it| (make, it)))
        {
            let words = words(&make(text, Show::Everything));
            assert_eq!((words.len(), words[4].as_str()), (7, "--"), "{tries}");
            assert!(!words[6].contains(['<', '>', '&']) && is_plain(&words[6]), "{tries}: {}", words[6]);
        }
    }
}
