//! Drawing of the full-screen inbox. Text of the other side comes cleaned and marked, from the same lines that `ai2ai show` prints.

use ai2ai_api::text::{brief, clean, when};
use ai2ai_api::views::{ItemView, PendingView};
use ai2ai_protocol::time::Timestamp;
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Borders, List, ListItem, ListState, Paragraph, Wrap};

use super::state::{Prompt, ScreenState};
use crate::cli::item::{item_lines, with_local_time};

/// Characters of a summary in the list.
const SUMMARY_SHOWN: usize = 60;

/// Draws the whole screen.
pub(super) fn draw(frame: &mut Frame<'_>, state: &ScreenState, now: Timestamp) {
    let [body, foot] = Layout::vertical([Constraint::Min(3), Constraint::Length(2)]).areas(frame.area());
    match &state.item {
        Some(item) => draw_item(frame, body, state, item, now),
        None => draw_list(frame, body, state),
    }
    frame.render_widget(Paragraph::new(foot_lines(state)), foot);
}

fn draw_list(frame: &mut Frame<'_>, area: Rect, state: &ScreenState) {
    let block = Block::default().borders(Borders::BOTTOM).title(" Inbox ".to_owned());
    if state.items.is_empty() {
        frame.render_widget(Paragraph::new("\n  Nothing waits for you.").block(block), area);
        return;
    }
    let items = state.items.iter().map(row);
    let list = List::new(items)
        .block(block)
        .highlight_symbol("▌ ")
        .highlight_style(Style::default().add_modifier(Modifier::BOLD));
    let mut selected = ListState::default().with_selected(Some(state.selected));
    frame.render_stateful_widget(list, area, &mut selected);
}

fn row(item: &PendingView) -> ListItem<'static> {
    let soft = Style::default().add_modifier(Modifier::DIM);
    let kind = clean(&item.kind).replace('_', " ");
    ListItem::new(vec![
        Line::from(vec![
            Span::raw(brief(&item.who, SUMMARY_SHOWN)),
            Span::styled(format!("  {kind}, until {}", when(item.expires_at)), soft),
        ]),
        Line::from(vec![
            Span::styled("│ ", Style::default().fg(Color::Yellow)),
            Span::raw(brief(&item.summary, SUMMARY_SHOWN)),
        ]),
    ])
}

fn draw_item(frame: &mut Frame<'_>, area: Rect, state: &ScreenState, item: &ItemView, now: Timestamp) {
    let mut lines: Vec<Line<'static>> = item_lines(item, now).iter().map(|line| styled(line)).collect();
    if let Some(choice) = state.choice {
        let time = choice.checked_sub(1).and_then(|place| item.choices.get(place)).map(|time| with_local_time(time));
        lines.push(Line::from(""));
        lines.push(styled(&format!("\x1b[1mYou choose {choice}:\x1b[0m {}", time.unwrap_or_default())));
    }
    let block = Block::default().borders(Borders::BOTTOM);
    let words = Paragraph::new(lines).block(block).wrap(Wrap { trim: false }).scroll((state.scroll, 0));
    frame.render_widget(words, area);
}

fn foot_lines(state: &ScreenState) -> Vec<Line<'static>> {
    let first = match (&state.prompt, &state.note) {
        (Some(Prompt::Pin(pin)), _) => {
            format!("PIN: {}▏  Enter approves, Esc goes back", "•".repeat(pin.chars().count()))
        }
        (Some(Prompt::Reason(reason)), _) => format!("Reason: {}▏  Enter rejects, Esc goes back", clean(reason)),
        (Some(Prompt::Later(offered)), _) => {
            let offers = (1..).zip(offered).map(|(place, later)| format!("{place} {}", later.said));
            format!("Snooze:  {}", offers.collect::<Vec<_>>().join("   "))
        }
        (None, Some(note)) => clean(note),
        (None, None) if state.hidden > 0 => format!("{} more are snoozed or wait behind others", state.hidden),
        (None, None) => String::new(),
    };
    let keys = match state.item {
        Some(_) => "a approve   0-9 choose   r reject   s snooze   ↑↓ scroll   Esc back",
        None => "↑↓ select   Enter look   q leave",
    };
    vec![Line::from(first), Line::styled(keys, Style::default().add_modifier(Modifier::DIM))]
}

/// A line with the styles that its escape sequences ask for: bold, yellow, or none.
fn styled(line: &str) -> Line<'static> {
    let mut spans = Vec::new();
    let mut style = Style::default();
    for (place, part) in line.split("\x1b[").enumerate() {
        let text = match part.split_once('m') {
            Some((code, rest)) if place > 0 => {
                style = match code {
                    "1" => Style::default().add_modifier(Modifier::BOLD),
                    "33" => Style::default().fg(Color::Yellow),
                    _ => Style::default(),
                };
                rest
            }
            Some(_) | None => part,
        };
        spans.push(Span::styled(text.to_owned(), style));
    }
    Line::from(spans)
}
