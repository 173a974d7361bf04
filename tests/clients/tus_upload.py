"""Uploads a file with tuspy, in pieces of 1 MB.

    tus_upload.py begin ENDPOINT TOKEN FILE STOP_AT PHASE   uploads as far as STOP_AT, is cut off within the next
                                                            piece, and prints the upload's address
    tus_upload.py resume ADDRESS TOKEN FILE                  a new process goes on and prints where it began
    tus_upload.py through ENDPOINT TOKEN FILE PHASE          uploads all of it with checksums, through a server's
                                                            restarts, and prints the upload's address
"""

import http.client
import sys
from urllib.parse import urlsplit

from tusclient.client import TusClient

PIECE = 1024 * 1024


def uploader(endpoint, token, path, **options):
    client = TusClient(endpoint, headers={"Authorization": f"Bearer {token}"})
    return client.uploader(path, chunk_size=PIECE, retries=5, retry_delay=1, **options)


def cut_off(address, token, path, offset):
    """Announces a piece, sends a third of it and hangs up."""
    url = urlsplit(address)
    connection = http.client.HTTPConnection(url.hostname, url.port)
    connection.putrequest("PATCH", url.path)
    headers = {
        "Authorization": f"Bearer {token}",
        "Tus-Resumable": "1.0.0",
        "Upload-Offset": str(offset),
        "Content-Type": "application/offset+octet-stream",
        "Content-Length": str(PIECE),
    }
    for name, value in headers.items():
        connection.putheader(name, value)
    connection.endheaders()
    with open(path, "rb") as file:
        file.seek(offset)
        connection.send(file.read(PIECE // 3))
    connection.close()


def begin(endpoint, token, path, stop_at, phase):
    metadata = {"filename": "bài làm.csv", "phase": phase}
    upload = uploader(endpoint, token, path, metadata=metadata)
    upload.upload(stop_at=int(stop_at))
    cut_off(upload.url, token, path, upload.offset)
    print(upload.url)


def resume(address, token, path):
    upload = uploader(address, token, path, url=address)
    print(upload.offset)
    upload.upload()


def through(endpoint, token, path, phase):
    client = TusClient(endpoint, headers={"Authorization": f"Bearer {token}"})
    upload = client.uploader(
        path,
        chunk_size=PIECE,
        retries=200,
        retry_delay=0.1,
        upload_checksum=True,
        metadata={"filename": "p.csv", "phase": phase},
    )
    upload.upload()
    print(upload.url)


if __name__ == "__main__":
    if sys.argv[1] == "begin":
        begin(*sys.argv[2:7])
    elif sys.argv[1] == "through":
        through(*sys.argv[2:6])
    else:
        resume(*sys.argv[2:5])
