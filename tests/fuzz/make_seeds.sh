#!/bin/bash
# tests/fuzz/make_seeds.sh DIRECTORY: how the seeds were made that no text editor can show.
#
# Archives by the usual programs (tar, 7z, xz, zstd, lz4, bzip2, cpio, ar, zip), signed and
# encrypted messages by openssl, below DIRECTORY/archive and DIRECTORY/smime. Names and texts are
# made up. Not run by any test; the seeds are committed, so that those programs are not needed.
set -euo pipefail

[ $# -eq 1 ] || { echo "usage: tests/fuzz/make_seeds.sh DIRECTORY" >&2; exit 2; }
mkdir -p "$1/archive" "$1/smime"
target=$(cd "$1" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

printf 'BSN 123456782\n' > een.txt
printf 'klant 111222333\n' > twee.txt
tar --owner=0 --group=0 --mtime=@0 -cf a.tar een.txt twee.txt
xz -kf a.tar
zstd -qf a.tar
lz4 -qf a.tar a.tar.lz4
bzip2 -kf a.tar
ls een.txt twee.txt | cpio --quiet -o -H newc > a.cpio
ar rcD a.ar een.txt twee.txt
7z a -bso0 a.7z een.txt twee.txt
7z a -bso0 -pgeheim -mhe=on locked.7z een.txt
7z a -bso0 -tzip -mem=AES256 -pgeheim locked.zip een.txt
mv a.tar.xz a.tar.zst a.tar.lz4 a.tar.bz2 a.cpio a.ar a.7z locked.7z locked.zip "$target/archive/"

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout key.pem \
    -out cert.pem -days 2 -subj /CN=a 2>/dev/null
printf 'Content-Type: text/plain\r\n\r\nBSN 123456782\r\n' > mail
openssl cms -sign -binary -nodetach -in mail -signer cert.pem -inkey key.pem -outform DER \
    -nocerts -noattr -out "$target/smime/signed.p7m"
openssl cms -sign -binary -nodetach -stream -in mail -signer cert.pem -inkey key.pem \
    -nocerts -noattr -outform PEM -out "$target/smime/signed.pem"
openssl cms -encrypt -in mail -outform DER -out "$target/smime/encrypted.p7m" cert.pem
printf 'Salted__' | cat - een.txt > "$target/smime/salted"
