//! The block that rekey keeps at the head of `~/.ssh/config` (`ssh_config(5)`: the first value of a setting wins).

use std::ops::Range;
use std::path::Path;

const BEGIN: &str = "# rekey: begin";
const END: &str = "# rekey: end";
/// The hosts of Azure DevOps for SSH.
const HOSTS: &str = "ssh.dev.azure.com vs-ssh.visualstudio.com";

/// What is put where into the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SshBlock {
    /// Bytes of the file that it takes the place of; empty for a new block.
    pub range: Range<usize>,
    /// The lines, with the file's line ends.
    pub text: String,
}

/// Why there is no block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoBlock {
    /// Half of a block is there.
    #[error(
        "it has the line \"# rekey: begin\" without \"# rekey: end\": put the missing line back, or take both out"
    )]
    Torn,
    /// It is not text in UTF-8.
    #[error("it is not text that ssh reads")]
    Strange,
    /// The path of the key cannot be written there.
    #[error("the path of the key has characters that ssh settings cannot hold")]
    Path,
}

/// The lines that make ssh offer this key alone to Azure DevOps, with plain line ends.
///
/// # Errors
/// [`NoBlock::Path`].
pub fn ssh_block(key: &Path, home: &Path) -> Result<String, NoBlock> {
    let (start, rest) = match key.strip_prefix(home) {
        Ok(rest) => ("~/", rest),
        Err(_) => ("", key),
    };
    let rest = rest.to_str().ok_or(NoBlock::Path)?;
    if rest.contains(['"', '\n', '\r', '%', '$']) {
        return Err(NoBlock::Path);
    }
    let mut path = format!("{start}{rest}");
    if cfg!(windows) {
        path = path.replace('\\', "/");
    }
    if path.contains(char::is_whitespace) {
        path = format!("\"{path}\"");
    }
    // Without the last line, settings that stood at the head of the file for all hosts would hold for these two alone.
    Ok(format!(
        "{BEGIN}\nHost {HOSTS}\n    IdentityFile {path}\n    IdentitiesOnly yes\nHost *\n{END}\n"
    ))
}

/// Where the block goes in a file with this content; `None` where it is there already.
///
/// # Errors
/// A [`NoBlock`].
pub fn place_ssh_block(content: &[u8], block: &str) -> Result<Option<SshBlock>, NoBlock> {
    let content = std::str::from_utf8(content).map_err(|_| NoBlock::Strange)?;
    if content.contains('\0') {
        return Err(NoBlock::Strange);
    }
    let ends = if content.contains("\r\n") {
        "\r\n"
    } else {
        "\n"
    };
    let mut text = block.replace('\n', ends);
    let range = match old_block(content)? {
        Some(range) if content.get(range.clone()) == Some(text.as_str()) => return Ok(None),
        Some(range) => range,
        None => {
            if !content.is_empty() {
                text.push_str(ends);
            }
            0..0
        }
    };
    Ok(Some(SshBlock { range, text }))
}

fn old_block(content: &str) -> Result<Option<Range<usize>>, NoBlock> {
    let mut start = None;
    let mut at = 0;
    for line in content.split_inclusive('\n') {
        let next = at + line.len();
        match (line.trim(), start) {
            (BEGIN, None) => start = Some(at),
            (BEGIN, Some(_)) => return Err(NoBlock::Torn),
            (END, Some(start)) => return Ok(Some(start..next)),
            _ => {}
        }
        at = next;
    }
    start.map_or(Ok(None), |_| Err(NoBlock::Torn))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

    use super::*;

    fn block(name: &str) -> String {
        let home = Path::new("/home/dev");
        ssh_block(&home.join(".ssh").join(name), home).unwrap()
    }

    fn placed(content: &str, name: &str) -> String {
        let mut content = content.to_owned();
        if let Some(block) = place_ssh_block(content.as_bytes(), &block(name)).unwrap() {
            content.replace_range(block.range, &block.text);
        }
        content
    }

    const BLOCK: &str = "# rekey: begin\n\
                         Host ssh.dev.azure.com vs-ssh.visualstudio.com\n    \
                         IdentityFile ~/.ssh/one\n    \
                         IdentitiesOnly yes\n\
                         Host *\n\
                         # rekey: end\n";

    #[test]
    fn it_stands_at_the_head_and_what_follows_holds_for_all_hosts_as_before() {
        assert_eq!(placed("", "one"), BLOCK);
        let old = "Compression yes\nHost github.com\n  User git\n";
        assert_eq!(placed(old, "one"), format!("{BLOCK}\n{old}"));
    }

    #[test]
    fn a_block_that_is_there_is_updated_and_never_doubled() {
        let first = placed("Compression yes\n", "one");
        assert_eq!(placed(&first, "one"), first);
        let second = placed(&first, "two");
        assert_eq!(second, first.replace("/one\n", "/two\n"));
        let moved = format!("Compression yes\n{BLOCK}");
        assert_eq!(placed(&moved, "two"), moved.replace("/one\n", "/two\n"));
    }

    #[test]
    fn line_ends_stay_as_they_are() {
        let text = placed("Compression yes\r\n", "one");
        let wanted = format!("{BLOCK}\nCompression yes\n").replace('\n', "\r\n");
        assert_eq!(text, wanted);
        assert_eq!(placed(&text, "one"), text);
    }

    #[test]
    fn half_a_block_and_what_is_no_text_are_left_alone() {
        for torn in [
            "# rekey: begin\nHost x\n",
            "# rekey: begin\n# rekey: begin\n# rekey: end\n",
        ] {
            assert_eq!(place_ssh_block(torn.as_bytes(), BLOCK), Err(NoBlock::Torn));
        }
        for strange in [&b"\xff\xfeH\0"[..], b"Host\0x"] {
            assert_eq!(place_ssh_block(strange, BLOCK), Err(NoBlock::Strange));
        }
    }

    #[test]
    fn a_path_is_quoted_where_it_must_be() {
        let home = Path::new("/home/dev");
        let text = ssh_block(Path::new("/media/my keys/one"), home).unwrap();
        assert!(
            text.contains("    IdentityFile \"/media/my keys/one\"\n"),
            "{text}"
        );
        let odd = ssh_block(Path::new("/home/dev/%d"), home);
        assert_eq!(odd, Err(NoBlock::Path));
    }
}
