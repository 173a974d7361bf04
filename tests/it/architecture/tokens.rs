//! Rust source as words, marks and string literals, without comments: enough to see what a file names.

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Token {
    Word(String),
    Text(String),
    Mark(char),
}

/// Splits source into tokens. Characters and lifetimes are left out.
pub fn tokens(source: &str) -> Vec<Token> {
    let mut lexer = Lexer { chars: source.chars().collect(), at: 0 };
    std::iter::from_fn(|| lexer.next()).collect()
}

struct Lexer {
    chars: Vec<char>,
    at: usize,
}

impl Lexer {
    fn peek(&self, ahead: usize) -> Option<char> {
        self.chars.get(self.at + ahead).copied()
    }

    fn next(&mut self) -> Option<Token> {
        loop {
            match (self.peek(0)?, self.peek(1)) {
                (c, _) if c.is_whitespace() => self.at += 1,
                ('/', Some('/')) => self.skip_until(|c| c == '\n'),
                ('/', Some('*')) => self.skip_block_comment(),
                ('"', _) => return Some(self.string()),
                ('\'', _) => self.skip_quote(),
                (c, _) if c.is_alphanumeric() || c == '_' => return Some(self.word()),
                (c, _) => {
                    self.at += 1;
                    return Some(Token::Mark(c));
                }
            }
        }
    }

    fn skip_until(&mut self, stop: impl Fn(char) -> bool) {
        while self.peek(0).is_some_and(|c| !stop(c)) {
            self.at += 1;
        }
    }

    fn skip_block_comment(&mut self) {
        let mut depth = 0;
        while let Some(c) = self.peek(0) {
            match (c, self.peek(1)) {
                ('/', Some('*')) => depth += 1,
                ('*', Some('/')) => depth -= 1,
                _ => {
                    self.at += 1;
                    continue;
                }
            }
            self.at += 2;
            if depth == 0 {
                return;
            }
        }
    }

    /// A character, or a lifetime's quote.
    fn skip_quote(&mut self) {
        if self.peek(1) == Some('\\') {
            self.at += 3;
            self.skip_until(|c| c == '\'');
            self.at += 1;
        } else if self.peek(2) == Some('\'') {
            self.at += 3;
        } else {
            self.at += 1;
        }
    }

    fn string(&mut self) -> Token {
        let mut text = String::new();
        self.at += 1;
        while let Some(c) = self.peek(0) {
            self.at += 1;
            match c {
                '"' => break,
                '\\' => self.at += 1,
                c => text.push(c),
            }
        }
        Token::Text(text)
    }

    fn word(&mut self) -> Token {
        let start = self.at;
        self.skip_until(|c| !c.is_alphanumeric() && c != '_');
        let word: String = self.chars[start..self.at].iter().collect();
        let hashes = self.chars[self.at..].iter().take_while(|c| **c == '#').count();
        let raw = ["r", "br", "cr"].contains(&word.as_str());
        if raw && self.peek(hashes) == Some('"') {
            self.at += hashes;
            return self.raw_string(hashes);
        }
        Token::Word(word)
    }

    fn raw_string(&mut self, hashes: usize) -> Token {
        let mut text = String::new();
        self.at += 1;
        while let Some(c) = self.peek(0) {
            let closes = c == '"' && (1..=hashes).all(|n| self.peek(n) == Some('#'));
            self.at += 1;
            if closes {
                self.at += hashes;
                break;
            }
            text.push(c);
        }
        Token::Text(text)
    }
}

#[test]
fn comments_are_left_out_and_strings_stay_whole() {
    let source = r##"/* a /* b */ c */ use x; // d
        f::<'a>('"', '\'', "e \" // g", r#"h " i"#, b"j") "##;
    let words: Vec<String> = tokens(source)
        .into_iter()
        .filter_map(|token| match token {
            Token::Word(word) => Some(word),
            Token::Text(text) => Some(format!("<{text}>")),
            Token::Mark(_) => None,
        })
        .collect();
    assert_eq!(words, ["use", "x", "f", "a", "<e  // g>", "<h \" i>", "b", "<j>"]);
}
