//! A mail server on the loopback that keeps what it gets.

use std::sync::{Arc, Mutex};

use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};

pub struct SmtpServer {
    pub url: String,
    got: Arc<Mutex<Vec<String>>>,
}

impl SmtpServer {
    /// Refuses `refuse@…` for ever and puts `later@…` off.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("smtp://{}", listener.local_addr().unwrap());
        let got = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&got);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&kept)));
            }
        });
        Self { url, got }
    }

    /// Every message so far, as it came over the wire.
    pub fn messages(&self) -> Vec<String> {
        self.got.lock().unwrap().clone()
    }
}

async fn serve(stream: TcpStream, got: Arc<Mutex<Vec<String>>>) {
    let (reader, mut writer) = stream.into_split();
    let mut lines = BufReader::new(reader).lines();
    writer.write_all(b"220 test\r\n").await.unwrap();
    while let Ok(Some(line)) = lines.next_line().await {
        let answer = match line.to_ascii_uppercase() {
            ehlo if ehlo.starts_with("EHLO") => "250-test\r\n250 8BITMIME",
            to if to.starts_with("RCPT TO:<REFUSE@") => "550 5.1.1 no such mailbox",
            to if to.starts_with("RCPT TO:<LATER@") => "451 4.3.0 not now",
            quit if quit == "QUIT" => "221 bye",
            data if data == "DATA" => {
                writer.write_all(b"354 go on\r\n").await.unwrap();
                let mut message = String::new();
                while let Ok(Some(line)) = lines.next_line().await {
                    if line == "." {
                        break;
                    }
                    message += &line;
                    message += "\r\n";
                }
                got.lock().unwrap().push(message);
                "250 kept"
            }
            _ => "250 yes",
        };
        if writer.write_all(format!("{answer}\r\n").as_bytes()).await.is_err() {
            return;
        }
    }
}
