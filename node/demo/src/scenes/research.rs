//! A researcher asks a specialist for an analysis: figures with their sources come back, and become part of a report.

use ai2ai_api::exit::Failure;
use ai2ai_protocol::canonical::{Object, canonical};
use ai2ai_protocol::digest::Digest;
use serde_json::{Value, json};

use super::acts::{Play, number, proposal, said, text};
use super::{SceneResult, diaries};
use crate::cast::{CastMember, Person};
use crate::stage::{went_wrong, write_new};

pub(super) const PARTS: [CastMember; 2] = [
    CastMember { human: "Researcher", agent: "researcher-assistant", diary: diaries::empty },
    CastMember { human: "Specialist", agent: "specialist-assistant", diary: diaries::empty },
];

const TITLE: &str = "LoRa Technical Brief";
const QUESTION: &str = "How fast is LoRa at 125 kHz, by its spreading factor, and how weak may the signal be?";
const BANDWIDTH_HZ: u64 = 125_000;
/// Decibels above thermal noise that a receiver adds, and the ratio that it needs, by the spreading factor from 7 on.
const NOISE_FIGURE_DB: f64 = 6.0;
const NEEDED_RATIO_DB: [f64; 6] = [-7.5, -10.0, -12.5, -15.0, -17.5, -20.0];
const SOURCES: [&str; 2] = ["Semtech AN1200.22, LoRa Modulation Basics", "Semtech SX1276/77/78/79 data sheet, 4.1.1"];

pub(super) async fn play(play: &Play<'_>, cast: &[Person]) -> Result<SceneResult, Failure> {
    let [researcher, specialist] = cast else { return Err(Failure::internal("this is for two")) };
    play.introduces(researcher, std::slice::from_ref(specialist)).await?;
    let ask = proposal(specialist, "info.request", json!({ "question": QUESTION, "bandwidth_hz": BANDWIDTH_HZ }));
    let asked = play.says(researcher, ask, format_args!("Asking: {QUESTION}")).await?;

    let question = play.finds(specialist, researcher, "info.request", |said| said.contains_key("bandwidth_hz")).await?;
    let bandwidth = number(said(&question)?, "bandwidth_hz").unwrap_or_default();
    let analysis = json!({
        "answers": question.id, "findings": findings(bandwidth), "sources": SOURCES, "confidence": 0.95,
    });
    play.notes(specialist, &question.id).await?;
    let told = format_args!("Confidence: {}", analysis["confidence"]);
    play.says(specialist, proposal(researcher, "info.share", analysis.clone()), told).await?;

    let answers = |said: &Object| said.get("answers") == Some(&json!(asked));
    let came = play.finds(researcher, specialist, "info.share", answers).await?;
    play.notes(researcher, &came.id).await?;
    let contribution = said(&came)?;
    let report = report(contribution);
    let file = play.stage.dir().join("report.md");
    write_new(&file, &report)?;
    play.tells(researcher, format_args!("Report: {TITLE:?}"));

    check(&report, contribution)?;
    if json!(contribution) != analysis {
        return Err(went_wrong("what the researcher holds is not what the specialist sent"));
    }
    let digest = Digest::of(&canonical(contribution));
    Ok(SceneResult {
        result: json!({ "title": TITLE, "contribution": digest, "findings": contribution["findings"], "report": report }),
        line: "Report includes specialist contribution".to_owned(),
    })
}

/// The specialist's own reckoning: for each spreading factor, bits a second at coding rate 4/5, and the weakest signal in dBm.
fn findings(bandwidth: u64) -> Value {
    let of = |(factor, ratio): (u64, f64)| {
        let noise = -174.0 + 10.0 * (bandwidth as f64).log10() + NOISE_FIGURE_DB;
        json!({ "spreading_factor": factor, "bits_per_second": bits_per_second(factor, bandwidth), "weakest_dbm": (noise + ratio).round() as i64 })
    };
    (7..).zip(NEEDED_RATIO_DB).map(of).collect()
}

/// A symbol carries as many bits as the factor and takes two to the factor chips; four of five bits are the user's.
fn bits_per_second(factor: u64, bandwidth: u64) -> u64 {
    factor * bandwidth * 4 / ((1 << factor) * 5)
}

/// The researcher's report, with everything that the specialist contributed.
fn report(contribution: &Object) -> String {
    let mut report =
        format!("# {TITLE}\n\n{QUESTION}\n\n| spreading factor | bit/s | weakest signal |\n|---|---|---|\n");
    for row in contribution.get("findings").and_then(Value::as_array).into_iter().flatten() {
        let factor = &row["spreading_factor"];
        let bits = &row["bits_per_second"];
        let weakest = &row["weakest_dbm"];
        report.push_str(&format!("| {factor} | {bits} | {weakest} dBm |\n"));
    }
    let confidence = contribution.get("confidence").cloned().unwrap_or_default();
    report.push_str(&format!("\nBy a specialist, who is sure of it to {confidence}. Sources:\n\n"));
    for source in contribution.get("sources").and_then(Value::as_array).into_iter().flatten() {
        report.push_str(&format!("- {}\n", source.as_str().unwrap_or_default()));
    }
    report
}

/// The researcher does not take it on trust: the figures are reckoned again, and each of them and each source is in the report.
fn check(report: &str, contribution: &Object) -> Result<(), Failure> {
    let list = |name: &str| contribution.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
    let findings = list("findings");
    let sources = list("sources");
    let holds = |row: &Value| {
        let row = row.as_object().cloned().unwrap_or_default();
        let factor = number(&row, "spreading_factor");
        let bits = number(&row, "bits_per_second");
        let right =
            factor.filter(|factor| (7..=12).contains(factor)).map(|factor| bits_per_second(factor, BANDWIDTH_HZ));
        bits.is_some() && bits == right && report.contains(&format!("| {} |", bits.unwrap_or_default()))
    };
    let is_there = |source: &Value| source.as_str().is_some_and(|source| !source.is_empty() && report.contains(source));
    if findings.len() != NEEDED_RATIO_DB.len() || !findings.iter().all(holds) {
        return Err(went_wrong("the specialist's figures do not hold, or are not in the report"));
    }
    if sources.is_empty() || !sources.iter().all(is_there) || text(contribution, "answers").is_empty() {
        return Err(went_wrong("the specialist's sources are not in the report"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_figures_are_those_of_the_data_sheet_and_a_wrong_one_is_noticed() {
        let figures = findings(BANDWIDTH_HZ);
        assert_eq!(figures[0], json!({ "spreading_factor": 7, "bits_per_second": 5_468, "weakest_dbm": -125 }));
        assert_eq!(figures[5], json!({ "spreading_factor": 12, "bits_per_second": 292, "weakest_dbm": -137 }));
        let mut said = json!({ "answers": "x", "findings": figures, "sources": SOURCES, "confidence": 0.95 });
        let object = |said: &Value| said.as_object().cloned().expect("an object");
        check(&report(&object(&said)), &object(&said)).expect("it holds");
        assert!(check("# Empty", &object(&said)).is_err());
        said["findings"][2]["bits_per_second"] = json!(9_999);
        assert!(check(&report(&object(&said)), &object(&said)).is_err());
    }
}
