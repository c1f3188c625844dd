import * as zlib from "zlib";

/** Tar consists of blocks: one with a file's name, size and time, then the file, filled up to a whole block. */
const block = 512;

/**
 * Makes a chart's package depend on the chart alone. Helm writes the files in the same order every time, always as 0644
 * and owned by 0; but it gives them the time of packaging.
 *
 * The package is not compressed: compressed bytes differ with the version and processor of whoever compresses.
 *
 * @param file A package, as `helm package` makes it.
 * @param time What each file's time becomes, in seconds since 1970.
 * @returns The package with the same files.
 */
export function normalizePackage(file: Buffer, time: number): Buffer {
  const tar = zlib.gunzipSync(file);
  for (let at = 0; at < tar.length && tar[at] !== 0;) {
    const header = tar.subarray(at, at + block);
    const size = parseInt(header.toString("latin1", 124, 136), 8);
    writeOctal(header, 136, 12, time);
    // The checksum is taken with spaces in its own place.
    header.fill(" ", 148, 156);
    const checksum = header.reduce((sum, byte) => sum + byte, 0);
    writeOctal(header, 148, 7, checksum);
    at += block + Math.ceil(size / block) * block;
  }
  const packed = zlib.gzipSync(tar, { level: 0 });
  // The operating system, which the header names: unknown.
  packed[9] = 255;
  return packed;
}

/** Writes a number as tar does: octal digits that end in a NUL. */
function writeOctal(header: Buffer, at: number, length: number, value: number): void {
  header.write(`${value.toString(8).padStart(length - 1, "0")}\0`, at, length, "latin1");
}
