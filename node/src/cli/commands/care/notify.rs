//! `notify test`: a test notification through each channel.

use ai2ai_api::error_code::ErrorCode;
use ai2ai_api::exit::{Exit, Failure};
use ai2ai_api::text::clean;
use ai2ai_api::views::NotifyTestView;
use ai2ai_api::views::reply::Answered;
use ai2ai_home::config::Config;
use ai2ai_notify::open;

use crate::cli::context::Context;
use crate::cli::output::CommandResult;

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    #[command(subcommand)]
    what: NotifyCommand,
}

#[derive(Debug, Clone, Copy, clap::Subcommand)]
enum NotifyCommand {
    /// Send a test through each channel that config.toml sets up, and say what happened
    Test,
}

pub(in crate::cli) async fn run(context: &mut Context, args: Args) -> CommandResult {
    match args.what {
        NotifyCommand::Test => test(context).await,
    }
}

/// Tests the settings as they stand in the file now, with or without a running node.
async fn test(context: &mut Context) -> CommandResult {
    let paths = context.paths()?;
    let channels = open(&Config::load(&paths)?.notify, &paths)?;
    if channels.is_empty() {
        let failure =
            Failure::new(Exit::Failed, ErrorCode::NoChannel, "no channel is set up, so nothing tells you what waits");
        let hint = format!("See \"Be told\" in the README, and add one to {}", paths.config_file.display());
        return Err(failure.hint(hint).into());
    }
    let mut all_went = true;
    for channel in channels {
        let tested = channel.test().await;
        all_went &= tested.is_ok();
        let view = NotifyTestView {
            channel: channel.name().as_str().to_owned(),
            sent: tested.is_ok(),
            detail: tested.err().unwrap_or_else(|| "sent: look whether it is there".to_owned()),
        };
        let mark = if view.sent { "\x1b[32mok\x1b[0m  " } else { "\x1b[31mfail\x1b[0m" };
        context.output.answer(Answered::from(&view), |output, view: NotifyTestView| {
            output.line(format_args!("{mark}  {:<10} {}", view.channel, clean(&view.detail)))
        })?;
    }
    Ok(if all_went { Exit::Done } else { Exit::Failed })
}
