//! ZIP archives byte by byte: what no honest packer writes.

#[derive(Clone)]
pub struct Entry {
    pub name: Vec<u8>,
    pub content: Vec<u8>,
    /// Unix mode, in the upper half of the external attributes.
    pub mode: u32,
    pub flags: u16,
    pub method: u16,
    /// What the headers say of the uncompressed size.
    pub claimed: u32,
    pub crc: u32,
}

impl Entry {
    pub fn new(name: &str, content: &[u8]) -> Self {
        let claimed = u32::try_from(content.len()).unwrap();
        let crc = crc32(content);
        Self {
            name: name.into(),
            content: content.to_vec(),
            mode: 0o100_644,
            flags: 0,
            method: 0,
            claimed,
            crc,
        }
    }

    pub fn mode(self, mode: u32) -> Self {
        Self { mode, ..self }
    }
}

pub fn archive(entries: &[Entry]) -> Vec<u8> {
    let (mut bytes, mut directory) = (Vec::new(), Vec::new());
    for entry in entries {
        let offset = u32::try_from(bytes.len()).unwrap();
        bytes.extend(b"PK\x03\x04");
        bytes.extend(20_u16.to_le_bytes());
        bytes.extend(common(entry));
        bytes.extend(0_u16.to_le_bytes());
        bytes.extend(&entry.name);
        bytes.extend(&entry.content);
        directory.extend(b"PK\x01\x02");
        directory.extend([20, 3, 20, 0]);
        directory.extend(common(entry));
        directory.extend([0; 8]);
        directory.extend((entry.mode << 16).to_le_bytes());
        directory.extend(offset.to_le_bytes());
        directory.extend(&entry.name);
    }
    let start = u32::try_from(bytes.len()).unwrap();
    let count = u16::try_from(entries.len()).unwrap().to_le_bytes();
    bytes.extend(&directory);
    bytes.extend(b"PK\x05\x06\0\0\0\0");
    bytes.extend([count, count].concat());
    bytes.extend(u32::try_from(directory.len()).unwrap().to_le_bytes());
    bytes.extend(start.to_le_bytes());
    bytes.extend([0, 0]);
    bytes
}

/// From the flags to the name's length: the same in both headers.
fn common(entry: &Entry) -> Vec<u8> {
    let mut bytes = Vec::new();
    bytes.extend(entry.flags.to_le_bytes());
    bytes.extend(entry.method.to_le_bytes());
    bytes.extend([0, 0, 0x21, 0]);
    bytes.extend(entry.crc.to_le_bytes());
    bytes.extend(u32::try_from(entry.content.len()).unwrap().to_le_bytes());
    bytes.extend(entry.claimed.to_le_bytes());
    bytes.extend(u16::try_from(entry.name.len()).unwrap().to_le_bytes());
    bytes
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0_u32, |crc, byte| {
        (0..8).fold(
            crc ^ u32::from(*byte),
            |crc, _| {
                if crc & 1 == 1 { (crc >> 1) ^ 0xEDB8_8320 } else { crc >> 1 }
            },
        )
    })
}
