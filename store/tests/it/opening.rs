//! Opening of files: what is opened, what is refused, and that a refused file is left as it is.

use std::fs;
use std::path::{Path, PathBuf};

use ai2ai_store::{Keep, OpenError, Store, StoreError, audit, kv};
use redb::{Database, ReadableDatabase as _, TableDefinition, TableHandle as _};
use tempfile::TempDir;

const SCHEMA: TableDefinition<&str, u64> = TableDefinition::new("schema");

fn home() -> (TempDir, PathBuf) {
    let home = TempDir::new().expect("a directory");
    let path = home.path().join("store.redb");
    (home, path)
}

/// A text of this number of bytes, so that a store of a few of them has pages to damage.
fn text(bytes: usize) -> String {
    "what Alex said ".chars().cycle().take(bytes).collect()
}

fn write_texts(store: &Store, texts: u64) {
    for number in 0..texts {
        store.write(|tx| kv::put(tx, &format!("text {number}"), &text(2_000))).expect("kept");
    }
}

/// Returns how many of the texts are there; none of them may be another one.
fn count_texts(store: &Store) -> Result<usize, StoreError> {
    let tx = store.read()?;
    let mut found = 0;
    for number in 0..100 {
        if let Some(said) = kv::get(&tx, &format!("text {number}"))? {
            assert_eq!(said, text(2_000));
            found += 1;
        }
    }
    Ok(found)
}

fn closed_store(path: &Path) -> Vec<u8> {
    let store = Store::open(path).expect("a new store");
    write_texts(&store, 20);
    drop(store);
    fs::read(path).expect("a file")
}

/// The file as a crash leaves it: everything is committed but the closing.
fn crashed_store(path: &Path) -> Vec<u8> {
    let store = Store::open(path).expect("a new store");
    write_texts(&store, 20);
    let left = store.write_keeping(|tx| {
        kv::put(tx, "never", "committed")?;
        Ok::<_, StoreError>((fs::read(path).expect("a file"), Keep::Nothing))
    });
    left.expect("put")
}

/// Opens a file with these bytes. If it is refused, it is refused as damaged, by name, and left as it is.
fn open_bytes(bytes: &[u8]) -> Option<(TempDir, Store)> {
    let (home, path) = home();
    fs::write(&path, bytes).expect("written");
    match Store::open(&path) {
        Ok(store) => Some((home, store)),
        Err(error) => {
            assert!(matches!(error, OpenError::Damaged { .. }), "{error}");
            assert!(error.to_string().contains("store.redb"), "{error}");
            assert!(fs::read(&path).expect("a file") == bytes, "it was changed: {error}");
            None
        }
    }
}

#[test]
fn an_absent_store_is_made_for_its_owner_only() {
    let (home, path) = home();
    drop(Store::open(&path).expect("a new store"));
    let names: Vec<_> = fs::read_dir(home.path()).expect("a directory").flatten().map(|entry| entry.path()).collect();
    assert_eq!(names, std::slice::from_ref(&path));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(fs::metadata(&path).expect("a file").permissions().mode() & 0o777, 0o600);
    }
}

#[test]
fn what_was_committed_is_there_when_it_is_opened_again() {
    let (_home, path) = home();
    closed_store(&path);
    assert_eq!(count_texts(&Store::open(&path).expect("opens")).expect("readable"), 20);
}

#[test]
fn a_directory_that_is_absent_is_an_error_and_not_made() {
    let (home, _) = home();
    let nowhere = home.path().join("nowhere");
    let error = Store::open(&nowhere.join("store.redb")).expect_err("no such directory");
    assert!(matches!(error, OpenError::Io { .. }), "{error}");
    assert!(!nowhere.exists());
}

#[test]
fn a_crash_while_it_was_made_does_not_matter() {
    for left_over in [&b""[..], b"half of a page", &[0; 80_000]] {
        let (home, path) = home();
        fs::write(home.path().join("store.redb.new"), left_over).expect("written");
        write_texts(&Store::open(&path).expect("a new store"), 1);
        assert_eq!(count_texts(&Store::open(&path).expect("opens")).expect("readable"), 1);
    }
}

#[test]
fn what_is_no_store_is_refused_and_left_as_it_is() {
    let sqlite = [&b"SQLite format 3\0"[..], &[0; 8_176]].concat();
    for bytes in [&b""[..], b"\0", b"{}", &[0; 4_096], &[0xff; 100_000], &sqlite] {
        assert!(open_bytes(bytes).is_none());
    }
}

#[test]
fn a_directory_in_its_place_is_refused() {
    let (_home, path) = home();
    fs::create_dir(&path).expect("a directory");
    Store::open(&path).expect_err("no file");
    assert!(path.is_dir());
}

#[test]
fn a_file_that_was_cut_short_is_refused() {
    let (_home, path) = home();
    let whole = closed_store(&path);
    for length in (0..whole.len()).step_by(1_999) {
        assert!(open_bytes(&whole[..length]).is_none(), "cut to {length} of {}", whole.len());
    }
}

#[test]
fn a_file_that_was_overwritten_is_refused_or_has_everything() {
    let (_home, path) = home();
    let whole = closed_store(&path);
    let mut refused = 0;
    for at in (0..whole.len()).step_by(3_001) {
        let mut flipped = whole.clone();
        flipped[at] ^= 1;
        let mut wiped = whole.clone();
        wiped[at..(at + 1_024).min(whole.len())].fill(0);
        for bad in [flipped, wiped] {
            match open_bytes(&bad) {
                Some((_home, store)) => assert_eq!(count_texts(&store).expect("readable"), 20, "changed at {at}"),
                None => refused += 1,
            }
        }
    }
    assert!(refused > 20, "only {refused} were refused");
}

#[test]
fn after_a_crash_it_has_what_was_committed_and_nothing_else() {
    let (_home, path) = home();
    let left = crashed_store(&path);
    let (_home, store) = open_bytes(&left).expect("mended");
    assert_eq!(count_texts(&store).expect("readable"), 20);
    assert_eq!(kv::get(&store.read().expect("a view"), "never").expect("readable"), None);
}

#[test]
fn a_crashed_file_that_was_cut_short_is_refused() {
    let (_home, path) = home();
    let left = crashed_store(&path);
    for length in (0..left.len()).step_by(1_999) {
        assert!(open_bytes(&left[..length]).is_none(), "cut to {length} of {}", left.len());
    }
}

#[test]
fn a_store_that_is_open_is_not_opened_twice() {
    let (_home, path) = home();
    let first = Store::open(&path).expect("a new store");
    let error = Store::open(&path).expect_err("in use");
    assert!(matches!(error, OpenError::InUse { .. }), "{error}");
    drop(first);
    Store::open(&path).expect("free again");
}

#[test]
fn a_newer_schema_is_refused_and_nothing_in_it_is_changed() {
    let (_home, path) = home();
    closed_store(&path);
    let set = |version: u64| {
        let database = Database::open(&path).expect("redb");
        let tx = database.begin_write().expect("a transaction");
        tx.open_table(SCHEMA).expect("a table").insert("schema", version).expect("insert");
        tx.commit().expect("kept");
    };
    set(4);
    let error = Store::open(&path).expect_err("newer");
    assert!(matches!(error, OpenError::Newer { found: 4, known: 3, .. }), "{error}");
    set(3);
    assert_eq!(count_texts(&Store::open(&path).expect("opens")).expect("readable"), 20);
}

#[test]
fn the_database_of_another_program_is_refused_and_gets_no_tables() {
    const THEIRS: TableDefinition<u64, u64> = TableDefinition::new("theirs");
    let (_home, path) = home();
    let database = Database::create(&path).expect("redb");
    let tx = database.begin_write().expect("a transaction");
    tx.open_table(THEIRS).expect("a table").insert(1, 1).expect("insert");
    tx.commit().expect("kept");
    drop(database);

    let error = Store::open(&path).expect_err("theirs");
    assert!(matches!(error, OpenError::Damaged { .. }), "{error}");
    let database = Database::open(&path).expect("redb");
    let tx = database.begin_read().expect("a view");
    let names: Vec<_> = tx.list_tables().expect("a list").map(|table| table.name().to_owned()).collect();
    assert_eq!(names, ["theirs"]);
}

#[test]
fn a_row_of_an_unknown_form_is_an_error_and_no_panic() {
    const AUDIT: TableDefinition<u64, &[u8]> = TableDefinition::new("audit/1");
    let (_home, path) = home();
    closed_store(&path);
    let database = Database::open(&path).expect("redb");
    let tx = database.begin_write().expect("a transaction");
    tx.open_table(AUDIT).expect("a table").insert(1, &b"\xff{}"[..]).expect("insert");
    tx.commit().expect("kept");
    drop(database);

    let store = Store::open(&path).expect("opens");
    let error = audit::all(&store.read().expect("a view")).expect_err("no row");
    assert!(matches!(error, StoreError::Damaged { .. }), "{error}");
}
