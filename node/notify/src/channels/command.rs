//! A program of the owner's, run with the event as JSON on its standard input.

use std::path::Path;
use std::time::Duration;

use ai2ai_home::config::notify as config;

use crate::process::run;
use crate::text::OwnerNotice;
use ai2ai_http::retry::{Fault, TryResult};

pub(crate) async fn tell(config: &config::Command, notice: &OwnerNotice) -> TryResult {
    let Some((program, arguments)) = config.run.split_first() else {
        return Err(Fault::Never("no program is named".to_owned()));
    };
    let input = format!("{}\n", notice.event());
    run(Path::new(program), arguments, input.as_bytes(), Duration::from_secs(config.seconds)).await
}
