use super::*;

const EVENING: &str = "2026-02-10T19:00Z";

fn at(text: &str) -> Timestamp {
    text.parse().expect("a time")
}

fn february() -> TimeSlot {
    TimeSlot { start: at("2026-02-01T00:00Z"), end: at("2026-03-01T00:00Z") }
}

fn london() -> TimeZone {
    TimeZone::get("Europe/London").expect("this machine knows London")
}

/// A calendar of events given by their lines.
fn calendar(events: &[&str]) -> Calendar {
    let events: String = events.iter().map(|event| format!("BEGIN:VEVENT\nUID:1\n{event}\nEND:VEVENT\n")).collect();
    let text = format!("BEGIN:VCALENDAR\nVERSION:2.0\n{events}END:VCALENDAR\n").replace('\n', "\r\n");
    Calendar::read(&text, &london(), february()).expect("a calendar")
}

fn free(calendar: &Calendar, start: &str, minutes: u64) -> bool {
    calendar.is_free(TimeSlot::new(at(start), Duration::from_secs(minutes * 60)))
}

fn busy(calendar: &Calendar) -> Vec<String> {
    calendar.busy().iter().map(|slot| format!("{}/{}", slot.start, slot.end)).collect()
}

#[test]
fn an_event_keeps_its_owner_busy_while_it_lasts() {
    for event in [
        "DTSTART:20260210T190000Z\nDTEND:20260210T203000Z",
        "DTSTART:20260210T190000Z\nDURATION:PT1H30M",
        "DTSTART;TZID=Europe/Berlin:20260210T200000\nDTEND;TZID=Europe/Berlin:20260210T213000",
        "DTSTART;TZID=\"Europe/London\":20260210T190000\nDURATION:PT90M",
        "DTSTART:20260210T190000\nDTEND:20260210T203000",
        "SUMMARY:a long title that is fol\n ded\nDTSTART:2026021\n 0T190000Z\nDTEND:20260210T203000Z",
        "DTSTART:20260210T190000Z\nDTEND:20260210T203000Z\nBEGIN:VALARM\nACTION:DISPLAY\nTRIGGER:-PT5M\nEND:VALARM",
    ] {
        let calendar = calendar(&[event]);
        assert_eq!(busy(&calendar), ["2026-02-10T19:00:00Z/2026-02-10T20:30:00Z"], "{event}");
        assert_eq!((calendar.unread(), calendar.guessed()), (0, 0), "{event}");
        assert!(!free(&calendar, EVENING, 30) && !free(&calendar, "2026-02-10T18:30Z", 31), "{event}");
        assert!(free(&calendar, "2026-02-10T18:00Z", 60) && free(&calendar, "2026-02-10T20:30Z", 60), "{event}");
    }
}

#[test]
fn a_day_without_times_is_busy_from_midnight_to_midnight_of_the_owners_zone() {
    let text = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART;VALUE=DATE:20260210\nDTEND;VALUE=DATE:20260212\nEND:VEVENT\n";
    let berlin = TimeZone::get("Europe/Berlin").expect("this machine knows Berlin");
    let calendar = Calendar::read(text, &berlin, february()).expect("a calendar");
    assert_eq!(busy(&calendar), ["2026-02-09T23:00:00Z/2026-02-11T23:00:00Z"]);
    for (lines, days) in [("", 1), ("DURATION:P2D\n", 2), ("DURATION:P1W\n", 7), ("DTEND;VALUE=DATE:20260210\n", 1)] {
        let text = format!("BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART;VALUE=DATE:20260210\n{lines}END:VEVENT\n");
        let calendar = Calendar::read(&text, &TimeZone::UTC, february()).expect("a calendar");
        assert_eq!(
            calendar.busy(),
            [TimeSlot::new(at("2026-02-10T00:00Z"), Duration::from_secs(days * 86_400))],
            "{lines}"
        );
    }
}

#[test]
fn what_is_cancelled_or_transparent_leaves_its_owner_free() {
    for line in ["STATUS:CANCELLED", "TRANSP:TRANSPARENT"] {
        assert!(free(&calendar(&[&format!("DTSTART:20260210T190000Z\nDURATION:PT1H\n{line}")]), EVENING, 60), "{line}");
    }
}

#[test]
fn a_repeating_event_is_busy_each_time_except_where_it_is_not() {
    let weekly = "DTSTART;TZID=Europe/London:20250107T190000\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;UNTIL=20260217T190000Z";
    let series = calendar(&[&format!("{weekly}\nEXDATE;TZID=Europe/London:20260210T190000")]);
    assert_eq!(
        busy(&series),
        ["2026-02-03T19:00:00Z/2026-02-03T20:00:00Z", "2026-02-17T19:00:00Z/2026-02-17T20:00:00Z"]
    );

    let moved = "RECURRENCE-ID:20260210T190000Z\nDTSTART:20260211T190000Z\nDURATION:PT1H";
    let series = calendar(&[weekly, moved]);
    assert!(free(&series, EVENING, 60) && !free(&series, "2026-02-11T19:00Z", 60));

    let counted = calendar(&["DTSTART:20260120T190000Z\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;COUNT=3"]);
    assert_eq!(busy(&counted), ["2026-02-03T19:00:00Z/2026-02-03T20:00:00Z"]);
    let added = calendar(&["DTSTART:20260210T190000Z\nDURATION:PT1H\nRDATE:20260212T190000Z,20260213T190000Z"]);
    assert_eq!(added.busy().len(), 3);
}

#[test]
fn a_series_of_whole_days_ends_with_the_day_that_it_names() {
    let series = calendar(&["DTSTART;VALUE=DATE:20260209\nRRULE:FREQ=DAILY;UNTIL=20260211"]);
    assert_eq!(busy(&series), ["2026-02-09T00:00:00Z/2026-02-12T00:00:00Z"], "three days, and no fourth");
    let evenings = calendar(&["DTSTART:20260210T233000Z\nDURATION:PT10M\nRRULE:FREQ=DAILY;UNTIL=20260211"]);
    assert_eq!(evenings.busy().len(), 2, "all of the last day is in it");
}

#[test]
fn whoever_shows_only_when_they_are_busy_is_busy_then() {
    let read = |lines: &str| {
        let text = format!(
            "BEGIN:VCALENDAR\nBEGIN:VFREEBUSY\nDTSTART:20260201T000000Z\n{lines}\nEND:VFREEBUSY\nEND:VCALENDAR\n"
        );
        Calendar::read(&text, &london(), february()).expect("a calendar")
    };
    let told = read(
        "FREEBUSY:20260210T190000Z/20260210T200000Z,20260211T190000Z/PT30M\n\
         freebusy;X-A=1;fbtype=BUSY-TENTATIVE:20260212T190000Z/PT1H\nFREEBUSY;FBTYPE=FREE:20260213T190000Z/PT1H",
    );
    let slots = [
        "2026-02-10T19:00:00Z/2026-02-10T20:00:00Z",
        "2026-02-11T19:00:00Z/2026-02-11T19:30:00Z",
        "2026-02-12T19:00:00Z/2026-02-12T20:00:00Z",
    ];
    assert_eq!((busy(&told), told.unread()), (slots.map(str::to_owned).to_vec(), 0));
    for bad in ["", "soon", "20260210T190000Z", "20260210T190000Z/-PT1H", "20260210T200000Z/20260210T190000Z"] {
        assert_eq!(read(&format!("FREEBUSY:{bad}")).unread(), 1, "{bad:?} is counted as not read");
    }
}

#[test]
fn a_meeting_keeps_its_local_hour_when_summer_time_begins() {
    let text = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART;TZID=Europe/London:20260325T190000\nDURATION:PT1H\n\
                RRULE:FREQ=WEEKLY\nEND:VEVENT\nEND:VCALENDAR\n";
    let horizon = TimeSlot { start: at("2026-03-20T00:00Z"), end: at("2026-04-03T00:00Z") };
    let calendar = Calendar::read(text, &london(), horizon).expect("a calendar");
    assert_eq!(
        busy(&calendar),
        ["2026-03-25T19:00:00Z/2026-03-25T20:00:00Z", "2026-04-01T18:00:00Z/2026-04-01T19:00:00Z"]
    );
}

#[test]
fn what_is_not_understood_is_busy_rather_than_free() {
    for event in [
        "DTSTART;TZID=Nowhere Standard Time:20260210T120000\nDURATION:PT1H",
        "DTSTART:20260201T190000Z\nDURATION:PT1H\nRRULE:FREQ=YEARLY;BYWEEKNO=7",
        "DTSTART:20260201T090000Z\nDURATION:PT1H\nRRULE:FREQ=HOURLY",
        "DTSTART:20260209T190000Z\nDURATION:PT1H\nRDATE;VALUE=PERIOD:20260210T190000Z/PT1H",
        "DTSTART:20260210T190000Z\nDTEND:tomorrow",
        "DTSTART:20260210T190000Z\nDURATION:-PT1H",
        "DTSTART:20260210T190000Z\nDTEND:20260210T180000Z",
    ] {
        let calendar = calendar(&[event]);
        assert!(!free(&calendar, EVENING, 60), "{event}");
        assert_eq!(calendar.guessed(), 1, "{event}");
    }
}

#[test]
fn beyond_the_horizon_nobody_is_known_to_be_free() {
    let empty = calendar(&[]);
    assert!(free(&empty, EVENING, 60));
    for (start, minutes) in [("2026-01-31T23:59Z", 60), ("2026-02-28T23:30Z", 31), (EVENING, 0)] {
        assert!(!free(&empty, start, minutes), "{start}");
    }
    let century = TimeSlot { start: at("2026-02-01T00:00Z"), end: at("2126-02-01T00:00Z") };
    let calendar = Calendar::read("BEGIN:VCALENDAR\n", &london(), century).expect("a calendar");
    assert_eq!(calendar.horizon().end, century.start + CALENDAR_HORIZON);
}

#[test]
fn the_first_free_among_the_proposed_is_found_by_its_place() {
    let calendar = calendar(&["DTSTART:20260210T183000Z\nDURATION:PT1H"]);
    let proposed = [at(EVENING), at("2026-02-11T19:00Z"), at("2026-02-12T19:00Z")];
    assert_eq!(calendar.first_free(&proposed, Duration::from_secs(90 * 60)), Some(1));
    assert_eq!(calendar.first_free(&proposed[..1], Duration::from_secs(90 * 60)), None);
    assert_eq!(calendar.first_free(&[], Duration::from_secs(90 * 60)), None);
}

#[test]
fn a_damaged_event_leaves_the_others_as_they_are() {
    let nested = "BEGIN:VALARM\n".repeat(100_000);
    let good = "DTSTART:20260210T190000Z\nDURATION:PT1H";
    for bad in ["DTSTART:soon", "no colon at all", "BEGIN:VALARM", "END:VTODO", &nested, "DTSTART;;;=:\u{0}"] {
        let calendar = calendar(&[bad, good]);
        assert_eq!(calendar.unread(), 1, "{}", &bad[..bad.len().min(20)]);
        assert!(!free(&calendar, EVENING, 60), "{}", &bad[..bad.len().min(20)]);
    }
}

#[test]
fn a_calendar_beyond_its_bounds_is_refused() {
    let read = |text: &str| Calendar::read(text, &london(), february());
    assert!(matches!(read("{}"), Err(CalendarError::NotACalendar)));
    assert!(matches!(read(&" ".repeat(CALENDAR_BYTES + 1)), Err(CalendarError::TooLarge)));
    let many = format!("BEGIN:VCALENDAR\n{}", "BEGIN:VEVENT\nEND:VEVENT\n".repeat(CALENDAR_EVENTS + 1));
    assert!(matches!(read(&many), Err(CalendarError::TooMany)));
    let daily = "BEGIN:VEVENT\nDTSTART:20260101T000000Z\nDURATION:PT1S\nRRULE:FREQ=DAILY\nEND:VEVENT\n";
    let often = format!("BEGIN:VCALENDAR\n{}", daily.repeat(8_000));
    assert!(matches!(read(&often), Err(CalendarError::TooMany)));
    assert!(read("\u{feff}begin:vcalendar\r\nEND:VCALENDAR").is_ok());
}

#[test]
fn a_file_is_read_up_to_its_bound_and_no_further() {
    let home = tempfile::tempdir().expect("a directory");
    let file = home.path().join("calendar.ics");
    assert!(matches!(Calendar::open(&file, &london(), february()), Err(CalendarError::Io(_))));
    std::fs::write(&file, b"BEGIN:VCALENDAR\r\n\xff").expect("written");
    assert!(matches!(Calendar::open(&file, &london(), february()), Err(CalendarError::NotACalendar)));
    std::fs::write(&file, vec![b' '; CALENDAR_BYTES + 1]).expect("written");
    assert!(matches!(Calendar::open(&file, &london(), february()), Err(CalendarError::TooLarge)));
}

#[test]
fn no_word_of_the_calendar_can_be_told() {
    let calendar = calendar(&["SUMMARY:Dentist\nLOCATION:Secret Street\nDTSTART:20260210T190000Z\nDURATION:PT1H"]);
    let told = format!("{calendar:?}");
    assert!(!told.contains("Dentist") && !told.contains("Secret"));
}

#[test]
fn a_calendar_made_to_keep_its_reader_busy_is_refused() {
    let rule = "FREQ=MONTHLY;COUNT=100000;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=40";
    let event = format!("BEGIN:VEVENT\nDTSTART:20160101T000000Z\nDURATION:PT1S\nRRULE:{rule}\nEND:VEVENT\n");
    let text = format!("BEGIN:VCALENDAR\n{}", event.repeat(1_000));
    assert!(matches!(Calendar::read(&text, &london(), february()), Err(CalendarError::TooMany)));
}

proptest::proptest! {
    #[test]
    fn no_text_breaks_the_reader(
        lines in proptest::collection::vec(
            "(BEGIN:|END:|DTSTART|DTEND|RRULE|EXDATE|RDATE|RECURRENCE-ID|DURATION|UID)(VEVENT|VALARM|;TZID=[A-Z/]{0,9}:)?:?[-PTZ0-9;=,A-Zé]{0,24}",
            0..20,
        ),
    ) {
        let text = format!("BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20260210T190000Z\n{}\n", lines.join("\n"));
        let calendar = Calendar::read(&text, &london(), february()).expect("few events are never too many");
        for pair in calendar.busy().windows(2) {
            proptest::prop_assert!(pair[0].start < pair[0].end && pair[0].end < pair[1].start);
        }
        proptest::prop_assert!(calendar.busy().iter().all(|busy| !calendar.is_free(*busy)));
    }
}
