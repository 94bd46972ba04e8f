//! Checks of a home that need no node: identity, files, settings, clock, database.

use std::path::Path;
use std::time::Duration;

use ai2ai_protocol::limits::CLOCK_SKEW;
use ai2ai_protocol::time::Timestamp;
use ai2ai_store::Store;

use ai2ai_api::clock::of_system;
use ai2ai_api::doctor::{FAIL, OK, WARN, line};
use ai2ai_api::exit::Failure;
use ai2ai_api::views::DoctorView;

use crate::config::Config;
use crate::files::is_loose;
use crate::identity::Identity;
use crate::lock::HomeLock;
use crate::paths::Paths;

/// Remaining lifetime of a delegation below which the doctor warns.
const ENDS_SOON: Duration = Duration::from_secs(14 * 24 * 3_600);

/// Checks a home; nothing in it is changed. `running` says whether its node answered: what only the node can look at is
/// then left to it.
#[must_use]
pub fn of_home(paths: &Paths, running: bool, now: Timestamp) -> Vec<DoctorView> {
    let identity = Identity::load(paths);
    let mut checks = vec![of_identity(&identity), of_clock(paths, identity.as_ref().ok(), now), of_config(paths)];
    checks.push(of_files(paths));
    if !running {
        checks.extend(identity.ok().map(|identity| of_approval(&identity)));
        checks.push(of_database(paths));
    }
    checks
}

fn failed(check: &str, failure: &Failure) -> DoctorView {
    line(check, FAIL, &failure.message, failure.hint.clone())
}

fn of_identity(identity: &Result<Identity, Failure>) -> DoctorView {
    match identity {
        Ok(identity) => line("identity", OK, format!("{}, {}", identity.sender.human, identity.did), None),
        Err(failure) => failed("identity", failure),
    }
}

/// Checks that the clock fits with what was written here, and with the delegation.
fn of_clock(paths: &Paths, identity: Option<&Identity>, now: Timestamp) -> DoctorView {
    if let Some(Err(failure)) = identity.map(|identity| identity.check_delegation(now)) {
        return failed("clock", &failure);
    }
    let newest = [&paths.database, &paths.identity_file].into_iter().filter_map(|path| written_at(path)).max();
    if newest.is_some_and(|written| written > now + CLOCK_SKEW) {
        let fix =
            Some("Set the clock of this machine: others refuse messages that seem too old or too new.".to_owned());
        return line("clock", WARN, format!("it says {now}, but there are files of a later time"), fix);
    }
    let end = identity.map(|identity| identity.sender.delegation.not_after());
    match end.filter(|end| now + ENDS_SOON >= *end) {
        Some(end) => {
            let fix = Some("Renew it before then: ai2ai keys rotate".to_owned());
            line("clock", WARN, format!("the agent's key speaks for you only until {end}"), fix)
        }
        None => line("clock", OK, now.whole_second().to_string(), None),
    }
}

fn written_at(path: &Path) -> Option<Timestamp> {
    std::fs::metadata(path).ok()?.modified().ok().map(of_system)
}

fn of_config(paths: &Paths) -> DoctorView {
    match Config::load(paths) {
        Ok(_) => line("settings", OK, paths.config_file.display().to_string(), None),
        Err(failure) => failed("settings", &failure),
    }
}

fn of_files(paths: &Paths) -> DoctorView {
    let secret =
        [&paths.owner_key, &paths.agent_key, &paths.node_key, &paths.owner_token, &paths.agent_token, &paths.database];
    let loose: Vec<String> = std::iter::once(&paths.data)
        .chain(secret)
        .filter(|path| is_loose(path) == Some(true))
        .map(|path| path.display().to_string())
        .collect();
    if loose.is_empty() {
        return line("files", OK, "only you can read the keys", None);
    }
    let all = loose.join(" ");
    line("files", FAIL, format!("others can get at {all}"), Some(format!("chmod go= {all}")))
}

fn of_approval(identity: &Identity) -> DoctorView {
    if identity.has_pin {
        return line("approval", OK, "the owner key is sealed with a PIN", None);
    }
    let fix = "Make an identity with a PIN: ai2ai init without --no-pin.".to_owned();
    line("approval", WARN, "there is no PIN: whoever can read the owner key can approve for you", Some(fix))
}

/// Opens the database as the node would, while holding the lock, so that no node starts meanwhile.
fn of_database(paths: &Paths) -> DoctorView {
    if !paths.database.exists() {
        return line("database", OK, "none yet: the first `ai2ai up` makes it", None);
    }
    let _alone = match HomeLock::take(paths) {
        Ok(lock) => lock,
        Err(failure) => return failed("database", &failure),
    };
    match Store::open(&paths.database) {
        Ok(_) => line("database", OK, paths.database.display().to_string(), None),
        Err(error) => {
            let fix = "Keep the file, and put a copy of it back; it is never replaced by an empty one.".to_owned();
            line("database", FAIL, error.to_string(), Some(fix))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ai2ai_api::clock;
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    fn status(checks: &[DoctorView], name: &str) -> String {
        let found = checks.iter().find(|check| check.check == name);
        found.map_or_else(|| "absent".to_owned(), |check| check.status.clone())
    }

    fn home() -> (tempfile::TempDir, Paths) {
        let dir = tempfile::tempdir().expect("a directory");
        let paths = Paths::in_home(&dir.path().join("home")).expect("paths");
        (dir, paths)
    }

    fn with_identity() -> (tempfile::TempDir, Paths) {
        let (dir, paths) = home();
        let human = "Alice".parse().expect("a name");
        let agent = "alice".parse().expect("a name");
        Identity::create(&paths, human, agent, None, clock::now(), &mut rand::rng()).expect("made");
        (dir, paths)
    }

    #[test]
    fn an_empty_home_is_told_to_make_an_identity() {
        let (_dir, paths) = home();
        let checks = of_home(&paths, false, clock::now());
        assert_eq!(status(&checks, "identity"), FAIL);
        let fix = checks.iter().find_map(|check| check.fix.clone()).unwrap_or_default();
        assert!(fix.contains("ai2ai init"), "{fix}");
        assert!(!paths.data.exists(), "looking changes nothing");
    }

    #[test]
    fn a_home_is_well_until_something_is_wrong_with_it() {
        let (_dir, paths) = with_identity();
        let now = clock::now();
        let checks = of_home(&paths, false, now);
        for (name, expected) in
            [("identity", OK), ("clock", OK), ("settings", OK), ("files", OK), ("approval", WARN), ("database", OK)]
        {
            assert_eq!(status(&checks, name), expected, "{name}");
        }
        assert_eq!(status(&of_home(&paths, false, now + Duration::from_secs(400 * 86_400)), "clock"), FAIL);
        assert_eq!(status(&of_home(&paths, false, now + Duration::from_secs(355 * 86_400)), "clock"), WARN);
        assert_eq!(status(&of_home(&paths, false, now - Duration::from_secs(86_400)), "clock"), FAIL);
        fs::write(&paths.config_file, "mdsn = true").expect("written");
        assert_eq!(status(&of_home(&paths, true, now), "settings"), FAIL);
        fs::write(&paths.database, "not a database").expect("written");
        fs::set_permissions(&paths.database, fs::Permissions::from_mode(0o600)).expect("a mode");
        assert_eq!(status(&of_home(&paths, false, now), "database"), FAIL);
        assert_eq!(fs::read(&paths.database).expect("still there"), b"not a database");
        fs::set_permissions(&paths.agent_token, fs::Permissions::from_mode(0o644)).expect("a mode");
        assert_eq!(status(&of_home(&paths, true, now), "files"), FAIL);
    }
}
