//! A secret that is not typed: from a file or from standard input, never from the command line.

use std::io::Read;
use std::path::Path;

use zeroize::Zeroizing;

use super::fault::Fault;
use crate::model::Secret;

/// No secret that is meant is longer.
const LONGEST: u64 = 64 * 1024;

/// What the file holds; `-` is standard input.
///
/// # Errors
/// What is wrong with it; `flag` names it.
pub(super) fn read(flag: &str, path: &Path) -> Result<Secret, Fault> {
    if path == Path::new("-") {
        return standard_input().map_err(|error| Fault::wrong(format!("{flag} -: {error}")));
    }
    let wrong = |reason: String| Fault::wrong(format!("{flag} {}: {reason}", path.display()));
    // A pipe in its place would hold rekey up for ever.
    if !path.is_file() {
        return Err(wrong("there is no such file".to_owned()));
    }
    std::fs::File::open(path)
        .and_then(text)
        .map_err(|error| wrong(error.to_string()))
}

/// All that standard input says.
pub(super) fn standard_input() -> std::io::Result<Secret> {
    text(std::io::stdin().lock())
}

fn text(source: impl Read) -> std::io::Result<Secret> {
    // A text that grew would leave parts of the secret behind.
    let mut text = Zeroizing::new(String::with_capacity(64 * 1024));
    source.take(LONGEST).read_to_string(&mut text)?;
    Ok(Secret::new(text.trim()))
}
