import * as zlib from "zlib";

/** Bytes in a block of tar. A file is one block with its name, size and time, and then its content in whole blocks. */
const block = 512;

/**
 * Makes a chart's package depend only on the chart. Helm always writes the files in the same order, with mode 0644 and
 * owner 0, but it gives them the time of packaging.
 *
 * The package is not compressed: compressed bytes differ between versions of zlib and between processors.
 *
 * @param file A package from `helm package`.
 * @param time New time of each file, in seconds since 1970.
 * @returns The package with the same files.
 */
export function normalizePackage(file: Buffer, time: number): Buffer {
  const tar = zlib.gunzipSync(file);
  for (let at = 0; at < tar.length && tar[at] !== 0;) {
    const header = tar.subarray(at, at + block);
    const size = parseInt(header.toString("latin1", 124, 136), 8);
    writeOctal(header, 136, 12, time);
    // While the checksum is computed, its own field holds spaces.
    header.fill(" ", 148, 156);
    const checksum = header.reduce((sum, byte) => sum + byte, 0);
    writeOctal(header, 148, 7, checksum);
    at += block + Math.ceil(size / block) * block;
  }
  const packed = zlib.gzipSync(tar, { level: 0 });
  // The operating system in the gzip header: unknown.
  packed[9] = 255;
  return packed;
}

/** Writes a number in tar's format: octal digits, then NUL. */
function writeOctal(header: Buffer, at: number, length: number, value: number): void {
  header.write(`${value.toString(8).padStart(length - 1, "0")}\0`, at, length, "latin1");
}
