//! Asks a process whether it is ready, in as little HTTP as that takes.

use std::{
    io::{Read, Write},
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream},
    os::unix::net::UnixStream,
    path::Path,
    time::Duration,
};

const PATIENCE: Duration = Duration::from_secs(2);
const ANSWER_BYTES: u64 = 1 << 20;

/// Body of a 200 answer of the process behind a Unix socket.
pub fn get_unix(socket: &Path, path: &str) -> Option<String> {
    let stream = UnixStream::connect(socket).ok()?;
    stream.set_read_timeout(Some(PATIENCE)).ok()?;
    stream.set_write_timeout(Some(PATIENCE)).ok()?;
    get(stream, "localhost", path)
}

/// Body of a 200 answer of the process that listens here.
pub fn get_tcp(address: SocketAddr, path: &str) -> Option<String> {
    let stream = TcpStream::connect_timeout(&address, PATIENCE).ok()?;
    stream.set_read_timeout(Some(PATIENCE)).ok()?;
    stream.set_write_timeout(Some(PATIENCE)).ok()?;
    get(stream, &address.to_string(), path)
}

/// Where a process that listens on `listen` is reached from this machine.
pub fn local(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, listen.port())
}

fn get(mut stream: impl Read + Write, host: &str, path: &str) -> Option<String> {
    write!(stream, "GET {path} HTTP/1.0\r\nHost: {host}\r\nConnection: close\r\n\r\n").ok()?;
    let mut answer = String::new();
    stream.take(ANSWER_BYTES).read_to_string(&mut answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    (head.split(' ').nth(1)? == "200").then(|| body.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_200_counts_as_an_answer() {
        for (answer, body) in [
            ("HTTP/1.0 200 OK\r\nA: b\r\n\r\nready", Some("ready".to_owned())),
            ("HTTP/1.0 503 No\r\n\r\nready", None),
            ("nonsense", None),
        ] {
            let folder = tempfile::tempdir().unwrap();
            let socket = folder.path().join("s");
            let listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
            let server = std::thread::spawn(move || {
                let (mut stream, _) = listener.accept().unwrap();
                let mut request = [0; 512];
                let _ = stream.read(&mut request).unwrap();
                stream.write_all(answer.as_bytes()).unwrap();
            });
            assert_eq!(get_unix(&socket, "/readyz"), body);
            server.join().unwrap();
        }
    }

    #[test]
    fn an_address_of_all_interfaces_is_reached_by_loopback() {
        assert_eq!(local("0.0.0.0:80".parse().unwrap()).to_string(), "127.0.0.1:80");
        assert_eq!(local("[::]:80".parse().unwrap()).to_string(), "[::1]:80");
        assert_eq!(local("10.0.0.1:80".parse().unwrap()).to_string(), "10.0.0.1:80");
    }
}
