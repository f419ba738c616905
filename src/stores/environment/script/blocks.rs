//! Which lines of an sh script stand inside of a block. Taking the only command out of one breaks the script.

use super::commands::Line;
use super::lexer::{Mark, Token};

/// Follows a script from block to block.
#[derive(Debug, Default)]
pub(super) struct Blocks {
    /// `if`, `case`, `{` and their like that are open.
    open: usize,
    /// `case` among them: there a bracket closes that none has opened.
    cases: usize,
    brackets: usize,
    /// A word closed what none had opened: from here on nothing is sure.
    lost: bool,
}

impl Blocks {
    /// Whether a line that begins here stands in no block.
    pub(super) fn is_outside(&self) -> bool {
        self.open == 0 && self.brackets == 0 && !self.lost
    }

    /// Whether a line that begins here stands in no round brackets.
    pub(super) fn is_outside_brackets(&self) -> bool {
        self.brackets == 0
    }

    /// Goes over a line.
    pub(super) fn pass(&mut self, line: &Line) {
        // Only the first word of a command can be one of the language.
        let mut first = true;
        let mut function = false;
        for token in &line.tokens {
            match token {
                Token::Mark(Mark::Open, _) => {
                    self.brackets += 1;
                    first = true;
                }
                Token::Mark(Mark::Close, _) => {
                    if self.brackets > 0 {
                        self.brackets -= 1;
                    } else if self.cases == 0 {
                        self.lost = true;
                    }
                    first = true;
                }
                Token::Mark(Mark::Next | Mark::Operator, _) => first = true,
                Token::Word(word) if first || (function && word.text == "{") => {
                    function |= word.text == "function";
                    first = self.word(&word.text);
                }
                Token::Word(_) | Token::Mark(_, _) => {}
            }
        }
    }

    /// Takes the first word of a command; whether another command begins right after it.
    fn word(&mut self, word: &str) -> bool {
        match word {
            "if" | "while" | "until" | "{" => {
                self.open += 1;
                true
            }
            "for" | "select" | "foreach" | "repeat" => {
                self.open += 1;
                false
            }
            "case" => {
                self.open += 1;
                self.cases += 1;
                false
            }
            "fi" | "done" | "}" | "end" => {
                self.close();
                false
            }
            "esac" => {
                self.close();
                self.cases = self.cases.saturating_sub(1);
                false
            }
            "then" | "do" | "else" | "elif" | "!" | "time" | "always" => true,
            _ => false,
        }
    }

    fn close(&mut self) {
        match self.open.checked_sub(1) {
            Some(open) => self.open = open,
            None => self.lost = true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stores::environment::script::commands::lines;
    use crate::stores::environment::script::lexer::{Grammar, read};

    #[test]
    fn lines_in_blocks_are_told_from_lines_outside() {
        for (text, expected) in [
            ("a\nb", &[true, true][..]),
            ("if a; then\nb\nfi\nc", &[true, false, false, true]),
            ("if a; then b; fi\nc", &[true, true]),
            ("for a in b; do\nc\ndone\nd", &[true, false, false, true]),
            ("while a\ndo b\ndone\nd", &[true, false, false, true]),
            ("f() {\n a\n}\nb", &[true, false, false, true]),
            ("function f {\n a\n}\nb", &[true, false, false, true]),
            (
                "case a in\n b) c;;\n (d) e;;\nesac\nf",
                &[true, false, false, false, true],
            ),
            ("case a in b) if c; then d; fi;; esac\ne", &[true, true]),
            ("(\na\n)\nb", &[true, false, false, true]),
            ("A=(\n b\n)\nc", &[true, false, false, true]),
            ("echo if\na", &[true, true]),
            ("[[ a == (b|c) ]] && { d\n}\ne", &[true, false, true]),
            ("fi\na", &[true, false]),
        ] {
            let mut blocks = Blocks::default();
            let outside: Vec<_> = lines(text, read(text, Grammar::Posix).all)
                .iter()
                .map(|line| {
                    let outside = blocks.is_outside();
                    blocks.pass(line);
                    outside
                })
                .collect();
            assert_eq!(outside, expected, "{text}");
        }
    }
}
