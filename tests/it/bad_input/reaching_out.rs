//! Programs that try to reach somebody, or to outlive their job.

use std::{
    io::Read,
    net::{TcpListener, TcpStream, UdpSocket},
    os::{
        linux::net::SocketAddrExt,
        unix::net::{SocketAddr, UnixListener, UnixStream},
    },
    time::Duration,
};

use sqlx::PgPool;

use super::programs::{arena, in_vain};

/// Listeners on this machine that nothing in a sandbox may find.
struct Canary {
    tcp: TcpListener,
    udp: UdpSocket,
    unix: UnixListener,
    name: String,
}

impl Canary {
    fn open() -> Self {
        let name = format!("dautri-canary-{}", std::process::id());
        let address = SocketAddr::from_abstract_name(&name).unwrap();
        let canary = Self {
            tcp: TcpListener::bind("0.0.0.0:0").unwrap(),
            udp: UdpSocket::bind("0.0.0.0:0").unwrap(),
            unix: UnixListener::bind_addr(&address).unwrap(),
            name,
        };
        canary.tcp.set_nonblocking(true).unwrap();
        canary.udp.set_nonblocking(true).unwrap();
        canary.unix.set_nonblocking(true).unwrap();
        canary
    }

    /// How many have called since the last time, by TCP, UDP and Unix socket.
    fn heard(&self) -> [usize; 3] {
        let tcp = std::iter::from_fn(|| self.tcp.accept().ok()).count();
        let udp = std::iter::from_fn(|| self.udp.recv_from(&mut [0; 64]).ok()).count();
        let unix = std::iter::from_fn(|| self.unix.accept().ok()).count();
        [tcp, udp, unix]
    }

    /// Calls it as a program outside of any sandbox can: else its silence would prove nothing.
    fn call(&self) {
        let here = |port| format!("127.0.0.1:{port}");
        TcpStream::connect(here(self.tcp.local_addr().unwrap().port())).unwrap();
        let sender = UdpSocket::bind("127.0.0.1:0").unwrap();
        sender.send_to(b"x", here(self.udp.local_addr().unwrap().port())).unwrap();
        UnixStream::connect_addr(&SocketAddr::from_abstract_name(&self.name).unwrap()).unwrap();
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// Addresses of this machine, none of anybody else.
fn own_addresses() -> Vec<String> {
    let mut text = String::new();
    std::fs::File::open("/proc/net/fib_trie").unwrap().read_to_string(&mut text).unwrap();
    let mut found: Vec<String> = Vec::new();
    let mut last = "";
    for line in text.lines() {
        if let Some(address) = line.trim().strip_prefix("|-- ") {
            last = address;
        } else if line.contains("/32 host LOCAL") && !found.iter().any(|known| known == last) {
            found.push(last.to_owned());
        }
    }
    assert!(found.iter().any(|address| address == "127.0.0.1"), "{text}");
    found
}

#[sqlx::test(migrations = "./migrations")]
async fn nothing_that_a_program_sends_arrives_and_nothing_of_it_stays(db: PgPool) {
    let mut arena = arena(db).await;
    let canary = Canary::open();
    canary.call();
    assert_eq!(canary.heard(), [1, 1, 1], "the canary hears who calls it");
    let (tcp, udp) = (canary.tcp.local_addr().unwrap().port(), canary.udp.local_addr().unwrap().port());
    let server: u16 = arena.server.base.rsplit(':').next().unwrap().parse().unwrap();
    let hosts = own_addresses();
    let connects = format!(
        "import socket\nfor host in {hosts:?}:\n    for port in [{tcp}, {server}]:\n        \
         try: socket.create_connection((host, port), 1)\n        except OSError: continue\n        \
         raise SystemExit(f'reached {{host}}:{{port}}')\n"
    );
    let sends = format!(
        "import socket\ns = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n\
         s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)\nfor host in {hosts:?}:\n    \
         try: s.sendto(b'x', (host, {udp}))\n    except OSError: pass\n"
    );
    let unix = format!(
        "import os, socket\nfor path in ['\\0{}', '/var/run/docker.sock', '/run/docker.sock']:\n    \
         try: socket.socket(socket.AF_UNIX).connect(path)\n    except OSError: continue\n    \
         raise SystemExit('reached ' + path)\n",
        canary.name
    );
    let looks = "import os\nassert os.listdir('/sys/class/net') == ['lo'], os.listdir('/sys/class/net')\n\
                 assert len(open('/proc/net/route').readlines()) <= 1\n";
    let stays = "import os, time\nif os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n        \
                 while True: time.sleep(0.05)\n    os._exit(0)\nos.wait()\n";
    let kills = "import os\nfor pid in range(1, 5000):\n    if pid not in (1, os.getpid()):\n        \
                 try: os.kill(pid, 9)\n        except OSError: pass\n";
    let cases = vec![
        in_vain("connects by TCP", &connects),
        in_vain("sends by UDP", &sends),
        in_vain("looks for sockets of this machine", &unix),
        in_vain("looks for a network", looks),
        in_vain("leaves a process behind", stays),
        in_vain("kills whom it can", kills),
    ];
    arena.run(cases).await;
    assert_eq!(canary.heard(), [0, 0, 0], "somebody reached the canary");
    arena.close().await;
}
